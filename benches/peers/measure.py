"""Runs readers of X12 one after the other on the same file and prints a table.

    measure.py FILE TITLE: NAME=COMMAND NAME=COMMAND ...

The first command is ours; every command gets the file as its last argument and prints `N sets`. Whole processes are
measured, start-up and all: processor seconds of the kernel (median of three runs, one where a run takes long), so that
readers on one core and on two can be compared, and the peak of resident memory.
"""

import os
import re
import resource
import shlex
import statistics
import sys
import tempfile
import time

RUNS = 3
LONG_SECONDS = 20
TIMEOUT_SECONDS = 900


def run(command):
    """Gives the wall and processor seconds, the peak in MiB and the sets of one run; no sets when it failed."""
    with tempfile.TemporaryFile() as out:
        start = time.monotonic()
        child = os.posix_spawnp(
            "timeout",
            ["timeout", str(TIMEOUT_SECONDS), *command],
            os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, out.fileno(), 1)],
        )
        _, status, usage = os.wait4(child, 0)
        wall = time.monotonic() - start
        out.seek(0)
        counts = re.findall(rb"([\d,]+) sets?", out.read())
    sets = int(counts[-1].replace(b",", b"")) if counts and status == 0 else None
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, sets


def main():
    file, title, *readers = sys.argv[1:]
    megabytes = os.path.getsize(file) / 1e6
    print(f"\n{title} ({megabytes:.1f} MB)")
    print(f"{'':<40}{'sets':>9}{'cpu s':>9}{'wall s':>9}{'MB/cpu s':>10}{'peak MiB':>10}{'to ours':>11}")
    ours = None
    for reader in readers:
        name, command = reader.split("=", 1)
        command = [*shlex.split(command), file]
        runs = [run(command)]
        while len(runs) < RUNS and runs[0][0] < LONG_SECONDS and runs[0][3] is not None:
            runs.append(run(command))
        walls, cpus, peaks, sets = zip(*runs)
        if sets[0] is None:
            print(f"{name:<40}{'fails, or takes over ' + str(TIMEOUT_SECONDS) + ' s':>30}")
            continue
        cpu = statistics.median(cpus)
        ours = ours or (cpu, sets[0])
        times = cpu / ours[0]
        ratio = "" if times == 1 else f"{times:.0f} x" if times >= 10 else f"{times:.1f} x"
        remark = "" if sets[0] == ours[1] else "  reads another number of sets"
        print(
            f"{name:<40}{sets[0]:>9}{cpu:>9.3f}{statistics.median(walls):>9.3f}{megabytes / cpu:>10.2f}"
            f"{max(peaks):>10.0f}{ratio:>11}{remark}",
            flush=True,
        )
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"A peak below {floor:.0f} MiB, that of the program that measures, cannot be seen.")


main()

"""Validates files with the maps of pyx12 4.0.0 and prints for each file, as a JSON line, what it finds wrong.

    python pyx12_valid.py FILE...

A line holds the file, how many sets were validated, and the findings: codes and places, never values.
"""

import io
import json
import logging
import sys

import pyx12.params
import pyx12.x12n_document


def walk(node, path, found):
    """Gathers the errors of an interchange, group, set, segment or element and of what is in it."""
    for error in node.get("errors", []):
        found.append(f"{path} {error['err_cde']}")
    for group in node.get("groups", []):
        walk(group, "GS", found)
    for number, one in enumerate(node.get("transactions", []), 1):
        walk(one, f"ST {number}", found)
    for segment in node.get("segments", []):
        walk(segment, f"{path} segment {segment['seg_count']} {segment['seg_id']}", found)
    for element in node.get("elements", []):
        walk(element, f"{path}{element['ele_pos']:02}", found)


def validate(name):
    report = io.StringIO()
    try:
        valid = pyx12.x12n_document.x12n_document(
            param=pyx12.params.params(), src_file=name, fd_997=None, fd_html=None, fd_json=report
        )
    except Exception as error:  # whatever it raises is its answer
        return 0, [f"raises {type(error).__name__}"]
    found, sets = [], 0
    for interchange in json.loads(report.getvalue() or "{}").get("interchanges", []):
        sets += sum(len(group["transactions"]) for group in interchange["groups"])
        walk(interchange, "ISA", found)
    if not valid and not found:
        found.append("not valid")
    return sets, found


def main():
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    for name in sys.argv[1:]:
        sets, found = validate(name)
        print(json.dumps({"file": name, "sets": sets, "findings": found}))


main()

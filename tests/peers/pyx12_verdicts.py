"""Validates files with the maps of pyx12 4.0.0 and prints for each file, as a JSON line, what it finds in every set.

    python pyx12_verdicts.py FILE...

A line holds the file and its sets in order; a set is a list of `[segment, tag, element, component, code]`: the position of
the segment in the set, 0 and "" where the set as a whole is meant, and the code of its IK3, IK4 or IK5. Codes and places,
never values. `raises` holds the name of the exception that ended a run, else null.
"""

import io
import json
import logging
import sys

import pyx12.params
import pyx12.x12n_document


def findings(transaction):
    found = [[0, "", 0, 0, error["err_cde"]] for error in transaction["errors"]]
    for segment in transaction["segments"]:
        place = [segment["seg_count"] or 0, segment["seg_id"] or ""]
        for error in segment["errors"]:
            found.append(place + [0, 0, error["err_cde"]])
        for element in segment["elements"]:
            at = [element["ele_pos"] or 0, element["subele_pos"] or 0]
            found.extend(place + at + [error["err_cde"]] for error in element["errors"])
    return found


def validate(name):
    report, raises = io.StringIO(), None
    try:
        pyx12.x12n_document.x12n_document(
            param=pyx12.params.params(), src_file=name, fd_997=None, fd_html=None, fd_json=report
        )
    except Exception as error:  # whatever it raises is its answer
        raises = type(error).__name__
    sets = []
    for interchange in json.loads(report.getvalue() or "{}").get("interchanges", []):
        for group in interchange["groups"]:
            sets.extend(findings(transaction) for transaction in group["transactions"])
    return sets, raises


def main():
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    for name in sys.argv[1:]:
        sets, raises = validate(name)
        print(json.dumps({"file": name, "sets": sets, "raises": raises}))


main()

"""Reads a file with a Python package and prints how many transaction sets it found: read.py MODE FILE."""

import logging
import sys


def lfh_segments(path):
    from linuxforhealth.x12.io import X12SegmentReader

    with X12SegmentReader(path) as reader:
        return sum(name == "ST" for name, _ in reader.segments())


def lfh_models(path):
    from linuxforhealth.x12.io import X12ModelReader

    with X12ModelReader(path) as reader:
        return sum(1 for _ in reader.models())


def pyx12_segments(path):
    from pyx12.x12file import X12Reader

    return sum(segment.get_seg_id() == "ST" for segment in X12Reader(path))


def pyx12_validate(path):
    import pyx12.params
    from pyx12.x12n_document import x12n_document

    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    if not x12n_document(param=pyx12.params.params(), src_file=path, fd_997=None, fd_html=None):
        sys.exit("not valid")
    return pyx12_segments(path)


modes = {mode.__name__: mode for mode in (lfh_segments, lfh_models, pyx12_segments, pyx12_validate)}
print(modes[sys.argv[1]](sys.argv[2]), "sets")

"""Prints what the maps of pyx12 4.0.0 say of the 005010 guides, as bare facts in tab-separated rows.

    python pyx12_maps.py

The columns are those of the other witness: map, loop path, segment (or LOOP), element, component, usage, repeat, data
element, least and greatest length, codes. Loops below a hierarchical level are listed under it, the levels themselves side
by side; loops that only hold others (the header of a payment, the interchange) are left out. What is not used is left out.
"""

import os
import xml.etree.ElementTree as xml

import pyx12

MAPS = {
    "277": "277.5010.X212.xml",
    "277CA": "277.5010.X214.xml",
    "820": "820.5010.X218.xml",
    "834": "834.5010.X220.A1.xml",
    "835": "835.5010.X221.A1.xml",
    "837I": "837Q3.I.5010.X223.A1.xml",
    "837P": "837.5010.X222.A1.xml",
    "999": "999.5010X231.A1.xml",
}

FOLDER = os.path.join(os.path.dirname(pyx12.__file__), "map")

# Loops of the envelope, and those that only hold others.
WRAPPERS = ("ISA_LOOP", "GS_LOOP", "ST_LOOP", "HEADER", "DETAIL", "FOOTER", "TABLE")


def text(node, tag, default=""):
    found = node.find(tag)
    return default if found is None or found.text is None else found.text.strip()


def repeat(node, tag):
    times = text(node, tag, "1")
    return times if times.isdigit() else ">1"


def elements():
    """Data element number to least and greatest length."""
    root = xml.parse(os.path.join(FOLDER, "dataele.xml")).getroot()
    return {e.get("ele_num"): (e.get("min_len"), e.get("max_len")) for e in root.iter("data_ele")}


class Printer:
    def __init__(self, name, lengths):
        self.name, self.lengths = name, lengths

    def row(self, path, tag, element="", component="", usage="", times="", number="", least="", greatest="", codes=""):
        cells = [self.name, path, tag, element, component, usage, times, number, least, greatest, codes]
        print("\t".join(cells))

    def value(self, path, tag, node, element, component):
        usage = text(node, "usage")
        if usage == "N":
            return
        number = text(node, "data_ele")
        least, greatest = self.lengths.get(number, ("", ""))
        listed = node.find("valid_codes")
        codes = []
        if listed is not None and listed.get("external") is None:
            codes = sorted({(code.text or "").strip() for code in listed.iter("code")} - {""})
        self.row(path, tag, element, component, usage, repeat(node, "repeat"), number, least, greatest, " ".join(codes))

    def segment(self, path, node):
        tag = node.get("xid")
        if text(node, "usage") == "N":
            return
        self.row(path, tag, usage=text(node, "usage"), times=repeat(node, "max_use"))
        for child in node:
            position = text(child, "seq")
            if child.tag == "element":
                self.value(path, tag, child, position, "")
            elif child.tag == "composite" and text(child, "usage") != "N":
                self.row(path, tag, position, "", text(child, "usage"), repeat(child, "repeat"), text(child, "data_ele"))
                for inner in child.findall("element"):
                    self.value(path, tag, inner, position, str(int(text(inner, "seq"))))

    def loop(self, outer, node):
        name = node.get("xid")
        if text(node, "usage") == "N":
            return
        first = node.find("segment")
        level = first is not None and first.get("xid") == "HL"
        if name.startswith(WRAPPERS):
            path = outer
        else:
            path = name if level or not outer else f"{outer}/{name}"
            self.row(path, "LOOP", usage=text(node, "usage"), times=repeat(node, "repeat"))
        # In the order of the set: a loop may stand between segments.
        for child in sorted(node, key=lambda child: int(text(child, "pos", "0"))):
            if child.tag == "segment" and child.get("xid") not in {"ISA", "GS", "GE", "IEA", "TA1"}:
                self.segment(path, child)
            elif child.tag == "loop":
                self.loop(path, child)


def main():
    print("\t".join("map path segment element component usage repeat number least greatest codes".split()))
    lengths = elements()
    for name, file in MAPS.items():
        root = xml.parse(os.path.join(FOLDER, file)).getroot()
        printer = Printer(name, lengths)
        for child in root.findall("loop"):
            printer.loop("", child)


main()

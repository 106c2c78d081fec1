"""Parses files with LinuxForHealth x12 0.57.0 and says of each, as a JSON line, whether it takes them and why not.

    python lfh_models.py FILE...

A line holds the file, how many sets were read, and the reason of the first refusal, null when there is none. Reasons
name models and fields, never values. The package needs pydantic below 2 and does not say so.

Where its models of the 271 contradict 005010X279A1 they are mended first, so that what lies behind can be seen: an
error in an EB is otherwise a KeyError that hides everything else.
"""

import json
import re
import sys
from typing import Optional

from linuxforhealth.x12.io import X12ModelReader
from linuxforhealth.x12.v5010 import segments
from linuxforhealth.x12.v5010.x12_271_005010X279A1 import parsing
from linuxforhealth.x12.v5010.x12_271_005010X279A1 import segments as segments_271
from pydantic.fields import ModelField


def retype(model, field, kind):
    """Gives a field of a model, and of the models made from it, another type."""
    inferred = ModelField.infer(
        name=field, value=None, annotation=kind, class_validators=None, config=model.__config__
    )
    model.__fields__[field] = inferred
    for child in model.__subclasses__():
        retype(child, field, kind)


def allow_entities_in_a_row():
    """Several NM1 may stand between one LS and its LE; the package keeps the last of them and then miscounts."""
    inner = parsing.set_benefit_related_entity_loop
    loops = parsing.TransactionLoops
    outer_of = {
        loops.SUBSCRIBER_RELATED_BENEFIT_NAME: loops.SUBSCRIBER_ELIGIBILITY,
        loops.DEPENDENT_RELATED_BENEFIT_NAME: loops.DEPENDENT_ELIGIBILITY,
    }

    def set_benefit_related_entity_loop(segment_data, context):
        outer = outer_of.get(context.loop_name)
        if outer:
            context.set_loop_context(outer, parsing._get_eligibility(context))
        inner(segment_data, context)

    set_benefit_related_entity_loop.segment_group = inner.segment_group
    parsing.set_benefit_related_entity_loop = set_benefit_related_entity_loop


def mend():
    allow_entities_in_a_row()
    # EB09 is a code (VS, visits), not a number.
    retype(segments.EbSegment, "quantity_qualifier", Optional[str])
    # EB04 has PS where the package has POS.
    retype(segments.EbSegment, "insurance_type_code", Optional[str])
    # NM108 and NM109 of loop 2120 are situational.
    for field in ("identification_code_qualifier", "identification_code"):
        retype(segments_271.Loop2120Nm1Segment, field, Optional[str])
    # AAA03 of loops 2100C and 2100D has codes of its own (42, 58, 71 to 78); the package took those of 2100B.
    retype(segments_271.Loop2100BAaaSegment, "reject_reason_code", Optional[str])


def reason(error):
    """What it complains of, without values."""
    if not hasattr(error, "errors"):
        return f"{type(error).__name__}: {re.sub(r'[0-9]+', '#', str(error))[:80]}"
    found = []
    for complaint in error.errors():
        place = "/".join(str(part) for part in complaint["loc"] if not isinstance(part, int))
        text = complaint["msg"].split(";")[0]
        found.append(f"{place}: {text}")
    return "; ".join(sorted(set(found)))


def main():
    mend()
    for name in sys.argv[1:]:
        sets, why = 0, None
        try:
            with open(name, encoding="ascii", newline="") as file:
                text = file.read()
            with X12ModelReader(text) as reader:
                for model in reader.models():
                    sets += 1
                    # What it can read it has to be able to write.
                    model.x12()
        except Exception as error:  # whatever it raises is its answer
            why = reason(error)
        print(json.dumps({"file": name, "sets": sets, "reason": why}))


main()

//! Which codes a 271 may contain where plans and members supply them, so that a mistake in a plan's settings
//! never makes an answer that a partner's checker rejects.

use crate::wire::Code;

/// The service types that every plan answers for `30`, besides `30` itself: those of the guide and of
/// CORE.
pub(super) const GENERIC: [&str; 12] =
    ["1", "33", "35", "47", "48", "50", "86", "88", "98", "AL", "MH", "UC"];

/// The service types that CORE asks every plan to answer when they are asked for by their own code.
pub(super) const EXPLICIT: [&str; 39] = [
    "2", "4", "5", "6", "7", "8", "12", "13", "18", "20", "40", "42", "45", "51", "52", "53", "62",
    "65", "68", "73", "76", "78", "80", "81", "82", "93", "99", "A0", "A3", "A6", "A7", "A8", "AD",
    "AE", "AF", "AG", "AI", "BG", "BH",
];

/// Lettered service types of EB03 that both a subscriber's and a dependent's loop allow; 1 to 99 are allowed
/// too.
const LETTERED_SERVICE_TYPES: &str = "A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 AA AB AC AD AE AF AG AH AI AJ AK AL AM AN AO AQ \
    AR B1 B2 B3 BA BB BC BD BE BF BG BH BI BJ BK BL BM BN BQ BR BS BT BU BV BW BX BY BZ C1 CA CB CC CD CE CF CG CH CI \
    CJ CK CL CM CN CO CP CQ DG DM DS GF GN IC MH NI ON PT PU RN RT TN UC";

/// EB04.
const INSURANCE_TYPES: &str = "12 13 14 15 16 41 42 43 47 AP C1 CO CP D DB EP FF GP HM HN HS IN IP LC LD LI LT MA MB \
    MC MH MI MP OT PE PL PP PR PS QM RP SP TF WC WU";

/// EB06.
const PERIODS: &str = "6 7 13 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36";

/// EB09.
const UNITS: &str = "8H 99 CA CE D3 DB DY HS LA LE M2 MN P6 QA S7 S8 VS YY";

/// HSD01.
const DELIVERY_UNITS: &str = "DY FL HS MN VS";

/// HSD05.
const DELIVERY_PERIODS: &str = "6 7 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35";

/// NM101 of loop 2120.
const ENTITIES: &str =
    "13 1I 1P 2B 36 73 FA GP GW I3 IL LR OC P3 P4 P5 PR PRP SEP TTP VER VN VY X3 Y2";

/// EB13-1.
const PROCEDURE_QUALIFIERS: &str = "AD CJ HC ID IV N4 ZZ";

/// REF01 of a person in the answer, in both kinds of loop.
const PERSON_REFERENCES: &str = "18 1L 1W 6P CE CT EA EJ F6 GH HJ IF IG N6 NQ Q4 SY Y4";

/// REF01 of the requester.
const RECEIVER_REFERENCES: &str = "0B 1C 1D 1J 4A CT EL EO HPI JD N5 N7 Q4 SY TJ";

/// True for a service type that every plan must address, for `30` or by its own code.
pub(super) fn is_required(code: Code) -> bool {
    GENERIC.iter().chain(&EXPLICIT).any(|required| code == *required)
}

/// The service type, when an answer may contain it.
pub(super) fn service_type(text: &str) -> Option<Code> {
    let numbered = || match text.as_bytes() {
        [b'1'..=b'9'] => true,
        [b'1'..=b'9', b'0'..=b'9'] => !matches!(text, "29" | "31"),
        _ => false,
    };
    (numbered() || is_in(LETTERED_SERVICE_TYPES, text)).then(|| Code::from(text))
}

/// EB04, or nothing.
pub(super) fn insurance_type(text: &str) -> Code {
    listed(INSURANCE_TYPES, text).unwrap_or_default()
}

/// EB06, or nothing.
pub(super) fn period(text: &str) -> Code {
    listed(PERIODS, text).unwrap_or_default()
}

/// EB09; a quantity requires it.
pub(super) fn unit(text: &str) -> Option<Code> {
    listed(UNITS, text)
}

/// HSD01.
pub(super) fn delivery_unit(text: &str) -> Option<Code> {
    listed(DELIVERY_UNITS, text)
}

/// HSD05.
pub(super) fn delivery_period(text: &str) -> Option<Code> {
    listed(DELIVERY_PERIODS, text)
}

/// NM101 of loop 2120.
pub(super) fn entity(text: &str) -> Option<Code> {
    listed(ENTITIES, text)
}

/// EB13-1.
pub(super) fn procedure_qualifier(text: &str) -> Option<Code> {
    listed(PROCEDURE_QUALIFIERS, text)
}

/// True for a REF01 that a person's loop may return.
pub(super) fn is_person_reference(qualifier: Code) -> bool {
    is_in(PERSON_REFERENCES, qualifier.as_str())
}

/// True for a REF01 that the receiver's loop may return.
pub(super) fn is_receiver_reference(qualifier: Code) -> bool {
    is_in(RECEIVER_REFERENCES, qualifier.as_str())
}

fn is_in(list: &str, text: &str) -> bool {
    list.split_ascii_whitespace().any(|code| code == text)
}

fn listed(list: &str, text: &str) -> Option<Code> {
    is_in(list, text).then(|| Code::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_types_are_those_an_answer_may_carry() {
        assert!(GENERIC.iter().all(|code| service_type(code).is_some()));
        for good in ["1", "9", "10", "30", "99", "A0", "UC", "DM"] {
            assert!(service_type(good).is_some(), "{good}");
        }
        for bad in ["", "0", "01", "29", "31", "100", "GY", "TC", "a0", "ZZ"] {
            assert!(service_type(bad).is_none(), "{bad}");
        }
    }
}

//! The TA1 that a partner sends: the values of its elements.

use super::super::snip::value;
use crate::dict::DataType;

/// The highest note code of TA105.
const NOTE_CODE_MAX: u64 = 31;

/// Elements of a TA1.
const ELEMENTS: usize = 5;

/// The positions of the elements that are missing or not valid, or that are too many; `element` gives an element.
pub(super) fn faults<'a>(count: usize, element: impl Fn(usize) -> &'a [u8]) -> Vec<u8> {
    let digits =
        |value: &[u8], length| value.len() == length && value.iter().all(u8::is_ascii_digit);
    let (date, time, action, note) = (element(2), element(3), element(4), element(5));
    let is_accepted = action == b"A";
    let is_note = digits(note, 3) && super::number(note).is_some_and(|n| n <= NOTE_CODE_MAX);
    let good = [
        digits(element(1), 9),
        !date.is_empty() && value::check(DataType::Dt, 6, 6, date).is_none(),
        time.len() == 4 && value::time(time),
        matches!(action, b"A" | b"E" | b"R"),
        // Without an error there is nothing to note; a rejection has a reason.
        is_note && is_accepted == (note == b"000"),
        count <= ELEMENTS,
    ];
    (1..).zip(good).filter(|(_, is_good)| !is_good).map(|(position, _)| position).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(ta1: &str) -> Vec<u8> {
        let elements: Vec<&[u8]> = ta1.split('*').map(str::as_bytes).collect();
        faults(elements.len() - 1, |at| elements.get(at).copied().unwrap_or(&[]))
    }

    #[test]
    fn every_element_is_looked_at() {
        assert!(faults_of("TA1*000000101*260105*0930*A*000").is_empty());
        assert!(faults_of("TA1*000000101*260105*0930*R*025").is_empty());
        for (ta1, position) in [
            ("TA1*101*260105*0930*A*000", 1),
            ("TA1*000000101*20260105*0930*A*000", 2),
            ("TA1*000000101*261345*0930*A*000", 2),
            ("TA1*000000101*260105*2530*A*000", 3),
            ("TA1*000000101*260105*0930*X*001", 4),
            ("TA1*000000101*260105*0930*R*032", 5),
            ("TA1*000000101*260105*0930*R*000", 5),
            ("TA1*000000101*260105*0930*A*001", 5),
            ("TA1*000000101*260105*0930*A", 5),
            ("TA1*000000101*260105*0930*A*000*X", 6),
        ] {
            assert_eq!(faults_of(ta1), [position], "{ta1}");
        }
    }
}

//! Names of the series of outbound control numbers.
//!
//! A series belongs to an interchange id that numbers are sent to, and not to the name of a profile: one that is added, renamed or
//! removed repeats no number. Ids without a profile share a series, because anybody can invent one. Numbers of the shared series come after
//! those of all others, and numbers of a series after those that were given from the shared one.

/// The series of this kind (`isa`, `gs`) for an interchange id, by ISA07 and ISA08.
pub fn control_series(qualifier: &str, id: &str, kind: &str) -> String {
    format!("{qualifier}:{}/{kind}", id.trim_end())
}

/// The series of this kind for all ids that have none of their own.
pub fn shared_control_series(kind: &str) -> String {
    format!("*/{kind}")
}

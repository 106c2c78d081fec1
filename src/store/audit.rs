//! The audit trail: rows that are added and never changed, each with the hash of the one before it.
//!
//! Whoever changes a row, leaves one out or puts one in has to change every row after it, and with them the head: the number
//! and the hash of the last row. A head that was written down elsewhere shows that rows at the end are missing.

use std::fmt;

use sha2::{Digest, Sha256};

/// What was done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditEvent {
    /// When, microseconds since 1970 UTC.
    pub at_micros: i64,
    /// Who: a login, a partner, or `operator`.
    pub actor: Box<str>,
    /// What, in one word or two: `login.lock`.
    pub action: Box<str>,
    /// To what: a login, a partner, an interchange's sender and control number.
    pub subject: Box<str>,
    /// How it ended: `done`, `refused`, or the outcome of an interchange.
    pub outcome: Box<str>,
    /// More, without anything about patients.
    pub detail: Box<str>,
    /// The interchange it is about.
    pub interchange: Option<u64>,
}

/// A row of the trail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditRow {
    /// Its number: 1 for the first, without gaps.
    pub sequence: u64,
    /// What was done.
    pub event: AuditEvent,
    /// The hash of the row before; zeros for the first.
    pub previous: [u8; 32],
    /// Its own hash.
    pub hash: [u8; 32],
}

/// The end of the trail.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AuditHead {
    /// How many rows there are.
    pub sequence: u64,
    /// The hash of the last; zeros when there is none.
    pub hash: [u8; 32],
}

impl fmt::Display for AuditHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.sequence)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl AuditHead {
    /// Reads a head as it prints.
    pub fn parse(text: &str) -> Option<AuditHead> {
        let (sequence, digits) = text.split_once(':')?;
        if digits.len() != 64 || !digits.is_ascii() {
            return None;
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).ok()?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(AuditHead { sequence: sequence.parse().ok()?, hash })
    }

    /// The row that comes after this head.
    pub fn next(&self, event: AuditEvent) -> AuditRow {
        let (sequence, previous) = (self.sequence + 1, self.hash);
        let hash = hash(sequence, &previous, &event);
        AuditRow { sequence, event, previous, hash }
    }

    /// Goes on to this row.
    ///
    /// # Errors
    ///
    /// When the row does not follow, or is not as it was written.
    pub fn follow(&mut self, row: &AuditRow) -> Result<(), AuditBreak> {
        let expected = self.sequence + 1;
        if row.sequence != expected {
            return Err(AuditBreak::Missing { sequence: expected });
        }
        if row.previous != self.hash || row.hash != hash(row.sequence, &row.previous, &row.event) {
            return Err(AuditBreak::Changed { sequence: row.sequence });
        }
        *self = AuditHead { sequence: row.sequence, hash: row.hash };
        Ok(())
    }
}

/// Where the trail is not as it was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AuditBreak {
    /// A row is not there.
    #[error("row {sequence} is missing")]
    Missing {
        /// Its number.
        sequence: u64,
    },
    /// A row, or one before it, is not as it was written.
    #[error("row {sequence} or one before it was changed")]
    Changed {
        /// Its number.
        sequence: u64,
    },
    /// The trail ends before a head that was written down.
    #[error("rows after {last} are missing; there were {expected}")]
    Cut {
        /// The last row there is.
        last: u64,
        /// How many there were.
        expected: u64,
    },
}

/// The hash of a row: over the one before, its number and every field with its length.
fn hash(sequence: u64, previous: &[u8; 32], event: &AuditEvent) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"x12gate audit 1");
    hash.update(previous);
    hash.update(sequence.to_be_bytes());
    hash.update(event.at_micros.to_be_bytes());
    hash.update(event.interchange.unwrap_or(u64::MAX).to_be_bytes());
    for field in [&event.actor, &event.action, &event.subject, &event.outcome, &event.detail] {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field.as_bytes());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(action: &str) -> AuditEvent {
        AuditEvent {
            at_micros: 7,
            actor: "operator".into(),
            action: action.into(),
            subject: "clinic".into(),
            outcome: "done".into(),
            detail: "".into(),
            interchange: None,
        }
    }

    fn trail(count: usize) -> Vec<AuditRow> {
        let mut head = AuditHead::default();
        let rows = (0..count).map(|number| {
            let row = head.next(event(&format!("step {number}")));
            head.follow(&row).unwrap();
            row
        });
        rows.collect()
    }

    fn followed(rows: &[AuditRow]) -> Result<AuditHead, AuditBreak> {
        let mut head = AuditHead::default();
        rows.iter().try_for_each(|row| head.follow(row))?;
        Ok(head)
    }

    #[test]
    fn a_trail_is_followed_to_its_head() {
        let rows = trail(3);
        let head = followed(&rows).unwrap();
        assert_eq!(head, AuditHead { sequence: 3, hash: rows[2].hash });
        assert_eq!(AuditHead::parse(&head.to_string()), Some(head));
        for wrong in ["", "3", "3:00", "x:00", &format!("3:{}", "é".repeat(32))] {
            assert_eq!(AuditHead::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn any_change_is_seen_where_it_is() {
        type Change = fn(&mut AuditRow);
        let changes: [Change; 9] = [
            |row| row.event.at_micros += 1,
            |row| row.event.actor = "somebody".into(),
            |row| row.event.action = "".into(),
            |row| row.event.subject = "clini".into(),
            |row| row.event.outcome = "refused".into(),
            |row| row.event.detail = "c".into(),
            |row| row.event.interchange = Some(1),
            |row| row.previous[0] ^= 1,
            |row| row.hash[31] ^= 1,
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut rows = trail(3);
            change(&mut rows[1]);
            assert_eq!(followed(&rows), Err(AuditBreak::Changed { sequence: 2 }), "{number}");
        }
        // A row that was written anew, with its hash, breaks the next.
        let mut rows = trail(3);
        rows[1] = AuditHead { sequence: 1, hash: rows[0].hash }.next(event("other"));
        assert_eq!(followed(&rows), Err(AuditBreak::Changed { sequence: 3 }));
    }

    #[test]
    fn a_row_that_is_left_out_is_missed() {
        let mut rows = trail(3);
        rows.remove(1);
        assert_eq!(followed(&rows), Err(AuditBreak::Missing { sequence: 2 }));
        assert_eq!(followed(&trail(3)[..2]).unwrap().sequence, 2, "only a head shows a cut end");
    }
}

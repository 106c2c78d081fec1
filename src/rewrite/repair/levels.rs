//! The numbers, parents and child flags of hierarchical levels.

use super::super::input::Placed;
use super::{Change, Changed, number};
use crate::wire::Tag;

/// Digits of HL01 and HL02.
const DIGITS_MAX: usize = 12;

/// A level on the path from the set to the current one.
struct Open {
    /// HL01 as it was sent.
    old: Option<u64>,
    new: u64,
    code: [u8; 2],
    says_child: Option<bool>,
}

/// The levels of a set.
#[derive(Default)]
pub(super) struct Levels {
    path: Vec<Open>,
    last: u64,
    flag: Option<Flag>,
    /// A flag that was written before it could be decided.
    written: Option<Flag>,
}

/// The flag of a level that is not decided yet.
#[derive(Clone)]
pub(super) struct Flag {
    /// Its level.
    pub(super) number: u64,
    /// Where it is in the text that waits.
    pub(super) at: usize,
    pub(super) says_child: bool,
    pub(super) place: Changed,
}

/// What is to be written of a level.
#[derive(Default)]
pub(super) struct Outcome {
    /// A new HL01.
    pub(super) number: Option<String>,
    /// A new HL02.
    pub(super) above: Option<String>,
    /// The number of the parent.
    pub(super) parent: Option<u64>,
    /// It must have a parent, and none comes before it.
    pub(super) is_lost: bool,
}

impl Levels {
    /// Takes a level and numbers it.
    pub(super) fn take(&mut self, placed: &Placed<'_>) -> Outcome {
        let hl = placed.segment;
        let (first, second) = (hl.value(1), hl.value(2));
        let mut outcome = Outcome::default();
        self.last += 1;
        let new = self.last;
        let old = number(first, DIGITS_MAX);
        if old != Some(new) {
            outcome.number = Some(new.to_string());
        }
        let code = match *hl.value(3) {
            [a, b] => [a, b],
            _ => [0, 0],
        };
        // Without a guide only what a level says of its parent is known.
        let parents = placed
            .guide
            .zip(placed.used)
            .filter(|_| placed.has_place)
            .map(|(guide, used)| &*guide.plan().parents[usize::from(used.in_loop)]);
        let depth = match parents {
            Some([]) => None,
            _ => self.parent(second, parents),
        };
        match (depth, parents) {
            (Some(depth), _) => {
                let parent = &self.path[depth];
                outcome.parent = Some(parent.new);
                if number(second, DIGITS_MAX) != Some(parent.new) {
                    outcome.above = Some(parent.new.to_string());
                }
            }
            // A topmost level has no parent. Without a guide it is what the sender says.
            (None, Some([])) if !second.is_empty() => outcome.above = Some(String::new()),
            (None, Some([]) | None) => {}
            (None, Some(_)) => outcome.is_lost = true,
        }
        self.path.truncate(depth.map_or(0, |depth| depth + 1));
        let says_child = match hl.value(4) {
            b"1" => Some(true),
            b"0" => Some(false),
            _ => None,
        };
        self.path.push(Open { old, new, code, says_child });
        outcome
    }

    /// The level above: the one that is named, if it may be; else the nearest that may be, as the checker has it.
    fn parent(&self, named: &[u8], parents: Option<&[[u8; 2]]>) -> Option<usize> {
        let may_be = |open: &Open| parents.is_none_or(|parents| parents.contains(&open.code));
        let named = number(named, DIGITS_MAX);
        let by_name = named.and_then(|named| {
            let is_old = |open: &Open| open.old == Some(named) && may_be(open);
            let is_new = |open: &Open| open.new == named && may_be(open);
            self.path.iter().rposition(is_old).or_else(|| self.path.iter().rposition(is_new))
        });
        if parents.is_none() {
            return by_name;
        }
        let claims = |open: &Open| may_be(open) && open.says_child != Some(false);
        by_name
            .or_else(|| self.path.iter().rposition(claims))
            .or_else(|| self.path.iter().rposition(may_be))
    }

    /// The flag of the level taken last waits at this place of the text.
    pub(super) fn hold(&mut self, placed: &Placed<'_>, at: usize, says_child: bool) {
        let place = Changed {
            change: Change::LevelFlag,
            offset: placed.offset,
            set: placed.set,
            segment: placed.position,
            tag: Tag::from("HL"),
            element: 4,
            before: None,
            after: None,
        };
        self.flag = Some(Flag { number: self.last, at, says_child, place });
    }

    /// True while a flag waits.
    pub(super) fn is_held(&self) -> bool {
        self.flag.is_some()
    }

    /// The flag that waits, which is decided now.
    pub(super) fn release(&mut self) -> Option<Flag> {
        self.flag.take()
    }

    /// The flag that waits is written as it is.
    pub(super) fn give_up(&mut self) {
        self.written = self.flag.take();
    }

    /// The flag that was written before it could be decided, which can be told now.
    pub(super) fn release_written(&mut self) -> Option<Flag> {
        self.written.take()
    }
}

//! Hierarchical levels: numbers in sequence, parents that are open, child flags (HL04) that are true.

use crate::finding::{Code, Detail, Findings, Locus, Severity};
use crate::wire::Segment;

/// An HL on the path from the set to the current level.
#[derive(Clone, Copy, Debug)]
struct Open {
    number: u64,
    /// The number it should have had; its children may refer to either.
    expected: u64,
    level: [u8; 2],
    /// HL04 said that children follow.
    claims_child: Option<bool>,
    has_child: bool,
    /// It has a rejection: there may be no child then, although HL04 repeats what was asked.
    is_rejected: bool,
    at: Locus,
}

/// The hierarchical levels of one set.
#[derive(Debug, Default)]
pub(in crate::check) struct Levels {
    path: Vec<Open>,
    last: u64,
    /// The other number that the next one may follow, where the last was not the one expected.
    or_last: u64,
    /// The last number is that of a level whose HL is missing, and which the sender may not have counted.
    is_assumed: bool,
}

impl Levels {
    /// Begins a set.
    pub(in crate::check) fn clear(&mut self) {
        self.path.clear();
        (self.last, self.or_last) = (0, 0);
        self.is_assumed = false;
    }

    /// The number of the last level.
    pub(in crate::check) fn last(&self) -> u64 {
        self.last
    }

    /// A level begins whose HL is missing.
    pub(in crate::check) fn assume(&mut self, level: Option<[u8; 2]>, parents: &[[u8; 2]]) {
        self.excuse(parents);
        let depth = self.path.iter().rposition(|o| parents.contains(&o.level));
        // Errors of levels that end here are reported by the loops around them.
        self.path.truncate(depth.map_or(0, |depth| depth + 1));
        self.last += 1;
        self.is_assumed = true;
        self.path.push(Open {
            number: self.last,
            expected: self.last,
            level: level.unwrap_or_default(),
            claims_child: None,
            has_child: false,
            is_rejected: false,
            at: Locus::default(),
        });
    }

    /// A level below one of these is missing altogether, which has been reported.
    pub(in crate::check) fn excuse(&mut self, parents: &[[u8; 2]]) {
        if let Some(parent) = self.path.iter_mut().rfind(|o| parents.contains(&o.level)) {
            parent.has_child = true;
        }
    }

    /// Takes an HL. `level` is the code of the level it begins, also where HL03 says otherwise; `parents` are the codes
    /// that the guide allows as its parent, none for the topmost.
    pub(in crate::check) fn take(
        &mut self,
        hl: &Segment<'_>,
        level: [u8; 2],
        parents: &[[u8; 2]],
        at: Locus,
        findings: &mut Findings,
    ) {
        let mut elements = hl.elements().map(|e| e.bytes);
        let (first, second) = (elements.next().unwrap_or(&[]), elements.next().unwrap_or(&[]));
        let fourth = elements.nth(1).unwrap_or(&[]);
        let element = |position: u8, data_element: u16| {
            let (value, start) = hl.part(usize::from(position), 0).unwrap_or_default();
            Locus {
                element: position,
                data_element,
                offset: at.offset + u64::from(start),
                length: value.len() as u32,
                ..at
            }
        };
        let number = decimal(first);
        let was_assumed = std::mem::take(&mut self.is_assumed);
        if was_assumed && number == Some(self.last) {
            // The level without an HL was not counted.
            self.last -= 1;
            if let Some(assumed) = self.path.last_mut() {
                assumed.number = 0;
            }
        }
        let expected = match number {
            // A wrong number before this one was skipped or repeated by its sender, and the others go on without it.
            Some(number) if number == self.or_last + 1 => number,
            _ => self.last + 1,
        };
        match number {
            Some(number) if number != expected => {
                let detail = Detail::Count { found: number, expected };
                findings.push(Code::LevelNumber, element(1, 628), detail);
            }
            // The standard allows letters here, the guides numbers; a missing one is reported elsewhere.
            None if !first.is_empty() => {
                findings.push(Code::LevelNumber, element(1, 628), Detail::None);
            }
            _ => (),
        }
        // Goes on from the number expected, or from this one, whichever the next number follows.
        let number = number.unwrap_or(expected);
        self.last = number.max(expected);
        self.or_last = number.min(expected);

        match (parents.is_empty(), decimal(second)) {
            // Naming one all the same is for the element check to report.
            (true, _) => self.leave(0, findings),
            (false, named) => {
                let by_name = named.and_then(|n| {
                    let is_named = |o: &Open| o.number == n || o.expected == n;
                    self.path.iter().position(|o| is_named(o) && parents.contains(&o.level))
                });
                if by_name.is_none() && !second.is_empty() {
                    findings.push(Code::LevelParent, element(2, 734), Detail::None);
                }
                // Without a valid number the parent is the nearest one that states that it has children.
                let may_be = |o: &Open| parents.contains(&o.level);
                let depth = by_name
                    .or_else(|| {
                        let claims = |o: &Open| may_be(o) && o.claims_child != Some(false);
                        self.path.iter().rposition(claims)
                    })
                    .or_else(|| self.path.iter().rposition(may_be));
                match depth {
                    Some(depth) => {
                        self.leave(depth + 1, findings);
                        let parent = &mut self.path[depth];
                        parent.has_child = true;
                        if parent.claims_child == Some(false) && by_name.is_some() {
                            // Reported once, at the parent whose HL04 denies it.
                            parent.claims_child = None;
                            findings.push(Code::LevelChildDenied, parent.at, Detail::None);
                        }
                    }
                    None => self.leave(0, findings),
                }
            }
        }
        let claims_child = match fourth {
            b"1" => Some(true),
            b"0" => Some(false),
            _ => None,
        };
        let at = element(4, 736);
        let (has_child, is_rejected) = (false, false);
        self.path.push(Open { number, expected, level, claims_child, has_child, is_rejected, at });
    }

    /// The current level has a rejection (AAA).
    #[cold]
    pub(in crate::check) fn reject(&mut self) {
        if let Some(open) = self.path.last_mut() {
            open.is_rejected = true;
        }
    }

    /// Ends the set.
    pub(in crate::check) fn finish(&mut self, findings: &mut Findings) {
        self.leave(0, findings);
    }

    /// Closes levels until `depth` are left.
    fn leave(&mut self, depth: usize, findings: &mut Findings) {
        for open in self.path.drain(depth..) {
            if open.claims_child == Some(true) && !open.has_child {
                let most = if open.is_rejected { Severity::Warning } else { Severity::Error };
                findings.push_at_most(most, Code::LevelChildClaimed, open.at, Detail::None);
            }
        }
    }
}

/// A short unsigned number; `None` for anything else, which the type check reports.
fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 12 {
        return None;
    }
    text.iter().try_fold(0_u64, |n, b| b.is_ascii_digit().then(|| n * 10 + u64::from(b - b'0')))
}

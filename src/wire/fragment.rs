//! Finds the separators of text that begins with an ST or a GS and has no ISA to state them: printed examples, pieces of a file.

use std::ops::ControlFlow;

use super::Delimiters;
use super::delimiters::is_layout;

/// How far the separators of composites and repetitions are searched for, in bytes.
const REACH: usize = 64 << 10;

/// An ST or GS lies within this many bytes.
const OPENING_BYTES_MAX: usize = 256;

/// The outcome of looking for a fragment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum FragmentRead {
    /// Too few bytes to decide.
    NeedMore,
    /// There is one, with these separators.
    Opening(Delimiters),
    /// There is none.
    No,
}

/// Composites whose first component is a short code, by segment and element: what follows the code separates components.
const COMPOSITES: [(&[u8], &[usize]); 14] = [
    (b"SV1", &[1]),
    (b"SV2", &[2]),
    (b"SV3", &[1]),
    (b"SV5", &[1]),
    (b"SVC", &[1, 6]),
    (b"SVD", &[3]),
    (b"HI", &[1, 2]),
    (b"CLM", &[5, 11]),
    (b"STC", &[1, 10, 11]),
    (b"EB", &[13]),
    (b"EQ", &[2]),
    (b"PLB", &[3, 5]),
    (b"UM", &[4]),
    (b"IK4", &[1]),
];

/// Elements that repeat short codes, by segment and element: what follows the first code separates repetitions.
const REPEATING: [(&[u8], &[usize]); 2] = [(b"EB", &[3]), (b"EQ", &[1])];

impl FragmentRead {
    /// Looks at the front of `text`; `end` says that no more will come. What this fragment does not show is taken from
    /// `before`, the separators of the fragment before it.
    pub(super) fn of(text: &[u8], end: bool, before: Option<Delimiters>) -> FragmentRead {
        let undecided = if end { FragmentRead::No } else { FragmentRead::NeedMore };
        let (is_set, element) = match text {
            [b'S', b'T', element, ..] => (true, *element),
            [b'G', b'S', element, ..] => (false, *element),
            [] | [b'S' | b'G'] | [b'S', b'T'] | [b'G', b'S'] => return undecided,
            _ => return FragmentRead::No,
        };
        if element.is_ascii_alphanumeric() || is_layout(element) || !element.is_ascii() {
            return FragmentRead::No;
        }
        if !end && text.len() < OPENING_BYTES_MAX {
            return FragmentRead::NeedMore;
        }
        let opening = &text[3..text.len().min(OPENING_BYTES_MAX)];
        let after = if is_set { after_st(opening, element) } else { after_gs(opening, element) };
        let Some(terminator) = after else { return FragmentRead::No };
        let window = &text[..text.len().min(REACH)];
        let mut shown = Shown { element, terminator, component: None, repetition: None };
        let is_ended = window
            .split(|byte| *byte == terminator)
            .try_for_each(|segment| shown.take(segment.trim_ascii_start()))
            .is_break();
        if !is_ended && !end && text.len() < REACH {
            return FragmentRead::NeedMore;
        }
        FragmentRead::Opening(shown.settle(before))
    }
}

/// What ends an ST: the byte after its last element. `None` for text that only looks like one.
fn after_st(text: &[u8], element: u8) -> Option<u8> {
    let word = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let set = word(text);
    if !(1..=4).contains(&set) || text.get(set) != Some(&element) {
        return None;
    }
    let mut rest = &text[set + 1..];
    loop {
        rest = &rest[word(rest)..];
        match rest {
            [byte, next @ ..] if *byte == element => rest = next,
            [] => return Some(usual_terminator(element)),
            _ => return Some(terminator_of(rest)),
        }
    }
}

/// What ends a GS: the byte before the ST, blanks and line breaks between them left out.
fn after_gs(text: &[u8], element: u8) -> Option<u8> {
    let is_named = text.get(..2).is_some_and(|id| id.iter().all(u8::is_ascii_uppercase));
    if !is_named || text.get(2) != Some(&element) {
        return None;
    }
    let next = memchr::memmem::find_iter(text, &[b'S', b'T', element]).find(|at| {
        let is_break = |byte: &u8| is_layout(*byte) || !byte.is_ascii_alphanumeric();
        *at > 0 && text.get(at - 1).is_some_and(is_break)
    });
    let Some(next) = next else { return Some(usual_terminator(element)) };
    let head = &text[..next];
    let layout = head.iter().rev().take_while(|byte| is_layout(**byte)).count();
    match head[..next - layout].last() {
        Some(byte) if !byte.is_ascii_alphanumeric() && *byte != element => Some(*byte),
        _ => Some(terminator_of(&head[next - layout..])),
    }
}

/// The terminator at the front of what follows an element. Where lines end with CR and LF, the CR is taken and the LF is layout.
fn terminator_of(rest: &[u8]) -> u8 {
    let layout = rest.iter().take_while(|byte| is_layout(**byte)).count();
    match rest.get(layout) {
        Some(byte) if !byte.is_ascii_alphanumeric() => *byte,
        _ => rest.iter().copied().find(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(b'~'),
    }
}

fn usual_terminator(element: u8) -> u8 {
    if element == b'~' { b'\n' } else { b'~' }
}

/// What the segments of a fragment show of its separators.
struct Shown {
    element: u8,
    terminator: u8,
    component: Option<u8>,
    repetition: Option<u8>,
}

impl Shown {
    /// Looks at a segment; ends at an SE, or when there is nothing left to find.
    fn take(&mut self, segment: &[u8]) -> ControlFlow<()> {
        let mut elements = segment.split(|byte| *byte == self.element);
        let tag = elements.next().unwrap_or_default();
        if tag == b"SE" {
            return ControlFlow::Break(());
        }
        let of = |table: &[(&[u8], &'static [usize])]| {
            table.iter().find(|(known, _)| *known == tag).map_or(&[][..], |(_, at)| *at)
        };
        let (composites, repeating) = (of(&COMPOSITES), of(&REPEATING));
        for (position, value) in (1..).zip(elements) {
            if self.component.is_none() && composites.contains(&position) {
                self.component = self.after_code(value);
            }
            if self.repetition.is_none() && repeating.contains(&position) {
                self.repetition = self.after_code(value);
            }
        }
        match (self.component, self.repetition) {
            (Some(_), Some(_)) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }

    /// The byte after a short code, where it separates the code from more.
    fn after_code(&self, value: &[u8]) -> Option<u8> {
        let code = value.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let byte = *value.get(code).filter(|_| (1..=3).contains(&code))?;
        let is_text = byte.is_ascii_whitespace() || matches!(byte, b'.' | b'-' | b',');
        let found = [Some(byte), self.component, self.repetition];
        let is_new = found[1..].iter().all(|other| *other != Some(byte));
        (byte.is_ascii() && !is_text && is_new && byte != self.terminator).then_some(byte)
    }

    /// All four: those that were shown, then those of the fragment before, then the usual ones.
    fn settle(self, before: Option<Delimiters>) -> Delimiters {
        let Shown { element, terminator, .. } = self;
        let before =
            before.filter(|known| (known.element, known.terminator) == (element, terminator));
        let pick = |shown: Option<u8>, known: Option<u8>, usual: &[u8], taken: &[Option<u8>]| {
            let is_free = |byte: &u8| {
                *byte != element && *byte != terminator && !taken.contains(&Some(*byte))
            };
            shown.or_else(|| known.into_iter().chain(usual.iter().copied()).find(is_free))
        };
        let known = before.map(|known| known.component);
        let component =
            pick(self.component, known, b":>|<\\\x1f", &[self.repetition]).unwrap_or(b'\x1f');
        let known = before.and_then(|known| known.repetition);
        let repetition = pick(self.repetition, known, b"^!{\x1e", &[Some(component)]);
        Delimiters { element, component, repetition, terminator }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn separators(text: &str) -> Option<String> {
        match FragmentRead::of(text.as_bytes(), true, None) {
            FragmentRead::Opening(found) => {
                assert!(found.are_distinct(), "{found:?}");
                Some(String::from_utf8_lossy(&found.to_bytes()).into_owned())
            }
            _ => None,
        }
    }

    #[test]
    fn separators_are_worked_out_from_the_text() {
        for (text, expected) in [
            ("ST*270*0001*005010X279A1~BHT*0022~SE*3*0001~", "*:^~"),
            ("ST*270*0001~\r\nEQ*30>A~\r\nSE*3*0001~", "*:>~"),
            ("ST|837|0001|005010X222A1!CLM|A|1|||11>B>1!SE|3|0001!", "|>^!"),
            ("ST*835*1\nSVC*HC:99213*1*1\nSE*3*1\n", "*:^\n"),
            ("ST*835*1\r\nSVC*HC<99213*1*1\r\nSE*3*1\r\n", "*<^\r"),
            ("ST^271^0001~EB^1^^30!1^~SE^3^0001~", "^:!~"),
            ("GS*HS*A*B*20260105*0930*1*X*005010X279A1~\nST*270*0001~", "*:^~"),
            ("GS*HS*A*B*20260105*0930*1*X*005010X279A1\nST*270*0001\n", "*:^\n"),
            ("ST:270:0001'EQ:30'SE:3:0001'", ":>^'"),
            ("ST*270*0001", "*:^~"),
        ] {
            assert_eq!(separators(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn prose_is_no_fragment() {
        for text in ["ST. LOUIS", "STATUS", "GS1-128 CODES", "ST-ETIENNE-B", "S", "ISA*"] {
            assert_eq!(separators(text), None, "{text}");
        }
    }

    #[test]
    fn what_a_fragment_does_not_show_is_as_in_the_one_before() {
        let first = Delimiters { component: b'>', ..Delimiters::STANDARD };
        let read = |text: &str| FragmentRead::of(text.as_bytes(), true, Some(first));
        assert_eq!(read("ST*270*0001~SE*2*0001~"), FragmentRead::Opening(first));
        let other = Delimiters { terminator: b'!', ..Delimiters::STANDARD };
        assert_eq!(read("ST*270*0001!SE*2*0001!"), FragmentRead::Opening(other));
    }
}

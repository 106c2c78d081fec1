//! Questions from a file, with control numbers of their own each time they are asked.

use crate::split::{By, Parts, Splitter};
use crate::wire::Delimiters;

/// Where ISA13 is in an ISA of the standard's widths.
const ISA13: std::ops::Range<usize> = 90..99;
/// Largest control number.
const CONTROL_MAX: u32 = 999_999_999;

/// Why a file has no questions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoQuestions {
    /// It holds no transaction set within an interchange.
    #[error("no transaction set within an interchange was found")]
    NoSet,
    /// An ISA does not have the widths of the standard.
    #[error("an ISA does not have the widths of the standard; `x12gate repair` mends it")]
    Isa,
    /// The sets to be sent together are of different groups.
    #[error(
        "the sets are not all of one interchange and group, so that they cannot be sent together"
    )]
    SeveralGroups,
}

/// The transaction sets of a file.
#[derive(Clone, Debug)]
pub struct Questions {
    sets: Vec<Question>,
}

/// An interchange with one set.
#[derive(Clone, Debug)]
struct Question {
    delimiters: Delimiters,
    /// ISA and GS, with terminators.
    head: Box<[u8]>,
    /// ST to SE, with terminators.
    set: Box<[u8]>,
}

impl Questions {
    /// Reads the sets of a file; they are kept in memory.
    ///
    /// # Errors
    ///
    /// When there is none, or an ISA cannot be given another control number.
    pub fn read(file: &[u8]) -> Result<Questions, NoQuestions> {
        let mut gathered = Gathered::default();
        let Ok(_) = Splitter::new(By::Set).feed(file, true, &mut gathered);
        let sets = gathered.0.iter().map(|part| Question::of(part));
        let sets = sets.collect::<Result<Vec<_>, _>>()?;
        if sets.is_empty() { Err(NoQuestions::NoSet) } else { Ok(Questions { sets }) }
    }

    /// The control number `index` after this one; after the largest comes 1.
    pub fn control(first: u32, index: u64) -> u32 {
        let number = (u64::from(first.max(1)) - 1 + index) % u64::from(CONTROL_MAX) + 1;
        u32::try_from(number).unwrap_or(1)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.sets.len()
    }

    /// True when there is none, which [`read`](Self::read) does not give.
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// Question `index`, counted round and round, as an interchange with this control number of at most nine digits. BHT03 becomes the number too:
    /// a reference that came before is taken for the same question.
    pub fn write(&self, index: u64, control: u32, out: &mut Vec<u8>) {
        let question = self.at(index);
        question.write_head(control, out);
        question.write_set(control, None, out);
        question.write_end(control, 1, out);
    }

    /// So many questions in one interchange.
    ///
    /// # Errors
    ///
    /// When they are not all of one group.
    pub fn write_batch(
        &self,
        count: u32,
        control: u32,
        out: &mut Vec<u8>,
    ) -> Result<(), NoQuestions> {
        let first = self.at(0);
        if self.sets.iter().any(|question| question.head != first.head) {
            return Err(NoQuestions::SeveralGroups);
        }
        first.write_head(control, out);
        for number in 1..=count {
            self.at(u64::from(number) - 1).write_set(control, Some(number), out);
        }
        first.write_end(control, count, out);
        Ok(())
    }

    fn at(&self, index: u64) -> &Question {
        let count = self.sets.len() as u64;
        &self.sets[usize::try_from(index % count).unwrap_or_default()]
    }
}

impl Question {
    fn of(part: &[u8]) -> Result<Question, NoQuestions> {
        let delimiters = Delimiters::from_isa(part).map_err(|_| NoQuestions::Isa)?;
        let segment = |id: &[u8], from: usize| {
            let mut at = from;
            for segment in part[from..].split_inclusive(|b| *b == delimiters.terminator) {
                let text = segment.trim_ascii_start();
                if text.starts_with(id) && text.get(id.len()) == Some(&delimiters.element) {
                    return Some((at + segment.len() - text.len(), at + segment.len()));
                }
                at += segment.len();
            }
            None
        };
        let (set, _) = segment(b"ST", 0).ok_or(NoQuestions::NoSet)?;
        let (_, end) = segment(b"SE", set).ok_or(NoQuestions::NoSet)?;
        let (head, set) = (part[..set].into(), part[set..end].into());
        Ok(Question { delimiters, head, set })
    }

    fn write_head(&self, control: u32, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&self.head);
        let number = format!("{control:09}");
        out[start..][ISA13].copy_from_slice(number.as_bytes());
    }

    /// The set with BHT03 made of the control number, and ST02 and SE02 with `number` where there is one.
    fn write_set(&self, control: u32, number: Option<u32>, out: &mut Vec<u8>) {
        let reference = number
            .map_or_else(|| format!("B{control:09}"), |number| format!("B{control:09}{number:09}"));
        for segment in self.set.split_inclusive(|b| *b == self.delimiters.terminator) {
            let number = number.map(|number| format!("{number:09}"));
            let (element, value) = match segment.trim_ascii_start().get(..3) {
                Some(id)
                    if id[2] == self.delimiters.element
                        && (&id[..2] == b"ST" || &id[..2] == b"SE") =>
                {
                    (2, number)
                }
                Some(b"BHT") => (3, Some(reference.clone())),
                _ => (0, None),
            };
            match value {
                Some(value) => self.write_with(segment, element, value.as_bytes(), out),
                None => out.extend_from_slice(segment),
            }
        }
    }

    /// The segment with another value in this element, counted from 1.
    fn write_with(&self, segment: &[u8], element: usize, value: &[u8], out: &mut Vec<u8>) {
        let Delimiters { element: separator, terminator, .. } = self.delimiters;
        let (body, end) = match segment.split_last() {
            Some((last, body)) if *last == terminator => (body, &segment[body.len()..]),
            _ => (segment, &[][..]),
        };
        for (index, part) in body.split(|b| *b == separator).enumerate() {
            if index > 0 {
                out.push(separator);
            }
            out.extend_from_slice(if index == element { value } else { part });
        }
        out.extend_from_slice(end);
    }

    fn write_end(&self, control: u32, sets: u32, out: &mut Vec<u8>) {
        let Delimiters { element, terminator, .. } = self.delimiters;
        let (element, end) = (char::from(element), char::from(terminator));
        let group = self.group_control();
        let trailers = format!(
            "GE{element}{sets}{element}{group}{end}IEA{element}1{element}{control:09}{end}"
        );
        out.extend_from_slice(trailers.as_bytes());
    }

    /// GS06.
    fn group_control(&self) -> String {
        let mut group =
            self.head.split(|b| *b == self.delimiters.terminator).map(<[u8]>::trim_ascii_start);
        let group = group.rfind(|segment| segment.starts_with(b"GS")).unwrap_or_default();
        let number = group.split(|b| *b == self.delimiters.element).nth(6).unwrap_or_default();
        String::from_utf8_lossy(number).into_owned()
    }
}

/// The parts of a file, each an interchange.
#[derive(Default)]
struct Gathered(Vec<Vec<u8>>);

impl Parts for Gathered {
    type Error = std::convert::Infallible;

    fn begin(&mut self, _: &[&[u8]]) -> Result<(), Self::Error> {
        self.0.push(Vec::new());
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        if let Some(part) = self.0.last_mut() {
            part.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::findings;
    use crate::finding::Policy;
    use crate::guide::Registry;

    const FILE: &[u8] = include_bytes!("../../fixtures/valid/270_subscriber.edi");

    #[test]
    fn each_question_is_a_sound_interchange_with_its_own_numbers() {
        let questions = Questions::read(FILE).expect("questions");
        let mut text = Vec::new();
        questions.write(0, 41, &mut text);
        questions.write(1, 42, &mut text);
        let text = String::from_utf8(text).expect("text");
        assert_eq!(text.matches("ISA*").count(), 2);
        for number in ["*000000041*", "*000000042*", "*B000000041*", "*B000000042*"] {
            assert!(text.contains(number), "{number} in {text}");
        }
        assert!(findings(text.as_bytes(), Registry::embedded(), &Policy::default()).is_empty());
    }

    #[test]
    fn after_the_largest_number_comes_the_first() {
        assert_eq!(
            [0, 1, 2].map(|index| Questions::control(999_999_998, index)),
            [999_999_998, 999_999_999, 1]
        );
    }

    #[test]
    fn a_batch_is_one_sound_interchange() {
        let questions = Questions::read(FILE).expect("questions");
        let mut text = Vec::new();
        questions.write_batch(3, 7, &mut text).expect("one group");
        assert!(findings(&text, Registry::embedded(), &Policy::default()).is_empty());
        assert_eq!(String::from_utf8_lossy(&text).matches("ST*270*").count(), 3);
    }

    #[test]
    fn a_file_without_sets_has_no_questions() {
        assert_eq!(Questions::read(b"nothing").err(), Some(NoQuestions::NoSet));
    }
}

//! X12 to JSON lines.

use serde::Serialize;

use super::shape::{Around, Encoding, IsaOut, SegmentOut, Separators, Text};
use crate::check::{EventKind, InputEvent, InputReader, Read, SetChecker};
use crate::finding::Policy;
use crate::guide::Registry;
use crate::tree::LoopRef;
use crate::wire::{Delimiters, FrameLimits, Tape};

/// Longest run of bytes between two segments that is kept with the second one.
const BEFORE_BYTES_MAX: usize = 64 << 10;

/// Longest run of blanks and line breaks that is taken as the layout of an interchange.
const LAYOUT_BYTES_MAX: usize = 16;

/// Turns X12 into JSON lines as its bytes arrive.
pub struct ToJson<'r> {
    reader: InputReader,
    tape: Tape,
    /// Finds the loop of each segment; none where loops are not wanted.
    checker: Option<SetChecker<'r>>,
    /// An ISA that waits for what comes after it, which shows the layout.
    held: Option<Held>,
    /// Bytes since the last terminator that belong to no segment yet.
    gap: Vec<u8>,
    layout: Vec<u8>,
    part: u32,
    /// The separators that are assumed where there is no ISA.
    assumed: Option<Delimiters>,
}

struct Held {
    text: Box<[u8]>,
    delimiters: Delimiters,
    before: Box<[u8]>,
    terminated: bool,
}

/// The object of an ISA.
#[derive(Serialize)]
struct InterchangeLine<'a> {
    interchange: Text<'a>,
    delimiters: Separators,
    layout: Text<'a>,
    segment: IsaOut<'a>,
}

/// The object in front of segments without an ISA.
#[derive(Serialize)]
struct FragmentLine {
    fragment: bool,
    delimiters: Separators,
}

/// The object of bytes that are no segment.
#[derive(Serialize)]
struct BytesLine<'a> {
    bytes: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<Encoding>,
}

impl<'r> ToJson<'r> {
    /// Starts before the first byte. With a registry, the segments of sets that have a guide carry their loop.
    pub fn new(registry: Option<&'r Registry>) -> Self {
        ToJson {
            reader: InputReader::new(FrameLimits { fragments: true, ..FrameLimits::default() }),
            tape: Tape::default(),
            checker: registry.map(|known| SetChecker::new(known, &Policy::default()).with_tree()),
            held: None,
            gap: Vec::new(),
            layout: Vec::new(),
            part: 0,
            assumed: None,
        }
    }

    /// Takes the available input, appends its lines to `out` and returns how many bytes are consumed; the
    /// rest has to be given again, with more after it. `end` says that there is no more.
    pub fn feed(&mut self, buffer: &[u8], end: bool, out: &mut Vec<u8>) -> usize {
        let mut done = 0;
        loop {
            match self.reader.next(&buffer[done..], end) {
                Read::NeedMore { consumed } => {
                    self.skipped(&buffer[done..done + consumed], out);
                    return done + consumed;
                }
                Read::End => {
                    self.skipped(&buffer[done..], out);
                    self.flush(out);
                    return buffer.len();
                }
                Read::Event(event) => {
                    let raw = &buffer[done..done + event.consumed];
                    self.skipped(&raw[..event.span.start], out);
                    self.event(raw, &event, out);
                    done += event.consumed;
                }
            }
        }
    }

    /// Bytes the reader skipped.
    fn skipped(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.gap.extend_from_slice(bytes);
        if self.gap.len() > BEFORE_BYTES_MAX {
            self.flush(out);
        }
    }

    /// Writes the pending ISA, and the bytes since as an object of their own.
    fn flush(&mut self, out: &mut Vec<u8>) {
        self.settle(b"", out);
        if !self.gap.is_empty() {
            let encoding = Encoding::of(&[&self.gap], Delimiters::STANDARD);
            let named = (encoding != Encoding::Utf8).then_some(encoding);
            line(out, &BytesLine { bytes: Text(&self.gap, encoding), encoding: named });
            self.gap.clear();
        }
    }

    /// Writes the pending ISA, with this layout.
    fn settle(&mut self, layout: &[u8], out: &mut Vec<u8>) {
        let Some(held) = self.held.take() else { return };
        self.layout.clear();
        self.layout.extend_from_slice(layout);
        let control = held.text.split(|byte| *byte == held.delimiters.element).nth(13);
        let before = Some(&*held.before).filter(|before| !before.is_empty());
        line(
            out,
            &InterchangeLine {
                interchange: Text(control.unwrap_or_default(), Encoding::Utf8),
                delimiters: held.delimiters.into(),
                layout: Text(layout, Encoding::Utf8),
                segment: IsaOut {
                    text: &held.text,
                    delimiters: held.delimiters,
                    around: Around { before, loop_id: None, terminated: held.terminated },
                },
            },
        );
    }

    fn event(&mut self, raw: &[u8], event: &InputEvent, out: &mut Vec<u8>) {
        let delimiters = event.delimiters;
        let assumed = event.is_fragment.then_some(delimiters);
        if self.assumed != assumed && event.kind != EventKind::Garbage {
            self.assumed = assumed;
            if assumed.is_some() {
                // What comes before it belongs to the interchange that has ended.
                self.flush(out);
                self.layout.clear();
                line(out, &FragmentLine { fragment: true, delimiters: delimiters.into() });
            }
        }
        match event.kind {
            EventKind::Interchange { .. } => {
                self.settle(b"", out);
                let after = &raw[event.span.end..];
                let terminated = after.first() == Some(&delimiters.terminator);
                self.held = Some(Held {
                    text: event.text(raw).into(),
                    delimiters,
                    before: std::mem::take(&mut self.gap).into(),
                    terminated,
                });
                self.gap.extend_from_slice(&after[usize::from(terminated)..]);
                return;
            }
            EventKind::Garbage | EventKind::Oversized { .. } => {
                self.gap.extend_from_slice(&raw[event.span.start..]);
                return self.flush(out);
            }
            _ => {}
        }
        if self.held.is_some() {
            let gap = std::mem::take(&mut self.gap);
            let is_layout = gap.len() <= LAYOUT_BYTES_MAX && gap.is_ascii();
            self.settle(if is_layout { &gap } else { b"" }, out);
            self.gap = gap;
        }
        self.segments(&raw[event.span.start..], event, out);
    }

    /// Writes the segments of an event: a set as one object, any other segment as its own.
    fn segments(&mut self, text: &[u8], event: &InputEvent, out: &mut Vec<u8>) {
        let delimiters = event.delimiters;
        self.tape.fill(text, delimiters);
        let set = match event.kind {
            EventKind::Set(part) if !self.tape.is_empty() => Some(part),
            _ => None,
        };
        let mut loops = Vec::new();
        if let Some(part) = set {
            self.part = if part.is_start { 1 } else { self.part + 1 };
            let mut assumed = None;
            if let Some(checker) = self.checker.as_mut().filter(|_| part.is_whole())
                && let (report, Some(walked)) = checker.walk(text, event.place(part))
            {
                loops = labels(walked.root());
                assumed = report.guide.filter(|_| report.is_guide_assumed);
            }
            let first = self.tape.segment(text, 0);
            out.push(b'{');
            if part.is_start {
                field(out, "set", &Text(first.value(1), Encoding::Utf8));
                field(out, "control", &Text(first.value(2), Encoding::Utf8));
                if let Some(guide) = &assumed {
                    field(out, "assumed_guide", &guide.id);
                }
            }
            if !part.is_whole() {
                field(out, "part", &self.part);
                field(out, "last", &part.is_end);
            }
            out.extend_from_slice(b"\"segments\":[");
        }
        let mut labels = loops.into_iter().peekable();
        let mut passed = 0;
        for (index, segment) in self.tape.segments(text).enumerate() {
            let start = segment.offset() as usize;
            let stop = start + segment.bytes().len();
            self.gap.extend_from_slice(&text[passed..start]);
            let terminated = text.get(stop) == Some(&delimiters.terminator);
            let loop_id = labels.next_if(|(at, _)| *at == segment.offset()).map(|(_, id)| id);
            let around = Around {
                before: (self.gap != self.layout).then_some(&*self.gap),
                loop_id: loop_id.as_deref(),
                terminated,
            };
            let shown = SegmentOut { segment, around };
            match set {
                Some(_) => {
                    if index > 0 {
                        out.push(b',');
                    }
                    json(out, &shown);
                }
                None => {
                    out.extend_from_slice(b"{\"segment\":");
                    json(out, &shown);
                    out.extend_from_slice(b"}\n");
                }
            }
            self.gap.clear();
            passed = stop + usize::from(terminated);
        }
        if set.is_some() {
            out.extend_from_slice(b"]}\n");
        }
        self.gap.extend_from_slice(&text[passed..]);
    }
}

/// The loop of each segment of a set that has a place in its guide, by where the segment begins.
fn labels(root: LoopRef<'_>) -> Vec<(u32, Box<str>)> {
    let mut loops: Vec<(u32, Box<str>)> = Vec::new();
    let mut open: Vec<LoopRef<'_>> = root.children().collect();
    while let Some(here) = open.pop() {
        loops.extend(here.segments().map(|segment| (segment.offset(), here.id().into())));
        open.extend(here.children());
    }
    loops.sort_unstable_by_key(|(at, _)| *at);
    loops
}

fn field(out: &mut Vec<u8>, name: &str, value: &impl Serialize) {
    json(out, name);
    out.push(b':');
    json(out, value);
    out.push(b',');
}

fn line(out: &mut Vec<u8>, value: &impl Serialize) {
    json(out, value);
    out.push(b'\n');
}

/// Texts, numbers and maps of them always serialize, and a `Vec` always takes them.
fn json<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    let written = serde_json::to_writer(out, value);
    debug_assert!(written.is_ok(), "what we write is JSON");
}

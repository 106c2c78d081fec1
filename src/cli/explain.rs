//! `explain`: what a finding means, or what a file says, loop by loop with its codes spelt out.

use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::failure::Result;
use super::output::Output;
use super::reading::{Part, parts};
use super::source::Source;
use super::wording::counted;
use crate::check::SetReport;
use crate::dict::label;
use crate::finding::Code;
use crate::finding::render::{component_of, element_of, find_segment_use, printable, segment_text};
use crate::guide::{DataType, ElementUse, Guide, Registry};
use crate::tree::LoopRef;
use crate::wire::{Element, Segment};

/// Explain a finding code (X12-2201, 2201, element-missing), or a file for people
#[derive(Args, Debug)]
pub(super) struct Explain {
    /// A finding code, a file, or - for standard input
    #[arg(value_name = "CODE|FILE")]
    what: PathBuf,
    /// Show values; by default only codes and qualifiers are shown
    #[arg(long)]
    show_values: bool,
}

/// Runs `explain`.
pub(super) fn run(args: &Explain, out: &mut Output) -> Result<Exit> {
    if let Some(code) = args.what.to_str().and_then(Code::find) {
        out.text(code.page())?;
        return Ok(Exit::Clean);
    }
    let source = Source::open(&args.what)?;
    let input = source.bytes()?;
    let mut written = Ok(());
    let mut any = false;
    parts(&input, Registry::embedded(), |part| {
        any = true;
        if written.is_ok() {
            let mut page = Page { out: String::new(), show_values: args.show_values };
            page.part(part);
            written = out.text(&page.out);
        }
    });
    written?;
    if !any {
        out.line(&format!("{}: {}", source.name, Code::NotX12.entry().title))?;
        return Ok(Exit::Findings);
    }
    Ok(Exit::Clean)
}

/// The text of one part being written.
struct Page {
    out: String,
    show_values: bool,
}

impl Page {
    fn line(&mut self, depth: usize, text: &str) {
        self.out.push_str(&"  ".repeat(depth));
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn part(&mut self, part: Part<'_>) {
        match part {
            Part::Envelope(segment) => self.envelope(segment),
            Part::Set { root, guide, report } => {
                self.line(0, "");
                let title = format!("Set {} of {}: {}", guide.set, guide.id, guide.title);
                self.line(0, &title);
                self.one_loop(root, guide, 1);
                self.remark(report);
            }
            Part::Unguided { report, segments } => {
                self.line(0, "");
                let set = report.header.set.as_str();
                self.line(0, &format!("Set {set}: no guide is known for it"));
                for segment in segments {
                    self.line(1, &segment_text(segment, None, self.show_values));
                }
                self.remark(report);
            }
        }
    }

    fn remark(&mut self, report: &SetReport) {
        let found = report.findings.len() as u64;
        if found > 0 {
            let findings = counted(found, "finding");
            self.line(1, &format!("({findings}; what does not fit the guide is left out above)"));
        }
    }

    fn envelope(&mut self, segment: Segment<'_>) {
        let text = |position| printable(segment.value(position)).trim_end().to_owned();
        match segment.tag().to_string().as_str() {
            "ISA" => {
                let usage = if segment.value(15) == b"P" { "production" } else { "test" };
                let (from, to) = (text(5) + ":" + &text(6), text(7) + ":" + &text(8));
                self.line(0, &format!("Interchange {} from {from} to {to}, {usage}", text(13)));
            }
            "GS" => {
                let kind = spelt(479, segment.value(1));
                self.line(0, &format!("Group {} of {}: {kind}", text(6), text(8)));
            }
            "TA1" => {
                let verdict = spelt(20_017, segment.value(4));
                let note = spelt(20_018, segment.value(5));
                self.line(0, &format!("Acknowledges interchange {}: {verdict}; {note}", text(1)));
            }
            _ => {}
        }
    }

    fn one_loop(&mut self, here: LoopRef<'_>, guide: &Guide, depth: usize) {
        let index = guide.loops.iter().position(|known| *known.id == *here.id()).unwrap_or(0);
        if index > 0 {
            self.line(depth, &format!("{} {}", here.id(), guide.loops[index].name));
        }
        let loop_index = u16::try_from(index).ok();
        for segment in here.segments() {
            self.segment(segment, guide, loop_index, depth + 1);
        }
        for inner in here.children() {
            self.one_loop(inner, guide, depth + 1);
        }
    }

    fn segment(
        &mut self,
        segment: Segment<'_>,
        guide: &Guide,
        loop_index: Option<u16>,
        depth: usize,
    ) {
        let tag = segment.tag();
        if ["ST", "SE", "HL", "LS", "LE"].iter().any(|bracket| tag == (*bracket).into()) {
            return;
        }
        let used = find_segment_use(guide, loop_index, tag, Some(segment));
        let name = used.map_or("", |used| &*used.name);
        self.line(depth, &format!("{tag}  {name}"));
        let shown = segment_text(segment, used.map(|used| (guide, used)), self.show_values);
        for (index, element) in segment.elements().enumerate().filter(|(_, e)| !e.is_empty()) {
            let position = u8::try_from(index + 1).unwrap_or(u8::MAX);
            let element_use = used.and_then(|used| element_of(guide, used, position));
            for repetition in element.repetitions() {
                self.element(&shown, repetition, guide, element_use, position, depth + 1);
            }
        }
    }

    fn element(
        &mut self,
        shown: &str,
        element: Element<'_>,
        guide: &Guide,
        used: Option<&ElementUse>,
        position: u8,
        depth: usize,
    ) {
        let composite = used.filter(|used| used.kind == DataType::Composite);
        for (index, component) in element.components().enumerate() {
            if component.bytes.is_empty() {
                continue;
            }
            let inner = match composite {
                Some(composite) => {
                    component_of(guide, composite, u8::try_from(index + 1).unwrap_or(u8::MAX))
                }
                None => used,
            };
            let number = match composite {
                Some(_) => format!("{position:02}-{}", index + 1),
                None => format!("{position:02}"),
            };
            let name = inner.map_or("", |used| &*used.name);
            let at = component.offset as usize;
            let value = shown.get(at..at + component.bytes.len()).unwrap_or("");
            let words = inner
                .filter(|used| used.kind == DataType::Id)
                .and_then(|used| label(used.data_element, component.bytes));
            let words = words.map(|words| format!("  {words}")).unwrap_or_default();
            self.line(depth, &format!("{number:<5} {name:<36} {value}{words}"));
        }
    }
}

/// A code in words, with the code.
fn spelt(element: u16, code: &[u8]) -> String {
    let shown = printable(code);
    match label(element, code) {
        Some(words) => format!("{shown} {words}"),
        None => shown,
    }
}

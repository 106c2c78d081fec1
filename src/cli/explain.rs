//! `explain`: what a finding means, or what a file says, loop by loop with its codes spelt out.

use std::borrow::Cow;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::{Format, Output};
use super::rules::registry;
use super::source::Source;
use super::wording::{counted, grouped};
use x12gate::check::{InputPart, PartReader, SetReport};
use x12gate::dict::{DataType, label};
use x12gate::finding::Code;
use x12gate::finding::render::{segment_text, tag_text};
use x12gate::guide::{ElementUse, Guide, Pattern, Registry};
use x12gate::portal::money;
use x12gate::report::AssumedSeparators;
use x12gate::tree::LoopRef;
use x12gate::wire::value::{date_d8, decimal_r, period_rd8, time_tm};
use x12gate::wire::{Delimiters, Element, Segment};

/// The data element of amounts of money.
const MONETARY_AMOUNT: u16 = 782;

/// Describe a finding code (X12-2201, 2201, element-missing), or show a file in readable form
#[derive(Args, Debug)]
pub(super) struct Explain {
    /// A finding code, a file, or - for standard input
    #[arg(value_name = "CODE|FILE")]
    what: PathBuf,
    /// Show values; by default only codes and qualifiers are shown
    #[arg(long)]
    show_values: bool,
    /// Maximum number of sets to show; 0 for all
    #[arg(long, value_name = "N", default_value_t = 100)]
    max_sets: u64,
    /// Output format; JSON has one line per segment
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Folder of your own code lists, used to describe codes
    #[arg(long, value_name = "DIR")]
    codes: Option<PathBuf>,
}

/// Runs `explain`.
pub(super) fn run(args: &Explain, out: &mut Output) -> Result<Exit> {
    if let Some(code) = args.what.to_str().and_then(Code::find) {
        out.text(code.page())?;
        return Ok(Exit::Clean);
    }
    if args.what.as_os_str() != "-" && !args.what.exists() {
        let what = args.what.display();
        return Err(Failure::Refused(format!("{what} is neither a finding code nor a file")));
    }
    let source = Source::open(&args.what)?;
    let mut written = Ok(());
    let mut any = false;
    let registry = registry(None, args.codes.as_deref())?;
    let sets_max = if args.max_sets == 0 { u64::MAX } else { args.max_sets };
    let mut parts = PartReader::new(sets_max, &registry);
    let mut show = |part: InputPart<'_>| {
        any = true;
        if written.is_ok() {
            let lines = args.format == Format::Json;
            let mut page = Page { out: String::new(), lines, show_values: args.show_values };
            page.part(part);
            written = out.text(&page.out);
        }
    };
    source.windows(|buffer, end| Ok(parts.feed(buffer, end, &mut show)))?;
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
    /// JSON lines in place of a page.
    lines: bool,
    show_values: bool,
}

/// What is assumed, as JSON.
#[derive(Serialize)]
struct AssumedLine<T> {
    assumed: T,
}

#[derive(Serialize)]
struct AssumedGuide<'a> {
    guide: &'a str,
}

/// A segment, as JSON.
#[derive(Serialize)]
struct SegmentLine<'a> {
    set: &'a str,
    r#loop: &'a str,
    loop_name: &'a str,
    tag: String,
    name: &'a str,
    elements: Vec<ElementLine<'a>>,
}

/// An element or component, as JSON.
#[derive(Serialize)]
struct ElementLine<'a> {
    position: String,
    name: &'a str,
    value: String,
    /// What the code means; of a date or an amount how people write it.
    words: Option<Cow<'a, str>>,
}

impl Page {
    fn line(&mut self, depth: usize, text: &str) {
        if self.lines {
            return;
        }
        self.out.push_str(&"  ".repeat(depth));
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn json(&mut self, line: &impl Serialize) {
        // Strings and numbers always serialize.
        self.out.push_str(&serde_json::to_string(line).unwrap_or_default());
        self.out.push('\n');
    }

    /// Says which separators are assumed where there is no ISA.
    fn fragment(&mut self, separators: Delimiters) {
        if self.lines {
            return self
                .json(&AssumedLine { assumed: AssumedSeparators::of(separators.to_bytes()) });
        }
        let AssumedSeparators { element, component, repetition, segment } =
            AssumedSeparators::of(separators.to_bytes());
        let shown = |separator: Option<char>| match separator {
            Some('\n') => "line feed".to_owned(),
            Some('\r') => "carriage return".to_owned(),
            Some(byte) => byte.to_string(),
            None => "none".to_owned(),
        };
        let [element, component, repetition, segment] =
            [Some(element), Some(component), repetition, Some(segment)].map(shown);
        self.line(
            0,
            &format!(
                "No ISA; assumed separators: element {element}, component {component}, repetition \
                 {repetition}, segment {segment}"
            ),
        );
    }

    fn part(&mut self, part: InputPart<'_>) {
        match part {
            InputPart::Envelope(segment) => self.envelope(segment),
            InputPart::Fragment(separators) => self.fragment(separators),
            InputPart::Set { root, guide, report } => {
                self.line(0, "");
                let assumed = match report.is_guide_assumed {
                    true => " (assumed: nothing names the guide)",
                    false => "",
                };
                let title = format!("Set {} of {}{assumed}: {}", guide.set, guide.id, guide.title);
                self.line(0, &title);
                if report.is_guide_assumed && self.lines {
                    self.json(&AssumedLine { assumed: AssumedGuide { guide: &guide.id } });
                }
                self.one_loop(root, guide, 1);
                self.remark(report);
            }
            InputPart::Unguided { report, segments } => {
                self.line(0, "");
                let set = report.header.set.as_str();
                let is_number = set.bytes().all(|byte| byte.is_ascii_digit());
                let shown = if is_number || self.show_values { set } else { "(no number)" };
                let id = report.header.convention.as_str();
                let standard = registry_standard(set);
                match Registry::embedded().absent(set.as_bytes(), id.as_bytes()) {
                    Some(known) => {
                        self.line(
                            0,
                            &format!("Set {set} of {id}: {}; guide not available", known.title),
                        );
                    }
                    None => self.line(0, &format!("Set {shown}: unknown guide")),
                }
                for segment in segments {
                    match standard {
                        Some(standard) => self.segment(segment, standard, None, 2),
                        None => self.line(1, &segment_text(segment, None, self.show_values)),
                    }
                }
                self.remark(report);
            }
            InputPart::LeftOut { more, long } => {
                if long > 0 {
                    let sets = counted(long, "set");
                    self.line(0, &format!("({sets} too long to show; use `split` first)"));
                }
                if more > 0 {
                    let sets = counted(more, "more set");
                    self.line(0, &format!("({sets}; use --max-sets 0 to show all)"));
                }
            }
            _ => {}
        }
    }

    fn remark(&mut self, report: &SetReport) {
        let found = report.findings.len() as u64;
        if found > 0 {
            let findings = counted(found, "finding");
            self.line(
                1,
                &format!("({findings}; data that does not conform to the guide is omitted above)"),
            );
        }
    }

    fn envelope(&mut self, segment: Segment<'_>) {
        let shown = segment_text(segment, None, self.show_values);
        let text = |position| {
            let element = segment.element(position).map(|element| {
                let start = element.offset as usize;
                shown.get(start..start + element.bytes.len()).unwrap_or_default()
            });
            element.unwrap_or_default().trim_end().to_owned()
        };
        match segment.tag().to_string().as_str() {
            "ISA" => {
                let usage = if segment.value(15) == b"P" { "production" } else { "test" };
                let (from, to) = (text(5) + ":" + &text(6), text(7) + ":" + &text(8));
                self.line(0, &format!("Interchange {} from {from} to {to}, {usage}", text(13)));
            }
            "GS" => {
                let kind = spelt(479, segment.value(1), text(1));
                self.line(0, &format!("Group {} of {}: {kind}", text(6), text(8)));
            }
            "TA1" => {
                let verdict = spelt(20_017, segment.value(4), text(4));
                let note = spelt(20_018, segment.value(5), text(5));
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
        // What ends a loop (AK9, LE) stands after the loops inside it.
        let begins =
            |inner: &LoopRef<'_>| inner.segments().next().map_or(0, |first| first.offset());
        let mut inner = here.children().peekable();
        for segment in here.segments() {
            while let Some(next) = inner.next_if(|next| begins(next) < segment.offset()) {
                self.one_loop(next, guide, depth + 1);
            }
            self.segment(segment, guide, loop_index, depth + 1);
        }
        for next in inner {
            self.one_loop(next, guide, depth + 1);
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
        let used = guide.find_segment(loop_index, tag, Some(segment));
        let name = used.map_or("", |used| &*used.name);
        let shown = segment_text(segment, used.map(|used| (guide, used)), self.show_values);
        let binary = segment.binary().map(|binary| binary.offset);
        let mut elements = Vec::new();
        for (index, element) in segment.elements().enumerate().filter(|(_, e)| !e.is_empty()) {
            let position = u8::try_from(index + 1).unwrap_or(u8::MAX);
            let element_use = used.and_then(|used| guide.element_of(used, position));
            if binary == Some(element.offset) {
                // The content is not shown; its length may be.
                let bytes = element.bytes.len() as u64;
                let unit = if bytes == 1 { "byte" } else { "bytes" };
                elements.push(ElementLine {
                    position: format!("{position:02}"),
                    name: element_use.map_or("", |used| &*used.name),
                    value: format!("({} {unit})", grouped(bytes)),
                    words: None,
                });
                continue;
            }
            for repetition in element.repetitions() {
                let place = (segment, repetition);
                add_element(&mut elements, &shown, place, guide, element_use, position);
            }
        }
        if self.lines {
            let home = loop_index.and_then(|index| guide.loops.get(usize::from(index)));
            let line = SegmentLine {
                set: &guide.set,
                r#loop: home.map_or("", |home| &*home.id),
                loop_name: home.map_or("", |home| &*home.name),
                tag: tag_text(tag, self.show_values),
                name,
                elements,
            };
            return self.json(&line);
        }
        self.line(depth, &format!("{}  {name}", tag_text(tag, self.show_values)));
        for element in elements {
            let ElementLine { position, name, value, words } = element;
            let words = words.map(|words| format!("  {words}")).unwrap_or_default();
            self.line(depth + 1, &format!("{position:<5} {name:<36} {value}{words}"));
        }
    }
}

/// The base standard's segments of a set, for sets without a guide.
fn registry_standard(set: &str) -> Option<&'static Guide> {
    Registry::embedded().standard(set.as_bytes()).map(|guide| &**guide)
}

/// A date, time or amount as people write it; none for what is none.
fn readable(used: &ElementUse, value: &[u8], qualifier: Option<&[u8]>) -> Option<String> {
    let form = match (used.kind, used.pattern) {
        (DataType::Dt, _) | (_, Some(Pattern::D8)) => &b"D8"[..],
        (DataType::Tm, _) => b"TM",
        (_, Some(Pattern::DateBy(_))) => qualifier?,
        (DataType::R, _) if used.data_element == MONETARY_AMOUNT => b"$",
        _ => return None,
    };
    match form {
        b"D8" => Some(date_d8(value)?.to_string()),
        b"RD8" => period_rd8(value).map(|(from, to)| format!("{from} to {to}")),
        b"TM" => time_tm(value).map(|time| format!("{:02}:{:02}", time.hour(), time.minute())),
        b"$" => decimal_r(value).map(money),
        _ => None,
    }
}

/// Adds the components of an element, or the element itself, to what is shown of a segment.
fn add_element<'g>(
    elements: &mut Vec<ElementLine<'g>>,
    shown: &str,
    (segment, element): (Segment<'_>, Element<'_>),
    guide: &'g Guide,
    used: Option<&'g ElementUse>,
    position: u8,
) {
    let composite = used.filter(|used| used.kind == DataType::Composite);
    for (index, component) in element.components().enumerate() {
        if component.bytes.is_empty() {
            continue;
        }
        let number = u8::try_from(index + 1).unwrap_or(u8::MAX);
        let (inner, position) = match composite {
            Some(composite) => {
                (guide.component_of(composite, number), format!("{position:02}-{number}"))
            }
            None => (used, format!("{position:02}")),
        };
        let at = component.offset as usize;
        let qualifier = |at: u8| match composite {
            Some(_) => element.components().nth(usize::from(at).checked_sub(1)?).map(|c| c.bytes),
            None => Some(segment.value(usize::from(at))),
        };
        let by = inner.and_then(|used| match used.pattern {
            Some(Pattern::DateBy(at)) => qualifier(at),
            _ => None,
        });
        let words = inner.and_then(|used| meaning(guide, used, component.bytes, qualifier));
        let shown_value = shown.get(at..at + component.bytes.len()).unwrap_or("");
        let is_open = shown_value.as_bytes() == component.bytes;
        let read = || inner.and_then(|used| readable(used, component.bytes, by));
        let words = words
            .map(Cow::Borrowed)
            .or_else(|| if is_open { read().map(Cow::Owned) } else { None });
        elements.push(ElementLine {
            position,
            name: inner.map_or("", |used| &*used.name),
            value: shown_value.to_owned(),
            words,
        });
    }
}

/// What a code means in this place: by the list that its qualifier or the guide names there, or by its data element.
fn meaning<'g, 's>(
    guide: &'g Guide,
    used: &ElementUse,
    code: &[u8],
    qualifier: impl Fn(u8) -> Option<&'s [u8]>,
) -> Option<&'g str> {
    let named = match used.pattern {
        Some(Pattern::CodeBy(at, table)) => {
            qualifier(at).and_then(|found| guide.qualified.get(usize::from(table))?.list(found))
        }
        _ => None,
    };
    let list = named.or(used.list).map(|list| &guide.lists[usize::from(list)]);
    let by_element = || label(used.data_element, code).filter(|_| used.kind == DataType::Id);
    list.and_then(|list| list.label(&guide.lists, code)).or_else(by_element)
}

/// A code in words, with the code as it may be shown.
fn spelt(element: u16, code: &[u8], shown: String) -> String {
    match label(element, code) {
        Some(words) => format!("{shown} {words}"),
        None => shown,
    }
}

//! A valid set as editable segments, each with its place in the guide and in the loops around it.

use std::sync::Arc;

use x12gate::check::{GroupHeader, SetChecker, SetPlace, SetReport};
use x12gate::finding::{Finding, Policy, Severity};
use x12gate::guide::{Guide, NodeIndex, Registry};
use x12gate::tree::LoopRef;
use x12gate::wire::{Delimiters, Inline};

/// One instance of a loop in a seed.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    /// Index into the guide's loops.
    pub(super) definition: u16,
    /// The instance around it; itself for the whole set.
    pub(super) parent: usize,
    /// Its segments and those of the instances inside it.
    pub(super) range: std::ops::Range<usize>,
}

/// A valid set.
#[derive(Clone, Debug)]
pub(super) struct Seed {
    pub(super) name: String,
    pub(super) group: GroupHeader,
    pub(super) guide: Arc<Guide>,
    /// ST to SE, without terminators.
    pub(super) segments: Vec<String>,
    /// For each segment its use in the guide and its loop instance.
    pub(super) places: Vec<(NodeIndex, usize)>,
    pub(super) instances: Vec<Instance>,
}

/// Checks sets and keeps nothing between them.
pub(super) struct Bench {
    checker: SetChecker<'static>,
}

impl Bench {
    pub(super) fn new() -> Bench {
        Bench { checker: SetChecker::new(Registry::embedded(), &Policy::default()).with_tree() }
    }

    /// Checks a set given as segments.
    pub(super) fn check(&mut self, group: &GroupHeader, segments: &[String]) -> SetReport {
        let text = segments.iter().fold(String::new(), |text, s| text + s + "~");
        let place = SetPlace { group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
        self.checker.check(text.as_bytes(), place)
    }

    /// True when nothing at all is found in the set.
    pub(super) fn is_clean(&mut self, group: &GroupHeader, segments: &[String]) -> bool {
        self.check(group, segments).findings.is_empty()
    }

    /// The set with its places; `None` when anything is found in it.
    pub(super) fn seed(
        &mut self,
        name: &str,
        group: &GroupHeader,
        segments: Vec<String>,
    ) -> Option<Seed> {
        let text = segments.iter().fold(String::new(), |text, s| text + s + "~");
        let place = SetPlace { group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
        let report = self.checker.check(text.as_bytes(), place);
        if report.findings.iter().any(|f| f.severity != Severity::Note) {
            return None;
        }
        self.placed(name, group, segments, &text, report.guide?)
    }

    /// The set checked last with its places, whatever was found in it; `None` when a segment has none.
    fn placed(
        &self,
        name: &str,
        group: &GroupHeader,
        segments: Vec<String>,
        text: &str,
        guide: Arc<Guide>,
    ) -> Option<Seed> {
        let walked = self.checker.tree(text.as_bytes())?;
        let mut seed = Seed {
            name: name.to_owned(),
            group: *group,
            guide,
            places: vec![(NodeIndex::MAX, 0); segments.len()],
            segments,
            instances: Vec::new(),
        };
        let starts: Vec<usize> = seed
            .segments
            .iter()
            .scan(0, |at, s| {
                let start = *at;
                *at += s.len() + 1;
                Some(start)
            })
            .collect();
        seed.place(walked.root(), 0, 0, &starts);
        let end = seed.segments.len();
        seed.instances[0].range = 0..end;
        seed.places.iter().all(|(node, _)| *node != NodeIndex::MAX).then_some(seed)
    }

    /// The same for a set in which something may be missing, with what is.
    pub(super) fn draft(
        &mut self,
        name: &str,
        group: &GroupHeader,
        segments: Vec<String>,
    ) -> Option<(Seed, Vec<Finding>)> {
        let text = segments.iter().fold(String::new(), |text, s| text + s + "~");
        let place = SetPlace { group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
        let report = self.checker.check(text.as_bytes(), place);
        let seed = self.placed(name, group, segments, &text, report.guide?)?;
        Some((seed, report.findings))
    }
}

impl Seed {
    /// Gives the segments of a loop instance and of those inside it their places.
    fn place(&mut self, found: LoopRef<'_>, definition: u16, parent: usize, starts: &[usize]) {
        let own = self.instances.len();
        let (mut first, mut end) = (usize::MAX, 0);
        self.instances.push(Instance { definition, parent, range: 0..0 });
        for segment in found.segments() {
            let index = starts.binary_search(&(segment.offset() as usize)).unwrap();
            let node = self.use_of(definition, index).unwrap_or_else(|| {
                panic!("{}: {} is in the loop but in no use", self.name, self.segments[index])
            });
            self.places[index] = (node, own);
            (first, end) = (first.min(index), end.max(index + 1));
        }
        for child in found.children() {
            let loops = &self.guide.loops;
            let at = loops
                .iter()
                .position(|l| l.parent == Some(definition) && *l.id == *child.id())
                .unwrap();
            let number = self.instances.len();
            self.place(child, at as u16, own, starts);
            let inner = self.instances[number].range.clone();
            (first, end) = (first.min(inner.start), end.max(inner.end));
        }
        self.instances[own].range = first..end;
    }

    /// The use of a loop that a segment is: by its tag and the code that tells uses apart.
    fn use_of(&self, definition: u16, index: usize) -> Option<NodeIndex> {
        let segment = &self.segments[index];
        let uses = || {
            self.guide.segments.iter().enumerate().filter(|(_, used)| {
                used.in_loop == definition && used.tag.to_string() == tag(segment)
            })
        };
        let speaks = |used: &x12gate::guide::SegmentUse| {
            used.discriminator.is_none_or(|by| {
                let code = value(segment, by.element, by.component);
                self.guide.lists[usize::from(by.list)].contains(code.as_bytes())
            })
        };
        // A use without codes is what is left when the others do not match.
        let with_code = uses().find(|(_, u)| u.discriminator.is_some() && speaks(u));
        with_code.or_else(|| uses().find(|(_, u)| speaks(u))).map(|(at, _)| at as u16)
    }

    /// True when this use occurs.
    pub(super) fn has(&self, node: NodeIndex) -> bool {
        self.places.iter().any(|(known, _)| *known == node)
    }

    /// The use of a segment.
    pub(super) fn used(&self, index: usize) -> &x12gate::guide::SegmentUse {
        &self.guide.segments[usize::from(self.places[index].0)]
    }

    /// The loop of an instance.
    pub(super) fn loop_of(&self, instance: usize) -> &x12gate::guide::LoopUse {
        &self.guide.loops[usize::from(self.instances[instance].definition)]
    }

    /// True when the segment opens its loop instance.
    pub(super) fn is_trigger(&self, index: usize) -> bool {
        let (node, instance) = self.places[index];
        self.loop_of(instance).segments.start == node
            && self.instances[instance].range.start == index
    }

    /// The segments from ST to SE with SE01 put right.
    pub(super) fn counted(mut segments: Vec<String>) -> Vec<String> {
        let count = segments.len();
        if let Some(se) = segments.last_mut().filter(|s| tag(s) == "SE") {
            *se = with_value(se, 1, 0, &count.to_string());
        }
        segments
    }
}

/// Every set of every valid fixture.
pub(super) fn fixtures(bench: &mut Bench) -> Vec<Seed> {
    let mut seeds = Vec::new();
    for file in crate::fixtures::files("valid") {
        let text = std::fs::read_to_string(&file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let mut group = GroupHeader::default();
        let mut set = Vec::new();
        for segment in text.split('~').map(str::trim).filter(|s| !s.is_empty()) {
            match tag(segment) {
                "GS" => {
                    group = GroupHeader {
                        functional: Inline::new(value(segment, 1, 0).as_bytes()),
                        sender: Inline::new(value(segment, 2, 0).as_bytes()),
                        receiver: Inline::new(value(segment, 3, 0).as_bytes()),
                        control: Inline::new(value(segment, 6, 0).as_bytes()),
                        version: Inline::new(value(segment, 8, 0).as_bytes()),
                        date: Inline::new(value(segment, 4, 0).as_bytes()),
                        time: Inline::new(value(segment, 5, 0).as_bytes()),
                        is_absent: false,
                    }
                }
                "ISA" | "GE" | "IEA" | "TA1" => {}
                tag => {
                    set.push(segment.to_owned());
                    if tag == "SE" {
                        let segments = std::mem::take(&mut set);
                        seeds.push(
                            bench
                                .seed(&name, &group, segments)
                                .unwrap_or_else(|| panic!("{name} is not valid")),
                        );
                    }
                }
            }
        }
    }
    seeds
}

/// The id of a segment.
pub(super) fn tag(segment: &str) -> &str {
    segment.split('*').next().unwrap_or("")
}

/// The text of an element, or of a component of its first repetition; empty where there is none.
pub(super) fn value(segment: &str, element: u8, component: u8) -> &str {
    let element = segment.split('*').nth(usize::from(element)).unwrap_or("");
    match component {
        0 => element,
        _ => {
            let first = element.split('^').next().unwrap_or("");
            first.split(':').nth(usize::from(component) - 1).unwrap_or("")
        }
    }
}

/// The segment with another value there; what is empty at its end is cut off.
pub(super) fn with_value(segment: &str, element: u8, component: u8, value: &str) -> String {
    let mut elements: Vec<String> = segment.split('*').map(str::to_owned).collect();
    let at = usize::from(element);
    if elements.len() <= at {
        elements.resize(at + 1, String::new());
    }
    if component == 0 {
        elements[at] = value.to_owned();
    } else {
        let (first, rest) = match elements[at].split_once('^') {
            Some((first, rest)) => (first.to_owned(), Some(rest.to_owned())),
            None => (elements[at].clone(), None),
        };
        let mut components: Vec<&str> = first.split(':').collect();
        let inner = usize::from(component) - 1;
        if components.len() <= inner {
            components.resize(inner + 1, "");
        }
        components[inner] = value;
        let first = components.join(":").trim_end_matches(':').to_owned();
        elements[at] = rest.map_or(first.clone(), |rest| format!("{first}^{rest}"));
    }
    elements.join("*").trim_end_matches('*').to_owned()
}

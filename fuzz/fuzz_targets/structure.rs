//! Sound sets of every guide, edited segment by segment: what comes of them is checked to the end, is the same however the
//! bytes come in, and its 999 passes our own checker.
#![no_main]

use std::convert::Infallible;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use x12gate::check::{Excerpt, GroupHeader, GroupReport, Limits, SetReport, Sink, Stream};
use x12gate::finding::{Code, Finding, Policy, Severity};
use x12gate::guide::Registry;
use x12gate::txn::ack::{AckOptions, FunctionalAck};
use x12gate::wire::{Delimiters, Emitter};

/// Every sound fixture as segments.
fn seeds() -> &'static [Vec<Vec<u8>>] {
    static SEEDS: OnceLock<Vec<Vec<Vec<u8>>>> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/valid");
        let mut files: Vec<_> =
            std::fs::read_dir(folder).expect("the fixtures").map(|e| e.expect("a file").path()).collect();
        files.sort();
        let segments = |text: Vec<u8>| {
            let trimmed = text.split(|b| *b == b'~').map(|s| s.trim_ascii().to_vec());
            trimmed.filter(|s| !s.is_empty()).collect()
        };
        files.iter().map(|file| segments(std::fs::read(file).expect("a fixture"))).collect()
    })
}

/// Five bytes an edit: what, where, which element, and two of the value.
fn edited(data: &[u8]) -> Option<Vec<u8>> {
    let (first, edits) = data.split_first()?;
    let seeds = seeds();
    let mut segments = seeds[usize::from(*first) % seeds.len()].clone();
    for edit in edits.chunks_exact(5).take(6) {
        // The ISA stays: it says what the separators are.
        let at = 1 + usize::from(edit[1]) % (segments.len() - 1).max(1);
        let other = 1 + usize::from(edit[2]) % (segments.len() - 1).max(1);
        if segments.len() < 3 {
            break;
        }
        match edit[0] % 7 {
            0 => drop(segments.remove(at)),
            1 => segments.insert(at, segments[at].clone()),
            2 => segments.swap(at, other),
            3 => segments.insert(at, segments[other].clone()),
            4 => {
                let from = &seeds[usize::from(edit[3]) % seeds.len()];
                segments.insert(at, from[usize::from(edit[4]) % from.len()].clone());
            }
            5 => segments[at].truncate(usize::from(edit[2])),
            _ => {
                let mut elements: Vec<Vec<u8>> =
                    segments[at].split(|b| *b == b'*').map(<[u8]>::to_vec).collect();
                let index = usize::from(edit[2]) % elements.len();
                elements[index] = match edit[3] % 4 {
                    0 => Vec::new(),
                    1 => vec![edit[4]; usize::from(edit[3])],
                    2 => [elements[index].as_slice(), &[b':', edit[4]]].concat(),
                    _ => [elements[index].as_slice(), &[b'^', edit[4]]].concat(),
                };
                segments[at] = elements.join(&b'*');
            }
        }
    }
    segments.push(Vec::new());
    Some(segments.join(&b'~'))
}

#[derive(Default)]
struct Collector {
    findings: Vec<Finding>,
    sets: Vec<SetReport>,
}

impl Sink for Collector {
    type Error = Infallible;

    fn set(&mut self, report: SetReport) -> Result<(), Infallible> {
        self.findings.extend(report.findings.iter().copied());
        self.sets.push(report);
        Ok(())
    }

    fn envelope(&mut self, finding: &Finding, _excerpt: &Excerpt) -> Result<(), Infallible> {
        self.findings.push(*finding);
        Ok(())
    }
}

fn check(text: &[u8], chunk: usize) -> Collector {
    let mut collector = Collector::default();
    let mut stream = Stream::new(Registry::embedded(), Limits::default(), &Policy::default());
    let mut buffer = Vec::new();
    for piece in text.chunks(chunk) {
        buffer.extend_from_slice(piece);
        let Ok(done) = stream.feed(&buffer, false, &mut collector);
        buffer.drain(..done);
    }
    let Ok(_) = stream.feed(&buffer, true, &mut collector);
    collector
}

/// The 999 about these sets, in an interchange of its own.
fn acknowledged(sets: &[SetReport]) -> Vec<u8> {
    let isa = "ISA*00*          *00*          *ZZ*PAYERGW        *ZZ*SUBMITTER1     *260105*0930*^*00501*000000101*0*T*:~";
    let mut out = Emitter::new(Delimiters::STANDARD);
    out.raw(isa.as_bytes());
    out.raw(b"GS*FA*PAYERGW*SUBMITTER1*20260105*0930*101*X*005010X231A1~");
    let group = GroupHeader {
        functional: "HC".into(),
        control: "101".into(),
        version: "005010X222A1".into(),
        ..GroupHeader::default()
    };
    let ack = FunctionalAck::begin(&mut out, "0001", &group, AckOptions::default()).expect("AK1");
    sets.iter().for_each(|set| ack.set(&mut out, set).expect("AK2 to IK5"));
    let received = sets.len() as u32;
    let accepted = sets.iter().filter(|set| set.is_accepted()).count() as u32;
    ack.end(&mut out, &GroupReport::new(group, received, accepted)).expect("AK9");
    out.raw(b"GE*1*101~IEA*1*000000101~");
    out.into_bytes()
}

fuzz_target!(|data: &[u8]| {
    let Some(text) = edited(data) else { return };
    let whole = check(&text, text.len());
    let chunked = check(&text, 97);
    // Garbage is told as it comes.
    let told = |collector: &Collector| {
        collector.findings.iter().filter(|f| f.code != Code::Garbage).copied().collect::<Vec<_>>()
    };
    assert_eq!(told(&whole), told(&chunked));
    if whole.sets.is_empty() {
        return;
    }
    let acknowledgment = acknowledged(&whole.sets);
    let about = check(&acknowledgment, acknowledgment.len());
    let errors: Vec<_> = about.findings.iter().filter(|f| f.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}\n{}", String::from_utf8_lossy(&acknowledgment));
});

//! Checking a text and saying what was found, in the short form that tests compare.

use std::convert::Infallible;

use x12gate::check::{Excerpt, Limits, SetReport, Sink, Stream, Verdict};
use x12gate::finding::{Ack, Code, Finding, Policy, Severity};
use x12gate::guide::Registry;

/// A finding with what tests look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) code: Code,
    pub(crate) severity: Severity,
    pub(crate) segment: u32,
    pub(crate) tag: String,
    pub(crate) element: u8,
    pub(crate) component: u8,
    pub(crate) offset: u64,
    pub(crate) because: Option<u64>,
}

/// Everything that came of a text.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) found: Vec<Found>,
    pub(crate) reports: Vec<SetReport>,
    pub(crate) groups: Vec<String>,
    pub(crate) rejections: Vec<Option<&'static str>>,
}

impl Outcome {
    fn add(&mut self, finding: &Finding) {
        self.found.push(Found {
            code: finding.code,
            severity: finding.severity,
            segment: finding.at.segment,
            tag: finding.at.tag.to_string(),
            element: finding.at.element,
            component: finding.at.component,
            offset: finding.at.offset,
            because: finding.because,
        });
    }
}

impl Sink for Outcome {
    type Error = Infallible;

    fn set(&mut self, report: SetReport) -> Result<(), Infallible> {
        for finding in &report.findings {
            self.add(finding);
        }
        assert_eq!(
            report.findings.len(),
            report.excerpts.len(),
            "each finding comes with its excerpt"
        );
        let acknowledged = report.errors.iter().map(|e| e.elements.len().max(1)).sum::<usize>()
            + report.codes.len();
        let rejected = report.verdict == Verdict::Rejected;
        assert!(!rejected || acknowledged > 0, "a rejected set says why in its 999");
        self.reports.push(report);
        Ok(())
    }

    fn envelope(&mut self, finding: &Finding, _excerpt: &Excerpt) -> Result<(), Infallible> {
        self.add(finding);
        Ok(())
    }

    fn group_end(&mut self, report: &x12gate::check::GroupReport) -> Result<(), Infallible> {
        self.groups.push(format!("{} {:?}", report.disposition(), report.codes));
        Ok(())
    }

    fn interchange_end(
        &mut self,
        _header: &x12gate::check::InterchangeHeader,
        rejection: Option<&'static str>,
    ) -> Result<(), Infallible> {
        self.rejections.push(rejection);
        Ok(())
    }
}

/// Checks a text with the built-in guides.
pub(crate) fn check(text: &[u8]) -> Outcome {
    check_in_chunks(text, usize::MAX)
}

/// The same, fed in chunks.
pub(crate) fn check_in_chunks(text: &[u8], chunk: usize) -> Outcome {
    let mut outcome = Outcome::default();
    let mut stream = Stream::new(Registry::embedded(), Limits::default(), &Policy::default());
    let mut buffer = Vec::new();
    for piece in text.chunks(chunk.min(text.len()).max(1)) {
        buffer.extend_from_slice(piece);
        let Ok(done) = stream.feed(&buffer, false, &mut outcome);
        buffer.drain(..done);
    }
    let Ok(_) = stream.feed(&buffer, true, &mut outcome);
    outcome
}

/// The acknowledgment code a finding becomes, `-` when none.
pub(crate) fn wire(code: Code) -> &'static str {
    match code.entry().ack {
        Ack::Ta1(c) | Ack::Ak9(c) | Ack::Ik5(c) | Ack::Ik3(c) | Ack::Ik4(c) => c,
        Ack::None => "-",
    }
}

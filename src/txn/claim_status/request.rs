//! The 276: the payer, the provider, the patients, and what is known of the claims asked for.

use rust_decimal::Decimal;
use time::Date;

use super::levels::{self, Claim, PatientLevel, read_beginning, read_levels, write_set};
use crate::phi::redacted;
use crate::segments::{
    Dated, Header, Reference, Sent, ServiceLine, Trace, When, find, write_amount,
};
use crate::tree::LoopRef;
use crate::wire::value::decimal_r;
use crate::wire::{Code, EmitError, Emitter};

/// Most references of a claim, one of each kind.
const REFERENCES_MAX: usize = 7;

/// One 276 set.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct StatusRequest {
    /// ST02.
    pub control: Box<str>,
    /// BHT.
    pub header: Header,
    /// 2000A loops: the payers asked.
    pub sources: Vec<Source>,
}

redacted!(StatusRequest { control });

/// A payer and who asks it: loop 2000A.
pub type Source = levels::Source<ClaimRequest>;

/// Who receives the answer: loop 2000B.
pub type Receiver = levels::Receiver<ClaimRequest>;

/// The provider: loop 2000C.
pub type Provider = levels::Provider<ClaimRequest>;

/// A subscriber: loop 2000D.
pub type Subscriber = levels::Subscriber<ClaimRequest>;

/// A dependent: loop 2000E.
pub type Dependent = levels::Dependent<ClaimRequest>;

/// What is known of the claims asked for: loop 2200D or 2200E.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ClaimRequest {
    /// TRN02: the number that the answer returns.
    pub trace: Box<str>,
    /// REF, one of each kind: `1K` the payer's number of the claim, `BLT` type of bill, `EJ` the provider's number, `LU`, `6P`,
    /// `XZ`, `D9`.
    pub references: Vec<Reference>,
    /// AMT*T3: the total charge.
    pub charge: Sent<Decimal>,
    /// DTP*472.
    pub service: Sent<When>,
    /// 2210 loops: service lines of the claim.
    pub lines: Vec<LineRequest>,
}

/// A service line asked for: loop 2210D or 2210E.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct LineRequest {
    /// SVC.
    pub service: ServiceLine,
    /// REF*FJ: the provider's number of the line.
    pub control: Box<str>,
    /// DTP*472.
    pub when: Sent<When>,
}

redacted!(ClaimRequest { lines });
redacted!(LineRequest {});

impl ClaimRequest {
    /// The first REF with this qualifier.
    pub fn reference(&self, qualifier: &str) -> Option<&str> {
        find(&self.references, qualifier)
    }

    /// First and last day of the service asked for: those of the claim, else those of its lines; none where no readable date
    /// was sent.
    pub fn period(&self) -> Option<(Date, Date)> {
        if let Some(when) = self.service.value() {
            return Some((when.first(), when.last()));
        }
        let days = || self.lines.iter().filter_map(|line| line.when.value());
        days().map(When::first).min().zip(days().map(When::last).max())
    }
}

impl StatusRequest {
    /// How many claims, or groups of claims, are asked for: one for each TRN.
    pub fn claims(&self) -> usize {
        let receivers = self.sources.iter().flat_map(|source| &source.receivers);
        let providers = receivers.flat_map(|receiver| &receiver.providers);
        let subscribers = providers.flat_map(|provider| &provider.subscribers);
        let dependents = |subscriber: &Subscriber| -> usize {
            subscriber.dependents.iter().map(|dependent| dependent.claims.len()).sum()
        };
        subscribers.map(|subscriber| subscriber.claims.len() + dependents(subscriber)).sum()
    }

    /// Reads a walked 276. `set` is the outermost loop, which contains ST and BHT. Never fails: what does not fit is left
    /// out.
    pub fn read(set: LoopRef<'_>) -> StatusRequest {
        let (control, header) = read_beginning(set);
        let mut sources = Vec::new();
        read_levels(&mut sources, set);
        StatusRequest { control, header, sources }
    }

    /// Writes the set, ST to SE. Text is made to fit the guide's lengths and character set; a value that was malformed when
    /// it was read is left out.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        write_set("276", &self.control, &self.header, &self.sources, out)
    }
}

impl Claim for ClaimRequest {
    const ANSWERS: bool = false;

    fn read(here: LoopRef<'_>) -> ClaimRequest {
        let mut claim = ClaimRequest::default();
        for segment in here.segments() {
            match segment.tag_bytes() {
                b"TRN" => claim.trace = Trace::read(segment).number,
                b"REF" => claim.references.push(Reference::read(segment)),
                b"AMT" => claim.charge = Sent::from_element(segment.value(2), decimal_r),
                b"DTP" => claim.service = When::read(&segment),
                _ => {}
            }
        }
        claim.lines = here.children().map(read_line).collect();
        claim
    }

    fn write(&self, patient: PatientLevel, out: &mut Emitter) -> Result<(), EmitError> {
        levels::write_trace_of(&self.trace, "1", out)?;
        let mut references = self.references.iter().take(REFERENCES_MAX);
        references.try_for_each(|reference| reference.write_bare(out))?;
        if let Some(charge) = self.charge.value() {
            write_amount(out, "T3", charge)?;
        }
        served(self.service).write(out)?;
        out.enter(match patient {
            PatientLevel::Subscriber => "2210D",
            PatientLevel::Dependent => "2210E",
        });
        for line in &self.lines {
            line.service.write(out)?;
            line_number(&line.control).write_bare(out)?;
            served(line.when).write(out)?;
        }
        Ok(())
    }
}

fn read_line(here: LoopRef<'_>) -> LineRequest {
    LineRequest {
        service: here.first("SVC").map(ServiceLine::read).unwrap_or_default(),
        control: here
            .first("REF")
            .map(|reference| Reference::read(reference).value)
            .unwrap_or_default(),
        when: here.first("DTP").map_or(Sent::Absent, |dtp| When::read(&dtp)),
    }
}

/// DTP*472.
pub(super) fn served(when: Sent<When>) -> Dated {
    Dated { qualifier: Code::new("472"), when }
}

/// REF*FJ.
pub(super) fn line_number(control: &str) -> Reference {
    Reference { qualifier: Code::new("FJ"), value: control.into(), description: Box::default() }
}

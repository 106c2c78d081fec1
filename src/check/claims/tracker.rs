//! Tracks the claims of one set: what is read of them, and which errors belong to which.

use std::sync::Arc;

use time::Date;

use super::record::{
    Batch, BillingProvider, Claim, ClaimEvent, ClaimTally, Fault, Line, PROCEDURE_PARTS,
};
use super::scopes::{ClaimScopes, Role, Scope};
use super::text::TextKeeper;
use crate::finding::{Code, Detail, Finding, Findings};
use crate::guide::{Consequence, Guide};
use crate::segments::text::text;
use crate::segments::{Name, When};
use crate::wire::{Delimiters, Inline, Segment, Tag, value};

/// The set whose claims are tracked.
const CLAIMS: &str = "837";

/// Errors kept of one claim, line, subscriber or provider; more change nothing.
const FAULTS_MAX: usize = 30;

/// Service lines in error kept of one claim.
const LINES_MAX: usize = 1000;

/// Claims of one subscriber held until it has ended. If there are more, the earlier ones are reported as they are: errors
/// found in the subscriber later reject the set.
const WAITING_MAX: usize = 1000;

/// A service line as it is read; most of them are never reported.
#[derive(Clone, Copy, Default)]
struct Draft {
    ordinal: u32,
    control: Inline<50>,
    procedure: [Inline<48>; PROCEDURE_PARTS],
    revenue: Inline<48>,
    charge: Inline<18>,
    units: Inline<15>,
    dates: Option<(Date, Date)>,
}

impl Draft {
    fn line(&self, faults: Vec<Fault>) -> Line {
        Line {
            ordinal: self.ordinal,
            control: text(self.control.as_bytes()),
            procedure: self.procedure.map(|part| text(part.as_bytes())),
            revenue: text(self.revenue.as_bytes()),
            charge: value::decimal_r(self.charge.as_bytes()).unwrap_or_default(),
            units: value::decimal_r(self.units.as_bytes()),
            dates: self.dates,
            faults,
        }
    }
}

/// A subscriber or patient level.
#[derive(Default)]
struct Person {
    name: Name,
    faults: Vec<Fault>,
    /// Its ordinal among the patients of the set.
    ordinal: u32,
}

/// The state of one set.
#[derive(Default)]
pub(in crate::check) struct ClaimTracker {
    guide: Option<Arc<Guide>>,
    scopes: ClaimScopes,
    is_open: bool,
    batch: Batch,
    /// Errors that belong to no claim in particular.
    set_errors: u32,
    provider: Option<Box<BillingProvider>>,
    subscriber: Option<Person>,
    patient: Option<Person>,
    claim: Option<Claim>,
    /// The statement dates of the claim.
    statement: Option<(Date, Date)>,
    /// From the first to the last date of service of its lines.
    service: Option<(Date, Date)>,
    line: Option<(Draft, Vec<Fault>)>,
    lines: u32,
    claims: u32,
    patients: u32,
    /// Claims of the subscriber, which may still turn out to be in error itself.
    waiting: Vec<Claim>,
    told_early: bool,
    /// Claims of the current provider that were reported as accepted and as rejected.
    of_provider: (u32, u32),
    /// Claims of the preceding providers.
    settled: (u32, u32),
    events: Vec<ClaimEvent>,
    /// Where the text of claims is wanted.
    text: Option<Box<TextKeeper>>,
}

impl std::fmt::Debug for ClaimTracker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClaimTracker").field("claims", &self.claims).finish_non_exhaustive()
    }
}

impl ClaimTracker {
    /// Begins a set. True when it is one of claims. Their text is kept where its separators are given.
    pub(in crate::check) fn begin(
        &mut self,
        guide: &Arc<Guide>,
        text_in: Option<Delimiters>,
    ) -> bool {
        let is_same = self.guide.as_ref().is_some_and(|known| Arc::ptr_eq(known, guide));
        let (known, scopes) = (self.guide.take(), std::mem::take(&mut self.scopes));
        *self = ClaimTracker::default();
        if &*guide.set == CLAIMS {
            self.scopes = if is_same { scopes } else { ClaimScopes::new(guide) };
            self.guide = if is_same { known } else { Some(guide.clone()) };
            self.is_open = true;
            self.text = text_in.map(|separators| Box::new(TextKeeper::new(separators)));
        }
        self.is_open
    }

    /// Stops tracking a set that turns out not to be checked.
    pub(in crate::check) fn close(&mut self) {
        self.is_open = false;
    }

    /// True while a set of claims is being checked.
    #[inline]
    pub(in crate::check) fn is_open(&self) -> bool {
        self.is_open
    }

    /// True when an error was found that belongs to no claim in particular.
    pub(in crate::check) fn rejects_set(&self) -> bool {
        self.set_errors > 0
    }

    /// A loop instance begins.
    #[inline]
    pub(in crate::check) fn opened(&mut self, loop_index: u16, position: u32) {
        match self.scopes.head(loop_index) {
            Scope::Set => {}
            head => self.enter(head, position),
        }
    }

    fn enter(&mut self, head: Scope, position: u32) {
        if let Some(text) = &mut self.text {
            text.begin(head);
        }
        match head {
            Scope::Set => {}
            Scope::Provider => self.provider = Some(Box::default()),
            Scope::Subscriber => {
                self.told_early = false;
                self.subscriber = Some(self.person());
            }
            Scope::Patient => self.patient = Some(self.person()),
            Scope::Claim => {
                self.claims += 1;
                self.lines = 0;
                (self.statement, self.service) = (None, None);
                let patient = self.patient.as_ref().or(self.subscriber.as_ref());
                self.claim = Some(Claim {
                    ordinal: self.claims,
                    position,
                    patient: patient.map_or(0, |person| person.ordinal),
                    ..Claim::default()
                });
            }
            Scope::Line => {
                self.lines += 1;
                self.line = Some((Draft { ordinal: self.lines, ..Draft::default() }, Vec::new()));
            }
        }
    }

    fn person(&mut self) -> Person {
        self.patients += 1;
        Person { ordinal: self.patients, ..Person::default() }
    }

    /// A loop instance ends; errors found until now are assigned to the entity they belong to.
    #[inline]
    pub(in crate::check) fn closing(&mut self, loop_index: u16, findings: &mut Findings) {
        match self.scopes.head(loop_index) {
            Scope::Set => {}
            head => {
                self.settle(findings, None);
                self.leave(head);
            }
        }
    }

    fn leave(&mut self, head: Scope) {
        match head {
            Scope::Set => {}
            Scope::Line => {
                let (line, claim) = (self.line.take(), self.claim.as_mut());
                if let (Some((draft, faults)), Some(claim)) = (line, claim)
                    && !faults.is_empty()
                    && claim.lines.len() < LINES_MAX
                {
                    claim.lines.push(draft.line(faults));
                }
            }
            Scope::Claim => self.end_claim(),
            Scope::Patient => {
                if let Some(patient) = self.patient.take() {
                    self.blame(&patient);
                }
            }
            Scope::Subscriber => {
                self.tell();
                self.subscriber = None;
            }
            Scope::Provider => self.end_provider(),
        }
    }

    fn end_claim(&mut self) {
        let Some(mut claim) = self.claim.take() else { return };
        claim.dates = self.statement.or(self.service);
        let (patient, subscriber) = (self.patient.as_ref(), self.subscriber.as_ref());
        if let Some(person) = patient.or(subscriber) {
            claim.name = person.name.clone();
        }
        if let Some(subscriber) = subscriber.filter(|_| claim.name.id.is_empty()) {
            claim.name.id = subscriber.name.id.clone();
            claim.name.id_qualifier = subscriber.name.id_qualifier;
        }
        let mut is_full = false;
        if let Some(text) = &mut self.text {
            claim.text = text.take();
            is_full = text.is_full();
        }
        self.waiting.push(claim);
        if is_full || self.waiting.len() >= WAITING_MAX {
            if let Some(patient) = self.patient.take() {
                self.blame(&patient);
                self.patient = Some(patient);
            }
            self.tell();
            self.told_early = true;
        }
    }

    fn end_provider(&mut self) {
        let Some(provider) = self.provider.take() else { return };
        let (accepted, rejected) = std::mem::take(&mut self.of_provider);
        if provider.faults.is_empty() {
            self.settled.0 += accepted;
            self.settled.1 += rejected;
        } else {
            self.settled.1 += accepted + rejected;
        }
        self.events.push(ClaimEvent::Provider(provider));
    }

    /// Assigns the errors of a patient to its claims.
    fn blame(&mut self, person: &Person) {
        for claim in self.waiting.iter_mut().filter(|claim| claim.patient == person.ordinal) {
            claim.faults.extend_from_slice(&person.faults);
        }
    }

    /// Reports the claims of the subscriber, with its errors.
    fn tell(&mut self) {
        if let Some(text) = &mut self.text {
            text.told();
        }
        let faults = self.subscriber.as_ref().map_or(&[][..], |subscriber| &subscriber.faults);
        for mut claim in self.waiting.drain(..) {
            claim.faults.extend_from_slice(faults);
            match claim.is_accepted() {
                true => self.of_provider.0 += 1,
                false => self.of_provider.1 += 1,
            }
            self.events.push(ClaimEvent::Claim(Box::new(claim)));
        }
    }

    /// Assigns the errors found since last time to the entities they belong to. `segment` is the current one, if they are
    /// about that.
    pub(in crate::check) fn settle(
        &mut self,
        findings: &mut Findings,
        segment: Option<&Segment<'_>>,
    ) {
        if !findings.has_fresh() {
            return;
        }
        let Some(guide) = self.guide.clone() else { return };
        let (errors, lost) = findings.take_fresh();
        self.set_errors += u32::from(lost);
        for finding in errors {
            let scope = match finding.code {
                Code::ElementCharacter if finding.at.loop_index.is_none() => self.innermost(),
                _ => self.scopes.scope(&guide, &finding),
            };
            let fault = Fault { finding, qualifier: qualifier(&guide, &finding, segment) };
            self.charge(scope, fault);
        }
    }

    fn innermost(&self) -> Scope {
        match self {
            ClaimTracker { line: Some(_), .. } => Scope::Line,
            ClaimTracker { claim: Some(_), .. } => Scope::Claim,
            ClaimTracker { patient: Some(_), .. } => Scope::Patient,
            ClaimTracker { subscriber: Some(_), .. } => Scope::Subscriber,
            ClaimTracker { provider: Some(_), .. } => Scope::Provider,
            _ => Scope::Set,
        }
    }

    /// Where the entity is not open, or no longer, the error belongs to the one around it.
    fn charge(&mut self, scope: Scope, fault: Fault) {
        let is_late = self.told_early && matches!(scope, Scope::Subscriber | Scope::Patient);
        let faults = match scope.min(self.innermost()) {
            _ if is_late => None,
            Scope::Line => self.line.as_mut().map(|(_, faults)| faults),
            Scope::Claim => self.claim.as_mut().map(|claim| &mut claim.faults),
            Scope::Patient if self.patient.is_none() => {
                self.subscriber.as_mut().map(|person| &mut person.faults)
            }
            Scope::Patient => self.patient.as_mut().map(|person| &mut person.faults),
            Scope::Subscriber => self.subscriber.as_mut().map(|person| &mut person.faults),
            Scope::Provider => self.provider.as_mut().map(|provider| &mut provider.faults),
            Scope::Set => None,
        };
        match faults {
            None => self.set_errors += 1,
            Some(faults) if faults.len() < FAULTS_MAX => faults.push(fault),
            Some(_) => {}
        }
    }

    /// Reads the values of a segment that are reported with its claim.
    #[inline]
    pub(in crate::check) fn visit(&mut self, node: u16, segment: &Segment<'_>) {
        if self.text.is_some() {
            self.keep(segment);
        }
        match self.scopes.role(node) {
            Role::None => {}
            role => self.read(role, segment),
        }
    }

    fn keep(&mut self, segment: &Segment<'_>) {
        let scope = self.innermost();
        if let Some(text) = &mut self.text {
            text.keep(scope, segment);
        }
    }

    fn read(&mut self, role: Role, segment: &Segment<'_>) {
        let (line, claim) = (self.line.as_mut().map(|(draft, _)| draft), self.claim.as_mut());
        match role {
            Role::None => {}
            Role::Beginning => self.batch.reference = text(segment.value(3)),
            Role::Submitter => self.batch.submitter = Name::read(*segment),
            Role::Receiver => self.batch.receiver = Name::read(*segment),
            Role::ProviderName => {
                if let Some(provider) = &mut self.provider {
                    provider.name = Name::read(*segment);
                }
            }
            Role::ProviderReference => {
                if let (Some(provider), b"EI" | b"SY") = (&mut self.provider, segment.value(1)) {
                    provider.tax_id = text(segment.value(2));
                }
            }
            Role::SubscriberName => {
                if let Some(subscriber) = &mut self.subscriber {
                    subscriber.name = Name::read(*segment);
                }
            }
            Role::PatientName => {
                if let Some(patient) = &mut self.patient {
                    patient.name = Name::read(*segment);
                }
            }
            Role::Claim => {
                if let Some(claim) = claim {
                    claim.control = text(segment.value(1));
                    claim.charge = value::decimal_r(segment.value(2)).unwrap_or_default();
                    if segment.component(5, 2) == b"A" {
                        let parts = [segment.component(5, 1), segment.component(5, 3)];
                        claim.bill_type = text(&parts.concat());
                    }
                }
            }
            Role::ClaimDate => {
                if let b"434" | b"472" = segment.value(1) {
                    self.statement = dates(segment);
                }
            }
            Role::ClaimReference => {
                if let (Some(claim), b"D9") = (claim, segment.value(1)) {
                    claim.trace = text(segment.value(2));
                }
            }
            Role::Service => {
                if let Some(line) = line {
                    line.read(segment);
                }
            }
            Role::LineDate => {
                if let (Some(line), b"472", Some(dates)) = (line, segment.value(1), dates(segment))
                {
                    line.dates = Some(dates);
                    let (from, to) = self.service.unwrap_or(dates);
                    self.service = Some((from.min(dates.0), to.max(dates.1)));
                }
            }
            Role::LineReference => {
                if let (Some(line), b"6R") = (line, segment.value(1)) {
                    line.control = Inline::new(segment.value(2));
                }
            }
        }
    }

    /// What has been found and not been reported yet.
    pub(in crate::check) fn take_events(&mut self) -> Vec<ClaimEvent> {
        std::mem::take(&mut self.events)
    }

    /// The counts of the set that has ended.
    pub(in crate::check) fn tally(&mut self, is_rejected: bool) -> ClaimTally {
        self.is_open = false;
        let (accepted, rejected) = self.settled;
        ClaimTally {
            batch: std::mem::take(&mut self.batch),
            accepted: if is_rejected { 0 } else { accepted },
            rejected: if is_rejected { self.claims } else { rejected },
            events: self.take_events(),
        }
    }
}

impl Draft {
    /// Reads SV1, SV2 or SV3.
    fn read(&mut self, service: &Segment<'_>) {
        let is_institutional = service.tag() == Tag::new(b"SV2");
        let first = if is_institutional { 2 } else { 1 };
        for (part, component) in self.procedure.iter_mut().zip(1..) {
            *part = Inline::new(service.component(first, component));
        }
        if is_institutional {
            self.revenue = Inline::new(service.value(1));
        }
        self.charge = Inline::new(service.value(first + 1));
        let units = match &service.tag() {
            tag if *tag == Tag::new(b"SV1") => 4,
            tag if *tag == Tag::new(b"SV2") => 5,
            _ => 6,
        };
        self.units = Inline::new(service.value(units));
    }
}

/// The dates of a DTP, where they are dates.
fn dates(dtp: &Segment<'_>) -> Option<(Date, Date)> {
    When::read(dtp).value().map(|when| (when.first(), when.last()))
}

/// The code that distinguishes the use of the segment a finding is about.
fn qualifier(guide: &Guide, finding: &Finding, at_hand: Option<&Segment<'_>>) -> Inline<3> {
    if let Some(segment) = at_hand.filter(|s| s.tag() == finding.at.tag && finding.at.length > 0) {
        let of = match finding.at.element {
            element if segment.tag() == Tag::new(b"HI") => usize::from(element.max(1)),
            _ => 1,
        };
        return Inline::new(segment.component(of, 1));
    }
    let node = match finding.detail {
        Detail::Node(node) => Some(node),
        Detail::Rule { rule, .. } => match &guide.rules[usize::from(rule)].then {
            Consequence::Require(of) | Consequence::AnyOf(of) | Consequence::Forbid(of) => {
                of.iter().map(|of| of.segment).find(|node| {
                    let used = &guide.segments[usize::from(*node)];
                    used.tag == finding.at.tag && Some(used.in_loop) == finding.at.loop_index
                })
            }
            _ => None,
        },
        _ => None,
    };
    let code = node.and_then(|node| {
        let by = guide.segments[usize::from(node)].discriminator?;
        guide.lists[usize::from(by.list)].codes.first()
    });
    code.map_or(Inline::default(), |code| Inline::new(code))
}

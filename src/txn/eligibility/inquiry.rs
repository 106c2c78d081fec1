//! The 270: the payer, the requester, the patients and the services asked about.

use rust_decimal::Decimal;

use super::levels::{
    self, SubscriberLevel, read_beginning, read_levels, write_references, write_set,
};
use super::person::PersonForm;
use super::{Dated, Header, Person, Place, Procedure, Reference, Trace};
use crate::phi::redacted;
use crate::segments::{Amount, pointer_texts, read_pointers, write_amount};
use crate::tree::LoopRef;
use crate::wire::{Code, EmitError, Emitter, Segment};

/// Most TRN and 2110 loops of one patient, and most service types of one EQ.
const TRACES_MAX: usize = 2;
const REQUESTS_MAX: usize = 99;
const SERVICE_TYPES_MAX: usize = 99;

/// One 270 set.
#[derive(Clone, PartialEq, Default)]
pub struct Inquiry {
    /// ST02.
    pub control: Box<str>,
    /// BHT.
    pub header: Header,
    /// 2000A loops: the payers asked.
    pub sources: Vec<Source>,
}

redacted!(Inquiry { control });

/// A payer and its requesters: loop 2000A.
pub type Source = levels::Source<Subscriber>;

/// The requester: loop 2000B.
pub type Receiver = levels::Receiver<Subscriber>;

/// A subscriber: loop 2000C. The subscriber is a patient when something is asked about them, else the level
/// only leads to the dependents.
#[derive(Clone, PartialEq, Default)]
pub struct Subscriber {
    /// TRN, up to two.
    pub traces: Vec<Trace>,
    /// Loop 2100C.
    pub person: Person,
    /// 2110C loops, up to 99.
    pub requests: Vec<Request>,
    /// 2000D loops.
    pub dependents: Vec<Dependent>,
}

/// A patient without an id of their own: loop 2000D.
#[derive(Clone, PartialEq, Default)]
pub struct Dependent {
    /// TRN, up to two.
    pub traces: Vec<Trace>,
    /// Loop 2100D.
    pub person: Person,
    /// 2110D loops, up to 99.
    pub requests: Vec<Request>,
}

/// The services asked about: loop 2110C or 2110D.
#[derive(Clone, PartialEq, Default)]
pub struct Request {
    /// EQ01, repeated.
    pub service_types: Vec<Code>,
    /// EQ02.
    pub procedure: Option<Procedure>,
    /// EQ03, `FAM`.
    pub level: Code,
    /// EQ05: positions in the patient's HI, from 1.
    pub pointers: Vec<u8>,
    /// AMT*R: spend-down amount; only for a subscriber.
    pub spend_down: Option<Decimal>,
    /// AMT*PB: billed spend-down amount; only for a subscriber.
    pub spend_down_billed: Option<Decimal>,
    /// III.
    pub place: Option<Place>,
    /// REF: `9F` referral or `G1` prior authorization number.
    pub reference: Option<Reference>,
    /// DTP*291, where it is not the patient's.
    pub date: Option<Dated>,
}

redacted!(Subscriber {});
redacted!(Dependent {});
redacted!(Request { service_types });

impl Subscriber {
    /// True when the subscriber is asked about; a loop without dependents asks at least whether there is
    /// coverage.
    pub fn is_patient(&self) -> bool {
        self.dependents.is_empty() || !self.requests.is_empty()
    }
}

impl Inquiry {
    /// How many patients are asked about.
    pub fn patients(&self) -> usize {
        let receivers = self.sources.iter().flat_map(|s| &s.receivers);
        let subscribers = receivers.flat_map(|r| &r.subscribers);
        subscribers.map(|s| usize::from(s.is_patient()) + s.dependents.len()).sum()
    }

    /// Reads a walked 270. `set` is the outermost loop, which contains ST and BHT. Never fails: what does not
    /// fit is left out.
    pub fn read(set: LoopRef<'_>) -> Inquiry {
        let (control, header) = read_beginning(set);
        let mut sources = Vec::new();
        read_levels(&mut sources, set);
        Inquiry { control, header, sources }
    }

    /// Writes the set, ST to SE. Text is made to fit the guide's lengths and character set; a value that
    /// was malformed when it was read is left out.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        write_set("270", &self.control, &self.header, &self.sources, out)
    }
}

impl SubscriberLevel for Subscriber {
    const DESCRIBES: bool = false;

    fn open(here: LoopRef<'_>) -> Self {
        Subscriber { traces: read_traces(here), ..Subscriber::default() }
    }

    fn take(&mut self, here: LoopRef<'_>) {
        match (here.id(), self.dependents.last_mut()) {
            ("2100C", _) => self.person = Person::read(here),
            ("2110C", _) => self.requests.push(read_request(here)),
            ("2000D", _) => {
                let traces = read_traces(here);
                self.dependents.push(Dependent { traces, ..Dependent::default() });
            }
            ("2100D", Some(dependent)) => dependent.person = Person::read(here),
            ("2110D", Some(dependent)) => dependent.requests.push(read_request(here)),
            _ => {}
        }
    }

    fn write(&self, receiver: u32, out: &mut Emitter) -> Result<(), EmitError> {
        out.enter("2000C");
        let level = out.level(Some(receiver), "22", !self.dependents.is_empty())?;
        write_traces(&self.traces, out)?;
        out.enter("2100C");
        self.person.write(PersonForm::Inquiry, out)?;
        out.enter("2110C");
        write_requests(&self.requests, true, out)?;
        for dependent in &self.dependents {
            out.enter("2000D");
            out.level(Some(level), "23", false)?;
            write_traces(&dependent.traces, out)?;
            out.enter("2100D");
            dependent.person.write(PersonForm::Inquiry, out)?;
            out.enter("2110D");
            write_requests(&dependent.requests, false, out)?;
        }
        Ok(())
    }
}

fn read_traces(here: LoopRef<'_>) -> Vec<Trace> {
    here.all("TRN").map(Trace::read).collect()
}

fn write_traces(traces: &[Trace], out: &mut Emitter) -> Result<(), EmitError> {
    traces.iter().take(TRACES_MAX).try_for_each(|trace| trace.write(out))
}

fn read_request(here: LoopRef<'_>) -> Request {
    let mut request = Request::default();
    for segment in here.segments() {
        match segment.tag_bytes() {
            b"EQ" => read_eq(segment, &mut request),
            b"AMT" => match Amount::read(segment) {
                Amount { qualifier, amount } if qualifier == "R" => request.spend_down = amount,
                Amount { amount, .. } => request.spend_down_billed = amount,
            },
            b"III" => request.place = Some(Place::read(segment)),
            b"REF" => request.reference = Some(Reference::read(segment)),
            b"DTP" => request.date = Some(Dated::read(segment)),
            _ => {}
        }
    }
    request
}

fn read_eq(segment: Segment<'_>, request: &mut Request) {
    if let Some(types) = segment.element(1) {
        let codes = types.repetitions().map(|r| Code::from_bytes(r.bytes));
        request.service_types = codes.filter(|c| !c.is_empty()).collect();
    }
    request.procedure = Procedure::read(segment, 2);
    request.level = Code::from_bytes(segment.value(3));
    request.pointers = read_pointers(segment, 5);
}

fn write_requests(
    requests: &[Request],
    subscriber: bool,
    out: &mut Emitter,
) -> Result<(), EmitError> {
    for request in requests.iter().take(REQUESTS_MAX) {
        let delimiters = out.delimiters();
        let procedure = request.procedure.as_ref().map(|p| p.components(delimiters));
        let parts =
            procedure.as_ref().map(|p| p.each_ref().map(String::as_str)).unwrap_or_default();
        let pointers = pointer_texts(&request.pointers);
        out.segment("EQ")
            .repeat(request.service_types.iter().take(SERVICE_TYPES_MAX).map(Code::as_str))
            .composite(&parts[..6])
            .text(if subscriber { request.level.as_str() } else { "" })
            .text("")
            .composite(&pointers.each_ref().map(String::as_str))
            .end()?;
        let amounts = [("R", request.spend_down), ("PB", request.spend_down_billed)];
        for (qualifier, amount) in amounts {
            if let Some(amount) = amount.filter(|_| subscriber) {
                write_amount(out, qualifier, amount)?;
            }
        }
        if let Some(place) = &request.place {
            place.write_bare(out)?;
        }
        write_references(request.reference.as_slice(), false, out)?;
        if let Some(date) = &request.date {
            date.write(out)?;
        }
    }
    Ok(())
}

//! The 270: who asks whom, about which patients, for what.

use super::parts::*;
use super::segments::*;
use crate::tree::LoopRef;
use crate::wire::value::{decimal_r, decimal_text};
use crate::wire::{Code, EmitError, Emitter, Segment};
use rust_decimal::Decimal;

/// One 270 set.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Inquiry {
    /// ST02.
    pub control: Box<str>,
    /// BHT.
    pub header: Header,
    /// 2000A loops: the payers asked.
    pub sources: Vec<Source>,
}

/// A payer, and who asks it: loop 2000A.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Source {
    /// 2100A NM1.
    pub name: Name,
    /// 2000B loops.
    pub receivers: Vec<Receiver>,
}

/// Who asks: loop 2000B.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Receiver {
    /// 2100B NM1.
    pub name: Name,
    /// 2100B REF, up to nine.
    pub references: Vec<Reference>,
    /// 2100B N3 and N4.
    pub address: Option<PostalAddress>,
    /// 2100B PRV.
    pub role: Option<ProviderRole>,
    /// 2000C loops.
    pub subscribers: Vec<Subscriber>,
}

/// A subscriber: loop 2000C. The subscriber is a patient when something is asked about them, else only the
/// way to the dependents.
#[derive(Clone, PartialEq, Debug, Default)]
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
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Dependent {
    /// TRN, up to two.
    pub traces: Vec<Trace>,
    /// Loop 2100D.
    pub person: Person,
    /// 2110D loops, up to 99.
    pub requests: Vec<Request>,
}

/// What is asked: loop 2110C or 2110D.
#[derive(Clone, PartialEq, Debug, Default)]
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

    /// Reads a walked 270. `set` is the outermost loop, which holds ST and BHT. Never fails: what does not
    /// fit is left out.
    pub fn read(set: LoopRef<'_>) -> Inquiry {
        let mut inquiry = Inquiry::default();
        if let Some(st) = set.first("ST") {
            inquiry.control = text(st.value(2));
        }
        if let Some(bht) = set.first("BHT") {
            inquiry.header = read_header(bht);
        }
        inquiry.visit(set);
        inquiry
    }

    /// Takes up the loops inside `here` in the order of the text, so that it does not matter whether levels
    /// stand inside each other in the tree or side by side.
    fn visit(&mut self, here: LoopRef<'_>) {
        for inner in here.children() {
            self.take(inner);
            self.visit(inner);
        }
    }

    fn take(&mut self, here: LoopRef<'_>) {
        let name = || here.first("NM1").map(read_name).unwrap_or_default();
        match here.id() {
            "2000A" => self.sources.push(Source::default()),
            "2100A" => {
                if let Some(source) = self.sources.last_mut() {
                    source.name = name();
                }
            }
            "2000B" => {
                if let Some(source) = self.sources.last_mut() {
                    source.receivers.push(Receiver::default());
                }
            }
            "2100B" => {
                if let Some(receiver) = self.receiver() {
                    receiver.name = name();
                    receiver.references = here.all("REF").map(read_reference).collect();
                    receiver.address = read_address(here);
                    receiver.role = here.first("PRV").map(read_role);
                }
            }
            "2000C" => {
                if let Some(receiver) = self.receiver() {
                    let traces = here.all("TRN").map(read_trace).collect();
                    receiver.subscribers.push(Subscriber { traces, ..Subscriber::default() });
                }
            }
            "2100C" => {
                if let Some(subscriber) = self.subscriber() {
                    subscriber.person = read_person(here);
                }
            }
            "2110C" => {
                if let Some(subscriber) = self.subscriber() {
                    subscriber.requests.push(read_request(here));
                }
            }
            "2000D" => {
                if let Some(subscriber) = self.subscriber() {
                    let traces = here.all("TRN").map(read_trace).collect();
                    subscriber.dependents.push(Dependent { traces, ..Dependent::default() });
                }
            }
            "2100D" => {
                if let Some(dependent) = self.subscriber().and_then(|s| s.dependents.last_mut()) {
                    dependent.person = read_person(here);
                }
            }
            "2110D" => {
                if let Some(dependent) = self.subscriber().and_then(|s| s.dependents.last_mut()) {
                    dependent.requests.push(read_request(here));
                }
            }
            _ => {}
        }
    }

    fn receiver(&mut self) -> Option<&mut Receiver> {
        self.sources.last_mut()?.receivers.last_mut()
    }

    fn subscriber(&mut self) -> Option<&mut Subscriber> {
        self.receiver()?.subscribers.last_mut()
    }

    /// Writes the set, ST to SE. Text is made fit to the guide's lengths and character set; a value that
    /// was malformed when it was read is left out.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        out.begin_set("270", &self.control, Some(GUIDE))?;
        write_header(&self.header, out)?;
        for source in &self.sources {
            out.enter("2000A");
            let level = out.level(None, "20", !source.receivers.is_empty())?;
            out.enter("2100A");
            write_name(&source.name, out)?;
            for receiver in &source.receivers {
                receiver.write(level, out)?;
            }
        }
        out.end_set(&self.control)
    }
}

impl Receiver {
    fn write(&self, source: u32, out: &mut Emitter) -> Result<(), EmitError> {
        out.enter("2000B");
        let level = out.level(Some(source), "21", !self.subscribers.is_empty())?;
        out.enter("2100B");
        write_name(&self.name, out)?;
        write_references(&self.references, 9, false, out)?;
        if let Some(address) = &self.address {
            write_address(address, out)?;
        }
        if let Some(role) = &self.role {
            write_role(role, out)?;
        }
        self.subscribers.iter().try_for_each(|subscriber| subscriber.write(level, out))
    }
}

impl Subscriber {
    fn write(&self, receiver: u32, out: &mut Emitter) -> Result<(), EmitError> {
        out.enter("2000C");
        let level = out.level(Some(receiver), "22", !self.dependents.is_empty())?;
        write_traces(&self.traces, 2, out)?;
        out.enter("2100C");
        write_person(&self.person, out)?;
        out.enter("2110C");
        write_requests(&self.requests, true, out)?;
        for dependent in &self.dependents {
            out.enter("2000D");
            out.level(Some(level), "23", false)?;
            write_traces(&dependent.traces, 2, out)?;
            out.enter("2100D");
            write_person(&dependent.person, out)?;
            out.enter("2110D");
            write_requests(&dependent.requests, false, out)?;
        }
        Ok(())
    }
}

fn write_person(person: &Person, out: &mut Emitter) -> Result<(), EmitError> {
    write_name(&person.name, out)?;
    write_references(&person.references, 9, false, out)?;
    if let Some(address) = &person.address {
        write_address(address, out)?;
    }
    if let Some(role) = &person.provider {
        write_role(role, out)?;
    }
    write_demographics(person, false, out)?;
    if let Some(insured) = &person.insured {
        write_insured(insured, out)?;
    }
    write_diagnoses(&person.diagnoses, out)?;
    write_dates(&person.dates, 2, out)
}

fn read_request(here: LoopRef<'_>) -> Request {
    let mut request = Request::default();
    for segment in here.segments() {
        match segment.tag_bytes() {
            b"EQ" => read_eq(segment, &mut request),
            b"AMT" if segment.value(1) == b"R" => request.spend_down = decimal_r(segment.value(2)),
            b"AMT" => request.spend_down_billed = decimal_r(segment.value(2)),
            b"III" => request.place = Some(read_place(segment)),
            b"REF" => request.reference = Some(read_reference(segment)),
            b"DTP" => request.date = Some(read_dated(segment)),
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
    request.procedure = read_procedure(segment, 2);
    request.level = code(segment, 3);
    request.pointers = read_pointers(segment, 5);
}

fn write_requests(
    requests: &[Request],
    subscriber: bool,
    out: &mut Emitter,
) -> Result<(), EmitError> {
    for request in requests.iter().take(99) {
        let eq = request.procedure.as_ref().map(|p| procedure_components(p, out));
        let parts = eq.as_ref().map(|c| c.each_ref().map(String::as_str)).unwrap_or_default();
        let pointers = pointer_texts(&request.pointers);
        out.segment("EQ")
            .repeat(request.service_types.iter().take(99).map(Code::as_str))
            .composite(&parts[..6])
            .text(if subscriber { request.level.as_str() } else { "" })
            .text("")
            .composite(&pointers.each_ref().map(String::as_str))
            .end()?;
        let amounts = [("R", request.spend_down), ("PB", request.spend_down_billed)];
        for (qualifier, amount) in amounts {
            if let Some(amount) = amount.filter(|_| subscriber) {
                out.segment("AMT").text(qualifier).text(decimal_text(amount).as_str()).end()?;
            }
        }
        if let Some(place) = &request.place {
            let code = fit(&place.code, 1, 30, out);
            out.segment("III").text(place.qualifier.as_str()).text(&code).end()?;
        }
        write_references(request.reference.as_slice(), 1, false, out)?;
        write_dates(request.date.as_slice(), 1, out)?;
    }
    Ok(())
}

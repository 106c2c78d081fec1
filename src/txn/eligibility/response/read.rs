//! A walked 271 to a [`Response`].

use super::super::levels::{read_beginning, read_levels, read_rejections};
use super::{
    Answer, Benefit, Contact, Dated, Delivery, Entity, Name, Person, Place, PostalAddress,
    Procedure, ProviderRole, Reference, Rejection, Response, Subscriber, Trace,
};
use crate::segments::read_pointers;
use crate::segments::text::text;
use crate::tree::LoopRef;
use crate::wire::value::decimal_r;
use crate::wire::{Code, Segment};

impl Response {
    /// Reads a walked 271. `set` is the outermost loop, which contains ST and BHT. Never fails: what does not
    /// fit is left out.
    pub fn read(set: LoopRef<'_>) -> Response {
        let (control, header) = read_beginning(set);
        let mut sources = Vec::new();
        read_levels(&mut sources, set);
        Response { control, header, sources }
    }
}

impl Subscriber {
    /// Reads a loop inside a 2000C loop.
    pub(super) fn take_loop(&mut self, here: LoopRef<'_>) {
        if here.id() == "2000D" {
            return self.dependents.push(Answer::open(here));
        }
        let answer = match here.id().ends_with('D') {
            true => self.dependents.last_mut(),
            false => Some(&mut self.answer),
        };
        let Some(answer) = answer else { return };
        match here.id() {
            "2100C" | "2100D" => {
                answer.person = Person::read(here);
                answer.rejections = read_rejections(here);
            }
            "2110C" | "2110D" => answer.benefits.push(read_benefit(here)),
            _ => {}
        }
    }
}

impl Answer {
    /// Reads the segments of the level itself.
    pub(super) fn open(here: LoopRef<'_>) -> Answer {
        Answer { traces: here.all("TRN").map(Trace::read).collect(), ..Answer::default() }
    }
}

fn read_benefit(here: LoopRef<'_>) -> Benefit {
    let mut benefit = Benefit::default();
    for segment in here.segments() {
        match segment.tag_bytes() {
            b"EB" => read_eb(segment, &mut benefit),
            b"HSD" => benefit.deliveries.push(Delivery::read(segment)),
            b"REF" => benefit.references.push(Reference::read(segment)),
            b"DTP" => benefit.dates.push(Dated::read(segment)),
            b"AAA" => benefit.rejections.push(Rejection::read(segment)),
            b"MSG" => benefit.messages.push(text(segment.value(1))),
            b"III" => benefit.places.push(Place::read(segment)),
            _ => {}
        }
    }
    read_inside(here, &mut benefit);
    benefit
}

/// Reads 2115 and 2120 at whatever depth; LS and LE may make a loop of their own around the latter.
fn read_inside(here: LoopRef<'_>, benefit: &mut Benefit) {
    for inner in here.children() {
        benefit.places.extend(inner.first("III").map(Place::read));
        if let Some(nm1) = inner.first("NM1") {
            benefit.entities.push(Entity {
                name: Name::read(nm1),
                address: PostalAddress::read(inner.first("N3"), inner.first("N4")),
                contacts: inner.all("PER").map(Contact::read).collect(),
                role: inner.first("PRV").map(ProviderRole::read),
            });
        }
        read_inside(inner, benefit);
    }
}

fn read_eb(segment: Segment<'_>, benefit: &mut Benefit) {
    let code = |position| Code::from_bytes(segment.value(position));
    benefit.kind = code(1);
    benefit.level = code(2);
    if let Some(types) = segment.element(3) {
        let codes = types.repetitions().map(|r| Code::from_bytes(r.bytes));
        benefit.service_types = codes.filter(|c| !c.is_empty()).collect();
    }
    benefit.insurance_type = code(4);
    benefit.plan = text(segment.value(5));
    benefit.period = code(6);
    benefit.amount = decimal_r(segment.value(7));
    benefit.share = decimal_r(segment.value(8));
    benefit.unit = code(9);
    benefit.quantity = decimal_r(segment.value(10));
    benefit.authorization = code(11);
    benefit.network = code(12);
    benefit.procedure = Procedure::read(segment, 13);
    benefit.pointers = read_pointers(segment, 14);
}

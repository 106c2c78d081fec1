//! A walked 271 to a [`Response`].

use super::super::segments::*;
use super::*;
use crate::tree::LoopRef;
use crate::wire::Segment;
use crate::wire::value::{decimal_r, whole_number};

impl Response {
    /// Reads a walked 271. `set` is the outermost loop, which holds ST and BHT. Never fails: what does not
    /// fit is left out.
    pub fn read(set: LoopRef<'_>) -> Response {
        let mut response = Response::default();
        if let Some(st) = set.first("ST") {
            response.control = text(st.value(2));
        }
        if let Some(bht) = set.first("BHT") {
            response.header = read_header(bht);
        }
        response.visit(set);
        response
    }

    /// Takes up the loops inside `here` in the order of the text.
    fn visit(&mut self, here: LoopRef<'_>) {
        for inner in here.children() {
            self.take(inner);
            if !inner.id().starts_with("2110") {
                self.visit(inner);
            }
        }
    }

    fn take(&mut self, here: LoopRef<'_>) {
        let name = || here.first("NM1").map(read_name).unwrap_or_default();
        let start =
            || Answer { traces: here.all("TRN").map(read_trace).collect(), ..Answer::default() };
        match here.id() {
            "2000A" => {
                self.sources
                    .push(Source { rejections: read_rejections(here), ..Source::default() });
            }
            "2100A" => {
                if let Some(source) = self.sources.last_mut() {
                    source.name = name();
                    source.contacts = here.all("PER").map(read_contact).collect();
                    source.name_rejections = read_rejections(here);
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
                    receiver.rejections = read_rejections(here);
                    receiver.role = here.first("PRV").map(read_role);
                }
            }
            "2000C" => {
                if let Some(receiver) = self.receiver() {
                    receiver
                        .subscribers
                        .push(Subscriber { answer: start(), ..Subscriber::default() });
                }
            }
            "2000D" => {
                if let Some(subscriber) = self.subscriber() {
                    subscriber.dependents.push(start());
                }
            }
            "2100C" | "2100D" => {
                if let Some(answer) = self.answer(here.id()) {
                    answer.person = read_person(here);
                    answer.rejections = read_rejections(here);
                }
            }
            "2110C" | "2110D" => {
                if let Some(answer) = self.answer(here.id()) {
                    answer.benefits.push(read_benefit(here));
                }
            }
            _ => {}
        }
    }

    fn receiver(&mut self) -> Option<&mut Receiver> {
        self.sources.last_mut()?.receivers.last_mut()
    }

    fn subscriber(&mut self) -> Option<&mut super::Subscriber> {
        self.receiver()?.subscribers.last_mut()
    }

    fn answer(&mut self, loop_id: &str) -> Option<&mut Answer> {
        let subscriber = self.subscriber()?;
        if loop_id.ends_with('D') {
            subscriber.dependents.last_mut()
        } else {
            Some(&mut subscriber.answer)
        }
    }
}

fn read_rejections(here: LoopRef<'_>) -> Vec<Rejection> {
    here.all("AAA").map(read_rejection).collect()
}

fn read_rejection(segment: Segment<'_>) -> Rejection {
    Rejection {
        valid: segment.value(1) == b"Y",
        reason: code(segment, 3),
        follow_up: code(segment, 4),
    }
}

fn read_contact(segment: Segment<'_>) -> Contact {
    let number = |position| (code(segment, position), text(segment.value(position + 1)));
    let numbers = [3, 5, 7].map(number).into_iter().filter(|(qualifier, _)| !qualifier.is_empty());
    Contact { name: text(segment.value(2)), numbers: numbers.collect() }
}

fn read_benefit(here: LoopRef<'_>) -> Benefit {
    let mut benefit = Benefit::default();
    for segment in here.segments() {
        match segment.tag_bytes() {
            b"EB" => read_eb(segment, &mut benefit),
            b"HSD" => benefit.deliveries.push(read_delivery(segment)),
            b"REF" => benefit.references.push(read_reference(segment)),
            b"DTP" => benefit.dates.push(read_dated(segment)),
            b"AAA" => benefit.rejections.push(read_rejection(segment)),
            b"MSG" => benefit.messages.push(text(segment.value(1))),
            b"III" => benefit.places.push(read_place(segment)),
            _ => {}
        }
    }
    read_inside(here, &mut benefit);
    benefit
}

/// Takes up 2115 and 2120 at whatever depth; LS and LE may make a loop of their own around the latter.
fn read_inside(here: LoopRef<'_>, benefit: &mut Benefit) {
    for inner in here.children() {
        benefit.places.extend(inner.first("III").map(read_place));
        if let Some(nm1) = inner.first("NM1") {
            benefit.entities.push(Entity {
                name: read_name(nm1),
                address: read_address(inner),
                contacts: inner.all("PER").map(read_contact).collect(),
                role: inner.first("PRV").map(read_role),
            });
        }
        read_inside(inner, benefit);
    }
}

fn read_eb(segment: Segment<'_>, benefit: &mut Benefit) {
    benefit.kind = code(segment, 1);
    benefit.level = code(segment, 2);
    if let Some(types) = segment.element(3) {
        let codes = types.repetitions().map(|r| Code::from_bytes(r.bytes));
        benefit.service_types = codes.filter(|c| !c.is_empty()).collect();
    }
    benefit.insurance_type = code(segment, 4);
    benefit.plan = text(segment.value(5));
    benefit.period = code(segment, 6);
    benefit.amount = decimal_r(segment.value(7));
    benefit.share = decimal_r(segment.value(8));
    benefit.unit = code(segment, 9);
    benefit.quantity = decimal_r(segment.value(10));
    benefit.authorization = code(segment, 11);
    benefit.network = code(segment, 12);
    benefit.procedure = read_procedure(segment, 13);
    benefit.pointers = read_pointers(segment, 14);
}

fn read_delivery(segment: Segment<'_>) -> Delivery {
    Delivery {
        unit: code(segment, 1),
        quantity: decimal_r(segment.value(2)),
        frequency: code(segment, 3),
        modulus: decimal_r(segment.value(4)),
        period: code(segment, 5),
        periods: whole_number(segment.value(6)),
        pattern: code(segment, 7),
        time: code(segment, 8),
    }
}

//! Any of the six sets as a value.

use super::event::ReviewDiagnosis;
use super::{
    Admission, AttachmentNotice, Category, Condition, Decision, Event, Party, PatientEvents,
    Person, Purpose, Review, Service, ServiceDetail,
};
use crate::segments::text::text;
use crate::segments::{
    Contact, Dated, Delivery, Demographics, Header, Insured, Name, PostalAddress, ProviderRole,
    Reference, Rejection, Trace,
};
use crate::tree::LoopRef;
use crate::txn::claim::Verbatim;

/// NM101 of the places of a transport.
const PLACES: [&str; 5] = ["45", "FS", "ND", "PW", "R3"];

impl Review {
    /// Reads a walked 278 of this purpose, question or answer. `set` is the outermost loop, which contains ST and BHT. Never
    /// fails: what does not fit is left out.
    pub fn read(set: LoopRef<'_>, purpose: Purpose) -> Review {
        let mut review = Review {
            control: set.first("ST").map_or_else(Box::default, |st| text(st.value(2))),
            header: set.first("BHT").map(Header::read).unwrap_or_default(),
            ..Review::default()
        };
        review.read_levels(set, purpose);
        review
    }

    /// Reads the loops inside `here` in the order of the text, so that it does not matter whether levels are inside each
    /// other in the tree or side by side.
    fn read_levels(&mut self, here: LoopRef<'_>, purpose: Purpose) {
        for inner in here.children() {
            self.take(inner, purpose);
            self.read_levels(inner, purpose);
        }
    }

    fn take(&mut self, here: LoopRef<'_>, purpose: Purpose) {
        let upper_is_payer = purpose != Purpose::Notification;
        match here.id() {
            "2000A" => self.rejections = rejections(here),
            "2010A" if upper_is_payer => self.payer = party(here),
            "2010A" => self.requester = party(here),
            "2010B" if upper_is_payer => self.requester = party(here),
            "2010B" => self.payer = party(here),
            "2000C" => {
                if !self.subscriber.is_absent() {
                    self.others.push(PatientEvents::default());
                }
                read_level(self.patient_read().0, here);
            }
            "2010C" => read_person(self.patient_read().0, here),
            "2000D" => read_level(self.patient_read().1.insert(Person::default()), here),
            "2010D" => read_person(self.patient_read().1.get_or_insert_default(), here),
            "2000E" | "2000EN" => self.patient_read().2.push(event(here)),
            "2010EA" | "2010EN" => self.in_event(|event| event.providers.push(party(here))),
            "2010EB" | "2010EC" => self.in_event(|event| {
                let party = party(here);
                let role = party.name.entity;
                match PLACES.iter().any(|place| role == *place) {
                    true => event.places.push(party),
                    // Of the answers only the contact has loop 2010EB, of the questions only places.
                    false if here.id() == "2010EB" => event.contact = Some(party),
                    false => event.organizations.push(party),
                }
            }),
            "2000F" => self.in_event(|event| event.services.push(service(here))),
            "2010F" | "2010FA" => {
                self.in_service(|service| service.providers.push(party(here)));
            }
            "2010FB" => self.in_service(|service| service.contact = Some(party(here))),
            _ => {}
        }
    }

    /// Of the patient that was read last: subscriber, dependent and events.
    fn patient_read(&mut self) -> (&mut Person, &mut Option<Person>, &mut Vec<Event>) {
        match self.others.last_mut() {
            Some(other) => (&mut other.subscriber, &mut other.dependent, &mut other.events),
            None => (&mut self.subscriber, &mut self.dependent, &mut self.events),
        }
    }

    fn in_event(&mut self, take: impl FnOnce(&mut Event)) {
        if let Some(event) = self.patient_read().2.last_mut() {
            take(event);
        }
    }

    fn in_service(&mut self, take: impl FnOnce(&mut Service)) {
        let events = self.patient_read().2;
        if let Some(service) = events.last_mut().and_then(|event| event.services.last_mut()) {
            take(service);
        }
    }
}

fn rejections(here: LoopRef<'_>) -> Vec<Rejection> {
    here.all("AAA").map(Rejection::read).collect()
}

fn party(here: LoopRef<'_>) -> Party {
    Party {
        name: here.first("NM1").map(Name::read).unwrap_or_default(),
        references: here.all("REF").map(Reference::read).collect(),
        address: PostalAddress::read(here.first("N3"), here.first("N4")),
        contacts: here.all("PER").map(Contact::read).collect(),
        role: here.first("PRV").map(ProviderRole::read),
        dates: here.all("DTP").map(Dated::read).collect(),
        rejections: rejections(here),
    }
}

fn read_level(person: &mut Person, here: LoopRef<'_>) {
    person.traces = here.all("TRN").map(Trace::read).collect();
    person.level_rejections = rejections(here);
    person.receipt = here.first("REF").map(Reference::read);
}

fn read_person(person: &mut Person, here: LoopRef<'_>) {
    person.name = here.first("NM1").map(Name::read).unwrap_or_default();
    person.references = here.all("REF").map(Reference::read).collect();
    person.address = PostalAddress::read(here.first("N3"), here.first("N4"));
    person.demographics = here.first("DMG").map(Demographics::read).unwrap_or_default();
    person.insured = here.first("INS").map(Insured::read);
    person.rejections = rejections(here);
}

fn event(here: LoopRef<'_>) -> Event {
    let mut event = Event::default();
    for segment in here.segments() {
        match segment.tag_bytes() {
            b"TRN" => event.traces.push(Trace::read(segment)),
            b"AAA" => event.rejections.push(Rejection::read(segment)),
            b"UM" => event.um = Category::read(segment),
            b"HCR" => event.decision = Some(Decision::read(segment)),
            b"REF" => event.references.push(Reference::read(segment)),
            b"DTP" => event.dates.push(Dated::read(segment)),
            b"HI" => event.diagnoses = ReviewDiagnosis::read_all(segment),
            b"HSD" => event.delivery = Some(Delivery::read(segment)),
            b"CRC" => event.conditions.push(Condition::read(segment)),
            b"CL1" => event.admission = Some(Admission::read(segment)),
            b"CR1" | b"CR2" | b"CR5" | b"CR6" => {
                event.certifications.push(Verbatim::read(segment));
            }
            b"PWK" => event.attachments.push(AttachmentNotice::read(segment)),
            b"MSG" => event.message = text(segment.value(1)),
            _ => {}
        }
    }
    event
}

fn service(here: LoopRef<'_>) -> Service {
    let mut service = Service::default();
    for segment in here.segments() {
        match segment.tag_bytes() {
            b"TRN" => service.traces.push(Trace::read(segment)),
            b"AAA" => service.rejections.push(Rejection::read(segment)),
            b"UM" => service.um = Category::read(segment),
            b"HCR" => service.decision = Some(Decision::read(segment)),
            b"REF" => service.references.push(Reference::read(segment)),
            b"DTP" => service.dates.push(Dated::read(segment)),
            b"HI" => service.wanted = ReviewDiagnosis::read_all(segment),
            b"SV1" | b"SV2" | b"SV3" => service.detail = ServiceDetail::read(segment),
            b"TOO" => {
                if let Some(detail) = &mut service.detail {
                    detail.read_tooth(segment);
                }
            }
            b"HSD" => service.delivery = Some(Delivery::read(segment)),
            b"PWK" => service.attachments.push(AttachmentNotice::read(segment)),
            b"MSG" => service.message = text(segment.value(1)),
            _ => {}
        }
    }
    service
}

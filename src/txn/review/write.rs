//! Any of the six sets from a value.

use super::event::{LOINC, ReviewDiagnosis};
use super::layout::{Layout, Other, SERVICE_CATEGORY, layout};
use super::{Event, Party, Person, Purpose, Review, Service, Side};
use crate::segments::{Dated, Reference, Rejection, Trace, write_message};
use crate::wire::{Code, EmitError, Emitter, Tag};

/// The structure of all of them, BHT01.
const STRUCTURE: &str = "0007";

/// The guide's limits.
const REJECTIONS_MAX: usize = 9;
const PARTY_REFERENCES_MAX: usize = 8;
const SUBSCRIBER_REFERENCES_MAX: usize = 9;
const DEPENDENT_REFERENCES_MAX: usize = 3;
const ATTACHMENTS_MAX: usize = 10;
const CONTACTS_MAX: usize = 3;
const EVENT_PROVIDERS_MAX: usize = 14;
const SERVICE_PROVIDERS_MAX: usize = 12;
const PLACES_MAX: usize = 5;
const ORGANIZATIONS_MAX: usize = 3;

type Written = Result<(), EmitError>;

impl Review {
    /// Writes the set, ST to SE, under this number. Text is made to fit the guide's lengths and character set; what this set
    /// has no room for is left out, as is a value that was malformed when it was read. An answer ends above the first level
    /// whose party or person is absent, but for the event of an inquiry without a patient.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, purpose: Purpose, side: Side, control: &str, out: &mut Emitter) -> Written {
        out.begin_set("278", control, Some(purpose.guide()))?;
        out.enter("ST");
        self.header.write(STRUCTURE, out)?;
        let patientless = purpose == Purpose::Inquiry && !self.events.is_empty();
        let writer = Writer { review: self, layout: layout(purpose, side), patientless };
        writer.upper(out)?;
        out.end_set(control)
    }
}

struct Writer<'r> {
    review: &'r Review,
    layout: &'r Layout,
    /// Whether events may stand below the requester, where no patient is named.
    patientless: bool,
}

impl Writer<'_> {
    /// Loops 2000A to 2000C.
    fn upper(&self, out: &mut Emitter) -> Written {
        let (review, layout) = (self.review, self.layout);
        let (payer, requester) =
            ((&review.payer, layout.payer), (&review.requester, layout.requester));
        let (upper, lower) =
            if layout.provider_first { (requester, payer) } else { (payer, requester) };
        let goes_on = !layout.answers || review.rejections.is_empty();
        let has_lower = goes_on && !lower.0.is_absent();
        let has_subscriber = has_lower && !review.subscriber.is_absent();
        let is_patientless = has_lower && !has_subscriber && self.patientless;
        out.enter("2000A");
        let level = out.level(None, "20", has_lower)?;
        if layout.answers {
            write_rejections(&review.rejections, out)?;
        }
        out.enter("2010A");
        self.party(upper.0, upper.1, out)?;
        if !has_lower {
            return Ok(());
        }
        out.enter("2000B");
        let level = out.level(Some(level), "21", has_subscriber || is_patientless)?;
        out.enter("2010B");
        self.party(lower.0, lower.1, out)?;
        if is_patientless {
            return review.events.iter().try_for_each(|event| self.event(event, level, out));
        }
        if !has_subscriber {
            return Ok(());
        }
        self.people((&review.subscriber, review.dependent.as_ref(), &review.events), level, out)?;
        for other in &review.others {
            let people = (&other.subscriber, other.dependent.as_ref(), &*other.events);
            self.people(people, level, out)?;
        }
        Ok(())
    }

    /// Loops 2000C and 2000D, and the events below.
    fn people(
        &self,
        (subscriber, dependent, events): (&Person, Option<&Person>, &[Event]),
        requester: u32,
        out: &mut Emitter,
    ) -> Written {
        let has_events = !events.is_empty();
        out.enter("2000C");
        let has_child = dependent.is_some() || has_events;
        let mut patient = out.level(Some(requester), "22", has_child)?;
        self.person(subscriber, SUBSCRIBER_REFERENCES_MAX, out)?;
        if let Some(dependent) = dependent {
            out.enter("2000D");
            patient = out.level(Some(patient), "23", has_events)?;
            self.person(dependent, DEPENDENT_REFERENCES_MAX, out)?;
        }
        events.iter().try_for_each(|event| self.event(event, patient, out))
    }

    fn party(&self, party: &Party, segments: &[&str], out: &mut Emitter) -> Written {
        party.name.write(out)?;
        for tag in segments {
            match *tag {
                "REF" => write_references(&party.references, PARTY_REFERENCES_MAX, true, out)?,
                "N3" => party.address.iter().try_for_each(|address| address.write(out))?,
                "PER" => party.contacts.iter().take(1).try_for_each(|per| per.write(out))?,
                "AAA" => write_rejections(&party.rejections, out)?,
                "PRV" => {
                    // The guides want all three elements.
                    let role = party.role.iter().filter(|role| {
                        !role.role.is_empty()
                            && !role.qualifier.is_empty()
                            && !role.value.is_empty()
                    });
                    role.into_iter().try_for_each(|role| role.write(out))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn person(&self, person: &Person, references: usize, out: &mut Emitter) -> Written {
        for tag in self.layout.person_level {
            match *tag {
                "TRN" => self.traces(&person.traces, out)?,
                "AAA" => write_rejections(&person.level_rejections, out)?,
                _ => person.receipt.iter().try_for_each(|number| number.write_bare(out))?,
            }
        }
        out.enter("2010C");
        person.name.write(out)?;
        for tag in self.layout.person {
            match *tag {
                "REF" => write_references(&person.references, references, false, out)?,
                "N3" => person.address.iter().try_for_each(|address| address.write(out))?,
                "AAA" => write_rejections(&person.rejections, out)?,
                // DMG02 is required.
                "DMG" if person.birth().is_some() => person.demographics.write(out)?,
                "INS" => person.insured.iter().try_for_each(|insured| insured.write(out))?,
                _ => {}
            }
        }
        Ok(())
    }

    fn event(&self, event: &Event, patient: u32, out: &mut Emitter) -> Written {
        let layout = self.layout;
        out.enter("2000E");
        let level = out.level(Some(patient), "EV", !event.services.is_empty())?;
        for tag in layout.event {
            match *tag {
                "TRN" => self.traces(&event.traces, out)?,
                "AAA" => write_rejections(&event.rejections, out)?,
                "UM" => event.um.write(layout.category, out)?,
                "HCR" => event.decision.iter().try_for_each(|decision| decision.write(out))?,
                "REF" => self.numbers(&event.references, out)?,
                "DTP" => write_dates(&event.dates, layout.event_dates, out)?,
                "HI" => self.diagnoses(&event.diagnoses, out)?,
                "HSD" => event.delivery.iter().try_for_each(|delivery| delivery.write(out))?,
                "CRC" => event.conditions.iter().try_for_each(|crc| crc.write(out))?,
                "CL1" => event.admission.iter().try_for_each(|cl1| cl1.write(out))?,
                "CR" => self.certifications(event, out)?,
                "PWK" => {
                    event
                        .attachments
                        .iter()
                        .take(ATTACHMENTS_MAX)
                        .try_for_each(|pwk| pwk.write(out))?;
                }
                _ => write_message(out, &event.message)?,
            }
        }
        out.enter("2010EA");
        for provider in event.providers.iter().take(EVENT_PROVIDERS_MAX) {
            self.party(provider, layout.provider, out)?;
        }
        for other in layout.others {
            match other {
                Other::Places => {
                    for place in event.places.iter().take(PLACES_MAX) {
                        let answered: &[&str] =
                            if layout.answers { &["N3", "AAA"] } else { &["N3"] };
                        self.party(place, answered, out)?;
                    }
                }
                Other::Organizations => {
                    for organization in event.organizations.iter().take(ORGANIZATIONS_MAX) {
                        organization.name.write(out)?;
                        write_references(&organization.references, 1, false, out)?;
                        write_dates(&organization.dates, &["598"], out)?;
                    }
                }
                Other::Contact => write_contact(event.contact.as_ref(), out)?,
            }
        }
        event.services.iter().try_for_each(|service| self.service(service, level, out))
    }

    fn service(&self, service: &Service, event: u32, out: &mut Emitter) -> Written {
        let layout = self.layout;
        out.enter("2000F");
        out.level(Some(event), "SS", false)?;
        for tag in layout.service {
            match *tag {
                "TRN" => self.traces(&service.traces, out)?,
                "AAA" => write_rejections(&service.rejections, out)?,
                "UM" => service.um.write(SERVICE_CATEGORY, out)?,
                "HCR" => service.decision.iter().try_for_each(|decision| decision.write(out))?,
                "REF" => self.numbers(&service.references, out)?,
                "DTP" => write_dates(&service.dates, layout.service_dates, out)?,
                "HI" => self.diagnoses(&service.wanted, out)?,
                "SV" => service.detail.iter().try_for_each(|detail| detail.write(out))?,
                "HSD" => service.delivery.iter().try_for_each(|delivery| delivery.write(out))?,
                "PWK" => {
                    let documents = service.attachments.iter().take(ATTACHMENTS_MAX);
                    documents.into_iter().try_for_each(|pwk| pwk.write(out))?;
                }
                _ => write_message(out, &service.message)?,
            }
        }
        out.enter("2010F");
        for provider in service.providers.iter().take(SERVICE_PROVIDERS_MAX) {
            self.party(provider, layout.provider, out)?;
        }
        match layout.others.contains(&Other::Contact) {
            true => write_contact(service.contact.as_ref(), out),
            false => Ok(()),
        }
    }

    fn traces(&self, traces: &[Trace], out: &mut Emitter) -> Written {
        traces.iter().take(self.layout.traces).try_for_each(|trace| trace.write(out))
    }

    /// REF of an event or service: one of each kind.
    fn numbers(&self, references: &[Reference], out: &mut Emitter) -> Written {
        for qualifier in self.layout.references {
            let number = references.iter().find(|reference| reference.qualifier == *qualifier);
            number.into_iter().try_for_each(|number| number.write_bare(out))?;
        }
        Ok(())
    }

    fn diagnoses(&self, diagnoses: &[ReviewDiagnosis], out: &mut Emitter) -> Written {
        let fits = |one: &&ReviewDiagnosis| self.layout.loinc || one.qualifier != LOINC;
        ReviewDiagnosis::write_all(diagnoses.iter().filter(fits), out)
    }

    fn certifications(&self, event: &Event, out: &mut Emitter) -> Written {
        for (tag, elements) in self.layout.certifications {
            let tag = Tag::from(*tag);
            let kept = event.certifications.iter().find(|segment| segment.tag() == tag);
            if let Some(kept) = kept {
                kept.only(elements, out.delimiters()).write(out)?;
            }
        }
        Ok(())
    }
}

/// The loop of whom to ask for more.
fn write_contact(contact: Option<&Party>, out: &mut Emitter) -> Written {
    let Some(contact) = contact else { return Ok(()) };
    contact.name.write(out)?;
    contact.address.iter().try_for_each(|address| address.write(out))?;
    contact.contacts.iter().take(CONTACTS_MAX).try_for_each(|per| per.write(out))
}

fn write_rejections(rejections: &[Rejection], out: &mut Emitter) -> Written {
    rejections.iter().take(REJECTIONS_MAX).try_for_each(|rejection| rejection.write(out))
}

fn write_references(
    references: &[Reference],
    max: usize,
    described: bool,
    out: &mut Emitter,
) -> Written {
    references.iter().take(max).try_for_each(|reference| match described {
        true => reference.write(out),
        false => reference.write_bare(out),
    })
}

/// One date of each of these kinds.
fn write_dates(dates: &[Dated], kinds: &[&str], out: &mut Emitter) -> Written {
    for kind in kinds {
        let kind = Code::from(*kind);
        let date = dates.iter().find(|dated| dated.qualifier == kind);
        date.into_iter().try_for_each(|dated| dated.write(out))?;
    }
    Ok(())
}

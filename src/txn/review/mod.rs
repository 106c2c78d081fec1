//! Services review (278): requests and responses (005010X217), inquiries and theirs (005010X215), notifications and their
//! acknowledgments (005010X216).
//!
//! The six sets have one skeleton, and so there is one type: [`Review`], read from a loop tree and written to an emitter.
//! What a set has no room for is left out when it is written (`layout`), so that an answer may be made from its question.
//! What is answered is decided in `answer::review`.

mod event;
mod layout;
mod party;
mod read;
#[cfg(test)]
pub(crate) mod round_trip;
mod service;
mod write;

pub use event::{
    Admission, AttachmentNotice, Category, Condition, Decision, Event, LOINC, ReviewDiagnosis,
};
pub use party::{Party, Person};
pub use service::{Service, ServiceDetail, ServiceForm, Tooth};

use crate::phi::redacted;
use crate::segments::{Header, Rejection};

/// What a 278 is for; each purpose has a guide of its own, with a question and an answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Purpose {
    /// Services are to be reviewed (005010X217).
    #[default]
    Request,
    /// Reviews are asked about (005010X215).
    Inquiry,
    /// An event is told (005010X216).
    Notification,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Purpose; 3] = [Purpose::Request, Purpose::Inquiry, Purpose::Notification];

    /// Its guide, ST03 and GS08.
    pub const fn guide(self) -> &'static str {
        match self {
            Purpose::Request => "005010X217",
            Purpose::Inquiry => "005010X215",
            Purpose::Notification => "005010X216",
        }
    }

    /// The purpose of this guide.
    pub fn of_guide(guide: &str) -> Option<Purpose> {
        Purpose::ALL.into_iter().find(|purpose| purpose.guide() == guide)
    }
}

/// Which of the two sets of a guide is meant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Side {
    /// A request, an inquiry or a notification.
    Question,
    /// What answers it.
    Answer,
}

/// One 278 set: it is about one patient.
///
/// In a notification the holder of the event stands above the payer; here the payer is `payer` and the provider is
/// `requester` in all of them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Review {
    /// ST02.
    pub control: Box<str>,
    /// BHT.
    pub header: Header,
    /// 2000A AAA: why nothing of the set could be answered; only in an answer. What stands below is left out then.
    pub rejections: Vec<Rejection>,
    /// The payer or its review organization: loop 2010A, in a notification 2010B.
    pub payer: Party,
    /// The provider: loop 2010B, in a notification 2010A.
    pub requester: Party,
    /// Loops 2000C and 2010C; absent in an answer that ends above it.
    pub subscriber: Person,
    /// Loops 2000D and 2010D, where the patient is not the subscriber.
    pub dependent: Option<Person>,
    /// Loop 2000E: one of a request, and any number in the answer to an inquiry. Without a subscriber it stands below the requester,
    /// which only an inquiry and its answer may do.
    pub events: Vec<Event>,
    /// Further patients, in the answer to an inquiry that names none.
    pub others: Vec<PatientEvents>,
}

/// A patient with events.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PatientEvents {
    /// Loops 2000C and 2010C.
    pub subscriber: Person,
    /// Loops 2000D and 2010D.
    pub dependent: Option<Person>,
    /// Loop 2000E.
    pub events: Vec<Event>,
}

redacted!(PatientEvents {});

redacted!(Review { control });

impl Review {
    /// The patient: the dependent where there is one.
    pub fn patient(&self) -> &Person {
        self.dependent.as_ref().unwrap_or(&self.subscriber)
    }

    /// All rejections, in the order of the set.
    pub fn all_rejections(&self) -> impl Iterator<Item = &Rejection> {
        let people = std::iter::once(&self.subscriber).chain(&self.dependent);
        self.rejections
            .iter()
            .chain(&self.payer.rejections)
            .chain(&self.requester.rejections)
            .chain(
                people.flat_map(|person| person.level_rejections.iter().chain(&person.rejections)),
            )
            .chain(self.events.iter().flat_map(Event::all_rejections))
            .chain(
                self.others.iter().flat_map(|other| &other.events).flat_map(Event::all_rejections),
            )
    }

    /// True where anything of it is rejected.
    pub fn has_rejections(&self) -> bool {
        self.all_rejections().next().is_some()
    }
}

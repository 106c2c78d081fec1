//! What each of the six sets has room for: segments in the order in which they are written, and how many of them.

use super::{Purpose, Side};

/// The segments of one set.
pub(super) struct Layout {
    /// Above the payer's level stands nothing, but in a notification the provider.
    pub(super) provider_first: bool,
    /// True for what answers: it may have AAA, and it may end at any level.
    pub(super) answers: bool,
    /// Segments of the payer's loop after NM1.
    pub(super) payer: &'static [&'static str],
    /// Segments of the provider's loop after NM1.
    pub(super) requester: &'static [&'static str],
    /// Segments of loops 2000C and 2000D after HL.
    pub(super) person_level: &'static [&'static str],
    /// Segments of loops 2010C and 2010D after NM1.
    pub(super) person: &'static [&'static str],
    /// Segments of loop 2000E after HL.
    pub(super) event: &'static [&'static str],
    /// Segments of loop 2000F after HL.
    pub(super) service: &'static [&'static str],
    /// Segments of the loops of providers after NM1.
    pub(super) provider: &'static [&'static str],
    /// Loops after those of the event's providers.
    pub(super) others: &'static [Other],
    /// Most TRN.
    pub(super) traces: usize,
    /// The numbers of an event or service, in their order.
    pub(super) references: &'static [&'static str],
    /// Dates of an event, in their order.
    pub(super) event_dates: &'static [&'static str],
    /// Dates of a service, in their order.
    pub(super) service_dates: &'static [&'static str],
    /// Elements of UM at the event.
    pub(super) category: &'static [usize],
    /// Elements of CR1, CR2, CR5 and CR6.
    pub(super) certifications: &'static [(&'static str, &'static [usize])],
    /// True where HI may have LOINC codes.
    pub(super) loinc: bool,
}

/// A loop that not every set has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Other {
    /// The places of a transport.
    Places,
    /// Other review organizations.
    Organizations,
    /// Whom to ask for more, of an event and of a service.
    Contact,
}

/// Elements of UM at a service, in every set.
pub(super) const SERVICE_CATEGORY: &[usize] = &[1, 2, 3, 4, 6];

const EVENT_DATES: [&str; 7] = ["439", "484", "ABC", "431", "AAH", "435", "096"];
const DECIDED_EVENT_DATES: &[&str] =
    &["439", "484", "ABC", "431", "AAH", "435", "096", "102", "036", "007"];
const DECIDED_SERVICE_DATES: &[&str] = &["472", "102", "036", "007"];
const ASKED_EVENT_DATES: &[&str] =
    &["439", "484", "ABC", "431", "AAH", "435", "096", "472", "102", "036", "007"];

const WHOLE_CATEGORY: &[usize] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const SHORT_CATEGORY: &[usize] = &[1, 2, 3, 4, 5, 6];

const DESCRIBED: &[&str] = &["REF", "N3", "PER", "PRV"];
const ANSWERED: &[&str] = &["REF", "N3", "PER", "AAA", "PRV"];
const PERSON: &[&str] = &["REF", "N3", "DMG", "INS"];
const ANSWERED_PERSON: &[&str] = &["REF", "N3", "AAA", "DMG", "INS"];
const SERVICE: &[&str] = &["TRN", "UM", "REF", "DTP", "SV", "HSD", "PWK", "MSG"];

const BB_FIRST: &[&str] = &["BB", "NT"];
const NT_FIRST: &[&str] = &["NT", "BB"];

const REQUEST: Layout = Layout {
    provider_first: false,
    answers: false,
    payer: &[],
    requester: DESCRIBED,
    person_level: &[],
    person: PERSON,
    event: &["TRN", "UM", "REF", "DTP", "HI", "HSD", "CRC", "CL1", "CR", "PWK", "MSG"],
    service: SERVICE,
    provider: DESCRIBED,
    others: &[Other::Places, Other::Organizations],
    traces: 2,
    references: BB_FIRST,
    event_dates: &EVENT_DATES,
    service_dates: &["472"],
    category: WHOLE_CATEGORY,
    certifications: &[
        ("CR1", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ("CR2", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        ("CR5", &[3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]),
        ("CR6", &[1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]),
    ],
    loinc: false,
};

const RESPONSE: Layout = Layout {
    answers: true,
    payer: &["PER", "AAA"],
    requester: &["REF", "AAA", "PRV"],
    person: ANSWERED_PERSON,
    event: &["TRN", "AAA", "UM", "HCR", "REF", "DTP", "HI", "HSD", "CL1", "CR", "PWK", "MSG"],
    service: &["TRN", "AAA", "UM", "HCR", "REF", "DTP", "HI", "SV", "HSD", "PWK", "MSG"],
    provider: ANSWERED,
    others: &[Other::Contact, Other::Places],
    traces: 3,
    references: NT_FIRST,
    event_dates: DECIDED_EVENT_DATES,
    service_dates: DECIDED_SERVICE_DATES,
    category: SHORT_CATEGORY,
    certifications: &[
        ("CR1", &[3, 5, 6, 7, 8]),
        ("CR2", &[1, 2, 3, 4, 5, 6, 7]),
        ("CR5", &[3, 4, 5, 6, 7, 8, 9, 16, 17, 18]),
        ("CR6", &[1, 2, 3, 4, 7, 8]),
    ],
    loinc: true,
    ..REQUEST
};

const INQUIRY: Layout = Layout {
    person: &["REF", "DMG"],
    event: &["TRN", "UM", "REF", "DTP", "HI"],
    service: &["TRN", "UM", "REF", "DTP", "SV"],
    others: &[],
    event_dates: ASKED_EVENT_DATES,
    category: SHORT_CATEGORY,
    certifications: &[],
    ..REQUEST
};

const NOTIFICATION: Layout = Layout {
    provider_first: true,
    event: &["TRN", "UM", "HCR", "REF", "DTP", "HI", "HSD", "CL1", "PWK", "MSG"],
    service: &["TRN", "UM", "HCR", "REF", "DTP", "SV", "HSD", "MSG"],
    others: &[],
    event_dates: DECIDED_EVENT_DATES,
    service_dates: DECIDED_SERVICE_DATES,
    certifications: &[],
    ..REQUEST
};

const ACKNOWLEDGMENT: Layout = Layout {
    provider_first: true,
    answers: true,
    payer: &["PER", "AAA"],
    requester: &["PER", "AAA"],
    person_level: &["TRN", "AAA", "REF"],
    person: ANSWERED_PERSON,
    event: &["TRN", "AAA", "UM", "HCR", "REF", "DTP", "HI", "MSG"],
    service: &["TRN", "AAA", "UM", "REF", "DTP", "SV", "MSG"],
    provider: ANSWERED,
    others: &[],
    traces: 3,
    references: NT_FIRST,
    category: SHORT_CATEGORY,
    certifications: &[],
    ..REQUEST
};

/// The layout of this set.
pub(super) const fn layout(purpose: Purpose, side: Side) -> &'static Layout {
    match (purpose, side) {
        (Purpose::Request, Side::Question) => &REQUEST,
        (Purpose::Inquiry, Side::Question) => &INQUIRY,
        (Purpose::Notification, Side::Question) => &NOTIFICATION,
        (Purpose::Request | Purpose::Inquiry, Side::Answer) => &RESPONSE,
        (Purpose::Notification, Side::Answer) => &ACKNOWLEDGMENT,
    }
}

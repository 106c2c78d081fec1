//! The person of an answer: as on file when they are found, as sent when they are not.

use super::codes;
use super::identify::gender_of;
use crate::config::eligibility::{EligibilityPolicy, ReturnedReference};
use crate::segments::text::plain_letter;
use crate::store::{Address, Member, Relationship};
use crate::txn::eligibility::{
    Dated, Gender, Insured, Name, Person, PostalAddress, Reference, Sent,
};
use crate::wire::Code;

/// The kind of loop a person is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// 2000C.
    Subscriber,
    /// 2000D.
    Dependent,
}

/// The person on file, with what must be returned of what was sent: the patient account number, and that
/// identifying data differed from those on file.
pub(super) fn on_file(
    member: Member,
    sent: &Person,
    role: Role,
    policy: &EligibilityPolicy,
) -> Person {
    let gender = gender_of(&member);
    let insured = insured(&member, gender, sent, role);
    let id: Box<str> = match role {
        Role::Subscriber => member.id().into(),
        Role::Dependent => Box::default(),
    };
    let (entity, id_qualifier) = match role {
        Role::Subscriber => ("IL", "MI"),
        Role::Dependent => ("03", ""),
    };
    let suffix = (role == Role::Dependent).then(|| Reference {
        qualifier: Code::new("49"),
        value: member.suffix.clone(),
        description: Box::default(),
    });
    let account = sent.reference("EJ").map(|number| Reference {
        qualifier: Code::new("EJ"),
        value: number.into(),
        description: Box::default(),
    });
    let ids = identifiers(&member, policy);
    let death = member.death.map(|day| Dated::day("442", day));
    Person {
        name: Name {
            entity: Code::from(entity),
            kind: Code::new("1"),
            last: member.last,
            first: member.first,
            middle: member.middle.unwrap_or_default(),
            suffix: member.generation.unwrap_or_default(),
            id_qualifier: Code::from(id_qualifier),
            id,
        },
        references: suffix.into_iter().chain(account).chain(ids).collect(),
        dates: death.into_iter().collect(),
        address: member.address.filter(|_| policy.return_address).map(postal),
        birth: Sent::Value(member.birth),
        gender: Sent::Value(gender),
        insured,
        ..Person::default()
    }
}

/// The person's other identifiers, as far as the payer returns them.
fn identifiers(member: &Member, policy: &EligibilityPolicy) -> Vec<Reference> {
    let on_file = |which: &ReturnedReference| {
        let medicare = member.medicare_id.as_deref().filter(|id| is_medicare(id));
        let medicaid = member.medicare_id.as_deref().filter(|id| !is_medicare(id));
        let (qualifier, value) = match which {
            ReturnedReference::Medicaid => ("NQ", medicaid),
            ReturnedReference::Medicare => ("F6", medicare),
            ReturnedReference::Card => ("HJ", member.card.as_deref()),
            ReturnedReference::SocialSecurity => ("SY", member.ssn.as_deref()),
            ReturnedReference::Plan | ReturnedReference::Group | ReturnedReference::Network => {
                return None;
            }
        };
        let (qualifier, description) = (Code::from(qualifier), Box::default());
        Some(Reference { qualifier, value: value?.into(), description })
    };
    policy.return_references.iter().filter_map(on_file).collect()
}

/// True for the form of a Medicare beneficiary id: eleven characters, of which the second, fifth, eighth and ninth are letters and the
/// others, but for two that may be either, digits.
fn is_medicare(id: &str) -> bool {
    let fits = |(place, byte): (usize, u8)| match place {
        1 | 4 | 7 | 8 => byte.is_ascii_alphabetic(),
        2 | 5 => byte.is_ascii_alphanumeric(),
        _ => byte.is_ascii_digit(),
    };
    id.len() == 11 && id.bytes().enumerate().all(fits)
}

/// The person as sent, as far as an answer may return it.
pub(super) fn as_sent(sent: Person) -> Person {
    let mut person =
        Person { provider: None, insured: None, address: None, diagnoses: Vec::new(), ..sent };
    person.references.retain(|reference| codes::is_person_reference(reference.qualifier));
    person.references.iter_mut().for_each(|reference| reference.description = Box::default());
    person
}

/// INS: always for a dependent, for a subscriber only when their data changed.
fn insured(member: &Member, gender: Gender, sent: &Person, role: Role) -> Option<Insured> {
    let changed = differs(member, gender, sent, role);
    let (subscriber, relationship) = match (role, member.relationship) {
        (Role::Subscriber, _) => ("Y", "18"),
        (Role::Dependent, Relationship::Spouse) => ("N", "01"),
        (Role::Dependent, Relationship::Child) => ("N", "19"),
        (Role::Dependent, Relationship::Myself | Relationship::Other) => ("N", "G8"),
    };
    if role == Role::Subscriber && !changed && member.birth_sequence.is_none() {
        return None;
    }
    let said = |code| if changed { Code::new(code) } else { Code::NONE };
    Some(Insured {
        subscriber: Code::from(subscriber),
        relationship: Code::from(relationship),
        maintenance: said("001"),
        reason: said("25"),
        birth_sequence: member.birth_sequence.map(u32::from),
        ..Insured::default()
    })
}

/// True when identifying data that were sent differ from those on file, and so are returned changed.
fn differs(member: &Member, gender: Gender, sent: &Person, role: Role) -> bool {
    // As the answer writes it: neither case nor accents make another name.
    let same = |sent: &str, stored: &str| {
        let letters = |text: &str| -> String {
            text.chars().flat_map(char::to_uppercase).map(plain_letter).collect()
        };
        sent.eq_ignore_ascii_case(stored) || letters(sent.trim()) == letters(stored)
    };
    let other = |sent: &str, stored: &str| !sent.is_empty() && !same(sent, stored);
    let name = &sent.name;
    other(&name.last, &member.last)
        || other(&name.first, &member.first)
        || other(&name.middle, member.middle.as_deref().unwrap_or_default())
        || other(&name.suffix, member.generation.as_deref().unwrap_or_default())
        || (role == Role::Subscriber && !name.id.is_empty() && !is_id(&name.id, member))
        || sent.birth.value().is_some_and(|birth| birth != member.birth)
        || sent.gender.value().is_some_and(|sent| sent != gender)
}

/// True when `text` is the canonical id, in capital or small letters.
fn is_id(text: &str, member: &Member) -> bool {
    text.eq_ignore_ascii_case(&member.id())
}

/// N3 and N4.
pub(super) fn postal(address: Address) -> PostalAddress {
    PostalAddress {
        line1: address.line1,
        line2: address.line2.unwrap_or_default(),
        city: address.city,
        state: address.state,
        zip: address.zip,
        ..PostalAddress::default()
    }
}

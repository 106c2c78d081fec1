//! The person of an answer: as on file when they are found, as sent when they are not.

use super::codes;
use super::identify::gender_of;
use crate::config::eligibility::EligibilityPolicy;
use crate::segments::text::plain_letter;
use crate::store::{Address, Member, Relationship};
use crate::txn::eligibility::{Gender, Insured, Name, Person, PostalAddress, Reference, Sent};
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
        references: suffix.into_iter().chain(account).collect(),
        address: member.address.filter(|_| policy.return_address).map(postal),
        birth: Sent::Value(member.birth),
        gender: Sent::Value(gender),
        insured,
        ..Person::default()
    }
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

fn postal(address: Address) -> PostalAddress {
    PostalAddress {
        line1: address.line1,
        line2: address.line2.unwrap_or_default(),
        city: address.city,
        state: address.state,
        zip: address.zip,
        ..PostalAddress::default()
    }
}

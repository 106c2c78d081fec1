//! The payer: which ids are ours, and how an answer names us.

use crate::config::eligibility::{ContactPolicy, PayerPolicy};
use crate::segments::{Contact, Name};
use crate::wire::Code;

/// True when this id is one of ours.
pub(super) fn is_ours(name: &Name, payer: &PayerPolicy) -> bool {
    let mut ids = std::iter::once(&payer.id).chain(&payer.aliases);
    ids.any(|id| id.eq_ignore_ascii_case(name.id.trim()))
}

/// The payer as the answer names it: by the id that was asked for; by our own name and id where that id is
/// ours or there is none.
pub(super) fn payer_name(asked: Name, payer: &PayerPolicy) -> Name {
    let id = asked.id.trim();
    if !id.is_empty() && !asked.last.is_empty() && !payer.id.eq_ignore_ascii_case(id) {
        return asked;
    }
    Name {
        last: payer.name.as_str().into(),
        id_qualifier: Code::from(&*payer.id_qualifier),
        id: payer.id.as_str().into(),
        ..asked
    }
}

/// The payer's contacts.
pub(crate) fn contacts(payer: &PayerPolicy) -> Vec<Contact> {
    let contact = |contact: &ContactPolicy| {
        let ways = [
            ("TE", &contact.telephone),
            ("EX", &contact.extension),
            ("FX", &contact.fax),
            ("EM", &contact.email),
            ("UR", &contact.url),
        ];
        // An extension must follow its telephone number.
        let said = |(way, number): &(&str, &String)| {
            !number.is_empty() && (*way != "EX" || !contact.telephone.is_empty())
        };
        let numbers = ways.into_iter().filter(said).take(3);
        let numbers = numbers.map(|(way, number)| (Code::from(way), number.as_str().into()));
        Contact { name: contact.name.as_str().into(), numbers: numbers.collect() }
    };
    payer.contacts.iter().take(3).map(contact).collect()
}

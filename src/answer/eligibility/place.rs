//! Where a service is given (III), and what of an inquiry an answer does not use.

use crate::txn::eligibility::Person;
use crate::txn::eligibility::Place;
use crate::txn::eligibility::inquiry::Request;
use crate::txn::eligibility::response::Benefit;

use super::sheets::messages;

/// The place of service; none for another meaning of III, or none that could be one.
pub(super) fn code_of(place: &Place) -> Option<&str> {
    let code = &*place.code;
    let sound = place.qualifier == "ZZ" && matches!(code.as_bytes(), [b'0'..=b'9', b'0'..=b'9']);
    sound.then_some(code)
}

/// True for telehealth: elsewhere (`02`) and in the patient's home (`10`).
pub(super) fn is_telehealth(code: &str) -> bool {
    matches!(code, "02" | "10")
}

/// EB*P that names what was sent and makes no difference to the answer; none where all was used. `names_place` says whether a
/// plan of the member has benefits for a place.
pub(super) fn unused(
    person: &Person,
    requests: &[Request],
    names_place: impl Fn(&str) -> bool,
) -> Option<Benefit> {
    let any = |sent: fn(&Request) -> bool| requests.iter().any(sent);
    let mut parts = Vec::new();
    let places = requests.iter().filter_map(|request| request.place.as_ref());
    for place in places {
        let part = match code_of(place) {
            Some(code) if is_telehealth(code) || names_place(code) => continue,
            Some(code) => format!("place of service {code}"),
            None => "III".to_owned(),
        };
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    let pointed = any(|request| !request.pointers.is_empty());
    let said = [
        (any(|request| !request.level.is_empty()), "coverage level"),
        (!person.diagnoses.is_empty() || pointed, "diagnoses"),
        (any(|r| r.spend_down.is_some() || r.spend_down_billed.is_some()), "spend-down amounts"),
        (any(|request| request.reference.is_some()), "referral or authorization number"),
    ];
    parts.extend(said.into_iter().filter(|(sent, _)| *sent).map(|(_, what)| what.to_owned()));
    let words = format!("This answer does not depend on {}.", parts.join(", "));
    (!parts.is_empty()).then(|| Benefit { messages: messages(&words), ..Benefit::new("P", []) })
}

//! The 824 that answers an 834.

use super::problems::{Fault, Problem};
use super::{EnrollmentReport, EnrollmentSettings};
use crate::answer::AnswerContext;
use crate::config::AdviceSent;
use crate::segments::{Name, Reference, find};
use crate::store::Member;
use crate::txn::advice::{Advice, Answered, Item, ItemError, Verdict};
use crate::txn::enrollment::{self, Header};
use crate::wire::Code;

/// A member of whom something is said.
pub(super) struct Told {
    reference: Box<str>,
    name: Name,
    verdict: Verdict,
    error: ItemError,
}

/// A member of the file.
pub(super) fn member(member: &enrollment::Member, problem: &Problem) -> Told {
    let verdict =
        if problem.fault.is_difference() { Verdict::WithErrors } else { Verdict::Rejected };
    let name = Name {
        entity: Code::new("IL"),
        kind: Code::new("1"),
        last: member.name.last.clone(),
        first: member.name.first.clone(),
        ..Name::default()
    };
    let reference = find(&member.references, "0F").unwrap_or("").into();
    Told { reference, name, verdict, error: problem.error() }
}

/// A member who is not in it.
pub(super) fn missing(member: &Member, problem: &Problem) -> Told {
    let name = Name {
        entity: Code::new("IL"),
        kind: Code::new("1"),
        last: member.last.clone(),
        first: member.first.clone(),
        ..Name::default()
    };
    let reference = member.id().into();
    Told { reference, name, verdict: Verdict::WithErrors, error: problem.error() }
}

/// The advice on a file; none when the sender is not to be told.
pub(super) fn advice(
    settings: &EnrollmentSettings,
    header: &Header,
    report: &EnrollmentReport,
    told: Vec<Told>,
    place: (&AnswerContext<EnrollmentSettings>, usize),
) -> Option<Advice> {
    match settings.policy.advice {
        AdviceSent::Never => return None,
        AdviceSent::Errors if told.is_empty() => return None,
        AdviceSent::Errors | AdviceSent::Always => {}
    }
    let answered = answered(header, place.0);
    let verdict = match (report.refused, told.is_empty()) {
        (true, _) => Verdict::Rejected,
        (false, false) => Verdict::WithErrors,
        (false, true) => Verdict::Accepted,
    };
    let mut whole = Item::set(verdict, &header.reference, answered.clone());
    let EnrollmentReport { members, left_out, differing, missing, .. } = *report;
    if report.refused {
        whole.errors.push(said(format!("{left_out} OF {members} MEMBERS IN ERROR, NONE LOADED")));
    } else if left_out > 0 {
        whole.errors.push(said(format!("{left_out} OF {members} MEMBERS LEFT OUT")));
    }
    if differing > 0 {
        whole.errors.push(said(format!("{differing} OF {members} MEMBERS DIFFER FROM FILE")));
    }
    if missing > 0 {
        whole.errors.push(said(format!("{missing} MEMBERS ON FILE ARE NOT LISTED")));
    }
    let items = told.into_iter().map(|told| Item {
        references: vec![Reference {
            qualifier: Code::new("0F"),
            value: told.reference.clone(),
            ..Reference::default()
        }],
        name: Some(told.name),
        errors: vec![told.error],
        ..Item::part(told.verdict, &told.reference, answered.clone())
    });
    let items = std::iter::once(whole).chain(items).collect();
    Some(new(settings, header, items, place))
}

/// The advice that the store cannot be reached.
pub(super) fn unavailable(
    settings: &EnrollmentSettings,
    header: &Header,
    place: (&AnswerContext<EnrollmentSettings>, usize),
) -> Advice {
    let mut whole = Item::set(Verdict::Rejected, &header.reference, answered(header, place.0));
    whole.errors.push(Problem::of(Fault::Unavailable).error());
    new(settings, header, vec![whole], place)
}

fn answered(header: &Header, context: &AnswerContext<EnrollmentSettings>) -> Answered {
    Answered::of(&context.group, "834", &header.control)
}

fn said(words: String) -> ItemError {
    ItemError { words: words.into(), ..ItemError::default() }
}

fn new(
    settings: &EnrollmentSettings,
    header: &Header,
    items: Vec<Item>,
    (context, number): (&AnswerContext<EnrollmentSettings>, usize),
) -> Advice {
    Advice {
        number: format!("{}-{}", context.trace, number + 1).into(),
        at: context.now,
        answers: header.reference.clone(),
        submitter: settings.payer.clone(),
        contact: None,
        receiver: settings.partner.clone(),
        items,
    }
}

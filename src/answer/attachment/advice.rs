//! The 824 that says why documents are not taken.

use super::{AnswerContext, Refused};
use crate::acknowledge::ReplyKind;
use crate::segments::Reference;
use crate::txn::advice::{Advice, Answered, GUIDE_824, Item, ItemError, Party, Place, Verdict};
use crate::txn::attachment::Submission;
use crate::wire::Code;

/// The reply that advises of what could not be taken.
pub const ANSWER_824: ReplyKind = ReplyKind {
    order: ReplyKind::FIRST_ANSWER + 8,
    name: "824",
    functional: "AG",
    version: GUIDE_824,
};

/// Says that a 275 was not taken, and why each of its items was not.
pub(super) fn refusal(
    submission: &Submission,
    refused: &[Refused],
    context: &AnswerContext,
) -> Advice {
    let answered = || Answered::of(&context.group, "275", &submission.control);
    let error = |refused: &Refused| ItemError {
        condition: refused.why.condition(),
        words: refused.why.to_string().into(),
        place: Place { segment: "TRN".into(), ..Place::default() },
        ..ItemError::default()
    };
    let mut items = vec![Item {
        errors: refused.first().map(error).into_iter().collect(),
        ..Item::set(Verdict::Rejected, &submission.reference, answered())
    }];
    items.extend(refused.iter().map(|refused| Item {
        errors: vec![error(refused)],
        references: vec![Reference {
            qualifier: Code::from("EJ"),
            value: submission.account().into(),
            description: "".into(),
        }],
        ..Item::part(Verdict::Rejected, &refused.number, answered())
    }));
    let party =
        |name: &crate::segments::Name| Party { name: name.last.clone(), id: name.id.clone() };
    Advice {
        number: format!("{}{}", context.trace, submission.control).into(),
        at: context.now,
        answers: submission.reference.clone(),
        submitter: party(&submission.payer),
        contact: None,
        receiver: party(&submission.submitter),
        items,
    }
}

//! The application advice (824) of a remittance advice that is not loaded.

use super::RemittancePolicy;
use super::load::{Fault, Refusal};
use crate::answer::AnswerContext;
use crate::segments::Reference;
use crate::txn::advice::{Advice, Answered, Condition, Item, ItemError, Place, Verdict};
use crate::txn::remittance::{ClaimPayment, Imbalance, RemittanceAdvice};
use crate::wire::Code;

/// Claims that one advice names; more are left out.
const CLAIMS_MAX: usize = 100;

/// What is wrong, in words of at most 60 characters, and where.
fn told(fault: Fault) -> (Condition, &'static str, &'static str, Option<u8>) {
    match fault {
        Fault::Unbalanced(Imbalance::Payment) => {
            (Condition::OutOfBalance, "Payment is not claims less PLB", "BPR", Some(2))
        }
        Fault::Unbalanced(Imbalance::Negative) => {
            (Condition::OutOfRange, "Payment is negative; carry it forward in PLB", "BPR", Some(2))
        }
        Fault::Unbalanced(Imbalance::NoAmount) => {
            (Condition::OutOfRange, "Provider adjustment is zero", "PLB", Some(4))
        }
        Fault::Unbalanced(Imbalance::Claim(_)) => {
            (Condition::OutOfBalance, "Charge less payment is not the sum of CAS", "CLP", Some(4))
        }
        Fault::Unbalanced(Imbalance::Line(..)) => {
            (Condition::OutOfBalance, "Line charge less payment is not its CAS", "SVC", Some(3))
        }
        Fault::Interest => {
            (Condition::OutOfBalance, "PLB L6 is not the interest of the claims", "PLB", Some(4))
        }
        Fault::Known => (Condition::Duplicate, "Check or trace number is known", "TRN", Some(2)),
        Fault::Earlier => (
            Condition::Other,
            "A claim of it is in an earlier group; send it again later",
            "CLP",
            Some(7),
        ),
        Fault::UnknownClaim => (Condition::NotMatching, "Claim is not on file", "CLP", Some(7)),
        Fault::OtherAccount => (
            Condition::NotMatching,
            "Claim number on file has another patient control number",
            "CLP",
            Some(1),
        ),
        Fault::Undecided => (
            Condition::InvalidCombination,
            "Reversal of a claim without a decision",
            "CLP",
            Some(2),
        ),
        Fault::Decided => {
            (Condition::Duplicate, "Claim has a decision that was not reversed", "CLP", Some(2))
        }
        Fault::Charge => {
            (Condition::NotMatching, "Charge is not the charge on file", "CLP", Some(3))
        }
        Fault::Paid => {
            (Condition::NotMatching, "Reversal is not of the amount that was paid", "CLP", Some(4))
        }
    }
}

/// The advice that a remittance advice, the `place`-th of a run, is refused.
pub(super) fn refused(
    advice: &RemittanceAdvice,
    refusals: &[Refusal],
    place: usize,
    context: &AnswerContext<RemittancePolicy>,
) -> Advice {
    let mut set = item(advice, None, context);
    let mut items = Vec::new();
    let claims: Vec<&ClaimPayment> = advice.claims().collect();
    for refusal in refusals {
        match refusal.claim.and_then(|index| claims.get(index)) {
            None => set.errors.push(error(refusal.fault)),
            Some(_) if items.len() == CLAIMS_MAX => {}
            Some(claim) => {
                let mut part = item(advice, Some(claim), context);
                part.errors.push(error(refusal.fault));
                items.push(part);
            }
        }
    }
    if set.errors.is_empty() {
        set.errors.push(ItemError {
            condition: Condition::Other,
            words: "Nothing was loaded, because of the claims below".into(),
            ..ItemError::default()
        });
    }
    items.insert(0, set);
    written(advice, items, place, context)
}

/// The same, where nothing but the advice as a whole is named.
pub(super) fn refused_for(
    advice: &RemittanceAdvice,
    fault: Fault,
    place: usize,
    context: &AnswerContext<RemittancePolicy>,
) -> Advice {
    refused(advice, &[Refusal { fault, claim: None }], place, context)
}

/// The advice that a remittance advice cannot be loaded now.
pub(super) fn unavailable(
    advice: &RemittanceAdvice,
    place: usize,
    context: &AnswerContext<RemittancePolicy>,
) -> Advice {
    let mut set = item(advice, None, context);
    set.errors.push(ItemError {
        condition: Condition::Other,
        words: "Nothing was loaded; send it again later".into(),
        ..ItemError::default()
    });
    written(advice, vec![set], place, context)
}

fn written(
    advice: &RemittanceAdvice,
    items: Vec<Item>,
    place: usize,
    context: &AnswerContext<RemittancePolicy>,
) -> Advice {
    Advice {
        number: format!("{}{:04}", context.trace, place + 1).into(),
        at: context.now,
        answers: advice.trace.number.clone(),
        submitter: context.policy.payer.clone(),
        contact: None,
        receiver: context.policy.partner.clone(),
        items,
    }
}

/// The set, or one claim of it.
fn item(
    advice: &RemittanceAdvice,
    claim: Option<&ClaimPayment>,
    context: &AnswerContext<RemittancePolicy>,
) -> Item {
    let answered = Answered::of(&context.group, "835", &advice.control);
    let Some(claim) = claim else {
        return Item::set(Verdict::Rejected, &advice.trace.number, answered);
    };
    let number = Reference {
        qualifier: Code::from("1K"),
        value: claim.number.clone(),
        ..Reference::default()
    };
    let references = Some(number).filter(|number| !number.value.is_empty());
    Item {
        references: references.into_iter().collect(),
        ..Item::part(Verdict::Rejected, &claim.account, answered)
    }
}

fn error(fault: Fault) -> ItemError {
    let (condition, words, segment, element) = told(fault);
    let place = Place { segment: segment.into(), element, ..Place::default() };
    ItemError { condition, words: words.into(), place, ..ItemError::default() }
}

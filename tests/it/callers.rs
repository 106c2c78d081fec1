//! Who is calling: a caller that the transport knows sends only under its own ids, and what cannot be answered may come again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use x12gate::answer::eligibility::ANSWER_271;
use x12gate::gateway::{
    Answered, Caller, Credential, Delivery, Gateway, Lane, Outcome, Replies, ReplyKind, Service,
};
use x12gate::store::PartnerRow;

use crate::gateway::{Observed, good, kinds, operator, over, segments, text};
use crate::notebook::Notebook;

/// A gateway that knows two partners: `clinic`, which sends as SUBMITTER1, and `other`.
async fn two_partners() -> Observed {
    let row = |id: &str, isa: &str| PartnerRow {
        id: id.into(),
        profile: format!("isa = [{{ qualifier = 'ZZ', id = '{isa}' }}]"),
    };
    let rows = vec![row("clinic", "SUBMITTER1"), row("other", "OTHER")];
    over(Notebook::with_partners(rows), |_| {}).await
}

fn from(partner: &str, text: &str, lane: Lane) -> Delivery {
    let mut delivery = operator(text.to_owned(), lane);
    let how = Credential::Certificate;
    delivery.origin.caller = Caller::partner_itself(partner, how);
    delivery
}

async fn replies(gateway: &Gateway, delivery: Delivery) -> Replies {
    match gateway.answer(delivery).await {
        Answered::Replies(replies) => replies,
        other => panic!("{other:?}"),
    }
}

/// TA105 of the only reply.
fn refusal(replies: &Replies) -> String {
    assert_eq!(kinds(replies), [ReplyKind::TA1]);
    let ta1 = segments(&text(replies, ReplyKind::TA1), "TA1").remove(0);
    ta1.rsplit('*').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_known_caller_is_answered_under_its_own_id() {
    let gateway = two_partners().await;
    let (replies, summaries) =
        gateway.respond_to(&from("clinic", &good(101), Lane::RealTime)).await.unwrap();
    assert_eq!(kinds(&replies), [ANSWER_271]);
    assert_eq!(summaries[0].partner, "clinic");
    assert_eq!(summaries[0].caller.to_string(), "clinic by certificate");
}

#[tokio::test]
async fn a_known_caller_is_not_answered_under_the_id_of_another() {
    let gateway = two_partners().await;
    for (lane, control) in [(Lane::RealTime, 102), (Lane::Batch, 103)] {
        let theirs = good(control);
        // Not its own either: the same id under another qualifier, and an id that is nobody's.
        let texts = [
            theirs.clone(),
            theirs.replace("ZZ*SUBMITTER1", "30*OTHER     "),
            theirs.replace("SUBMITTER1     *ZZ", "NOBODY         *ZZ"),
        ];
        for text in texts {
            let delivery = from("other", &text, lane);
            let (replies, mut summaries) = gateway.respond_to(&delivery).await.unwrap();
            assert_eq!(refusal(&replies), "006", "{text}");
            let summary = summaries.pop().unwrap();
            assert_eq!((summary.outcome, &*summary.partner), (Outcome::Refused, "other"));
        }
    }
    assert_eq!(gateway.store().lookups.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_caller_whose_profile_is_gone_sends_under_no_id() {
    let gateway = two_partners().await;
    let replies = replies(&gateway, from("gone", &good(104), Lane::RealTime)).await;
    assert_eq!(refusal(&replies), "006");
}

#[tokio::test]
async fn what_a_partner_was_answered_is_not_given_to_another_caller() {
    let gateway = two_partners().await;
    for (lane, control) in [(Lane::RealTime, 105), (Lane::Batch, 106)] {
        let text = good(control);
        let first = replies(&gateway, from("clinic", &text, lane)).await;
        assert_eq!(refusal(&replies(&gateway, from("other", &text, lane)).await), "006");
        let again = replies(&gateway, from("clinic", &text, lane)).await;
        assert!(again.replayed);
        assert_eq!(again.replies, first.replies);
    }
}

#[tokio::test]
async fn a_refused_caller_spoils_nothing_for_the_partner_it_named() {
    let gateway = two_partners().await;
    for (lane, control) in [(Lane::RealTime, 107), (Lane::Batch, 108)] {
        let text = good(control);
        let first = replies(&gateway, from("other", &text, lane)).await;
        assert_eq!(refusal(&first), "006");
        // The same again is the same TA1 again.
        assert_eq!(replies(&gateway, from("other", &text, lane)).await.replies, first.replies);
        let own = replies(&gateway, from("clinic", &text, lane)).await;
        assert!(!own.replayed && own.of(ANSWER_271).is_some());
        // The same holds of an interchange that is rejected whoever sends it.
        let broken = good(control + 10).replace("IEA*1", "IEA*7");
        assert_eq!(refusal(&replies(&gateway, from("other", &broken, lane)).await), "006");
        assert_eq!(refusal(&replies(&gateway, from("clinic", &broken, lane)).await), "021");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_recorded_may_come_again() {
    let gateway = two_partners().await;
    gateway.store().is_down.store(true, Ordering::SeqCst);
    let delivery = from("clinic", &good(121), Lane::Batch);
    let Answered::Unavailable { retry_after } = gateway.answer(delivery.clone()).await else {
        panic!("answered without a store")
    };
    assert!(!retry_after.is_zero());
    gateway.store().is_down.store(false, Ordering::SeqCst);
    let replies = replies(&gateway, delivery).await;
    assert!(!replies.replayed);
    assert_eq!(kinds(&replies), [ReplyKind::ACK_999, ANSWER_271]);
}

#[tokio::test]
async fn nobody_waits_for_a_permit_beyond_the_deadline() {
    let row = PartnerRow {
        id: "clinic".into(),
        profile: "isa = [{ qualifier = 'ZZ', id = 'SUBMITTER1' }]".to_owned(),
    };
    let store = Notebook::with_partners(vec![row]);
    let gateway = over(store, |c| c.real_time.interchanges_per_partner_max = 1).await;
    let gateway = Arc::new(gateway);
    let gate = gateway.store().hold().await;
    let first = {
        let (gateway, delivery) = (gateway.clone(), from("clinic", &good(122), Lane::RealTime));
        tokio::spawn(async move { gateway.answer(delivery).await })
    };
    while gateway.store().lookups.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let mut late = from("clinic", &good(123), Lane::RealTime);
    late.origin.deadline = Some(Instant::now());
    assert!(matches!(gateway.answer(late).await, Answered::Unavailable { .. }));
    drop(gate);
    assert!(matches!(first.await.unwrap(), Answered::Replies(_)));
}

#[tokio::test]
async fn a_look_up_is_not_waited_for_beyond_the_deadline() {
    let gateway = two_partners().await;
    let gate = gateway.store().hold().await;
    let mut delivery = from("clinic", &good(124), Lane::RealTime);
    delivery.origin.deadline = Some(Instant::now());
    let late = replies(&gateway, delivery.clone()).await;
    // Unable to respond at the current time, and nothing to keep.
    assert!(text(&late, ANSWER_271).contains("AAA*Y**42*"));
    drop(gate);
    delivery.origin.deadline = None;
    let again = replies(&gateway, delivery).await;
    assert!(!again.replayed && !text(&again, ANSWER_271).contains("AAA*Y**42*"));
}

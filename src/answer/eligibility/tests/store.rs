//! End to end over the embedded store and its demo families: every look-up in one batch, every answer valid.

use super::*;
use crate::store::Stores;
use crate::store::demo;

#[tokio::test]
async fn every_demo_family_is_answered_at_once_and_in_order() {
    let today = datetime!(2026-11-21 09:30);
    let store = Stores::in_memory().await.unwrap();
    demo::load(&store, today.date()).await.unwrap();
    let mut context = Ask::jane().context;
    context.now = today;
    let about = |family: usize| {
        let id = format!("S1230000{family:02}01");
        Ask::jane().with(|a| *a.person() = person(&id, "", "", "")).inquiry
    };
    let mut inquiries: Vec<Inquiry> = (1..=25).map(about).collect();
    let child = Ask::child("CASEY", "20140401").with(|a| {
        *a.person() = person("S12300001001", "GREEN", "ALEX", "");
        a.dependent().person.name.last = "GREEN".into();
    });
    inquiries.push(child.inquiry);
    let plans = store.plans.all().await.unwrap();
    let service = EligibilityService::new(plans, &EligibilityPolicy::default());
    assert_eq!(service.unsaid_service_types().collect::<Vec<_>>(), []);
    let responses = service.answer_all(&store, inquiries, &context).await.unwrap();
    assert_eq!(responses.len(), 26);
    let mut answered = 0;
    for (family, response) in (1..=25).zip(&responses) {
        let said = Said::of(response);
        let id = format!("S1230000{family:02}01");
        // The insured of another carrier has no number of ours.
        let mut ours = said.all("NM1*IL").into_iter().filter(|name| name.contains("*MI*"));
        assert!(ours.all(|name| name.ends_with(&id)), "{family}");
        match said.rejections().first().map(String::as_str) {
            // There is no member with this number, or they have died.
            Some(reason) => assert!(matches!(reason, "75/C" | "61/C"), "{family}: {reason}"),
            None => {
                answered += 1;
                assert!(!said.all("EB*").is_empty(), "{family}");
            }
        }
    }
    assert!(answered > 12, "{answered}");
    let casey = Said::of(&responses[25]);
    casey.must(&["HL*4*3*23*0", "NM1*03*1*GREEN*CASEY", "INS*N*19", "TRN*2*TRACE0001*9SUBMITTER"]);
    assert!(casey.rejections().is_empty());
}

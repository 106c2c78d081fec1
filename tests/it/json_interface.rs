//! The JSON interface: the portal's forms go in, its screens come out, and the X12 between them is the partner's own.

use serde_json::{Value, json};

use crate::web::{FIRST, Response, SECOND, Server};

async fn ask(server: &Server, who: &str, path: &str, question: &Value) -> Response {
    let headers = format!("{who}Content-Type: application/json\r\n");
    server.post(path, &headers, question.to_string().as_bytes()).await
}

fn member() -> Value {
    json!({ "member_id": "S12300000101", "last": "sample", "first": "mary", "birth_date": "1980-01-15" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_shown_as_the_portal_shows_them() {
    let server = Server::start(|_| {}).await;
    let question = json!({ "provider": "1234567893", "payer": "99999", "member": member() });
    let answer = ask(&server, FIRST, "/eligibility", &question).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let view = answer.json();
    assert!(view["members"][0]["member"]["id"].is_string(), "{view}");
    assert!(view["x12"].is_null() && view["rejection"].is_null(), "{view}");
    // The X12 is the partner's own, and each question has a number of its own.
    let pair = |answer: &Response| {
        let x12 = answer.json()["x12"].clone();
        [x12["request"].as_str().unwrap().to_owned(), x12["response"].as_str().unwrap().to_owned()]
    };
    let [first, reply] = pair(&ask(&server, FIRST, "/eligibility?x12=true", &question).await);
    let [second, _] =
        pair(&ask(&server, FIRST, "/eligibility?x12=true&test=true", &question).await);
    assert!(
        first.contains("*ZZ*SUBMITTER1     *ZZ*PAYERGW-JSON   *") && first.contains("*P*:~"),
        "{first}"
    );
    assert!(reply.contains("ST*271*") && second.contains("*T*:~"), "{second}");
    assert_ne!(first[90..99], second[90..99]);
    // What is not found or not allowed is an answer too.
    let stranger = json!({ "provider": "1234567893", "payer": "99999", "member": { "member_id": "S99999999999" } });
    let none = ask(&server, FIRST, "/eligibility", &stranger).await.json();
    assert!(none["members"][0]["rejections"][0]["reason"].is_string(), "{none}");
    let other = json!({ "provider": "1003000126", "payer": "99999", "member": member() });
    let not_mine = ask(&server, SECOND, "/eligibility", &other).await.json();
    assert_eq!(not_mine["members"][0]["rejections"][0]["reason"], "41", "{not_mine}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_and_reviews_are_asked_for_with_their_forms() {
    let server = Server::start(|_| {}).await;
    // Without name and birth date the member is looked up first.
    let question = json!({ "provider": "1234567893", "payer": "99999", "member": { "member_id": "S12300000101" } });
    let answer = ask(&server, FIRST, "/claim-status?x12=true", &question).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let view = answer.json();
    assert!(!view["claims"].as_array().unwrap().is_empty(), "{view}");
    let request = view["x12"]["request"].as_str().unwrap();
    assert!(request.contains("ST*270*") && request.contains("ST*276*"), "{request}");
    let referral = json!({
        "provider": "1234567893", "payer": "99999", "member": member(),
        "form": { "service": "physical-therapy", "servicing": "1245319599", "visits": 4, "diagnoses": ["M545"] },
    });
    let answer = ask(&server, FIRST, "/referral", &referral).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let view = answer.json();
    assert_eq!(view["reviews"].as_array().unwrap().len(), 1, "{view}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_cannot_be_read_is_told_what_is_wrong() {
    let server = Server::start(|_| {}).await;
    let whole = json!({ "provider": "1234567893", "payer": "99999", "member": member() });
    let with = |key: &str, value: Value| {
        let mut question = whole.clone();
        question[key] = value;
        question
    };
    for (path, question, status, words) in [
        ("/eligibility", with("membr", json!(1)), 400, "membr"),
        ("/eligibility", with("date", json!("2026-02-30")), 400, "CCYY-MM-DD"),
        ("/eligibility", json!([]), 400, "cannot be read"),
        ("/eligibility", json!({ "payer": "99999" }), 400, "provider"),
        ("/eligibility?x13=true", whole.clone(), 400, "x13"),
        ("/eligibility", with("service_types", json!(["much too long"])), 422, "service type"),
        ("/referral", with("form", json!({ "service": "nonsense" })), 422, "consultation"),
        ("/referral", with("form", json!({ "visits": 400, "service": "medical-care" })), 422, ""),
    ] {
        let answer = ask(&server, FIRST, path, &question).await;
        assert_eq!(answer.status, status, "{path} {question}: {answer:?}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(words), "{answer:?}");
    }
    let plain = server.post("/eligibility", FIRST, b"{}").await;
    assert_eq!(plain.status, 415);
    let long = format!("{{\"x\":\"{}\"}}", "y".repeat(70_000));
    let headers = format!("{FIRST}Content-Type: application/json\r\n");
    assert_eq!(server.post("/eligibility", &headers, long.as_bytes()).await.status, 413);
    server.stop().await;
}

//! Reports over a journal of a few interchanges.

use time::macros::{date, datetime};

use super::*;
use crate::store::{
    Batch, CredentialRow, InterchangeEnd, InterchangeKey, LoginChange, LoginRow, NewInterchange,
    Original, ReplyRow, SetRow, demo,
};

/// An interchange: control number, partner, lane, when it came, seconds until its answer, outcome, set, replies.
type Came<'c> = (u32, &'c str, &'c str, OffsetDateTime, i64, &'c str, &'c str, &'c [&'c str]);

async fn record(stores: &Stores, came: &Came<'_>) {
    let (control, partner, lane, at, seconds, outcome, set, replies) = *came;
    let opening = NewInterchange {
        key: InterchangeKey {
            sender: format!("ZZ:{}", partner.to_uppercase()).into(),
            receiver: "ZZ:PAYERGW".into(),
            control,
            test: false,
        },
        partner: partner.into(),
        lane: lane.into(),
        transport: "raw".into(),
        received_micros: micros(at),
    };
    let mut intake = stores.journal.begin(opening).await.unwrap();
    let is_accepted = outcome == "accepted";
    intake
        .put(Batch::Sets(vec![SetRow {
            group_control: "1".into(),
            set_id: set.into(),
            control: "0001".into(),
            guide: "".into(),
            outcome: outcome.into(),
            errors: 0,
            warnings: 0,
        }]))
        .await
        .unwrap();
    let replies = replies.iter().zip(1..).map(|(kind, number)| ReplyRow {
        kind: (*kind).into(),
        control: control * 10 + number,
        body: Some(Vec::new()),
        hash: [0; 32],
    });
    let end = InterchangeEnd {
        hash: [control as u8; 32],
        bytes: 100,
        answered_micros: micros(at) + seconds * 1_000_000,
        outcome: outcome.into(),
        groups: 1,
        sets: 1,
        accepted: u32::from(is_accepted),
        findings: 2,
        declined: 0,
    };
    let completed = crate::store::Completed {
        end,
        original: Original::NotKept,
        replies: replies.collect(),
        until: None,
    };
    intake.commit(completed).await.unwrap();
}

async fn stores() -> Stores {
    let stores = Stores::in_memory().await.unwrap();
    demo::load(&stores, date!(2026 - 01 - 05)).await.unwrap();
    let noon = datetime!(2026-01-05 12:00 UTC);
    for came in [
        (1, "submitter1", "real_time", noon, 1, "accepted", "270", &["271"][..]),
        (2, "submitter1", "real_time", noon, 21, "accepted", "270", &["271"]),
        (3, "submitter1", "real_time", noon, 2, "rejected", "270", &["999"]),
        (4, "submitter1", "batch", noon, 60, "accepted", "837", &["999", "277CA"]),
        (5, "submitter1", "batch", noon, 60, "accepted", "837", &["277CA"]),
        (6, "submitter1", "batch", noon, 48 * 3600, "accepted", "999", &[]),
        (7, "submitter2", "batch", noon, 30 * 3600, "accepted", "837", &["999"]),
        (8, "submitter2", "batch", noon + Duration::days(1), 1, "refused", "270", &["TA1"]),
    ] {
        record(&stores, &came).await;
    }
    stores
}

async fn report(kind: ReportKind, partner: Option<&str>, days: (Date, Date)) -> Vec<String> {
    let stores = stores().await;
    let now_micros = micros(datetime!(2026-01-07 00:00 UTC));
    for (number, days) in [(1, -1), (2, 10), (3, 31)] {
        let name: Box<str> = format!("desk{number}").into();
        let login = LoginRow {
            name: name.clone(),
            partner: "submitter1".into(),
            role: "user".into(),
            email: "".into(),
            disabled: false,
            created_micros: 0,
        };
        let credential = CredentialRow {
            id: 0,
            login: name,
            kind: "public_key".into(),
            value: "00".into(),
            created_micros: 0,
            expires_micros: Some(now_micros + days * 86_400_000_000),
        };
        let changes = vec![LoginChange::Put(login), LoginChange::AddCredential(credential)];
        stores.logins.change(changes, Vec::new()).await.unwrap();
    }
    let subject = Subject { partner, from: days.0, to: days.1, now_micros };
    let mut text = Vec::new();
    let config = Config::default();
    let partners = partners(&stores, &config).await.unwrap();
    write(kind, &subject, &stores, &config, &partners, &mut text).await.unwrap();
    String::from_utf8(text).unwrap().lines().map(str::to_owned).collect()
}

const DAYS: (Date, Date) = (date!(2026 - 01 - 05), date!(2026 - 01 - 06));

#[tokio::test]
async fn activity_is_counted_by_day_partner_lane_and_transport() {
    let rows = report(ReportKind::Activity, None, DAYS).await;
    assert_eq!(
        rows[1..],
        [
            "2026-01-05,submitter1,batch,raw,P,3,3,0,0,0,3,3,6,300,837:2 999:1",
            "2026-01-05,submitter1,real_time,raw,P,3,2,0,1,0,3,2,6,300,270:3",
            "2026-01-05,submitter2,batch,raw,P,1,1,0,0,0,1,1,2,100,837:1",
            "2026-01-06,submitter2,batch,raw,P,1,0,0,0,1,1,0,2,100,270:1",
        ]
    );
    let own = report(ReportKind::Activity, Some("submitter2"), (DAYS.0, DAYS.0)).await;
    assert_eq!(own[1..], ["2026-01-05,submitter2,batch,raw,P,1,1,0,0,0,1,1,2,100,837:1"]);
}

#[tokio::test]
async fn an_acknowledgment_that_the_settings_promise_is_missed() {
    let rows = report(ReportKind::Acknowledgments, Some("submitter1"), DAYS).await;
    assert!(rows[0].starts_with("received,answered,partner,sender"), "{}", rows[0]);
    let last: Vec<[&str; 3]> = rows[1..]
        .iter()
        .map(|row| {
            let fields: Vec<&str> = row.split(',').collect();
            [fields[5], fields[14], fields[15]]
        })
        .collect();
    assert_eq!(
        last,
        [
            ["000000001", "271:000000011", ""],
            ["000000002", "271:000000021", ""],
            ["000000003", "999:000000031", ""],
            ["000000004", "999:000000041 277CA:000000042", ""],
            ["000000005", "277CA:000000051", "999"],
            ["000000006", "", ""],
        ]
    );
}

#[tokio::test]
async fn answers_in_time_are_a_share_of_the_month() {
    let rows = report(ReportKind::ResponseTimes, None, DAYS).await;
    assert_eq!(
        rows[1..],
        [
            "submitter1,2026-01,batch,2,2,100.00,90,yes,60000,60000",
            // Two of three within 20 seconds.
            "submitter1,2026-01,real_time,3,2,66.66,90,no,8000,21000",
            // One is 30 hours late; the other, a TA1, is in time.
            "submitter2,2026-01,batch,2,1,50.00,90,no,54000500,108000000",
        ]
    );
}

#[tokio::test]
async fn credentials_are_listed_that_expire_soon() {
    let rows = report(ReportKind::Credentials, Some("submitter1"), DAYS).await;
    assert_eq!(
        rows[1..],
        [
            "2026-01-06T00:00:00Z,-1,submitter1,desk1,user,public_key,1",
            "2026-01-17T00:00:00Z,10,submitter1,desk2,user,public_key,2",
        ]
    );
    assert_eq!(report(ReportKind::Credentials, Some("submitter2"), DAYS).await.len(), 1);
}

#[tokio::test]
async fn pages_are_gone_through_without_a_gap() {
    let stores = stores().await;
    let mut period = crate::store::InterchangePeriod {
        partner: None,
        since_micros: 0,
        until_micros: i64::MAX,
        after: 0,
        limit: 3,
    };
    let mut seen = Vec::new();
    loop {
        let page = stores.journal.outline(&period).await.unwrap();
        let Some(last) = page.last() else { break };
        period.since_micros = last.row.opening.received_micros;
        period.after = last.row.id;
        seen.extend(page.iter().map(|it| it.row.opening.key.control));
    }
    assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7, 8]);
}

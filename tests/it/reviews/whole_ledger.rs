//! Reviews over the whole ledger: inquiries without a patient, many in one file, visits used, the public corpus.

use super::*;

/// An inquiry that names no patient.
fn patientless(asker: &str, segments: &[&str]) -> Vec<String> {
    let mut set: Vec<String> = [
        "BHT*0007*28*IQ2*20260105*0930",
        "HL*1**20*1",
        "NM1*X3*2*SAMPLE HEALTH PLAN*****PI*99999",
        "HL*2*1*21*1",
        asker,
        "HL*3*2*EV*0",
    ]
    .map(String::from)
    .into();
    set.extend(segments.iter().map(|segment| (*segment).to_owned()));
    set
}

#[tokio::test]
async fn an_inquiry_without_a_patient_tells_a_provider_of_their_own_reviews() {
    let payer = payer().await;
    let first = payer.request(referral("P1", &MARY, "3", DERM)).await.hcr().1;
    let second = payer.request(referral("P2", &WALTER, "3", DERM)).await.hcr();
    assert_eq!(second.0, "A1");
    let ask = async |asker: &str, segments: &[&str]| {
        payer.send("005010X215", patientless(asker, segments)).await
    };
    let bb = format!("REF*BB*{first}");
    let reply = ask(ROE, &["UM*SC", &bb]).await;
    assert_eq!(reply.all("HCR"), [format!("HCR*A1*{first}")]);
    assert_eq!(reply.one("NM1*IL"), "NM1*IL*1*SAMPLE*MARY****MI*S12300000101");
    let derm = DERM.replace("SJ", "1P");
    let reply = ask(&derm, &["UM*SC", DAYS]).await;
    let numbers = [format!("HCR*A1*{}", second.1), format!("HCR*A1*{first}")];
    assert_eq!(reply.all("HCR"), numbers, "of both patients, the newest first");
    assert_eq!(reply.all("NM1*IL").len(), 2);
    let hospital = "NM1*FA*2*SAMPLE GENERAL HOSPITAL*****XX*1000000020";
    for (name, asker, segments, expected) in [
        ("somebody else's number", hospital, vec!["UM*SC", &*bb], "N AA C"),
        ("somebody else's days", hospital, vec!["UM*SC", DAYS], "N NC C"),
        ("no number and no day", ROE, vec!["UM*SC"], "N 57 C"),
    ] {
        let reply = ask(asker, &segments).await;
        assert_eq!(reply.rejections(), [expected], "{name}");
        assert!(reply.all("NM1*IL").is_empty() && reply.all("HCR").is_empty(), "{name}");
    }
    let mut config = Config::default();
    config.reviews.without_patient = false;
    let payer = payer_with(config).await;
    let reply = payer.send("005010X215", patientless(ROE, &["UM*SC", DAYS])).await;
    assert_eq!(reply.rejections(), ["N 15 C"]);
}

#[tokio::test]
async fn who_asks_about_referrals_sees_imaging_too_and_nothing_older_than_two_years() {
    let payer = payer().await;
    let scan = [
        "UM*HS*I*62*22:B",
        DAYS,
        "HI*ABK:R51",
        "NM1*SJ*2*SAMPLE GENERAL HOSPITAL*****XX*1000000020",
    ];
    let mri: &[&[&str]] = &[&["UM*HS*I*62", "SV1*HC:70551**UN*1"]];
    payer.request(event("I1", &MARY, &scan, mri)).await;
    let surgery = ["UM*HS*I*2*22:B", DAYS, "HI*ABK:L700", DERM];
    payer.request(event("I2", &MARY, &surgery, &[])).await;
    let reply = payer.send("005010X215", inquiry(&MARY, ROE, &["UM*SC"])).await;
    assert_eq!(reply.all("HCR").len() - reply.all("SV1").len(), 1, "the scan, and not the surgery");
    assert_eq!(reply.one("SV1"), "SV1*HC:70551**UN*1");
    let old = "DTP*AAH*RD8*20220101-20221231";
    let reply = payer.send("005010X215", inquiry(&MARY, ROE, &["UM*HS", old])).await;
    assert_eq!(reply.rejections(), ["N NC C"]);
}

#[tokio::test]
async fn the_same_service_twice_in_a_file_of_many_batches_has_one_number() {
    let payer = payer().await;
    // Far apart, so that they are answered in different batches.
    let mut sets = vec![referral("M0", &MARY, "3", DERM)];
    for index in 1..2500 {
        sets.push(referral(
            &format!("M{index}"),
            &["NOBODY", "NED", "S99999999901", "19800101", "M"],
            "1",
            DERM,
        ));
    }
    sets.push(referral("M9999", &MARY, "5", DERM));
    let text = interchange("005010X217", &sets, 77);
    let delivery = Delivery::operator(Bytes::from(text), Lane::Batch, NOW);
    let (replies, _) = payer.gateway.respond_to(&delivery).await.unwrap();
    let reply = replies.replies.iter().find(|reply| reply.kind.name == "278").unwrap();
    let text = String::from_utf8(reply.body.to_vec()).unwrap();
    let numbers: Vec<&str> = text.split('~').filter(|segment| segment.starts_with("HCR")).collect();
    assert_eq!(numbers.len(), 2);
    assert_eq!(numbers[0], numbers[1]);
    let stored = payer.stored().await;
    assert_eq!(stored.len(), 1, "one authorization stands");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(12))]

    /// However many claims name a referral, what is left is never below nothing.
    #[test]
    fn no_count_of_visits_goes_below_zero(granted in 1_u32..6, used in 0_u32..12) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let payer = payer().await;
            let number = payer.request(referral("Z1", &MARY, &granted.to_string(), DERM)).await.hcr().1;
            for index in 0..used {
                payer.claim(&number, index).await;
            }
            let bb = format!("REF*BB*{number}");
            let found = payer.send("005010X215", inquiry(&MARY, ROE, &["UM*SC*I", &bb])).await;
            let hsd = found.one("HSD");
            let left = granted.saturating_sub(used);
            let expected = match used {
                0 => format!("HSD*VS*{granted}"),
                _ => format!("HSD*VS*{granted}***29*{left}"),
            };
            assert_eq!(hsd, expected);
        });
    }
}

#[tokio::test]
async fn requests_of_the_public_corpus_are_answered() {
    let Some(corpus) = std::env::var_os("X12GATE_CORPUS") else { return };
    let payer = payer().await;
    let mut folders = vec![std::path::PathBuf::from(corpus)];
    let mut answered = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Ok(text) = std::fs::read(&path) else { continue };
            let shown = String::from_utf8_lossy(&text);
            let asks = ["BHT*0007*13", "BHT*0007*28", "BHT*0007*CN"];
            let is_asked = shown.contains("ST*278") && asks.iter().any(|bht| shown.contains(bht));
            if !shown.starts_with("ISA") || !is_asked || !problems(&text).is_empty() {
                continue;
            }
            let delivery = Delivery::operator(Bytes::from(text), Lane::Batch, NOW);
            let (replies, _) = payer.gateway.respond_to(&delivery).await.unwrap();
            let reply = replies.replies.iter().find(|reply| reply.kind.name == "278");
            let reply = reply.unwrap_or_else(|| panic!("{} is not answered", path.display()));
            assert_eq!(problems(&reply.body), [""; 0], "{}", path.display());
            answered += 1;
        }
    }
    assert!(answered > 0, "the corpus has requests");
}

#[tokio::test]
async fn one_service_is_withdrawn_and_the_others_stand() {
    let payer = payer().await;
    let office = ["UM*HS*I*1*11:B", DAYS, "HI*ABK:L700", DERM];
    let both: &[&[&str]] = &[&["SV1*HC:11102**UN*1"], &["SV1*HC:11104**UN*1"]];
    let number = payer.request(event("W1", &MARY, &office, both)).await.hcr().1;
    let bb = format!("REF*BB*{number}");
    let change = ["UM*HS*S*1*11:B", &*bb, DAYS, DERM];
    let withdraw = async |name: &str, code: &str| {
        let service = format!("SV1*HC:{code}**UN*1");
        let segments: &[&[&str]] = &[&["UM*HS*3*1", &service]];
        payer.request(event(name, &MARY, &change, segments)).await
    };
    let reply = withdraw("W2", "99999").await;
    assert_eq!(reply.rejections(), ["N 33 N"], "there is no such service");
    let reply = withdraw("W3", "11104").await;
    assert_eq!(reply.all("HCR"), [format!("HCR*A1*{number}"), "HCR*C".to_owned()]);
    let stands = payer.standing(&number).await;
    let actions: Vec<_> = stands.services.iter().map(|service| &*service.action).collect();
    assert_eq!((stands.state.word(), &actions[..]), ("approved", &["A1", "C"][..]));
    let found = payer.send("005010X215", inquiry(&MARY, ROE, &["UM*HS", &bb])).await;
    let all = [format!("HCR*A1*{number}"), format!("HCR*A1*{number}"), "HCR*C".to_owned()];
    assert_eq!(found.all("HCR"), all);
    let reply = withdraw("W4", "11102").await;
    assert_eq!(reply.hcr().0, "C", "with the last service the review is cancelled");
    assert_eq!(payer.standing(&number).await.state.word(), "cancelled");
}

#[tokio::test]
async fn what_was_changed_is_known_as_the_same_service_again() {
    let payer = payer().await;
    let number = payer.request(referral("G1", &MARY, "3", DERM)).await.hcr().1;
    let bb = format!("REF*BB*{number}");
    let change = ["UM*SC*S*1*11:B", &*bb, DAYS, "HSD*VS*5", DERM];
    assert_eq!(payer.request(event("G2", &MARY, &change, &[])).await.hcr().1, number);
    assert_eq!(payer.request(referral("G3", &MARY, "4", DERM)).await.hcr().1, number);
}

#[tokio::test]
async fn what_never_got_its_documents_is_closed_and_its_requester_is_to_be_told() {
    use x12gate::answer::review::{close, told};
    let payer = payer().await;
    let admission = [
        "UM*AR*I*2*21:B",
        "DTP*435*D8*20260120",
        "HI*ABK:K3580",
        "HSD*DY*3",
        "NM1*FA*2*SAMPLE GENERAL HOSPITAL*****XX*1000000020",
    ];
    let reply = payer.request(event("K1", &MARY, &admission, &[])).await;
    assert_eq!(reply.one("PWK")[..10], *"PWK*OB*FX*");
    assert!(reply.one("HI").ends_with("LOI:34117-2"), "the document by its code");
    let receipt = &reply.one("REF*NT")["REF*NT*".len()..];
    let waiting = payer.standing(receipt).await;
    let closes = waiting.closes_micros.unwrap();
    let closing = async |before| {
        payer.stores.reviews.find(&[ReviewKey::Closing(before)], 0).await.unwrap().remove(0).len()
    };
    assert_eq!((closing(closes).await, closing(closes + 1).await), (0, 1));
    let now = time::PrimitiveDateTime::new(NOW.date(), NOW.time());
    let answer = close(&waiting, now).unwrap();
    let by = Actor { who: "operator".into(), at_micros: 1 };
    let entries = || vec![ReviewEntry::Change(Box::new(answer.change.clone()))];
    assert_eq!(payer.stores.reviews.enter(entries(), &by).await.unwrap(), 0);
    assert_eq!(payer.stores.reviews.enter(entries(), &by).await.unwrap(), 1, "closed once");
    assert_eq!(closing(i64::MAX).await, 0);
    let untold = payer.stores.reviews.find(&[ReviewKey::Untold], 0).await.unwrap().remove(0);
    assert_eq!(untold.len(), 1);
    assert_eq!((untold[0].state.word(), &*untold[0].reasons[0]), ("denied", "0P"));
    let text = &untold[0].text;
    assert!(text.contains("BHT*0007*11*K1*20260105*0931*18~HL"), "{text}");
    assert!(text.contains("HCR*A3**0P~REF*NT*") && !text.contains("LOI:"), "{text}");
    assert!(told(&untold[0]).is_some() && told(&waiting).is_none());
}

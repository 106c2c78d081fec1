//! What is loaded of an 834, whom it leaves out, and what the sender is told.

mod sample;

use time::macros::date;

use crate::config::{AdviceSent, EnrollmentPolicy, MissingMembers, UndatedEnd, VerifyLines};
use crate::store::{Gender, PayerOrder};
use sample::{ALEX, CASEY, MARY, NED, NORA, Payer, changes, member, set};

const HMO: &str = "HD*021**HMO*HMO-1*EMP~DTP*348*D8*20260101~";

fn nora(maintenance: &str, dates: &str, coverage: &str) -> String {
    member(&format!("Y*18*{maintenance}**A"), "S55500000101", dates, NORA, coverage)
}

fn ned(maintenance: &str, coverage: &str) -> String {
    member(&format!("N*19*{maintenance}**A"), "S55500000101", "", NED, coverage)
}

fn mary(maintenance: &str, dates: &str, coverage: &str) -> String {
    member(&format!("Y*18*{maintenance}**A***FT"), "S12300000101", dates, MARY, coverage)
}

#[test]
fn a_family_is_added() {
    let payer = Payer::demo();
    let chosen = "LX*1~NM1*P3*1*ROE*RICHARD****XX*1245319599*26~";
    let other = "COB*S*X55*1~DTP*344*D8*20250101~NM1*IN*2*OTHER PLAN*****FI*456456456~";
    let first = nora("021", "DTP*356*D8*20260101~", &format!("{HMO}{chosen}{other}"));
    payer.loaded(&changes(&[&first, &ned("021", HMO)]));
    let [nora, ned] = &payer.family("555000001")[..] else { panic!("two persons") };
    let person = &nora.member;
    assert_eq!((person.id(), ned.member.id()), ("S55500000101".into(), "S55500000102".into()));
    assert_eq!(
        (&*person.last, &*person.first, person.birth),
        ("NEWLY", "NORA", date!(1990 - 03 - 04))
    );
    assert_eq!((person.gender, person.ssn.as_deref()), (Gender::Female, Some("900112233")));
    assert_eq!(person.address.as_ref().map(|address| &*address.city), Some("BOSTON"));
    assert!(person.own_id && !ned.member.own_id);
    let span = &nora.coverage[0];
    assert_eq!((&*span.plan, span.begin, span.end), ("HMO-1", date!(2026 - 01 - 01), None));
    assert_eq!(
        (span.group.as_deref(), span.group_name.as_deref()),
        (Some("G1000"), Some("ACME WIDGETS"))
    );
    let pcp = span.pcp.as_ref().expect("a provider");
    assert_eq!((&*pcp.npi, pcp.since), ("1245319599", Some(date!(2026 - 01 - 01))));
    let [other] = &nora.other[..] else { panic!("one carrier") };
    assert_eq!(
        (&*other.carrier, other.order, other.begin),
        ("OTHER PLAN", PayerOrder::Secondary, Some(date!(2025 - 01 - 01)))
    );
    assert_eq!(other.policy.as_deref(), Some("X55"));
    // The same again changes nothing.
    payer.loaded(&changes(&[&first]));
    assert_eq!(payer.coverage("555000001"), ["01 HMO-1 20260101-", "02 HMO-1 20260101-"]);
}

/// What Mary Sample has after each kind of maintenance; she has HMO-1 since 2020.
#[test]
fn maintenance_of_coverage() {
    let cases: [(&str, String, &[&str]); 11] = [
        // The person changes, one coverage is added beside the other.
        (
            "001 with HD 021",
            mary("001", "", "HD*021**PPO*PPO-1*EMP~DTP*348*D8*20260201~"),
            &["01 HMO-1 20200101-", "01 PPO-1 20260201-"],
        ),
        (
            "001 with HD 024",
            mary(
                "001",
                "",
                "HD*024**HMO*HMO-1~DTP*349*D8*20260131~HD*021**PPO*PPO-1*EMP~DTP*348*D8*20260201~",
            ),
            &["01 HMO-1 20200101-20260131", "01 PPO-1 20260201-"],
        ),
        (
            "024 with HD leaves the rest of what there is",
            mary("024", "", "HD*024**HMO*HMO-1~DTP*349*D8*20251231~"),
            &["01 HMO-1 20200101-20251231"],
        ),
        (
            "024 with DTP 357",
            mary("024", "DTP*357*D8*20251231~", ""),
            &["01 HMO-1 20200101-20251231"],
        ),
        ("024 back to the first day", mary("024", "DTP*357*D8*20200101~", ""), &[]),
        ("002", mary("001", "", "HD*002**HMO*HMO-1~DTP*303*D8*20260101~"), &[]),
        ("026", mary("001", "", "HD*026**HMO*HMO-1~DTP*348*D8*20200201~"), &["01 HMO-1 20200201-"]),
        (
            "032 says nothing of coverage",
            mary("001", "", "HD*032**HMO*HMO-1~DTP*303*D8*20260101~"),
            &["01 HMO-1 20200101-"],
        ),
        (
            "348 as a span",
            mary("001", "", "HD*021**PPO*PPO-1*EMP~DTP*348*RD8*20260201-20260228~"),
            &["01 HMO-1 20200101-", "01 PPO-1 20260201-20260228"],
        ),
        (
            "030 where nothing differs",
            mary("030", "", "HD*030**HMO*HMO-1~DTP*348*D8*20200101~"),
            &["01 HMO-1 20200101-"],
        ),
        ("025 alone", mary("025", "", ""), &["01 HMO-1 20200101-"]),
    ];
    for (what, line, after) in cases {
        let payer = Payer::demo();
        let done = payer.load(&changes(&[&line]));
        assert_eq!(done.words(), [""; 0], "{what}");
        assert_eq!(payer.coverage("123000001"), after, "{what}");
    }
}

#[test]
fn reinstatement_leaves_the_gap() {
    let end = mary("024", "DTP*357*D8*20250930~", "");
    for (line, after) in [
        (
            mary("025", "", "HD*025**HMO*HMO-1~DTP*348*D8*20260101~"),
            &["01 HMO-1 20200101-20250930", "01 HMO-1 20260101-"][..],
        ),
        (
            mary("025", "DTP*303*D8*20260101~", ""),
            &["01 HMO-1 20200101-20250930", "01 HMO-1 20260101-"],
        ),
        (mary("025", "", ""), &["01 HMO-1 20200101-20250930"]),
        (mary("025", "", "HD*025**HMO*HMO-1~DTP*348*D8*20251001~"), &["01 HMO-1 20200101-"]),
    ] {
        let payer = Payer::demo();
        // Both in one file: the second finds what the first leaves.
        payer.loaded(&changes(&[&end, &line]));
        assert_eq!(payer.coverage("123000001"), after, "{line}");
    }
}

#[test]
fn month_by_month_coverage_is_one_span_also_across_sets() {
    let payer = Payer::demo();
    let month = |from: &str, to: &str| {
        nora("021", "", &format!("HD*021**HMO*HMO-1*EMP~DTP*348*D8*{from}~DTP*349*D8*{to}~"))
    };
    let months = [
        changes(&[&month("20251101", "20251130"), &month("20251201", "20251231")]),
        changes(&[&month("20260101", "20260131")]),
    ];
    for done in payer.receive(&months) {
        assert_eq!(done.words(), [""; 0]);
    }
    payer.loaded(&changes(&[&month("20260301", "20260331")]));
    assert_eq!(
        payer.coverage("555000001"),
        ["01 HMO-1 20251101-20260131", "01 HMO-1 20260301-20260331"]
    );
}

#[test]
fn a_subscribers_end_carries_the_dependents() {
    let end = member("Y*18*024**A***TE", "S12300001001", "DTP*357*D8*20251231~", ALEX, "");
    for carries in [true, false] {
        let mut payer = Payer::demo();
        payer.policy.end_dependents = carries;
        payer.loaded(&changes(&[&end]));
        let coverage = payer.coverage("123000010");
        assert_eq!(coverage[0], "01 POS-1 20200101-20251231");
        assert_eq!(
            coverage.contains(&"03 POS-1 20200101-20251231".to_owned()),
            carries,
            "{coverage:?}"
        );
    }
    // A dependent's end is their own.
    let payer = Payer::demo();
    let end = member("N*19*024**A", "S12300001001", "DTP*357*D8*20251231~", CASEY, "");
    payer.loaded(&changes(&[&end]));
    let coverage = payer.coverage("123000010");
    assert_eq!(coverage[0], "01 POS-1 20200101-");
    assert!(coverage.contains(&"03 POS-1 20200101-20251231".to_owned()), "{coverage:?}");
}

#[test]
fn an_end_without_a_date_is_refused_or_that_of_the_file() {
    let end = mary("024", "", "");
    let mut payer = Payer::demo();
    let done = payer.load(&changes(&[&end]));
    assert_eq!(done.words(), ["END DATE IS MISSING"]);
    assert_eq!(payer.coverage("123000001"), ["01 HMO-1 20200101-"]);
    payer.policy.undated_end = UndatedEnd::FileDate;
    payer.loaded(&changes(&[&end]));
    assert_eq!(payer.coverage("123000001"), ["01 HMO-1 20200101-20260101"]);
}

#[test]
fn a_provider_is_chosen() {
    let line = |npi: &str, since: &str| {
        let pla = if since.is_empty() { String::new() } else { format!("PLA*2*1P*{since}**AH~") };
        mary(
            "001",
            "DTP*303*D8*20260110~",
            &format!(
                "HD*001**HMO*HMO-1~DTP*303*D8*20260110~LX*1~NM1*P3*1*POE*PAULA****XX*{npi}*26~{pla}"
            ),
        )
    };
    let payer = Payer::demo();
    let pcp =
        |payer: &Payer| payer.family("123000001")[0].coverage[0].pcp.clone().expect("a provider");
    payer.loaded(&changes(&[&line("1000000012", "20260201")]));
    let chosen = pcp(&payer);
    assert_eq!(
        (&*chosen.npi, &*chosen.last, chosen.since),
        ("1000000012", "POE", Some(date!(2026 - 02 - 01)))
    );
    assert_eq!(chosen.unit_id, None, "the group was that of the other provider");
    assert_eq!(payer.coverage("123000001"), ["01 HMO-1 20200101-"]);
    // One who is chosen already was chosen when they were.
    payer.loaded(&changes(&[&line("1000000012", "")]));
    assert_eq!(pcp(&payer).since, Some(date!(2026 - 02 - 01)));
    // Another one without a date is from the day of the change.
    payer.loaded(&changes(&[&line("1245319599", "")]));
    assert_eq!(pcp(&payer).since, Some(date!(2026 - 01 - 10)));
}

#[test]
fn identifying_data_are_corrected() {
    let payer = Payer::demo();
    let corrected =
        "NM1*74*1*GREENE*KASEY~DMG*D8*20140402*F~NM1*70*1*GREEN*CASEY~DMG*D8*20140401*F~";
    payer.loaded(&changes(&[&member("N*19*001*25*A", "S12300001001", "", corrected, "")]));
    let files = payer.family("123000010");
    let casey = &files[2].member;
    assert_eq!((&*casey.suffix, &*casey.last, &*casey.first), ("03", "GREENE", "KASEY"));
    assert_eq!(casey.birth, date!(2014 - 04 - 02));
    assert_eq!(files.len(), 5);
}

#[test]
fn a_death_ends_what_it_says_and_is_kept() {
    let payer = Payer::demo();
    let line = member(
        "Y*18*024*03*A***TE***D8*20251220",
        "S12300000101",
        "DTP*357*D8*20251220~",
        MARY,
        "",
    );
    payer.loaded(&changes(&[&line]));
    assert_eq!(payer.family("123000001")[0].member.death, Some(date!(2025 - 12 - 20)));
    assert_eq!(payer.coverage("123000001"), ["01 HMO-1 20200101-20251220"]);
}

/// One member in error, and what is said of them; the others load.
#[test]
fn a_member_in_error_is_left_out_whole() {
    let unknown = "HD*021**PPO*GOLD*EMP~DTP*348*D8*20260101~";
    let cases: [(String, &str, &str); 9] = [
        (nora("021", "", unknown), "PLAN IS NOT ON FILE", "TED*011*PLAN IS NOT ON FILE*HD*"),
        (
            nora("021", "", &format!("{HMO}{unknown}")),
            "PLAN IS NOT ON FILE",
            "TED*011*PLAN IS NOT ON FILE*HD*",
        ),
        (ned("021", HMO), "SUBSCRIBER IS NOT ON FILE", "TED*011*SUBSCRIBER IS NOT ON FILE*REF**2"),
        (
            nora("024", "DTP*357*D8*20251231~", ""),
            "MEMBER IS NOT ON FILE",
            "TED*011*MEMBER IS NOT ON FILE*INS*",
        ),
        (nora("001", "", ""), "MEMBER IS NOT ON FILE", "TED*011*MEMBER IS NOT ON FILE*INS*"),
        (
            member("Y*18*021**A***FT", "55-1", "", NORA, HMO),
            "SUBSCRIBER NUMBER IS MALFORMED",
            "TED*011*SUBSCRIBER NUMBER IS MALFORMED*REF**2",
        ),
        (
            nora("021", "", "HD*021**HMO*HMO-1*EMP~DTP*348*D8*20260101~DTP*349*D8*20251231~"),
            "COVERAGE ENDS BEFORE IT BEGINS",
            "TED*009*COVERAGE ENDS BEFORE IT BEGINS*HD*",
        ),
        (
            member(
                "Y*18*001**A***FT",
                "S12300000101",
                "",
                "NM1*IL*1*OTHER*OLGA~DMG*D8*19700101*F~",
                "",
            ),
            "NUMBER IS THAT OF ANOTHER PERSON",
            "TED*011*NUMBER IS THAT OF ANOTHER PERSON*REF**2",
        ),
        (
            mary("001", "", "HD*024**PPO*PPO-1~DTP*349*D8*20251231~"),
            "COVERAGE IS NOT ON FILE",
            "TED*011*COVERAGE IS NOT ON FILE*HD*",
        ),
    ];
    let sound = member("N*19*024**A", "S12300001001", "DTP*357*D8*20251231~", CASEY, "");
    for (line, words, ted) in cases {
        let payer = Payer::demo();
        let done = payer.load(&changes(&[&line, &sound]));
        assert_eq!(done.words(), [words], "{line}");
        assert_eq!((done.report.members, done.report.loaded, done.report.left_out), (2, 1, 1));
        assert!(payer.family("555000001").is_empty(), "{line}");
        assert_eq!(payer.coverage("123000001"), ["01 HMO-1 20200101-"], "{line}");
        assert!(payer.coverage("123000010").contains(&"03 POS-1 20200101-20251231".to_owned()));
        let advice = done.advice.expect("an 824");
        assert!(advice.contains(ted), "{advice}");
        assert!(advice.contains("BGN*11*000000101-1*20260105*0930**FILE1**WQ~"), "{advice}");
        assert!(advice.contains("OTI*TE*TN*FILE1***20260105*0900*101*0001*834*005010X220A1~TED*024*1 OF 2 MEMBERS LEFT OUT~"), "{advice}");
        assert_eq!(advice.matches("OTI*IR*").count(), 1, "{advice}");
    }
}

#[test]
fn a_place_is_where_the_segment_is() {
    let payer = Payer::demo();
    let line = nora("021", "", "HD*021**PPO*GOLD*EMP~DTP*348*D8*20260101~");
    let text = changes(&[&mary("001", "", ""), &line]);
    let done = payer.load(&text);
    let remark = done.report.remarks[0].clone();
    let segments: Vec<&str> = text.split('~').collect();
    assert!(segments[remark.position as usize - 1].starts_with("INS*Y*18*021"), "{remark:?}");
    assert!(segments[remark.at as usize - 1].starts_with("HD*021**PPO*GOLD"), "{remark:?}");
    assert!(done.advice.unwrap().contains(&format!("*HD*{}*4~", remark.at)));
}

#[test]
fn plans_are_mapped_and_passed_over() {
    let mut payer = Payer::demo();
    payer.policy.plans = [("HLT/PLAN A", "HDHP-1"), ("DEN", "")]
        .map(|(key, plan)| (key.to_owned(), plan.to_owned()))
        .into();
    let both =
        "HD*021**HLT*PLAN A*EMP~DTP*348*D8*20260101~HD*021**DEN*SMILE*EMP~DTP*348*D8*20260101~";
    payer.loaded(&changes(&[&nora("021", "", both)]));
    assert_eq!(payer.coverage("555000001"), ["01 HDHP-1 20260101-"]);
}

#[test]
fn too_many_errors_refuse_the_file() {
    let bad = nora("001", "", "");
    let sound = mary("024", "DTP*357*D8*20251231~", "");
    let after = member("N*19*024**A", "S12300001001", "DTP*357*D8*20251231~", CASEY, "");
    for (most, refused) in [(49, true), (50, false)] {
        let mut payer = Payer::demo();
        payer.policy.errors_percent_max = most;
        let both = payer.receive(&[changes(&[&bad, &sound]), changes(&[&after])]);
        assert_eq!(both[0].report.refused, refused);
        assert_eq!(both[0].report.loaded, u64::from(!refused));
        let last = if refused { "01 HMO-1 20200101-" } else { "01 HMO-1 20200101-20251231" };
        assert_eq!(payer.coverage("123000001"), [last]);
        let advice = both[0].advice.as_ref().unwrap();
        let told = if refused { "OTI*TR*TN*FILE1*" } else { "OTI*TE*TN*FILE1*" };
        assert!(advice.contains(told), "{advice}");
        // The next set is one of its own.
        assert!(payer.coverage("123000010").contains(&"03 POS-1 20200101-20251231".to_owned()));
        assert!(both[1].advice.is_none());
    }
}

#[test]
fn advice_is_sent_as_the_settings_say() {
    let (sound, bad) = (changes(&[&mary("001", "", "")]), changes(&[&nora("001", "", "")]));
    for (when, of_sound, of_bad) in [
        (AdviceSent::Errors, false, true),
        (AdviceSent::Always, true, true),
        (AdviceSent::Never, false, false),
    ] {
        let mut payer = Payer::demo();
        payer.policy.advice = when;
        assert_eq!(payer.load(&sound).advice.is_some(), of_sound, "{when:?}");
        assert_eq!(payer.load(&bad).advice.is_some(), of_bad, "{when:?}");
    }
    let mut payer = Payer::demo();
    payer.policy.advice = AdviceSent::Always;
    let advice = payer.load(&sound).advice.unwrap();
    assert!(advice.contains("OTI*TA*TN*FILE1*"), "{advice}");
}

#[test]
fn what_is_verified_is_compared_and_left() {
    let listed = |begin: &str| {
        set("4", &[&mary("030", "", &format!("HD*030**HMO*HMO-1~DTP*348*D8*{begin}~"))])
    };
    let mut payer = Payer::demo();
    payer.policy.missing = MissingMembers::Ignore;
    payer.loaded(&listed("20200101"));
    let done = payer.load(&listed("20210101"));
    assert_eq!(
        (done.words(), done.report.differing, done.report.left_out),
        (vec!["COVERAGE DIFFERS FROM FILE"], 1, 0)
    );
    assert!(done.advice.unwrap().contains("OTI*IE*TN*S12300000101*"));
    assert_eq!(payer.coverage("123000001"), ["01 HMO-1 20200101-"]);
    let unknown = set("4", &[&nora("030", "", "HD*030**HMO*HMO-1~DTP*348*D8*20260101~")]);
    assert_eq!(payer.load(&unknown).words(), ["MEMBER IS NOT ON FILE"]);
    // As another setting says, such a file replaces.
    payer.policy.verify = VerifyLines::Load;
    payer.loaded(&unknown);
    assert_eq!(payer.coverage("555000001"), ["01 HMO-1 20260101-"]);
}

#[test]
fn a_file_that_replaces_ends_what_it_does_not_list() {
    let mut payer = Payer::demo();
    payer.policy.missing = MissingMembers::Ignore;
    let line = mary("030", "", "HD*030**PPO*PPO-1~DTP*348*D8*20260101~");
    payer.loaded(&set("RX", &[&line]));
    assert_eq!(payer.coverage("123000001"), ["01 HMO-1 20200101-20251231", "01 PPO-1 20260101-"]);
}

/// Group G1000 of the demonstration payer has more members than Mary and Casey.
#[test]
fn members_missing_in_a_file_of_all() {
    let casey =
        member("N*19*030**A", "S12300001001", "", CASEY, "HD*030**POS*POS-1~DTP*348*D8*20200101~");
    let file = set("RX", &[&mary("030", "", "HD*030**HMO*HMO-1~DTP*348*D8*20200101~"), &casey]);
    let run = |missing: MissingMembers| {
        let mut payer = Payer::demo();
        payer.policy = EnrollmentPolicy { missing, ..EnrollmentPolicy::default() };
        let done = payer.load(&file);
        (payer, done)
    };
    let (payer, done) = run(MissingMembers::Report);
    assert!(done.report.missing > 2, "{:?}", done.report);
    assert_eq!(done.report.left_out, 0);
    let advice = done.advice.expect("an 824");
    assert!(advice.contains("OTI*IE*TN*S12300001001*"), "{advice}");
    assert!(!advice.contains("S12300000101") && !advice.contains("S12300001003"), "{advice}");
    assert_eq!(payer.coverage("123000010")[0], "01 POS-1 20200101-");

    let (payer, done) = run(MissingMembers::End);
    assert!(
        done.words().iter().all(|words| *words == "NOT IN THE FILE OF ALL MEMBERS, COVERAGE ENDED")
    );
    let coverage = payer.coverage("123000010");
    assert_eq!(coverage[0], "01 POS-1 20200101-20251231");
    // Who is listed stays, though the subscriber is not.
    assert!(coverage.contains(&"03 POS-1 20200101-".to_owned()), "{coverage:?}");
    assert_eq!(payer.coverage("123000001"), ["01 HMO-1 20200101-"]);
    // Another group is not touched.
    assert_eq!(payer.coverage("123000004").len(), 1);

    let (payer, done) = run(MissingMembers::Ignore);
    assert_eq!((done.report.missing, done.advice), (0, None));
    assert_eq!(payer.coverage("123000010")[0], "01 POS-1 20200101-");
}

#[test]
fn who_is_in_error_in_a_file_of_all_is_not_missing() {
    let mut payer = Payer::demo();
    payer.policy.missing = MissingMembers::End;
    let line = mary("030", "", "HD*030**HMO*GOLD~DTP*348*D8*20200101~");
    let done = payer.load(&set("RX", &[&line]));
    assert!(done.words().contains(&"PLAN IS NOT ON FILE"));
    assert_eq!(payer.coverage("123000001"), ["01 HMO-1 20200101-"]);
}

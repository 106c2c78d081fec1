//! Files of every kind are loaded whole or not at all.

use std::sync::atomic::{AtomicU32, Ordering};

use time::macros::date;

use super::*;
use crate::store::{MemberSearch, Stores, demo};

const TODAY: Date = date!(2026 - 11 - 21);

async fn load(
    store: &Stores,
    text: &str,
    format: Format,
    kind: Kind,
) -> Result<LoadSummary, LoadError> {
    let mut load = store.begin_load().await?;
    let summary =
        load_text_into(&mut *load, text, "rows", format, kind, TODAY, &mut |_| {}).await?;
    load.commit().await?;
    Ok(summary)
}

async fn with_plans() -> Stores {
    let store = Stores::in_memory().await.expect("opens");
    demo::load_plans(&store, TODAY).await.expect("loads");
    store
}

const MARY: &str = r#"{"subscriber":"55501","suffix":"01","last":"SECRET","first":"MARY","birth":"1980-01-01","coverage":[{"plan":"HMO-1","begin":"year-begin"}]}"#;

#[tokio::test]
async fn an_error_names_line_and_field_and_never_the_value() {
    let store = with_plans().await;
    let person = r#""subscriber":"55501","last":"SECRET","first":"MARY""#;
    let cases = [
        (r#"{"subscriber":"SECRET""#.to_owned(), "line 2: is not JSON, at column 22"),
        (format!("{{{person}}}"), "line 2: `suffix` is missing"),
        (format!(r#"{{{person},"suffix":"1"}}"#), "line 2: `suffix` is not two digits"),
        (format!(r#"{{{person},"suffix":"01"}}"#), "line 2: `birth` is missing"),
        (
            format!(r#"{{{person},"suffix":"01","birth":"SECRET"}}"#),
            "line 2: `birth` is not a date",
        ),
        (
            format!(r#"{{{person},"suffix":"01","birth":1.5}}"#),
            "line 2: `birth` must be written as text",
        ),
        (
            format!(r#"{{{person},"suffix":"01","birth":"today","gender":"SECRET"}}"#),
            "line 2: `gender` is not one of the allowed values",
        ),
        (
            format!(r#"{{{person},"suffix":"01","birth":"today","own_id":"SECRET"}}"#),
            "line 2: `own_id` is neither true nor false",
        ),
        (format!(r#"{{{person},"lastname":"SECRET"}}"#), "line 2: unknown field: `lastname`"),
        (format!(r#"{{{person},"last":"SECRET"}}"#), "line 2: duplicate field: `last`"),
        (
            format!(r#"{{{person},"middle":"SEC\u001dRET","suffix":"01","birth":"today"}}"#),
            "line 2: `middle` contains a control character",
        ),
        (
            format!(
                r#"{{{person},"suffix":"01","birth":"today","coverage":[{{"plan":"HMO-1","begin":"today","end":"today-1d"}}]}}"#
            ),
            "line 2: `end` is before the start date",
        ),
        (
            format!(
                r#"{{{person},"suffix":"01","birth":"today","coverage":[{{"plan":"SECRET","begin":"today"}}]}}"#
            ),
            "line 2: `plan` is not a loaded plan",
        ),
        (
            format!(r#"{{{person},"suffix":"02","relationship":"child","birth":"today"}}"#),
            "line 2: `subscriber` identifies a family without a subscriber",
        ),
        (r#"["SECRET"]"#.to_owned(), "line 2: is not an object of text fields, at column 0"),
    ];
    for (line, expected) in cases {
        let text = format!("{}\n{line}\n", MARY.replace("55501", "55500"));
        let error =
            load(&store, &text, Format::JsonLines, Kind::Members).await.expect_err(expected);
        let said = format!("{error} {error:?}");
        assert!(error.to_string().ends_with(expected), "{error} / {expected}");
        assert!(!said.contains("SECRET"), "{said}");
    }
    // Not even the good first line stayed.
    assert_eq!(store.counts().await.expect("counts").members, 0);
}

#[tokio::test]
async fn csv_says_what_json_lines_say() {
    let store = with_plans().await;
    let members = "subscriber,suffix,prefix,relationship,last,first,birth,gender,zip\n\
        777,01,S,self,SAMPLE,MARY,1980-01-01,F,02111-0001\n\
        # a note\n\
        777,02,S,child,\"SAMPLE, JR\",JOHN,20100101,M,\n";
    load(&store, members, Format::Csv, Kind::Members).await.expect("loads");
    let coverage = "subscriber,suffix,plan,begin,end\n777,01,PPO-1,2020-01-01,\n777,02,PPO-1,2020-01-01,2024-12-31\n";
    load(&store, coverage, Format::Csv, Kind::Coverage).await.expect("loads");
    let used = "subscriber,suffix,kind,service_type,year_begin,used\n777,,deductible,,year-begin,35\n777,02,limit,AE,year-begin,18\n";
    let summary = load(&store, used, Format::Csv, Kind::Accumulators).await.expect("loads");
    assert_eq!((summary.rows, summary.bytes), (2, used.len() as u64));
    let found = store.members.find(&[MemberSearch::Id("77702".into())]).await.expect("found");
    let john = &found[0][0];
    assert_eq!(&*john.member.last, "SAMPLE, JR");
    assert_eq!(john.coverage[0].end, Some(date!(2024 - 12 - 31)));
    let used: Vec<String> = john.accumulators.iter().map(|used| used.used.to_string()).collect();
    assert_eq!(used, ["35.00", "18"]);
    assert_eq!(
        found[0][0].subscriber.as_ref().expect("mary").address.as_ref().expect("zip").zip.as_ref(),
        "021110001"
    );

    let cases = [
        ("subscriber,SECRET\n1,2\n", Kind::Members, "line 1: unknown column 2 in the header"),
        ("subscriber,subscriber\n1,2\n", Kind::Members, "line 1: duplicate column 2 in the header"),
        ("subscriber,suffix\n1\n", Kind::Members, "line 2: has 1 columns, but the header has 2"),
        (
            "subscriber,suffix,plan,begin\n777,01,PPO-1,today\n778,01,PPO-1,today\n",
            Kind::Coverage,
            "line 3: `subscriber` and suffix do not identify a member",
        ),
        (
            "subscriber,kind,year_begin,used\n779,deductible,today,1\n",
            Kind::Accumulators,
            "line 2: `subscriber` does not belong to a family",
        ),
        (
            "subscriber,kind,year_begin,used\n777,deductible,today,-1\n",
            Kind::Accumulators,
            "line 2: `used` is not an amount such as 250.00",
        ),
        (
            "subscriber,kind,year_begin,used\n777,deductible,today,1.005\n",
            Kind::Accumulators,
            "line 2: `used` is not an amount such as 250.00",
        ),
        (
            "npi,last\n1234567890,X\n",
            Kind::Providers,
            "line 2: `npi` is not a national provider identifier",
        ),
        ("npi,last\n1234567893,X\n1234567893,X\n", Kind::Providers, "line 3: `npi` is a duplicate"),
    ];
    for (text, kind, expected) in cases {
        let error = load(&store, text, Format::Csv, kind).await.expect_err(expected);
        assert!(error.to_string().ends_with(expected), "{error} / {expected}");
        assert!(!error.to_string().contains("SECRET"));
    }
}

#[tokio::test]
async fn plans_are_refused_with_their_line() {
    let store = Stores::in_memory().await.expect("opens");
    let product = "[[product]]\nid = \"c\"\nname = \"C\"\n";
    let plan = "[[plan]]\nid = \"P\"\nname = \"P\"\nproduct = \"c\"\ninsurance_type = \"HM\"\n";
    let cases = [
        (format!("{product}{plan}colour = 1\n"), "line 9: unknown field `xxxxxx`"),
        (
            format!(
                "{product}{plan}limit = [{{ kind = \"deductible\", level = \"family\", amount = \"1.005\" }}]\n"
            ),
            "line 9: an amount must not be negative, and has at most two decimals",
        ),
        (
            format!(
                "{product}{plan}limit = [{{ kind = \"deductible\", level = \"family\", amount = 1.5 }}]\n"
            ),
            "line 9: invalid type",
        ),
        (
            format!(
                "{product}{plan}benefit = [{{ service_types = [\"30\"], coinsurance = \"120%\" }}]\n"
            ),
            "line 9: a share must be text",
        ),
        (
            format!("{product}{plan}benefit = [{{ service_types = [] }}]\n"),
            "plan P: benefit 1 has no service type",
        ),
        (format!("{product}{plan}year_begin = \"02-30\"\n"), "line 9: the first day of the year"),
        (format!("{product}{plan}{plan}"), "duplicate plan P"),
        (plan.to_owned(), "plan P: unknown product"),
    ];
    for (text, expected) in cases {
        let error = load(&store, &text, Format::JsonLines, Kind::Plans).await.expect_err(expected);
        assert!(error.to_string().contains(expected), "{error} / {expected}");
    }
    load(&store, &format!("{product}{plan}"), Format::JsonLines, Kind::Plans).await.expect("loads");
    assert_eq!(store.plans.all().await.expect("plans").len(), 1);
}

#[tokio::test]
async fn what_a_row_does_not_say_stays() {
    let store = with_plans().await;
    load(&store, MARY, Format::JsonLines, Kind::Members).await.expect("loads");
    let used = r#"{"subscriber":"55501","suffix":"01","kind":"deductible","year_begin":"year-begin","used":"10.00"}"#;
    load(&store, used, Format::JsonLines, Kind::Accumulators).await.expect("loads");
    let pocket = used.replace("deductible", "out_of_pocket").replace("10.00", "20.00");
    load(&store, &pocket, Format::JsonLines, Kind::Accumulators).await.expect("loads");
    // The name changes, coverage is not spoken of.
    let renamed =
        r#"{"subscriber":"55501","suffix":"01","last":"NEW","first":"MARY","birth":"1980-01-01"}"#;
    load(&store, renamed, Format::JsonLines, Kind::Members).await.expect("loads");
    let found = store.members.find(&[MemberSearch::Id("55501".into())]).await.expect("found");
    let file = &found[0][0];
    assert_eq!((&*file.member.last, file.coverage.len(), file.accumulators.len()), ("NEW", 1, 2));
    // Coverage is spoken of: all of it is replaced.
    let moved = MARY.replace("HMO-1", "PPO-1").replace("year-begin", "today");
    load(&store, &moved, Format::JsonLines, Kind::Members).await.expect("loads");
    let found = store.members.find(&[MemberSearch::Id("55501".into())]).await.expect("found");
    let plans: Vec<&str> = found[0][0].coverage.iter().map(|span| &*span.plan).collect();
    assert_eq!(plans, ["PPO-1"]);
    // Other carriers are replaced person by person.
    let other = r#"{"subscriber":"55501","suffix":"01","carrier":"A","order":"primary"}"#;
    for _ in 0..2 {
        load(&store, other, Format::JsonLines, Kind::OtherCoverage).await.expect("loads");
    }
    let found = store.members.find(&[MemberSearch::Id("55501".into())]).await.expect("found");
    assert_eq!(found[0][0].other.len(), 1);
}

#[tokio::test]
async fn files_are_read_by_their_names_and_progress_is_told() {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("x12gate-load-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let store = with_plans().await;
    let path = folder.join("members.jsonl");
    let lines: Vec<String> =
        (10_000..15_000).map(|n| MARY.replace("55501", &n.to_string())).collect();
    std::fs::write(&path, lines.join("\n")).expect("written");
    let mut seen = Vec::new();
    let summary =
        load_path(&store, &path, Kind::Members, TODAY, &mut |progress| seen.push(progress)).await;
    assert_eq!(summary.expect("loads").rows, 5000);
    assert!(seen.len() >= 3 && seen.is_sorted_by_key(|progress| progress.bytes_read));
    let last = seen.last().expect("progress");
    assert_eq!((last.bytes_read, last.rows), (last.bytes_total, 5000));
    assert_eq!(store.counts().await.expect("counts").members, 5000);

    let odd = folder.join("members.xml");
    std::fs::write(&odd, "").expect("written");
    let error =
        load_path(&store, &odd, Kind::Members, TODAY, &mut |_| {}).await.expect_err("no format");
    assert!(error.to_string().ends_with("members.xml is neither .jsonl nor .csv"));
    let error =
        load_path(&store, &folder.join("none.csv"), Kind::Members, TODAY, &mut |_| {}).await;
    assert!(matches!(error, Err(LoadError::Read { .. })));
    std::fs::write(folder.join("a.toml"), "name = \"A\"").expect("written");
    std::fs::write(folder.join("b.toml"), "id = \"bee\"").expect("written");
    load_path(&store, &folder, Kind::Partners, TODAY, &mut |_| {}).await.expect("loads");
    let partners = store.partners.all().await.expect("partners");
    assert_eq!(partners.iter().map(|partner| &*partner.id).collect::<Vec<_>>(), ["a", "bee"]);
    drop(std::fs::remove_dir_all(&folder));
}

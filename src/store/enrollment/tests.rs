//! What becomes of a family by each kind of change.

use time::macros::{date, format_description};

use super::*;
use crate::store::{Coverage, Member, MemberFile, Relationship};

const TODAY: Date = date!(2026 - 01 - 05);

fn day(text: &str) -> Option<Date> {
    let format = format_description!("[year][month][day]");
    (!text.is_empty()).then(|| Date::parse(text, format).unwrap())
}

fn text(day: Option<Date>) -> String {
    day.map_or(String::new(), |day| day.format(format_description!("[year][month][day]")).unwrap())
}

/// `HMO 20200101-20201231 G1`: plan, days, group.
fn span(text: &str) -> Coverage {
    let mut words = text.split(' ');
    let plan = words.next().unwrap();
    let (begin, end) = words.next().unwrap().split_once('-').unwrap();
    Coverage {
        plan: plan.into(),
        begin: day(begin).unwrap(),
        end: day(end),
        group: words.next().map(Into::into),
        group_name: None,
        pending: false,
        pcp: None,
        updated: None,
    }
}

fn shown(spans: &[Coverage]) -> Vec<String> {
    let words = |span: &Coverage| {
        let group = span.group.as_ref().map_or(String::new(), |group| format!(" {group}"));
        format!("{} {}-{}{group}", span.plan, text(Some(span.begin)), text(span.end))
    };
    spans.iter().map(words).collect()
}

fn member(suffix: &str, relationship: Relationship, first: &str, birth: &str) -> Member {
    Member {
        prefix: "S".into(),
        subscriber: "123000001".into(),
        suffix: suffix.into(),
        own_id: relationship == Relationship::Myself,
        relationship,
        last: "DOE".into(),
        first: first.into(),
        middle: None,
        generation: None,
        birth: day(birth).unwrap(),
        death: None,
        gender: Gender::Female,
        birth_sequence: None,
        address: None,
        ssn: None,
        card: None,
        medicare_id: None,
    }
}

fn file(member: Member, coverage: &[&str]) -> MemberFile {
    MemberFile {
        member,
        subscriber: None,
        coverage: coverage.iter().map(|text| span(text)).collect(),
        accumulators: Vec::new(),
        relatives: Vec::new(),
        other: Vec::new(),
    }
}

/// Jane, the subscriber, with this coverage.
fn jane(coverage: &[&str]) -> FamilyState {
    FamilyState::of(vec![file(member("01", Relationship::Myself, "JANE", "19800115"), coverage)])
}

/// Jane and her son Max, each with this coverage.
fn jane_and_max(coverage: &[&str]) -> FamilyState {
    let mut family = jane(coverage);
    let max = file(member("02", Relationship::Child, "MAX", "20150505"), coverage);
    family.persons.extend(FamilyState::of(vec![max]).persons);
    family
}

fn who(relationship: Relationship, first: &str, birth: &str) -> Identity {
    let now = Traits { last: "DOE".into(), first: first.into(), birth: day(birth), ssn: None };
    Identity { suffix: None, relationship, now, before: None }
}

fn of(who: Identity, action: MemberAction, coverage: Vec<CoverageChange>) -> MemberChange {
    MemberChange {
        prefix: "S".into(),
        subscriber: "123000001".into(),
        who,
        action,
        facts: PersonFacts::default(),
        coverage,
        other: None,
        on: TODAY,
        loaded: TODAY,
    }
}

fn of_jane(action: MemberAction, coverage: Vec<CoverageChange>) -> MemberChange {
    of(who(Relationship::Myself, "JANE", "19800115"), action, coverage)
}

fn coverage(action: CoverageAction, plan: &str, begin: &str, end: &str) -> CoverageChange {
    CoverageChange {
        action,
        plan: plan.into(),
        begin: day(begin),
        end: day(end),
        group: None,
        group_name: None,
        pcp: None,
    }
}

const END_ALL: fn(&str, bool) -> MemberAction =
    |last, dependents| MemberAction::End { all: day(last), dependents };

/// What is tried, what Jane had, what happened, what she has.
type Case = (
    &'static str,
    &'static [&'static str],
    MemberAction,
    Vec<CoverageChange>,
    &'static [&'static str],
);

fn one(action: CoverageAction, plan: &str, begin: &str, end: &str) -> Vec<CoverageChange> {
    vec![coverage(action, plan, begin, end)]
}

fn check(cases: Vec<Case>) {
    for (what, before, action, changes, after) in cases {
        let mut family = jane(before);
        assert_eq!(family.apply(&of_jane(action, changes)), Ok(()), "{what}");
        assert_eq!(shown(family.coverage("01")), after, "{what}");
    }
}

#[test]
fn coverage_begins_and_ends() {
    use CoverageAction::{Begin, End};
    use MemberAction as Act;
    let only = END_ALL("", false);
    check(vec![
        (
            "a coverage is added beside another",
            &["HMO 20200101-"],
            Act::Change,
            one(Begin, "DEN", "20260101", ""),
            &["HMO 20200101-", "DEN 20260101-"],
        ),
        (
            "the same again adds nothing",
            &["HMO 20200101-"],
            Act::Add,
            one(Begin, "HMO", "20200101", ""),
            &["HMO 20200101-"],
        ),
        (
            "one ends, the member stays",
            &["DEN 20200101-", "HMO 20200101-"],
            Act::Change,
            one(End, "DEN", "", "20251231"),
            &["DEN 20200101-20251231", "HMO 20200101-"],
        ),
        (
            "the same with the person ended",
            &["DEN 20200101-", "HMO 20200101-"],
            only,
            one(End, "DEN", "20200101", "20251231"),
            &["DEN 20200101-20251231", "HMO 20200101-"],
        ),
        (
            "all ends",
            &["DEN 20200101-", "HMO 20210101-"],
            END_ALL("20251231", true),
            vec![],
            &["DEN 20200101-20251231", "HMO 20210101-20251231"],
        ),
        (
            "ended on its first day it never was",
            &["HMO 20260101-"],
            Act::Change,
            one(End, "HMO", "", "20260101"),
            &[],
        ),
        (
            "ended before its first day it never was",
            &["DEN 20200101-", "HMO 20260101-"],
            END_ALL("20251231", true),
            vec![],
            &["DEN 20200101-20251231"],
        ),
        (
            "an end is moved back",
            &["HMO 20200101-20251231"],
            Act::Change,
            one(End, "HMO", "", "20250930"),
            &["HMO 20200101-20250930"],
        ),
        (
            "what ended earlier stays as it ended",
            &["HMO 20200101-20241231"],
            Act::Change,
            one(End, "HMO", "", "20251231"),
            &["HMO 20200101-20241231"],
        ),
        (
            "what is named by its first day ends when it is said",
            &["HMO 20200101-20241231"],
            Act::Change,
            one(End, "HMO", "20200101", "20251231"),
            &["HMO 20200101-20251231"],
        ),
        (
            "ended without a gap it never came back",
            &["HMO 20180101-20191231", "HMO 20210101-"],
            Act::Change,
            one(End, "HMO", "", "20201231"),
            &["HMO 20180101-20191231"],
        ),
    ]);
}

#[test]
fn coverage_comes_back_and_goes_on() {
    use CoverageAction::Begin;
    use MemberAction as Act;
    check(vec![
        (
            "reinstated, the time between stays a gap",
            &["HMO 20200101-20250930"],
            Act::Reinstate { from: None },
            one(Begin, "HMO", "20260101", ""),
            &["HMO 20200101-20250930", "HMO 20260101-"],
        ),
        (
            "reinstated from the day after the end, there is no gap",
            &["HMO 20200101-20251231"],
            Act::Reinstate { from: None },
            one(Begin, "HMO", "20260101", ""),
            &["HMO 20200101-"],
        ),
        (
            "reinstated from before the end",
            &["HMO 20200101-20251231"],
            Act::Reinstate { from: None },
            one(Begin, "HMO", "20251201", ""),
            &["HMO 20200101-"],
        ),
        (
            "the person is reinstated with what ended last",
            &["DEN 20200101-20201231", "HMO 20200101-20250930"],
            Act::Reinstate { from: day("20260101") },
            vec![],
            &["DEN 20200101-20201231", "HMO 20200101-20250930", "HMO 20260101-"],
        ),
        (
            "the person is eligible again, with no coverage back",
            &["HMO 20200101-20250930"],
            Act::Reinstate { from: None },
            vec![],
            &["HMO 20200101-20250930"],
        ),
        (
            "month by month is one span",
            &["HMO 20251101-20251130"],
            Act::Change,
            vec![
                coverage(Begin, "HMO", "20251201", "20251231"),
                coverage(Begin, "HMO", "20260101", "20260131"),
            ],
            &["HMO 20251101-20260131"],
        ),
        (
            "a month left out is a gap",
            &["HMO 20251101-20251130"],
            Act::Change,
            one(Begin, "HMO", "20260101", "20260131"),
            &["HMO 20251101-20251130", "HMO 20260101-20260131"],
        ),
        (
            "a month of one day never was",
            &["HMO 20251101-20251130"],
            Act::Change,
            one(Begin, "HMO", "20260101", "20260101"),
            &["HMO 20251101-20251130"],
        ),
    ]);
}

#[test]
fn coverage_changes_and_is_listed() {
    use CoverageAction::{Begin, Change, Correct, List, Remove};
    use MemberAction as Act;
    check(vec![
        (
            "another group follows",
            &["HMO 20200101- G1"],
            Act::Change,
            vec![CoverageChange {
                group: Some("G2".into()),
                ..coverage(Begin, "HMO", "20260101", "")
            }],
            &["HMO 20200101-20251231 G1", "HMO 20260101- G2"],
        ),
        (
            "the group of a coverage changes",
            &["HMO 20200101- G1"],
            Act::Change,
            vec![CoverageChange { group: Some("G2".into()), ..coverage(Change, "HMO", "", "") }],
            &["HMO 20200101- G2"],
        ),
        (
            "days are corrected",
            &["HMO 20200101-"],
            Act::Change,
            one(Correct, "HMO", "20200201", "20251231"),
            &["HMO 20200201-20251231"],
        ),
        (
            "it never was",
            &["DEN 20200101-", "HMO 20200101-"],
            Act::Change,
            one(Remove, "DEN", "", ""),
            &["HMO 20200101-"],
        ),
        (
            "listed coverage replaces, what is not listed ends",
            &["DEN 20200101-", "HMO 20200101-20251130"],
            Act::Replace,
            one(List, "HMO", "20200101", ""),
            &["DEN 20200101-20260104", "HMO 20200101-"],
        ),
        (
            "listed for a year, what was before stays",
            &["HMO 20200101-"],
            Act::Replace,
            one(List, "HMO", "20260101", "20261231"),
            &["HMO 20200101-20261231"],
        ),
        (
            "what is verified stays",
            &["HMO 20200101-"],
            Act::Verify,
            one(List, "HMO", "20200101", ""),
            &["HMO 20200101-"],
        ),
    ]);
}

/// What cannot be carried out, and why; nothing has changed then.
#[test]
fn a_member_who_is_left_out() {
    use CoverageAction::{Begin, Change, Correct, End, List, Remove};
    use MemberAction as Act;
    use MemberFault as Fault;
    let stranger = || who(Relationship::Myself, "JOHN", "19700101");
    let max = || who(Relationship::Child, "MAX", "20150505");
    let on_file = &["HMO 20200101-20251231"][..];
    let cases: Vec<(FamilyState, MemberChange, Fault)> = vec![
        (FamilyState::default(), of_jane(END_ALL("20251231", true), vec![]), Fault::MemberUnknown),
        (FamilyState::default(), of_jane(Act::Change, vec![]), Fault::MemberUnknown),
        (
            FamilyState::default(),
            of_jane(Act::Reinstate { from: None }, vec![]),
            Fault::MemberUnknown,
        ),
        (FamilyState::default(), of_jane(Act::Verify, vec![]), Fault::MemberUnknown),
        (
            FamilyState::default(),
            of(max(), Act::Add, one(Begin, "HMO", "20260101", "")),
            Fault::SubscriberUnknown,
        ),
        (jane(on_file), of(max(), Act::Change, vec![]), Fault::MemberUnknown),
        (jane(on_file), of(stranger(), Act::Change, vec![]), Fault::OtherPerson),
        (
            jane(on_file),
            of(who(Relationship::Child, "MAX", ""), Act::Add, vec![]),
            Fault::BirthMissing,
        ),
        (
            jane(on_file),
            of_jane(Act::Change, one(End, "DEN", "", "20251231")),
            Fault::CoverageUnknown(0),
        ),
        (
            jane(on_file),
            of_jane(Act::Change, one(Change, "DEN", "", "")),
            Fault::CoverageUnknown(0),
        ),
        (
            jane(on_file),
            of_jane(Act::Change, one(Correct, "DEN", "", "")),
            Fault::CoverageUnknown(0),
        ),
        (
            jane(on_file),
            of_jane(Act::Change, one(Remove, "DEN", "", "")),
            Fault::CoverageUnknown(0),
        ),
        (jane(on_file), of_jane(Act::Add, one(Begin, "HMO", "", "")), Fault::BeginMissing(0)),
        (
            jane(on_file),
            of_jane(Act::Add, one(Begin, "HMO", "20260101", "20251201")),
            Fault::DatesInverted(0),
        ),
        (
            jane(on_file),
            of_jane(Act::Add, one(Correct, "HMO", "20260101", "20251201")),
            Fault::DatesInverted(0),
        ),
        (
            // The first of two is sound, and does not happen either.
            jane(on_file),
            of_jane(
                Act::Add,
                vec![coverage(Begin, "HMO", "20260101", ""), coverage(End, "DEN", "", "20251231")],
            ),
            Fault::CoverageUnknown(1),
        ),
        (
            jane(&["HMO 20200101-"]),
            of_jane(Act::Reinstate { from: day("20260101") }, vec![]),
            Fault::NothingEnded,
        ),
        (
            jane(on_file),
            of_jane(Act::Verify, one(List, "HMO", "20200101", "")),
            Fault::CoverageDiffers(0),
        ),
        (jane(&["HMO 20200101-"]), of_jane(Act::Verify, vec![]), Fault::CoverageNotListed),
        (
            jane(on_file),
            of(who(Relationship::Myself, "JANE", "19800116"), Act::Verify, vec![]),
            Fault::PersonDiffers,
        ),
    ];
    for (mut family, change, fault) in cases {
        let before = family.clone();
        assert_eq!(family.apply(&change), Err(fault));
        assert!(family == before, "{fault:?}");
    }
}

#[test]
fn a_subscribers_end_carries_the_dependents_when_it_says_so() {
    let open = &["HMO 20200101-"][..];
    let ended = &["HMO 20200101-20251231"][..];
    for (dependents, of_max) in [(true, ended), (false, open)] {
        let mut family = jane_and_max(open);
        family.apply(&of_jane(END_ALL("20251231", dependents), vec![])).unwrap();
        assert_eq!(shown(family.coverage("01")), ended);
        assert_eq!(shown(family.coverage("02")), of_max);
    }
    // A dependent's end is their own.
    let mut family = jane_and_max(open);
    let max = who(Relationship::Child, "MAX", "20150505");
    family.apply(&of(max, END_ALL("20251231", true), vec![])).unwrap();
    assert_eq!(
        (shown(family.coverage("01")), shown(family.coverage("02"))),
        (vec![open[0].to_owned()], vec![ended[0].to_owned()])
    );
}

#[test]
fn a_family_is_added_and_its_dependents_numbered() {
    let mut family = FamilyState::default();
    let hmo = || vec![coverage(CoverageAction::Begin, "HMO", "20260101", "")];
    family.apply(&of_jane(MemberAction::Add, hmo())).unwrap();
    for (first, birth) in [("MAX", "20150505"), ("MIA", "20150505")] {
        family
            .apply(&of(who(Relationship::Child, first, birth), MemberAction::Add, hmo()))
            .unwrap();
    }
    // Twins share a birth date; the one who came already is the same again.
    family
        .apply(&of(who(Relationship::Child, "Max", "20150505"), MemberAction::Add, hmo()))
        .unwrap();
    let ids: Vec<String> = family.persons.iter().map(|person| person.member.id()).collect();
    assert_eq!(ids, ["S12300000101", "S12300000102", "S12300000103"]);
    assert!(family.persons.iter().all(|person| shown(&person.coverage) == ["HMO 20260101-"]));
    assert!(!family.member("02").unwrap().own_id);
}

#[test]
fn a_corrected_person_is_found_by_what_they_were() {
    let mut family = jane_and_max(&["HMO 20200101-"]);
    let mut change =
        of(who(Relationship::Child, "MAXINE", "20150506"), MemberAction::Change, vec![]);
    assert_eq!(family.clone().apply(&change), Err(MemberFault::MemberUnknown));
    change.who.before =
        Some(Traits { last: "DOE".into(), first: "MAX".into(), birth: day("20150505"), ssn: None });
    // A second time it is found by what it is.
    for _ in 0..2 {
        family.apply(&change).unwrap();
        let max = family.member("02").unwrap();
        assert_eq!((&*max.first, max.birth), ("MAXINE", day("20150506").unwrap()));
        assert_eq!(family.persons.len(), 2);
    }
}

#[test]
fn what_is_not_said_stays() {
    let mut family = jane(&["HMO 20200101-"]);
    let address = Address {
        line1: "2 ELM ST".into(),
        city: "BOSTON".into(),
        state: "MA".into(),
        zip: "02111".into(),
        line2: None,
    };
    let mut change = of_jane(MemberAction::Change, vec![]);
    change.facts.address = Some(address.clone());
    change.who.now.ssn = Some("900000001".into());
    family.apply(&change).unwrap();
    family.apply(&of_jane(MemberAction::Change, vec![])).unwrap();
    let jane = family.member("01").unwrap();
    assert!(jane.address == Some(address) && jane.ssn.as_deref() == Some("900000001"));
    assert_eq!(jane.gender, Gender::Female);
}

#[test]
fn a_provider_is_chosen_without_a_break_in_coverage() {
    let mut family = jane(&["HMO 20200101-"]);
    let pcp = Pcp {
        npi: "1245319599".into(),
        last: "NORTH".into(),
        first: Some("CARL".into()),
        since: day("20260101"),
        unit_id: None,
        unit_name: None,
        telephone: Some("6175550100".into()),
        address: None,
    };
    let chosen = CoverageChange {
        pcp: Some(pcp.clone()),
        ..coverage(CoverageAction::Change, "HMO", "20200101", "")
    };
    family.apply(&of_jane(MemberAction::Change, vec![chosen])).unwrap();
    assert_eq!(shown(family.coverage("01")), ["HMO 20200101-"]);
    assert!(family.coverage("01")[0].pcp == Some(pcp));
}

#[test]
fn a_change_comes_back_from_its_text() {
    let mut change = of_jane(
        END_ALL("20251231", true),
        vec![coverage(CoverageAction::End, "HMO", "20200101", "20251231")],
    );
    change.who.before = Some(change.who.now.clone());
    change.facts.death = day("20251230");
    change.other = Some(vec![crate::store::OtherCoverage {
        carrier: "OTHER PLAN".into(),
        carrier_id: None,
        order: crate::store::PayerOrder::Secondary,
        policy: Some("X555000111".into()),
        begin: day("20250101"),
        end: None,
        workers_compensation: false,
        group: Some("G7".into()),
        insured_last: Some("JONES".into()),
        insured_first: None,
    }]);
    let text = serde_json::to_string(&change).unwrap();
    assert!(serde_json::from_str::<MemberChange>(&text).unwrap() == change, "{text}");
}

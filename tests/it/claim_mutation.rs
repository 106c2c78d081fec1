//! Every segment of the sound 837s deleted, doubled, emptied and garbled: whatever comes, the 277CA of an accepted set is
//! sound itself, speaks of every claim, and a fault inside one claim leaves the claims of others alone.

use x12gate::check::{ClaimEvent, GroupHeader, SetChecker, SetPlace, SetReport};
use x12gate::finding::{Policy, Unit};
use x12gate::guide::Registry;
use x12gate::txn::claim_ack::{ClaimAck, ClaimAckOptions, GUIDE_277CA};
use x12gate::wire::{Delimiters, Emitter};

const FIXTURES: [&str; 5] = [
    "837p_everything.edi",
    "837p_replacement.edi",
    "837i_everything.edi",
    "837i_outpatient.edi",
    "837d_everything.edi",
];

/// The first set of a fixture, a segment each, and the guide of its group.
fn segments(name: &str) -> (Vec<String>, String) {
    let path = format!("{}/fixtures/valid/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap().replace('\n', "");
    let gs = text.split('~').find(|s| s.starts_with("GS*")).unwrap();
    let guide = gs.rsplit('*').next().unwrap().to_owned();
    let begin = text.find("ST*").unwrap();
    let end = begin + text[begin..].find("SE*").unwrap();
    (text[begin..end].split_terminator('~').map(str::to_owned).collect(), guide)
}

fn check(text: &str, functional: &str, guide: &str, policy: &Policy) -> SetReport {
    let group = GroupHeader {
        functional: functional.into(),
        version: guide.into(),
        ..GroupHeader::default()
    };
    let place = SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
    SetChecker::new(Registry::embedded(), policy).check(text.as_bytes(), place)
}

/// What `edit` makes of the segment at `at`, as a set with a right count.
fn spoilt(segments: &[String], at: usize, edit: &str) -> String {
    let mut edited: Vec<String> = segments.to_vec();
    let cut = |text: &str| text.split('*').next().unwrap_or_default().to_owned();
    match edit {
        "delete" => drop(edited.remove(at)),
        "double" => edited.insert(at, segments[at].clone()),
        "empty" => edited[at] = cut(&segments[at]),
        "garble" => {
            let elements = segments[at].split('*').enumerate();
            let kept = elements.map(|(n, e)| if n > 1 && n % 2 == 1 { "?!" } else { e });
            edited[at] = kept.collect::<Vec<_>>().join("*");
        }
        _ => edited[at].replace_range(0..2, "QX"),
    }
    let count = edited.len() + 1;
    format!("{}~SE*{count}*0001~", edited.join("~"))
}

/// The 277CA of a report, when its set is accepted.
fn claim_ack(report: &SetReport) -> Option<String> {
    let tally = report.claims.as_ref().filter(|_| report.is_accepted())?;
    let options = ClaimAckOptions::new(time::macros::datetime!(2026-01-05 09:30));
    let emitter = Emitter::new(Delimiters::STANDARD);
    let mut ack = ClaimAck::new(options, emitter, [Vec::new(), Vec::new()]);
    ack.take(report.guide.as_ref().unwrap(), &tally.events, &[]).unwrap();
    let mut out = Vec::new();
    ack.finish(tally, "0001", "CA1", "R1", &mut out).unwrap();
    Some(String::from_utf8(out).unwrap())
}

/// Ordinals of the claims that are rejected by themselves, or with their provider.
fn rejected(report: &SetReport) -> Vec<u32> {
    let (mut all, mut of_provider) = (Vec::new(), Vec::new());
    for event in &report.claims.as_ref().unwrap().events {
        match event {
            ClaimEvent::Claim(claim) => of_provider.push((claim.ordinal, claim.is_accepted())),
            ClaimEvent::Provider(provider) => {
                let is_sound = provider.faults.is_empty();
                let bad = of_provider.drain(..).filter(|(_, accepted)| !(*accepted && is_sound));
                all.extend(bad.map(|(ordinal, _)| ordinal));
            }
            other => panic!("neither a claim nor a provider: {other:?}"),
        }
    }
    all
}

#[test]
fn whatever_is_wrong_the_277ca_is_sound_and_speaks_of_every_claim() {
    let policy = Policy::default().with_unit(Unit::Claim);
    let (mut accepted, mut partly) = (0, 0);
    for name in FIXTURES {
        let (segments, guide) = segments(name);
        for at in 1..segments.len() {
            for edit in ["delete", "double", "empty", "garble", "misspell"] {
                let what = || format!("{name}: {edit} {}", segments[at]);
                let text = spoilt(&segments, at, edit);
                let report = check(&text, "HC", &guide, &policy);
                let claims = text.split('~').filter(|s| s.starts_with("CLM")).count() as u32;
                let tally = report.claims.as_ref().unwrap();
                let Some(ack) = claim_ack(&report) else {
                    assert_eq!(tally.accepted, 0, "{}", what());
                    continue;
                };
                accepted += 1;
                partly += u32::from(tally.rejected > 0);
                assert_eq!(tally.accepted + tally.rejected, claims, "{}", what());
                assert_eq!(rejected(&report).len() as u32, tally.rejected, "{}", what());
                let own = check(&ack, "HN", GUIDE_277CA, &Policy::default());
                assert!(own.findings.is_empty(), "{}: {:?} in {ack}", what(), own.findings);
            }
        }
    }
    assert!(accepted > 500 && partly > 300, "{accepted} accepted, {partly} of them in part");
}

#[test]
fn a_fault_inside_a_claim_leaves_the_others_alone() {
    let policy = Policy::default().with_unit(Unit::Claim);
    let mut looked_at = 0;
    for name in FIXTURES {
        let (segments, guide) = segments(name);
        let mut claim = 0;
        for at in 1..segments.len() {
            match &segments[at][..2] {
                "HL" => claim = 0,
                "CL" if segments[at].starts_with("CLM") => {
                    claim = segments[..=at].iter().filter(|s| s.starts_with("CLM")).count() as u32;
                }
                _ => {}
            }
            // What is before a claim is about others too; what says where a claim begins is about the set.
            if claim == 0 || segments[at].starts_with("CLM") {
                continue;
            }
            for edit in ["delete", "empty", "garble"] {
                let report = check(&spoilt(&segments, at, edit), "HC", &guide, &policy);
                let bad = rejected(&report);
                assert!(
                    bad.iter().all(|n| *n == claim),
                    "{name}: {edit} {}: {bad:?}",
                    segments[at]
                );
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 500, "{looked_at}");
}

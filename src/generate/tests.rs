//! What is written is valid by our own checker, can be repeated, and its defects are found.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::Write as _;

use time::macros::datetime;

use super::*;
use crate::check::{Excerpt, Limits, SetReport, Sink as Hears, Stream};
use crate::finding::{Code, Finding, Policy};
use crate::guide::Registry;
use crate::wire::EmitError;

fn options(kind: GenerateKind, seed: u64, count: u64) -> GenerateOptions {
    let options = GenerateOptions::new(kind, datetime!(2026 - 01 - 05 09:30));
    GenerateOptions { seed, count, members: 1000, ..options }
}

fn written(options: &GenerateOptions) -> (Vec<u8>, Progress) {
    let mut text = Vec::new();
    let progress = generate::<EmitError>(options, &mut |bytes, _| {
        text.extend_from_slice(bytes);
        Ok(())
    });
    (text, progress.expect("writes"))
}

/// The findings, each with the segment it is about.
#[derive(Default)]
struct Findings {
    found: Vec<String>,
    codes: Vec<Code>,
    sets: u64,
    offsets: Vec<u64>,
}

impl Hears for Findings {
    type Error = Infallible;

    fn set(&mut self, report: SetReport) -> Result<(), Infallible> {
        self.sets += 1;
        for finding in &report.findings {
            self.note(finding);
        }
        Ok(())
    }

    fn envelope(&mut self, finding: &Finding, _excerpt: &Excerpt) -> Result<(), Infallible> {
        self.note(finding);
        Ok(())
    }
}

impl Findings {
    fn note(&mut self, finding: &Finding) {
        self.codes.push(finding.code);
        self.offsets.push(finding.at.offset);
        self.found.push(format!("{} {:?}", finding.code.entry().name, finding.at));
    }

    fn of(text: &[u8]) -> Findings {
        let mut findings = Findings::default();
        let Ok(_) = Stream::new(Registry::embedded(), Limits::default(), &Policy::default()).feed(
            text,
            true,
            &mut findings,
        );
        findings
    }
}

#[test]
fn a_kind_is_named_in_any_case() {
    for kind in GenerateKind::ALL {
        let name = kind.facts().name;
        assert_eq!(GenerateKind::named(&name.to_uppercase()), Some(kind), "{name}");
        assert_eq!(GenerateKind::named(&name.to_lowercase()), Some(kind), "{name}");
    }
    assert_eq!(GenerateKind::named("27"), None);
}

#[test]
fn every_kind_is_valid_from_many_seeds() {
    let mut wrong = String::new();
    for kind in GenerateKind::ALL {
        for seed in 0..12 {
            let (text, _) = written(&options(kind, seed, 200));
            let findings = Findings::of(&text);
            if let (Some(at), Some(found)) = (findings.offsets.first(), findings.found.first()) {
                let around =
                    (*at as usize).saturating_sub(600)..(*at as usize + 200).min(text.len());
                let around = String::from_utf8_lossy(&text[around]).replace('~', "~\n");
                let many = findings.found.len();
                let _ = writeln!(wrong, "{kind:?} seed {seed}: {many}, {found}\n{around}\n");
                break;
            }
            let sets = findings.sets > 0 || kind == GenerateKind::InterchangeAcknowledgment;
            assert!(sets, "{kind:?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_same_order_gives_the_same_bytes_and_another_seed_others() {
    for kind in GenerateKind::ALL {
        let (once, _) = written(&options(kind, 7, 120));
        assert!(once == written(&options(kind, 7, 120)).0, "{kind:?}");
        assert!(once != written(&options(kind, 8, 120)).0, "{kind:?}");
    }
}

#[test]
fn an_order_by_size_ends_near_it() {
    for kind in GenerateKind::ALL {
        let options = GenerateOptions { bytes_max: Some(300_000), ..options(kind, 1, u64::MAX) };
        let (text, progress) = written(&options);
        assert_eq!(progress.bytes, text.len() as u64);
        assert!((300_000..500_000).contains(&text.len()), "{kind:?}: {}", text.len());
        assert!(Findings::of(&text).found.is_empty(), "{kind:?}");
    }
}

#[test]
fn a_single_set_may_hold_everything() {
    for kind in [GenerateKind::Professional, GenerateKind::Payment] {
        let options = GenerateOptions { per_set: 1_000_000, ..options(kind, 3, 3000) };
        let findings = Findings::of(&written(&options).0);
        assert_eq!((findings.sets, findings.found), (1, Vec::new()), "{kind:?}");
    }
}

#[test]
fn each_defect_is_found_in_each_kind_that_may_have_it() {
    let mut wrong = String::new();
    let with_sets = |kind: &GenerateKind| *kind != GenerateKind::InterchangeAcknowledgment;
    for kind in GenerateKind::ALL.into_iter().filter(with_sets) {
        let options = GenerateOptions { errors_percent: 100, ..options(kind, 5, 400) };
        let (text, progress) = written(&options);
        // Sets that refuse a whole request hold nothing to be spoilt.
        assert!(progress.defects >= 360, "{kind:?}: {}", progress.defects);
        let codes = Findings::of(&text).codes;
        let all: BTreeSet<Code> = codes.iter().copied().collect();
        let missed: Vec<&str> = DEFECTS
            .iter()
            .filter(|defect| !defect.kinds().is_empty() && defect.fits(kind))
            .filter(|defect| !all.contains(&defect.finding))
            .map(|defect| defect.name)
            .collect();
        if !missed.is_empty() {
            let _ = writeln!(wrong, "{kind:?}: {missed:?} not among {all:?}");
        }
        assert!(codes.len() >= 360, "{kind:?}: {}", codes.len());
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn about_as_many_items_are_wrong_as_were_asked_for() {
    let options =
        GenerateOptions { errors_percent: 10, ..options(GenerateKind::Professional, 5, 5000) };
    let defects = written(&options).1.defects;
    assert!((400..600).contains(&defects), "{defects}");
}

/// For each kind of set what must turn up in enough of them.
const HELD: &[(GenerateKind, &[&str])] = &[
    (GenerateKind::Inquiry, &["HL*4*3*23*0", "EQ*30", "EQ**HC:", "III*ZZ", "INS*N*19"]),
    (
        GenerateKind::Response,
        &["EB*1*", "EB*6*", "EB*5*", "AAA*N**75", "AAA*N**67", "AAA*N**43", "LS*2120"],
    ),
    (
        GenerateKind::Status,
        &["STC*F1:", "STC*F2:", "STC*P1:", "STC*A4:35", "STC*E0:24:41", "STC*E0:25:1P"],
    ),
    (GenerateKind::ClaimReceipt, &["QTY*90*", "QTY*AA*", "STC*A7:", "STC*A8:", "STC*A3:24:41"]),
    (
        GenerateKind::ReviewResponse,
        &["HCR*A1*", "HCR*A3**", "HCR*A4", "HCR*A6*", "AAA*N**", "HL*5*4*SS*0"],
    ),
    (
        GenerateKind::Professional,
        &[
            "SBR*P*",
            "SBR*S*",
            "SBR*T*",
            "PAT*01",
            "PAT*19",
            ":B:7*",
            ":B:8*",
            "REF*F8*",
            "REF*9F*",
            "REF*G1*",
            "PWK*OZ*",
            "CR1*LB*",
            "CR2*",
            "CR3*",
            "SV5*",
            "*MJ*",
            "LIN**N4*",
            "SVD*",
            "CAS*CO*45*",
            "CAS*PR*",
            "AMT*D*",
            "AMT*A8*",
            "MOA*",
            "HCP*",
            "BHT*0019*00*",
            "*31~",
            "NM1*PE*",
            "NM1*87*",
            "CRC*ZZ*",
            "CRC*E1*",
            "CRC*75*",
            "HI*BP:",
            "DTP*484*",
            "CLM*PT00000007*",
            "NM1*QB*",
            "FRM*",
        ],
    ),
    (
        GenerateKind::Institutional,
        &[
            "11:A:1",
            "13:A:1",
            "21:A:",
            "32:A:",
            "72:A:",
            "81:A:",
            ":A:2*",
            ":A:7*",
            "HI*ABJ:",
            "HI*APR:",
            "HI*ABN:",
            "HI*DR:",
            "HI*BBR:",
            "HI*BBQ:",
            "HI*BI:",
            "HI*BH:",
            "HI*BE:",
            "HI*BG:",
            "HI*TC:",
            "MIA*",
            "MOA*",
            "SV2*0120**",
            "NM1*ZZ*1*",
        ],
    ),
    (
        GenerateKind::Dental,
        &[
            "TOO*JP*",
            ":O",
            "DN1*",
            "DN2*",
            "*PB~",
            "DTP*441*",
            "REF*G3*",
            "SV3*AD:D4341*",
            "CLM*PD",
        ],
    ),
    (
        GenerateKind::Payment,
        &[
            "*22*-",
            "*4*",
            "*19*",
            "PLB*",
            "MIA*0",
            "MOA*",
            "BPR*I*",
            "*CHK*",
            "*ACH*CCP*",
            "NM1*TT*",
            "TS3*",
        ],
    ),
    (
        GenerateKind::Enrollment,
        &[
            "****4~", "****2~", "*021*", "*024*", "*025*", "*001*", "*030*", "COB*", "NM1*74*",
            "NM1*70*", "LS*2700", "HD*024*", "DTP*349*", "*C**1*",
        ],
    ),
    (
        GenerateKind::Acknowledgment,
        &["IK5*A", "IK5*E*", "IK5*R*", "CTX*SITUATIONAL TRIGGER*", "AK9*A*", "AK9*P*"],
    ),
    (GenerateKind::Advice, &["OTI*TA*", "OTI*TE*", "OTI*TR*", "TED*", "RED*"]),
];

#[test]
fn what_real_files_hold_comes_up() {
    let mut missing = String::new();
    for (kind, held) in HELD {
        let options = options(*kind, 11, 4000);
        let per_set = options.per_set.min(20);
        let (text, _) = written(&GenerateOptions { per_set, ..options });
        let text = String::from_utf8_lossy(&text);
        let lacking: Vec<_> = held.iter().filter(|some| !text.contains(**some)).collect();
        if !lacking.is_empty() {
            let _ = writeln!(missing, "{kind:?}: {lacking:?}");
        }
    }
    assert!(missing.is_empty(), "{missing}");
}

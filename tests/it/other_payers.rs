//! Claims with other payers: what each of them decided is balanced apart, claim by claim and line by line.

use crate::findings::check;
use x12gate::finding::Code;

/// A claim of a subscriber whose destination payer comes in this place, of lines of 100 each.
#[derive(Clone)]
struct Claim {
    place: &'static str,
    payers: Vec<Vec<&'static str>>,
    lines: Vec<Vec<&'static str>>,
}

/// A file of these claims, each of another subscriber.
fn file(claims: &[Claim]) -> String {
    let mut set: Vec<String> = [
        "BHT*0019*00*BATCH0002*20260105*0930*CH",
        "NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1",
        "PER*IC*EDI DESK*TE*6175550100",
        "NM1*40*2*SAMPLE HEALTH PLAN*****46*99999",
        "HL*1**20*1",
        "NM1*85*2*SAMPLE CLINIC*****XX*1234567893",
        "N3*1 MAIN ST",
        "N4*BOSTON*MA*021110000",
        "REF*EI*123456789",
    ]
    .map(str::to_owned)
    .to_vec();
    for (index, claim) in claims.iter().enumerate() {
        set.push(format!("HL*{}*1*22*0", index + 2));
        set.push(format!("SBR*{}*18*******HM", claim.place));
        let subscriber = [
            "NM1*IL*1*DOE*JANE****MI*S12300000101",
            "N3*2 ELM ST",
            "N4*BOSTON*MA*02111",
            "DMG*D8*19800115*F",
            "NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999",
        ];
        set.extend(subscriber.map(str::to_owned));
        set.push(format!("CLM*PT{index}*{}***11:B:1*Y*A*Y*Y", 100 * claim.lines.len()));
        set.push("HI*ABK:Z01419".to_owned());
        set.extend(claim.payers.iter().flatten().map(|s| (*s).to_owned()));
        for (number, decisions) in claim.lines.iter().enumerate() {
            set.push(format!("LX*{}", number + 1));
            set.push("SV1*HC:G0101*100*UN*1***1".to_owned());
            set.push("DTP*472*D8*20251201".to_owned());
            set.extend(decisions.iter().map(|s| (*s).to_owned()));
        }
    }
    format!(
        "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        \
         *260105*0930*^*00501*000000101*0*T*:~\
         GS*HC*SUBMITTER1*PAYERGW*20260105*0930*101*X*005010X222A1~ST*837*0001*005010X222A1~\
         {}~SE*{}*0001~GE*1*101~IEA*1*000000101~",
        set.join("~"),
        set.len() + 2
    )
}

/// What was found, as code and place.
fn found(claims: &[Claim]) -> Vec<(Code, String)> {
    let outcome = check(file(claims).as_bytes());
    outcome.found.iter().map(|f| (f.code, format!("{}{:02}", f.tag, f.element))).collect()
}

const OI: &str = "OI***Y***Y";
const DOE: &str = "NM1*IL*1*DOE*PAUL****MI*X555000111";
const PAYER_A: &str = "NM1*PR*2*PAYER A*****PI*11111";
const PAYER_B: &str = "NM1*PR*2*PAYER B*****PI*22222";
const PAID: &str = "DTP*573*D8*20251220";

/// A tertiary claim: A paid 120 and left 20 open for the claim as a whole, B paid 40 of what was left.
fn tertiary() -> Claim {
    Claim {
        place: "T",
        payers: vec![
            vec!["SBR*P*18*******CI", "CAS*PR*1*20", "AMT*D*120", OI, DOE, PAYER_A],
            vec!["SBR*S*18*******CI", "AMT*D*40", OI, DOE, PAYER_B],
        ],
        lines: vec![
            vec![
                "SVD*11111*80*HC:G0101**1",
                "CAS*CO*45*20",
                PAID,
                "SVD*22222*10*HC:G0101**1",
                "CAS*OA*23*90",
                PAID,
            ],
            vec![
                "SVD*22222*30*HC:G0101**1",
                "CAS*OA*23*70",
                PAID,
                "SVD*11111*60*HC:G0101**1",
                "CAS*CO*45*40",
                PAID,
            ],
        ],
    }
}

#[test]
fn each_payer_balances_apart() {
    assert_eq!(found(&[tertiary()]), []);
    let mut wrong = tertiary();
    wrong.payers[1][1] = "AMT*D*41";
    assert_eq!(found(&[tertiary(), wrong, tertiary()]), [(Code::Unbalanced, "AMT02".into())]);
    let mut wrong = tertiary();
    wrong.lines[1][4] = "CAS*CO*45*41";
    assert_eq!(found(&[wrong]), [(Code::Unbalanced, "SV102".into())]);
}

#[test]
fn a_line_may_be_paid_as_several() {
    let mut claim = tertiary();
    claim.lines[0] = vec![
        "SVD*11111*50*HC:G0102**1",
        "CAS*CO*45*10",
        PAID,
        "SVD*11111*30*HC:G0103**1",
        "CAS*CO*45*10",
        PAID,
        "SVD*22222*10*HC:G0101**1",
        "CAS*OA*23*90",
        PAID,
    ];
    assert_eq!(found(&[claim]), []);
}

#[test]
fn a_payer_may_decide_on_the_claim_alone() {
    let mut claim = tertiary();
    claim.payers[0] = vec!["SBR*P*18*******CI", "CAS*PR*1*80", "AMT*D*120", OI, DOE, PAYER_A, PAID];
    claim.lines[0].drain(..3);
    claim.lines[1].drain(3..);
    assert_eq!(found(std::slice::from_ref(&claim)), []);
    claim.payers[0][1] = "CAS*PR*1*79";
    assert_eq!(found(std::slice::from_ref(&claim)), [(Code::Unbalanced, "CLM02".into())]);
    claim.payers[0][1] = "CAS*PR*1*80";
    claim.payers[0].pop();
    assert_eq!(found(&[claim]), [(Code::SituationalSegmentMissing, "DTP00".into())]);
}

#[test]
fn two_coverages_of_one_payer_are_taken_together() {
    let mut claim = tertiary();
    claim.payers[1][4] = PAYER_A;
    for decision in claim.lines.iter_mut().flatten() {
        *decision = match *decision {
            "SVD*22222*10*HC:G0101**1" => "SVD*11111*10*HC:G0101**1",
            "SVD*22222*30*HC:G0101**1" => "SVD*11111*30*HC:G0101**1",
            "CAS*OA*23*90" => "CAS*OA*23*-10",
            "CAS*OA*23*70" => "CAS*OA*23*-30",
            other => other,
        };
    }
    assert_eq!(found(&[claim]), []);
}

#[test]
fn a_decision_of_nobody_is_said_once() {
    let mut claim = tertiary();
    claim.lines[1][0] = "SVD*33333*30*HC:G0101**1";
    let expected = [(Code::Unbalanced, "AMT02"), (Code::PointerOutOfRange, "SVD01")];
    let mut found = found(&[claim]);
    found.sort_by_key(|(code, _)| *code as u16);
    assert_eq!(found, expected.map(|(code, at)| (code, at.to_owned())));
}

#[test]
fn payers_have_places_of_their_own() {
    let repeated = vec![(Code::KeyRepeated, "SBR01".to_owned())];
    let mut claim = tertiary();
    claim.place = "S";
    assert_eq!(found(&[claim.clone(), tertiary()]), repeated);
    claim.place = "T";
    claim.payers[1][0] = "SBR*P*18*******CI";
    assert_eq!(found(&[tertiary(), claim.clone()]), repeated);
    claim.payers[0][0] = "SBR*U*18*******CI";
    claim.payers[1][0] = "SBR*U*18*******CI";
    assert_eq!(found(&[claim]), []);
}

#[test]
fn what_was_not_understood_is_not_held_against_the_sender() {
    let mut claim = tertiary();
    claim.payers[1][1] = "AMX*D*41";
    assert_eq!(found(&[claim]), [(Code::SegmentUnknown, "AMX00".into())]);
}

#[test]
fn more_payers_than_there_can_be_are_not_looked_at() {
    let decided = |number: usize| format!("SVD*{number}*100*HC:G0101**1~{PAID}");
    let line = |first: usize| (first..first + 10).map(decided).collect::<Vec<_>>().join("~");
    let claim = |lines: usize| {
        let empty = Claim { lines: vec![vec![]; lines], ..tertiary() };
        let mut text = file(&[empty]);
        for number in 0..lines {
            let (from, to) = (format!("LX*{}~", number + 1), line(10_000 + number * 10));
            let at = text.find(&from).unwrap() + from.len();
            let end = at + text[at..].find(&PAID[..3]).unwrap();
            let end = end + text[end..].find('~').unwrap();
            text.insert_str(end, &format!("~{to}"));
        }
        let found = check(text.as_bytes()).found;
        found.iter().filter(|f| f.code == Code::PointerOutOfRange).count()
    };
    assert_eq!(claim(6), 60);
    assert_eq!(claim(7), 0);
}

#[test]
fn a_decision_too_many_is_one_loop_too_many() {
    let mut claim = tertiary();
    let again = ["SVD*11111*0*HC:G0101**1", PAID];
    claim.lines[0].extend(std::iter::repeat_n(again, 14).flatten());
    assert_eq!(found(&[claim]), [(Code::LoopRepeats, "SVD00".into())]);
}

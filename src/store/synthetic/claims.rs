//! Synthetic claims of the synthetic members: everything about one follows from its number.

use std::sync::Arc;

use rust_decimal::Decimal;
use time::{Date, Duration};

use super::{FIRSTS, LASTS, mix, npi};
use crate::store::{
    Actor, ClaimForm, ClaimOutcome, ClaimProvider, ClaimState, ClaimVersion, LedgerEntry, Owner,
    Patient, Result, Stores, synthetic,
};
use crate::wire::{Delimiters, EmitError, Emitter};

/// Claims handed to the store at once.
const BATCH_CLAIMS: u64 = 5000;
/// Claims came in within so many days before today.
const RECEIVED_DAYS: u64 = 660;
/// Days of service lie within so many before the day of receipt: in all less than the two years in which claims are found.
const SERVICE_DAYS: u64 = 60;
/// Clinics that send claims.
const CLINICS: u64 = 2000;

/// Procedures, and what is charged for each, in dollars.
const PROCEDURES: [(&str, u64); 24] = [
    ("99213", 150),
    ("99214", 210),
    ("99203", 180),
    ("99212", 95),
    ("99396", 240),
    ("36415", 20),
    ("80053", 45),
    ("85025", 38),
    ("83036", 42),
    ("81003", 18),
    ("71046", 130),
    ("72148", 900),
    ("77067", 280),
    ("93000", 75),
    ("90471", 35),
    ("90686", 40),
    ("90834", 160),
    ("97110", 70),
    ("97140", 65),
    ("98941", 60),
    ("92014", 140),
    ("45378", 1100),
    ("96372", 55),
    ("J1885", 15),
];

/// Diagnoses.
const DIAGNOSES: [&str; 8] = ["Z0000", "I10", "E119", "M545", "J069", "F411", "R079", "K219"];

/// The claim of this number, counted from 0, of one of the members `0..members`, as it is when it is received. `today` is the day
/// after the last one on which any is received.
pub fn claim(index: u64, members: u64, today: Date) -> ClaimVersion {
    let (own, other) = (mix(index ^ 0xc1a1), mix(index ^ 0x5e4f1ce));
    let person = own % members.max(1);
    let member = synthetic::member(person);
    let received = today - Duration::days((1 + other % RECEIVED_DAYS).cast_signed());
    let service = Duration::days((other / RECEIVED_DAYS % SERVICE_DAYS).cast_signed());
    let from = received - service;
    let lines: Vec<(&str, u64)> = (0..1 + own % 3)
        .map(|line| PROCEDURES[(mix(index ^ (line << 56)) % PROCEDURES.len() as u64) as usize])
        .collect();
    let charge: u64 = lines.iter().map(|(_, charge)| charge).sum();
    let billing = clinic(own / 7 % CLINICS);
    let number: Box<str> = format!("SYN{index:010}").into();
    let state = ClaimState {
        category: "P1".into(),
        code: "20".into(),
        entity: "".into(),
        effective: received,
    };
    let mut claim = ClaimVersion {
        original: number.clone(),
        number,
        version: 1,
        replaces: None,
        successor: None,
        form: ClaimForm::Professional,
        frequency: "1".into(),
        facility: "11".into(),
        account: format!("{}-{index}", own % 1000).into(),
        patient: Patient {
            member_id: member.id().into(),
            last: member.last.clone(),
            first: member.first.clone(),
            birth: Some(member.birth),
        },
        member: Some(Owner { subscriber: member.subscriber, suffix: member.suffix }),
        payee: billing.clone(),
        rendering: doctor(own / 11 % 4000),
        billing,
        charge: Decimal::from(charge),
        from,
        to: from,
        received,
        state,
        outcome: ClaimOutcome::default(),
        risk: "".into(),
        referral: "".into(),
        authorization: "".into(),
        announced: Vec::new(),
        procedures: Vec::new(),
        service_key: mix(own ^ person ^ from.to_julian_day().unsigned_abs() as u64),
        partner: "synthetic".into(),
        interchange: 0,
        text: Vec::new(),
    };
    for (code, _) in &lines {
        if !claim.procedures.iter().any(|known| **known == **code) {
            claim.procedures.push((*code).into());
        }
    }
    // Nothing here holds a separator, so that it can be written.
    claim.text = text(&claim, &lines, DIAGNOSES[(own % 8) as usize]).unwrap_or_default();
    claim
}

/// The same claim as it stands later: most are paid, some denied, some wait.
pub fn decided(index: u64, members: u64, today: Date) -> ClaimVersion {
    let mut claim = claim(index, members, today);
    let fate = mix(index ^ 0xdec1de) % 20;
    let effective = claim.received + Duration::days(9);
    let (category, code) = match fate {
        0 | 1 => return claim,
        2 => ("F2", "107"),
        3 => ("F2", "88"),
        4 => ("F1", "66"),
        _ => ("F1", "65"),
    };
    claim.state =
        ClaimState { category: category.into(), code: code.into(), entity: "".into(), effective };
    claim.outcome = ClaimOutcome {
        paid: if fate > 3 { claim.charge * Decimal::new(6, 1) } else { Decimal::ZERO },
        finalized: Some(effective),
        remitted: Some(effective + Duration::days(3)),
        trace: format!("EFT{:08}", index / 20).into(),
        reason: if fate == 2 { "DCONT" } else { "" }.into(),
    };
    claim
}

fn clinic(number: u64) -> ClaimProvider {
    let last = LASTS[(mix(number) % LASTS.len() as u64) as usize];
    ClaimProvider {
        npi: npi(100_000 + number).to_string().into(),
        tin: format!("04{number:07}").into(),
        last: format!("{last} MEDICAL GROUP").into(),
        first: "".into(),
    }
}

fn doctor(number: u64) -> ClaimProvider {
    ClaimProvider {
        npi: npi(200_000 + number).to_string().into(),
        tin: "".into(),
        last: LASTS[(mix(number ^ 0xd0c) % LASTS.len() as u64) as usize].into(),
        first: FIRSTS[(mix(number ^ 0xf1) % FIRSTS.len() as u64) as usize].into(),
    }
}

/// The text of a claim as [`ClaimVersion::text`] has it.
fn text(
    claim: &ClaimVersion,
    lines: &[(&str, u64)],
    diagnosis: &str,
) -> std::result::Result<Vec<u8>, EmitError> {
    let day = |date: Date| crate::store::columns::date_to_column(date).to_string();
    let (billing, rendering, patient) = (&claim.billing, &claim.rendering, &claim.patient);
    let birth = patient.birth.map(day).unwrap_or_default();
    let mut out = Emitter::new(Delimiters::STANDARD);
    let name = |out: &mut Emitter, role: &str, kind: &str, names: [&str; 2], id: [&str; 2]| {
        let segment = out.segment("NM1").text(role).text(kind).text(names[0]).text(names[1]);
        segment.skip_to(8).text(id[0]).text(id[1]).end()
    };
    let address = |out: &mut Emitter| {
        out.segment("N3").text("1 MAPLE ST").end()?;
        out.segment("N4").text("BOSTON").text("MA").text("02111").end()
    };
    name(&mut out, "85", "2", [&billing.last, ""], ["XX", &billing.npi])?;
    address(&mut out)?;
    out.segment("REF").text("EI").text(&billing.tin).end()?;
    out.segment("SBR").text("P").text("18").skip_to(9).text("CI").end()?;
    name(&mut out, "IL", "1", [&patient.last, &patient.first], ["MI", &patient.member_id])?;
    address(&mut out)?;
    out.segment("DMG").text("D8").text(&birth).text("U").end()?;
    name(&mut out, "PR", "2", ["SAMPLE HEALTH PLAN", ""], ["PI", "99999"])?;
    out.segment("CLM")
        .text(&claim.account)
        .decimal(claim.charge)
        .skip_to(5)
        .composite(&["11", "B", "1"])
        .text("Y")
        .text("A")
        .text("Y")
        .text("Y")
        .end()?;
    out.segment("HI").composite(&["ABK", diagnosis]).end()?;
    name(&mut out, "82", "1", [&rendering.last, &rendering.first], ["XX", &rendering.npi])?;
    for (number, (code, charge)) in (1..).zip(lines) {
        out.segment("LX").number(number).end()?;
        out.segment("SV1")
            .composite(&["HC", code])
            .number(*charge)
            .text("UN")
            .text("1")
            .skip_to(7)
            .composite(&["1"])
            .end()?;
        out.segment("DTP").text("472").text("D8").text(&day(claim.from)).end()?;
        out.segment("REF").text("6R").number(number).end()?;
    }
    let mut kept = out.delimiters().to_bytes().to_vec();
    kept.extend_from_slice(out.bytes());
    Ok(kept)
}

/// Enters the claims `0..count` of the members `0..members`, decided as they are later. `progress` gets the number of claims
/// entered so far.
///
/// # Errors
///
/// When the store cannot be written to, or has them already.
pub async fn generate_claims(
    store: &Stores,
    count: u64,
    members: u64,
    today: Date,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<()> {
    let mut first = 0;
    while first < count {
        let last = (first + BATCH_CLAIMS).min(count);
        let batch = tokio::task::spawn_blocking(move || {
            (first..last)
                .map(|index| LedgerEntry::Claim(Arc::new(decided(index, members, today))))
                .collect::<Vec<_>>()
        });
        let batch = batch.await.map_err(|_| crate::store::StoreError::Gone)?;
        let midnight = today.midnight().assume_utc().unix_timestamp() * 1_000_000;
        let by = Actor { who: "synthetic".into(), at_micros: midnight };
        store.claims.enter(batch, &by).await?;
        first = last;
        progress(first);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::store::{ClaimKey, ClaimQuery, ClaimScope};
    use crate::txn::claim::Claim;

    const TODAY: Date = date!(2026 - 11 - 21);

    #[test]
    fn the_text_says_what_the_row_says() {
        for index in [0, 1, 2, 77_777] {
            let row = claim(index, 100, TODAY);
            let claim = Claim::read(&row.text).expect("a claim");
            assert_eq!((&claim.account, claim.charge), (&row.account, row.charge));
            assert_eq!(claim.service_dates(), Some((row.from, row.to)));
            assert_eq!(claim.provider.npi(), &*row.billing.npi);
            let codes: Vec<_> =
                claim.lines.iter().filter_map(|line| line.procedure.as_ref()).collect();
            assert!(
                codes.iter().all(|procedure| {
                    row.procedures.iter().any(|code| **code == *procedure.code)
                })
            );
            let sum: Decimal = claim.lines.iter().map(|line| line.charge).sum();
            assert_eq!(sum, row.charge);
        }
    }

    #[tokio::test]
    async fn a_store_is_filled_with_claims_of_its_members() {
        let store = Stores::in_memory().await.expect("opens");
        synthetic::generate(&store, 20, TODAY, &mut |_| {}).await.expect("members");
        generate_claims(&store, 200, 20, TODAY, &mut |_| {}).await.expect("claims");
        assert_eq!(store.counts().await.expect("counts").claims, 200);
        let key = ClaimKey::Number("SYN0000000007".into());
        let found = store.claims.find(&[key], ClaimScope::default()).await.expect("found");
        let expected = ClaimVersion { text: Vec::new(), ..decided(7, 20, TODAY) };
        assert_eq!(found, [[expected]]);
        let query = ClaimQuery { words: vec!["medical".into()], limit: 1, ..Default::default() };
        assert_eq!(store.claims.search(&query).await.expect("a page").total, 200);
    }
}

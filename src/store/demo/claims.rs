//! Claims of the sandbox payer in every state, so that searches, screens and corrections have something to show.

use std::sync::Arc;

use rust_decimal::Decimal;
use time::{Date, Duration};

use crate::store::{
    Actor, Adjustment, ClaimForm, ClaimKey, ClaimOutcome, ClaimProvider, ClaimScope, ClaimState,
    ClaimVersion, Dispute, DisputeState, InformationRequest, LedgerEntry, MemberSearch, Owner,
    PaidLine, Patient, Payment, PaymentKind, Refund, RefundMethod, Remittance, RemittanceKey,
    Result, StateChange, StoreError, Stores,
};
use crate::wire::value::d8_text;

/// TRN03 of the payer's remittance advice.
const PAYER: &str = "1999999999";

/// The patient of all of them: a subscriber with in-network benefits.
const MEMBER: (&str, &str, &str, &str, &str) = ("S12300001001", "GREEN", "ALEX", "19850909", "U");

/// A line: procedure, charge, paid, and who bears the rest.
type Line = (&'static str, i64, i64, &'static [(&'static str, &'static str, i64)]);

/// What was decided about a claim: the number of the check or transfer, how it was paid, and the payer's reason code.
type Decision = (&'static str, &'static str, &'static str);

/// A claim of the sandbox.
struct Sample {
    number: &'static str,
    account: &'static str,
    /// Days before the day of the load.
    days_ago: i64,
    frequency: &'static str,
    replaces: Option<&'static str>,
    /// Category, status and entity as it stands.
    state: (&'static str, &'static str, &'static str),
    lines: &'static [Line],
    decision: Option<Decision>,
    /// A later advice that takes the decision back.
    taken_back: Option<&'static str>,
    /// A document that it announces.
    announced: Option<&'static str>,
}

const VISIT: &[Line] = &[("99213", 15_000, 0, &[])];
const PAID_VISIT: &[Line] = &[("99213", 15_000, 9_500, &[("CO", "45", 3_000), ("PR", "3", 2_500)])];

const BLANK: Sample = Sample {
    number: "",
    account: "",
    days_ago: 30,
    frequency: "1",
    replaces: None,
    state: ("P1", "20", ""),
    lines: VISIT,
    decision: None,
    taken_back: None,
    announced: None,
};

const SAMPLES: [Sample; 12] = [
    Sample { number: "D0000001", account: "DEMO01", days_ago: 16, ..BLANK },
    Sample {
        number: "D0000002",
        account: "DEMO02",
        days_ago: 18,
        state: ("P1", "38", ""),
        ..BLANK
    },
    Sample {
        number: "D0000003",
        account: "DEMO03",
        days_ago: 20,
        state: ("P3", "123", "1P"),
        announced: Some("DEMOACN3"),
        ..BLANK
    },
    Sample { number: "D0000004", account: "DEMO04", days_ago: 22, state: ("F0", "3", ""), ..BLANK },
    Sample {
        number: "D0000005",
        account: "DEMO05",
        days_ago: 40,
        state: ("F1", "65", ""),
        lines: &[
            (
                "99214:25",
                25_000,
                12_000,
                &[
                    ("CO", "45", 6_250),
                    ("CO", "104", 750),
                    ("PR", "1", 2_000),
                    ("PR", "2", 1_000),
                    ("PR", "3", 2_500),
                    ("OA", "23", 500),
                ],
            ),
            ("G0101", 9_195, 0, &[("CO", "97", 9_195)]),
        ],
        decision: Some(("DEMOEFT1", "ACH", "")),
        ..BLANK
    },
    Sample {
        number: "D0000006",
        account: "DEMO06",
        days_ago: 42,
        state: ("F2", "107", ""),
        lines: &[("99215", 32_000, 0, &[("CO", "256", 32_000)])],
        decision: Some(("DEMOCHK2", "CHK", "DCONT")),
        ..BLANK
    },
    Sample {
        number: "D0000007",
        account: "DEMO07",
        days_ago: 60,
        state: ("F3", "101", ""),
        lines: PAID_VISIT,
        decision: Some(("DEMOEFT3", "ACH", "")),
        taken_back: Some("DEMOEFT4"),
        ..BLANK
    },
    Sample {
        number: "D0000008",
        account: "DEMO07",
        days_ago: 60,
        frequency: "7",
        replaces: Some("D0000007"),
        state: ("F1", "65", ""),
        lines: &[("99214", 20_000, 14_000, &[("CO", "45", 3_500), ("PR", "3", 2_500)])],
        decision: Some(("DEMOEFT4", "ACH", "")),
        ..BLANK
    },
    Sample {
        number: "D0000009",
        account: "DEMO09",
        days_ago: 70,
        state: ("F4", "686", ""),
        lines: PAID_VISIT,
        decision: Some(("DEMOEFT5", "ACH", "")),
        taken_back: Some("DEMOEFT6"),
        ..BLANK
    },
    Sample {
        number: "D0000010",
        account: "DEMO09",
        days_ago: 70,
        frequency: "8",
        replaces: Some("D0000009"),
        state: ("F4", "686", ""),
        ..BLANK
    },
    Sample {
        number: "D0000011",
        account: "DEMO11",
        days_ago: 45,
        state: ("P2", "46", ""),
        lines: &[("99213", 15_000, 4_000, &[("CO", "45", 11_000)])],
        decision: Some(("DEMOCHK7", "CHK", "")),
        ..BLANK
    },
    Sample {
        number: "D0000012",
        account: "DEMO12",
        days_ago: 50,
        state: ("F1", "65", ""),
        lines: PAID_VISIT,
        decision: Some(("DEMOEFT8", "ACH", "")),
        ..BLANK
    },
];

/// Enters the claims, as of `today`, unless they are there already. The sandbox's members must be.
///
/// # Errors
/// The store did not answer, or has no such member.
pub async fn load_claims(stores: &Stores, today: Date, at_micros: i64) -> Result<()> {
    let first = [ClaimKey::Number(SAMPLES[0].number.into())];
    let known = stores.claims.find(&first, ClaimScope::default()).await?;
    if known.iter().any(|found| !found.is_empty()) {
        return Ok(());
    }
    let search = [MemberSearch::Id(MEMBER.0.into())];
    let found = stores.members.find(&search).await?;
    let member = found.into_iter().flatten().next();
    let owner =
        member.map(|file| Owner { subscriber: file.member.subscriber, suffix: file.member.suffix });
    let owner = owner.ok_or(StoreError::Corrupt { what: "demonstration" })?;
    let by = Actor { who: "sandbox".into(), at_micros };
    stores.claims.enter(entries(today, &owner), &by).await
}

fn entries(today: Date, owner: &Owner) -> Vec<LedgerEntry> {
    let mut entries: Vec<LedgerEntry> = SAMPLES
        .iter()
        .map(|sample| LedgerEntry::Claim(Arc::new(sample.version(today, owner))))
        .collect();
    for key in advices() {
        entries.push(LedgerEntry::Remittance(Box::new(remittance(&key, today))));
        for sample in &SAMPLES {
            if sample.taken_back == Some(&*key) {
                entries.extend(sample.payment(&key, PaymentKind::Reversal, today));
            }
        }
        for sample in &SAMPLES {
            if sample.decision.is_some_and(|(trace, ..)| *trace == *key) {
                entries.extend(sample.payment(&key, PaymentKind::Decision, today));
            }
        }
    }
    entries.extend(SAMPLES.iter().flat_map(|sample| sample.states(today)));
    entries.extend(belongings(today));
    entries
}

/// The numbers of the advices, in order.
fn advices() -> Vec<Box<str>> {
    let mut traces: Vec<Box<str>> = SAMPLES
        .iter()
        .flat_map(|sample| [sample.decision.map(|(trace, ..)| trace), sample.taken_back])
        .flatten()
        .map(Box::from)
        .collect();
    traces.sort_by_key(|trace| trace.chars().last());
    traces.dedup();
    traces
}

fn ago(today: Date, days: i64) -> Date {
    today.saturating_sub(Duration::days(days))
}

fn cents(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

fn key(trace: &str) -> RemittanceKey {
    RemittanceKey { payer: PAYER.into(), trace: trace.into() }
}

fn remittance(trace: &str, today: Date) -> Remittance {
    let method = if trace.contains("CHK") { "CHK" } else { "ACH" };
    let decided = SAMPLES.iter().filter(|s| s.decision.is_some_and(|(known, ..)| known == trace));
    let taken_back = SAMPLES.iter().filter(|sample| sample.taken_back == Some(trace));
    let net: i64 =
        decided.map(Sample::paid).sum::<i64>() - taken_back.map(Sample::paid).sum::<i64>();
    Remittance {
        key: key(trace),
        date: ago(today, 12),
        method: if net > 0 { method } else { "NON" }.into(),
        amount: cents(net.max(0)),
        payee_npi: "1234567893".into(),
        payee_tin: "123456789".into(),
        adjustments: Vec::new(),
        text: Vec::new(),
    }
}

/// The dispute, the request and the refund.
fn belongings(today: Date) -> Vec<LedgerEntry> {
    vec![
        LedgerEntry::Request(InformationRequest {
            trace: "D0000003-1".into(),
            claim: "D0000003".into(),
            wanted: vec!["18594-2".into()],
            asked: ago(today, 10),
            due: today.saturating_add(Duration::days(35)),
            answered: None,
        }),
        LedgerEntry::Dispute(Dispute {
            number: "D0000011-D1".into(),
            claim: "D0000011".into(),
            state: DisputeState::Open,
            opened: ago(today, 5),
            closed: None,
            attachments: Vec::new(),
            note: "THE CONTRACT PAYS 95 FOR THIS VISIT".into(),
        }),
        LedgerEntry::Refund(Refund {
            claim: "D0000009".into(),
            by: Some("D0000010".into()),
            amount: Some(cents(9_500)),
            method: RefundMethod::Recoupment,
            check: "".into(),
            on: ago(today, 20),
        }),
    ]
}

impl Sample {
    fn charge(&self) -> i64 {
        self.lines.iter().map(|(_, charge, ..)| charge).sum()
    }

    fn paid(&self) -> i64 {
        self.lines.iter().map(|(_, _, paid, _)| paid).sum()
    }

    fn version(&self, today: Date, owner: &Owner) -> ClaimVersion {
        let day = ago(today, self.days_ago);
        let provider = |last: &str, first: &str, npi: &str, tin: &str| ClaimProvider {
            npi: npi.into(),
            tin: tin.into(),
            last: last.into(),
            first: first.into(),
        };
        let clinic = provider("SAMPLE CLINIC", "", "1234567893", "123456789");
        let received = ago(today, self.days_ago - if self.replaces.is_some() { 30 } else { 2 });
        let mut procedures: Vec<Box<str>> = self
            .lines
            .iter()
            .map(|(procedure, ..)| procedure.split(':').next().unwrap_or("").into())
            .collect();
        procedures.sort_unstable();
        procedures.dedup();
        ClaimVersion {
            number: self.number.into(),
            original: self.replaces.unwrap_or(self.number).into(),
            version: if self.replaces.is_some() { 2 } else { 1 },
            replaces: self.replaces.map(Box::from),
            successor: None,
            form: ClaimForm::Professional,
            frequency: self.frequency.into(),
            facility: "11".into(),
            account: self.account.into(),
            member: Some(owner.clone()),
            patient: Patient {
                member_id: MEMBER.0.into(),
                last: MEMBER.1.into(),
                first: MEMBER.2.into(),
                birth: crate::wire::value::date_d8(MEMBER.3.as_bytes()),
            },
            billing: clinic.clone(),
            payee: clinic,
            rendering: provider("ROE", "RICHARD", "1245319599", "987654321"),
            charge: cents(self.charge()),
            from: day,
            to: day,
            received,
            state: ClaimState {
                category: "P1".into(),
                code: "20".into(),
                entity: "".into(),
                effective: received,
            },
            outcome: ClaimOutcome {
                reason: self.decision.map_or("", |(.., reason)| reason).into(),
                ..ClaimOutcome::default()
            },
            risk: "".into(),
            referral: "".into(),
            authorization: "".into(),
            announced: self
                .announced
                .map(|control| crate::store::Announced {
                    control: control.into(),
                    report: "OZ".into(),
                    transmission: "EL".into(),
                })
                .into_iter()
                .collect(),
            procedures,
            // Of each its own: they are no duplicates of each other.
            service_key: self.number.bytes().fold(7, |key, byte| key * 131 + u64::from(byte)),
            partner: "submitter1".into(),
            interchange: 0,
            text: self.text(day).into_bytes(),
        }
    }

    /// The claim as it might have been sent.
    fn text(&self, day: Date) -> String {
        let (id, last, first, birth, gender) = MEMBER;
        let amount = |value: i64| cents(value).normalize();
        let mut text = format!(
            "*:^~NM1*85*2*SAMPLE CLINIC*****XX*1234567893~N3*1 CLINIC WAY~N4*BOSTON*MA*021110001~\
             REF*EI*123456789~SBR*P*18*******HM~NM1*IL*1*{last}*{first}****MI*{id}~N3*1 MAIN ST~\
             N4*BOSTON*MA*02111~DMG*D8*{birth}*{gender}~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~\
             CLM*{}*{}***11:B:{}*Y*A*Y*Y~",
            self.account,
            amount(self.charge()),
            self.frequency
        );
        if let Some(control) = self.announced {
            text.push_str(&format!("PWK*OZ*EL***AC*{control}~"));
        }
        if let Some(number) = self.replaces {
            text.push_str(&format!("REF*F8*{number}~"));
        }
        text.push_str("HI*ABK:J069~NM1*82*1*ROE*RICHARD****XX*1245319599~PRV*PE*PXC*207Q00000X~");
        for (number, (procedure, charge, ..)) in (1..).zip(self.lines) {
            text.push_str(&format!(
                "LX*{number}~SV1*HC:{procedure}*{}*UN*1***1~DTP*472*D8*{}~REF*6R*{}L{number}~",
                amount(*charge),
                d8_text(day).as_str(),
                self.account
            ));
        }
        text
    }

    fn payment(&self, trace: &str, kind: PaymentKind, today: Date) -> Option<LedgerEntry> {
        let sign = if kind == PaymentKind::Reversal { -1 } else { 1 };
        let adjustment = |(group, reason, amount): &(&str, &str, i64)| Adjustment {
            group: (*group).into(),
            reason: (*reason).into(),
            amount: cents(sign * amount),
            quantity: None,
        };
        let owed = |group: &str| -> i64 {
            let all = self.lines.iter().flat_map(|(.., adjustments)| adjustments.iter());
            all.filter(|(known, ..)| *known == group).map(|(.., amount)| amount).sum()
        };
        let line = |(index, line): (usize, &Line)| {
            let (procedure, charge, paid, adjustments) = line;
            let withheld = |(group, reason, amount): &(&str, &str, i64)| {
                if (*group, *reason) == ("CO", "45") { *amount } else { 0 }
            };
            let allowed = charge - adjustments.iter().map(withheld).sum::<i64>();
            let day = ago(today, self.days_ago);
            PaidLine {
                line: Some(index as u32 + 1),
                control: format!("{}L{}", self.account, index + 1).into(),
                procedure: format!("HC:{procedure}").into(),
                dates: Some((day, day)),
                charge: cents(sign * charge),
                paid: cents(sign * paid),
                allowed: (*paid > 0).then(|| cents(sign * allowed)),
                units: Some(Decimal::from(sign)),
                adjustments: adjustments.iter().map(adjustment).collect(),
                ..PaidLine::default()
            }
        };
        self.decision.map(|_| {
            LedgerEntry::Payment(Box::new(Payment {
                claim: self.number.into(),
                kind,
                remittance: key(trace),
                status: if sign < 0 { "22" } else { "1" }.into(),
                charge: cents(sign * self.charge()),
                paid: cents(sign * self.paid()),
                patient: cents(if sign < 0 { 0 } else { owed("PR") }),
                interest: Decimal::ZERO,
                adjustments: Vec::new(),
                remarks: Vec::new(),
                lines: self.lines.iter().enumerate().map(line).collect(),
                finalized: ago(today, 14),
                remitted: ago(today, 12),
            }))
        })
    }

    /// How it came to stand as it does.
    fn states(&self, today: Date) -> Vec<LedgerEntry> {
        let change = |state: (&str, &str, &str), days, why: &str| {
            LedgerEntry::State(StateChange {
                claim: self.number.into(),
                state: ClaimState {
                    category: state.0.into(),
                    code: state.1.into(),
                    entity: state.2.into(),
                    effective: ago(today, days),
                },
                why: why.into(),
            })
        };
        let mut changes = Vec::new();
        // What was paid before it was replaced, voided or disputed.
        if self.decision.is_some() && !matches!(self.state.0, "F1" | "F2") {
            changes.push(change(("F1", "65", ""), 14, "paid"));
        }
        let why = match self.state.0 {
            "F1" => "paid",
            "F2" => "denied",
            "F3" => "replaced",
            "F4" => "voided",
            "P2" => "disputed",
            "P3" => "information requested",
            _ => "",
        };
        if self.state != ("P1", "20", "") {
            changes.push(change(self.state, if self.state.0 == "P2" { 5 } else { 13 }, why));
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::demo;

    #[test]
    fn every_decided_line_balances() {
        for sample in SAMPLES.iter().filter(|sample| sample.decision.is_some()) {
            for (procedure, charge, paid, adjustments) in sample.lines {
                let adjusted: i64 = adjustments.iter().map(|(.., amount)| amount).sum();
                assert_eq!(*charge, paid + adjusted, "{} {procedure}", sample.number);
            }
        }
    }

    #[tokio::test]
    async fn the_claims_are_loaded_once_and_stand_as_they_say() {
        let stores = Stores::in_memory().await.expect("opens");
        let today = time::macros::date!(2026 - 01 - 05);
        demo::load(&stores, today).await.expect("loads");
        for _ in 0..2 {
            load_claims(&stores, today, 1_767_605_400_000_000).await.expect("loads");
        }
        let numbers: Vec<Box<str>> = SAMPLES.iter().map(|sample| sample.number.into()).collect();
        let histories = stores.claims.histories(&numbers).await.expect("read");
        for (sample, history) in SAMPLES.iter().zip(histories) {
            let history = history.expect("known");
            let version = history.versions.iter().find(|v| &*v.number == sample.number);
            let version = version.expect("a version");
            let state = (&*version.state.category, &*version.state.code, &*version.state.entity);
            assert_eq!(state, sample.state, "{}", sample.number);
            let paid = if sample.taken_back.is_some() || sample.decision.is_none() {
                0
            } else {
                sample.paid()
            };
            assert_eq!(version.outcome.paid, cents(paid), "{}", sample.number);
            assert!(version.member.is_some() && !version.text.is_empty());
        }
    }
}

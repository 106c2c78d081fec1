//! The demonstration payer with claims in its ledger, and advice about them as the core system of a payer would send it.

use std::sync::Arc;

use rust_decimal::Decimal;
use time::Date;
use time::macros::{date, datetime};
use tokio::runtime::Runtime;

use super::super::{Outcome, RemittancePolicy, RemittanceService};
use crate::answer::{AnswerContext, Responder};
use crate::check::{GroupHeader, SetChecker, SetPlace};
use crate::config::{Accumulators, Config};
use crate::finding::Policy;
use crate::guide::Registry;
use crate::partner::{Lane, Partner, ProviderScope};
use crate::store::{
    Accumulator, Actor, Batch, ClaimForm, ClaimHistory, ClaimOutcome, ClaimProvider, ClaimState,
    ClaimVersion, LedgerEntry, MemberSearch, Owner, Patient, RemittanceKey, Stores, demo,
};
use crate::txn::advice::GUIDE_824;
use crate::txn::remittance::tests::walk;
use crate::wire::{Delimiters, Emitter, Inline};

/// The day of the demonstration.
pub(super) const TODAY: Date = date!(2026 - 01 - 05);

/// The day of service of the claims.
pub(super) const SERVED: Date = date!(2026 - 01 - 02);

/// A store with a ledger, and a runtime to ask it with.
pub(super) struct Ledger {
    runtime: Runtime,
    pub(super) stores: Stores,
    pub(super) accumulators: Accumulators,
}

impl Ledger {
    /// The demonstration payer without claims.
    pub(super) fn demo() -> Ledger {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let stores = runtime.block_on(async {
            let stores = Stores::in_memory().await.unwrap();
            demo::load(&stores, TODAY).await.unwrap();
            stores
        });
        Ledger { runtime, stores, accumulators: Accumulators::Ledger }
    }

    pub(super) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(super) fn enter(&self, entries: Vec<LedgerEntry>) {
        let by = Actor { who: "operator".into(), at_micros: 1_767_600_000_000_000 };
        self.wait(self.stores.claims.enter(entries, &by)).unwrap();
    }

    /// Enters a claim of John Doe for 100.
    pub(super) fn claim(&self, number: &str, account: &str) {
        self.enter(vec![LedgerEntry::Claim(Arc::new(claim(number, account, 100)))]);
    }

    /// Enters a replacement (7) or void (8) of a claim.
    pub(super) fn version(&self, number: &str, of: &str, frequency: &str, charge: i64) {
        let history = self.history(of);
        let original = &history.versions[0];
        self.enter(vec![LedgerEntry::Claim(Arc::new(ClaimVersion {
            original: original.number.clone(),
            version: history.versions.len() as u32 + 1,
            replaces: Some(of.into()),
            frequency: frequency.into(),
            ..claim(number, &original.account, charge)
        }))]);
    }

    /// What becomes of these sets, which come in one interchange. What is loaded is entered.
    pub(super) fn receive(&self, sets: &[String]) -> Vec<Result<(), Vec<String>>> {
        let plans = self.wait(self.stores.plans.all()).unwrap();
        let service = RemittanceService::new(plans);
        let context = self.context();
        let advice: Vec<_> = sets.iter().map(|set| walk(set).1).collect();
        let lookup = service.plan(&advice, &context);
        let found = self.wait(service.fetch(&self.stores, &lookup)).unwrap();
        let answers = service.answer(advice, lookup, found, &context);
        let mut results = Vec::new();
        for mut answer in answers {
            let mut entries = Vec::new();
            for batch in service.rows(&mut answer) {
                if let Batch::Ledger(more) = batch {
                    entries.extend(more);
                }
            }
            match service.is_sent(&answer) {
                true => {
                    assert!(entries.is_empty());
                    results.push(Err(words(&service, answer)));
                }
                false => {
                    assert!(!entries.is_empty());
                    self.enter(entries);
                    results.push(Ok(()));
                }
            }
        }
        results
    }

    /// Loads one set, which is valid by our own check.
    pub(super) fn load(&self, set: &str) {
        let findings = walk(set).0;
        assert!(findings.is_empty(), "{findings:?}");
        assert_eq!(self.receive(&[set.to_owned()]), [Ok(())]);
    }

    /// Why a set is refused.
    pub(super) fn refusal(&self, set: &str) -> Vec<String> {
        self.receive(&[set.to_owned()]).remove(0).unwrap_err()
    }

    fn context(&self) -> AnswerContext<RemittancePolicy> {
        let mut policy =
            (*RemittanceService::policy(&Partner::stranger(&Config::default()))).clone();
        policy.accumulators = self.accumulators;
        policy.partner.id = "CORE".into();
        AnswerContext {
            now: datetime!(2026-01-05 09:30),
            lane: Lane::Batch,
            scope: ProviderScope::All,
            policy: policy.into(),
            trace: "000000101".into(),
            group: GroupHeader::default(),
        }
    }

    pub(super) fn history(&self, number: &str) -> ClaimHistory {
        self.wait(self.stores.claims.histories(&[number.into()])).unwrap().remove(0).unwrap()
    }

    /// How versions of a claim stand: `number category:code paid`.
    pub(super) fn standing(&self, number: &str) -> Vec<String> {
        let stands = |version: &ClaimVersion| {
            let ClaimState { category, code, .. } = &version.state;
            format!("{} {category}:{code} {}", version.number, version.outcome.paid.normalize())
        };
        self.history(number).versions.iter().map(stands).collect()
    }

    pub(super) fn remittance(&self, trace: &str) -> Option<crate::store::Remittance> {
        let key = RemittanceKey { payer: "1999999999".into(), trace: trace.into() };
        self.wait(self.stores.claims.remittances(&[key])).unwrap().remove(0)
    }

    /// What a member has used: level, kind, network and amount of this year.
    pub(super) fn used(&self, id: &str) -> Vec<String> {
        let search = MemberSearch::Id(id.into());
        let mut files = self.wait(self.stores.members.find(&[search])).unwrap().remove(0);
        let mut used: Vec<String> = files.remove(0).accumulators.iter().filter_map(said).collect();
        used.sort();
        used
    }
}

fn said(used: &Accumulator) -> Option<String> {
    let Accumulator { kind, level, network, year_begin, used, .. } = used;
    (year_begin.year() == 2026 || year_begin.year() == 2025).then(|| {
        format!("{level:?} {kind:?} {network:?} {} {}", year_begin.year(), used.normalize())
    })
}

/// The words of an 824, which is valid by our own check and repeats no name.
fn words(service: &RemittanceService, answer: Outcome) -> Vec<String> {
    let Outcome::Refused(advice) = &answer else { panic!("not refused") };
    let errors = advice.items.iter().flat_map(|item| &item.errors);
    let said = errors.map(|error| error.words.to_string()).collect();
    let mut out = Emitter::new(Delimiters::STANDARD);
    service.write(answer, "0001", &mut out).unwrap();
    let text = out.into_bytes();
    let group = GroupHeader {
        functional: Inline::from("AG"),
        version: Inline::from(GUIDE_824),
        ..GroupHeader::default()
    };
    let place = SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
    let report = SetChecker::new(Registry::embedded(), &Policy::default()).check(&text, place);
    assert!(report.findings.is_empty(), "{:?}", report.findings.iter().collect::<Vec<_>>());
    said
}

/// A claim of John Doe that waits, with two lines.
pub(super) fn claim(number: &str, account: &str, charge: i64) -> ClaimVersion {
    let clinic = ClaimProvider {
        npi: "1234567893".into(),
        tin: "123456789".into(),
        last: "SAMPLE CLINIC".into(),
        first: "".into(),
    };
    let text = format!(
        "*:^~NM1*85*2*SAMPLE CLINIC*****XX*1234567893~SBR*P*18*******HM~\
         NM1*IL*1*DOE*JOHN****MI*S12300000201~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~\
         CLM*{account}*{charge}***11:B:1*Y*A*Y*Y~HI*ABK:Z01419~\
         LX*1~SV1*HC:99213*{}*UN*1***1~DTP*472*D8*20260102~REF*6R*L1~\
         LX*2~SV1*HC:80053*20*UN*2***1~DTP*472*D8*20260102~",
        charge - 20
    );
    ClaimVersion {
        number: number.into(),
        original: number.into(),
        version: 1,
        replaces: None,
        successor: None,
        form: ClaimForm::Professional,
        frequency: "1".into(),
        facility: "11".into(),
        account: account.into(),
        member: Some(Owner { subscriber: "123000002".into(), suffix: "01".into() }),
        patient: Patient {
            member_id: "S12300000201".into(),
            last: "DOE".into(),
            first: "JOHN".into(),
            birth: None,
        },
        billing: clinic.clone(),
        payee: clinic.clone(),
        rendering: clinic,
        charge: Decimal::from(charge),
        from: SERVED,
        to: SERVED,
        received: TODAY,
        state: ClaimState {
            category: "P1".into(),
            code: "20".into(),
            entity: "".into(),
            effective: TODAY,
        },
        outcome: ClaimOutcome::default(),
        risk: "".into(),
        referral: "".into(),
        authorization: "".into(),
        announced: Vec::new(),
        procedures: vec!["99213".into(), "80053".into()],
        service_key: 0,
        partner: "submitter1".into(),
        interchange: 0,
        text: text.into_bytes(),
    }
}

/// A set with this number, these claims and provider adjustments.
pub(super) fn advice(trace: &str, amount: &str, claims: &[&str], plb: &str) -> String {
    let (handling, method) = if amount == "0" { ("H", "NON") } else { ("I", "CHK") };
    let mut text = format!(
        "ST*835*0001~BPR*{handling}*{amount}*C*{method}************20260105~TRN*1*{trace}*1999999999~\
         DTM*405*20260104~N1*PR*SAMPLE HEALTH PLAN~N3*9 PLAN WAY~N4*BOSTON*MA*02111~\
         PER*BL*EDI DESK*TE*6175550100~N1*PE*SAMPLE CLINIC*XX*1234567893~REF*TJ*123456789~LX*1~{}{plb}",
        claims.concat()
    );
    let count = text.matches('~').count() + 1;
    text.push_str(&format!("SE*{count}*0001~"));
    text
}

/// John Doe's claim of 100, paid 50 after 20 of deductible and 10 of copayment.
pub(super) fn paid(account: &str, number: &str) -> String {
    decision(&format!("{account}*1*100*50*30*HM*{number}*11*1"), 1)
}

/// The same taken back.
pub(super) fn reversed(account: &str, number: &str) -> String {
    decision(&format!("{account}*22*-100*-50**HM*{number}*11*1"), -1)
}

fn decision(head: &str, sign: i64) -> String {
    let money = |amount: i64| amount * sign;
    format!(
        "CLP*{head}~NM1*QC*1*DOE*JOHN****MI*S12300000201~DTM*232*20260102~\
         SVC*HC:99213*{}*{}**{}~CAS*CO*45*{}~CAS*PR*1*{}**3*{}~REF*6R*L1~\
         SVC*HC:80053*{}*{}**{}~CAS*CO*45*{}~",
        money(80),
        money(45),
        money(1),
        money(5),
        money(20),
        money(10),
        money(20),
        money(5),
        money(2),
        money(15),
    )
}

/// A decision by which nothing is paid, as a whole.
pub(super) fn denied(account: &str, number: &str, status: &str, cas: &str) -> String {
    format!(
        "CLP*{account}*{status}*100*0**HM*{number}*11*1~CAS*{cas}~NM1*QC*1*DOE*JOHN****MI*S12300000201~\
         DTM*232*20260102~"
    )
}

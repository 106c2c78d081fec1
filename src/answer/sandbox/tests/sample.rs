//! The demonstration payer as a sandbox, with claims that wait.

use std::sync::Arc;

use rust_decimal::Decimal;
use time::Date;
use time::macros::date;
use tokio::runtime::Runtime;

use crate::answer::sandbox::{Rules, SandboxRun, WHO, rules, run, text};
use crate::store::{
    Actor, Attachment, ClaimForm, ClaimHistory, ClaimOutcome, ClaimProvider, ClaimState,
    ClaimVersion, LedgerEntry, MemberSearch, Owner, Patient, Stores, demo,
};
use crate::txn::remittance::tests::walk;

/// The day of the demonstration and of all services.
pub(super) const TODAY: Date = date!(2026 - 01 - 05);

/// What waits is written down so.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) number: &'static str,
    pub(super) account: &'static str,
    /// Subscriber number; the suffix is 01.
    pub(super) member: &'static str,
    /// Procedure, charge in cents, units.
    pub(super) lines: &'static [(&'static str, i64, i64)],
    /// Segments of other payers, before the lines.
    pub(super) others: &'static str,
    pub(super) order: &'static str,
    pub(super) served: Date,
    /// A price is asked for before the service.
    pub(super) is_planned: bool,
}

/// A claim of John Doe, who has 380 of deductible to pay.
pub(super) const JOHN: Draft = Draft {
    number: "C1",
    account: "PT1",
    member: "123000002",
    lines: &[("99213", 10_000, 1)],
    others: "",
    order: "P",
    served: TODAY,
    is_planned: false,
};

pub(super) struct Sandbox {
    runtime: Runtime,
    pub(super) stores: Stores,
}

impl Sandbox {
    pub(super) fn new() -> Sandbox {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let stores = runtime.block_on(async {
            let stores = Stores::in_memory().await.unwrap();
            demo::load(&stores, TODAY).await.unwrap();
            stores
        });
        Sandbox { runtime, stores }
    }

    /// With one claim that waits.
    pub(super) fn with(draft: &Draft) -> Sandbox {
        let sandbox = Sandbox::new();
        sandbox.receive(draft);
        sandbox
    }

    pub(super) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(super) fn rules(&self) -> Rules {
        self.wait(rules(&self.stores)).unwrap().unwrap()
    }

    pub(super) fn enter(&self, entries: Vec<LedgerEntry>) {
        let by = Actor { who: WHO.into(), at_micros: 1_767_600_000_000_000 };
        self.wait(self.stores.claims.enter(entries, &by)).unwrap();
    }

    pub(super) fn receive(&self, draft: &Draft) {
        self.enter(vec![LedgerEntry::Claim(Arc::new(draft.version()))]);
    }

    /// Receives a replacement (7) or void (8) of the claim `of`.
    pub(super) fn correct(&self, of: &str, frequency: &str, draft: &Draft) {
        let history = self.history(of);
        self.enter(vec![LedgerEntry::Claim(Arc::new(ClaimVersion {
            original: history.versions[0].number.clone(),
            version: history.versions.len() as u32 + 1,
            replaces: Some(of.into()),
            frequency: frequency.into(),
            ..draft.version()
        }))]);
    }

    pub(super) fn decide(&self, today: Date) -> SandboxRun {
        self.wait(run(&self.rules(), &self.stores, today, None)).unwrap()
    }

    /// Decides what waits and enters it; the 835s, which are valid by our own check.
    pub(super) fn adjudicate(&self) -> Vec<String> {
        self.adjudicate_on(TODAY)
    }

    pub(super) fn adjudicate_on(&self, today: Date) -> Vec<String> {
        let run = self.decide(today);
        let sets = run.payments.iter().map(|payment| {
            let set = String::from_utf8(text(&payment.advice).unwrap()).unwrap();
            let (findings, again) = walk(&set);
            assert!(findings.is_empty(), "{findings:?}\n{set}");
            assert!(again == payment.advice, "it is read as it was written");
            set
        });
        let sets = sets.collect();
        if !run.entries.is_empty() {
            self.enter(run.entries);
        }
        sets
    }

    /// As [`Sandbox::adjudicate`], where one 835 is expected.
    pub(super) fn pay(&self) -> String {
        let mut sets = self.adjudicate();
        assert_eq!(sets.len(), 1);
        sets.remove(0)
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

    /// What a member has used of the deductible in the network.
    pub(super) fn deductible(&self, id: &str) -> Decimal {
        use crate::store::{AccumulatorKind, Level, Network};
        let search = MemberSearch::Id(id.into());
        let files = self.wait(self.stores.members.find(&[search])).unwrap().remove(0);
        let mut of = files[0].accumulators.iter().filter(|used| {
            used.kind == AccumulatorKind::Deductible
                && used.level == Level::Individual
                && used.network == Network::In
        });
        of.next().map_or(Decimal::ZERO, |used| used.used)
    }
}

impl Draft {
    fn charge(&self) -> Decimal {
        Decimal::new(self.lines.iter().map(|line| line.1).sum(), 2)
    }

    fn version(&self) -> ClaimVersion {
        let clinic = ClaimProvider {
            npi: "1234567893".into(),
            tin: "123456789".into(),
            last: "SAMPLE CLINIC".into(),
            first: "".into(),
        };
        let owner = Owner { subscriber: self.member.into(), suffix: "01".into() };
        ClaimVersion {
            number: self.number.into(),
            original: self.number.into(),
            version: 1,
            replaces: None,
            successor: None,
            form: ClaimForm::Professional,
            frequency: "1".into(),
            facility: "11".into(),
            account: self.account.into(),
            member: Some(owner).filter(|_| !self.member.is_empty()),
            patient: Patient::default(),
            billing: clinic.clone(),
            payee: clinic.clone(),
            rendering: clinic,
            charge: self.charge(),
            from: self.served,
            to: self.served,
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
            procedures: Vec::new(),
            service_key: 0,
            partner: "submitter1".into(),
            interchange: 0,
            text: self.text().into_bytes(),
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "*:^~NM1*85*2*SAMPLE CLINIC*****XX*1234567893~N3*1 CLINIC WAY~N4*BOSTON*MA*02111~\
             SBR*{}*18*******HM~NM1*IL*1*DOE*JOHN****MI*S{}01~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~\
             CLM*{}*{}***11:B:1*Y*A*Y*Y{}~HI*ABK:Z01419~{}",
            self.order,
            self.member,
            self.account,
            self.charge(),
            if self.is_planned { "**********PB" } else { "" },
            self.others
        );
        for (place, (code, cents, units)) in self.lines.iter().enumerate() {
            let charge = Decimal::new(*cents, 2);
            let day = crate::wire::value::d8_text(self.served);
            // The first line has a number of the provider's, the others have none.
            let control = if place == 0 { "REF*6R*L1~" } else { "" };
            text.push_str(&format!(
                "LX*{}~SV1*HC:{code}*{charge}*UN*{units}***1~DTP*472*D8*{}~{control}",
                place + 1,
                day.as_str()
            ));
        }
        text
    }
}

/// A document for a claim.
pub(super) fn document(claim: &str) -> LedgerEntry {
    LedgerEntry::Attachment(Attachment {
        control: "ACN1".into(),
        provider: "1234567893".into(),
        account: "PT1".into(),
        member_id: "".into(),
        claim: Some(claim.into()),
        request: "".into(),
        kind: "".into(),
        media: "".into(),
        name: "".into(),
        hash: [7; 32],
        bytes: 1,
        received: TODAY,
    })
}

//! The Doe family, three providers and a few claims, and a store of them.

use rust_decimal::Decimal;
use time::Date;
use time::macros::date;

use super::*;
use crate::store::{
    Backend, ClaimForm, ClaimHistory, ClaimKey, ClaimOutcome, ClaimProvider, ClaimScope,
    ClaimState, ClaimVersion, Claims, Gender, Intake, InterchangeKey, InterchangeRow, Journal,
    Logins, Member, MemberFile, MemberSearch, Members, NewInterchange, Owner, PartnerRow, Partners,
    Patient, Payment, Plan, Plans, Provider, Providers, Relationship, Reply,
};

pub(in super::super) const CLINIC: &str = "1234567893";
pub(in super::super) const ROE: &str = "1245319599";
pub(in super::super) const OTHER: &str = "1000000053";

/// The data; tests change them at will.
#[derive(Clone, Default)]
pub(in super::super) struct Sample {
    pub(in super::super) members: Vec<MemberFile>,
    pub(in super::super) providers: Vec<Provider>,
    pub(in super::super) claims: Vec<ClaimVersion>,
    pub(in super::super) payments: Vec<Payment>,
    /// The store has no ledger.
    pub(in super::super) without_ledger: bool,
}

impl Sample {
    /// Jane with a paid claim `C1` and a pending one `C2`, both in December, and an old one `C0`; Max with `M1`.
    pub(super) fn new() -> Sample {
        let jane = member("01", "Jane", date!(1980 - 01 - 15), Relationship::Myself);
        let max = member("03", "MAX", date!(2015 - 05 - 05), Relationship::Child);
        let max = Member { own_id: false, ..max };
        let subscriber = Box::new(jane.clone());
        let file = |member: Member| MemberFile {
            subscriber: (member.relationship != Relationship::Myself).then(|| subscriber.clone()),
            member,
            coverage: Vec::new(),
            accumulators: Vec::new(),
            relatives: Vec::new(),
            other: Vec::new(),
        };
        let old =
            ClaimVersion { to: date!(2024 - 01 - 04), ..claim("C0", "01", date!(2024 - 01 - 02)) };
        Sample {
            members: [jane, max].map(file).into(),
            providers: [CLINIC, ROE, OTHER].map(provider).into(),
            claims: vec![
                paid(claim("C1", "01", date!(2025 - 12 - 10)), 180),
                claim("C2", "01", date!(2025 - 12 - 03)),
                old,
                claim("M1", "03", date!(2025 - 12 - 05)),
            ],
            ..Sample::default()
        }
    }

    pub(in super::super) fn claim(&mut self, number: &str) -> &mut ClaimVersion {
        self.claims.iter_mut().find(|claim| *claim.number == *number).unwrap()
    }

    /// A version that takes the place of another.
    pub(in super::super) fn replace(&mut self, number: &str, by: &str, frequency: &str) {
        let old = self.claim(number);
        old.successor = Some(by.into());
        let new = ClaimVersion {
            number: by.into(),
            version: old.version + 1,
            replaces: Some(number.into()),
            successor: None,
            frequency: frequency.into(),
            ..old.clone()
        };
        old.state = state("F3", "101");
        self.claims.push(new);
    }

    pub(super) fn stores(&self) -> Stores {
        Stores::of(Arc::new(self.clone()))
    }

    fn latest(&self, number: &str) -> Option<&ClaimVersion> {
        let mut claim = self.claims.iter().find(|claim| *claim.number == *number)?;
        while let Some(next) = &claim.successor {
            claim = self.claims.iter().find(|claim| claim.number == *next)?;
        }
        Some(claim)
    }

    fn by(&self, key: &ClaimKey) -> Vec<ClaimVersion> {
        let mut found: Vec<&ClaimVersion> = match key {
            ClaimKey::Number(number) => {
                self.claims.iter().filter(|claim| claim.number == *number).collect()
            }
            ClaimKey::Latest(number) => self.latest(number).into_iter().collect(),
            ClaimKey::Member { owner, from, to } => {
                let of = |claim: &&ClaimVersion| claim.member.as_ref() == Some(owner);
                let served = |claim: &&ClaimVersion| claim.from <= *to && claim.to >= *from;
                let claims = self.claims.iter().filter(|claim| claim.is_latest());
                claims.filter(of).filter(served).collect()
            }
            _ => panic!("not asked for here"),
        };
        found.sort_by_key(|claim| std::cmp::Reverse(claim.from));
        found.into_iter().cloned().collect()
    }
}

pub(in super::super) fn state(category: &str, code: &str) -> ClaimState {
    ClaimState {
        category: category.into(),
        code: code.into(),
        entity: Box::default(),
        effective: date!(2025 - 12 - 20),
    }
}

/// The claim, paid so much by a remittance of 22 December.
pub(in super::super) fn paid(claim: ClaimVersion, dollars: i64) -> ClaimVersion {
    ClaimVersion {
        state: state("F1", "65"),
        outcome: ClaimOutcome {
            paid: dollars.into(),
            finalized: Some(date!(2025 - 12 - 18)),
            remitted: Some(date!(2025 - 12 - 22)),
            trace: "EFT000123".into(),
            reason: Box::default(),
        },
        ..claim
    }
}

/// A pending claim of 250 dollars, billed by the clinic and rendered by Dr. Roe.
pub(in super::super) fn claim(number: &str, suffix: &str, day: Date) -> ClaimVersion {
    let npi = |npi: &str, tin: &str| ClaimProvider {
        npi: npi.into(),
        tin: tin.into(),
        ..ClaimProvider::default()
    };
    ClaimVersion {
        number: number.into(),
        original: number.into(),
        version: 1,
        replaces: None,
        successor: None,
        form: ClaimForm::Professional,
        frequency: "1".into(),
        facility: "11".into(),
        account: format!("ACC-{number}").into(),
        member: Some(Owner { subscriber: "123000001".into(), suffix: suffix.into() }),
        patient: Patient::default(),
        billing: npi(CLINIC, "123456789"),
        payee: npi(CLINIC, "123456789"),
        rendering: npi(ROE, ""),
        charge: Decimal::from(250),
        from: day,
        to: day,
        received: date!(2025 - 12 - 12),
        state: state("P1", "20"),
        outcome: ClaimOutcome::default(),
        risk: Box::default(),
        referral: Box::default(),
        authorization: Box::default(),
        announced: Vec::new(),
        procedures: vec!["99213".into(), "80053".into()],
        service_key: 0,
        partner: "submitter1".into(),
        interchange: 1,
        text: Vec::new(),
    }
}

fn member(suffix: &str, first: &str, birth: Date, relationship: Relationship) -> Member {
    Member {
        prefix: "S".into(),
        subscriber: "123000001".into(),
        suffix: suffix.into(),
        own_id: true,
        relationship,
        last: "DOE".into(),
        first: first.into(),
        middle: None,
        generation: None,
        birth,
        death: None,
        gender: Gender::Female,
        birth_sequence: None,
        address: None,
        ssn: None,
        card: None,
        medicare_id: None,
    }
}

fn provider(npi: &str) -> Provider {
    Provider {
        npi: npi.into(),
        payer_id: Some(format!("P{}", &npi[6..]).into()),
        last: "SAMPLE CLINIC".into(),
        first: None,
        tin: None,
        ssn_last_four: None,
        may_inquire: true,
        enrolled: (None, None),
        locations: Vec::new(),
        taxonomies: Vec::new(),
        networks: Vec::new(),
    }
}

impl Members for Sample {
    fn find<'a>(&'a self, searches: &'a [MemberSearch]) -> Reply<'a, Vec<Vec<MemberFile>>> {
        let is_hit = |member: &Member, search: &MemberSearch| {
            let MemberSearch::Id(id) = search else { panic!("a 276 has an id") };
            let bare = id.strip_prefix(&*member.prefix).unwrap_or(id);
            let suffix = bare.strip_prefix(&*member.subscriber);
            suffix.is_some_and(|suffix| suffix.is_empty() || suffix == &*member.suffix)
        };
        let hits = move |search: &MemberSearch| {
            self.members.iter().filter(|file| is_hit(&file.member, search)).cloned().collect()
        };
        Box::pin(async move { Ok(searches.iter().map(hits).collect()) })
    }

    fn families<'a>(&'a self, subscribers: &'a [Box<str>]) -> Reply<'a, Vec<Vec<MemberFile>>> {
        let family = |number: &str| {
            let of = |file: &&MemberFile| *file.member.subscriber == *number;
            self.members.iter().filter(of).cloned().collect()
        };
        Box::pin(async move { Ok(subscribers.iter().map(|number| family(number)).collect()) })
    }
}

impl Providers for Sample {
    fn find<'a>(&'a self, ids: &'a [Box<str>]) -> Reply<'a, Vec<Option<Provider>>> {
        let by = |id: &str| {
            let is = |p: &&Provider| *p.npi == *id || p.payer_id.as_deref() == Some(id);
            self.providers.iter().find(is).cloned()
        };
        Box::pin(async move { Ok(ids.iter().map(|id| by(id)).collect()) })
    }

    fn of_tax_ids<'a>(&'a self, tax_ids: &'a [Box<str>]) -> Reply<'a, Vec<Vec<Provider>>> {
        let of = |id: &str| {
            let has = |provider: &&Provider| provider.tin.as_deref() == Some(id);
            self.providers.iter().filter(has).cloned().collect()
        };
        Box::pin(async move { Ok(tax_ids.iter().map(|id| of(id)).collect()) })
    }
}

impl crate::store::Reviews for Sample {}

impl Claims for Sample {
    fn find<'a>(
        &'a self,
        keys: &'a [ClaimKey],
        scope: ClaimScope,
    ) -> Reply<'a, Vec<Vec<ClaimVersion>>> {
        let find = move |key: &ClaimKey| {
            let mut found = self.by(key);
            found.iter_mut().filter(|_| !scope.with_text).for_each(|claim| claim.text.clear());
            found.truncate(if scope.limit == 0 { usize::MAX } else { scope.limit as usize });
            found
        };
        let without = crate::store::StoreError::Unsupported { what: "finding claims" };
        Box::pin(async move {
            if self.without_ledger { Err(without) } else { Ok(keys.iter().map(find).collect()) }
        })
    }

    fn histories<'a>(&'a self, numbers: &'a [Box<str>]) -> Reply<'a, Vec<Option<ClaimHistory>>> {
        let history = |number: &str| {
            let original = &self.claims.iter().find(|claim| *claim.number == *number)?.original;
            let versions = self.claims.iter().filter(|claim| claim.original == *original);
            let versions: Vec<ClaimVersion> = versions.cloned().collect();
            let of = |payment: &&Payment| versions.iter().any(|v| v.number == payment.claim);
            let payments = self.payments.iter().filter(of).cloned().collect();
            Some(ClaimHistory { versions, payments, ..history() })
        };
        Box::pin(async move { Ok(numbers.iter().map(|number| history(number)).collect()) })
    }
}

fn history() -> ClaimHistory {
    ClaimHistory {
        versions: Vec::new(),
        events: Vec::new(),
        payments: Vec::new(),
        disputes: Vec::new(),
        attachments: Vec::new(),
        requests: Vec::new(),
        refunds: Vec::new(),
        accumulators: Vec::new(),
    }
}

impl Plans for Sample {
    fn all(&self) -> Reply<'_, Vec<Plan>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

impl Partners for Sample {
    fn all(&self) -> Reply<'_, Vec<PartnerRow>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

impl Journal for Sample {
    fn find<'a>(&'a self, keys: &'a [InterchangeKey]) -> Reply<'a, Vec<Option<InterchangeRow>>> {
        Box::pin(async move { Ok(vec![None; keys.len()]) })
    }

    fn begin(&self, _: NewInterchange) -> Reply<'_, Box<dyn Intake>> {
        Box::pin(async { Err(StoreError::Gone) })
    }

    fn take_control_numbers<'a>(&'a self, _: &'a str, _: u32) -> Reply<'a, u32> {
        Box::pin(async { Ok(1) })
    }
}

impl Backend for Sample {}

impl Logins for Sample {}

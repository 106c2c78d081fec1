//! Which claims a request means, among those of the patient, and which of them may be seen.

use rust_decimal::Decimal;
use time::Date;
use time::macros::date;

use crate::answer::calendar::months_back;
use crate::config::ClaimStatusPolicy;
use crate::config::claim_status::WindowFrom;
use crate::partner::ProviderScope;
use crate::store::{ClaimForm, ClaimProvider, ClaimVersion, Owner};
use crate::txn::claim_status::{ClaimRequest, LineRequest};

/// Days that no claim lies outside of.
const ALL_DAYS: (Date, Date) = (date!(1900 - 01 - 01), date!(2999 - 12 - 31));

/// What is known of the claims asked for. What is absent restricts nothing.
#[derive(Clone, Default)]
pub(super) struct Criteria {
    /// REF*1K.
    pub(super) number: Option<Box<str>>,
    /// REF*EJ.
    account: Option<Box<str>>,
    /// REF*BLT, without a leading zero.
    bill_type: Option<Box<str>>,
    /// AMT*T3.
    charge: Option<Decimal>,
    /// DTP*472.
    period: Option<(Date, Date)>,
    /// Its lines.
    pub(super) lines: Vec<LineRequest>,
}

impl Criteria {
    pub(super) fn new(request: &ClaimRequest) -> Criteria {
        let reference = |qualifier| {
            let value = request.reference(qualifier).map(str::trim);
            value.filter(|value| !value.is_empty()).map(Box::from)
        };
        Criteria {
            number: reference("1K"),
            account: reference("EJ"),
            bill_type: reference("BLT").map(|text: Box<str>| text.trim_start_matches('0').into()),
            charge: request.charge.value(),
            period: request.period(),
            lines: request.lines.clone(),
        }
    }

    /// The procedures of the lines. A revenue code is none, and a code of another list is not kept with the claim.
    fn procedures(&self) -> impl Iterator<Item = &str> {
        let procedures = self.lines.iter().map(|line| &line.service.procedure);
        let listed = |qualifier: &str| ["HC", "AD", "HP"].contains(&qualifier);
        procedures.filter(move |own| listed(own.qualifier.as_str())).map(|own| &*own.code)
    }

    /// The days to look for claims in: those asked for as far as they lie in the window, or the whole window.
    pub(super) fn days(&self, window: &Window) -> (Date, Date) {
        let (from, to) = self.period.unwrap_or(ALL_DAYS);
        match window.from {
            WindowFrom::Service => (from.max(window.first), to),
            WindowFrom::Receipt => (from, to),
        }
    }

    /// True when nothing that was sent speaks against this claim. The number is not asked about.
    pub(super) fn fits(&self, claim: &ClaimVersion) -> bool {
        let same = |sent: &str, kept: &str| sent.eq_ignore_ascii_case(kept.trim());
        self.period.is_none_or(|(from, to)| claim.from <= to && claim.to >= from)
            && self.charge.is_none_or(|charge| charge == claim.charge)
            && self.account.as_ref().is_none_or(|account| same(account, &claim.account))
            && self.bill_type.as_ref().is_none_or(|sent| is_bill_type(sent, claim))
            && self.procedures().all(|code| claim.procedures.iter().any(|own| same(code, own)))
    }
}

/// The type of bill: facility and frequency, without a leading zero. Only institutional claims have one.
pub(super) fn bill_type(claim: &ClaimVersion) -> Option<String> {
    let facility = claim.facility.trim_start_matches('0');
    let whole = facility.len() == 2 && claim.frequency.len() == 1;
    (claim.form == ClaimForm::Institutional && whole)
        .then(|| format!("{facility}{}", claim.frequency))
}

/// The type of bill that was sent is the claim's, or that of a version it replaced: those differ in the last digit.
fn is_bill_type(sent: &str, claim: &ClaimVersion) -> bool {
    bill_type(claim).is_some_and(|own| {
        own == sent || (claim.replaces.is_some() && sent.len() == 3 && own[..2] == sent[..2])
    })
}

/// The claims for which there are answers at all.
pub(super) struct Window {
    from: WindowFrom,
    first: Date,
}

impl Window {
    pub(super) fn new(policy: &ClaimStatusPolicy, today: Date) -> Window {
        let first = months_back(today, policy.window_months);
        Window { from: policy.window_from, first }
    }

    fn holds(&self, claim: &ClaimVersion) -> bool {
        let day = match self.from {
            WindowFrom::Service => claim.to,
            WindowFrom::Receipt => claim.received,
        };
        day >= self.first
    }
}

/// The provider who asks, by all ids that are known.
#[derive(Clone, Default)]
pub(super) struct Asker {
    pub(super) npis: Vec<Box<str>>,
    pub(super) tins: Vec<Box<str>>,
    /// The partner may ask for one of the ids that were sent.
    pub(super) in_scope: bool,
}

impl Asker {
    fn is(&self, provider: &ClaimProvider) -> bool {
        let has = |ids: &[Box<str>], id: &str| !id.is_empty() && ids.iter().any(|i| **i == *id);
        has(&self.npis, &provider.npi) || has(&self.tins, &provider.tin)
    }
}

/// Who may see a claim.
pub(super) struct Sight<'s> {
    pub(super) patient: &'s Owner,
    pub(super) asker: &'s Asker,
    pub(super) scope: &'s ProviderScope,
    pub(super) window: &'s Window,
}

impl Sight<'_> {
    /// True when the claim is the patient's, the one who asks is one of its providers, the partner may ask for one of them and
    /// for who is paid, and it is not too old.
    pub(super) fn sees(&self, claim: &ClaimVersion) -> bool {
        let roles = [&claim.billing, &claim.payee, &claim.rendering];
        let in_scope = match self.scope {
            ProviderScope::All => true,
            ProviderScope::Only(ids) => {
                let any = self.asker.in_scope || roles.iter().any(|role| ids.contains(&role.npi));
                // Who is not named is who has billed.
                let paid = [&claim.payee, &claim.billing].into_iter().find(|it| !it.npi.is_empty());
                any && paid.is_none_or(|paid| ids.contains(&paid.npi))
            }
        };
        claim.member.as_ref() == Some(self.patient)
            && in_scope
            && roles.into_iter().any(|role| self.asker.is(role))
            && self.window.holds(claim)
    }
}

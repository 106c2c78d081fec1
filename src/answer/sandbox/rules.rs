//! The rules of the sandbox, read from TOML: `fixtures/demo/adjudication.toml` shows and explains all of them.

use std::fmt;
use std::path::Path;

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::config::{ConfigError, locate};
use crate::txn::claim::Form;
use crate::txn::claim_ack::Status;
use crate::txn::remittance::Account;
use crate::wire::Code;
use crate::wire::value::decimal_r;

/// What errors call the file.
const FILE: &str = "adjudication.toml";

/// All that the sandbox decides by.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Who pays.
    pub(super) payer: PayerRules,
    /// How it pays.
    #[serde(default)]
    pub(super) payment: PaymentRules,
    /// What is paid for lines that no rule is about.
    pub(super) fee: Fee,
    /// The rules in their order; the first one that matches a line decides it.
    #[serde(default, rename = "rule")]
    pub(super) rules: Vec<Rule>,
}

/// Who pays (loop 1000A).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PayerRules {
    pub(super) name: String,
    /// TRN03 and BPR10: `1` and the tax id.
    pub(super) company: String,
    pub(super) street: String,
    pub(super) city: String,
    pub(super) state: String,
    pub(super) zip: String,
    pub(super) contact: String,
    pub(super) telephone: String,
}

/// How it pays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PaymentRules {
    pub(super) method: Method,
    /// For a transfer: from which account.
    pub(super) from: Option<AccountRules>,
    /// For a transfer: to which account, whoever the payee is.
    pub(super) to: Option<AccountRules>,
}

/// BPR04.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Method {
    /// `CHK`
    #[default]
    Check,
    /// `ACH`
    Transfer,
}

/// A bank account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountRules {
    routing: String,
    account: String,
}

impl AccountRules {
    pub(super) fn account(&self) -> Account {
        Account {
            bank_qualifier: Code::new("01"),
            bank: self.routing.as_str().into(),
            kind: Code::new("DA"),
            number: self.account.as_str().into(),
        }
    }
}

/// What is allowed, and the member's share of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fee {
    /// Share of the charge that is allowed.
    pub(super) allowed: Share,
    /// Whether the plan's deductible applies.
    #[serde(default = "yes")]
    pub(super) deductible: bool,
    #[serde(default)]
    pub(super) copay: Money,
    #[serde(default)]
    pub(super) coinsurance: Share,
}

/// One rule: conditions, and what is done where all of them hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    /// For people; errors name it.
    pub(super) name: String,
    /// Member ids with suffix.
    #[serde(default)]
    members: Vec<String>,
    /// Procedure or revenue codes, or ranges `99202-99215`.
    #[serde(default)]
    procedures: Vec<Codes>,
    #[serde(default)]
    forms: Vec<FormWord>,
    /// Provider's numbers of the claim; `*` at the end stands for any rest.
    #[serde(default)]
    accounts: Vec<String>,
    /// The charge of the line.
    charge_from: Option<Money>,
    charge_to: Option<Money>,
    /// Whether another payer has paid something on the claim.
    other_payer: Option<bool>,

    /// Nothing is paid.
    pub(super) deny: Option<Denial>,
    /// The claim waits.
    pub(super) pend: Option<Pend>,
    /// Instead of the share of `[fee]`.
    pub(super) allowed: Option<Share>,
    /// Instead of a share, an amount for each unit.
    pub(super) allowed_amount: Option<Money>,
    pub(super) deductible: Option<bool>,
    pub(super) copay: Option<Money>,
    pub(super) coinsurance: Option<Share>,
    /// A part of what is allowed that is not paid for.
    pub(super) reduce: Option<Reduction>,
    /// Share of the payment that is withheld (CO 104).
    pub(super) withhold: Option<Share>,
}

/// Why nothing is paid.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Denial {
    pub(super) group: Group,
    pub(super) reason: String,
    /// Remark code, LQ*HE.
    pub(super) remark: Option<String>,
}

/// Why a claim waits, and for how long.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pend {
    /// Its state meanwhile: category P0 to P5 and status.
    pub(super) status: Pending,
    /// Days after it was received until the rules below decide; 0 for no limit.
    #[serde(default)]
    pub(super) days: u16,
    /// Whether a document that has come for the claim ends it.
    #[serde(default)]
    pub(super) until_attachment: bool,
}

/// A part of what is allowed that is not paid for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reduction {
    pub(super) share: Share,
    pub(super) group: Group,
    pub(super) reason: String,
}

/// CAS01.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub(super) enum Group {
    CO,
    OA,
    PI,
    PR,
}

impl Group {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Group::CO => "CO",
            Group::OA => "OA",
            Group::PI => "PI",
            Group::PR => "PR",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FormWord {
    Professional,
    Institutional,
    Dental,
}

/// An amount of money as text, `"25.00"`: a TOML number with a point is a binary fraction.
#[derive(Clone, Copy, PartialEq, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Money(pub(super) Decimal);

/// A share as text, `"80%"`.
#[derive(Clone, Copy, PartialEq, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Share(pub(super) Decimal);

/// A code, or a range of codes of one length.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Codes(String, String);

/// The state of a claim that waits.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Pending(pub(super) Status);

impl TryFrom<String> for Money {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Money, Self::Error> {
        let amount = decimal_r(text.as_bytes()).filter(|amount| *amount >= Decimal::ZERO);
        let cents = amount.filter(|amount| amount.normalize().scale() <= 2);
        cents.map(Money).ok_or("an amount is written as \"25.00\"")
    }
}

impl TryFrom<String> for Share {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Share, Self::Error> {
        let percent = text.strip_suffix('%').and_then(|number| decimal_r(number.as_bytes()));
        let percent = percent.filter(|p| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(p));
        percent
            .map(|p| Share(p / Decimal::ONE_HUNDRED))
            .ok_or("a share is written as \"80%\", from 0% to 100%")
    }
}

impl TryFrom<String> for Codes {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Codes, Self::Error> {
        let (first, last) = text.split_once('-').unwrap_or((&text, &text));
        let is_code =
            |code: &str| !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric());
        match is_code(first) && is_code(last) && first.len() == last.len() && first <= last {
            true => Ok(Codes(first.to_owned(), last.to_owned())),
            false => {
                Err("procedures are codes such as \"99213\" or ranges such as \"99202-99215\"")
            }
        }
    }
}

impl TryFrom<String> for Pending {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Pending, Self::Error> {
        let status = Status::parse(&text).filter(|status| status.category.starts_with('P'));
        status.map(Pending).ok_or(
            "the status of a claim that waits is written as \"P3:123:1P\", category P0 to P5",
        )
    }
}

/// What a rule is compared with.
#[derive(Clone, Copy)]
pub(super) struct LineFacts<'l> {
    /// The member's id with suffix; with and without its prefix.
    pub(super) members: [&'l str; 2],
    pub(super) form: Form,
    pub(super) account: &'l str,
    pub(super) procedure: &'l str,
    pub(super) revenue: &'l str,
    pub(super) charge: Decimal,
    pub(super) other_payer: bool,
}

impl fmt::Debug for LineFacts<'_> {
    // It names a member.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LineFacts(***)")
    }
}

impl Rule {
    /// Whether all its conditions hold.
    pub(super) fn matches(&self, line: &LineFacts<'_>) -> bool {
        let any = |given: bool, holds: bool| !given || holds;
        let is_member = self.members.iter().any(|id| line.members.contains(&id.as_str()));
        let is_code = |codes: &Codes, code: &str| {
            code.len() == codes.0.len() && (codes.0.as_str()..=codes.1.as_str()).contains(&code)
        };
        let is_service =
            |codes: &Codes| is_code(codes, line.procedure) || is_code(codes, line.revenue);
        let form = match line.form {
            Form::Professional => FormWord::Professional,
            Form::Institutional => FormWord::Institutional,
            Form::Dental => FormWord::Dental,
        };
        let is_account = |account: &String| match account.strip_suffix('*') {
            Some(begin) => line.account.starts_with(begin),
            None => line.account == account,
        };
        any(!self.members.is_empty(), is_member)
            && any(!self.procedures.is_empty(), self.procedures.iter().any(is_service))
            && any(!self.forms.is_empty(), self.forms.contains(&form))
            && any(!self.accounts.is_empty(), self.accounts.iter().any(is_account))
            && self.charge_from.is_none_or(|from| from.0 <= line.charge)
            && self.charge_to.is_none_or(|to| line.charge <= to.0)
            && self.other_payer.is_none_or(|other| other == line.other_payer)
    }

    /// What contradicts itself in it.
    fn check(&self) -> Option<&'static str> {
        let pays = self.allowed.is_some()
            || self.allowed_amount.is_some()
            || self.deductible.is_some()
            || self.copay.is_some()
            || self.coinsurance.is_some()
            || self.reduce.is_some()
            || self.withhold.is_some();
        let effects = [self.deny.is_some(), self.pend.is_some(), pays];
        match effects.iter().filter(|is| **is).count() {
            0 => Some("does nothing: give deny, pend, or what is paid"),
            1 if self.allowed.is_some() && self.allowed_amount.is_some() => {
                Some("has both allowed and allowed_amount")
            }
            1 => None,
            _ => Some("has more than one of deny, pend, and what is paid"),
        }
    }
}

impl Rules {
    /// TRN03 of all advice.
    pub fn company(&self) -> &str {
        &self.payer.company
    }

    /// Reads rules.
    ///
    /// # Errors
    /// What is wrong, with the line where it is.
    pub fn parse(text: &str) -> Result<Rules, ConfigError> {
        let path = Path::new(FILE);
        let rules: Rules = toml::from_str(text).map_err(|error| locate(path, text, &error))?;
        let invalid = |why: String| ConfigError::Invalid { path: path.to_owned(), why };
        for rule in &rules.rules {
            if let Some(why) = rule.check() {
                return Err(invalid(format!("the rule \"{}\" {why}", rule.name)));
            }
        }
        if rules.payer.company.len() != 10 {
            return Err(invalid("payer.company must have 10 characters".to_owned()));
        }
        let accounts = rules.payment.from.is_some() && rules.payment.to.is_some();
        if rules.payment.method == Method::Transfer && !accounts {
            return Err(invalid("a transfer needs payment.from and payment.to".to_owned()));
        }
        Ok(rules)
    }
}

fn yes() -> bool {
    true
}

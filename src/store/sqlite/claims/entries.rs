//! Entries of the ledger but for claims: how each is a row, and back.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteConnection;
use time::Date;

use crate::store::columns::{Letter, date_from_column, date_to_column};
use crate::store::{
    AccumulatorChange, AccumulatorKind, Attachment, ClaimState, LedgerEntry, Level, Network, Owner,
    PaymentKind, RefundMethod, Remittance, Result, StateChange,
};

use super::super::insert::{Binds, Insert};
use super::CORRUPT;

pub(super) const STATE: &str = "state";
pub(super) const PAYMENT: &str = "payment";
pub(super) const REVERSAL: &str = "reversal";
pub(super) const ACCUMULATOR: &str = "accumulator";
pub(super) const DISPUTE: &str = "dispute";
pub(super) const ATTACHMENT: &str = "attachment";
pub(super) const REQUEST: &str = "request";
pub(super) const REFUND: &str = "refund";

/// An entry at its place in what brings it.
pub(super) struct EntryRow<'e> {
    pub interchange: i64,
    pub position: i64,
    pub at_micros: i64,
    pub who: &'e str,
    pub kind: &'static str,
    pub claim: Option<&'e str>,
    pub state: Option<&'e ClaimState>,
    pub detail: String,
    pub link: Option<String>,
    pub body: Option<String>,
}

impl<'e> EntryRow<'e> {
    /// The row of an entry; none for claims and remittance advice, which have tables of their own.
    pub(super) fn of(
        (interchange, position): (i64, i64),
        (who, at_micros): (&'e str, i64),
        entry: &'e LedgerEntry,
    ) -> Result<Option<Self>> {
        let row = |kind, claim: &'e str, detail: &str, body| {
            let detail = detail.to_owned();
            let (claim, state, link) = (Some(claim), None, None);
            Self { interchange, position, at_micros, who, kind, claim, state, detail, link, body }
        };
        Ok(Some(match entry {
            LedgerEntry::Claim(_) | LedgerEntry::Remittance(_) => return Ok(None),
            LedgerEntry::State(change) => {
                Self { state: Some(&change.state), ..row(STATE, &change.claim, &change.why, None) }
            }
            LedgerEntry::Payment(payment) => {
                let kind = match payment.kind {
                    PaymentKind::Decision => PAYMENT,
                    PaymentKind::Reversal => REVERSAL,
                };
                row(kind, &payment.claim, &payment.remittance.trace, Some(to_json(payment)?))
            }
            LedgerEntry::Accumulator(change) => {
                row(ACCUMULATOR, &change.claim, "", Some(to_json(&AccumulatorBody::of(change))?))
            }
            LedgerEntry::Dispute(dispute) => {
                row(DISPUTE, &dispute.claim, &dispute.number, Some(to_json(dispute)?))
            }
            LedgerEntry::Attachment(document) => {
                let link = [&*document.provider, &*document.account, &*document.control];
                Self {
                    claim: document.claim.as_deref(),
                    link: Some(link.join("\u{1f}")),
                    ..row(ATTACHMENT, "", &document.control, Some(to_json(document)?))
                }
            }
            LedgerEntry::Request(request) => {
                row(REQUEST, &request.claim, &request.trace, Some(to_json(request)?))
            }
            LedgerEntry::Refund(refund) => {
                let detail = match refund.method {
                    RefundMethod::Recoupment => "recoupment",
                    RefundMethod::Check => &*refund.check,
                };
                row(REFUND, &refund.claim, detail, Some(to_json(refund)?))
            }
        }))
    }
}

const ENTRY: Insert = Insert {
    doing: super::ENTERING,
    head: "INSERT INTO ledger_entry (interchange, position, entered_micros, entered_by, kind, claim, category, code, \
           entity, effective, detail, link, body)",
    columns: 13,
    tail: "",
};

/// Writes entries in their order.
pub(super) async fn insert(connection: &mut SqliteConnection, rows: &[EntryRow<'_>]) -> Result<()> {
    ENTRY.run(connection, rows, bind).await
}

fn bind(row: &EntryRow<'_>, binds: &mut Binds) {
    let state = row.state;
    binds.add(row.interchange).add(row.position).add(row.at_micros).add(row.who).add(row.kind);
    binds
        .add(row.claim)
        .add(state.map(|state| &*state.category))
        .add(state.map(|state| &*state.code));
    binds.add(state.map(|state| &*state.entity));
    binds.add(state.map(|state| date_to_column(state.effective)));
    binds.add(row.detail.as_str()).add(row.link.as_deref()).add(row.body.as_deref());
}

const REMITTANCE: Insert = Insert {
    doing: super::ENTERING,
    head: "INSERT INTO remittance (interchange, position, payer, trace, payee, body, text)",
    columns: 7,
    tail: "",
};

/// Writes remittance advice: interchange and position of each, and what it says.
pub(super) async fn insert_remittances(
    connection: &mut SqliteConnection,
    rows: &[(i64, i64, &Remittance)],
) -> Result<()> {
    let mut with_body = Vec::with_capacity(rows.len());
    for (interchange, position, remittance) in rows {
        with_body.push((*interchange, *position, *remittance, to_json(remittance)?));
    }
    REMITTANCE
        .run(connection, &with_body, |(interchange, position, remittance, body), binds| {
            binds.add(*interchange).add(*position);
            binds.add(&*remittance.key.payer).add(&*remittance.key.trace);
            binds.add(remittance.payee());
            binds.add(body.as_str()).add(remittance.text.as_slice());
        })
        .await
}

/// Remittance advice out of its columns.
pub(super) fn remittance(body: &str, text: Vec<u8>) -> Result<Remittance> {
    Ok(Remittance { text, ..from_json(body)? })
}

/// An accumulator change as JSON.
#[derive(Serialize, Deserialize)]
struct AccumulatorBody {
    subscriber: Box<str>,
    suffix: Box<str>,
    level: Box<str>,
    network: Box<str>,
    /// `D`, `O`, or `L` with the service type after it.
    kind: Box<str>,
    year_begin: i64,
    amount: String,
}

impl AccumulatorBody {
    fn of(change: &AccumulatorChange) -> Self {
        Self {
            subscriber: change.owner.subscriber.clone(),
            suffix: change.owner.suffix.clone(),
            level: change.level.letter().into(),
            network: change.network.letter().into(),
            kind: match &change.kind {
                AccumulatorKind::Deductible => "D".into(),
                AccumulatorKind::OutOfPocket => "O".into(),
                AccumulatorKind::Limit(service) => format!("L{service}").into(),
                AccumulatorKind::ServiceDeductible(service) => format!("S{service}").into(),
            },
            year_begin: date_to_column(change.year_begin),
            amount: change.amount.to_string(),
        }
    }

    fn change(self, claim: Box<str>) -> Option<AccumulatorChange> {
        Some(AccumulatorChange {
            owner: Owner { subscriber: self.subscriber, suffix: self.suffix },
            level: Level::from_letter(&self.level)?,
            network: Network::from_letter(&self.network)?,
            kind: match &*self.kind {
                "D" => AccumulatorKind::Deductible,
                "O" => AccumulatorKind::OutOfPocket,
                other => match other.strip_prefix('S') {
                    Some(service) => AccumulatorKind::ServiceDeductible(service.into()),
                    None => AccumulatorKind::Limit(other.strip_prefix('L')?.into()),
                },
            },
            year_begin: date_from_column(self.year_begin)?,
            amount: self.amount.parse().ok()?,
            claim,
        })
    }
}

/// An entry out of its columns.
pub(super) fn entry(
    kind: &str,
    claim: Option<&str>,
    state: Option<ClaimState>,
    detail: &str,
    body: Option<&str>,
) -> Result<LedgerEntry> {
    let number = || claim.map(Box::from).ok_or(CORRUPT);
    let body = body.unwrap_or_default();
    Ok(match kind {
        STATE => LedgerEntry::State(StateChange {
            claim: number()?,
            state: state.ok_or(CORRUPT)?,
            why: detail.into(),
        }),
        PAYMENT | REVERSAL => LedgerEntry::Payment(Box::new(from_json(body)?)),
        ACCUMULATOR => {
            let body: AccumulatorBody = from_json(body)?;
            LedgerEntry::Accumulator(body.change(number()?).ok_or(CORRUPT)?)
        }
        DISPUTE => LedgerEntry::Dispute(from_json(body)?),
        ATTACHMENT => {
            let document: Attachment = from_json(body)?;
            LedgerEntry::Attachment(Attachment { claim: claim.map(Box::from), ..document })
        }
        REQUEST => LedgerEntry::Request(from_json(body)?),
        REFUND => LedgerEntry::Refund(from_json(body)?),
        _ => return Err(CORRUPT),
    })
}

/// The state in the columns of an entry; none where they are empty.
pub(super) fn state(
    (category, code, entity, effective): (
        Option<String>,
        Option<String>,
        Option<String>,
        Option<i64>,
    ),
) -> Result<Option<ClaimState>> {
    let (Some(category), Some(code), Some(effective)) = (category, code, effective) else {
        return Ok(None);
    };
    let effective: Date = date_from_column(effective).ok_or(CORRUPT)?;
    let entity = entity.unwrap_or_default().into();
    Ok(Some(ClaimState { category: category.into(), code: code.into(), entity, effective }))
}

fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|_| CORRUPT)
}

fn from_json<T: DeserializeOwned>(body: &str) -> Result<T> {
    serde_json::from_str(body).map_err(|_| CORRUPT)
}

//! A claim as a row of its table, and back.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::store::columns::{Letter, amount, cents, date_from_column, date_to_column};
use crate::store::{
    Announced, ClaimForm, ClaimOutcome, ClaimProvider, ClaimState, ClaimVersion, Owner, Patient,
    Result, StoreError,
};

use super::super::insert::{Binds, Insert};
use super::{CORRUPT, FINDING};

/// A claim at its place in what brings it.
pub(super) struct ClaimRow<'c> {
    /// The number of the interchange; negative for what is entered without one.
    pub interchange: i64,
    /// Its place among the entries, from 0.
    pub position: i64,
    pub at_micros: i64,
    pub who: &'c str,
    pub claim: &'c ClaimVersion,
    pub charge_cents: i64,
    pub paid_cents: i64,
    pub facts: String,
}

impl<'c> ClaimRow<'c> {
    /// The row of a claim.
    pub(super) fn of(
        (interchange, position): (i64, i64),
        (who, at_micros): (&'c str, i64),
        claim: &'c ClaimVersion,
    ) -> Result<Self> {
        Ok(Self {
            interchange,
            position,
            at_micros,
            who,
            claim,
            charge_cents: to_cents(claim.charge)?,
            paid_cents: to_cents(claim.outcome.paid)?,
            facts: facts(claim)?,
        })
    }
}

/// Cents of an amount, or why it cannot be stored.
pub(super) fn to_cents(amount: Decimal) -> Result<i64> {
    cents(amount).ok_or(StoreError::Value { what: "amount of a claim" })
}

const CLAIM: Insert = Insert {
    doing: super::ENTERING,
    head: "INSERT INTO claim (interchange, position, entered_micros, entered_by, number, original, version, replaces, \
           form, frequency, account, subscriber, suffix, billing_npi, charge_cents, from_date, to_date, received, \
           service_key, category, code, entity, effective, successor, paid_cents, finalized, remitted, trace, reason, \
           facts, text)",
    columns: 31,
    tail: "",
};

const ANNOUNCED: Insert = Insert {
    doing: super::ENTERING,
    head: "INSERT INTO announced (npi, control, account, claim, interchange, position)",
    columns: 6,
    tail: "ON CONFLICT (npi, control, account, claim) DO NOTHING",
};

/// Writes claims, and what they announce.
pub(super) async fn insert(connection: &mut SqliteConnection, rows: &[ClaimRow<'_>]) -> Result<()> {
    CLAIM.run(connection, rows, bind).await?;
    let announced: Vec<(&ClaimRow<'_>, &Announced)> = rows
        .iter()
        .flat_map(|row| row.claim.announced.iter().map(move |announced| (row, announced)))
        .collect();
    ANNOUNCED
        .run(connection, &announced, |(row, announced), binds| {
            binds.add(&*row.claim.billing.npi).add(&*announced.control).add(&*row.claim.account);
            binds.add(&*row.claim.number).add(row.interchange).add(row.position);
        })
        .await
}

fn bind(row: &ClaimRow<'_>, binds: &mut Binds) {
    let claim = row.claim;
    let (member, outcome) = (claim.member.as_ref(), &claim.outcome);
    binds.add(row.interchange).add(row.position).add(row.at_micros).add(row.who);
    binds.add(&*claim.number).add(&*claim.original).add(i64::from(claim.version));
    binds.add(claim.replaces.as_deref()).add(claim.form.letter()).add(&*claim.frequency);
    binds.add(&*claim.account).add(member.map(|member| &*member.subscriber));
    binds.add(member.map(|member| &*member.suffix)).add(&*claim.billing.npi);
    binds.add(row.charge_cents).add(date_to_column(claim.from)).add(date_to_column(claim.to));
    binds.add(date_to_column(claim.received)).add(claim.service_key.cast_signed());
    binds.add(&*claim.state.category).add(&*claim.state.code).add(&*claim.state.entity);
    binds.add(date_to_column(claim.state.effective)).add(claim.successor.as_deref());
    binds.add(row.paid_cents).add(outcome.finalized.map(date_to_column));
    binds.add(outcome.remitted.map(date_to_column)).add(&*outcome.trace).add(&*outcome.reason);
    binds.add(row.facts.as_str()).add(claim.text.as_slice());
}

/// What is never looked up by itself, written as an array. `T` is a text, borrowed or owned.
#[derive(Serialize, Deserialize)]
struct Facts<T>(
    /// Patient: member id, last name, first name, birth date.
    (T, T, T, Option<i64>),
    /// Billing provider: tax id, last name, first name.
    [T; 3],
    /// Payee: NPI, tax id, last name, first name; none for the billing provider.
    Option<[T; 4]>,
    /// Rendering provider, likewise.
    Option<[T; 4]>,
    /// Place, risk category, referral, authorization, partner.
    [T; 5],
    /// Control number, report, transmission of what is announced.
    Vec<[T; 3]>,
    /// Procedures.
    Vec<T>,
    /// The first state: category, code, entity, since when.
    (T, T, T, i64),
);

fn facts(claim: &ClaimVersion) -> Result<String> {
    let ClaimVersion { patient, billing, state, .. } = claim;
    fn other<'c>(provider: &'c ClaimProvider, billing: &ClaimProvider) -> Option<[&'c str; 4]> {
        let ClaimProvider { npi, tin, last, first } = provider;
        (provider != billing).then_some([npi, tin, last, first])
    }
    let facts: Facts<&str> = Facts(
        (&patient.member_id, &patient.last, &patient.first, patient.birth.map(date_to_column)),
        [&billing.tin, &billing.last, &billing.first],
        other(&claim.payee, billing),
        other(&claim.rendering, billing),
        [&claim.facility, &claim.risk, &claim.referral, &claim.authorization, &claim.partner],
        claim
            .announced
            .iter()
            .map(|Announced { control, report, transmission }| [&**control, report, transmission])
            .collect(),
        claim.procedures.iter().map(|procedure| &**procedure).collect(),
        (&state.category, &state.code, &state.entity, date_to_column(state.effective)),
    );
    serde_json::to_string(&facts).map_err(|_| CORRUPT)
}

/// A claim and how it stood at first.
pub(super) struct Read {
    pub claim: ClaimVersion,
    pub first_state: ClaimState,
}

/// Takes a claim out of the columns that every look-up names alike, after the position of its key.
pub(super) fn read(row: &SqliteRow) -> Result<Read> {
    let failed = super::super::database_error(FINDING);
    let text = |column: usize| row.try_get::<&str, _>(column).map(Box::from).map_err(&failed);
    let maybe = |column: usize| {
        let text = row.try_get::<Option<&str>, _>(column).map_err(&failed)?;
        Ok::<Option<Box<str>>, StoreError>(text.map(Box::from))
    };
    let number = |column: usize| row.try_get::<i64, _>(column).map_err(&failed);
    let day = |column: usize| date_from_column(number(column)?).ok_or(CORRUPT);
    let maybe_day = |column: usize| {
        let day = row.try_get::<Option<i64>, _>(column).map_err(&failed)?;
        day.map(|day| date_from_column(day).ok_or(CORRUPT)).transpose()
    };
    let facts: &str = row.try_get(27).map_err(&failed)?;
    let facts: Facts<Box<str>> = serde_json::from_str(facts).map_err(|_| CORRUPT)?;
    let Facts(patient, [tin, last, first], payee, rendering, rest, announced, procedures, state) =
        facts;
    let billing = ClaimProvider { npi: text(11)?, tin, last, first };
    let provider = |other: Option<[Box<str>; 4]>| match other {
        Some([npi, tin, last, first]) => ClaimProvider { npi, tin, last, first },
        None => billing.clone(),
    };
    let (member_id, last, first, birth) = patient;
    let birth = birth.map(|birth| date_from_column(birth).ok_or(CORRUPT)).transpose()?;
    let [facility, risk, referral, authorization, partner] = rest;
    let (category, code, entity, effective) = state;
    let effective = date_from_column(effective).ok_or(CORRUPT)?;
    let first_state = ClaimState { category, code, entity, effective };
    let owner = maybe(9)?.zip(maybe(10)?);
    let sent = row.try_get::<Option<&[u8]>, _>(28).map_err(&failed)?;
    let claim = ClaimVersion {
        number: text(1)?,
        original: text(2)?,
        version: u32::try_from(number(3)?).map_err(|_| CORRUPT)?,
        replaces: maybe(4)?,
        successor: maybe(5)?,
        form: ClaimForm::from_letter(row.try_get(6).map_err(&failed)?).ok_or(CORRUPT)?,
        frequency: text(7)?,
        facility,
        account: text(8)?,
        member: owner.map(|(subscriber, suffix)| Owner { subscriber, suffix }),
        patient: Patient { member_id, last, first, birth },
        payee: provider(payee),
        rendering: provider(rendering),
        charge: amount(number(12)?),
        from: day(13)?,
        to: day(14)?,
        received: day(15)?,
        service_key: number(16)?.cast_unsigned(),
        state: ClaimState {
            category: text(17)?,
            code: text(18)?,
            entity: text(19)?,
            effective: day(20)?,
        },
        outcome: ClaimOutcome {
            paid: amount(number(21)?),
            finalized: maybe_day(22)?,
            remitted: maybe_day(23)?,
            trace: text(24)?,
            reason: text(25)?,
        },
        risk,
        referral,
        authorization,
        announced: announced
            .into_iter()
            .map(|[control, report, transmission]| Announced { control, report, transmission })
            .collect(),
        procedures,
        partner,
        interchange: u64::try_from(number(26)?).unwrap_or(0),
        text: sent.unwrap_or_default().to_vec(),
        billing,
    };
    Ok(Read { claim, first_state })
}

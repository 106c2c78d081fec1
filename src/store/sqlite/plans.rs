//! Plans out of the database, whole. There are a few hundred, so every table is read once and sorted into its plan.

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use sqlx::FromRow;
use sqlx::sqlite::{SqliteConnection, SqlitePool, SqliteRow};

use crate::store::columns::{Letter, amount};
use crate::store::{
    AccumulatorKind, Benefit, BenefitContact, Plan, PlanLimit, QuantityLimit, Result, SpecialTerms,
    StoreError,
};

use super::{database_error, sql};

const DOING: &str = "reading plans";
const CORRUPT: StoreError = StoreError::Corrupt { what: "plan" };

/// Part of a plan that lists of its own hang from: plan and position.
type Part = (String, i64);

/// See [`crate::store::Plans::all`].
pub(super) async fn read(readers: &SqlitePool) -> Result<Vec<Plan>> {
    let mut connection = readers.acquire().await.map_err(database_error(DOING))?;
    // One read transaction, so that all tables are seen as one load left them.
    let mut reading =
        sqlx::Connection::begin(&mut *connection).await.map_err(database_error(DOING))?;
    let plans = read_tables(&mut reading).await?;
    reading.commit().await.map_err(database_error(DOING))?;
    Ok(plans)
}

async fn read_tables(connection: &mut SqliteConnection) -> Result<Vec<Plan>> {
    let mut limits = gather(
        connection,
        sql::PLAN_LIMITS,
        |(plan, kind, level, network, cents): (String, String, String, String, i64)| {
            let kind = match kind.as_str() {
                "D" => AccumulatorKind::Deductible,
                "O" => AccumulatorKind::OutOfPocket,
                _ => return Err(CORRUPT),
            };
            let (level, network) = (letter(&level)?, letter(&network)?);
            Ok((plan, PlanLimit { kind, level, network, amount: amount(cents) }))
        },
    )
    .await?;
    let mut benefits = read_benefits(connection).await?;
    let mut not_covered =
        gather(connection, sql::PLAN_NOT_COVERED, |(plan, service): (String, String)| {
            Ok((plan, Box::<str>::from(service)))
        })
        .await?;
    let mut contacts = read_contacts(connection).await?;

    type Columns =
        (String, String, String, String, i64, i64, i64, i64, String, String, i64, String);
    let rows = sqlx::query_as::<_, Columns>(sql::PLANS)
        .fetch_all(connection)
        .await
        .map_err(database_error(DOING))?;
    rows.into_iter()
        .map(|columns| {
            let (id, name, product, insurance_type, month, day, needs_pcp, ..) = columns;
            let (.., no_cost_share, text, family, closed_network, limit_note) = columns;
            let part = |column: i64| u8::try_from(column).map_err(|_| CORRUPT);
            Ok(Plan {
                limits: limits.remove(&id).unwrap_or_default(),
                benefits: benefits.remove(&id).unwrap_or_default(),
                not_covered: not_covered.remove(&id).unwrap_or_default(),
                contacts: contacts.remove(&id).unwrap_or_default(),
                id: id.into(),
                name: name.into(),
                product: product.into(),
                insurance_type: insurance_type.into(),
                year_begin: (part(month)?, part(day)?),
                needs_pcp: needs_pcp == 1,
                no_cost_share: no_cost_share == 1,
                disclaimer: text.into(),
                family_limits: letter(&family)?,
                closed_network: closed_network == 1,
                limit_note: limit_note.into(),
            })
        })
        .collect()
}

async fn read_benefits(
    connection: &mut SqliteConnection,
) -> Result<FxHashMap<String, Vec<Benefit>>> {
    let mut services = gather(connection, sql::PLAN_BENEFIT_SERVICES, service_of_part).await?;
    let mut procedures = gather(
        connection,
        sql::PLAN_BENEFIT_PROCEDURES,
        |(plan, position, qualifier, prefix): (String, i64, String, String)| {
            Ok(((plan, position), (qualifier.into(), prefix.into())))
        },
    )
    .await?;
    type Text = Option<String>;
    type Columns = (
        String,
        i64,
        String,
        Option<i64>,
        Text,
        Text,
        Text,
        Text,
        Text,
        Option<i64>,
        Option<i64>,
        Text,
        Text,
        Option<i64>,
        Text,
    );
    gather(connection, sql::PLAN_BENEFITS, |columns: Columns| {
        let (plan, position, network, copay_cents, copay_per, coinsurance, ..) = columns;
        let (.., limit_unit, limit_quantity, limit_per, prior_auth, _, _, _, _, _) = columns;
        let (.., deductible_cents, note, places, deductible_first, terms) = columns;
        let part: Part = (plan, position);
        let limit = match (limit_unit, limit_quantity, limit_per) {
            (Some(unit), Some(quantity), Some(per)) => Some(QuantityLimit {
                unit: unit.into(),
                quantity: decimal(&quantity)?,
                per: per.into(),
            }),
            _ => None,
        };
        let benefit = Benefit {
            service_types: services.remove(&part).unwrap_or_default(),
            procedures: procedures.remove(&part).unwrap_or_default(),
            network: letter(&network)?,
            copay: copay_cents.map(amount),
            copay_per: copay_per.map(Into::into),
            coinsurance: coinsurance.as_deref().map(decimal).transpose()?,
            limit,
            authorization: prior_auth.map(|flag| flag == 1),
            deductible: deductible_cents.map(amount),
            note: note.map(Into::into),
            places: places.iter().flat_map(|all| all.split(' ')).map(Into::into).collect(),
            deductible_first: deductible_first.map(|flag| flag == 1),
            terms: match terms {
                Some(terms) => serde_json::from_str(&terms).map_err(|_| CORRUPT)?,
                None => SpecialTerms::default(),
            },
        };
        Ok((part.0, benefit))
    })
    .await
}

async fn read_contacts(
    connection: &mut SqliteConnection,
) -> Result<FxHashMap<String, Vec<BenefitContact>>> {
    let mut services = gather(connection, sql::PLAN_CONTACT_SERVICES, service_of_part).await?;
    gather(
        connection,
        sql::PLAN_CONTACTS,
        |(plan, position, entity, name, telephone): (
            String,
            i64,
            String,
            String,
            Option<String>,
        )| {
            let part: Part = (plan, position);
            let contact = BenefitContact {
                service_types: services.remove(&part).unwrap_or_default(),
                entity: entity.into(),
                name: name.into(),
                telephone: telephone.map(Into::into),
            };
            Ok((part.0, contact))
        },
    )
    .await
}

fn service_of_part((plan, position, service): (String, i64, String)) -> Result<(Part, Box<str>)> {
    Ok(((plan, position), service.into()))
}

/// Reads all rows of a statement into lists by what they belong to, in the order they come.
async fn gather<C, K, V>(
    connection: &mut SqliteConnection,
    statement: &'static str,
    mut entry: impl FnMut(C) -> Result<(K, V)>,
) -> Result<FxHashMap<K, Vec<V>>>
where
    C: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    K: std::hash::Hash + Eq,
{
    let rows = sqlx::query_as::<_, C>(statement)
        .fetch_all(connection)
        .await
        .map_err(database_error(DOING))?;
    let mut lists: FxHashMap<K, Vec<V>> = FxHashMap::default();
    for row in rows {
        let (key, value) = entry(row)?;
        lists.entry(key).or_default().push(value);
    }
    Ok(lists)
}

fn letter<L: Letter>(column: &str) -> Result<L> {
    L::from_letter(column).ok_or(CORRUPT)
}

fn decimal(column: &str) -> Result<Decimal> {
    column.parse().map_err(|_| CORRUPT)
}

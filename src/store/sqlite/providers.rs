//! Providers and partners out of the database.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{FromRow, Row};

use crate::store::columns::date_from_column;
use crate::store::{Address, Location, PartnerRow, Provider, Result, SsnLastFour, StoreError};

use super::{database_error, key_list, sql};

const DOING: &str = "finding providers";
const CORRUPT: StoreError = StoreError::Corrupt { what: "provider" };

/// Keys in one statement.
const CHUNK_KEYS: usize = 1000;

/// Providers that are given for the tax ids of one call, at most.
const OF_TAX_IDS_MAX: u32 = 20_000;

/// See [`crate::store::Providers::of_tax_ids`].
pub(super) async fn of_tax_ids(
    readers: &SqlitePool,
    tax_ids: &[Box<str>],
) -> Result<Vec<Vec<Provider>>> {
    let mut found = vec![Vec::new(); tax_ids.len()];
    let rows = sqlx::query(sql::PROVIDERS_OF_TAX_IDS)
        .bind(key_list(tax_ids.iter().map(|id| &**id))?)
        .bind(OF_TAX_IDS_MAX)
        .fetch_all(readers)
        .await
        .map_err(database_error(DOING))?;
    for row in rows {
        let index: i64 = row.try_get(0).map_err(database_error(DOING))?;
        let of = usize::try_from(index).ok().and_then(|index| found.get_mut(index));
        of.ok_or(CORRUPT)?.push(provider(&row)?);
    }
    Ok(found)
}

/// See [`crate::store::Providers::find`].
pub(super) async fn find(readers: &SqlitePool, ids: &[Box<str>]) -> Result<Vec<Option<Provider>>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK_KEYS) {
        let base = found.len();
        found.resize_with(base + chunk.len(), || None);
        let rows = sqlx::query(sql::PROVIDERS)
            .bind(key_list(chunk.iter().map(|id| &**id))?)
            .fetch_all(readers)
            .await
            .map_err(database_error(DOING))?;
        for row in rows {
            let index: i64 = row.try_get(0).map_err(database_error(DOING))?;
            let index = base + usize::try_from(index).map_err(|_| CORRUPT)?;
            found[index] = Some(provider(&row)?);
        }
    }
    // A provider that was asked for twice still has each location once.
    let npis: BTreeSet<&str> = found.iter().flatten().map(|found: &Provider| &*found.npi).collect();
    let locations = sqlx::query(sql::PROVIDER_LOCATIONS)
        .bind(key_list(npis)?)
        .fetch_all(readers)
        .await
        .map_err(database_error(DOING))?;
    let mut by_npi: FxHashMap<String, Vec<Location>> = FxHashMap::default();
    for row in locations {
        let npi = row.try_get(0).map_err(database_error(DOING))?;
        by_npi.entry(npi).or_default().push(location(&row).map_err(database_error(DOING))?);
    }
    for provider in found.iter_mut().flatten() {
        if let Some(locations) = by_npi.get(&*provider.npi) {
            provider.locations.clone_from(locations);
        }
    }
    Ok(found)
}

fn provider(row: &SqliteRow) -> Result<Provider> {
    type Columns = (
        i64,
        String,
        Option<String>,
        String,
        Option<String>,
        Option<String>,
        i64,
        Option<i64>,
        Option<i64>,
        String,
        String,
        Option<String>,
    );
    let (_, npi, payer_id, last, first, tin, may_inquire, from, to, taxonomies, networks, ssn) =
        Columns::from_row(row).map_err(database_error(DOING))?;
    let list = |column: String| serde_json::from_str(&column).map_err(|_| CORRUPT);
    let date = |column: Option<i64>| match column {
        None => Ok(None),
        Some(column) => date_from_column(column).map(Some).ok_or(CORRUPT),
    };
    Ok(Provider {
        npi: npi.into(),
        payer_id: payer_id.map(Into::into),
        last: last.into(),
        first: first.map(Into::into),
        tin: tin.map(Into::into),
        ssn_last_four: ssn.and_then(|digits| SsnLastFour::parse(&digits)),
        may_inquire: may_inquire == 1,
        enrolled: (date(from)?, date(to)?),
        locations: Vec::new(),
        taxonomies: list(taxonomies)?,
        networks: list(networks)?,
    })
}

fn location(row: &SqliteRow) -> sqlx::Result<Location> {
    let address = Address {
        line1: row.try_get::<String, _>(1)?.into(),
        line2: row.try_get::<Option<String>, _>(2)?.map(Into::into),
        city: row.try_get::<String, _>(3)?.into(),
        state: row.try_get::<String, _>(4)?.into(),
        zip: row.try_get::<String, _>(5)?.into(),
    };
    let [site, name] = [row.try_get::<Option<String>, _>(6)?, row.try_get(7)?]
        .map(|text: Option<String>| text.map(Into::into));
    Ok(Location { site, name, address })
}

/// See [`crate::store::Partners::all`].
pub(super) async fn partners(readers: &SqlitePool) -> Result<Vec<PartnerRow>> {
    let rows = sqlx::query_as::<_, (String, String)>(sql::PARTNERS)
        .fetch_all(readers)
        .await
        .map_err(database_error("reading partners"))?;
    Ok(rows.into_iter().map(|(id, profile)| PartnerRow { id: id.into(), profile }).collect())
}

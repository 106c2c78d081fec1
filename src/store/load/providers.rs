//! Rows about providers.

use time::Date;

use super::lines::Loadable;
use super::members::address;
use super::row::{FieldError, Fields, Row};
use crate::dict::is_npi;
use crate::store::{Location, Provider, SsnLastFour};

const LOCATION_FIELDS: &Fields =
    &Fields { names: &["site", "name", "line1", "line2", "city", "state", "zip"], lists: &[] };

/// A field that holds several words, with blanks between them.
fn words(row: &Row<'_>, field: &'static str) -> Result<Vec<Box<str>>, FieldError> {
    let text = row.optional(field)?.unwrap_or("");
    Ok(text.split_whitespace().map(Box::from).collect())
}

fn last_four(row: &Row<'_>) -> Result<Option<SsnLastFour>, FieldError> {
    let Some(digits) = row.optional("ssn_last_four")? else { return Ok(None) };
    let problem = "is not four digits";
    let digits = SsnLastFour::parse(digits);
    digits.map(Some).ok_or(FieldError { field: "ssn_last_four", problem })
}

impl Loadable for Provider {
    const FIELDS: &'static Fields = &Fields {
        names: &[
            "npi",
            "payer_id",
            "last",
            "first",
            "tin",
            "ssn_last_four",
            "may_inquire",
            "enrolled_from",
            "enrolled_to",
            "line1",
            "line2",
            "city",
            "state",
            "zip",
            "taxonomies",
            "networks",
        ],
        lists: &[("locations", LOCATION_FIELDS)],
    };

    fn read(row: &Row<'_>, today: Date) -> Result<Self, FieldError> {
        let npi = row.required("npi")?;
        if !is_npi(npi.as_bytes()) {
            return Err(FieldError {
                field: "npi",
                problem: "is not a national provider identifier",
            });
        }
        let at = |address| Location { site: None, name: None, address };
        let mut locations: Vec<Location> = address(row)?.map(at).into_iter().collect();
        for location in row.list("locations").unwrap_or_default() {
            let (site, name) = (location.id("site")?, location.text("name")?);
            let address = address(location)?;
            locations.extend(address.map(|address| Location { site, name, address }));
        }
        Ok(Self {
            npi: npi.into(),
            payer_id: row.text("payer_id")?,
            last: row.required("last")?.into(),
            first: row.text("first")?,
            tin: row.id("tin")?,
            ssn_last_four: last_four(row)?,
            may_inquire: row.flag("may_inquire", true)?,
            enrolled: (row.date("enrolled_from", today)?, row.date("enrolled_to", today)?),
            locations,
            taxonomies: words(row, "taxonomies")?,
            networks: words(row, "networks")?,
        })
    }
}

//! Rows about providers.

use time::Date;

use super::lines::Loadable;
use super::members::address;
use super::row::{FieldError, Fields, Row};
use crate::store::{Address, Provider};

const LOCATION_FIELDS: &Fields =
    &Fields { names: &["line1", "line2", "city", "state", "zip"], lists: &[] };

impl Loadable for Provider {
    const FIELDS: &'static Fields = &Fields {
        names: &[
            "npi",
            "payer_id",
            "last",
            "first",
            "tin",
            "may_inquire",
            "enrolled_from",
            "enrolled_to",
            "line1",
            "line2",
            "city",
            "state",
            "zip",
        ],
        lists: &[("locations", LOCATION_FIELDS)],
    };

    fn read(row: &Row<'_>, today: Date) -> Result<Self, FieldError> {
        let npi = row.required("npi")?;
        if !is_npi(npi) {
            return Err(FieldError {
                field: "npi",
                problem: "is not a national provider identifier",
            });
        }
        let mut locations: Vec<Address> = address(row)?.into_iter().collect();
        for location in row.list("locations").unwrap_or_default() {
            locations.extend(address(location)?);
        }
        Ok(Self {
            npi: npi.into(),
            payer_id: row.text("payer_id")?,
            last: row.required("last")?.into(),
            first: row.text("first")?,
            tin: row.id("tin")?,
            may_inquire: row.flag("may_inquire", true)?,
            enrolled: (row.date("enrolled_from", today)?, row.date("enrolled_to", today)?),
            locations,
        })
    }
}

/// Ten digits whose last is the check digit over the others and the prefix 80840 (ISO/IEC 7812, Luhn).
fn is_npi(text: &str) -> bool {
    if text.len() != 10 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    // The prefix adds 24 whatever the number is.
    let sum: u32 = text
        .bytes()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte - b'0');
            let doubled = if index % 2 == 0 { digit * 2 } else { digit };
            doubled / 10 + doubled % 10
        })
        .sum();
    (sum + 24).is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::is_npi;

    #[test]
    fn the_check_digit_counts() {
        assert!(is_npi("1234567893"));
        assert!(is_npi("1245319599"));
        for wrong in ["1234567890", "123456789", "12345678933", "123456789X", ""] {
            assert!(!is_npi(wrong), "{wrong}");
        }
    }
}

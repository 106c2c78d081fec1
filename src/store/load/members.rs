//! Rows about members: persons, coverage, accumulators, other carriers.

use time::Date;

use super::lines::Loadable;
use super::row::{FieldError, Fields, Row};
use crate::store::{
    Accumulator, AccumulatorKind, Address, Coverage, Gender, Level, Member, Network, OtherCoverage,
    Owner, PayerOrder, Pcp, Relationship,
};

const GENDERS: [(&str, Gender); 3] =
    [("F", Gender::Female), ("M", Gender::Male), ("U", Gender::Unknown)];
const RELATIONSHIPS: [(&str, Relationship); 4] = [
    ("self", Relationship::Myself),
    ("spouse", Relationship::Spouse),
    ("child", Relationship::Child),
    ("other", Relationship::Other),
];
const ORDERS: [(&str, PayerOrder); 3] = [
    ("primary", PayerOrder::Primary),
    ("secondary", PayerOrder::Secondary),
    ("tertiary", PayerOrder::Tertiary),
];
/// Networks as files name them.
pub(super) const NETWORKS: [(&str, Network); 3] =
    [("in", Network::In), ("out", Network::Out), ("both", Network::Both)];

/// The names of the fields of a span, after those that say whose it is.
macro_rules! span_fields {
    ($($whose:literal),*) => {
        &[
            $($whose,)*
            "plan",
            "begin",
            "end",
            "group",
            "group_name",
            "pending",
            "pcp_npi",
            "pcp_last",
            "pcp_first",
            "pcp_since",
            "unit_id",
            "unit_name",
            "pcp_telephone",
            "pcp_line1",
            "pcp_line2",
            "pcp_city",
            "pcp_state",
            "pcp_zip",
            "updated",
        ]
    };
}

/// A person, with their coverage when the row says it.
pub(super) struct MemberRow {
    pub member: Member,
    /// All spans of the person; none leaves them as they are.
    pub coverage: Option<Vec<Coverage>>,
}

impl Loadable for MemberRow {
    const FIELDS: &'static Fields = &Fields {
        names: &[
            "prefix",
            "subscriber",
            "suffix",
            "own_id",
            "relationship",
            "last",
            "first",
            "middle",
            "generation",
            "birth",
            "death",
            "gender",
            "birth_sequence",
            "line1",
            "line2",
            "city",
            "state",
            "zip",
            "ssn",
            "card",
            "medicare_id",
        ],
        lists: &[("coverage", CoverageRow::SPAN_FIELDS)],
    };

    fn read(row: &Row<'_>, today: Date) -> Result<Self, FieldError> {
        let relationship =
            row.word("relationship", &RELATIONSHIPS)?.unwrap_or(Relationship::Myself);
        let owner = owner(row)?;
        let birth = row.date("birth", today)?.ok_or(missing("birth"))?;
        let member = Member {
            prefix: row.id("prefix")?.unwrap_or_default(),
            subscriber: owner.subscriber,
            suffix: owner.suffix,
            own_id: row.flag("own_id", relationship == Relationship::Myself)?,
            relationship,
            last: row.required("last")?.into(),
            first: row.text("first")?.unwrap_or_default(),
            middle: row.text("middle")?,
            generation: row.text("generation")?,
            birth,
            death: row.date("death", today)?,
            gender: row.word("gender", &GENDERS)?.unwrap_or(Gender::Unknown),
            birth_sequence: birth_sequence(row)?,
            address: address(row)?,
            ssn: row.id("ssn")?,
            card: row.id("card")?,
            medicare_id: row.id("medicare_id")?,
        };
        let coverage = row
            .list("coverage")
            .map(|spans| spans.iter().map(|span| read_span(span, today)).collect())
            .transpose()?;
        Ok(Self { member, coverage })
    }
}

/// A coverage span on a row of its own.
pub(super) struct CoverageRow {
    pub owner: Owner,
    pub span: Coverage,
}

impl CoverageRow {
    /// The fields of a span within a member's row.
    const SPAN_FIELDS: &'static Fields = &Fields { names: span_fields!(), lists: &[] };
}

impl Loadable for CoverageRow {
    const FIELDS: &'static Fields =
        &Fields { names: span_fields!("subscriber", "suffix"), lists: &[] };

    fn read(row: &Row<'_>, today: Date) -> Result<Self, FieldError> {
        Ok(Self { owner: owner(row)?, span: read_span(row, today)? })
    }
}

/// What has been used of a limit.
pub(super) struct AccumulatorRow {
    pub owner: Owner,
    pub used: Accumulator,
}

impl Loadable for AccumulatorRow {
    const FIELDS: &'static Fields = &Fields {
        names: &[
            "subscriber",
            "suffix",
            "kind",
            "service_type",
            "network",
            "year_begin",
            "used",
            "as_of",
        ],
        lists: &[],
    };

    fn read(row: &Row<'_>, today: Date) -> Result<Self, FieldError> {
        let suffix = row.suffix("suffix")?;
        let level = if suffix.is_some() { Level::Individual } else { Level::Family };
        let kind = match row.required("kind")? {
            "deductible" => match row.text("service_type")? {
                Some(service_type) => AccumulatorKind::ServiceDeductible(service_type),
                None => AccumulatorKind::Deductible,
            },
            "out_of_pocket" => AccumulatorKind::OutOfPocket,
            "limit" => AccumulatorKind::Limit(row.required("service_type")?.into()),
            _ => {
                return Err(FieldError {
                    field: "kind",
                    problem: "is not one of the allowed values",
                });
            }
        };
        let used = Accumulator {
            kind,
            level,
            network: row.word("network", &NETWORKS)?.unwrap_or(Network::In),
            year_begin: row.date("year_begin", today)?.ok_or(missing("year_begin"))?,
            used: row.amount("used")?,
            as_of: row.date("as_of", today)?,
        };
        Ok(Self {
            owner: Owner { subscriber: subscriber(row)?, suffix: suffix.unwrap_or_default() },
            used,
        })
    }
}

/// Another carrier of a person.
pub(super) struct OtherCoverageRow {
    pub owner: Owner,
    pub other: OtherCoverage,
}

impl Loadable for OtherCoverageRow {
    const FIELDS: &'static Fields = &Fields {
        names: &[
            "subscriber",
            "suffix",
            "carrier",
            "carrier_id",
            "order",
            "policy",
            "begin",
            "end",
            "workers_compensation",
            "group",
            "insured_last",
            "insured_first",
        ],
        lists: &[],
    };

    fn read(row: &Row<'_>, today: Date) -> Result<Self, FieldError> {
        let other = OtherCoverage {
            carrier: row.required("carrier")?.into(),
            carrier_id: row.text("carrier_id")?,
            order: row.word("order", &ORDERS)?.ok_or(missing("order"))?,
            policy: row.text("policy")?,
            begin: row.date("begin", today)?,
            end: row.date("end", today)?,
            workers_compensation: row.flag("workers_compensation", false)?,
            group: row.text("group")?,
            insured_last: row.text("insured_last")?,
            insured_first: row.text("insured_first")?,
        };
        if matches!((other.begin, other.end), (Some(begin), Some(end)) if end < begin) {
            return Err(FieldError { field: "end", problem: "is before the start date" });
        }
        Ok(Self { owner: owner(row)?, other })
    }
}

fn missing(field: &'static str) -> FieldError {
    FieldError { field, problem: "is missing" }
}

fn subscriber(row: &Row<'_>) -> Result<Box<str>, FieldError> {
    let id = row.id("subscriber")?.ok_or(missing("subscriber"))?;
    match id.len() {
        0 => Err(missing("subscriber")),
        1..=40 => Ok(id),
        _ => Err(FieldError { field: "subscriber", problem: "is too long" }),
    }
}

fn owner(row: &Row<'_>) -> Result<Owner, FieldError> {
    let suffix = row.suffix("suffix")?.ok_or(missing("suffix"))?;
    Ok(Owner { subscriber: subscriber(row)?, suffix })
}

fn birth_sequence(row: &Row<'_>) -> Result<Option<u8>, FieldError> {
    let wrong = FieldError { field: "birth_sequence", problem: "is not a number from 1 to 99" };
    match row.optional("birth_sequence")? {
        None => Ok(None),
        Some(text) => match text.parse() {
            Ok(number @ 1..=99) => Ok(Some(number)),
            _ => Err(wrong),
        },
    }
}

/// The address fields of a row; none when they are all empty.
pub(super) fn address(row: &Row<'_>) -> Result<Option<Address>, FieldError> {
    let address = Address {
        line1: row.text("line1")?.unwrap_or_default(),
        line2: row.text("line2")?,
        city: row.text("city")?.unwrap_or_default(),
        state: row.text("state")?.unwrap_or_default(),
        zip: row.id("zip")?.unwrap_or_default(),
    };
    Ok((address != Address::default()).then_some(address))
}

fn pcp_address(row: &Row<'_>) -> Result<Option<Address>, FieldError> {
    let address = Address {
        line1: row.text("pcp_line1")?.unwrap_or_default(),
        line2: row.text("pcp_line2")?,
        city: row.text("pcp_city")?.unwrap_or_default(),
        state: row.text("pcp_state")?.unwrap_or_default(),
        zip: row.id("pcp_zip")?.unwrap_or_default(),
    };
    Ok((address != Address::default()).then_some(address))
}

fn read_span(row: &Row<'_>, today: Date) -> Result<Coverage, FieldError> {
    let begin = row.date("begin", today)?.ok_or(missing("begin"))?;
    let end = row.date("end", today)?;
    if end.is_some_and(|end| end < begin) {
        return Err(FieldError { field: "end", problem: "is before the start date" });
    }
    let pcp = match row.text("pcp_npi")? {
        None => None,
        Some(npi) => Some(Pcp {
            npi,
            last: row.required("pcp_last")?.into(),
            first: row.text("pcp_first")?,
            since: row.date("pcp_since", today)?,
            unit_id: row.text("unit_id")?,
            unit_name: row.text("unit_name")?,
            telephone: row.id("pcp_telephone")?,
            address: pcp_address(row)?,
        }),
    };
    Ok(Coverage {
        plan: row.required("plan")?.into(),
        begin,
        end,
        group: row.text("group")?,
        group_name: row.text("group_name")?,
        pending: row.flag("pending", false)?,
        pcp,
        updated: row.date("updated", today)?,
    })
}

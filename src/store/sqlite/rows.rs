//! What a load writes: the statement of each table, and how a value becomes its columns.

use crate::store::columns::{Letter, cents, date_to_column};
use crate::store::normalise_name;
use crate::store::probe::name_key;
use crate::store::{
    Accumulator, AccumulatorKind, Address, Coverage, Level, Member, OtherCoverage, Plan, Result,
    StoreError,
};

use super::insert::{Binds, Insert};
use crate::store::Owner;

/// One row of the accumulator table: deductible and out-of-pocket maximum side by side, or a quantity.
pub(super) struct Used<'a> {
    /// Subscriber, suffix, first day of the year, network, service type.
    pub(super) key: (&'a str, &'a str, i64, &'static str, &'a str),
    pub(super) deductible_cents: Option<i64>,
    pub(super) out_of_pocket_cents: Option<i64>,
    pub(super) quantity: Option<String>,
    pub(super) as_of: Option<i64>,
}

impl<'a> Used<'a> {
    pub(super) fn of(owner: &'a Owner, row: &'a Accumulator) -> Result<Self> {
        let service_type = match &row.kind {
            AccumulatorKind::Limit(service_type)
            | AccumulatorKind::ServiceDeductible(service_type) => service_type,
            AccumulatorKind::Deductible | AccumulatorKind::OutOfPocket => "",
        };
        let suffix = match row.level {
            Level::Individual => &*owner.suffix,
            Level::Family => "",
        };
        let (year_begin, network) = (date_to_column(row.year_begin), row.network.letter());
        let mut used = Self {
            key: (&owner.subscriber, suffix, year_begin, network, service_type),
            deductible_cents: None,
            out_of_pocket_cents: None,
            quantity: None,
            as_of: row.as_of.map(date_to_column),
        };
        let cents = || cents(row.used).ok_or(StoreError::Value { what: "amount used" });
        match row.kind {
            AccumulatorKind::Deductible | AccumulatorKind::ServiceDeductible(_) => {
                used.deductible_cents = Some(cents()?);
            }
            AccumulatorKind::OutOfPocket => used.out_of_pocket_cents = Some(cents()?),
            AccumulatorKind::Limit(_) => used.quantity = Some(row.used.to_string()),
        }
        Ok(used)
    }

    /// Takes over what the other row of the same key says.
    pub(super) fn take(&mut self, other: &mut Self) {
        self.deductible_cents = other.deductible_cents.or(self.deductible_cents);
        self.out_of_pocket_cents = other.out_of_pocket_cents.or(self.out_of_pocket_cents);
        self.quantity = other.quantity.take().or(self.quantity.take());
    }
}

/// How long a subscriber number is, and whether a letter is in front.
pub(super) fn subscriber_shape(subscriber: &str) -> (i64, i64) {
    let lettered = subscriber.starts_with(|c: char| c >= 'A');
    (subscriber.chars().count() as i64, i64::from(lettered))
}

pub(super) fn bind_member(member: &Member, binds: &mut Binds) {
    let no_address = Address::default();
    let address = member.address.as_ref();
    let line = |pick: fn(&Address) -> &str| address.map(pick);
    let (last, first) = (normalise_name(&member.last), normalise_name(&member.first));
    binds.add(&*member.subscriber).add(&*member.suffix).add(&*member.prefix);
    binds.add(i64::from(member.own_id)).add(member.relationship.letter());
    binds.add(&*member.last).add(&*member.first);
    binds.add(member.middle.as_deref()).add(member.generation.as_deref());
    binds.add(name_key(&last, &first, member.birth));
    binds.add(date_to_column(member.birth)).add(member.death.map(date_to_column));
    binds.add(member.gender.letter()).add(member.birth_sequence.map(i64::from));
    binds.add(line(|address| &address.line1));
    binds.add(address.unwrap_or(&no_address).line2.as_deref());
    binds.add(line(|address| &address.city)).add(line(|address| &address.state));
    binds.add(line(|address| &address.zip));
    binds.add(member.ssn.as_deref()).add(member.card.as_deref()).add(member.medicare_id.as_deref());
}

pub(super) fn bind_coverage((owner, span): &(Owner, Coverage), binds: &mut Binds) {
    let pcp = span.pcp.as_ref();
    binds.add(&*owner.subscriber).add(&*owner.suffix);
    binds.add(date_to_column(span.begin)).add(&*span.plan).add(span.end.map(date_to_column));
    binds.add(span.group.as_deref()).add(span.group_name.as_deref()).add(i64::from(span.pending));
    binds.add(pcp.map(|pcp| &*pcp.npi)).add(pcp.map(|pcp| &*pcp.last));
    binds.add(pcp.and_then(|pcp| pcp.first.as_deref()));
    binds.add(pcp.and_then(|pcp| pcp.since).map(date_to_column));
    binds.add(pcp.and_then(|pcp| pcp.unit_id.as_deref()));
    binds.add(pcp.and_then(|pcp| pcp.unit_name.as_deref()));
    binds.add(span.updated.map(date_to_column));
    let address = pcp.and_then(|pcp| pcp.address.as_ref());
    binds.add(pcp.and_then(|pcp| pcp.telephone.as_deref()));
    binds.add(address.map(|at| &*at.line1)).add(address.and_then(|at| at.line2.as_deref()));
    binds.add(address.map(|at| &*at.city)).add(address.map(|at| &*at.state));
    binds.add(address.map(|at| &*at.zip));
}

pub(super) fn bind_other_coverage(
    (owner, position, row): &(Owner, i64, OtherCoverage),
    binds: &mut Binds,
) {
    binds.add(&*owner.subscriber).add(&*owner.suffix).add(*position);
    binds.add(&*row.carrier).add(row.carrier_id.as_deref()).add(row.order.letter());
    binds.add(row.policy.as_deref()).add(row.begin.map(date_to_column));
    binds.add(row.end.map(date_to_column)).add(i64::from(row.workers_compensation));
    binds.add(row.group.as_deref()).add(row.insured_last.as_deref());
    binds.add(row.insured_first.as_deref());
}

pub(super) fn bind_plan(plan: &Plan, binds: &mut Binds) {
    binds.add(&*plan.id).add(&*plan.name).add(&*plan.product).add(&*plan.insurance_type);
    binds.add(i64::from(plan.year_begin.0)).add(i64::from(plan.year_begin.1));
    binds.add(i64::from(plan.needs_pcp)).add(i64::from(plan.no_cost_share)).add(&*plan.disclaimer);
    binds.add(plan.family_limits.letter()).add(i64::from(plan.closed_network));
    binds.add(&*plan.limit_note);
}

/// A service type of a benefit or a contact: plan, its position, the service type's position.
pub(super) fn bind_part(plan: &str, row: &(i64, (i64, &impl AsRef<str>)), binds: &mut Binds) {
    let (part, (position, service_type)) = row;
    binds.add(plan).add(*part).add(*position).add(service_type.as_ref());
}

pub(super) const FAMILY: Insert = Insert {
    doing: "loading families",
    head: "INSERT INTO family (subscriber)",
    columns: 1,
    tail: "ON CONFLICT (subscriber) DO NOTHING",
};
pub(super) const SUBSCRIBER_SHAPE: Insert = Insert {
    doing: "loading members",
    head: "INSERT INTO subscriber_shape (length, lettered)",
    columns: 2,
    tail: "ON CONFLICT (length, lettered) DO NOTHING",
};
pub(super) const MEMBER: Insert = Insert {
    doing: "loading members",
    head: "INSERT INTO member (subscriber, suffix, prefix, own_id, relationship, last_name, \
           first_name, middle_name, generation, name_key, birth_date, death_date, gender, \
           birth_sequence, line1, line2, city, state, zip, ssn, card, medicare_id)",
    columns: 22,
    tail: "ON CONFLICT (subscriber, suffix) DO UPDATE SET prefix = excluded.prefix, \
           own_id = excluded.own_id, relationship = excluded.relationship, \
           last_name = excluded.last_name, first_name = excluded.first_name, \
           middle_name = excluded.middle_name, generation = excluded.generation, \
           name_key = excluded.name_key, birth_date = excluded.birth_date, \
           death_date = excluded.death_date, gender = excluded.gender, \
           birth_sequence = excluded.birth_sequence, line1 = excluded.line1, \
           line2 = excluded.line2, city = excluded.city, state = excluded.state, \
           zip = excluded.zip, ssn = excluded.ssn, card = excluded.card, \
           medicare_id = excluded.medicare_id",
};
pub(super) const COVERAGE: Insert = Insert {
    doing: "loading coverage",
    head: "INSERT INTO coverage (subscriber, suffix, begin_date, plan, end_date, group_number, \
           group_name, pending, pcp_npi, pcp_last, pcp_first, pcp_since, unit_id, unit_name, updated, \
           pcp_telephone, pcp_line1, pcp_line2, pcp_city, pcp_state, pcp_zip)",
    columns: 21,
    tail: "ON CONFLICT (subscriber, suffix, begin_date, plan) DO UPDATE SET \
           end_date = excluded.end_date, group_number = excluded.group_number, \
           group_name = excluded.group_name, pending = excluded.pending, \
           pcp_npi = excluded.pcp_npi, pcp_last = excluded.pcp_last, \
           pcp_first = excluded.pcp_first, pcp_since = excluded.pcp_since, \
           unit_id = excluded.unit_id, unit_name = excluded.unit_name, updated = excluded.updated, \
           pcp_telephone = excluded.pcp_telephone, pcp_line1 = excluded.pcp_line1, \
           pcp_line2 = excluded.pcp_line2, pcp_city = excluded.pcp_city, \
           pcp_state = excluded.pcp_state, pcp_zip = excluded.pcp_zip",
};
/// What the load does not name stays as it was.
pub(super) const ACCUMULATOR: Insert = Insert {
    doing: "loading accumulators",
    head: "INSERT INTO accumulator (subscriber, suffix, year_begin, network, service_type, \
           deductible_cents, out_of_pocket_cents, quantity, as_of)",
    columns: 9,
    tail: "ON CONFLICT (subscriber, suffix, year_begin, network, service_type) DO UPDATE SET \
           deductible_cents = coalesce(excluded.deductible_cents, accumulator.deductible_cents), \
           out_of_pocket_cents = coalesce(excluded.out_of_pocket_cents, accumulator.out_of_pocket_cents), \
           quantity = coalesce(excluded.quantity, accumulator.quantity), \
           as_of = coalesce(excluded.as_of, accumulator.as_of)",
};
pub(super) const OTHER_COVERAGE: Insert = Insert {
    doing: "loading other coverage",
    head: "INSERT INTO other_coverage (subscriber, suffix, position, carrier, carrier_id, \
           payer_order, policy, begin_date, end_date, workers_compensation, \
           group_number, insured_last, insured_first)",
    columns: 13,
    tail: "",
};
pub(super) const PRODUCT: Insert = Insert {
    doing: "loading products",
    head: "INSERT INTO product (id, name)",
    columns: 2,
    tail: "ON CONFLICT (id) DO UPDATE SET name = excluded.name",
};
pub(super) const PLAN: Insert = Insert {
    doing: "loading plans",
    head: "INSERT INTO plan (id, name, product, insurance_type, year_begin_month, year_begin_day, \
           needs_pcp, no_cost_share, disclaimer, family_limits, closed_network, limit_note)",
    columns: 12,
    tail: "ON CONFLICT (id) DO UPDATE SET name = excluded.name, product = excluded.product, \
           insurance_type = excluded.insurance_type, year_begin_month = excluded.year_begin_month, \
           year_begin_day = excluded.year_begin_day, needs_pcp = excluded.needs_pcp, \
           no_cost_share = excluded.no_cost_share, disclaimer = excluded.disclaimer, \
           family_limits = excluded.family_limits, closed_network = excluded.closed_network, \
           limit_note = excluded.limit_note",
};
pub(super) const PLAN_LIMIT: Insert = Insert {
    doing: "loading plans",
    head: "INSERT INTO plan_limit (plan, position, kind, level, network, amount_cents)",
    columns: 6,
    tail: "",
};
pub(super) const PLAN_BENEFIT: Insert = Insert {
    doing: "loading plans",
    head: "INSERT INTO plan_benefit (plan, position, network, copay_cents, copay_per, coinsurance, \
           limit_unit, limit_quantity, limit_per, prior_auth, deductible_cents, note, places, deductible_first, terms)",
    columns: 15,
    tail: "",
};
pub(super) const PLAN_BENEFIT_SERVICE: Insert = Insert {
    doing: "loading plans",
    head: "INSERT INTO plan_benefit_service (plan, benefit_position, position, service_type)",
    columns: 4,
    tail: "",
};
pub(super) const PLAN_BENEFIT_PROCEDURE: Insert = Insert {
    doing: "loading plans",
    head: "INSERT INTO plan_benefit_procedure (plan, benefit_position, position, qualifier, code_prefix)",
    columns: 5,
    tail: "",
};
pub(super) const PLAN_NOT_COVERED: Insert = Insert {
    doing: "loading plans",
    head: "INSERT INTO plan_not_covered (plan, position, service_type)",
    columns: 3,
    tail: "",
};
pub(super) const PLAN_CONTACT: Insert = Insert {
    doing: "loading plans",
    head: "INSERT INTO plan_contact (plan, position, entity, name, telephone)",
    columns: 5,
    tail: "",
};
pub(super) const PLAN_CONTACT_SERVICE: Insert = Insert {
    doing: "loading plans",
    head: "INSERT INTO plan_contact_service (plan, contact_position, position, service_type)",
    columns: 4,
    tail: "",
};
pub(super) const PROVIDER: Insert = Insert {
    doing: "loading providers",
    head: "INSERT INTO provider (npi, payer_id, last_name, first_name, tin, may_inquire, \
           enrolled_from, enrolled_to, taxonomies, networks, ssn_last_four)",
    columns: 11,
    tail: "ON CONFLICT (npi) DO UPDATE SET payer_id = excluded.payer_id, \
           last_name = excluded.last_name, first_name = excluded.first_name, tin = excluded.tin, \
           may_inquire = excluded.may_inquire, enrolled_from = excluded.enrolled_from, \
           enrolled_to = excluded.enrolled_to, taxonomies = excluded.taxonomies, networks = excluded.networks, \
           ssn_last_four = excluded.ssn_last_four",
};
pub(super) const PROVIDER_LOCATION: Insert = Insert {
    doing: "loading providers",
    head: "INSERT INTO provider_location (npi, position, line1, line2, city, state, zip, site, name)",
    columns: 9,
    tail: "",
};
pub(super) const PARTNER: Insert = Insert {
    doing: "loading partners",
    head: "INSERT INTO partner (id, profile)",
    columns: 2,
    tail: "ON CONFLICT (id) DO UPDATE SET profile = excluded.profile",
};
pub(super) const PROPERTY: Insert = Insert {
    doing: "loading properties",
    head: "INSERT INTO property (name, value)",
    columns: 2,
    tail: "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
};

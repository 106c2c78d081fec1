//! Batches of rows into the load: what they refer to is checked first, so that an error can name the line.

use rustc_hash::{FxHashMap, FxHashSet};

use super::LoadError;
use super::lines::Loadable;
use super::members::{AccumulatorRow, CoverageRow, MemberRow, OtherCoverageRow};
use super::row::FieldError;
use crate::store::{
    Coverage, LoadKeys, LoadRows, LoadTransaction, Owner, Plan, Provider, Relationship,
};

/// A kind of rows that is written in batches.
pub(super) trait Loaded: Loadable {
    /// What is kept from batch to batch.
    type State: Default + Send;

    /// Writes one batch, each row with its line.
    async fn write(
        load: &mut dyn LoadTransaction,
        state: &mut Self::State,
        source: &str,
        rows: Vec<(u64, Self)>,
    ) -> Result<(), LoadError>;

    /// Checks what can be checked only when all rows are written.
    async fn finish(_: &mut dyn LoadTransaction, _: Self::State, _: &str) -> Result<(), LoadError> {
        Ok(())
    }
}

/// Plans that are known to exist.
#[derive(Default)]
pub(super) struct KnownPlans(FxHashSet<Box<str>>);

impl KnownPlans {
    /// Fails at the first line whose plan does not exist.
    async fn check<'a>(
        &mut self,
        load: &mut dyn LoadTransaction,
        source: &str,
        plans: impl Iterator<Item = (u64, &'a str)>,
    ) -> Result<(), LoadError> {
        let mut first_lines: FxHashMap<&str, u64> = FxHashMap::default();
        for (line, plan) in plans {
            if !self.0.contains(plan) {
                first_lines.entry(plan).or_insert(line);
            }
        }
        let mut fresh: Vec<(&str, u64)> = first_lines.into_iter().collect();
        fresh.sort_by_key(|(_, line)| *line);
        let ids: Vec<&str> = fresh.iter().map(|(plan, _)| *plan).collect();
        if let Some(unknown) = load.missing(LoadKeys::Plans(&ids)).await?.into_iter().min() {
            let error = FieldError { field: "plan", problem: "is not a loaded plan" };
            return Err(LoadError::field(source, fresh[unknown].1, error));
        }
        self.0.extend(ids.into_iter().map(Box::from));
        Ok(())
    }
}

/// Fails at the first line whose person is not on file.
async fn check_persons<'a>(
    load: &mut dyn LoadTransaction,
    source: &str,
    rows: impl Iterator<Item = (u64, &'a Owner)>,
) -> Result<(), LoadError> {
    let (lines, owners): (Vec<u64>, Vec<&Owner>) = rows.unzip();
    match load.missing(LoadKeys::Persons(&owners)).await?.into_iter().min() {
        None => Ok(()),
        Some(unknown) => {
            let error =
                FieldError { field: "subscriber", problem: "and suffix do not identify a member" };
            Err(LoadError::field(source, lines[unknown], error))
        }
    }
}

/// Fails when a plan's product is neither in its file nor in the store.
pub(super) async fn check_products(
    load: &mut dyn LoadTransaction,
    source: &str,
    plans: &[Plan],
) -> Result<(), LoadError> {
    let products: Vec<&str> = plans.iter().map(|plan| &*plan.product).collect();
    match load.missing(LoadKeys::Products(&products)).await?.into_iter().min() {
        None => Ok(()),
        Some(unknown) => {
            let problem = format!("plan {}: unknown product", plans[unknown].id);
            Err(LoadError::whole(source, problem))
        }
    }
}

/// What the members' load keeps: plans seen, and families whose subscriber has not come yet.
#[derive(Default)]
pub(super) struct MembersState {
    plans: KnownPlans,
    headless: FxHashMap<Box<str>, u64>,
    subscribers: FxHashSet<Box<str>>,
}

impl Loaded for MemberRow {
    type State = MembersState;

    async fn write(
        load: &mut dyn LoadTransaction,
        state: &mut MembersState,
        source: &str,
        rows: Vec<(u64, Self)>,
    ) -> Result<(), LoadError> {
        let plans = rows
            .iter()
            .flat_map(|(line, row)| row.coverage.iter().flatten().map(|span| (*line, &*span.plan)));
        state.plans.check(load, source, plans).await?;
        let mut members = Vec::with_capacity(rows.len());
        let mut owners = Vec::with_capacity(rows.len());
        let mut spans = Vec::with_capacity(rows.len());
        for (line, MemberRow { member, coverage }) in rows {
            state.see(line, &member);
            let owner =
                Owner { subscriber: member.subscriber.clone(), suffix: member.suffix.clone() };
            if let Some(coverage) = coverage {
                spans.extend(coverage.into_iter().map(|span| (owner.clone(), span)));
                owners.push(owner);
            }
            members.push(member);
        }
        load.put(LoadRows::Members(&members)).await?;
        load.put(LoadRows::NoCoverage(&owners)).await?;
        load.put(LoadRows::Coverage(&spans)).await?;
        Ok(())
    }

    async fn finish(
        load: &mut dyn LoadTransaction,
        state: MembersState,
        source: &str,
    ) -> Result<(), LoadError> {
        let mut families: Vec<(Box<str>, u64)> = state.headless.into_iter().collect();
        families.sort_by_key(|(_, line)| *line);
        for chunk in families.chunks(1000) {
            let numbers: Vec<&str> = chunk.iter().map(|(family, _)| &**family).collect();
            if let Some(headless) =
                load.missing(LoadKeys::Subscribers(&numbers)).await?.into_iter().min()
            {
                let error = FieldError {
                    field: "subscriber",
                    problem: "identifies a family without a subscriber",
                };
                return Err(LoadError::field(source, chunk[headless].1, error));
            }
        }
        Ok(())
    }
}

impl MembersState {
    /// Keeps families whose subscriber is not in the file so far; the store may have them.
    fn see(&mut self, line: u64, member: &crate::store::Member) {
        if member.relationship == Relationship::Myself {
            self.headless.remove(&member.subscriber);
            self.subscribers.insert(member.subscriber.clone());
        } else if !self.subscribers.contains(&member.subscriber) {
            self.headless.entry(member.subscriber.clone()).or_insert(line);
        }
    }
}

impl Loaded for CoverageRow {
    type State = KnownPlans;

    async fn write(
        load: &mut dyn LoadTransaction,
        plans: &mut KnownPlans,
        source: &str,
        rows: Vec<(u64, Self)>,
    ) -> Result<(), LoadError> {
        plans.check(load, source, rows.iter().map(|(line, row)| (*line, &*row.span.plan))).await?;
        check_persons(load, source, rows.iter().map(|(line, row)| (*line, &row.owner))).await?;
        let spans: Vec<(Owner, Coverage)> =
            rows.into_iter().map(|(_, row)| (row.owner, row.span)).collect();
        Ok(load.put(LoadRows::Coverage(&spans)).await?)
    }
}

impl Loaded for AccumulatorRow {
    type State = ();

    async fn write(
        load: &mut dyn LoadTransaction,
        (): &mut (),
        source: &str,
        rows: Vec<(u64, Self)>,
    ) -> Result<(), LoadError> {
        let families: Vec<&str> = rows.iter().map(|(_, row)| &*row.owner.subscriber).collect();
        if let Some(unknown) = load.missing(LoadKeys::Families(&families)).await?.into_iter().min()
        {
            let error = FieldError { field: "subscriber", problem: "does not belong to a family" };
            return Err(LoadError::field(source, rows[unknown].0, error));
        }
        let persons = rows.iter().filter(|(_, row)| !row.owner.suffix.is_empty());
        check_persons(load, source, persons.map(|(line, row)| (*line, &row.owner))).await?;
        let rows: Vec<_> = rows.into_iter().map(|(_, row)| (row.owner, row.used)).collect();
        Ok(load.put(LoadRows::Accumulators(&rows)).await?)
    }
}

impl Loaded for OtherCoverageRow {
    /// How many carriers each person named so far has.
    type State = FxHashMap<Owner, i64>;

    async fn write(
        load: &mut dyn LoadTransaction,
        counts: &mut Self::State,
        source: &str,
        rows: Vec<(u64, Self)>,
    ) -> Result<(), LoadError> {
        check_persons(load, source, rows.iter().map(|(line, row)| (*line, &row.owner))).await?;
        let mut fresh = Vec::new();
        let mut placed = Vec::with_capacity(rows.len());
        for (_, OtherCoverageRow { owner, other }) in rows {
            let position = counts.entry(owner.clone()).or_insert_with(|| {
                fresh.push(owner.clone());
                0
            });
            *position += 1;
            placed.push((owner, *position, other));
        }
        load.put(LoadRows::NoOtherCoverage(&fresh)).await?;
        Ok(load.put(LoadRows::OtherCoverage(&placed)).await?)
    }
}

impl Loaded for Provider {
    /// Where each NPI and payer id was named first.
    type State = FxHashMap<Box<str>, u64>;

    async fn write(
        load: &mut dyn LoadTransaction,
        named: &mut Self::State,
        source: &str,
        rows: Vec<(u64, Self)>,
    ) -> Result<(), LoadError> {
        for (line, provider) in &rows {
            for (field, id) in
                [("npi", Some(&provider.npi)), ("payer_id", provider.payer_id.as_ref())]
            {
                let before = id.and_then(|id| named.insert(id.clone(), *line));
                if before.is_some() {
                    let error = FieldError { field, problem: "is a duplicate" };
                    return Err(LoadError::field(source, *line, error));
                }
            }
        }
        let providers: Vec<Provider> = rows.into_iter().map(|(_, provider)| provider).collect();
        Ok(load.put(LoadRows::Providers(&providers)).await?)
    }
}

//! A load: rows of any kind brought in by one transaction, so that readers see all of it or nothing.
//!
//! Knows the tables, not the files the rows came from: those are [`crate::store::load`]'s.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::sqlite::SqlitePool;
use sqlx::{Sqlite, Transaction};

use crate::store::columns::{Letter, cents, date_to_column};
use crate::store::traits::Reply;
use crate::store::{
    Accumulator, AccumulatorKind, Coverage, LoadKeys, LoadRows, LoadTransaction, Member,
    MemberChange, MemberFault, OtherCoverage, Owner, PartnerRow, Plan, Provider, Result,
    SpecialTerms, SsnLastFour, StoreError, Subject,
};

use super::rows::{
    ACCUMULATOR, COVERAGE, FAMILY, MEMBER, OTHER_COVERAGE, PARTNER, PLAN, PLAN_BENEFIT,
    PLAN_BENEFIT_PROCEDURE, PLAN_BENEFIT_SERVICE, PLAN_CONTACT, PLAN_CONTACT_SERVICE, PLAN_LIMIT,
    PLAN_NOT_COVERED, PRODUCT, PROPERTY, PROVIDER, PROVIDER_LOCATION, SUBSCRIBER_SHAPE, Used,
    bind_coverage, bind_member, bind_other_coverage, bind_part, bind_plan, subscriber_shape,
};
use super::{database_error, enroll, key_list, sql};

const DOING: &str = "loading";

/// A load under way, in the one connection that writes.
pub(super) struct SqliteLoad {
    transaction: Transaction<'static, Sqlite>,
    writer: SqlitePool,
    touched: Vec<Subject>,
    loads: Arc<AtomicU64>,
    /// Lengths of subscriber numbers, and whether a letter is in front.
    shapes: BTreeSet<(i64, i64)>,
}

impl SqliteLoad {
    /// Waits for its turn to write.
    pub(super) async fn begin(writer: &SqlitePool, loads: Arc<AtomicU64>) -> Result<Self> {
        let transaction =
            writer.begin_with("BEGIN IMMEDIATE").await.map_err(database_error(DOING))?;
        let (writer, touched, shapes) = (writer.clone(), Vec::new(), BTreeSet::new());
        Ok(Self { transaction, writer, touched, loads, shapes })
    }

    /// Makes everything visible at once, and counts the generations on.
    async fn commit(mut self) -> Result<()> {
        let shapes: Vec<(i64, i64)> = self.shapes.iter().copied().collect();
        SUBSCRIBER_SHAPE
            .run(&mut self.transaction, &shapes, |(length, lettered), binds| {
                binds.add(*length).add(*lettered);
            })
            .await?;
        for subject in std::mem::take(&mut self.touched) {
            sqlx::query(sql::NEXT_GENERATION)
                .bind(subject.name())
                .execute(&mut *self.transaction)
                .await
                .map_err(database_error(DOING))?;
        }
        self.transaction.commit().await.map_err(database_error(DOING))?;
        self.loads.fetch_add(1, Ordering::Release);
        // What was loaded moves from the log into the database now, and not with the first answers after it. Readers may
        // hold part of it back, and nothing is lost when it fails: the load stands.
        let _ = sqlx::query(sql::CHECKPOINT).execute(&self.writer).await;
        Ok(())
    }

    fn touch(&mut self, subject: Subject) {
        if !self.touched.contains(&subject) {
            self.touched.push(subject);
        }
    }

    /// Adds persons, or replaces what is on file of them. Their coverage stays.
    async fn put_members(&mut self, members: &[Member]) -> Result<()> {
        self.touch(Subject::Members);
        self.shapes.extend(members.iter().map(|member| subscriber_shape(&member.subscriber)));
        let mut families: Vec<&str> = members.iter().map(|member| &*member.subscriber).collect();
        families.dedup();
        FAMILY
            .run(&mut self.transaction, &families, |family, binds| {
                binds.add(*family);
            })
            .await?;
        MEMBER.run(&mut self.transaction, members, bind_member).await
    }

    /// Adds coverage spans; one of the same person, plan and first day is replaced.
    async fn put_coverage(&mut self, spans: &[(Owner, Coverage)]) -> Result<()> {
        self.touch(Subject::Members);
        COVERAGE.run(&mut self.transaction, spans, bind_coverage).await
    }

    async fn clear(&mut self, statement: &'static str, owners: &[Owner]) -> Result<()> {
        self.touch(Subject::Members);
        let keys: Vec<String> = owners.iter().map(Owner::key).collect();
        self.execute(statement, key_list(keys.iter().map(String::as_str))?).await
    }

    /// Adds other carriers in the order given, each with its place among those of the same person, from 1.
    async fn put_other_coverage(&mut self, rows: &[(Owner, i64, OtherCoverage)]) -> Result<()> {
        self.touch(Subject::Members);
        OTHER_COVERAGE.run(&mut self.transaction, rows, bind_other_coverage).await
    }

    /// Sets accumulators: those of the same owner, year, network and kind are replaced.
    async fn put_accumulators(&mut self, rows: &[(Owner, Accumulator)]) -> Result<()> {
        self.touch(Subject::Members);
        let mut used: Vec<Used<'_>> = Vec::with_capacity(rows.len());
        for (owner, row) in rows {
            let mut next = Used::of(owner, row)?;
            match used.last_mut() {
                Some(last) if last.key == next.key && last.as_of == next.as_of => {
                    last.take(&mut next);
                }
                _ => used.push(next),
            }
        }
        ACCUMULATOR
            .run(&mut self.transaction, &used, |row, binds| {
                let (subscriber, suffix, year_begin, network, service_type) = row.key;
                binds.add(subscriber).add(suffix).add(year_begin).add(network).add(service_type);
                binds.add(row.deductible_cents).add(row.out_of_pocket_cents);
                binds.add(row.quantity.as_deref()).add(row.as_of);
            })
            .await
    }

    /// Adds products, or renames them: id and name.
    async fn put_products(&mut self, products: &[(Box<str>, Box<str>)]) -> Result<()> {
        self.touch(Subject::Plans);
        PRODUCT
            .run(&mut self.transaction, products, |(id, name), binds| {
                binds.add(&**id).add(&**name);
            })
            .await
    }

    /// Adds plans, or replaces them whole.
    async fn put_plans(&mut self, plans: &[Plan]) -> Result<()> {
        self.touch(Subject::Plans);
        PLAN.run(&mut self.transaction, plans, bind_plan).await?;
        for plan in plans {
            for statement in sql::DELETE_PLAN_PARTS {
                self.execute(statement, plan.id.to_string()).await?;
            }
            self.put_plan_parts(plan).await?;
        }
        Ok(())
    }

    async fn put_plan_parts(&mut self, plan: &Plan) -> Result<()> {
        let id = &*plan.id;
        let connection = &mut *self.transaction;
        let mut limits = Vec::new();
        for (position, limit) in numbered(&plan.limits) {
            let amount = cents(limit.amount).ok_or(StoreError::Value { what: "plan limit" })?;
            limits.push((position, limit, amount));
        }
        PLAN_LIMIT
            .run(connection, &limits, |(position, limit, amount), binds| {
                let kind = if limit.kind == AccumulatorKind::Deductible { "D" } else { "O" };
                binds.add(id).add(*position).add(kind).add(limit.level.letter());
                binds.add(limit.network.letter()).add(*amount);
            })
            .await?;
        let benefits: Vec<_> = numbered(&plan.benefits).collect();
        PLAN_BENEFIT
            .run(connection, &benefits, |(position, benefit), binds| {
                let limit = benefit.limit.as_ref();
                binds.add(id).add(*position).add(benefit.network.letter());
                binds.add(benefit.copay.and_then(cents)).add(benefit.copay_per.as_deref());
                binds.add(benefit.coinsurance.map(|share| share.to_string()));
                binds.add(limit.map(|limit| &*limit.unit));
                binds.add(limit.map(|limit| limit.quantity.to_string()));
                binds.add(limit.map(|limit| &*limit.per)).add(benefit.authorization.map(i64::from));
                binds.add(benefit.deductible.and_then(cents)).add(benefit.note.as_deref());
                let places = (!benefit.places.is_empty()).then(|| benefit.places.join(" "));
                binds.add(places).add(benefit.deductible_first.map(i64::from));
                let has_terms = benefit.terms != SpecialTerms::default();
                binds.add(
                    has_terms.then(|| serde_json::to_string(&benefit.terms).unwrap_or_default()),
                );
            })
            .await?;
        let services: Vec<_> = benefits
            .iter()
            .flat_map(|(part, benefit)| numbered(&benefit.service_types).map(move |at| (*part, at)))
            .collect();
        PLAN_BENEFIT_SERVICE
            .run(connection, &services, |row, binds| bind_part(id, row, binds))
            .await?;
        let procedures: Vec<_> = benefits
            .iter()
            .flat_map(|(part, benefit)| numbered(&benefit.procedures).map(move |at| (*part, at)))
            .collect();
        PLAN_BENEFIT_PROCEDURE
            .run(connection, &procedures, |(part, (position, (qualifier, prefix))), binds| {
                binds.add(id).add(*part).add(*position).add(&**qualifier).add(&**prefix);
            })
            .await?;
        let not_covered: Vec<_> = numbered(&plan.not_covered).collect();
        PLAN_NOT_COVERED
            .run(connection, &not_covered, |(position, service), binds| {
                binds.add(id).add(*position).add(&***service);
            })
            .await?;
        let contacts: Vec<_> = numbered(&plan.contacts).collect();
        PLAN_CONTACT
            .run(connection, &contacts, |(position, contact), binds| {
                binds.add(id).add(*position).add(&*contact.entity).add(&*contact.name);
                binds.add(contact.telephone.as_deref());
            })
            .await?;
        let services: Vec<_> = contacts
            .iter()
            .flat_map(|(part, contact)| numbered(&contact.service_types).map(move |at| (*part, at)))
            .collect();
        PLAN_CONTACT_SERVICE
            .run(connection, &services, |row, binds| bind_part(id, row, binds))
            .await
    }

    /// Adds providers, or replaces them with their locations.
    async fn put_providers(&mut self, providers: &[Provider]) -> Result<()> {
        self.touch(Subject::Providers);
        let npis = key_list(providers.iter().map(|provider| &*provider.npi))?;
        self.execute(sql::DELETE_PROVIDER_LOCATIONS, npis).await?;
        PROVIDER
            .run(&mut self.transaction, providers, |provider, binds| {
                binds.add(&*provider.npi).add(provider.payer_id.as_deref()).add(&*provider.last);
                binds.add(provider.first.as_deref()).add(provider.tin.as_deref());
                binds.add(i64::from(provider.may_inquire));
                binds.add(provider.enrolled.0.map(date_to_column));
                binds.add(provider.enrolled.1.map(date_to_column));
                // Lists of texts are always JSON.
                binds.add(serde_json::to_string(&provider.taxonomies).unwrap_or_default());
                binds.add(serde_json::to_string(&provider.networks).unwrap_or_default());
                binds.add(provider.ssn_last_four.as_ref().map(SsnLastFour::as_str));
            })
            .await?;
        let locations: Vec<_> = providers
            .iter()
            .flat_map(|provider| numbered(&provider.locations).map(|at| (&*provider.npi, at)))
            .collect();
        PROVIDER_LOCATION
            .run(&mut self.transaction, &locations, |(npi, (position, location)), binds| {
                let address = &location.address;
                binds.add(*npi).add(*position).add(&*address.line1).add(address.line2.as_deref());
                binds.add(&*address.city).add(&*address.state).add(&*address.zip);
                binds.add(location.site.as_deref()).add(location.name.as_deref());
            })
            .await
    }

    /// Adds trading partners, or replaces their profiles.
    async fn put_partners(&mut self, partners: &[PartnerRow]) -> Result<()> {
        self.touch(Subject::Partners);
        PARTNER
            .run(&mut self.transaction, partners, |partner, binds| {
                binds.add(&*partner.id).add(&*partner.profile);
            })
            .await
    }

    async fn unknown(&mut self, statement: &'static str, keys: String) -> Result<Vec<usize>> {
        let indexes: Vec<i64> = sqlx::query_scalar(statement)
            .bind(keys)
            .fetch_all(&mut *self.transaction)
            .await
            .map_err(database_error(DOING))?;
        Ok(indexes.into_iter().filter_map(|index| usize::try_from(index).ok()).collect())
    }

    async fn execute(&mut self, statement: &'static str, bind: String) -> Result<()> {
        sqlx::query(statement)
            .bind(bind)
            .execute(&mut *self.transaction)
            .await
            .map_err(database_error(DOING))?;
        Ok(())
    }
}

impl LoadTransaction for SqliteLoad {
    fn put<'a>(&'a mut self, rows: LoadRows<'a>) -> Reply<'a, ()> {
        match rows {
            LoadRows::Members(rows) => Box::pin(self.put_members(rows)),
            LoadRows::Coverage(rows) => Box::pin(self.put_coverage(rows)),
            LoadRows::NoCoverage(owners) => Box::pin(self.clear(sql::DELETE_COVERAGE, owners)),
            LoadRows::OtherCoverage(rows) => Box::pin(self.put_other_coverage(rows)),
            LoadRows::NoOtherCoverage(owners) => {
                Box::pin(self.clear(sql::DELETE_OTHER_COVERAGE, owners))
            }
            LoadRows::Accumulators(rows) => Box::pin(self.put_accumulators(rows)),
            LoadRows::Products(rows) => Box::pin(self.put_products(rows)),
            LoadRows::Plans(rows) => Box::pin(self.put_plans(rows)),
            LoadRows::Providers(rows) => Box::pin(self.put_providers(rows)),
            LoadRows::Partners(rows) => Box::pin(self.put_partners(rows)),
            LoadRows::Properties(rows) => Box::pin(async move {
                PROPERTY
                    .run(&mut self.transaction, rows, |(name, value), binds| {
                        binds.add(&**name).add(&**value);
                    })
                    .await
            }),
        }
    }

    fn missing<'a>(&'a mut self, keys: LoadKeys<'a>) -> Reply<'a, Vec<usize>> {
        let (statement, keys) = match keys {
            LoadKeys::Plans(ids) => (sql::UNKNOWN_PLANS, key_list(ids.iter().copied())),
            LoadKeys::Products(ids) => (sql::UNKNOWN_PRODUCTS, key_list(ids.iter().copied())),
            LoadKeys::Families(ids) => (sql::UNKNOWN_FAMILIES, key_list(ids.iter().copied())),
            LoadKeys::Subscribers(ids) => (sql::HEADLESS_FAMILIES, key_list(ids.iter().copied())),
            LoadKeys::Persons(owners) => {
                let keys: Vec<String> = owners.iter().map(|owner| owner.key()).collect();
                (sql::UNKNOWN_PERSONS, key_list(keys.iter().map(String::as_str)))
            }
        };
        Box::pin(async move { self.unknown(statement, keys?).await })
    }

    fn enroll<'a>(
        &'a mut self,
        changes: &'a [MemberChange],
    ) -> Reply<'a, Vec<Option<MemberFault>>> {
        self.touch(Subject::Members);
        Box::pin(enroll::enroll(&mut self.transaction, changes))
    }

    fn commit(self: Box<Self>) -> Reply<'static, ()> {
        Box::pin(SqliteLoad::commit(*self))
    }
}

/// Items with their positions, from 1.
fn numbered<T>(items: &[T]) -> impl Iterator<Item = (i64, &T)> {
    (1..).zip(items)
}

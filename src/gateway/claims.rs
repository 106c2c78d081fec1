//! The claims of an interchange that comes in: judged part by part, put into the ledger, and taken back when a provider, set or
//! group turns out to be rejected.

use std::time::{Duration, Instant};

use tokio::runtime::{Handle, RuntimeFlavor};

use super::assembler::{OpenInterchange, ReplyAssembler};
use super::batch::CheckedSet;
use super::blocking::{LONG_BYTES, blocking};
use super::error::ServiceError;
use crate::answer::SetTable;
use crate::answer::claims::{ClaimContext, ClaimIntake, Judged, unavailable};
use crate::check::ClaimEvent;
use crate::partner::Lane;
use crate::store::{Batch, Intake, LedgerEntry, StoreError};
use crate::txn::claim_ack::ClaimDecision;

/// The claims of the interchange that is open.
#[derive(Debug, Default)]
pub(super) struct OpenClaims {
    intake: ClaimIntake,
    /// Claims taken in before the current group.
    group: u64,
    /// Entries put before the current set, and before its current billing provider.
    set_entries: u64,
    provider_entries: u64,
    /// Claims refused of the current set in providers that have ended, and in the current one.
    refused: u32,
    refused_of_provider: u32,
}

type Ledger = Option<Box<dyn Intake>>;

impl OpenClaims {
    /// A group begins after so many entries.
    pub(super) fn begin_group(&mut self, entries: u64) {
        self.group = self.intake.mark();
        (self.set_entries, self.provider_entries) = (entries, entries);
    }

    /// The current group was rejected; its entries have been taken back.
    pub(super) fn forget_group(&mut self) {
        self.intake.forget_since(self.group);
    }

    /// Puts what was decided about these events into the ledger; gives what the 277CA says.
    pub(super) async fn put(
        &mut self,
        ledger: &mut Ledger,
        events: &[ClaimEvent],
        judged: Vec<Judged>,
    ) -> Result<Vec<ClaimDecision>, ServiceError> {
        let mut decisions = Vec::with_capacity(judged.len());
        let mut rows = Vec::new();
        for (event, Judged { decision, entries }) in events.iter().zip(judged) {
            let is_refused = matches!(decision, ClaimDecision::Refused { .. });
            match event {
                ClaimEvent::Claim(_) => {
                    self.refused_of_provider += u32::from(is_refused);
                    rows.extend(entries);
                }
                ClaimEvent::Provider(provider) => {
                    if provider.faults.is_empty() {
                        self.refused += self.refused_of_provider;
                    }
                    self.refused_of_provider = 0;
                    if is_refused || !provider.faults.is_empty() {
                        // Its claims are rejected with it, whatever was decided about each.
                        rows.clear();
                        take_back(ledger, self.provider_entries).await?;
                    }
                    put(ledger, std::mem::take(&mut rows)).await?;
                    self.provider_entries = entries_of(ledger);
                }
            }
            decisions.push(decision);
        }
        put(ledger, rows).await?;
        Ok(decisions)
    }

    /// The set has ended; gives how many claims of it were refused that the checker accepts.
    pub(super) async fn end_set(
        &mut self,
        ledger: &mut Ledger,
        is_rejected: bool,
    ) -> Result<u32, ServiceError> {
        if is_rejected {
            take_back(ledger, self.set_entries).await?;
        }
        self.intake.end_set(is_rejected);
        let entries = entries_of(ledger);
        (self.set_entries, self.provider_entries) = (entries, entries);
        self.refused_of_provider = 0;
        let refused = std::mem::take(&mut self.refused);
        Ok(if is_rejected { 0 } else { refused })
    }
}

fn entries_of(ledger: &Ledger) -> u64 {
    ledger.as_ref().map_or(0, |ledger| ledger.entries())
}

async fn put(ledger: &mut Ledger, rows: Vec<LedgerEntry>) -> Result<(), ServiceError> {
    match ledger {
        Some(ledger) if !rows.is_empty() => Ok(ledger.put(Batch::Ledger(rows)).await?),
        _ => Ok(()),
    }
}

async fn take_back(ledger: &mut Ledger, entries: u64) -> Result<(), ServiceError> {
    match ledger {
        Some(ledger) if ledger.entries() > entries => Ok(ledger.take_back(entries).await?),
        _ => Ok(()),
    }
}

impl<'g> ReplyAssembler<'g> {
    /// Judges the claims of the accepted ones of these sets, which belong to one group: one decision for each event, in order.
    pub(super) async fn decide(
        &self,
        open: &mut OpenInterchange<'g>,
        sets: &[CheckedSet],
    ) -> Result<Vec<Judged>, ServiceError> {
        let accepted = sets.iter().filter(|set| set.report.is_accepted());
        let claims = accepted.filter_map(|set| set.report.claims.as_ref());
        let events: Vec<&ClaimEvent> = claims.flat_map(|claims| &claims.events).collect();
        self.judge(open, &events).await
    }

    /// Judges claims of one set, or of sets that are accepted: one decision for each event.
    ///
    /// In real time nothing is accepted that cannot be stored: when the store fails or takes too long, the whole interchange is
    /// answered that it is not possible now.
    pub(super) async fn judge(
        &self,
        open: &mut OpenInterchange<'g>,
        events: &[&ClaimEvent],
    ) -> Result<Vec<Judged>, ServiceError> {
        let partner = open.opening.sender.partner();
        if events.is_empty() || !SetTable::stores_claims(partner) || !open.is_in_group() {
            return Ok(events.iter().map(|_| Judged::default()).collect());
        }
        let context = ClaimContext { now: self.gateway.now().1, partner };
        let Some(ledger) = open.intake.as_ref().filter(|_| !open.outage) else {
            return Ok(unavailable(events, &partner.claims.rules));
        };
        let staged = ledger.number();
        let (stores, numbers) = (self.gateway.stores(), self.gateway.claim_numbers());
        let judging = open.claims.intake.judge(stores, numbers, events, context, staged);
        if self.origin.lane == Lane::Batch {
            return Ok(judging.await?);
        }
        let mut patience = Duration::from_millis(self.gateway.config().real_time.answer_timeout_ms);
        if let Some(deadline) = self.origin.deadline {
            patience = patience.min(deadline.saturating_duration_since(Instant::now()));
        }
        let judging = tokio::time::timeout(patience, judging);
        let runtime = Handle::current();
        let judged = match runtime.runtime_flavor() {
            RuntimeFlavor::MultiThread if text_bytes(events) >= LONG_BYTES => {
                blocking(|| runtime.block_on(judging))
            }
            _ => judging.await,
        };
        judged.map_err(|_| ServiceError::Store(StoreError::TooSlow))?.map_err(ServiceError::Store)
    }
}

/// Bytes of the claims among these events.
fn text_bytes(events: &[&ClaimEvent]) -> usize {
    let text = |event: &&ClaimEvent| match event {
        ClaimEvent::Claim(claim) => claim.text.as_ref().map_or(0, |text| text.claim.len()),
        ClaimEvent::Provider(_) => 0,
    };
    events.iter().map(text).sum()
}

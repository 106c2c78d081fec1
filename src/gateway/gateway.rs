//! The gateway: everything an answer needs, put together once and shared by all transports, commands and tests.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use time::{OffsetDateTime, PrimitiveDateTime};
use tokio::time::timeout;

use super::clock::Clock;
use super::control::ControlNumbers;
use super::error::ServiceError;
use super::reference::ReferenceData;
use crate::acknowledge::{AcknowledgePolicy, GroupParties, Numbering, RejectedGroups, ReplyKind};
use crate::answer::claims::ClaimNumbers;
use crate::answer::{SetResponder, SetTable};
use crate::check::{EnvelopeLimits, InterchangeHeader, SetLimits};
use crate::config::{Config, LocalTime};
use crate::guide::Registry;
use crate::partner::Lane;
use crate::partner::Partner;
use crate::store::{Archive, StoreError, Stores};
use crate::txn::ack::AckOptions;
use crate::txn::envelope::{EnvelopeWriter, OutputForm, Party, ReplyIdentity};
use crate::wire::FrameLimits;

/// Answers interchanges from a store. The one entry for every transport, command and test: [`super::Service::answer`] for an
/// interchange in memory, [`Gateway::answer_stream`] for inputs of any length.
pub struct Gateway {
    config: Config,
    local_time: LocalTime,
    registry: Arc<Registry>,
    stores: Stores,
    numbers: ControlNumbers,
    claim_numbers: ClaimNumbers,
    archive: Archive,
    clock: Arc<dyn Clock>,
    reference: RwLock<Arc<ReferenceData>>,
    /// What is answered beside the built-in transactions.
    responders: Vec<Arc<dyn SetResponder>>,
    begun: Instant,
    /// When the store was last asked whether the reference data are old, in milliseconds since `begun`.
    asked_ms: AtomicU64,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Gateway {
    /// Puts a gateway together: reads plans and partners from the store, and members too when the settings say so. Must be
    /// called inside a tokio runtime.
    ///
    /// # Errors
    /// The store could not be read, or the partner profiles cannot be used.
    pub async fn open(
        stores: Stores,
        config: Config,
        registry: Arc<Registry>,
        clock: Arc<dyn Clock>,
    ) -> Result<Gateway, ServiceError> {
        Gateway::with_responders(stores, config, registry, clock, Vec::new()).await
    }

    /// The same, with more sets that are answered.
    ///
    /// # Errors
    /// Those of [`Gateway::open`].
    pub async fn with_responders(
        stores: Stores,
        config: Config,
        registry: Arc<Registry>,
        clock: Arc<dyn Clock>,
        responders: Vec<Arc<dyn SetResponder>>,
    ) -> Result<Gateway, ServiceError> {
        let stores = stores.shared(&config.store, config.real_time.coalesce_max).await?;
        let reference = ReferenceData::read(&stores, &config, &registry, &responders, None).await?;
        Ok(Gateway {
            local_time: config.identity.local_time(),
            registry,
            numbers: ControlNumbers::new(stores.journal.clone()),
            claim_numbers: ClaimNumbers::default(),
            archive: config.archive.open(),
            clock,
            reference: RwLock::new(Arc::new(reference)),
            responders,
            begun: Instant::now(),
            asked_ms: AtomicU64::new(0),
            stores,
            config,
        })
    }

    /// The settings in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The store behind it.
    pub fn stores(&self) -> &Stores {
        &self.stores
    }

    /// The guides sets are checked against.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The partners of the moment.
    pub fn partners(&self) -> Vec<Arc<Partner>> {
        self.reference().partners.partners().to_vec()
    }

    /// The partner with this id at the moment.
    pub fn partner(&self, id: &str) -> Option<Arc<Partner>> {
        self.reference().partners.with_id(id).cloned()
    }

    /// Now, as our own clocks on the wall show it.
    pub fn local_now(&self) -> PrimitiveDateTime {
        self.now().1
    }

    /// The plans and partners of the moment. An interchange is answered by what was known when it began.
    pub(super) fn reference(&self) -> Arc<ReferenceData> {
        self.reference.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads plans and partners again when the store has others. Of many callers one asks now and then, and a failure only
    /// means that the data of before are used.
    pub(super) async fn keep_up(&self) {
        let now_ms = self.begun.elapsed().as_millis() as u64;
        let asked_ms = self.asked_ms.load(Ordering::Relaxed);
        let is_due = now_ms >= asked_ms + self.config.store.snapshot_check_ms;
        let order = Ordering::Relaxed;
        if !is_due || self.asked_ms.compare_exchange(asked_ms, now_ms, order, order).is_err() {
            return;
        }
        let before = self.reference();
        match before.renewed(&self.stores, &self.config, &self.registry, &self.responders).await {
            Ok(None) => {}
            Ok(Some(fresh)) => {
                tracing::info!("plans, partners and providers reloaded");
                self.stores.providers.forget();
                self.numbers.forget_shared();
                *self.reference.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
            }
            Err(error) => error.log("plans and partners could not be reloaded"),
        }
    }

    /// Reads plans, partners and logins again when the store has others; somebody who asks often is told from memory.
    pub async fn refresh(&self) {
        self.keep_up().await;
    }

    /// Reads plans, partners and logins again in any case: files of partner profiles may have changed, which no store counts.
    ///
    /// # Errors
    ///
    /// When they cannot be read or used. Those of before stay in force.
    pub async fn reload(&self) -> Result<(), ServiceError> {
        let before = self.reference();
        let (stores, config) = (&self.stores, &self.config);
        let fresh =
            ReferenceData::read(stores, config, &self.registry, &self.responders, Some(&before));
        let fresh = Arc::new(fresh.await?);
        self.stores.providers.forget();
        *self.reference.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        tracing::info!("plans, partners and providers reloaded");
        Ok(())
    }

    /// The next control number of what is sent to `receiver`: `isa` for interchanges, `gs` for groups. Waits `patience` at most
    /// when the store has to be asked for numbers.
    pub(super) async fn next_control(
        &self,
        receiver: &Party,
        of: &'static str,
        patience: Option<Duration>,
    ) -> Result<u32, ServiceError> {
        let series = self.reference().partners.control_series(receiver, of);
        let taken = self.numbers.take(&series);
        Ok(match patience {
            None => taken.await?,
            Some(patience) => timeout(patience, taken).await.map_err(|_| StoreError::TooSlow)??,
        })
    }

    /// The kind of reply of this name, as the store has it.
    pub(super) fn kind(&self, name: &str) -> Option<ReplyKind> {
        self.reference().sets.kind(name)
    }

    /// The envelope of the replies to an interchange of this partner.
    pub(super) fn reply_envelope(
        &self,
        header: &InterchangeHeader,
        partner: &Partner,
    ) -> EnvelopeWriter {
        let party =
            |qualifier: &str, id: &str| Party { qualifier: qualifier.into(), id: id.into() };
        let sender = party(header.sender_qualifier.as_str(), header.sender.as_str());
        let receiver = party(header.receiver_qualifier.as_str(), header.receiver.as_str());
        self.envelope_back(&sender, &receiver, header.is_test, partner)
    }

    /// The envelope of what goes back to the sender of an interchange of this partner.
    pub(super) fn envelope_back(
        &self,
        sender: &Party,
        receiver: &Party,
        is_test: bool,
        partner: &Partner,
    ) -> EnvelopeWriter {
        let identity = &self.config.identity;
        let qualifier = identity.qualifier.as_str().into();
        let ours = ReplyIdentity {
            party: Party { qualifier, id: identity.id.as_str().into() },
            group_id: &identity.group_id,
        };
        let output = &partner.output;
        let form = OutputForm { delimiters: output.delimiters(), line_feeds: output.line_feeds };
        EnvelopeWriter::reply(sender, receiver, &ours, !is_test, self.now().1, form)
    }

    /// What is acknowledged to a partner, and how.
    pub(super) fn acknowledge_policy(
        &self,
        partner: &Partner,
        lane: Lane,
        now: PrimitiveDateTime,
    ) -> AcknowledgePolicy {
        let ack = &partner.ack;
        AcknowledgePolicy {
            interchange: ack.ta1.into(),
            functional: match lane {
                Lane::RealTime => ack.real_time.into(),
                Lane::Batch => ack.batch.into(),
            },
            // In real time nearly every 999 is left out.
            defers_functional: lane == Lane::RealTime,
            functional_options: AckOptions {
                list_accepted: ack.list_accepted,
                guide_loop_ids: ack.guide_loop_ids,
                business_units: ack.business_units,
                unused_codes_as_invalid: ack.unused_codes_as_invalid,
            },
            claims: SetTable::takes_claims(partner).then(|| partner.claims.options(now)),
            numbering: Numbering::OfQuestion,
            group_parties: GroupParties::OfGroup,
            rejected_groups: RejectedGroups::NameRejected,
        }
    }

    /// The numbers of claims that are taken in.
    pub(super) fn claim_numbers(&self) -> &ClaimNumbers {
        &self.claim_numbers
    }

    /// The archive of what is too large for the store.
    pub fn archive(&self) -> &Archive {
        &self.archive
    }

    /// Now, in UTC and as our own clocks on the wall show it.
    pub(super) fn now(&self) -> (OffsetDateTime, PrimitiveDateTime) {
        let now = self.clock.now();
        let local = self.local_time.at(now);
        (now, PrimitiveDateTime::new(local.date(), local.time()))
    }

    pub(super) fn frame_limits(&self) -> FrameLimits {
        FrameLimits {
            segment_bytes_max: self.config.limits.segment_bytes_max,
            binary_bytes_max: self.config.limits.binary_bytes_max,
            part_bytes_max: self.config.limits.set_bytes_max,
            fragments: false,
        }
    }

    pub(super) fn set_limits(&self) -> SetLimits {
        SetLimits {
            segments_max: self.config.limits.segments_per_set_max,
            elements_max: self.config.limits.elements_per_segment_max as u32,
            element_bytes_max: self.config.limits.element_bytes_max as u32,
        }
    }

    pub(super) fn envelope_limits(&self, lane: Lane) -> EnvelopeLimits {
        let limits = &self.config.limits;
        EnvelopeLimits {
            interchange_bytes_max: match lane {
                Lane::RealTime => limits.real_time_bytes_max as u64,
                Lane::Batch => limits.interchange_bytes_max,
            },
            groups_max: limits.groups_per_interchange_max,
            sets_max: match lane {
                Lane::RealTime => limits.real_time_sets_max,
                Lane::Batch => limits.sets_per_interchange_max,
            },
        }
    }
}

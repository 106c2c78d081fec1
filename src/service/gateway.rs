//! The gateway: everything an answer needs, put together once and shared by all transports, commands and tests.

use std::collections::HashMap;
use std::sync::Arc;

use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};
use tokio::sync::Semaphore;

use super::archive::Archive;
use super::clock::Clock;
use super::coalesce::Coalescing;
use super::eligibility::EligibilityService;
use super::error::ServiceError;
use super::reply::Lane;
use crate::check::EnvelopeLimits;
use crate::config::{Config, Level, Validation};
use crate::finding::{Policy, Treatment};
use crate::guide::Registry;
use crate::partner::{Partner, PartnerDirectory};
use crate::store::Store;
use crate::wire::FrameLimits;

/// Answers interchanges from a store. The one entry for every transport, command and test: [`super::Answer::answer`] for an
/// interchange in memory, [`super::process::files`] for files.
pub struct Gateway<S> {
    config: Config,
    registry: Arc<Registry>,
    partners: PartnerDirectory,
    store: Arc<S>,
    calls: Coalescing<S>,
    eligibility: EligibilityService,
    archive: Archive,
    clock: Arc<dyn Clock>,
    /// What is kept for each partner, and for strangers.
    own: HashMap<Arc<str>, Own>,
}

/// What is kept for one partner.
struct Own {
    /// Places for being answered in real time.
    places: Arc<Semaphore>,
    /// The guides as the partner's overlays change them; the common ones when none do.
    guides: Option<Registry>,
}

impl<S> std::fmt::Debug for Gateway<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("partners", &self.partners).finish_non_exhaustive()
    }
}

impl<S: Store> Gateway<S> {
    /// Puts a gateway together: reads plans and partners from the store. Must be called inside a tokio runtime.
    pub async fn open(
        store: Arc<S>,
        config: Config,
        registry: Arc<Registry>,
        clock: Arc<dyn Clock>,
    ) -> Result<Gateway<S>, ServiceError> {
        let partners = PartnerDirectory::load(&config, &store.partners().await?)?;
        let eligibility = EligibilityService::new(store.plans().await?, config.eligibility.clone());
        let mut own = HashMap::new();
        for partner in partners.partners() {
            own.insert(partner.id.clone(), Own::of(partner, &config, &registry)?);
        }
        let stranger = Partner::stranger(&config);
        own.insert(stranger.id.clone(), Own::of(&stranger, &config, &registry)?);
        let coalesce = config.real_time.coalesce_max;
        Ok(Gateway {
            registry,
            partners,
            calls: Coalescing::new(store.clone(), coalesce, config.store.snapshot),
            eligibility,
            archive: Archive::new(&config.store.archive),
            clock,
            own,
            store,
            config,
        })
    }

    /// The settings in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The store behind it.
    pub fn store(&self) -> &Arc<S> {
        &self.store
    }

    /// The guides sets are checked against.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The trading partners.
    pub fn partners(&self) -> &PartnerDirectory {
        &self.partners
    }

    pub(super) fn calls(&self) -> &Coalescing<S> {
        &self.calls
    }

    pub(super) fn eligibility(&self) -> &EligibilityService {
        &self.eligibility
    }

    /// The next outbound control number of a partner: `isa` for interchanges, `gs` for groups.
    pub(super) async fn next_control(
        &self,
        partner: &Partner,
        of: &'static str,
    ) -> Result<u32, ServiceError> {
        Ok(self.store.take_control_numbers(&format!("{}/{of}", partner.id), 1).await?)
    }

    pub(super) fn archive(&self) -> &Archive {
        &self.archive
    }

    /// The places a partner has for being answered in real time.
    pub(super) fn places(&self, partner: &Partner) -> Option<Arc<Semaphore>> {
        self.own.get(&partner.id).map(|own| own.places.clone())
    }

    /// The guides this partner's sets are checked against.
    pub(super) fn guides_of(&self, partner: &Partner) -> &Registry {
        let own = self.own.get(&partner.id).and_then(|own| own.guides.as_ref());
        own.unwrap_or(&self.registry)
    }

    /// Now, in UTC and as our own clocks on the wall show it.
    pub(super) fn now(&self) -> (OffsetDateTime, PrimitiveDateTime) {
        let now = self.clock.now();
        let minutes = self.config.identity.utc_offset_minutes;
        // The settings were checked to lie within a day.
        let offset = UtcOffset::from_whole_seconds(minutes * 60).unwrap_or(UtcOffset::UTC);
        let local = now.to_offset(offset);
        (now, PrimitiveDateTime::new(local.date(), local.time()))
    }

    /// How findings of this partner's sets are treated.
    pub(super) fn policy(&self, partner: &Partner) -> Policy {
        treatment(&partner.validation, self.config.limits.findings_per_set_max)
    }

    pub(super) fn frame_limits(&self) -> FrameLimits {
        FrameLimits {
            segment_bytes_max: self.config.limits.segment_bytes_max,
            part_bytes_max: self.config.limits.set_bytes_max,
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

impl Own {
    fn of(partner: &Partner, config: &Config, registry: &Registry) -> Result<Own, ServiceError> {
        let mut guides: Option<Registry> = None;
        for overlay in &partner.overlays {
            let changed = guides.as_ref().unwrap_or(registry).overlaid(overlay);
            guides = Some(changed.ok_or_else(|| ServiceError::Overlay {
                partner: partner.id.clone(),
                overlay: overlay.clone(),
            })?);
        }
        let most = config.real_time.interchanges_per_partner_max;
        Ok(Own { places: Arc::new(Semaphore::new(most)), guides })
    }
}

/// The levels of the settings as the checker takes them.
pub fn treatment(validation: &Validation, findings_per_set_max: usize) -> Policy {
    let mut policy = Policy { findings_per_set_max, ..Policy::default() };
    for snip in 2..=7 {
        policy.treatment[snip] = match validation.level(snip as u8) {
            Level::Reject => Treatment::AsFound,
            Level::Warn => Treatment::Warn,
            Level::Off => Treatment::Ignore,
        };
    }
    policy
}

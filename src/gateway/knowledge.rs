//! What a gateway knows besides members: plans and partners, read once and read again when the store has others.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::error::ServiceError;
use crate::answer::eligibility::EligibilityService;
use crate::config::Config;
use crate::guide::Registry;
use crate::partner::{Partner, PartnerDirectory};
use crate::store::{Generations, Stores};

/// Plans and partners as of one moment.
#[derive(Debug)]
pub(super) struct Knowledge {
    pub(super) partners: PartnerDirectory,
    pub(super) eligibility: EligibilityService,
    registry: Arc<Registry>,
    /// What is kept for each partner, and for strangers.
    own: HashMap<Arc<str>, Own>,
    generations: Generations,
}

/// What is kept for one partner.
#[derive(Debug)]
struct Own {
    /// Permits to be answered in real time.
    permits: Arc<Semaphore>,
    /// The guides as the partner's overlays change them; the common ones when none do.
    guides: Option<Registry>,
}

impl Knowledge {
    /// Reads everything. Permits that were taken `before` stay taken.
    pub(super) async fn read(
        stores: &Stores,
        config: &Config,
        registry: &Arc<Registry>,
        before: Option<&Knowledge>,
    ) -> Result<Knowledge, ServiceError> {
        // Asked first: rows that are loaded while we read are read again next time.
        let generations = stores.generations().await?;
        let partners = PartnerDirectory::load(config, &stores.partners.all().await?)?;
        let eligibility =
            EligibilityService::new(stores.plans.all().await?, config.eligibility.clone());
        for (plan, service_type) in eligibility.unsaid_service_types() {
            tracing::warn!(plan, %service_type, "a plan neither covers nor excludes a service type that every plan must address");
        }
        let stranger = Arc::new(Partner::stranger(config));
        let mut own = HashMap::new();
        for partner in partners.partners().iter().chain([&stranger]) {
            let permits = before.and_then(|before| before.permits(partner)).unwrap_or_else(|| {
                Arc::new(Semaphore::new(config.real_time.interchanges_per_partner_max))
            });
            own.insert(partner.id.clone(), Own { permits, guides: guides(partner, registry)? });
        }
        let registry = registry.clone();
        Ok(Knowledge { partners, eligibility, registry, own, generations })
    }

    /// The knowledge of now, when it is another than this.
    pub(super) async fn renewed(
        &self,
        stores: &Stores,
        config: &Config,
        registry: &Arc<Registry>,
    ) -> Result<Option<Knowledge>, ServiceError> {
        let now = stores.generations().await?;
        let watched = |of: &Generations| (of.plans, of.partners, of.providers);
        if watched(&now) == watched(&self.generations) {
            return Ok(None);
        }
        Knowledge::read(stores, config, registry, Some(self)).await.map(Some)
    }

    /// The permits a partner has for being answered in real time.
    pub(super) fn permits(&self, partner: &Partner) -> Option<Arc<Semaphore>> {
        self.own.get(&partner.id).map(|own| own.permits.clone())
    }

    /// The guides this partner's sets are checked against.
    pub(super) fn guides_of(&self, partner: &Partner) -> &Registry {
        let own = self.own.get(&partner.id).and_then(|own| own.guides.as_ref());
        own.unwrap_or(&self.registry)
    }
}

/// The guides as this partner's overlays change them.
fn guides(partner: &Partner, registry: &Registry) -> Result<Option<Registry>, ServiceError> {
    let mut guides: Option<Registry> = None;
    for overlay in &partner.overlays {
        let changed = guides.as_ref().unwrap_or(registry).overlaid(overlay);
        guides = Some(changed.ok_or_else(|| ServiceError::Overlay {
            partner: partner.id.clone(),
            overlay: overlay.clone(),
        })?);
    }
    Ok(guides)
}

//! What a gateway knows besides members: partners, and what is answered; read once and read again when the store has others.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::error::ServiceError;
use crate::answer::{SetResponder, SetTable, responders};
use crate::config::Config;
use crate::guide::Registry;
use crate::partner::{Partner, PartnerDirectory};
use crate::store::{Generations, Stores};

/// Partners, and what is answered, as of one moment.
#[derive(Debug)]
pub(super) struct ReferenceData {
    pub(super) partners: PartnerDirectory,
    /// Which sets are taken.
    pub(super) sets: SetTable,
    registry: Arc<Registry>,
    /// What is kept for each partner, and for strangers.
    states: HashMap<Arc<str>, PartnerState>,
    generations: Generations,
}

/// What is kept for one partner.
#[derive(Debug)]
struct PartnerState {
    /// How many of its interchanges may be answered in real time at once.
    permits: Arc<Semaphore>,
    /// The guides as the partner's overlays change them; the common ones when none do.
    guides: Option<Registry>,
}

impl ReferenceData {
    /// Reads everything; `more` are responders beside the built-in ones. Permits that were given `before` stay given.
    pub(super) async fn read(
        stores: &Stores,
        config: &Config,
        registry: &Arc<Registry>,
        more: &[Arc<dyn SetResponder>],
        before: Option<&ReferenceData>,
    ) -> Result<ReferenceData, ServiceError> {
        // Asked first: rows that are loaded while we read are read again next time.
        let generations = stores.generations().await?;
        let partners = PartnerDirectory::load(config, &stores.partners.all().await?)?;
        let mut answered = responders(stores, config).await?;
        answered.extend(more.iter().cloned());
        let stranger = Arc::new(Partner::stranger(config));
        let mut states = HashMap::new();
        for partner in partners.partners().iter().chain([&stranger]) {
            let permits = before.and_then(|before| before.permits(partner)).unwrap_or_else(|| {
                Arc::new(Semaphore::new(config.real_time.interchanges_per_partner_max))
            });
            let state = PartnerState { permits, guides: guides(partner, registry)? };
            states.insert(partner.id.clone(), state);
        }
        let (registry, sets) = (registry.clone(), SetTable::new(answered));
        Ok(ReferenceData { partners, sets, registry, states, generations })
    }

    /// The data of now, when they are others than these.
    pub(super) async fn renewed(
        &self,
        stores: &Stores,
        config: &Config,
        registry: &Arc<Registry>,
        more: &[Arc<dyn SetResponder>],
    ) -> Result<Option<ReferenceData>, ServiceError> {
        let now = stores.generations().await?;
        let watched = |of: &Generations| (of.plans, of.partners, of.providers);
        if watched(&now) == watched(&self.generations) {
            return Ok(None);
        }
        ReferenceData::read(stores, config, registry, more, Some(self)).await.map(Some)
    }

    /// The permits of a partner for being answered in real time.
    pub(super) fn permits(&self, partner: &Partner) -> Option<Arc<Semaphore>> {
        self.states.get(&partner.id).map(|state| state.permits.clone())
    }

    /// The guides this partner's sets are checked against.
    pub(super) fn guides_of(&self, partner: &Partner) -> &Registry {
        let own = self.states.get(&partner.id).and_then(|state| state.guides.as_ref());
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

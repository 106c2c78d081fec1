//! What a gateway knows besides members: partners, and what is answered; read once and read again when the store has others.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::error::ServiceError;
use crate::access::{Action, Caller, Role};
use crate::answer::{SetResponder, SetTable, responders};
use crate::config::Config;
use crate::guide::Registry;
use crate::partner::{Grants, Partner, PartnerDirectory, Sender};
use crate::store::{Generations, LoginRow, LoginRows, Stores};

/// Partners, and what is answered, as of one moment.
#[derive(Debug)]
pub(super) struct ReferenceData {
    pub(super) partners: PartnerDirectory,
    /// Which sets are taken.
    pub(super) sets: SetTable,
    registry: Arc<Registry>,
    /// The partners as their users call, by the name of the login.
    users: HashMap<Box<str>, Arc<Partner>>,
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
        let users = users(&stores.logins.all().await?, &partners);
        let (registry, sets) = (registry.clone(), SetTable::new(answered));
        Ok(ReferenceData { partners, sets, registry, users, states, generations })
    }

    /// Who has sent an interchange with this ISA05 and ISA06. A caller who is known sends only for its partner, and a user does
    /// no more than was granted.
    pub(super) fn sender(&self, caller: &Caller, qualifier: &str, id: &str) -> Sender {
        let Caller::Authenticated { partner: of, user, .. } = caller else {
            return self.partners.find(qualifier, id);
        };
        match self.partners.find_as(of, qualifier, id) {
            Sender::Served(partner) if user != of => {
                let known = self.users.get(&**user).filter(|known| known.id == partner.id);
                // A login that was removed may do nothing any more.
                let nothing = || Arc::new(partner.for_user(Arc::default()));
                Sender::Served(known.cloned().unwrap_or_else(nothing))
            }
            sender => sender,
        }
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
        let watched = |of: &Generations| (of.plans, of.partners, of.providers, of.logins);
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

/// Each user's partner, as far as the user may use it. Only users use transactions; those who administer them do not.
fn users(rows: &LoginRows, partners: &PartnerDirectory) -> HashMap<Box<str>, Arc<Partner>> {
    let mut granted: HashMap<&str, Grants> = HashMap::new();
    for grant in &rows.grants {
        granted.entry(&grant.login).or_default().add(&grant.set, &grant.npi);
    }
    let users = rows.logins.iter().filter(|login| Role::of(&login.role) != Some(Role::Partner));
    let view = |login: &LoginRow| {
        let partner = partners.with_id(&login.partner)?;
        let uses = Role::of(&login.role).is_some_and(|role| role.may(Action::UseTransactions));
        let grants = granted.get(&*login.name).filter(|_| uses).cloned().unwrap_or_default();
        Some((login.name.clone(), Arc::new(partner.for_user(Arc::new(grants)))))
    };
    users.filter_map(view).collect()
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

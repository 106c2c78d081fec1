//! Registration for access, as the portal has it: for a new partner or for further NPIs of one, for an NPI or a group, by the
//! provider or on its behalf. What is asked for is granted once it is proven who registers, and, on behalf of a provider, once the
//! provider has approved it with a token.

mod application;
mod proof;

use sha2::{Digest, Sha256};
use time::{Date, OffsetDateTime};
use tokio::time::{Duration, Instant, sleep_until};

use super::administration::{AdminError, Administration, OPERATOR, PASSWORD, Result, find, grants};
use super::login::{Login, Logins};
use super::role::{Action, Role};
use super::secret::{SecretHash, new_secret};
use crate::config::Config;
use crate::partner::{PartnerDirectory, profile_text};
use crate::store::{
    AuditEvent, CredentialRow, LoginChange, LoginRow, PartnerRow, ProofAttempt, Provider,
    RegistrationRow, StoreError, Stores,
};

use application::{NPIS_MAX, check, fitting, too_many};

pub use application::{Application, Level, Registered, Registration, RegistrationState, Request};
pub use proof::{ClaimFacts, Proof};

const MICROS_PER_HOUR: i64 = 3_600_000_000;

/// Takes registrations.
#[derive(Debug)]
pub struct Registrar<'s> {
    admin: Administration<'s>,
    config: &'s Config,
    partners: Vec<PartnerRow>,
}

impl<'s> Registrar<'s> {
    /// For the operator, or for the login `actor`, which may ask for further NPIs for itself.
    ///
    /// # Errors
    ///
    /// When there is no such login, or the store cannot be read.
    pub async fn open(
        stores: &'s Stores,
        config: &'s Config,
        actor: Option<&str>,
        now_micros: i64,
    ) -> Result<Registrar<'s>> {
        let admin = Administration::open(stores, actor, now_micros).await?;
        Ok(Registrar { admin, config, partners: stores.partners.all().await? })
    }

    /// All registrations, in the order they were made.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn registrations(&self) -> Result<Vec<Registration>> {
        let rows = self.admin.stores.logins.registrations().await?;
        rows.iter().map(|row| self.registration(row)).collect()
    }

    fn registration(&self, row: &RegistrationRow) -> Result<Registration> {
        let state = match &*row.state {
            "pending" if row.expires_micros <= self.admin.now_micros => RegistrationState::Expired,
            "pending" => RegistrationState::Pending,
            "approved" => RegistrationState::Approved,
            "rejected" => RegistrationState::Rejected,
            "cancelled" => RegistrationState::Cancelled,
            _ => return Err(StoreError::Corrupt { what: "registration" }.into()),
        };
        let request = serde_json::from_str(&row.request);
        Ok(Registration {
            number: row.id,
            state,
            created_micros: row.created_micros,
            expires_micros: row.expires_micros,
            request: request.map_err(|_| StoreError::Corrupt { what: "registration" })?,
        })
    }

    /// Takes a registration.
    ///
    /// # Errors
    ///
    /// When it does not fit together, the proof is wrong, an NPI has another senior access administrator who is not to be
    /// replaced, or the one who asks may not.
    pub async fn register(&self, asked: Application, proof: &Proof) -> Result<Registered> {
        check(&asked, proof)?;
        let is_new = self.check_login(&asked).await?;
        self.check_partner(&asked.partner, asked.profile.as_deref())?;
        let who = self.admin.actor.as_ref().map_or(&asked.email, |actor| &actor.name);
        let requester = format!("by:{}", who.to_lowercase());
        let providers = self.providers(asked.level, &asked.npis).await?;
        self.judge(proof, &providers, &asked.npis, &requester, &asked.login).await?;
        let npis: Vec<Box<str>> = providers.iter().map(|provider| provider.npi.clone()).collect();
        let secret = if is_new { Some(new_secret()?) } else { None };
        let hash = secret.as_ref().map(|secret| SecretHash::of(secret.as_bytes())).transpose()?;
        let request = Request {
            partner: asked.partner,
            profile: asked.profile,
            login: asked.login,
            email: asked.email,
            role: asked.role.name().into(),
            level: asked.level,
            named: asked.npis,
            npis,
            sets: asked.sets,
            replaces: asked.replaces,
            provider_email: asked.provider_email,
            proof: proof.kind().into(),
            password: hash,
        };
        let (mut changes, replaced) = self.granting(&request)?;
        changes.extend(forgotten(&request.named, &requester));
        match &request.provider_email {
            None => {
                let now = self.admin.now_micros;
                changes.push(LoginChange::Register(self.row(&request, "approved", None, now)?));
                let event = self.told("registration.approve", "done", &request, &replaced, "");
                self.admin.stores.logins.change(changes, vec![event]).await?;
                Ok(Registered::Approved { npis: request.npis, replaced, password: secret })
            }
            Some(_) => self.wait_for_provider(&request, &requester, secret).await,
        }
    }

    /// Keeps a registration until the provider approves it.
    async fn wait_for_provider(
        &self,
        request: &Request,
        requester: &str,
        password: Option<String>,
    ) -> Result<Registered> {
        let token = new_secret()?;
        let hours = i64::from(self.config.access.registration.token_hours);
        let expires_micros = self.admin.now_micros.saturating_add(hours * MICROS_PER_HOUR);
        let mut changes: Vec<LoginChange> = forgotten(&request.named, requester).collect();
        let hash = hash(&token);
        let row = self.row(request, "pending", Some(hash), expires_micros)?;
        changes.push(LoginChange::Register(row));
        let event = self.told("registration.request", "done", request, &[], "");
        self.admin.stores.logins.change(changes, vec![event]).await?;
        let rows = self.admin.stores.logins.registrations().await?;
        let number = rows.iter().find(|row| row.token == Some(hash)).map_or(0, |row| row.id);
        Ok(Registered::Pending { number, token, expires_micros, password })
    }

    /// The provider approves the registration of a token. What proves that it is the provider is judged as a registration's proof is.
    ///
    /// # Errors
    ///
    /// When the token is not valid, the proof is wrong, or what was asked for cannot be granted any more.
    pub async fn approve(&self, token: &str, proof: &Proof) -> Result<(Request, Registered)> {
        let (row, request) = self.pending(token).await?;
        fitting(request.level, proof)?;
        let providers = self.providers(request.level, &request.npis).await?;
        let requester = format!("token:{}", row.id);
        self.judge(proof, &providers, &request.named, &requester, &request.login).await?;
        match (find(&self.admin.rows, &request.login), &request.password) {
            (Ok(_), Some(_)) => return Err(AdminError::Exists(request.login)),
            (Err(error), None) => return Err(error),
            _ => {}
        }
        self.check_partner(&request.partner, request.profile.as_deref())?;
        let (mut changes, replaced) = self.granting(&request)?;
        changes.push(LoginChange::Settle {
            id: row.id,
            state: "approved",
            at_micros: self.admin.now_micros,
        });
        changes.extend(forgotten(&request.named, &requester));
        let how = format!(", approved by the provider with {}", proof.kind());
        let event = self.told("registration.approve", "done", &request, &replaced, &how);
        self.admin.stores.logins.change(changes, vec![event]).await?;
        let npis = request.npis.clone();
        Ok((request, Registered::Approved { npis, replaced, password: None }))
    }

    /// The provider rejects the registration of a token.
    ///
    /// # Errors
    ///
    /// When the token is not valid.
    pub async fn reject(&self, token: &str) -> Result<Request> {
        let (row, request) = self.pending(token).await?;
        self.settle(row.id, "rejected", "registration.reject", &request).await?;
        Ok(request)
    }

    /// Takes back the registration with this number.
    ///
    /// # Errors
    ///
    /// When none is pending under the number, or the one who asks may not.
    pub async fn cancel(&self, number: u64) -> Result<Request> {
        let rows = self.admin.stores.logins.registrations().await?;
        let row = rows.iter().find(|row| row.id == number && &*row.state == "pending");
        let row = row.ok_or(AdminError::NoRegistration(number))?;
        let request = self.registration(row)?.request;
        let power = Action::Manage(Role::of(&request.role).unwrap_or(Role::Partner));
        let (login, partner) = (&request.login, &request.partner);
        self.admin.judged("registration.cancel", login, partner, power, &[]).await?;
        self.settle(number, "cancelled", "registration.cancel", &request).await?;
        Ok(request)
    }

    async fn settle(
        &self,
        id: u64,
        state: &'static str,
        action: &'static str,
        request: &Request,
    ) -> Result<()> {
        let change = LoginChange::Settle { id, state, at_micros: self.admin.now_micros };
        let event = self.told(action, "done", request, &[], "");
        Ok(self.admin.stores.logins.change(vec![change], vec![event]).await?)
    }

    /// The registration that a token is for. Whether the token is unknown, used or old is not said.
    async fn pending(&self, token: &str) -> Result<(RegistrationRow, Request)> {
        let hash = hash(token.trim());
        let rows = self.admin.stores.logins.registrations().await?;
        let row = rows.into_iter().find(|row| row.token == Some(hash));
        let row = row.ok_or(AdminError::NoToken)?;
        let Registration { state, request, .. } = self.registration(&row)?;
        match state {
            RegistrationState::Pending => Ok((row, request)),
            _ => Err(AdminError::NoToken),
        }
    }

    /// Whether the login is new. One that there is must belong to the partner and have the role.
    async fn check_login(&self, asked: &Application) -> Result<bool> {
        let known = find(&self.admin.rows, &asked.login).ok();
        if let Some(actor) = &self.admin.actor
            && (actor.name != asked.login || actor.disabled || asked.profile.is_some())
        {
            // Only the operator registers others; a login asks for itself.
            let event = self.admin.event("registration.request", &asked.login, "refused", "");
            self.admin.stores.logins.change(Vec::new(), vec![event]).await?;
            return Err(AdminError::NotAllowed { actor: actor.name.clone() });
        }
        match known {
            None => {
                Logins::default().add(Login::new(&*asked.login, &*asked.partner))?;
                if &*asked.login == OPERATOR || asked.login == asked.partner {
                    return Err(AdminError::Exists(asked.login.clone()));
                }
                Ok(true)
            }
            Some(known) if known.partner != asked.partner || asked.profile.is_some() => {
                Err(AdminError::Exists(asked.login.clone()))
            }
            Some(known) if *known.role != *asked.role.name() => Err(AdminError::Unfit(format!(
                "the login {} has the role {}; register another login for another role",
                known.name, known.role
            ))),
            Some(known) if known.disabled => {
                Err(AdminError::Unfit(format!("the login {} is locked", known.name)))
            }
            Some(_) => Ok(false),
        }
    }

    /// Fails when a new partner cannot be added, or another is not there.
    fn check_partner(&self, id: &str, profile: Option<&str>) -> Result<()> {
        let mut rows = self.partners.clone();
        let known = PartnerDirectory::load(self.config, &rows)?;
        let Some(profile) = profile else {
            return match known.with_id(id) {
                Some(partner) if !partner.disabled => Ok(()),
                _ => Err(AdminError::Unfit(format!("there is no partner {id} that is open"))),
            };
        };
        if known.with_id(id).is_some() {
            return Err(AdminError::Unfit(format!("there is a partner {id} already")));
        }
        rows.push(PartnerRow { id: id.into(), profile: profile.to_owned() });
        let directory = PartnerDirectory::load(self.config, &rows)?;
        match directory.with_id(id) {
            Some(_) => Ok(()),
            None => Err(AdminError::Unfit(format!("the profile has another ID than {id}"))),
        }
    }

    /// The providers of these NPIs; for one NPI of a group all of the group.
    async fn providers(&self, level: Level, npis: &[Box<str>]) -> Result<Vec<Provider>> {
        let found = self.admin.stores.providers.find(npis).await?;
        let mut providers = Vec::with_capacity(found.len());
        for (npi, found) in npis.iter().zip(found) {
            let found = found.filter(|provider| provider.npi == *npi);
            providers.push(found.ok_or_else(|| AdminError::NoProvider(npi.clone()))?);
        }
        if let (Level::Group, [one]) = (level, &providers[..])
            && let Some(tin) = one.tin.clone()
        {
            let group = self.admin.stores.providers.of_tax_ids(&[tin]).await?;
            providers = group.into_iter().next().unwrap_or_default();
            if providers.len() > NPIS_MAX {
                return Err(too_many());
            }
        }
        Ok(providers)
    }

    /// Judges a proof, as often as the settings allow. Every answer takes as long.
    async fn judge(
        &self,
        proof: &Proof,
        providers: &[Provider],
        named: &[Box<str>],
        requester: &str,
        login: &str,
    ) -> Result<()> {
        let settings = &self.config.access.registration;
        let answer_at = Instant::now() + Duration::from_millis(settings.answer_ms);
        let subjects = subjects(named, requester);
        let now = self.admin.now_micros;
        let attempts = subjects.iter().map(|subject| {
            LoginChange::CountAttempt(ProofAttempt {
                subject: subject.clone(),
                at_micros: now,
                since_micros: now - i64::from(settings.lock_hours) * MICROS_PER_HOUR,
                judged_max: settings.attempts_max,
            })
        });
        let logins = &self.admin.stores.logins;
        logins.change(attempts.collect(), Vec::new()).await?;
        let most = logins.proof_attempts(&subjects).await?.into_iter().max().unwrap_or(0);
        let first_day = proof::first_day(self.today(), settings.recent_claim_days);
        let is_right = proof::is_right(proof, providers, first_day, self.admin.stores).await?;
        // A group is its tax id.
        let tin = providers.first().and_then(|provider| provider.tin.as_deref());
        let are_one = providers.len() == 1
            || tin.is_some() && providers.iter().all(|provider| provider.tin.as_deref() == tin);
        let is_locked = most > settings.attempts_max;
        let judged = match is_right & are_one & !is_locked {
            true => Ok(()),
            false => {
                let why = if is_locked { "locked" } else { "wrong" };
                let detail = format!("{why} proof: {}, NPI {}", proof.kind(), named.join(" "));
                let event = self.admin.event("registration.proof", login, "refused", &detail);
                logins.change(Vec::new(), vec![event]).await?;
                Err(AdminError::NotProven)
            }
        };
        sleep_until(answer_at).await;
        judged
    }

    /// What grants a request, and whom it replaces.
    fn granting(&self, request: &Request) -> Result<(Vec<LoginChange>, Vec<LoginRow>)> {
        let admin = &self.admin;
        let (name, partner) = (&request.login, &request.partner);
        let mut changes = Vec::new();
        let mut replaced: Vec<LoginRow> = Vec::new();
        if let Some(profile) = self.profile(request)? {
            changes.push(LoginChange::PutPartner(PartnerRow { id: partner.clone(), profile }));
        }
        if let Some(password) = &request.password {
            changes.push(LoginChange::Put(LoginRow {
                name: name.clone(),
                partner: partner.clone(),
                role: request.role.clone(),
                email: request.email.clone(),
                disabled: false,
                created_micros: admin.now_micros,
            }));
            changes.push(LoginChange::AddCredential(CredentialRow {
                id: 0,
                login: name.clone(),
                kind: PASSWORD.into(),
                value: password.as_str().into(),
                created_micros: admin.now_micros,
                expires_micros: None,
            }));
        }
        for npi in &request.npis {
            if Role::of(&request.role) == Some(Role::Senior)
                && let Some(before) = admin.senior_of(npi).filter(|before| before.name != *name)
            {
                if !request.replaces {
                    let (npi, who) = (npi.clone(), before.name.clone());
                    return Err(AdminError::SeniorThere { npi, who });
                }
                let theirs = admin.rows.grants.iter();
                let theirs = theirs.filter(|it| it.login == before.name && it.npi == *npi);
                changes.extend(theirs.cloned().map(LoginChange::Revoke));
                if replaced.iter().all(|known| known.name != before.name) {
                    replaced.push(before.clone());
                }
            }
            changes.extend(grants(name, npi, &request.sets).map(LoginChange::Grant));
        }
        Ok((changes, replaced))
    }

    /// The profile that the partner gets, where it has to change: it may use what is registered.
    fn profile(&self, request: &Request) -> Result<Option<String>> {
        let is_new = request.profile.is_some();
        let text = match &request.profile {
            Some(text) => text.clone(),
            None => {
                profile_text(&request.partner, self.config, &self.partners)?.unwrap_or_default()
            }
        };
        let unusable = |_| AdminError::Unfit("the profile of the partner is not TOML".to_owned());
        let mut table: toml::Table = text.parse().map_err(unusable)?;
        let mut npis = match table.remove("npis") {
            Some(toml::Value::Array(npis)) if !npis.is_empty() => npis,
            // One that is there may use all.
            _ if !is_new => return Ok(None),
            _ => Vec::new(),
        };
        for npi in &request.npis {
            let npi = toml::Value::String(npi.to_string());
            if !npis.contains(&npi) {
                npis.push(npi);
            }
        }
        table.insert("npis".to_owned(), npis.into());
        if is_new {
            // Production is opened for those who have been tested.
            table.entry("usage").or_insert_with(|| "test".into());
            table.entry("id").or_insert_with(|| request.partner.to_string().into());
        }
        let written = toml::to_string(&table);
        written.map(Some).map_err(|error| AdminError::Unfit(error.to_string()))
    }

    fn row(
        &self,
        request: &Request,
        state: &str,
        token: Option<[u8; 32]>,
        expires_micros: i64,
    ) -> Result<RegistrationRow> {
        let mut kept = request.clone();
        if state != "pending" {
            kept.password = None;
        }
        let now = self.admin.now_micros;
        Ok(RegistrationRow {
            id: 0,
            state: state.into(),
            token,
            created_micros: now,
            expires_micros,
            settled_micros: (state != "pending").then_some(now),
            request: serde_json::to_string(&kept)
                .map_err(|error| AdminError::Unfit(error.to_string()))?,
        })
    }

    fn told(
        &self,
        action: &str,
        outcome: &str,
        request: &Request,
        replaced: &[LoginRow],
        how: &str,
    ) -> AuditEvent {
        let Request { role, partner, npis, proof, provider_email, .. } = request;
        let by = if provider_email.is_some() { "on behalf of the provider" } else { "provider" };
        let mut detail = format!("{role} of {partner}, NPI {}, {by}, {proof}", npis.join(" "));
        detail.push_str(how);
        for before in replaced {
            detail.push_str(&format!(", in place of {}", before.name));
        }
        self.admin.event(action, &request.login, outcome, &detail)
    }

    fn today(&self) -> Date {
        let now =
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.admin.now_micros) * 1000);
        self.config.identity.local_time().at(now.unwrap_or(OffsetDateTime::UNIX_EPOCH)).date()
    }
}

/// What attempts are counted for.
fn subjects(named: &[Box<str>], requester: &str) -> Vec<Box<str>> {
    let npis = named.iter().map(|npi| format!("npi:{npi}").into());
    npis.chain([requester.into()]).collect()
}

fn forgotten(named: &[Box<str>], requester: &str) -> impl Iterator<Item = LoginChange> {
    subjects(named, requester).into_iter().map(LoginChange::ForgetAttempts)
}

/// Tokens are random, so that their plain hash tells nothing of them.
fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests;

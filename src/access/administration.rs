//! Changes of logins: who may make them, what they change, and the event in the audit trail that tells of each.

use super::fingerprint::Fingerprint;
use super::login::{Login, Logins};
use super::role::{Action, Role};
use super::secret::{SecretHash, new_secret};
use crate::dict::is_npi;
use crate::partner::EVERY_SET;
use crate::store::{
    AuditEvent, CredentialRow, GrantRow, LoginChange, LoginRow, LoginRows, StoreError, Stores,
};

/// The kinds of credentials, as the store has them.
pub(super) const PASSWORD: &str = "password";
const PUBLIC_KEY: &str = "public_key";
const CERTIFICATE: &str = "certificate";

/// Name of the operator in the audit trail. No login has it.
pub const OPERATOR: &str = "operator";

/// Why logins were not changed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The one who asks has not the power.
    #[error("{actor} may not do that")]
    NotAllowed {
        /// Who asked.
        actor: Box<str>,
    },
    /// There is no login of this name.
    #[error("there is no login {0}")]
    NoLogin(Box<str>),
    /// There is one already.
    #[error("there is a login {0} already")]
    Exists(Box<str>),
    /// The login has no such credential.
    #[error("the login {login} has no credential {id}")]
    NoCredential {
        /// The login.
        login: Box<str>,
        /// Its number.
        id: u64,
    },
    /// A number that is no NPI.
    #[error("{0} is not an NPI: ten digits, of which the last checks the others")]
    NotAnNpi(Box<str>),
    /// A provider that is not on file.
    #[error("there is no provider with the NPI {0}")]
    NoProvider(Box<str>),
    /// An NPI has one senior access administrator.
    #[error(
        "the NPI {npi} has the senior access administrator {who}; replace it, or choose another NPI"
    )]
    SeniorThere {
        /// The NPI.
        npi: Box<str>,
        /// Who it is.
        who: Box<str>,
    },
    /// What was given does not prove who registers, or was tried too often. Which of both, and which part was wrong, is not said.
    #[error(
        "what was given does not prove who registers, or too many attempts were wrong; call provider services"
    )]
    NotProven,
    /// A token that approves or rejects nothing.
    #[error("the token is not valid, or no longer")]
    NoToken,
    /// There is no registration of this number that could be cancelled.
    #[error("there is no registration {0} that is pending")]
    NoRegistration(u64),
    /// What is asked for does not fit together.
    #[error("{0}")]
    Unfit(String),
    /// The profile of the partner cannot be used.
    #[error(transparent)]
    Partner(#[from] crate::partner::PartnerError),
    /// The name or a certificate cannot be used.
    #[error(transparent)]
    Login(#[from] super::login::LoginError),
    /// A secret could not be made.
    #[error(transparent)]
    Secret(#[from] super::secret::SecretError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

/// The result of a change, or of a part of one.
pub(super) type Result<T> = std::result::Result<T, AdminError>;

/// The logins of a store in the hands of somebody who changes them.
#[derive(Debug)]
pub struct Administration<'s> {
    pub(super) stores: &'s Stores,
    pub(super) rows: LoginRows,
    /// The login that asks; none for the operator.
    pub(super) actor: Option<LoginRow>,
    pub(super) now_micros: i64,
}

impl<'s> Administration<'s> {
    /// For the operator, or for the login `actor`.
    ///
    /// # Errors
    ///
    /// When there is no such login, or the store cannot be read.
    pub async fn open(
        stores: &'s Stores,
        actor: Option<&str>,
        now_micros: i64,
    ) -> Result<Administration<'s>> {
        let rows = stores.logins.all().await?;
        let actor = match actor {
            None => None,
            Some(name) => Some(find(&rows, name)?.clone()),
        };
        Ok(Administration { stores, rows, actor, now_micros })
    }

    /// All logins, as they were when this was opened.
    pub fn rows(&self) -> &LoginRows {
        &self.rows
    }

    /// Makes a login.
    ///
    /// # Errors
    ///
    /// When the name is taken or not allowed, or the one who asks may not.
    pub async fn add(&self, name: &str, partner: &str, role: Role, email: &str) -> Result<()> {
        let login = LoginRow {
            name: name.into(),
            partner: partner.into(),
            role: role.name().into(),
            email: email.into(),
            disabled: false,
            created_micros: self.now_micros,
        };
        self.judged("login.add", name, partner, Action::Manage(role), &[]).await?;
        Logins::default().add(Login::new(name, partner))?;
        // The operator's name in the trail is nobody else's.
        if name == OPERATOR || find(&self.rows, name).is_ok() {
            return Err(AdminError::Exists(name.into()));
        }
        let detail = format!("{role} of {partner}");
        self.change("login.add", name, &detail, vec![LoginChange::Put(login)]).await
    }

    /// Locks a login or unlocks it. Connections that it has already stay.
    ///
    /// # Errors
    ///
    /// When there is none, or the one who asks may not.
    pub async fn set_locked(&self, name: &str, locked: bool) -> Result<()> {
        let action = if locked { "login.lock" } else { "login.unlock" };
        let login = self.managed(action, name).await?;
        let changed = LoginRow { disabled: locked, ..login.clone() };
        self.change(action, name, "", vec![LoginChange::Put(changed)]).await
    }

    /// Removes a login with all that belongs to it.
    ///
    /// # Errors
    ///
    /// When there is none, or the one who asks may not.
    pub async fn remove(&self, name: &str) -> Result<()> {
        self.managed("login.remove", name).await?;
        self.change("login.remove", name, "", vec![LoginChange::Remove(name.into())]).await
    }

    /// Gives a login a new password, which is returned to be shown once. Those it has stay valid for `overlap_micros`, so that a
    /// system can be changed over.
    ///
    /// # Errors
    ///
    /// When there is no such login, or the one who asks may not.
    pub async fn renew_password(&self, name: &str, overlap_micros: i64) -> Result<String> {
        self.managed("login.password", name).await?;
        let secret = new_secret()?;
        let mut changes = self.replaced(name, PASSWORD, overlap_micros);
        let hash = SecretHash::of(secret.as_bytes())?;
        changes.push(self.credential(name, PASSWORD, hash.as_str(), None));
        self.change("login.password", name, "", changes).await?;
        Ok(secret)
    }

    /// What makes an end of the credentials of one kind that a login has.
    fn replaced(&self, name: &str, kind: &str, overlap_micros: i64) -> Vec<LoginChange> {
        let known = self.rows.credentials.iter();
        let known = known.filter(|it| *it.login == *name && *it.kind == *kind);
        let until = self.now_micros.saturating_add(overlap_micros);
        let ended = known.filter_map(|it| match it.expires_micros {
            _ if overlap_micros <= 0 => Some(LoginChange::RemoveCredential(it.id)),
            Some(expires) if expires <= until => None,
            _ => Some(LoginChange::ExpireCredential { id: it.id, at_micros: until }),
        });
        ended.collect()
    }

    fn credential(
        &self,
        login: &str,
        kind: &str,
        value: &str,
        expires: Option<i64>,
    ) -> LoginChange {
        LoginChange::AddCredential(CredentialRow {
            id: 0,
            login: login.into(),
            kind: kind.into(),
            value: value.into(),
            created_micros: self.now_micros,
            expires_micros: expires,
        })
    }

    /// Lets a login use this public key too, until it expires.
    ///
    /// # Errors
    ///
    /// When there is no such login, or the one who asks may not.
    pub async fn add_key(&self, name: &str, key: &Fingerprint, expires: Option<i64>) -> Result<()> {
        self.add_fingerprint("login.key", name, PUBLIC_KEY, key, expires).await
    }

    /// Lets a login use this client certificate too, until it expires.
    ///
    /// # Errors
    ///
    /// When there is no such login, another has the certificate, or the one who asks may not.
    pub async fn add_certificate(
        &self,
        name: &str,
        certificate: &Fingerprint,
        expires: Option<i64>,
    ) -> Result<()> {
        self.add_fingerprint("login.certificate", name, CERTIFICATE, certificate, expires).await
    }

    async fn add_fingerprint(
        &self,
        action: &'static str,
        name: &str,
        kind: &str,
        of: &Fingerprint,
        expires: Option<i64>,
    ) -> Result<()> {
        self.managed(action, name).await?;
        let value = of.to_string();
        let same = |it: &&CredentialRow| *it.kind == *kind && *it.value == *value;
        let owner = self.rows.credentials.iter().filter(same);
        for known in owner {
            if *known.login == *name {
                return Ok(());
            }
            if kind == CERTIFICATE {
                return Err(super::login::LoginError::SharedCertificate {
                    first: (*known.login).into(),
                    second: name.into(),
                }
                .into());
            }
        }
        let change = self.credential(name, kind, &value, expires);
        self.change(action, name, &format!("sha256 {value}"), vec![change]).await
    }

    /// Takes a credential from a login.
    ///
    /// # Errors
    ///
    /// When the login or the credential is not there, or the one who asks may not.
    pub async fn remove_credential(&self, name: &str, id: u64) -> Result<()> {
        self.managed("login.credential.remove", name).await?;
        let mut known = self.rows.credentials.iter();
        if !known.any(|it| it.id == id && *it.login == *name) {
            return Err(AdminError::NoCredential { login: name.into(), id });
        }
        let change = LoginChange::RemoveCredential(id);
        self.change("login.credential.remove", name, &id.to_string(), vec![change]).await
    }

    /// Lets a login use these sets (all when there are none) for an NPI. For an administrator that is an NPI it administers; an NPI
    /// has one senior access administrator, whom another replaces when `replaces` says so.
    ///
    /// # Errors
    ///
    /// When the NPI or the login is not there, another senior access administrator is, or the one who asks may not.
    pub async fn grant(
        &self,
        name: &str,
        npi: &str,
        sets: &[Box<str>],
        replaces: bool,
    ) -> Result<()> {
        let login = self.granted("login.grant", name, npi).await?;
        if !is_npi(npi.as_bytes()) {
            return Err(AdminError::NotAnNpi(npi.into()));
        }
        if self.stores.providers.find(&[npi.into()]).await?.iter().all(Option::is_none) {
            return Err(AdminError::NoProvider(npi.into()));
        }
        let mut changes = Vec::new();
        let mut detail = named(npi, sets);
        if Role::of(&login.role) == Some(Role::Senior)
            && let Some(before) = self.senior_of(npi).filter(|before| *before.name != *name)
        {
            if !replaces {
                let (npi, who) = (npi.into(), before.name.clone());
                return Err(AdminError::SeniorThere { npi, who });
            }
            let theirs = self.rows.grants.iter();
            let theirs = theirs.filter(|it| it.login == before.name && *it.npi == *npi);
            changes.extend(theirs.cloned().map(LoginChange::Revoke));
            detail.push_str(&format!(", in place of {}", before.name));
        }
        changes.extend(grants(name, npi, sets).map(LoginChange::Grant));
        self.change("login.grant", name, &detail, changes).await
    }

    /// Takes back what [`grant`](Self::grant) gave; all sets when there are none.
    ///
    /// # Errors
    ///
    /// When the login is not there, or the one who asks may not.
    pub async fn revoke(&self, name: &str, npi: &str, sets: &[Box<str>]) -> Result<()> {
        self.granted("login.revoke", name, npi).await?;
        let theirs = self.rows.grants.iter();
        let theirs = theirs.filter(|it| *it.login == *name && *it.npi == *npi);
        let meant = theirs.filter(|it| sets.is_empty() || sets.contains(&it.set));
        let changes = meant.cloned().map(LoginChange::Revoke).collect();
        self.change("login.revoke", name, &named(npi, sets), changes).await
    }

    /// Who the senior access administrator of an NPI is.
    pub fn senior_of(&self, npi: &str) -> Option<&LoginRow> {
        let seniors = self.rows.logins.iter();
        let mut seniors = seniors.filter(|login| Role::of(&login.role) == Some(Role::Senior));
        seniors.find(|login| self.has_npi(&login.name, npi))
    }

    fn has_npi(&self, login: &str, npi: &str) -> bool {
        self.rows.grants.iter().any(|it| *it.login == *login && *it.npi == *npi)
    }

    /// The login that is to be managed, when the one who asks may.
    async fn managed(&self, action: &'static str, name: &str) -> Result<&LoginRow> {
        let login = find(&self.rows, name)?;
        let role = Role::of(&login.role).unwrap_or(Role::Partner);
        self.judged(action, name, &login.partner, Action::Manage(role), &[]).await?;
        Ok(login)
    }

    /// The login whose grants are to be changed, when the one who asks may.
    async fn granted(&self, action: &'static str, name: &str, npi: &str) -> Result<&LoginRow> {
        let login = find(&self.rows, name)?;
        let power = match Role::of(&login.role) {
            Some(Role::User) => Action::Grant,
            // What an administrator administers is a matter of managing it.
            role => Action::Manage(role.unwrap_or(Role::Partner)),
        };
        self.judged(action, name, &login.partner, power, &[npi]).await?;
        Ok(login)
    }

    /// Refuses, and says so in the audit trail, when the one who asks has not the power, belongs to another partner, or does not
    /// administer one of the NPIs.
    pub(super) async fn judged(
        &self,
        action: &'static str,
        subject: &str,
        partner: &str,
        power: Action,
        npis: &[&str],
    ) -> Result<()> {
        let Some(actor) = &self.actor else { return Ok(()) };
        let may = Role::of(&actor.role).is_some_and(|role| role.may(power))
            && !actor.disabled
            && *actor.partner == *partner
            && npis.iter().all(|npi| self.has_npi(&actor.name, npi));
        if may {
            return Ok(());
        }
        let event = self.event(action, subject, "refused", "");
        self.stores.logins.change(Vec::new(), vec![event]).await?;
        Err(AdminError::NotAllowed { actor: actor.name.clone() })
    }

    async fn change(
        &self,
        action: &'static str,
        subject: &str,
        detail: &str,
        changes: Vec<LoginChange>,
    ) -> Result<()> {
        let event = self.event(action, subject, "done", detail);
        Ok(self.stores.logins.change(changes, vec![event]).await?)
    }

    pub(super) fn event(
        &self,
        action: &str,
        subject: &str,
        outcome: &str,
        detail: &str,
    ) -> AuditEvent {
        AuditEvent {
            at_micros: self.now_micros,
            actor: self.actor.as_ref().map_or(OPERATOR.into(), |actor| actor.name.clone()),
            action: action.into(),
            subject: subject.into(),
            outcome: outcome.into(),
            detail: detail.into(),
            interchange: None,
        }
    }
}

pub(super) fn find<'r>(rows: &'r LoginRows, name: &str) -> Result<&'r LoginRow> {
    let known = rows.logins.iter().find(|login| *login.name == *name);
    known.ok_or_else(|| AdminError::NoLogin(name.into()))
}

fn named(npi: &str, sets: &[Box<str>]) -> String {
    match sets {
        [] => format!("NPI {npi}, all sets"),
        sets => format!("NPI {npi}, {}", sets.join(" ")),
    }
}

pub(super) fn grants(name: &str, npi: &str, sets: &[Box<str>]) -> impl Iterator<Item = GrantRow> {
    let sets = if sets.is_empty() { vec![Box::from(EVERY_SET)] } else { sets.to_vec() };
    sets.into_iter().map(move |set| GrantRow { login: name.into(), npi: npi.into(), set })
}

/// What can be used of the rows at this instant: credentials that have not expired. A row that cannot be read is left out, and
/// said so in the log.
pub fn logins_of(rows: &LoginRows, now_micros: i64) -> Logins {
    let mut logins = Logins::default();
    for row in &rows.logins {
        let mut login = Login::new(&*row.name, &*row.partner);
        login.disabled = row.disabled;
        let own = rows.credentials.iter().filter(|it| it.login == row.name);
        for it in own.filter(|it| it.expires_micros.is_none_or(|at| now_micros < at)) {
            let usable = match &*it.kind {
                PASSWORD => {
                    SecretHash::parse(&it.value).map(|hash| login.passwords.push(hash)).is_ok()
                }
                PUBLIC_KEY => {
                    Fingerprint::from_hex(&it.value).map(|it| login.keys.push(it)).is_some()
                }
                CERTIFICATE => {
                    Fingerprint::from_hex(&it.value).map(|it| login.certificates.push(it)).is_some()
                }
                _ => false,
            };
            if !usable {
                tracing::warn!(
                    login = &*row.name,
                    credential = it.id,
                    "a credential is not usable"
                );
            }
        }
        if let Err(error) = logins.add(login) {
            tracing::warn!(%error, "a login is not usable");
        }
    }
    logins
}

#[cfg(test)]
mod tests;

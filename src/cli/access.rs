//! `access`: logins of partners and their users, what they are recognised by, and what they may use.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::at_store::{self, micros_now};
use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::{Format, Output};
use super::registration::{Approve, Cancel, Desk, Register, Reject};
use super::store_args::StoreArgs;
use super::table::{self, table};
use x12gate::access::{Administration, Fingerprint, Role};
use x12gate::config::Config;
use x12gate::partner::PartnerDirectory;
use x12gate::store::{Access as Opening, LoginRow, Stores};

const MICROS_PER_HOUR: i64 = 3_600_000_000;

/// List, make, lock and change the logins of partners and their users
///
/// A partner's own login has the role partner. Users have the roles of the portal: a senior access administrator makes and
/// changes administrators and users, an access administrator users, and a user uses the transactions that were granted for an
/// NPI. Every change is in the audit trail.
#[derive(Args, Debug)]
pub(super) struct Access {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    store: StoreArgs,
    /// Act as this login, with its powers, instead of as the operator
    #[arg(long = "as", value_name = "LOGIN", global = true)]
    actor: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    format: Format,
}

#[derive(Subcommand, Debug)]
enum What {
    /// List logins
    List(List),
    /// Make a login
    Add(Add),
    /// Remove a login with all that belongs to it
    Remove(Named),
    /// Lock a login: nothing it presents is accepted
    Lock(Named),
    /// Unlock a login, also one that wrong passwords have locked
    Unlock(Named),
    /// Give a login a new password, which is shown once
    Password(Password),
    /// Let a login use the SSH public keys of a file
    Key(Key),
    /// Let a login use a TLS client certificate
    Certificate(Certificate),
    /// Take a key, certificate or password from a login
    Forget(Forget),
    /// Let a login use transactions for an NPI, or administer the NPI
    Grant(Grant),
    /// Take back what was granted
    Revoke(Grant),
    /// Register for access: a new partner, or further NPIs for one, with proof of who registers
    ///
    /// Without --on-behalf-of the provider itself registers, and has access at once. With it the provider is sent the token that
    /// is shown, and approves or rejects the registration with it. Too many wrong proofs lock the NPI and the registrant out for a
    /// while. What is shown is not shown again.
    #[command(visible_alias = "enroll")]
    Register(Box<Register>),
    /// Approve the registration of a token, as its provider
    Approve(Approve),
    /// Reject the registration of a token, as its provider
    Reject(Reject),
    /// Cancel a registration that waits for approval
    Cancel(Cancel),
    /// List registrations
    Registrations,
}

#[derive(Args, Debug)]
struct List {
    /// Of this partner
    #[arg(long, value_name = "ID")]
    partner: Option<String>,
    /// With access for this NPI
    #[arg(long, value_name = "NPI")]
    npi: Option<String>,
    /// With this e-mail address: for a name that was forgotten
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
}

#[derive(Args, Debug)]
struct Add {
    /// Name of the login; for a partner's own, the ID of the partner
    #[arg(value_name = "LOGIN")]
    name: String,
    /// The partner it belongs to
    #[arg(long, value_name = "ID")]
    partner: String,
    /// partner, senior, administrator or user
    #[arg(long, value_parser = role)]
    role: Role,
    /// E-mail address of its holder
    #[arg(long, value_name = "ADDRESS", default_value = "")]
    email: String,
}

#[derive(Args, Debug)]
struct Named {
    /// The login
    #[arg(value_name = "LOGIN")]
    name: String,
}

#[derive(Args, Debug)]
struct Password {
    /// The login
    #[arg(value_name = "LOGIN")]
    name: String,
    /// Hours that the password it has stays valid beside the new one
    #[arg(long, value_name = "HOURS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=2160))]
    keep_old: u32,
}

#[derive(Args, Debug)]
struct Key {
    /// The login
    #[arg(value_name = "LOGIN")]
    name: String,
    /// OpenSSH public keys, one a line
    #[arg(value_name = "FILE.pub")]
    file: PathBuf,
    /// Days after which they are no longer accepted
    #[arg(long, value_name = "N")]
    days: Option<u32>,
}

#[derive(Args, Debug)]
struct Certificate {
    /// The login
    #[arg(value_name = "LOGIN")]
    name: String,
    /// SHA-256 fingerprint, as `openssl x509 -fingerprint -sha256` prints it
    #[arg(value_name = "HEX", value_parser = fingerprint)]
    fingerprint: Fingerprint,
    /// Days after which it is no longer accepted
    #[arg(long, value_name = "N")]
    days: Option<u32>,
}

#[derive(Args, Debug)]
struct Forget {
    /// The login
    #[arg(value_name = "LOGIN")]
    name: String,
    /// Number of the credential, as `access list` shows it
    #[arg(value_name = "NUMBER")]
    credential: u64,
}

#[derive(Args, Debug)]
struct Grant {
    /// The login
    #[arg(value_name = "LOGIN")]
    name: String,
    /// The NPI
    #[arg(long, value_name = "NPI")]
    npi: String,
    /// Transaction sets (270, 276, 278, 837 ...), comma-separated; all without it
    #[arg(long = "sets", value_name = "SETS", value_delimiter = ',')]
    sets: Vec<Box<str>>,
    /// Replace the senior access administrator that the NPI has
    #[arg(long)]
    replace: bool,
}

/// A login, as JSON.
#[derive(Serialize)]
struct Line<'l> {
    login: &'l str,
    partner: &'l str,
    role: &'l str,
    email: &'l str,
    locked: bool,
    credentials: Vec<CredentialLine<'l>>,
    grants: Vec<GrantLine<'l>>,
}

#[derive(Serialize)]
struct CredentialLine<'l> {
    number: u64,
    kind: &'l str,
    /// Never that of a password.
    sha256: Option<&'l str>,
    expires_micros: Option<i64>,
}

#[derive(Serialize)]
struct GrantLine<'l> {
    npi: &'l str,
    set: &'l str,
}

/// Runs `access`.
pub(super) fn run(args: &Access, out: &mut Output) -> Result<Exit> {
    let opening = match args.what {
        What::List(_) | What::Registrations => Opening::Read,
        _ => Opening::Write,
    };
    at_store::with(&args.store, opening, async |stores, config| {
        let actor = args.actor.as_deref();
        let desk = Desk { stores, config, actor, format: args.format };
        match &args.what {
            What::Register(register) => return desk.register(register, out).await,
            What::Approve(approve) => return desk.approve(approve, out).await,
            What::Reject(reject) => return desk.reject(reject, out).await,
            What::Cancel(cancel) => return desk.cancel(cancel, out).await,
            What::Registrations => return desk.list(out).await,
            _ => {}
        }
        let admin = Administration::open(stores, actor, micros_now())
            .await
            .map_err(|e| Failure::new("read the logins", e))?;
        match &args.what {
            What::List(list) => show(list, &admin, args.format, out)?,
            what => {
                let said = change(what, &admin, stores, config).await?;
                out.line(&said)?;
            }
        }
        Ok(Exit::Clean)
    })
}

/// Makes a change, and says what was done.
async fn change(
    what: &What,
    admin: &Administration<'_>,
    stores: &Stores,
    config: &Config,
) -> Result<String> {
    let failed = |e| Failure::new("change the login", e);
    let until =
        |days: Option<u32>| days.map(|n| micros_now() + i64::from(n) * 24 * MICROS_PER_HOUR);
    match what {
        // These are not changes of a login.
        What::List(_)
        | What::Register(_)
        | What::Approve(_)
        | What::Reject(_)
        | What::Cancel(_)
        | What::Registrations => Ok(String::new()),
        What::Add(add) => {
            known_partner(&add.partner, stores, config).await?;
            if (add.role == Role::Partner) != (add.name == add.partner) {
                let why = "the login of a partner itself has the role partner and the name of the partner";
                return Err(Failure::Refused(why.to_owned()));
            }
            admin.add(&add.name, &add.partner, add.role, &add.email).await.map_err(failed)?;
            Ok(format!("added {}", add.name))
        }
        What::Remove(Named { name }) => {
            admin.remove(name).await.map_err(failed)?;
            Ok(format!("removed {name}"))
        }
        What::Lock(Named { name }) => {
            admin.set_locked(name, true).await.map_err(failed)?;
            Ok(format!("locked {name}"))
        }
        What::Unlock(Named { name }) => {
            admin.set_locked(name, false).await.map_err(failed)?;
            Ok(format!("unlocked {name}"))
        }
        What::Password(Password { name, keep_old }) => {
            let overlap = i64::from(*keep_old) * MICROS_PER_HOUR;
            admin.renew_password(name, overlap).await.map_err(failed)
        }
        What::Key(Key { name, file, days }) => {
            let keys = super::serve::public_keys(file)?;
            for key in &keys {
                admin.add_key(name, key, until(*days)).await.map_err(failed)?;
            }
            Ok(format!("{name} may use {} keys", keys.len()))
        }
        What::Certificate(Certificate { name, fingerprint, days }) => {
            admin.add_certificate(name, fingerprint, until(*days)).await.map_err(failed)?;
            Ok(format!("{name} may use the certificate"))
        }
        What::Forget(Forget { name, credential }) => {
            admin.remove_credential(name, *credential).await.map_err(failed)?;
            Ok(format!("{name} may no longer use {credential}"))
        }
        What::Grant(Grant { name, npi, sets, replace }) => {
            admin.grant(name, npi, sets, *replace).await.map_err(failed)?;
            Ok(format!("granted {name} access for {npi}"))
        }
        What::Revoke(Grant { name, npi, sets, .. }) => {
            admin.revoke(name, npi, sets).await.map_err(failed)?;
            Ok(format!("took from {name} the access for {npi}"))
        }
    }
}

async fn known_partner(id: &str, stores: &Stores, config: &Config) -> Result<()> {
    let rows = stores.partners.all().await.map_err(|e| Failure::new("read the partners", e))?;
    let partners = PartnerDirectory::load(config, &rows)
        .map_err(|e| Failure::new("use the partner profiles", e))?;
    match partners.with_id(id) {
        Some(_) => Ok(()),
        None => Err(Failure::Refused(format!("there is no partner {id}"))),
    }
}

fn show(list: &List, admin: &Administration<'_>, format: Format, out: &mut Output) -> Result<()> {
    let rows = admin.rows();
    let is_meant = |login: &&LoginRow| {
        let mut grants = rows.grants.iter().filter(|grant| grant.login == login.name);
        list.partner.as_deref().is_none_or(|partner| *login.partner == *partner)
            && list.email.as_deref().is_none_or(|email| login.email.eq_ignore_ascii_case(email))
            && list.npi.as_deref().is_none_or(|npi| grants.any(|it| *it.npi == *npi))
    };
    let mut lines = table(["Login", "Partner", "Role", "E-mail", "State", "Credentials", "Access"]);
    for login in rows.logins.iter().filter(is_meant) {
        let credentials: Vec<CredentialLine<'_>> = rows
            .credentials
            .iter()
            .filter(|it| it.login == login.name)
            .map(|it| CredentialLine {
                number: it.id,
                kind: &it.kind,
                sha256: Some(&*it.value).filter(|_| &*it.kind != "password"),
                expires_micros: it.expires_micros,
            })
            .collect();
        let grants = rows.grants.iter().filter(|it| it.login == login.name);
        let grants: Vec<GrantLine<'_>> =
            grants.map(|it| GrantLine { npi: &it.npi, set: &it.set }).collect();
        match format {
            Format::Json => out.json(&Line {
                login: &login.name,
                partner: &login.partner,
                role: &login.role,
                email: &login.email,
                locked: login.disabled,
                credentials,
                grants,
            })?,
            Format::Text => {
                let kinds: Vec<String> =
                    credentials.iter().map(|it| format!("{} {}", it.number, it.kind)).collect();
                let npis: BTreeSet<String> =
                    grants.iter().map(|it| format!("{} {}", it.npi, it.set)).collect();
                lines.add_row([
                    login.name.to_string(),
                    login.partner.to_string(),
                    login.role.to_string(),
                    login.email.to_string(),
                    if login.disabled { "locked" } else { "open" }.to_owned(),
                    kinds.join("\n"),
                    npis.into_iter().collect::<Vec<_>>().join("\n"),
                ]);
            }
        }
    }
    match format {
        Format::Json => Ok(()),
        Format::Text => out.text(&table::text(&lines)),
    }
}

pub(super) fn role(text: &str) -> std::result::Result<Role, String> {
    Role::of(text).ok_or_else(|| "partner, senior, administrator or user".to_owned())
}

fn fingerprint(text: &str) -> std::result::Result<Fingerprint, String> {
    let digits = text.rsplit_once('=').map_or(text, |(_, digits)| digits);
    Fingerprint::from_hex(digits.trim()).ok_or_else(|| "64 hexadecimal digits".to_owned())
}

//! `access register` and what follows it: who registers is proven, and a provider approves or rejects what is asked for on its behalf.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

use super::access::role;
use super::at_store::micros_now;
use super::audit::when;
use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::{Format, Output};
use super::store::day;
use super::table::{self, table};
use x12gate::access::{
    Application, ClaimFacts, Level, Proof, Registered, Registrar, RegistrationRequest, Role,
};
use x12gate::config::Config;
use x12gate::partner::Partner;
use x12gate::store::{LoginRow, SsnLastFour, Stores};

/// Bytes of a file that proves who registers.
const PROOF_BYTES_MAX: u64 = 16 << 10;

#[derive(Args, Debug)]
pub(super) struct Register {
    /// The login that is to have access: a new one, or one of the partner for further NPIs
    #[arg(value_name = "LOGIN")]
    login: String,
    /// The partner it belongs to
    #[arg(long, value_name = "ID", required_unless_present = "profile")]
    partner: Option<String>,
    /// Profile of a new partner, which begins with test data unless the profile has `usage`
    #[arg(long, value_name = "FILE.toml")]
    profile: Option<PathBuf>,
    /// senior, administrator or user
    #[arg(long, value_parser = role)]
    role: Role,
    /// E-mail address of who registers
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// The NPI; several for a group
    #[arg(long, value_name = "NPI", value_delimiter = ',', required = true)]
    npi: Vec<Box<str>>,
    /// Register a group: with one NPI for all NPIs of its tax id, with several for these
    #[arg(long)]
    group: bool,
    /// Sets that a user may use (270, 276, 278, 837 ...), comma-separated; all without it
    #[arg(long, value_name = "SETS", value_delimiter = ',')]
    sets: Vec<Box<str>>,
    /// Replace the senior access administrator that an NPI has
    #[arg(long)]
    replace: bool,
    /// Register on behalf of the provider with this e-mail address, who has to approve it
    #[arg(long, value_name = "ADDRESS")]
    on_behalf_of: Option<Box<str>>,
    #[command(flatten)]
    proof: Proven,
}

#[derive(Args, Debug)]
pub(super) struct Approve {
    /// The token that the provider was sent
    #[arg(value_name = "TOKEN")]
    token: String,
    #[command(flatten)]
    proof: Proven,
}

#[derive(Args, Debug)]
pub(super) struct Reject {
    /// The token that the provider was sent
    #[arg(value_name = "TOKEN")]
    token: String,
}

#[derive(Args, Debug)]
pub(super) struct Cancel {
    /// Number of the registration, as `access registrations` shows it
    #[arg(value_name = "NUMBER")]
    number: u64,
}

/// What proves who registers; one of them.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Proven {
    /// Prove it by the tax ID
    #[arg(long, value_name = "TIN")]
    tin: Option<Box<str>>,
    /// Prove it by the last four digits of the social security number
    #[arg(long, value_name = "DIGITS", value_parser = last_four)]
    ssn_last_four: Option<SsnLastFour>,
    /// Prove it by a recent claim; given twice
    #[arg(long, value_name = "NUMBER,MEMBER,CCYY-MM-DD,CHARGE", value_parser = claim)]
    claim: Vec<ClaimFacts>,
    /// Read what proves it from a TOML file, - for standard input: tin, ssn_last_four or [[claim]] with number, member, from and
    /// charge
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
}

/// What a file says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    tin: Option<Box<str>>,
    ssn_last_four: Option<String>,
    #[serde(default)]
    claim: Vec<SaidClaim>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidClaim {
    number: String,
    member: String,
    from: String,
    charge: String,
}

fn last_four(text: &str) -> std::result::Result<SsnLastFour, String> {
    SsnLastFour::parse(text).ok_or_else(|| "four digits".to_owned())
}

fn claim(text: &str) -> std::result::Result<ClaimFacts, String> {
    let fields: Vec<&str> = text.split(',').map(str::trim).collect();
    match fields[..] {
        [number, member, from, charge] => facts(number, member, from, charge),
        _ => Err("number, member ID, first day of service and charge, with commas".to_owned()),
    }
}

fn facts(
    number: &str,
    member: &str,
    from: &str,
    charge: &str,
) -> std::result::Result<ClaimFacts, String> {
    let charge: Decimal = charge.parse().map_err(|_| "the charge is not an amount".to_owned())?;
    let from: Date = day(from)?;
    Ok(ClaimFacts { number: number.into(), member: member.into(), from, charge })
}

impl Proven {
    fn proof(&self) -> Result<Proof> {
        let unusable = |why: String| Failure::Refused(format!("--proof: {why}"));
        let (tin, ssn, claims) = match &self.proof {
            None => (self.tin.clone(), self.ssn_last_four.clone(), self.claim.clone()),
            Some(file) => {
                // What is wrong with it is said without quoting it.
                let said: Said = toml::from_str(&read(file)?)
                    .map_err(|error| unusable(error.message().to_owned()))?;
                let ssn = said.ssn_last_four.as_deref().map(last_four).transpose();
                let claims = said.claim.iter();
                let claims = claims.map(|it| facts(&it.number, &it.member, &it.from, &it.charge));
                let claims = claims.collect::<std::result::Result<Vec<_>, _>>();
                (said.tin, ssn.map_err(unusable)?, claims.map_err(unusable)?)
            }
        };
        let claims = match claims.len() {
            0 => None,
            _ => {
                let two: std::result::Result<[ClaimFacts; 2], _> = claims.try_into();
                let why = "two claims prove who registers".to_owned();
                Some(two.map_err(|_| Failure::Refused(why))?)
            }
        };
        match (tin, ssn, claims) {
            (Some(tin), None, None) => Ok(Proof::Tin(tin)),
            (None, Some(digits), None) => Ok(Proof::SsnLastFour(digits)),
            (None, None, Some(claims)) => Ok(Proof::Claims(claims.into())),
            _ => Err(unusable("one of tin, ssn_last_four and two claims".to_owned())),
        }
    }
}

fn read(file: &Path) -> Result<String> {
    let failed = |e| Failure::new(format!("read {}", file.display()), e);
    let mut text = String::new();
    let from: Box<dyn Read> = match file.to_str() {
        Some("-") => Box::new(std::io::stdin()),
        _ => Box::new(std::fs::File::open(file).map_err(failed)?),
    };
    from.take(PROOF_BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// What became of a registration, as JSON.
#[derive(Serialize)]
struct Line<'l> {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
    login: &'l str,
    partner: &'l str,
    role: &'l str,
    npis: &'l [Box<str>],
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    /// Who is to be told of it.
    tell: Vec<Told<'l>>,
}

#[derive(Serialize)]
struct Told<'l> {
    email: &'l str,
    of: String,
}

/// A registration that is on file, as JSON.
#[derive(Serialize)]
struct Listed<'l> {
    number: u64,
    state: &'static str,
    login: &'l str,
    partner: &'l str,
    role: &'l str,
    email: &'l str,
    npis: &'l [Box<str>],
    level: Level,
    on_behalf_of: Option<&'l str>,
    proof: &'l str,
    created: String,
    expires: String,
}

/// What the commands work with.
pub(super) struct Desk<'d> {
    pub(super) stores: &'d Stores,
    pub(super) config: &'d Config,
    pub(super) actor: Option<&'d str>,
    pub(super) format: Format,
}

impl Desk<'_> {
    async fn registrar(&self) -> Result<Registrar<'_>> {
        let opened = Registrar::open(self.stores, self.config, self.actor, micros_now()).await;
        opened.map_err(|e| Failure::new("read the logins", e))
    }

    /// Runs `access register`.
    pub(super) async fn register(&self, args: &Register, out: &mut Output) -> Result<Exit> {
        let proof = args.proof.proof()?;
        let profile = args.profile.as_deref().map(|path| self.profile(path)).transpose()?;
        let (of_profile, profile) = profile.unzip();
        let partner = match (&args.partner, of_profile) {
            (Some(named), Some(id)) if *named != *id => {
                return Err(Failure::Refused(format!("the profile is that of {id}")));
            }
            (Some(named), _) => named.as_str().into(),
            (None, id) => id.unwrap_or_default(),
        };
        let request = Application {
            partner,
            profile,
            login: args.login.as_str().into(),
            email: args.email.as_str().into(),
            role: args.role,
            level: if args.group { Level::Group } else { Level::Npi },
            npis: args.npi.clone(),
            sets: args.sets.clone(),
            replaces: args.replace,
            provider_email: args.on_behalf_of.clone(),
        };
        let asked = request.clone();
        let registered = self.registrar().await?.register(request, &proof).await;
        let registered = registered.map_err(|e| Failure::new("register", e))?;
        let names = Names {
            login: &asked.login,
            partner: &asked.partner,
            role: asked.role.name(),
            npis: &asked.npis,
            provider: asked.provider_email.as_deref(),
        };
        self.show(&names, &registered, Vec::new(), out)
    }

    /// The ID and the text of a profile.
    fn profile(&self, path: &Path) -> Result<(Box<str>, String)> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| Failure::new(format!("read {}", path.display()), e))?;
        let partner = Partner::parse(&text, path, self.config)
            .map_err(|e| Failure::new("use the profile", e))?;
        Ok(((&*partner.id).into(), text))
    }

    /// Runs `access approve`.
    pub(super) async fn approve(&self, args: &Approve, out: &mut Output) -> Result<Exit> {
        let proof = args.proof.proof()?;
        let approved = self.registrar().await?.approve(&args.token, &proof).await;
        let (request, registered) = approved.map_err(|e| Failure::new("approve it", e))?;
        let told = told(&request, "the access is there");
        self.show(&Names::of(&request), &registered, vec![told], out)
    }

    /// Runs `access reject`.
    pub(super) async fn reject(&self, args: &Reject, out: &mut Output) -> Result<Exit> {
        let rejected = self.registrar().await?.reject(&args.token).await;
        let request = rejected.map_err(|e| Failure::new("reject it", e))?;
        let told = told(&request, "the provider has rejected the registration");
        self.ended("rejected", &request, vec![told], out)
    }

    /// Runs `access cancel`.
    pub(super) async fn cancel(&self, args: &Cancel, out: &mut Output) -> Result<Exit> {
        let cancelled = self.registrar().await?.cancel(args.number).await;
        let request = cancelled.map_err(|e| Failure::new("cancel it", e))?;
        self.ended("cancelled", &request, Vec::new(), out)
    }

    fn show<'a>(
        &self,
        names: &Names<'a>,
        registered: &'a Registered,
        mut tell: Vec<Told<'a>>,
        out: &mut Output,
    ) -> Result<Exit> {
        let line = match registered {
            Registered::Approved { npis, replaced, password } => {
                tell.extend(replaced.iter().map(of_replacement));
                Line {
                    state: "approved",
                    number: None,
                    npis,
                    password: password.as_deref(),
                    token: None,
                    expires: None,
                    tell,
                    ..names.line()
                }
            }
            Registered::Pending { number, token, expires_micros, password } => {
                let of = "the registration waits for approval with the token".to_owned();
                tell.extend(names.provider.map(|email| Told { email, of }));
                Line {
                    state: "pending",
                    number: Some(*number),
                    password: password.as_deref(),
                    token: Some(token),
                    expires: Some(when(*expires_micros)),
                    tell,
                    ..names.line()
                }
            }
        };
        self.say(&line, out)
    }

    fn ended(
        &self,
        state: &'static str,
        request: &RegistrationRequest,
        tell: Vec<Told<'_>>,
        out: &mut Output,
    ) -> Result<Exit> {
        let names = Names::of(request);
        self.say(&Line { state, tell, ..names.line() }, out)
    }

    fn say(&self, line: &Line<'_>, out: &mut Output) -> Result<Exit> {
        if self.format == Format::Json {
            out.json(line)?;
            return Ok(Exit::Clean);
        }
        let number = line.number.map(|number| format!(" {number}")).unwrap_or_default();
        out.line(&format!(
            "registration{number} {}: {} of {} as {} for {}",
            line.state,
            line.login,
            line.partner,
            line.role,
            line.npis.join(" ")
        ))?;
        let shown = [("password", line.password), ("token", line.token)];
        for (what, value) in shown.into_iter().filter_map(|(what, it)| Some((what, it?))) {
            out.line(&format!("{what}: {value}"))?;
        }
        if let Some(expires) = &line.expires {
            out.line(&format!("the provider can approve it until {expires}"))?;
        }
        for Told { email, of } in &line.tell {
            out.line(&format!("tell {email}: {of}"))?;
        }
        Ok(Exit::Clean)
    }

    /// Runs `access registrations`.
    pub(super) async fn list(&self, out: &mut Output) -> Result<Exit> {
        let known = self.registrar().await?.registrations().await;
        let known = known.map_err(|e| Failure::new("read the registrations", e))?;
        let mut lines = table(["No.", "State", "Login", "Partner", "Role", "NPI", "Proof", "Made"]);
        for it in &known {
            let request = &it.request;
            match self.format {
                Format::Json => out.json(&Listed {
                    number: it.number,
                    state: it.state.name(),
                    login: &request.login,
                    partner: &request.partner,
                    role: &request.role,
                    email: &request.email,
                    npis: &request.npis,
                    level: request.level,
                    on_behalf_of: request.provider_email.as_deref(),
                    proof: &request.proof,
                    created: when(it.created_micros),
                    expires: when(it.expires_micros),
                })?,
                Format::Text => {
                    lines.add_row([
                        it.number.to_string(),
                        it.state.name().to_owned(),
                        request.login.to_string(),
                        request.partner.to_string(),
                        request.role.to_string(),
                        request.npis.join("\n"),
                        request.proof.to_string(),
                        when(it.created_micros),
                    ]);
                }
            }
        }
        if self.format == Format::Text {
            out.text(&table::text(&lines))?;
        }
        Ok(Exit::Clean)
    }
}

/// Who registers for what.
struct Names<'n> {
    login: &'n str,
    partner: &'n str,
    role: &'n str,
    npis: &'n [Box<str>],
    provider: Option<&'n str>,
}

impl<'n> Names<'n> {
    fn of(request: &'n RegistrationRequest) -> Names<'n> {
        Names {
            login: &request.login,
            partner: &request.partner,
            role: &request.role,
            npis: &request.npis,
            provider: None,
        }
    }

    fn line(&self) -> Line<'n> {
        Line {
            state: "",
            number: None,
            login: self.login,
            partner: self.partner,
            role: self.role,
            npis: self.npis,
            password: None,
            token: None,
            expires: None,
            tell: Vec::new(),
        }
    }
}

fn told<'r>(request: &'r RegistrationRequest, of: &str) -> Told<'r> {
    Told { email: &request.email, of: of.to_owned() }
}

fn of_replacement(before: &LoginRow) -> Told<'_> {
    let of = "another login is the senior access administrator now, in place of yours".to_owned();
    Told { email: &before.email, of }
}

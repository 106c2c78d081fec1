//! `reviews attest` and `reviews attestations`: what providers attest on a screen, with the version of the text, who and when.

use clap::Args;
use serde::Serialize;

use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::output::{Format, Output};
use super::{Opened, Reviews, failed};
use x12gate::config::reviews::Statement;
use x12gate::dict::is_npi;
use x12gate::store::{Access, Attestation, ReviewEntry, ReviewKey};

/// Most characters of the name of a user.
const USER_CHARS_MAX: usize = 80;

#[derive(Args, Debug)]
pub(super) struct Attest {
    /// What it is about: the number of a review, or the NPI of a provider
    #[arg(value_name = "SUBJECT")]
    subject: String,
    /// The form, as the settings name it: behavioral_health, primary_care
    #[arg(long, value_name = "FORM")]
    form: String,
    /// Who attests
    #[arg(long, value_name = "USER")]
    user: String,
}

#[derive(Args, Debug)]
pub(super) struct Attestations {
    /// The number of a review, or the NPI of a provider
    #[arg(value_name = "SUBJECT")]
    subject: String,
}

/// An attestation as JSON.
#[derive(Serialize)]
pub(super) struct AttestationJson {
    subject: String,
    form: String,
    version: String,
    user: String,
    at: String,
}

impl AttestationJson {
    pub(super) fn new(opened: &Opened, one: &Attestation) -> AttestationJson {
        AttestationJson {
            subject: one.subject.to_string(),
            form: one.form.to_string(),
            version: one.version.to_string(),
            user: one.user.to_string(),
            at: opened.instant(one.at_micros),
        }
    }

    pub(super) fn line(&self) -> String {
        let AttestationJson { subject, form, version, user, at } = self;
        format!("{at}  {subject}  attested {form}, version {version}  {user}")
    }
}

/// Runs `reviews attest`.
pub(super) fn run(args: &Reviews, asked: &Attest, out: &mut Output) -> Result<Exit> {
    let opened = args.open(Access::Write)?;
    let attested = opened.runtime.block_on(attest(&opened, asked));
    let shown = attested.map(|(one, text)| (AttestationJson::new(&opened, &one), text));
    opened.close();
    let (shown, text) = shown?;
    match args.format {
        Format::Json => out.json(&shown)?,
        Format::Text => {
            out.line(&text)?;
            out.line(&shown.line())?;
        }
    }
    Ok(Exit::Clean)
}

/// Runs `reviews attestations`.
pub(super) fn list(args: &Reviews, asked: &Attestations, out: &mut Output) -> Result<Exit> {
    let opened = args.open(Access::Read)?;
    let found = opened.runtime.block_on(async {
        let subject = subject(&opened, &asked.subject).await?;
        let found = opened.stores.reviews.attestations(&[subject]).await;
        found.map_err(failed("read the attestations"))
    });
    let shown = found
        .map(|all| all.iter().map(|one| AttestationJson::new(&opened, one)).collect::<Vec<_>>());
    opened.close();
    let shown = shown?;
    match args.format {
        Format::Json => shown.iter().try_for_each(|one| out.json(one))?,
        Format::Text if shown.is_empty() => out.line("nothing was attested")?,
        Format::Text => shown.iter().try_for_each(|one| out.line(&one.line()))?,
    }
    Ok(Exit::Clean)
}

/// Records an attestation; gives it with the text that was attested.
async fn attest(opened: &Opened, asked: &Attest) -> Result<(Attestation, String)> {
    let policy = &opened.config.reviews;
    let Some(statement) = policy.statement(&asked.form) else {
        let forms: Vec<&str> = policy.statements.iter().map(|one| one.form.as_str()).collect();
        let (form, forms) = (&asked.form, forms.join(", "));
        return Err(Failure::Refused(format!("there is no statement {form}; there are: {forms}")));
    };
    let subject = subject(opened, &asked.subject).await?;
    let attestation = attestation(subject, statement, &asked.user, opened.now_micros())?;
    let entries = vec![ReviewEntry::Attestation(attestation.clone())];
    let entered = opened.stores.reviews.enter(entries, &opened.operator()).await;
    entered.map_err(failed("store the attestation"))?;
    Ok((attestation, statement.text.clone()))
}

/// An attestation of this statement.
pub(in crate::cli) fn attestation(
    subject: Box<str>,
    statement: &Statement,
    user: &str,
    at_micros: i64,
) -> Result<Attestation> {
    let user = user.trim();
    if user.is_empty() || user.chars().count() > USER_CHARS_MAX {
        return Err(Failure::Refused(format!("a user has 1 to {USER_CHARS_MAX} characters")));
    }
    Ok(Attestation {
        subject,
        form: statement.form.as_str().into(),
        version: statement.version.as_str().into(),
        user: user.into(),
        at_micros,
    })
}

/// What an attestation is about: the receipt of the review with this number, or an NPI.
async fn subject(opened: &Opened, given: &str) -> Result<Box<str>> {
    let given = given.trim();
    let keys = [ReviewKey::Number(given.into())];
    let found = opened.stores.reviews.find(&keys, 1).await.map_err(failed("find the review"))?;
    match found.into_iter().flatten().next() {
        Some(review) => Ok(review.receipt),
        None if is_npi(given.as_bytes()) => Ok(given.into()),
        None => Err(Failure::Refused(format!("{given} is no review and no NPI"))),
    }
}

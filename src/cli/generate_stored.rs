//! `generate --store`: corrections of the claims of a store, and requests for their status.

use std::path::Path;

use time::{Date, PrimitiveDateTime};

use super::envelope::Mailboxes;
use super::failure::{Failure, Result};
use super::output::Output;
use super::store::{configured, must_be_there, open, runtime};
use x12gate::answer::claims::adjustable;
use x12gate::config::Config;
use x12gate::generate::{AboutClaims, GenerateKind, StoredOptions, StoredWriter, form_of};
use x12gate::segments::Name;
use x12gate::store::{
    Access, ClaimKey, ClaimOrder, ClaimQuery, ClaimScope, ClaimVersion, StoreError, Stores,
};

/// Claims that are read at once.
const PAGE: u32 = 500;
/// The frequency of a void, and of what cannot be voided again.
const VOID: &str = "8";

/// What is asked for.
pub(super) struct Asked<'a> {
    pub(super) kind: GenerateKind,
    pub(super) store: &'a Path,
    /// CLM05-3 of the claims; none for status requests.
    pub(super) frequency: Option<&'a str>,
    /// At most so many sets.
    pub(super) count: u64,
    pub(super) seed: u64,
    pub(super) sets_per_group: u32,
    pub(super) at: PrimitiveDateTime,
    pub(super) lines: bool,
    pub(super) mailboxes: &'a Mailboxes,
}

impl Asked<'_> {
    fn options(&self, config: &Config) -> Result<StoredOptions> {
        let about = match (self.kind, self.frequency) {
            (GenerateKind::StatusRequest, None) => AboutClaims::StatusRequest,
            (GenerateKind::StatusRequest, Some(_)) => {
                return Err(Failure::Refused("a 276 has no --frequency".to_owned()));
            }
            (_, Some(VOID)) => AboutClaims::Void,
            (_, Some(_)) => AboutClaims::Replacement,
            (_, None) => {
                let words = "claims of a store are replaced or voided: --frequency 7 or 8";
                return Err(Failure::Refused(words.to_owned()));
            }
        };
        let payer = &config.eligibility.payer;
        let mut envelope = self.mailboxes.envelope(self.at);
        envelope.form.line_feeds = self.lines;
        Ok(StoredOptions {
            kind: self.kind,
            about,
            seed: self.seed,
            sets_per_group: self.sets_per_group,
            envelope,
            control: self.mailboxes.control(1),
            telephone: "6175550100".to_owned(),
            payer: Name::organization("PR", &payer.name, &payer.id_qualifier, &payer.id),
        })
    }
}

/// Writes the interchange.
pub(super) fn run(asked: &Asked<'_>, out: &mut Output) -> Result<()> {
    let form = form_of(asked.kind).map_err(|why| Failure::Refused(why.to_string()))?;
    let config = configured(None, Some(asked.store))?;
    let options = asked.options(&config)?;
    must_be_there(&config)?;
    let runtime = runtime()?;
    let stores = runtime.block_on(open(&config.store, Access::Read))?;
    let mut query =
        ClaimQuery { form, order: ClaimOrder::Newest, limit: PAGE, ..ClaimQuery::default() };
    let mut writer = StoredWriter::new(&options)?;
    while u64::from(writer.sets()) < asked.count {
        let reading = page(&stores, &query, &options, asked.at.date(), &config);
        let read = runtime.block_on(reading).map_err(|e| Failure::new("read the claims", e))?;
        let Some(claims) = read else { break };
        query.offset += PAGE;
        for claim in &claims {
            if u64::from(writer.sets()) < asked.count {
                writer.write(claim)?;
            }
        }
        out.bytes(&writer.take())?;
    }
    runtime.block_on(stores.close());
    let sets = writer.sets();
    if sets == 0 {
        return Err(Failure::Refused(format!(
            "the store has no such claim that {} can be written about",
            match options.about {
                AboutClaims::StatusRequest => "a request",
                AboutClaims::Replacement => "a replacement",
                AboutClaims::Void => "a void",
            }
        )));
    }
    out.bytes(&writer.finish()?)
}

/// Those claims of a page that something can be written about, with their text; none after the last page.
async fn page(
    stores: &Stores,
    query: &ClaimQuery,
    options: &StoredOptions,
    today: Date,
    config: &Config,
) -> std::result::Result<Option<Vec<ClaimVersion>>, StoreError> {
    let found = stores.claims.search(query).await?.claims;
    if found.is_empty() {
        return Ok(None);
    }
    let number = |number: &str| ClaimKey::Number(number.into());
    let firsts: Vec<ClaimKey> =
        found.iter().filter(|v| v.version > 1).map(|v| number(&v.original)).collect();
    let firsts = stores.claims.find(&firsts, ClaimScope::default()).await?;
    let firsts: Vec<ClaimVersion> = firsts.into_iter().flatten().collect();
    let is_wanted = |version: &&ClaimVersion| {
        let first = firsts.iter().find(|first| first.number == version.original);
        let rules = &config.claims.rules;
        match options.about {
            AboutClaims::StatusRequest => version.member.is_some() && &*version.frequency != VOID,
            _ => adjustable(version, first, today, rules).is_ok(),
        }
    };
    let latest = found.iter().filter(|version| version.is_latest());
    let wanted: Vec<ClaimKey> = latest.filter(is_wanted).map(|v| number(&v.number)).collect();
    let scope = ClaimScope { with_text: true, ..ClaimScope::default() };
    let claims = stores.claims.find(&wanted, scope).await?;
    Ok(Some(claims.into_iter().flatten().collect()))
}

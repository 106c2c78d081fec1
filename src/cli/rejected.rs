//! The claims of a set that `check` finds to be rejected, a line each. They wait until the set has ended: what is found at its
//! end may reject them all.

use std::io::Write;

use serde::Serialize;

use super::check::Format;
use super::failure::{Failure, Result};
use super::wording::counted;
use x12gate::check::{ClaimEvent, Fault};
use x12gate::finding::render::{hidden, printable};
use x12gate::gateway::FileSpool;
use x12gate::report::escaped;
use x12gate::txn::{Spool, drain_to};

/// Lines about rejected claims.
pub(super) struct Rejected {
    format: Format,
    show_values: bool,
    /// Lines of one file; 0 for all.
    lines_max: u64,
    file: String,
    lines: u64,
    /// Billing providers that ended in this set, and claims of the one that runs.
    providers: u32,
    of_provider: u64,
    waiting: FileSpool,
}

/// A rejected claim, for programs.
#[derive(Serialize)]
struct ClaimLine<'a> {
    file: &'a str,
    set: u64,
    claim: u32,
    segment: u32,
    id: &'a str,
    accepted: bool,
    reasons: Vec<&'static str>,
}

/// A billing provider all of whose claims are rejected.
#[derive(Serialize)]
struct ProviderLine<'a> {
    file: &'a str,
    set: u64,
    provider: u32,
    claims: u64,
    accepted: bool,
    reasons: Vec<&'static str>,
}

impl Rejected {
    pub(super) fn new(format: Format, show_values: bool, lines_max: u64, file: &str) -> Self {
        Rejected {
            format,
            show_values,
            lines_max,
            file: file.to_owned(),
            lines: 0,
            providers: 0,
            of_provider: 0,
            waiting: FileSpool::in_folder(&std::env::temp_dir()),
        }
    }

    /// Takes what was found out about the claims of a set.
    pub(super) fn take(&mut self, set: u64, events: &[ClaimEvent]) -> Result<()> {
        for event in events {
            match event {
                ClaimEvent::Claim(claim) => {
                    self.of_provider += 1;
                    let lines = claim.lines.iter().flat_map(|line| &line.faults);
                    let reasons = reasons(claim.faults.iter().chain(lines));
                    if reasons.is_empty() {
                        continue;
                    }
                    let id = match self.show_values {
                        true => printable(claim.control.as_bytes()),
                        false => hidden(&claim.control),
                    };
                    let (ordinal, segment) = (claim.ordinal, claim.position);
                    let words = format!("claim {ordinal} of set {set} (segment {segment}, {id})");
                    self.line(&words, &reasons.join(", "), |file| ClaimLine {
                        file,
                        set,
                        claim: ordinal,
                        segment,
                        id: &id,
                        accepted: false,
                        reasons: reasons.clone(),
                    })?;
                }
                ClaimEvent::Provider(provider) => {
                    self.providers += 1;
                    let claims = std::mem::take(&mut self.of_provider);
                    let reasons = reasons(provider.faults.iter());
                    if reasons.is_empty() || claims == 0 {
                        continue;
                    }
                    let ordinal = self.providers;
                    let claims_words = counted(claims, "claim");
                    let words =
                        format!("billing provider {ordinal} of set {set} with {claims_words}");
                    self.line(&words, &reasons.join(", "), |file| ProviderLine {
                        file,
                        set,
                        provider: ordinal,
                        claims,
                        accepted: false,
                        reasons: reasons.clone(),
                    })?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn line<'l, T: Serialize>(
        &'l mut self,
        words: &str,
        reasons: &str,
        json: impl FnOnce(&'l str) -> T,
    ) -> Result<()> {
        self.lines += 1;
        if self.lines_max > 0 && self.lines > self.lines_max {
            return Ok(());
        }
        let words = format!("{words} rejected: {reasons}");
        let line = match self.format {
            Format::Json => serde_json::to_string(&json(&self.file))
                .map_err(|e| Failure::new("write JSON", e))?,
            Format::Html => format!("<p>{}</p>", escaped(&words)),
            Format::Text | Format::Ack => words,
        };
        writeln!(self.waiting, "{line}").map_err(wait)
    }

    /// Gives the lines of the set that has ended.
    pub(super) fn drain_to(&mut self, to: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.providers = 0;
        drain_to(&mut self.waiting, wait, to)
    }

    /// Forgets the lines of the set.
    pub(super) fn clear(&mut self) -> Result<()> {
        (self.providers, self.of_provider) = (0, 0);
        self.waiting.clear().map_err(wait)
    }
}

/// The codes of these errors, each once.
fn reasons<'f>(faults: impl Iterator<Item = &'f Fault>) -> Vec<&'static str> {
    let mut codes = Vec::new();
    for fault in faults {
        let id = fault.finding.code.entry().id;
        if !codes.contains(&id) {
            codes.push(id);
        }
    }
    codes
}

fn wait(error: std::io::Error) -> Failure {
    Failure::new("keep the rejected claims", error)
}

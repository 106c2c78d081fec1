//! By which guides and how strictly files are checked: the arguments that `check`, `ack` and `process` share.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::failure::{Failure, Result};
use super::lists;
use super::source::files;
use x12gate::config::{ClaimPolicy, Config};
use x12gate::finding::{Author, Code, Policy, Treatment, Unit};
use x12gate::guide::Registry;
use x12gate::partner::Partner;

/// By which rules files are checked.
#[derive(Args, Debug)]
#[command(next_help_heading = "Rules")]
pub(super) struct Rules {
    /// Highest SNIP type to report, or the severity of one type: 3, 5=reject, 4=warn, 6=off, 5=default
    #[arg(long, value_name = "TYPE[=SEVERITY]", value_delimiter = ',', value_parser = snip_choice)]
    snip: Vec<SnipChoice>,
    /// Severity of one finding code, such as X12-5102=reject
    #[arg(long, value_name = "CODE=SEVERITY", value_delimiter = ',', value_parser = code_choice)]
    code: Vec<CodeChoice>,
    /// What an error rejects
    #[arg(long, value_enum)]
    unit: Option<RejectedUnit>,
    /// Apply the settings and companion guides of this partner: its ID or a profile file
    #[arg(long, value_name = "ID|FILE")]
    partner: Option<String>,
    /// Folder of your own guides, overlays and code lists, in addition to the built-in ones
    #[arg(long, value_name = "DIR")]
    guides: Option<PathBuf>,
    /// Folder of your own code lists: CSV files, or files as their publishers provide them
    #[arg(long, value_name = "DIR")]
    codes: Option<PathBuf>,
    /// Settings file: severity of findings, and the folder of partner profiles
    #[arg(long, value_name = "FILE", env = "X12GATE_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
}

/// What an error rejects, as an argument.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum RejectedUnit {
    /// The transaction set
    Set,
    /// In an 837, the claims it concerns
    Claim,
}

/// A SNIP type with what is done with it.
#[derive(Clone, Copy, Debug)]
enum SnipChoice {
    /// Types above it are not reported.
    UpTo(u8),
    Treat(u8, Treatment),
}

/// A finding code with what is done with it.
type CodeChoice = (Code, Treatment);

fn snip_choice(text: &str) -> std::result::Result<SnipChoice, String> {
    let (snip, treatment) = match text.split_once('=') {
        Some((snip, word)) => (snip, Some(treatment(word)?)),
        None => (text, None),
    };
    match (snip.parse(), treatment) {
        (Ok(snip @ 1..=7), None) => Ok(SnipChoice::UpTo(snip)),
        (Ok(snip @ 1..=7), Some(treatment)) => Ok(SnipChoice::Treat(snip, treatment)),
        _ => Err(format!("`{snip}` is not a SNIP type (1 to 7)")),
    }
}

fn code_choice(text: &str) -> std::result::Result<CodeChoice, String> {
    let (code, word) =
        text.split_once('=').ok_or("expected CODE=SEVERITY, such as X12-5102=reject")?;
    let code = Code::find(code).ok_or_else(|| format!("`{code}` is not a finding code"))?;
    Ok((code, treatment(word)?))
}

fn treatment(word: &str) -> std::result::Result<Treatment, String> {
    Treatment::from_word(word)
        .ok_or_else(|| format!("`{word}` is not one of reject, warn, off and default"))
}

/// Guides and strictness, ready for use.
pub(super) struct Ruling {
    /// The guides.
    pub(super) registry: Registry,
    /// What becomes of findings.
    pub(super) policy: Policy,
    /// How claims are acknowledged.
    pub(super) claims: ClaimPolicy,
}

impl Rules {
    /// Loads what the arguments name.
    pub(super) fn load(&self) -> Result<Ruling> {
        let config = match &self.config {
            Some(path) => {
                Some(Config::load(path).map_err(|e| Failure::new("read the settings", e))?)
            }
            None => None,
        };
        let lists = self.codes.as_ref().or(config.as_ref().and_then(Config::codes_directory));
        let mut registry = registry(self.guides.as_deref(), lists.map(PathBuf::as_path))?;
        let mut policy = config.as_ref().map_or_else(Policy::default, Config::policy);
        let mut claims = config.as_ref().map_or_else(ClaimPolicy::default, |c| c.claims.clone());
        if let Some(name) = &self.partner {
            let partner = find_partner(name, config.as_ref())?;
            policy = partner.policy;
            claims = partner.claims;
            for overlay in &partner.overlays {
                registry = registry.overlaid(overlay).ok_or_else(|| {
                    let words =
                        format!("partner {}: unknown overlay {overlay}; see --guides", partner.id);
                    Failure::Refused(words)
                })?;
            }
        }
        self.choose(&mut policy)?;
        Ok(Ruling { registry, policy, claims })
    }

    /// What the command line says goes before settings and profiles.
    fn choose(&self, policy: &mut Policy) -> Result<()> {
        let refused = |of: String, why| Failure::Refused(format!("{of}: {why}"));
        for choice in &self.snip {
            let (types, treatment) = match *choice {
                SnipChoice::UpTo(snip) => (snip + 1..=7, Treatment::Ignore),
                SnipChoice::Treat(snip, treatment) => (snip..=snip, treatment),
            };
            for snip in types {
                policy
                    .treat_snip(snip, treatment, Author::Caller)
                    .map_err(|why| refused(format!("--snip {snip}"), why))?;
            }
        }
        for (code, treatment) in &self.code {
            policy
                .treat_code(*code, *treatment, Author::Caller)
                .map_err(|why| refused(format!("--code {}", code.entry().id), why))?;
        }
        match self.unit {
            None => {}
            Some(RejectedUnit::Set) => policy.unit = Unit::Set,
            Some(RejectedUnit::Claim) => policy.unit = Unit::Claim,
        }
        Ok(())
    }
}

fn find_partner(name: &str, config: Option<&Config>) -> Result<Partner> {
    let mut sandbox = Config::default();
    // A file checked by hand has room for more than a gateway keeps.
    sandbox.limits.findings_per_set_max = Policy::default().findings_per_set_max;
    let config = config.unwrap_or(&sandbox);
    let direct = Path::new(name);
    let path = match config.partner_directory() {
        _ if direct.is_file() => direct.to_owned(),
        Some(folder) => folder.join(format!("{name}.toml")),
        None => {
            let words = "is not a profile file, and there is no --config with a folder of profiles";
            return Err(Failure::Refused(format!("{name} {words}")));
        }
    };
    let doing = || format!("read the partner profile {}", path.display());
    let text = std::fs::read_to_string(&path).map_err(|e| Failure::new(doing(), e))?;
    Partner::parse(&text, &path, config).map_err(|e| Failure::new(doing(), e))
}

/// The built-in guides, with what a folder of guides and one of code lists hold laid over them.
pub(super) fn registry(guides: Option<&Path>, codes: Option<&Path>) -> Result<Registry> {
    if guides.is_none() && codes.is_none() {
        return Ok(Registry::embedded().clone());
    }
    let mut registry = Registry::new();
    // Lists before the guides and overlays that are compiled with them.
    if let Some(folder) = codes {
        registry.add_lists(lists::read(folder)?.lists);
    }
    match guides {
        Some(folder) => with_folder(registry, folder),
        None => Ok(registry),
    }
}

fn with_folder(mut registry: Registry, folder: &Path) -> Result<Registry> {
    let mut texts = files(std::slice::from_ref(&folder.to_owned()))?;
    // Code tables before the guides that use them, guides before the overlays on them.
    let order = |path: &PathBuf| match path.extension().and_then(|e| e.to_str()) {
        Some("codes") => Some(0),
        Some("txt") => Some(1),
        Some("guide") => Some(2),
        Some("overlay") => Some(3),
        _ => None,
    };
    texts.retain(|path| order(path).is_some());
    texts.sort_by_key(order);
    if texts.is_empty() {
        let words = format!("{} contains no .guide, .overlay or .codes file", folder.display());
        return Err(Failure::Refused(words));
    }
    for path in texts {
        let doing = || format!("read {}", path.display());
        let text = std::fs::read_to_string(&path).map_err(|e| Failure::new(doing(), e))?;
        registry
            .add_text(&path.display().to_string(), &text)
            .map_err(|e| Failure::new(doing(), e))?;
    }
    Ok(registry)
}

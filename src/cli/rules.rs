//! By which guides and how strictly files are checked: the arguments that `check`, `ack` and `process` share.

use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::{Failure, Result};
use super::source::files;
use crate::config::{Config, Level};
use crate::finding::{Policy, Treatment};
use crate::guide::Registry;
use crate::partner::Partner;

/// By which rules files are checked.
#[derive(Args, Debug)]
#[command(next_help_heading = "Rules")]
pub(super) struct Rules {
    /// Highest SNIP type to report
    #[arg(long, value_name = "1..7", default_value_t = 7,
          value_parser = clap::value_parser!(u8).range(1..=7))]
    snip: u8,
    /// Apply the settings and companion guides of this partner: an id, or a profile file
    #[arg(long, value_name = "ID|FILE")]
    partner: Option<String>,
    /// Guides, overlays and code lists of your own, laid over the built-in ones
    #[arg(long, value_name = "DIR")]
    guides: Option<PathBuf>,
    /// Settings, for the folder of partner profiles
    #[arg(long, value_name = "FILE", env = "X12GATE_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
}

/// Guides and strictness, ready for use.
pub(super) struct Ruling {
    /// The guides.
    pub(super) registry: Registry,
    /// What becomes of findings.
    pub(super) policy: Policy,
}

impl Rules {
    /// Loads what the arguments name.
    pub(super) fn load(&self) -> Result<Ruling> {
        let mut registry = registry(self.guides.as_deref())?;
        let mut policy = Policy::default();
        if let Some(name) = &self.partner {
            let partner = self.find_partner(name)?;
            for snip in 2..policy.treatment.len() {
                policy.treatment[snip] = match partner.validation.level(snip as u8) {
                    Level::Reject => Treatment::AsFound,
                    Level::Warn => Treatment::Warn,
                    Level::Off => Treatment::Ignore,
                };
            }
            for overlay in &partner.overlays {
                registry = registry.overlaid(overlay).ok_or_else(|| {
                    let words =
                        format!("partner {}: no overlay {overlay}; see --guides", partner.id);
                    Failure::Refused(words)
                })?;
            }
        }
        for snip in usize::from(self.snip) + 1..policy.treatment.len() {
            policy.treatment[snip] = Treatment::Ignore;
        }
        Ok(Ruling { registry, policy })
    }

    fn find_partner(&self, name: &str) -> Result<Partner> {
        let config = match &self.config {
            Some(path) => Config::load(path).map_err(|e| Failure::new("read the settings", e))?,
            None => Config::default(),
        };
        let direct = Path::new(name);
        let path = match config.partner_directory() {
            _ if direct.is_file() => direct.to_owned(),
            Some(folder) => folder.join(format!("{name}.toml")),
            None => {
                let words = "is no profile file, and no --config names the folder of profiles";
                return Err(Failure::Refused(format!("{name} {words}")));
            }
        };
        let doing = || format!("read the partner profile {}", path.display());
        let text = std::fs::read_to_string(&path).map_err(|e| Failure::new(doing(), e))?;
        Partner::parse(&text, &path, &config).map_err(|e| Failure::new(doing(), e))
    }
}

/// The built-in guides, with what a folder holds laid over them.
pub(super) fn registry(folder: Option<&Path>) -> Result<Registry> {
    folder.map_or_else(|| Ok(Registry::embedded().clone()), with_folder)
}

fn with_folder(folder: &Path) -> Result<Registry> {
    let mut registry = Registry::new();
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
        let words = format!("{} holds no .guide, .overlay or .codes file", folder.display());
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

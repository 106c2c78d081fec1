//! Settings: every setting with its default, read from TOML.
//!
//! Unknown keys are errors, because a misspelt limit would not be a limit. `config/server.toml` shows every setting
//! with its default; a test keeps the two the same. Nothing here reads the environment: the command line passes paths in.

mod access;
mod attachments;
mod claim_rules;
pub mod claim_status;
mod claims;
mod core_connectivity;
pub mod eligibility;
mod enrollment;
mod error;
mod http;
mod limits;
mod listener;
mod local_time;
mod mailboxes;
pub(crate) mod ranges;
pub mod reviews;
mod sections;
mod timetable;
mod validation;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use access::{Access, Registration};
pub use attachments::AttachmentPolicy;
pub use claim_rules::{
    ClaimRules, CorrectionDay, CoverageDays, EqualReplacement, FilingDay, Predeterminations,
    RefusalStatuses, SEQUENCE_DIGITS, Treatment as RuleTreatment,
};
pub use claim_status::ClaimStatusPolicy;
pub use claims::{AcceptedAs, Accumulators, ClaimPolicy, Intake, Remittances, SourceRole};
pub use core_connectivity::{Core, PayloadTypeOf, PayloadUse};
pub use eligibility::EligibilityPolicy;
pub use enrollment::{AdviceSent, EnrollmentPolicy, MissingMembers, UndatedEnd, VerifyLines};
pub use error::ConfigError;
pub(crate) use error::locate;
pub use http::Http;
pub use limits::Limits;
pub use listener::{Listener, Protocol, Tls};
pub use local_time::LocalTime;
pub use mailboxes::{AfterDownload, DropFolder, Sftp};
pub use reviews::ReviewPolicy;
pub(crate) use sections::check_reply_name;
pub use sections::{
    Ack999, AckPolicy, Archive, Batch, Codes, Identity, Log, LogFormat, Output, Partners, RealTime,
    ReceiverPolicy, Retention, Separator, Ta1Policy, UnknownSender, UsagePolicy,
};
pub use timetable::{ReportKind, Reports, Timetable};
pub use validation::{Level, RejectUnit, Validation};

use crate::finding::{Author, Policy};

use crate::store::StoreOptions;

/// All settings. `Config::default()` is a sandbox: it accepts any sender and stores beside the program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Who we are in envelopes.
    pub identity: Identity,
    /// The form of replies.
    pub output: Output,
    /// Which acknowledgments are sent, and when.
    pub ack: AckPolicy,
    /// How findings of each SNIP type are treated.
    pub validation: Validation,
    /// How claims are treated.
    pub claims: ClaimPolicy,
    /// How documents about claims, disputes and requests for information are treated.
    pub attachments: AttachmentPolicy,
    /// Trading partners.
    pub partners: Partners,
    /// How callers are let in.
    pub access: Access,
    /// Lists of codes.
    pub codes: Codes,
    /// Limits on all input.
    pub limits: Limits,
    /// Where members and answered interchanges are stored.
    pub store: StoreOptions,
    /// Replies kept so that they can be sent again.
    pub archive: Archive,
    /// How long the journal is kept.
    pub retention: Retention,
    /// What `serve` does by itself.
    pub timetable: Timetable,
    /// Reports for partners.
    pub reports: Reports,
    /// Where connections are accepted, and their protocols.
    #[serde(rename = "listener")]
    pub listeners: Vec<Listener>,
    /// Requests over HTTP.
    pub http: Http,
    /// CAQH CORE connectivity.
    pub core: Core,
    /// Partners' folders over SFTP.
    pub sftp: Sftp,
    /// Partners' folders that others deliver to.
    pub drop: DropFolder,
    /// Answering in real time, whatever the transport.
    pub real_time: RealTime,
    /// Whole files.
    pub batch: Batch,
    /// How an eligibility inquiry is answered.
    pub eligibility: EligibilityPolicy,
    /// How a request for the status of claims is answered.
    pub claim_status: ClaimStatusPolicy,
    /// How enrollment is loaded.
    pub enrollment: EnrollmentPolicy,
    /// How services reviews are answered.
    pub reviews: ReviewPolicy,
    /// The log.
    pub log: Log,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            identity: Identity::default(),
            output: Output::default(),
            ack: AckPolicy::default(),
            validation: Validation::default(),
            claims: ClaimPolicy::default(),
            attachments: AttachmentPolicy::default(),
            partners: Partners::default(),
            access: Access::default(),
            codes: Codes::default(),
            limits: Limits::default(),
            store: StoreOptions::default(),
            archive: Archive::default(),
            retention: Retention::default(),
            timetable: Timetable::default(),
            reports: Reports::default(),
            listeners: vec![Listener::default()],
            http: Http::default(),
            core: Core::default(),
            sftp: Sftp::default(),
            drop: DropFolder::default(),
            real_time: RealTime::default(),
            batch: Batch::default(),
            eligibility: EligibilityPolicy::default(),
            claim_status: ClaimStatusPolicy::default(),
            enrollment: EnrollmentPolicy::default(),
            reviews: ReviewPolicy::default(),
            log: Log::default(),
        }
    }
}

impl Config {
    /// Reads a file. Relative paths in it are relative to its folder.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let mut config = Config::parse(&text, path)?;
        if let Some(folder) = path.parent() {
            config.anchor(folder);
        }
        Ok(config)
    }

    /// Reads a text; `path` is only named in errors.
    pub fn parse(text: &str, path: &Path) -> Result<Config, ConfigError> {
        let invalid = |why| ConfigError::Invalid { path: path.to_owned(), why };
        if let Ok(table) = toml::from_str::<toml::Table>(text) {
            ranges::check(&table).map_err(invalid)?;
        }
        let config: Config =
            toml::from_str(text).map_err(|error| advise(locate(path, text, &error)))?;
        config.check().map_err(invalid)?;
        Ok(config)
    }

    /// Puts `folder` before the relative paths.
    fn anchor(&mut self, folder: &Path) {
        let paths = [
            &mut self.store.path,
            &mut self.archive.path,
            &mut self.archive.key_file,
            &mut self.partners.directory,
            &mut self.codes.directory,
            &mut self.reviews.rules,
            &mut self.sftp.folder,
            &mut self.sftp.host_key,
            &mut self.drop.folder,
        ];
        let tls = self.listeners.iter_mut().flat_map(|listener| listener.tls.paths());
        for path in paths.into_iter().chain(tls) {
            if !path.as_os_str().is_empty() && path.is_relative() {
                *path = folder.join(&*path);
            }
        }
    }

    /// Rules between several values.
    fn check(&self) -> Result<(), String> {
        self.output.check()?;
        self.identity.check()?;
        self.validation.choose(&mut Policy::default(), Author::Settings, |_| true)?;
        self.limits.check()?;
        self.claims.check()?;
        self.claim_status.check()?;
        self.enrollment.check()?;
        self.reviews.check()?;
        self.attachments.check()?;
        self.access.check()?;
        listener::check(&self.listeners)?;
        self.http.check()?;
        self.core.check()?;
        self.sftp.check()?;
        self.drop.check()?;
        if self.drop.folder == self.sftp.folder {
            return Err("drop.folder and sftp.folder must be two folders".to_owned());
        }
        self.timetable.check()?;
        self.reports.check()?;
        self.real_time.check()?;
        self.batch.check()
    }

    /// How findings are treated unless a partner's profile says otherwise.
    pub fn policy(&self) -> Policy {
        let mut policy = Policy::default();
        policy.findings_per_set_max = self.limits.findings_per_set_max;
        // Invalid choices were rejected when the settings were read.
        let chosen = self.validation.choose(&mut policy, Author::Settings, |_| true);
        debug_assert!(chosen.is_ok(), "settings were not checked");
        policy
    }

    /// The folder of code lists, if one is set.
    pub fn codes_directory(&self) -> Option<&PathBuf> {
        Some(&self.codes.directory).filter(|path| !path.as_os_str().is_empty())
    }

    /// The folder of partner profiles, if one is set.
    pub fn partner_directory(&self) -> Option<&PathBuf> {
        Some(&self.partners.directory).filter(|path| !path.as_os_str().is_empty())
    }
}

/// An error about a section that was removed says what replaced it.
fn advise(mut error: ConfigError) -> ConfigError {
    if let ConfigError::Parse { why, .. } = &mut error
        && why.starts_with("unknown field `tcp`")
    {
        *why = listener::TCP_SECTION_ADVICE.to_owned();
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../../config/server.toml");

    /// The dotted names of everything in a table that is not itself a table, also in lists of tables.
    fn keys(prefix: &str, value: &toml::Value, into: &mut Vec<String>) {
        match value {
            toml::Value::Table(table) => {
                for (key, value) in table {
                    keys(&format!("{prefix}.{key}"), value, into);
                }
            }
            toml::Value::Array(items) if items.iter().any(toml::Value::is_table) => {
                for item in items {
                    keys(&format!("{prefix}[]"), item, into);
                }
            }
            _ => into.push(prefix.to_owned()),
        }
    }

    #[test]
    fn the_sample_is_the_default() {
        let sample = Config::parse(SAMPLE, Path::new("config/server.toml")).unwrap();
        assert_eq!(sample, Config::default());
    }

    #[test]
    fn the_example_of_a_deployment_can_be_used() {
        let text = include_str!("../../config/deploy/server.toml");
        let config = Config::parse(text, Path::new("config/deploy/server.toml")).unwrap();
        assert_eq!(config.listeners.len(), 2);
    }

    #[test]
    fn a_time_zone_must_exist_and_stands_alone() {
        let parse = |text: &str| Config::parse(&format!("[identity]\n{text}"), Path::new("here"));
        let config = parse("time_zone = 'America/New_York'").unwrap();
        let summer = time::macros::datetime!(2026-07-01 03:59 UTC);
        assert_eq!(config.identity.local_time().at(summer).day(), 30);
        let unknown = parse("time_zone = 'Boston'").unwrap_err().to_string();
        assert!(unknown.contains("Boston"), "{unknown}");
        let both = parse("time_zone = 'America/New_York'\nutc_offset_minutes = -300");
        assert!(both.unwrap_err().to_string().contains("only one"));
    }

    #[test]
    fn the_sample_names_every_knob() {
        let (mut ours, mut shown) = (Vec::new(), Vec::new());
        keys("", &toml::Value::try_from(Config::default()).unwrap(), &mut ours);
        keys("", &toml::from_str::<toml::Value>(SAMPLE).unwrap(), &mut shown);
        ours.sort();
        shown.sort();
        assert_eq!(shown, ours);
    }

    #[test]
    fn every_knob_of_the_sample_has_a_comment_above_it() {
        let mut commented = false;
        for line in SAMPLE.lines() {
            if line.contains(" = ") && !line.starts_with('#') {
                assert!(commented, "no comment above: {line}");
            }
            commented = line.starts_with('#');
        }
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place() {
        let error = Config::parse("[archive]\nfolder = \"x\"\n", Path::new("a.toml")).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("a.toml:2:1: "), "{text}");
        assert!(text.contains("folder") && text.contains("^^^^^^"), "{text}");
    }

    #[test]
    fn a_bad_value_is_named_with_its_place() {
        let text = "[ack]\n\nta1 = \"sometimes\"\n";
        let shown = Config::parse(text, Path::new("a.toml")).unwrap_err().to_string();
        assert!(shown.starts_with("a.toml:3:7: "), "{shown}");
        assert!(shown.contains("honour"), "{shown}");
    }

    #[test]
    fn separators_must_differ() {
        let text = "[output]\nelement = \"*\"\ncomponent = \"*\"\n";
        let shown = Config::parse(text, Path::new("a.toml")).unwrap_err().to_string();
        assert!(shown.contains("different"), "{shown}");
    }

    #[test]
    fn a_limit_of_nothing_is_refused() {
        let text = "[limits]\nset_bytes_max = 0\n";
        let shown = Config::parse(text, Path::new("a.toml")).unwrap_err().to_string();
        assert!(shown.contains("set_bytes_max"), "{shown}");
    }

    #[test]
    fn paths_are_meant_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("server.toml");
        std::fs::write(&file, "[store]\npath = \"x.db\"\n").unwrap();
        assert_eq!(Config::load(&file).unwrap().store.path, folder.path().join("x.db"));
    }
}

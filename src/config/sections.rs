//! The sections of the settings file and their defaults.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::LocalTime;
use crate::acknowledge::{FunctionalPolicy, InterchangePolicy};
use crate::store::{self, ArchiveKeys};
use crate::wire::Delimiters;

/// `[identity]`: who we are in envelopes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Identity {
    /// ISA id qualifier.
    pub qualifier: String,
    /// ISA id, at most 15 characters.
    pub id: String,
    /// GS id, 2 to 15 characters.
    pub group_id: String,
    /// Which interchanges this endpoint accepts, by ISA15.
    pub usage: UsagePolicy,
    /// Whether ISA08 must name us.
    pub receiver: ReceiverPolicy,
    /// Our local time, by the name of its zone in the IANA database: what `today` is, and the dates in envelopes. Empty for
    /// a fixed difference to UTC.
    pub time_zone: String,
    /// The difference, in minutes east of UTC, where no zone is named.
    pub utc_offset_minutes: i32,
}

impl Identity {
    /// The payer's local time. The settings were checked to name a zone that exists.
    pub fn local_time(&self) -> LocalTime {
        LocalTime::of_zone(&self.time_zone)
            .unwrap_or_else(|| LocalTime::fixed(self.utc_offset_minutes))
    }
}

impl Default for Identity {
    fn default() -> Self {
        Identity {
            qualifier: "ZZ".to_owned(),
            id: "PAYERGW".to_owned(),
            group_id: "PAYERGW".to_owned(),
            usage: UsagePolicy::Both,
            receiver: ReceiverPolicy::Any,
            time_zone: String::new(),
            utc_offset_minutes: 0,
        }
    }
}

impl Identity {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.qualifier.len() != 2 {
            return Err("identity.qualifier must be two characters".to_owned());
        }
        if !(-14 * 60..=14 * 60).contains(&self.utc_offset_minutes) {
            return Err("identity.utc_offset_minutes must be within 14 hours".to_owned());
        }
        let zone = &self.time_zone;
        if !zone.is_empty() && LocalTime::of_zone(zone).is_none() {
            return Err(format!(
                "identity.time_zone: there is no time zone {zone:?}; names are such as America/New_York"
            ));
        }
        if !zone.is_empty() && self.utc_offset_minutes != 0 {
            return Err("identity.time_zone and utc_offset_minutes: give only one".to_owned());
        }
        let named = [("id", &self.id, 1), ("group_id", &self.group_id, 2)];
        for (key, value, least) in named {
            if !(least..=15).contains(&value.len()) || value.trim() != value {
                return Err(format!("identity.{key} must be {least} to 15 characters, not blank"));
            }
        }
        Ok(())
    }
}

/// Which ISA15 is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsagePolicy {
    /// `P` only.
    Production,
    /// `T` only.
    Test,
    /// Either.
    Both,
}

/// Whether ISA08 must name us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiverPolicy {
    /// Interchanges to any receiver are answered, in the name of that receiver.
    Any,
    /// Interchanges to other receivers are rejected, TA1 008.
    Ours,
}

/// `[output]`: the form of replies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Output {
    /// Element separator.
    pub element: Separator,
    /// Component separator, ISA16.
    pub component: Separator,
    /// Repetition separator, ISA11.
    pub repetition: Separator,
    /// Segment terminator.
    pub terminator: Separator,
    /// A line feed after each terminator.
    pub line_feeds: bool,
}

impl Default for Output {
    fn default() -> Self {
        Output {
            element: Separator(b'*'),
            component: Separator(b':'),
            repetition: Separator(b'^'),
            terminator: Separator(b'~'),
            line_feeds: false,
        }
    }
}

impl Output {
    /// The separators for the emitter.
    pub fn delimiters(&self) -> Delimiters {
        Delimiters {
            element: self.element.0,
            component: self.component.0,
            repetition: Some(self.repetition.0),
            terminator: self.terminator.0,
        }
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        if !self.delimiters().are_distinct() {
            return Err("the separators in [output] must be four different characters".to_owned());
        }
        Ok(())
    }
}

/// One separator: a single ASCII character that is no letter, digit or blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Separator(pub u8);

impl TryFrom<String> for Separator {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_bytes() {
            [b] if b.is_ascii() && !b.is_ascii_alphanumeric() && *b != b' ' => Ok(Separator(*b)),
            _ => Err("a separator must be one ASCII character other than a letter, digit or space"),
        }
    }
}

impl From<Separator> for String {
    fn from(separator: Separator) -> String {
        char::from(separator.0).to_string()
    }
}

/// `[ack]`: which acknowledgments are sent, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AckPolicy {
    /// When a TA1 is sent.
    pub ta1: Ta1Policy,
    /// When a 999 is sent in real time.
    pub real_time: Ack999,
    /// When a 999 is sent for a file.
    pub batch: Ack999,
    /// Name accepted sets in the 999 too, not only rejected ones.
    pub list_accepted: bool,
    /// Write loop ids in the 999 as the guide has them (`2010AA`), not as the base standard numbers them (`2010`).
    pub guide_loop_ids: bool,
    /// Name the business unit an error belongs to in the 999 (`CTX*TRN02:...`).
    pub business_units: bool,
    /// Report a code that the standard has and the guide does not use with IK403 `7`, not `I6`.
    pub unused_codes_as_invalid: bool,
}

impl Default for AckPolicy {
    fn default() -> Self {
        AckPolicy {
            ta1: Ta1Policy::Honour,
            real_time: Ack999::OnReject,
            batch: Ack999::Always,
            list_accepted: true,
            guide_loop_ids: false,
            business_units: true,
            unused_codes_as_invalid: false,
        }
    }
}

/// When a TA1 is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ta1Policy {
    /// When ISA14 asks for it, and whenever the interchange is rejected.
    Honour,
    /// For every interchange.
    Always,
    /// Only when the interchange is rejected.
    OnReject,
    /// Not at all.
    Never,
}

impl From<Ta1Policy> for InterchangePolicy {
    fn from(policy: Ta1Policy) -> Self {
        match policy {
            Ta1Policy::Honour => InterchangePolicy::Honour,
            Ta1Policy::Always => InterchangePolicy::Always,
            Ta1Policy::OnReject => InterchangePolicy::OnReject,
            Ta1Policy::Never => InterchangePolicy::Never,
        }
    }
}

/// When a 999 is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ack999 {
    /// For every functional group.
    Always,
    /// For groups with rejections.
    OnReject,
    /// Not at all.
    Never,
}

impl From<Ack999> for FunctionalPolicy {
    fn from(policy: Ack999) -> Self {
        match policy {
            Ack999::Always => FunctionalPolicy::Always,
            Ack999::OnReject => FunctionalPolicy::OnReject,
            Ack999::Never => FunctionalPolicy::Never,
        }
    }
}

/// `[codes]`: lists of codes beside the built-in ones.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Codes {
    /// Folder of lists; empty for none.
    pub directory: PathBuf,
}

/// `[partners]`: where profiles are and how unknown senders are treated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Partners {
    /// Folder of profiles, `*.toml`; empty for none.
    pub directory: PathBuf,
    /// How a sender without a profile is treated.
    pub unknown_sender: UnknownSender,
}

impl Default for Partners {
    fn default() -> Self {
        Partners { directory: PathBuf::new(), unknown_sender: UnknownSender::Accept }
    }
}

/// How a sender without a profile is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownSender {
    /// Answered with the settings of this file.
    Accept,
    /// Rejected, TA1 006.
    Reject,
}

/// `[archive]`: interchanges and replies kept so that they can be shown and sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Archive {
    /// Folder of large replies and interchanges, by their hash.
    pub path: PathBuf,
    /// Replies and interchanges up to this size are kept in the store; larger ones in the archive.
    pub inline_bytes_max: usize,
    /// Whether interchanges are kept as they came, compressed.
    pub originals: bool,
    /// File of the keys that what is kept is sealed with; empty for none.
    pub key_file: PathBuf,
    /// The keys. They are read by whoever reads the settings, never written in them.
    #[serde(skip)]
    pub keys: ArchiveKeys,
}

impl Archive {
    /// The archive itself.
    pub fn open(&self) -> store::Archive {
        store::Archive::sealed(&self.path, self.keys.clone())
    }
}

impl Default for Archive {
    fn default() -> Self {
        Archive {
            path: PathBuf::from("archive"),
            inline_bytes_max: 64 << 10,
            originals: true,
            key_file: PathBuf::new(),
            keys: ArchiveKeys::default(),
        }
    }
}

/// `[retention]`: how long the journal is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Days that interchanges, their sets and replies are kept; 0 keeps them until a command says otherwise.
    pub days: u32,
    /// Days that files for partners, and files in quarantine, are kept; 0 keeps them until a command says otherwise.
    pub files_days: u32,
}

impl Default for Retention {
    /// Interchanges for ten years, the longest time that payers commonly have to keep records for.
    fn default() -> Self {
        Retention { days: 3653, files_days: 0 }
    }
}

/// `[real_time]`: answering in real time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RealTime {
    /// An answer that takes longer becomes "unable to respond at the current time".
    pub answer_timeout_ms: u64,
    /// Interchanges of one partner answered at once, over all its connections.
    pub interchanges_per_partner_max: usize,
    /// Look-ups and commits of interchanges that are answered at the same time are combined, up to this many.
    pub coalesce_max: usize,
}

impl Default for RealTime {
    fn default() -> Self {
        RealTime { answer_timeout_ms: 15_000, interchanges_per_partner_max: 512, coalesce_max: 256 }
    }
}

impl RealTime {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.answer_timeout_ms == 0
            || self.interchanges_per_partner_max == 0
            || self.coalesce_max == 0
        {
            return Err("no value in [real_time] may be 0".to_owned());
        }
        Ok(())
    }
}

/// `[batch]`: whole files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Batch {
    /// Threads that check and answer; 0 for one per core.
    pub threads: usize,
    /// Sets looked up in one statement. Memory grows with it, speed hardly.
    pub sets_per_lookup: usize,
    /// Bytes of consecutive sets given to a thread at once.
    pub piece_bytes: usize,
    /// Name of a reply file: `{stem}` of the input, `{control}` ISA13 of the question, `{kind}` `ta1`, `999` or `271`, `{date}`
    /// and `{time}` of its receipt.
    pub reply_name: String,
    /// Files from mailboxes that are answered at once.
    pub files_at_once: usize,
    /// Files of one partner that wait to be answered; further ones are refused.
    pub files_waiting_max: usize,
    /// How often a file is tried before it goes into quarantine.
    pub attempts_max: u32,
    /// Endings of the names of files that are still to be renamed.
    pub temporary_endings: Vec<String>,
    /// How long a file that was taken is still shown to its sender.
    pub accepted_visible_minutes: u64,
    /// At shutdown, files that are being answered have this long to finish; the next process takes the rest up.
    pub shutdown_grace_ms: u64,
}

impl Default for Batch {
    fn default() -> Self {
        Batch {
            threads: 0,
            sets_per_lookup: 1000,
            piece_bytes: 256 << 10,
            reply_name: "{stem}.{control}.{kind}".to_owned(),
            files_at_once: 2,
            files_waiting_max: 10_000,
            attempts_max: 50,
            temporary_endings: [".filepart", ".part", ".tmp", ".temp", ".writing"]
                .map(str::to_owned)
                .into(),
            accepted_visible_minutes: 10,
            shutdown_grace_ms: 5_000,
        }
    }
}

impl Batch {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.sets_per_lookup == 0 || self.piece_bytes == 0 {
            return Err("batch.sets_per_lookup and batch.piece_bytes must not be 0".to_owned());
        }
        if self.files_at_once == 0 || self.files_waiting_max == 0 || self.attempts_max == 0 {
            return Err(
                "batch.files_at_once, batch.files_waiting_max and batch.attempts_max must not be 0"
                    .to_owned(),
            );
        }
        if self.files_at_once > 64 || self.accepted_visible_minutes > 24 * 60 {
            return Err(
                "batch.files_at_once must be at most 64, batch.accepted_visible_minutes a day"
                    .to_owned(),
            );
        }
        let plain = |ending: &String| {
            ending.len() > 1 && ending.starts_with('.') && *ending == ending.to_ascii_lowercase()
        };
        if !self.temporary_endings.iter().all(plain) {
            return Err(
                "batch.temporary_endings must each begin with a period and be in small letters"
                    .to_owned(),
            );
        }
        check_reply_name(&self.reply_name).map_err(|why| format!("batch.reply_name {why}"))
    }

    /// True for the name of a file that is still to be renamed: its ending says so, or a period at its beginning.
    pub fn is_temporary(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        name.starts_with('.') || self.temporary_endings.iter().any(|ending| name.ends_with(ending))
    }
}

/// What is wrong with the form of the names of reply files.
pub(crate) fn check_reply_name(name: &str) -> Result<(), String> {
    if !["{control}", "{kind}"].iter().all(|part| name.contains(part)) || name.contains('/') {
        return Err("must contain {control} and {kind}, and no /".to_owned());
    }
    if name.starts_with('.') || name.len() > 100 {
        return Err("must not begin with a period, and have at most 100 characters".to_owned());
    }
    Ok(())
}

/// `[log]`: one line per interchange, and other events an operator needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// For people or for programs.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug`, or a filter such as `info,x12gate=debug`.
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Log { format: LogFormat::Text, level: "info".to_owned() }
    }
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

//! `[timetable]` and `[reports]`: what `serve` does by itself, and the reports it writes for partners.

use serde::{Deserialize, Serialize};
use time::Time;

/// `[timetable]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timetable {
    /// Local time, `HH:MM`, at which reports are written; empty for never.
    pub reports_at: String,
    /// Local time, `HH:MM`, at which what is old is deleted; empty for never.
    pub purge_at: String,
    /// Minutes between two looks for reviews that are to be closed; 0 for never.
    pub close_reviews_minutes: u32,
    /// Minutes between two looks for decisions that requesters have not been told of; 0 for never.
    pub deliver_reviews_minutes: u32,
}

impl Default for Timetable {
    fn default() -> Self {
        Timetable {
            reports_at: String::new(),
            purge_at: "03:30".to_owned(),
            close_reviews_minutes: 0,
            deliver_reviews_minutes: 0,
        }
    }
}

/// A time of day, `HH:MM`.
fn time_of_day(text: &str) -> Option<Time> {
    Time::parse(text, time::macros::format_description!("[hour]:[minute]")).ok()
}

impl Timetable {
    pub(super) fn check(&self) -> Result<(), String> {
        for (key, text) in [("reports_at", &self.reports_at), ("purge_at", &self.purge_at)] {
            if !text.is_empty() && time_of_day(text).is_none() {
                return Err(format!("timetable.{key} must be a time of day like 02:30, or empty"));
            }
        }
        let day = 24 * 60;
        if self.close_reviews_minutes > day || self.deliver_reviews_minutes > day {
            return Err("timetable: at most 1440 minutes, a day".to_owned());
        }
        Ok(())
    }

    /// When reports are written.
    pub fn reports_at(&self) -> Option<Time> {
        time_of_day(&self.reports_at)
    }

    /// When what is old is deleted.
    pub fn purge_at(&self) -> Option<Time> {
        time_of_day(&self.purge_at)
    }
}

/// A kind of report.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportKind {
    /// What came and what became of it.
    Activity,
    /// Each interchange with its acknowledgments and replies.
    Acknowledgments,
    /// Answers in time, as the CORE operating rules count them.
    ResponseTimes,
    /// Credentials that expire soon.
    Credentials,
}

impl ReportKind {
    /// All of them.
    pub const ALL: [ReportKind; 4] = [
        ReportKind::Activity,
        ReportKind::Acknowledgments,
        ReportKind::ResponseTimes,
        ReportKind::Credentials,
    ];

    /// Its name, on the command line and in the name of its file.
    pub fn name(self) -> &'static str {
        match self {
            ReportKind::Activity => "activity",
            ReportKind::Acknowledgments => "acknowledgments",
            ReportKind::ResponseTimes => "response-times",
            ReportKind::Credentials => "credentials",
        }
    }
}

/// `[reports]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reports {
    /// What a partner is given by the timetable.
    pub kinds: Vec<ReportKind>,
    /// Seconds in which a question in real time is answered.
    pub real_time_seconds: u32,
    /// Percentage of answers that must be in time.
    pub percent_min: u8,
    /// Credentials that expire within so many days are listed.
    pub expiring_days: u16,
}

impl Default for Reports {
    fn default() -> Self {
        Reports {
            kinds: ReportKind::ALL.to_vec(),
            real_time_seconds: 20,
            percent_min: 90,
            expiring_days: 30,
        }
    }
}

impl Reports {
    /// Fails when a value makes no sense.
    pub fn check(&self) -> Result<(), String> {
        if self.real_time_seconds == 0 {
            return Err("reports.real_time_seconds must not be 0".to_owned());
        }
        match self.percent_min {
            1..=100 => Ok(()),
            _ => Err("reports.percent_min must be 1 to 100".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use time::macros::time;

    use crate::config::Config;

    #[test]
    fn times_are_read_and_others_refused() {
        let parse = |text: &str| Config::parse(text, Path::new("a.toml"));
        let config = parse("[timetable]\nreports_at = '02:30'").unwrap();
        assert_eq!(config.timetable.reports_at(), Some(time!(02:30)));
        assert_eq!(config.timetable.purge_at(), Some(time!(03:30)));
        for (text, named) in [
            ("[timetable]\nreports_at = '2 am'", "timetable.reports_at"),
            ("[timetable]\npurge_at = '25:00'", "timetable.purge_at"),
            ("[timetable]\nclose_reviews_minutes = 1441", "a day"),
            ("[reports]\nreal_time_seconds = 0", "reports.real_time_seconds"),
            ("[reports]\npercent_min = 101", "reports.percent_min"),
            ("[reports]\nkinds = ['weather']", "activity"),
        ] {
            let refused = parse(text).unwrap_err().to_string();
            assert!(refused.contains(named), "{refused}");
        }
    }
}

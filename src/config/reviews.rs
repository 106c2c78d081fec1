//! How services reviews are answered (`[reviews]`): the payer's settings, which a partner's profile may override.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use time::{Date, Weekday};

/// The most that a clock counts.
const AMOUNT_MAX: u32 = 3660;

/// A day of [`ReviewPolicy::holidays`].
fn holiday(text: &str) -> Option<Date> {
    Date::parse(text, time::macros::format_description!("[year]-[month]-[day]")).ok()
}

/// How requests for review, inquiries about them and notifications are answered. Every key has a default; an unknown key is an
/// error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReviewPolicy {
    /// The file of decision rules; those built in when empty.
    pub rules: PathBuf,
    /// The form of authorization numbers.
    pub number: String,
    /// The form of the numbers of reviews, which every review has.
    pub receipt: String,
    /// What is done with a request for what stands already.
    pub duplicates: Duplicates,
    /// Months before today that an inquiry reaches back.
    pub window_months: u32,
    /// Most events returned for one inquiry.
    pub events_max: usize,
    /// Days before today that services may begin.
    pub past_days: u32,
    /// Days after today that services may begin.
    pub future_days: u32,
    /// Whether a requester by NPI must be known.
    pub check_provider: bool,
    /// AAA03 for a number that belongs to another patient.
    pub other_patient: String,
    /// Whether notifications (005010X216) are taken; without them, stays are told by an admission review (005010X217).
    pub notifications: bool,
    /// Whether 278s that answer are decisions of the reviewing system.
    pub decisions: Decisions,
    /// Whether an inquiry may name no patient.
    pub without_patient: bool,
    /// What is asked of providers with several locations.
    pub locations: Locations,
    /// UM03 of high-tech imaging, whose authorizations an inquiry about referrals finds too.
    pub imaging_service_types: Vec<String>,
    /// Beginnings of its procedure codes.
    pub imaging_procedures: Vec<String>,
    /// UM01 of the reviews that are done here.
    pub categories: Vec<String>,
    /// How soon reviews have to be decided.
    pub clock: Vec<Clock>,
    /// Days, `CCYY-MM-DD`, that are no business days beside Saturdays and Sundays.
    pub holidays: Vec<String>,
    /// Business days after which a review is closed whose documents were asked for and never came; never when 0.
    pub close_out_business_days: u32,
    /// What providers attest on a screen.
    pub statements: Vec<Statement>,
}

/// What is done with a 278 of 005010X217 that answers instead of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decisions {
    /// It is taken note of.
    Note,
    /// It is applied to the review that waits for it; the partner sends nothing else in this guide.
    Load,
}

/// What is asked of a provider with several locations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locations {
    /// A request says which one is meant.
    Required,
    /// Where it says one, it is one of theirs.
    Checked,
    /// Nothing.
    Ignored,
}

/// A statement that providers attest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The form it is on: `behavioral_health`, `primary_care`...
    pub form: String,
    /// Which version of the text this is.
    pub version: String,
    /// The text.
    pub text: String,
}

/// What is done with a request for what stands already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// It is answered as the one that stands, with its number.
    Existing,
    /// It is not certified (`A3`, reason `0Q`), with the number of the one that stands.
    Refuse,
    /// It is a review like any other.
    Allow,
}

/// How soon a review has to be decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Products it is for; all when empty.
    #[serde(default)]
    pub products: Vec<String>,
    /// Whether it is for urgent reviews (UM06 `U` or `03`), or for the others.
    pub urgent: bool,
    /// How many.
    pub amount: u32,
    /// Of what.
    pub unit: ClockUnit,
    /// When it begins.
    #[serde(default)]
    pub start: ClockStart,
    /// Calendar days by which a person may extend it, once and with notice to the patient.
    #[serde(default)]
    pub extension_days: u32,
}

/// When a clock begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockStart {
    /// When the request is received.
    #[default]
    Received,
    /// When everything that was announced or asked for is there: anew with each document.
    Complete,
}

/// What a clock counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockUnit {
    /// Hours.
    Hours,
    /// Calendar days.
    Days,
    /// Days but for Saturdays, Sundays and holidays.
    BusinessDays,
}

impl Default for ReviewPolicy {
    fn default() -> Self {
        let federal = || ["medicare", "public", "sco"].map(String::from).to_vec();
        let clock = |products, urgent, amount, unit, start, extension_days| Clock {
            products,
            urgent,
            amount,
            unit,
            start,
            extension_days,
        };
        let (received, complete) = (ClockStart::Received, ClockStart::Complete);
        let list = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
        let statement = |form: &str, text: &str| Statement {
            form: form.to_owned(),
            version: "2026-01".to_owned(),
            text: text.to_owned(),
        };
        ReviewPolicy {
            rules: PathBuf::new(),
            number: "A{sequence}".to_owned(),
            receipt: "R{sequence}".to_owned(),
            duplicates: Duplicates::Existing,
            window_months: 24,
            events_max: 50,
            past_days: 365,
            future_days: 365,
            check_provider: true,
            other_patient: "AA".to_owned(),
            notifications: false,
            decisions: Decisions::Note,
            without_patient: true,
            locations: Locations::Required,
            imaging_service_types: list(&["62", "CK", "CM", "CN"]),
            imaging_procedures: list(&[
                "704", "705", "712", "721", "722", "731", "732", "737", "741", "755", "784", "788",
            ]),
            categories: ["AR", "HS", "IN", "SC"].map(String::from).to_vec(),
            clock: vec![
                clock(federal(), true, 72, ClockUnit::Hours, received, 14),
                clock(federal(), false, 7, ClockUnit::Days, received, 14),
                clock(Vec::new(), true, 72, ClockUnit::Hours, received, 0),
                clock(Vec::new(), false, 2, ClockUnit::BusinessDays, complete, 0),
            ],
            holidays: Vec::new(),
            close_out_business_days: 15,
            statements: vec![
                statement(
                    "behavioral_health",
                    "The information submitted is accurate, and the patient's record supports it.",
                ),
                statement(
                    "primary_care",
                    "The member, or the parent or guardian of a member under 18, asked for this primary care provider.",
                ),
            ],
        }
    }
}

impl ReviewPolicy {
    /// The clock of a review: the first that is for its product and urgency.
    pub fn clock_of(&self, product: &str, urgent: bool) -> Option<&Clock> {
        self.clock.iter().find(|clock| {
            let is_for = |named: &String| named == product;
            clock.urgent == urgent
                && (clock.products.is_empty() || clock.products.iter().any(is_for))
        })
    }

    /// Whether this is a business day.
    pub fn is_business_day(&self, day: Date) -> bool {
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
            && !self.holidays.iter().any(|text| holiday(text) == Some(day))
    }

    /// The statement of a form.
    pub fn statement(&self, form: &str) -> Option<&Statement> {
        self.statements.iter().find(|statement| statement.form == form)
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        for (key, form) in [("number", &self.number), ("receipt", &self.receipt)] {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let rest = form.replacen("{sequence}", "", 1);
            if rest.len() == form.len() || rest.len() > 30 || !rest.chars().all(plain) {
                return Err(format!(
                    "reviews.{key} must contain {{sequence}}, and else letters, digits and hyphens"
                ));
            }
        }
        if self.number == self.receipt {
            return Err("reviews.number and reviews.receipt must differ".to_owned());
        }
        if !["AA", "CI"].contains(&self.other_patient.as_str()) {
            return Err("reviews.other_patient must be AA or CI".to_owned());
        }
        if self.events_max == 0 || self.window_months == 0 {
            return Err(
                "reviews.events_max and reviews.window_months must be at least 1".to_owned()
            );
        }
        if self.clock.iter().any(|clock| clock.amount == 0 || clock.amount > AMOUNT_MAX) {
            return Err(format!("reviews.clock: amount must be 1 to {AMOUNT_MAX}"));
        }
        if self.close_out_business_days > AMOUNT_MAX {
            return Err(format!("reviews.close_out_business_days must be at most {AMOUNT_MAX}"));
        }
        if let Some(text) = self.holidays.iter().find(|text| holiday(text).is_none()) {
            return Err(format!("reviews.holidays: `{text}` is not a day such as 2026-12-25"));
        }
        for (index, one) in self.statements.iter().enumerate() {
            if one.form.is_empty() || one.version.is_empty() || one.text.is_empty() {
                return Err(
                    "reviews.statements: form, version and text must not be empty".to_owned()
                );
            }
            if self.statements[..index].iter().any(|other| other.form == one.form) {
                return Err(format!("reviews.statements: there are two of the form {}", one.form));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_read_back_and_unknown_keys_are_refused() {
        let text = toml::to_string(&ReviewPolicy::default()).unwrap();
        assert_eq!(toml::from_str::<ReviewPolicy>(&text).unwrap(), ReviewPolicy::default());
        assert!(toml::from_str::<ReviewPolicy>("rule = ''").is_err());
        assert!(ReviewPolicy::default().check().is_ok());
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (text, about) in [
            ("number = 'A'", "number"),
            ("receipt = 'R {sequence}'", "receipt"),
            ("number = 'R{sequence}'", "differ"),
            ("other_patient = 'NC'", "other_patient"),
            ("events_max = 0", "events_max"),
            ("clock = [{ urgent = true, amount = 0, unit = 'hours' }]", "clock"),
            ("holidays = ['2026-02-30']", "2026-02-30"),
            ("close_out_business_days = 4000", "close_out"),
            ("statements = [{ form = 'a', version = '', text = 't' }]", "statements"),
            (
                "statements = [{ form = 'a', version = '1', text = 't' }, { form = 'a', version = '2', text = 't' }]",
                "two",
            ),
        ] {
            let why = toml::from_str::<ReviewPolicy>(text).unwrap().check().unwrap_err();
            assert!(why.contains(about), "{why}");
        }
    }

    #[test]
    fn holidays_and_weekends_are_no_business_days() {
        let policy =
            ReviewPolicy { holidays: vec!["2026-12-25".into()], ..ReviewPolicy::default() };
        use time::macros::date;
        for (day, is_business) in [
            (date!(2026 - 12 - 24), true),
            (date!(2026 - 12 - 25), false),
            (date!(2026 - 12 - 26), false),
            (date!(2026 - 12 - 28), true),
        ] {
            assert_eq!(policy.is_business_day(day), is_business, "{day}");
        }
    }

    #[test]
    fn the_first_clock_for_product_and_urgency_counts() {
        let policy = ReviewPolicy::default();
        let of = |product, urgent| {
            let clock = policy.clock_of(product, urgent).unwrap();
            (clock.amount, clock.unit)
        };
        assert_eq!(of("medicare", true), (72, ClockUnit::Hours));
        assert_eq!(of("medicare", false), (7, ClockUnit::Days));
        assert_eq!(of("commercial", false), (2, ClockUnit::BusinessDays));
    }
}

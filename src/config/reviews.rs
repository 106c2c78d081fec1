//! How services reviews are answered (`[reviews]`): the payer's settings, which a partner's profile may override.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

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
    /// Whether notifications (005010X216) are taken.
    pub notifications: bool,
    /// UM01 of the reviews that are done here.
    pub categories: Vec<String>,
    /// How soon reviews have to be decided.
    pub clock: Vec<Clock>,
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
}

/// What a clock counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockUnit {
    /// Hours.
    Hours,
    /// Calendar days.
    Days,
    /// Days but for Saturdays and Sundays.
    BusinessDays,
}

impl Default for ReviewPolicy {
    fn default() -> Self {
        let federal = || ["medicare", "public", "sco"].map(String::from).to_vec();
        let clock = |products, urgent, amount, unit| Clock { products, urgent, amount, unit };
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
            notifications: true,
            categories: ["AR", "HS", "IN", "SC"].map(String::from).to_vec(),
            clock: vec![
                clock(federal(), true, 72, ClockUnit::Hours),
                clock(federal(), false, 7, ClockUnit::Days),
                clock(Vec::new(), true, 72, ClockUnit::Hours),
                clock(Vec::new(), false, 2, ClockUnit::BusinessDays),
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
        if self.clock.iter().any(|clock| clock.amount == 0) {
            return Err("reviews.clock: amount must be at least 1".to_owned());
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
        ] {
            let why = toml::from_str::<ReviewPolicy>(text).unwrap().check().unwrap_err();
            assert!(why.contains(about), "{why}");
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

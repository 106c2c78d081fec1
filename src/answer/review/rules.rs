//! Decision rules, as data: the first rule that holds decides.

use serde::Deserialize;
use time::Date;

/// What a request says, and what is known about it, as far as rules ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// UM01.
    pub review: Box<str>,
    /// UM02.
    pub certification: Box<str>,
    /// The product of the plan.
    pub product: Box<str>,
    /// The plan.
    pub plan: Box<str>,
    /// Its insurance type, EB04.
    pub insurance_type: Box<str>,
    /// UM03.
    pub service_type: Box<str>,
    /// UM04-1.
    pub place: Box<str>,
    /// UM06.
    pub level: Box<str>,
    /// Whether the provider is in the network of the plan; none where no provider is named.
    pub in_network: Option<bool>,
    /// Whether the requester is the member's primary care provider.
    pub by_own_pcp: bool,
    /// NM101 of the provider.
    pub role: Box<str>,
    /// Taxonomy codes of the provider.
    pub taxonomies: Vec<Box<str>>,
    /// The procedure, or else the revenue code.
    pub procedure: Box<str>,
    /// Diagnoses.
    pub diagnoses: Vec<Box<str>>,
    /// MSG, in capitals.
    pub message: Box<str>,
    /// What is asked for: unit and number.
    pub quantity: Option<(Box<str>, u32)>,
    /// Today.
    pub today: Option<Date>,
    /// First and last day that is asked for; today where none is.
    pub days: Option<(Date, Date)>,
}

/// A file of rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The rules, in order.
    #[serde(rename = "rule", default)]
    pub all: Vec<Rule>,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name.
    pub name: Box<str>,
    /// Why there is such a rule.
    #[serde(default)]
    pub note: Box<str>,
    /// What must hold.
    #[serde(default)]
    pub when: Conditions,
    /// What must not.
    pub unless: Option<Conditions>,
    /// What is decided.
    pub then: Outcome,
}

/// Conditions, all of which must hold. What is absent restricts nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Conditions {
    /// UM01.
    pub review: Vec<Box<str>>,
    /// UM02.
    pub certification: Vec<Box<str>>,
    /// Products.
    pub products: Vec<Box<str>>,
    /// Plans.
    pub plans: Vec<Box<str>>,
    /// EB04.
    pub insurance_types: Vec<Box<str>>,
    /// UM03.
    pub service_types: Vec<Box<str>>,
    /// UM04-1.
    pub places: Vec<Box<str>>,
    /// UM06.
    pub levels: Vec<Box<str>>,
    /// In or out of the network.
    pub network: Option<NetworkSide>,
    /// Who asks.
    pub requester: Option<RequesterIs>,
    /// NM101 of the provider.
    pub roles: Vec<Box<str>>,
    /// Beginnings of taxonomy codes.
    pub taxonomies: Vec<Box<str>>,
    /// Beginnings of procedure codes.
    pub procedures: Vec<Box<str>>,
    /// Beginnings of diagnosis codes.
    pub diagnoses: Vec<Box<str>>,
    /// Words of the message.
    pub message: Option<Box<str>>,
    /// How many are asked for.
    pub quantity: Option<QuantityRange>,
    /// Days from today to the first day.
    pub days_ahead: Option<Range>,
    /// Days from the first to the last.
    pub duration_days: Option<Range>,
}

/// In or out of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkSide {
    /// In it.
    In,
    /// Out of it.
    Out,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequesterIs {
    /// The member's primary care provider.
    OwnPcp,
    /// Anybody else.
    Other,
}

/// So many of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantityRange {
    /// HSD01.
    pub unit: Box<str>,
    /// At least.
    pub min: Option<u32>,
    /// At most.
    pub max: Option<u32>,
}

/// From one number to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// At least.
    pub min: Option<i64>,
    /// At most.
    pub max: Option<i64>,
}

impl Range {
    fn holds(self, number: i64) -> bool {
        self.min.is_none_or(|min| number >= min) && self.max.is_none_or(|max| number <= max)
    }
}

/// A document that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// PWK01, the kind of document; empty where it is asked for by its LOINC code alone.
    #[serde(default)]
    pub report: Box<str>,
    /// PWK02, how it is to come.
    #[serde(default)]
    pub transmission: Box<str>,
    /// Its LOINC code, which goes into HI; empty for none.
    #[serde(default)]
    pub loinc: Box<str>,
}

/// What is decided.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// Certified as asked (A1), or modified (A6) where more is asked for than is given.
    Approve {
        /// Months from today that it is valid at most.
        valid_months: u32,
        /// At most so many are certified.
        quantity_max: Option<u32>,
        /// So many where none are asked for, of `unit`.
        quantity: Option<u32>,
        /// HSD01 of `quantity`.
        unit: Option<Box<str>>,
        /// MSG.
        #[serde(default)]
        message: Box<str>,
    },
    /// Certified with another quantity than was asked for (A6).
    Modify {
        /// Months from today that it is valid at most.
        valid_months: u32,
        /// So many are certified.
        quantity: u32,
        /// HCR03.
        reason: Box<str>,
        /// MSG.
        #[serde(default)]
        message: Box<str>,
    },
    /// It waits for a reviewer (A4).
    Pend {
        /// HCR03.
        reason: Box<str>,
        /// Documents that are wanted.
        #[serde(default)]
        documents: Vec<Wanted>,
        /// MSG.
        #[serde(default)]
        message: Box<str>,
    },
    /// Another organization reviews it (CT).
    Refer {
        /// HCR03.
        reason: Box<str>,
        /// Its name.
        name: Box<str>,
        /// Its telephone, ten digits.
        telephone: Box<str>,
        /// MSG.
        #[serde(default)]
        message: Box<str>,
    },
    /// No certification is needed (NA).
    NotRequired {
        /// HCR03.
        reason: Box<str>,
        /// MSG.
        #[serde(default)]
        message: Box<str>,
    },
    /// Not certified (A3).
    Deny {
        /// HCR03.
        reason: Box<str>,
        /// MSG.
        #[serde(default)]
        message: Box<str>,
    },
    /// It is not decided at all, because the request is at fault (AAA).
    Reject {
        /// AAA03.
        code: Box<str>,
        /// AAA04.
        follow_up: Box<str>,
    },
}

impl Conditions {
    /// The first condition that does not hold; none where all do.
    pub fn first_miss(&self, facts: &Facts) -> Option<&'static str> {
        let among = |list: &[Box<str>], value: &str| {
            list.is_empty() || list.iter().any(|one| one.eq_ignore_ascii_case(value))
        };
        let begins = |list: &[Box<str>], values: &[Box<str>]| {
            list.is_empty()
                || values.iter().any(|value| list.iter().any(|one| value.starts_with(&**one)))
        };
        let network = self.network.map(|side| side == NetworkSide::In);
        let ahead =
            facts.today.zip(facts.days).map(|(today, (from, _))| (from - today).whole_days());
        let duration = facts.days.map(|(from, to)| (to - from).whole_days() + 1);
        let in_range = |range: Option<Range>, number: Option<i64>| {
            range.is_none_or(|range| number.is_some_and(|number| range.holds(number)))
        };
        let quantity = self.quantity.as_ref().is_none_or(|range| {
            facts.quantity.as_ref().is_some_and(|(unit, count)| {
                *unit == range.unit
                    && range.min.is_none_or(|min| *count >= min)
                    && range.max.is_none_or(|max| *count <= max)
            })
        });
        let procedure = std::slice::from_ref(&facts.procedure);
        let requester =
            self.requester.is_none_or(|who| (who == RequesterIs::OwnPcp) == facts.by_own_pcp);
        let message = self.message.as_ref();
        let message = message.is_none_or(|words| facts.message.contains(&*words.to_uppercase()));
        [
            ("review", among(&self.review, &facts.review)),
            ("certification", among(&self.certification, &facts.certification)),
            ("products", among(&self.products, &facts.product)),
            ("plans", among(&self.plans, &facts.plan)),
            ("insurance_types", among(&self.insurance_types, &facts.insurance_type)),
            ("service_types", among(&self.service_types, &facts.service_type)),
            ("places", among(&self.places, &facts.place)),
            ("levels", among(&self.levels, &facts.level)),
            ("network", network.is_none_or(|inside| facts.in_network == Some(inside))),
            ("requester", requester),
            ("roles", among(&self.roles, &facts.role)),
            ("taxonomies", begins(&self.taxonomies, &facts.taxonomies)),
            ("procedures", begins(&self.procedures, procedure)),
            ("diagnoses", begins(&self.diagnoses, &facts.diagnoses)),
            ("message", message),
            ("quantity", quantity),
            ("days_ahead", in_range(self.days_ahead, ahead)),
            ("duration_days", in_range(self.duration_days, duration)),
        ]
        .into_iter()
        .find_map(|(name, holds)| (!holds).then_some(name))
    }
}

impl Rule {
    /// Why the rule does not decide; none where it does.
    pub fn miss(&self, facts: &Facts) -> Option<&'static str> {
        self.when.first_miss(facts).or_else(|| {
            let excepted =
                self.unless.as_ref().is_some_and(|unless| unless.first_miss(facts).is_none());
            excepted.then_some("unless")
        })
    }
}

impl Rules {
    /// The rules that are built in.
    pub const BUILT_IN: &'static str = include_str!("../../../fixtures/demo/review-rules.toml");

    /// Reads a file of rules.
    ///
    /// # Errors
    /// What is wrong with it, with its place.
    pub fn parse(text: &str) -> Result<Rules, String> {
        let rules: Rules = toml::from_str(text).map_err(|error| error.to_string())?;
        for (index, rule) in rules.all.iter().enumerate() {
            if rule.name.trim().is_empty() {
                return Err(format!("rule {} has no name", index + 1));
            }
            if let Outcome::Pend { documents, .. } = &rule.then {
                let says_nothing = |one: &Wanted| {
                    (one.report.is_empty() || one.transmission.is_empty()) && one.loinc.is_empty()
                };
                if documents.iter().any(says_nothing) {
                    let name = &rule.name;
                    return Err(format!(
                        "{name}: a document needs report and transmission, or loinc"
                    ));
                }
            }
            if rules.all[..index].iter().any(|before| before.name == rule.name) {
                return Err(format!("there are two rules named {}", rule.name));
            }
        }
        Ok(rules)
    }

    /// The rule that decides; none where none does.
    pub fn decide(&self, facts: &Facts) -> Option<&Rule> {
        self.all.iter().find(|rule| rule.miss(facts).is_none())
    }
}

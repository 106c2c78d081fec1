//! How findings are treated: their severity by SNIP type and by code, what an error rejects, and where that was set.

use std::sync::Arc;

use super::{Code, Finding, Severity};

/// How findings of one SNIP type, or of one code, are treated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Treatment {
    /// As the catalog says: errors reject, warnings do not.
    #[default]
    AsFound,
    /// Warnings become errors, so that every one of them rejects.
    Reject,
    /// Errors become warnings.
    Warn,
    /// They are not reported at all.
    Ignore,
}

impl Treatment {
    /// The word for it in settings: `default`, `reject`, `warn`, `off`.
    pub fn as_str(self) -> &'static str {
        match self {
            Treatment::AsFound => "default",
            Treatment::Reject => "reject",
            Treatment::Warn => "warn",
            Treatment::Ignore => "off",
        }
    }

    /// The treatment of this word.
    pub fn from_word(word: &str) -> Option<Treatment> {
        [Treatment::AsFound, Treatment::Reject, Treatment::Warn, Treatment::Ignore]
            .into_iter()
            .find(|treatment| treatment.as_str() == word)
    }

    /// The severity that results; `None` when the finding is not reported. Notes stay notes.
    fn of(self, found: Severity) -> Option<Severity> {
        match self {
            Treatment::AsFound => Some(found),
            Treatment::Reject if found == Severity::Warning => Some(Severity::Error),
            Treatment::Reject => Some(found),
            Treatment::Warn => Some(found.min(Severity::Warning)),
            Treatment::Ignore => None,
        }
    }
}

/// Where a treatment was set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Author {
    /// Nowhere.
    #[default]
    Catalog,
    /// The settings of the server.
    Settings,
    /// The profile of the partner.
    Partner,
    /// The options of the command line.
    Caller,
}

/// What gave a finding its severity.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Grounds {
    /// The catalog, or the rule that was broken.
    #[default]
    Catalog,
    /// The choice for its SNIP type.
    SnipType,
    /// The choice for its code.
    Code,
}

/// What an error rejects.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Unit {
    /// The transaction set it is in.
    #[default]
    Set,
    /// In an 837 the claims it belongs to, where it belongs to some; else the set.
    Claim,
}

/// A choice of treatment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Choice {
    treatment: Treatment,
    author: Author,
}

/// Why a treatment cannot be chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unchangeable {
    /// Errors of SNIP type 1 always reject.
    #[error("syntax errors (SNIP type 1) always reject")]
    Syntax,
    /// The finding is about an interchange or group, or about the checking itself.
    #[error("the finding is not about a transaction set")]
    Envelope,
}

/// How findings are treated, for a partner or for a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    /// At index 1 to 7.
    snips: [Choice; 8],
    codes: Vec<(Code, Choice)>,
    /// Findings kept for each transaction set; beyond these one finding reports that there are more.
    pub findings_per_set_max: usize,
    /// What an error rejects.
    pub unit: Unit,
    /// The id of the partner whose policy it is, for naming where a treatment was set.
    pub partner: Option<Arc<str>>,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            snips: [Choice::default(); 8],
            codes: Vec::new(),
            findings_per_set_max: 500,
            unit: Unit::Set,
            partner: None,
        }
    }
}

impl Policy {
    /// The same policy, with this as what an error rejects.
    #[must_use]
    pub fn with_unit(mut self, unit: Unit) -> Self {
        self.unit = unit;
        self
    }

    /// Sets the treatment of a SNIP type, 1 to 7. Of type 1 only the warnings can be given another severity.
    pub fn treat_snip(
        &mut self,
        snip: u8,
        treatment: Treatment,
        author: Author,
    ) -> Result<(), Unchangeable> {
        if snip == 1 && matches!(treatment, Treatment::Warn | Treatment::Ignore) {
            return Err(Unchangeable::Syntax);
        }
        self.snips[usize::from(snip & 7)] = Choice { treatment, author };
        Ok(())
    }

    /// Sets the treatment of one code, whatever is set for its SNIP type.
    pub fn treat_code(
        &mut self,
        code: Code,
        treatment: Treatment,
        author: Author,
    ) -> Result<(), Unchangeable> {
        let entry = code.entry();
        // Codes below 1200 are about envelopes, which are treated the same for every partner.
        if (code as u16) < 1200 || (code as u16) >= 9000 {
            return Err(Unchangeable::Envelope);
        }
        let demotes = matches!(treatment, Treatment::Warn | Treatment::Ignore);
        if entry.snip == 1 && entry.severity == Severity::Error && demotes {
            return Err(Unchangeable::Syntax);
        }
        let choice = Choice { treatment, author };
        match self.codes.iter_mut().find(|(known, _)| *known == code) {
            Some((_, known)) => *known = choice,
            None => self.codes.push((code, choice)),
        }
        Ok(())
    }

    /// The severity of a finding of this SNIP type whose own severity is at most this, and what gave it; `None` when it
    /// is not to be reported.
    pub fn severity(&self, code: Code, snip: u8, most: Severity) -> Option<(Severity, Grounds)> {
        let entry = code.entry();
        let found = entry.severity.min(most);
        if code == Code::FindingBudget {
            return Some((found, Grounds::Catalog));
        }
        let (choice, grounds) = match self.codes.iter().find(|(known, _)| *known == code) {
            Some((_, choice)) => (choice, Grounds::Code),
            None => (&self.snips[usize::from(snip & 7)], Grounds::SnipType),
        };
        let severity = choice.treatment.of(found)?;
        Some((severity, if severity == found { Grounds::Catalog } else { grounds }))
    }

    /// The setting that gave a finding its severity, such as `snip_5 = "reject" for partner acme`; `None` when it is the
    /// catalog's.
    pub fn reason(&self, finding: &Finding) -> Option<String> {
        let entry = finding.code.entry();
        let (key, choice) = match finding.grounds {
            Grounds::Catalog => return None,
            Grounds::SnipType => {
                let snip = finding.snip();
                (format!("snip_{snip}"), self.snips[usize::from(snip & 7)])
            }
            Grounds::Code => {
                let (_, choice) = self.codes.iter().find(|(code, _)| *code == finding.code)?;
                (format!("codes.{}", entry.id), *choice)
            }
        };
        let author = match (choice.author, &self.partner) {
            (Author::Partner, Some(id)) => format!("for partner {id}"),
            (Author::Partner, None) => "for the partner".to_owned(),
            (Author::Settings, _) => "in the settings".to_owned(),
            (Author::Caller, _) => "on the command line".to_owned(),
            (Author::Catalog, _) => "in the catalog".to_owned(),
        };
        Some(format!("{key} = \"{}\" {author}", choice.treatment.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Detail, Locus};

    fn severity(policy: &Policy, code: Code) -> Option<Severity> {
        policy.severity(code, code.entry().snip, Severity::Error).map(|(severity, _)| severity)
    }

    #[test]
    fn reject_promotes_and_the_default_does_not() {
        let mut policy = Policy::default();
        assert_eq!(severity(&policy, Code::ProviderIdentifier), Some(Severity::Warning));
        policy.treat_snip(5, Treatment::Reject, Author::Settings).unwrap();
        assert_eq!(severity(&policy, Code::ProviderIdentifier), Some(Severity::Error));
        policy.treat_snip(5, Treatment::Ignore, Author::Settings).unwrap();
        assert_eq!(severity(&policy, Code::ProviderIdentifier), None);
    }

    #[test]
    fn a_rule_that_is_a_warning_is_promoted_too() {
        let mut policy = Policy::default();
        let rule = |p: &Policy| p.severity(Code::SituationalSegmentMissing, 4, Severity::Warning);
        assert_eq!(rule(&policy), Some((Severity::Warning, Grounds::Catalog)));
        policy.treat_snip(4, Treatment::Reject, Author::Settings).unwrap();
        assert_eq!(rule(&policy), Some((Severity::Error, Grounds::SnipType)));
    }

    #[test]
    fn a_rule_brings_its_own_type() {
        let mut policy = Policy::default();
        policy.treat_snip(6, Treatment::Ignore, Author::Settings).unwrap();
        let code = Code::SituationalSegmentMissing;
        let of =
            |snip| Detail::Rule { rule: 0, snip, trigger_segment: 0, trigger_test: 0 }.snip(code);
        assert_eq!(policy.severity(code, of(6), Severity::Error), None);
        assert!(policy.severity(code, of(4), Severity::Error).is_some());
        assert_eq!(Detail::None.snip(code), 4);
    }

    #[test]
    fn a_code_goes_before_its_type() {
        let mut policy = Policy::default();
        policy.treat_snip(5, Treatment::Ignore, Author::Settings).unwrap();
        policy.treat_code(Code::ProviderIdentifier, Treatment::Reject, Author::Partner).unwrap();
        assert_eq!(severity(&policy, Code::ProviderIdentifier), Some(Severity::Error));
        assert_eq!(severity(&policy, Code::CodeSet), None);
    }

    #[test]
    fn broken_syntax_always_rejects() {
        let mut policy = Policy::default();
        let syntax = Err(Unchangeable::Syntax);
        assert_eq!(policy.treat_snip(1, Treatment::Warn, Author::Settings), syntax);
        assert_eq!(policy.treat_code(Code::ElementDate, Treatment::Warn, Author::Settings), syntax);
        let edition = Code::GuideEdition;
        assert_eq!(policy.treat_code(edition, Treatment::Reject, Author::Settings), Ok(()));
        assert_eq!(severity(&policy, edition), Some(Severity::Error));
        let envelope = Err(Unchangeable::Envelope);
        assert_eq!(
            policy.treat_code(Code::SenderId, Treatment::Reject, Author::Settings),
            envelope
        );
    }

    #[test]
    fn the_reason_names_the_setting_and_whose_it_is() {
        let mut policy = Policy { partner: Some("acme".into()), ..Policy::default() };
        policy.treat_snip(5, Treatment::Reject, Author::Partner).unwrap();
        let code = Code::ProviderIdentifier;
        let (severity, grounds) =
            policy.severity(code, code.entry().snip, Severity::Error).unwrap();
        let mut found = Finding {
            code,
            severity,
            grounds,
            at: Locus::default(),
            detail: Detail::None,
            because: None,
        };
        assert_eq!(policy.reason(&found).unwrap(), "snip_5 = \"reject\" for partner acme");
        policy.treat_code(code, Treatment::Reject, Author::Caller).unwrap();
        found.grounds = Grounds::Code;
        let words = "codes.X12-5102 = \"reject\" on the command line";
        assert_eq!(policy.reason(&found).unwrap(), words);
    }
}

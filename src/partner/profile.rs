//! One partner: the profile text applied over the server's settings.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::scope::{EVERY_SET, Grants, Lane, ProviderScope};
use crate::config::{
    AckPolicy, AttachmentPolicy, ClaimPolicy, Config, ConfigError, EligibilityPolicy, Output,
    UsagePolicy, Validation, locate,
};
use crate::config::{ClaimStatusPolicy, EnrollmentPolicy, Reports, check_reply_name};
use crate::config::{ReviewPolicy, ranges};
use crate::finding::{Author, Policy};

/// An ISA id with its qualifier.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IsaId {
    /// ISA05 or ISA07.
    pub qualifier: Box<str>,
    /// ISA06 or ISA08, without padding.
    pub id: Box<str>,
}

/// A partner with every setting resolved: what the profile overrides, and the server's for the rest.
#[derive(Clone, Debug)]
pub struct Partner {
    /// Short key, for logs and control number series.
    pub id: Arc<str>,
    /// Name for people.
    pub name: Box<str>,
    /// ISA ids they send under.
    pub isa: Vec<IsaId>,
    /// GS02 values they send under; any when empty.
    pub groups: Vec<Box<str>>,
    /// Which ISA15 they may send.
    pub usage: UsagePolicy,
    /// Transaction sets they may send (ST01); all we can answer when empty.
    pub sets: Vec<Box<str>>,
    /// Lanes they may use; both when empty.
    pub lanes: Vec<Lane>,
    /// For which providers they may inquire.
    pub scope: ProviderScope,
    /// For which providers they may use single sets, where that differs.
    scopes: HashMap<Box<str>, ProviderScope>,
    /// What the user may do who is calling; none when it is the partner itself.
    grants: Option<Arc<Grants>>,
    /// Nothing is taken from them.
    pub disabled: bool,
    /// Names of guide overlays (companion guides) that apply to them.
    pub overlays: Vec<Box<str>>,
    /// The form of the names of reply files for them; the server's when there is none.
    pub reply_name: Option<Box<str>>,
    /// Requests of theirs over HTTP that are worked on at once; the server's number when there is none.
    pub requests_max: Option<usize>,
    /// Requests of theirs over HTTP in a minute, 0 for no limit; the server's number when there is none.
    pub requests_per_minute_max: Option<u32>,
    /// The reports they are given.
    pub reports: Arc<Reports>,
    /// The form of replies to them.
    pub output: Output,
    /// Which acknowledgments they get.
    pub ack: AckPolicy,
    /// How strictly their sets are checked.
    pub policy: Policy,
    /// How their claims are treated.
    pub claims: ClaimPolicy,
    /// How their documents about claims are treated.
    pub attachments: Arc<AttachmentPolicy>,
    /// How their eligibility inquiries are answered.
    pub eligibility: Arc<EligibilityPolicy>,
    /// How their requests for the status of claims are answered.
    pub claim_status: Arc<ClaimStatusPolicy>,
    /// How their enrollment is loaded.
    pub enrollment: Arc<EnrollmentPolicy>,
    /// How their services reviews are answered.
    pub reviews: Arc<ReviewPolicy>,
}

/// The profile text. The sections are those of the server's settings, so that each key is checked with its place.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Shape {
    id: Box<str>,
    name: Box<str>,
    isa: Vec<IsaId>,
    groups: Vec<Box<str>>,
    usage: Option<UsagePolicy>,
    sets: Vec<Box<str>>,
    lanes: Vec<Lane>,
    npis: Vec<Box<str>>,
    disabled: bool,
    overlays: Vec<Box<str>>,
    reply_name: Option<Box<str>>,
    requests_max: Option<usize>,
    requests_per_minute_max: Option<u32>,
    #[serde(rename = "reports")]
    _reports: Reports,
    #[serde(rename = "output")]
    _output: Output,
    #[serde(rename = "ack")]
    _ack: AckPolicy,
    validation: Validation,
    #[serde(rename = "claims")]
    _claims: ClaimPolicy,
    #[serde(rename = "attachments")]
    _attachments: AttachmentPolicy,
    #[serde(rename = "eligibility")]
    _eligibility: EligibilityPolicy,
    #[serde(rename = "claim_status")]
    _claim_status: ClaimStatusPolicy,
    #[serde(rename = "enrollment")]
    _enrollment: EnrollmentPolicy,
    #[serde(rename = "reviews")]
    _reviews: ReviewPolicy,
}

impl Partner {
    /// Reads a profile; `path` is only named in errors, and its stem is the id when the profile names none.
    pub fn parse(text: &str, path: &Path, server: &Config) -> Result<Partner, ConfigError> {
        let located = |error: toml::de::Error| locate(path, text, &error);
        let invalid = |why: String| ConfigError::Invalid { path: path.to_owned(), why };
        // Read twice: as a table to see which keys are there and their ranges, and into the sections for errors with a place.
        let table: toml::Table = toml::from_str(text).map_err(located)?;
        ranges::check(&table).map_err(invalid)?;
        let shape: Shape = toml::from_str(text).map_err(located)?;
        let id: Arc<str> = match &*shape.id {
            "" => path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("").into(),
            id => id.into(),
        };
        let mut policy = server.policy();
        policy.partner = Some(id.clone());
        let own = table.get("validation").and_then(toml::Value::as_table);
        let is_named = |key: &str| own.is_some_and(|own| own.contains_key(key));
        shape.validation.choose(&mut policy, Author::Partner, is_named).map_err(invalid)?;
        let partner = Partner {
            id,
            name: shape.name,
            isa: shape.isa,
            groups: shape.groups,
            usage: shape.usage.unwrap_or(server.identity.usage),
            sets: shape.sets,
            lanes: shape.lanes,
            scope: match shape.npis.is_empty() {
                true => ProviderScope::All,
                false => ProviderScope::Only(Arc::new(HashSet::from_iter(shape.npis))),
            },
            scopes: HashMap::new(),
            grants: None,
            disabled: shape.disabled,
            overlays: shape.overlays,
            reply_name: shape.reply_name.filter(|name| !name.is_empty()),
            requests_max: shape.requests_max,
            requests_per_minute_max: shape.requests_per_minute_max,
            reports: overlay(&server.reports, table.get("reports")).map_err(located)?.into(),
            output: overlay(&server.output, table.get("output")).map_err(located)?,
            ack: overlay(&server.ack, table.get("ack")).map_err(located)?,
            policy,
            claims: overlay(&server.claims, table.get("claims")).map_err(located)?,
            attachments: overlay(&server.attachments, table.get("attachments"))
                .map_err(located)?
                .into(),
            eligibility: overlay(&server.eligibility, table.get("eligibility"))
                .map_err(located)?
                .into(),
            enrollment: overlay(&server.enrollment, table.get("enrollment"))
                .map_err(located)?
                .into(),
            reviews: overlay(&server.reviews, table.get("reviews")).map_err(located)?.into(),
            claim_status: overlay(&server.claim_status, table.get("claim_status"))
                .map_err(located)?
                .into(),
        };
        partner.check().map_err(invalid)?;
        Ok(partner)
    }

    /// A partner without a profile: answered with the server's settings.
    pub fn stranger(server: &Config) -> Partner {
        Partner {
            id: "stranger".into(),
            name: "a sender without a profile".into(),
            isa: Vec::new(),
            groups: Vec::new(),
            usage: server.identity.usage,
            sets: Vec::new(),
            lanes: Vec::new(),
            scope: ProviderScope::All,
            scopes: HashMap::new(),
            grants: None,
            disabled: false,
            overlays: Vec::new(),
            reply_name: None,
            requests_max: None,
            requests_per_minute_max: None,
            reports: Arc::new(server.reports.clone()),
            output: server.output.clone(),
            ack: server.ack.clone(),
            policy: server.policy(),
            claims: server.claims.clone(),
            attachments: Arc::new(server.attachments.clone()),
            eligibility: Arc::new(server.eligibility.clone()),
            claim_status: Arc::new(server.claim_status.clone()),
            enrollment: Arc::new(server.enrollment.clone()),
            reviews: Arc::new(server.reviews.clone()),
        }
    }

    fn check(&self) -> Result<(), String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.id.is_empty() || self.id.len() > 40 || !self.id.chars().all(plain) {
            return Err("id must be 1 to 40 letters, digits, hyphens or underscores".to_owned());
        }
        if self.isa.is_empty() {
            return Err("isa must have at least one { qualifier, id } that the partner sends with"
                .to_owned());
        }
        for isa in &self.isa {
            if isa.qualifier.len() != 2 || isa.id.trim().is_empty() || isa.id.len() > 15 {
                return Err("isa: a qualifier has 2 characters, an ID 1 to 15".to_owned());
            }
        }
        if let Some(name) = &self.reply_name {
            check_reply_name(name).map_err(|why| format!("reply_name {why}"))?;
        }
        if self.requests_max == Some(0) {
            return Err("requests_max must not be 0; disable the partner instead".to_owned());
        }
        self.reports.check()?;
        self.claims.check()?;
        self.claim_status.check()?;
        self.enrollment.check()?;
        self.reviews.check()?;
        self.output.check()
    }

    /// The same partner, as one of its users calls who may do no more than this.
    pub fn for_user(&self, grants: Arc<Grants>) -> Partner {
        let within = |set: &str| self.scope.within(grants.npis(set));
        let scopes = grants.sets().map(|set| (set.into(), within(set))).collect();
        Partner { scope: within(EVERY_SET), scopes, grants: Some(grants), ..self.clone() }
    }

    /// For which providers they may use this set.
    pub fn scope_of(&self, set: &str) -> &ProviderScope {
        self.scopes.get(set).unwrap_or(&self.scope)
    }

    /// True when they may send this set in this lane.
    pub fn may_send(&self, set: &str, lane: Lane) -> bool {
        self.grants.as_ref().is_none_or(|grants| grants.allows(set))
            && (self.sets.is_empty() || self.sets.iter().any(|allowed| &**allowed == set))
            && (self.lanes.is_empty() || self.lanes.contains(&lane))
    }

    /// True when this GS02 is one of theirs.
    pub fn owns_group(&self, sender: &str) -> bool {
        self.groups.is_empty() || self.groups.iter().any(|id| &**id == sender)
    }
}

/// `base` with the keys of `over` in place of its own.
fn overlay<T>(base: &T, over: Option<&toml::Value>) -> Result<T, toml::de::Error>
where
    T: Clone + Serialize + DeserializeOwned,
{
    let Some(toml::Value::Table(over)) = over else {
        return Ok(base.clone());
    };
    let mut merged = toml::Table::try_from(base).map_err(serde::de::Error::custom)?;
    lay(&mut merged, over);
    merged.try_into()
}

fn lay(base: &mut toml::Table, over: &toml::Table) {
    for (key, value) in over {
        match (base.get_mut(key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(over)) => lay(inner, over),
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Ack999, Ta1Policy};
    use crate::finding::{Code, Grounds, Severity};

    fn parse(text: &str) -> Result<Partner, ConfigError> {
        Partner::parse(text, Path::new("partners/acme.toml"), &Config::default())
    }

    #[test]
    fn a_profile_overrides_single_keys() {
        let text = "isa = [{ qualifier = 'ZZ', id = 'ACME' }]\n[ack]\nta1 = 'always'\n\
                    [validation]\nsnip_4 = 'warn'\n[output]\nterminator = \"\\n\"\n[eligibility.dates]\npast_months = 48\n\
                    [claim_status]\nnot_found = 'A4:35'\n";
        let partner = parse(text).unwrap();
        assert_eq!(&*partner.id, "acme");
        assert_eq!(partner.ack.ta1, Ta1Policy::Always);
        assert_eq!(partner.ack.batch, Ack999::Always);
        let severity =
            |code| partner.policy.severity(code, code.entry().snip, Severity::Error).unwrap();
        let warned = (Severity::Warning, Grounds::SnipType);
        assert_eq!(severity(Code::SituationalSegmentMissing), warned);
        assert_eq!(severity(Code::SegmentMissing), (Severity::Error, Grounds::Catalog));
        assert_eq!(partner.output.delimiters().terminator, b'\n');
        assert_eq!(partner.output.delimiters().element, b'*');
        assert_eq!(partner.eligibility.dates.past_months, 48);
        assert_eq!(partner.eligibility.dates.range_days_max, 366);
        assert_eq!(partner.claim_status.not_found, "A4:35");
        assert_eq!(partner.claim_status.window_months, 24);
    }

    #[test]
    fn what_the_server_overrides_stays_under_the_profile() {
        let mut server = Config::default();
        server.ack.list_accepted = false;
        let text = "isa = [{ qualifier = 'ZZ', id = 'ACME' }]\n[ack]\nta1 = 'never'\n";
        let partner = Partner::parse(text, Path::new("acme.toml"), &server).unwrap();
        assert!(!partner.ack.list_accepted);
    }

    #[test]
    fn a_misspelt_override_has_its_place() {
        let text = "isa = [{ qualifier = 'ZZ', id = 'ACME' }]\n[ack]\nta2 = 'always'\n";
        let shown = parse(text).unwrap_err().to_string();
        assert!(shown.starts_with("partners/acme.toml:3:1: "), "{shown}");
    }

    #[test]
    fn a_profile_without_an_isa_id_is_refused() {
        assert!(parse("name = 'nobody'\n").unwrap_err().to_string().contains("isa"));
    }

    #[test]
    fn a_user_may_do_what_is_granted_and_no_more_than_the_partner() {
        let text =
            "isa = [{ qualifier = 'ZZ', id = 'A' }]\nsets = ['270', '276']\nnpis = ['1', '2']";
        let mut grants = Grants::default();
        for (set, npi) in [("270", "1"), ("270", "3"), ("837", "1"), (EVERY_SET, "2")] {
            grants.add(set, npi);
        }
        let user = parse(text).unwrap().for_user(Arc::new(grants));
        let sees = |set: &str| ["1", "2", "3"].map(|npi| user.scope_of(set).contains(npi));
        assert_eq!(sees("270"), [true, true, false]);
        assert_eq!(sees("276"), [false, true, false]);
        assert!(user.may_send("270", Lane::Batch) && user.may_send("276", Lane::Batch));
        assert!(!user.may_send("837", Lane::Batch), "the partner may not");
        let nobody = parse(text).unwrap().for_user(Arc::default());
        assert!(!nobody.may_send("270", Lane::Batch) && !nobody.scope_of("270").contains("1"));
    }

    #[test]
    fn sets_and_lanes_are_open_until_named() {
        let open = parse("isa = [{ qualifier = 'ZZ', id = 'A' }]").unwrap();
        assert!(open.may_send("270", Lane::RealTime) && open.may_send("837", Lane::Batch));
        let text = "isa = [{ qualifier = 'ZZ', id = 'A' }]\nsets = ['270']\nlanes = ['batch']";
        let narrow = parse(text).unwrap();
        assert!(narrow.may_send("270", Lane::Batch));
        assert!(!narrow.may_send("270", Lane::RealTime) && !narrow.may_send("837", Lane::Batch));
    }

    #[test]
    fn the_numbers_of_a_profile_have_the_ranges_of_the_settings() {
        for (text, named) in [
            ("requests_max = -1", "requests_max must be 0 to 2147483648, found -1"),
            ("requests_max = 9999999999", "requests_max must be at most 2147483648"),
            ("[reports]\nreal_time_seconds = -5", "reports.real_time_seconds must be 0 to"),
            ("[eligibility]\nx_days = 99999999", "eligibility.x_days must be at most 36525"),
        ] {
            let refused = parse(text).expect_err(text);
            assert!(refused.to_string().contains(named), "{refused}");
        }
    }
}

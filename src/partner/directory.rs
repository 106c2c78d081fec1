//! Identifies the sender of an interchange by its ISA.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{IsaId, Partner};
use crate::config::{Config, ConfigError, UnknownSender};
use crate::store::{PartnerRow, control_series, shared_control_series};
use crate::txn::envelope::Party;

/// All partners, by the ids they send under.
#[derive(Debug)]
pub struct PartnerDirectory {
    by_isa: HashMap<IsaId, Arc<Partner>>,
    partners: Vec<Arc<Partner>>,
    stranger: Arc<Partner>,
    unknown: UnknownSender,
}

/// The result of looking up a sender.
#[derive(Clone, Debug)]
pub enum Sender {
    /// A partner, or an unknown sender where those are answered.
    Served(Arc<Partner>),
    /// An unknown sender where those are rejected. The rejection itself is written with these settings.
    Refused(Arc<Partner>),
    /// Not the partner that the transport has identified. The rejection is written with the caller's settings.
    NotCaller(Arc<Partner>),
}

impl Sender {
    /// The settings the reply follows.
    pub fn partner(&self) -> &Arc<Partner> {
        match self {
            Sender::Served(partner) | Sender::Refused(partner) | Sender::NotCaller(partner) => {
                partner
            }
        }
    }
}

/// Why the partners cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PartnerError {
    /// A profile is wrong.
    #[error(transparent)]
    Profile(#[from] ConfigError),
    /// The folder cannot be read.
    #[error("cannot read the partner folder {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// Two partners have the same id.
    #[error("partners {first} and {second} both have {what}")]
    Claimed {
        /// The one read first.
        first: Arc<str>,
        /// The other.
        second: Arc<str>,
        /// An id.
        what: String,
    },
}

impl PartnerDirectory {
    /// A directory without partners.
    pub fn empty(server: &Config) -> PartnerDirectory {
        PartnerDirectory {
            by_isa: HashMap::new(),
            partners: Vec::new(),
            stranger: Arc::new(Partner::stranger(server)),
            unknown: server.partners.unknown_sender,
        }
    }

    /// The profiles in the store, and those in the settings' folder whose id none in the store has: the store wins, because that is
    /// where `partner set` writes.
    ///
    /// # Errors
    ///
    /// When a profile cannot be read or used, or two partners send under one id.
    pub fn load(server: &Config, rows: &[PartnerRow]) -> Result<PartnerDirectory, PartnerError> {
        let mut directory = PartnerDirectory::empty(server);
        for row in rows {
            let named = PathBuf::from(format!("{}.toml", row.id));
            directory.add(Partner::parse(&row.profile, &named, server)?)?;
        }
        if let Some(folder) = server.partner_directory() {
            for path in profiles(folder)? {
                let text = std::fs::read_to_string(&path)
                    .map_err(|source| ConfigError::Read { path: path.clone(), source })?;
                let partner = Partner::parse(&text, &path, server)?;
                if rows.iter().all(|row| *row.id != *partner.id) {
                    directory.add(partner)?;
                }
            }
        }
        Ok(directory)
    }

    /// Adds a partner; its ids and key must be new.
    pub fn add(&mut self, partner: Partner) -> Result<(), PartnerError> {
        let partner = Arc::new(partner);
        let claimed = |first: &Arc<Partner>, what: String| PartnerError::Claimed {
            first: first.id.clone(),
            second: partner.id.clone(),
            what,
        };
        if let Some(first) = self.partners.iter().find(|other| other.id == partner.id) {
            return Err(claimed(first, format!("the ID {}", partner.id)));
        }
        for isa in &partner.isa {
            if let Some(first) = self.by_isa.get(isa) {
                return Err(claimed(first, format!("ISA id {}:{}", isa.qualifier, isa.id)));
            }
            self.by_isa.insert(isa.clone(), partner.clone());
        }
        self.partners.push(partner);
        Ok(())
    }

    /// The sender with this ISA05 and ISA06 (padding does not matter).
    pub fn find(&self, qualifier: &str, id: &str) -> Sender {
        let isa = IsaId { qualifier: qualifier.into(), id: id.trim_end().into() };
        match (self.by_isa.get(&isa), self.unknown) {
            (Some(partner), _) if partner.disabled => Sender::Refused(partner.clone()),
            (Some(partner), _) => Sender::Served(partner.clone()),
            (None, UnknownSender::Accept) => Sender::Served(self.stranger.clone()),
            (None, UnknownSender::Reject) => Sender::Refused(self.stranger.clone()),
        }
    }

    /// The sender with this ISA05 and ISA06, when the transport has identified the partner `caller`: a partner may send
    /// only under its own ids.
    pub fn find_as(&self, caller: &str, qualifier: &str, id: &str) -> Sender {
        let isa = IsaId { qualifier: qualifier.into(), id: id.trim_end().into() };
        match self.by_isa.get(&isa) {
            Some(partner) if &*partner.id == caller && partner.disabled => {
                Sender::Refused(partner.clone())
            }
            Some(partner) if &*partner.id == caller => Sender::Served(partner.clone()),
            _ => {
                let known = self.with_id(caller);
                // A caller whose profile was removed has no ids any more.
                Sender::NotCaller(known.unwrap_or(&self.stranger).clone())
            }
        }
    }

    /// The series of control numbers of this kind (`isa`, `gs`) for interchanges that are sent to `receiver`.
    pub fn control_series(&self, receiver: &Party, kind: &str) -> String {
        let Party { qualifier, id } = receiver;
        let isa = IsaId { qualifier: qualifier.clone(), id: id.trim_end().into() };
        match self.by_isa.contains_key(&isa) {
            true => control_series(qualifier, id, kind),
            false => shared_control_series(kind),
        }
    }

    /// The partner with this id.
    pub fn with_id(&self, id: &str) -> Option<&Arc<Partner>> {
        self.partners.iter().find(|partner| &*partner.id == id)
    }

    /// Every known partner, in the order they were read.
    pub fn partners(&self) -> &[Arc<Partner>] {
        &self.partners
    }
}

/// The text of a partner's profile, where it is: in the store, or in the settings' folder; none for one that there is not.
///
/// # Errors
///
/// When the folder or a profile in it cannot be read.
pub fn profile_text(
    id: &str,
    server: &Config,
    rows: &[PartnerRow],
) -> Result<Option<String>, PartnerError> {
    if let Some(row) = rows.iter().find(|row| *row.id == *id) {
        return Ok(Some(row.profile.clone()));
    }
    let Some(folder) = server.partner_directory() else { return Ok(None) };
    for path in profiles(folder)? {
        let text = std::fs::read_to_string(&path)
            .map_err(|source| ConfigError::Read { path: path.clone(), source })?;
        if *Partner::parse(&text, &path, server)?.id == *id {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

/// The `*.toml` files of a folder, sorted by name.
fn profiles(folder: &Path) -> Result<Vec<PathBuf>, PartnerError> {
    let failed = |source| PartnerError::Folder { path: folder.to_owned(), source };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partner(id: &str, isa: &str) -> Partner {
        let text = format!("id = '{id}'\nisa = [{{ qualifier = 'ZZ', id = '{isa}' }}]");
        Partner::parse(&text, Path::new("x.toml"), &Config::default()).unwrap()
    }

    #[test]
    fn a_partner_is_found_by_isa_id_whatever_the_padding() {
        let mut directory = PartnerDirectory::empty(&Config::default());
        directory.add(partner("acme", "ACME")).unwrap();
        assert_eq!(&*directory.find("ZZ", "ACME           ").partner().id, "acme");
        assert_eq!(&*directory.find("30", "ACME").partner().id, "stranger");
    }

    #[test]
    fn strangers_are_served_or_refused_as_configured() {
        let mut server = Config::default();
        assert!(matches!(PartnerDirectory::empty(&server).find("ZZ", "X"), Sender::Served(_)));
        server.partners.unknown_sender = UnknownSender::Reject;
        assert!(matches!(PartnerDirectory::empty(&server).find("ZZ", "X"), Sender::Refused(_)));
    }

    #[test]
    fn a_known_caller_sends_only_under_its_own_ids() {
        let mut directory = PartnerDirectory::empty(&Config::default());
        directory.add(partner("acme", "ACME")).unwrap();
        directory.add(partner("other", "OTHER")).unwrap();
        let as_acme = |qualifier, id| directory.find_as("acme", qualifier, id);
        assert!(matches!(as_acme("ZZ", "ACME           "), Sender::Served(p) if &*p.id == "acme"));
        // The qualifier is part of the id, and an unassigned id is not the caller's either.
        for (qualifier, id) in [("ZZ", "OTHER"), ("30", "ACME"), ("ZZ", "NOBODY"), ("ZZ", "")] {
            let Sender::NotCaller(partner) = as_acme(qualifier, id) else { panic!("{id}") };
            assert_eq!(&*partner.id, "acme");
        }
        let gone = directory.find_as("gone", "ZZ", "ACME");
        assert!(matches!(gone, Sender::NotCaller(p) if &*p.id == "stranger"));
    }

    #[test]
    fn an_id_belongs_to_one_partner() {
        let mut directory = PartnerDirectory::empty(&Config::default());
        directory.add(partner("acme", "ACME")).unwrap();
        let error = directory.add(partner("other", "ACME")).unwrap_err();
        assert_eq!(error.to_string(), "partners acme and other both have ISA id ZZ:ACME");
        assert!(directory.add(partner("acme", "ACME2")).is_err());
    }

    #[test]
    fn a_profile_in_the_store_takes_the_place_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let profile = |isa: &str| format!("isa = [{{ qualifier = 'ZZ', id = '{isa}' }}]");
        for (id, isa) in [("acme", "FILE"), ("other", "OTHER")] {
            std::fs::write(folder.path().join(format!("{id}.toml")), profile(isa)).unwrap();
        }
        let mut server = Config::default();
        server.partners.directory = folder.path().to_owned();
        let rows = [PartnerRow { id: "acme".into(), profile: profile("STORE") }];
        let directory = PartnerDirectory::load(&server, &rows).unwrap();
        assert_eq!(directory.partners().len(), 2);
        assert_eq!(&*directory.find("ZZ", "STORE").partner().id, "acme");
        assert_eq!(&*directory.find("ZZ", "FILE").partner().id, "stranger");
        assert_eq!(&*directory.find("ZZ", "OTHER").partner().id, "other");
    }

    #[test]
    fn nothing_is_taken_from_a_partner_that_is_disabled() {
        let mut directory = PartnerDirectory::empty(&Config::default());
        let mut acme = partner("acme", "ACME");
        acme.disabled = true;
        directory.add(acme).unwrap();
        assert!(matches!(directory.find("ZZ", "ACME"), Sender::Refused(_)));
        assert!(matches!(directory.find_as("acme", "ZZ", "ACME"), Sender::Refused(_)));
    }

    #[test]
    fn the_sample_profiles_load() {
        let mut server = Config::default();
        server.partners.directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/partners");
        let directory = PartnerDirectory::load(&server, &[]).unwrap();
        assert!(!directory.partners().is_empty());
    }
}

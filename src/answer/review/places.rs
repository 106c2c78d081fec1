//! Which location of a provider is meant, where there are several: by what the payer calls it, or by its address.

use crate::config::reviews::Locations;
use crate::store::{Location, Provider};
use crate::txn::review::Party;

/// REF01 of ids that may be those of a location.
const SITES: [&str; 5] = ["1J", "G5", "N5", "N7", "ZH"];

/// Digits of a ZIP code that are compared.
const ZIP_DIGITS: usize = 5;

/// The location that a party of a 278 says.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    sites: Vec<Box<str>>,
    /// Street and ZIP code, as they are compared.
    address: Option<(String, String)>,
}

impl Place {
    pub(super) fn of(party: &Party) -> Place {
        let is_site = |qualifier: &str| SITES.contains(&qualifier);
        let sites = party.references.iter().filter(|one| is_site(one.qualifier.as_str()));
        let sites = sites.map(|one| one.value.clone()).collect();
        let address = party.address.as_ref().map(|at| (street(&at.line1), zip(&at.zip)));
        Place { sites, address: address.filter(|(street, _)| !street.is_empty()) }
    }

    fn is_said(&self) -> bool {
        !self.sites.is_empty() || self.address.is_some()
    }

    fn is(&self, location: &Location) -> bool {
        let by_site = location.site.as_ref().is_some_and(|site| {
            self.sites.iter().any(|said| said.trim().eq_ignore_ascii_case(site))
        });
        let by_address = self.address.as_ref().is_some_and(|(said, said_zip)| {
            let at = &location.address;
            *said == street(&at.line1) && (said_zip.is_empty() || *said_zip == zip(&at.zip))
        });
        by_site || by_address
    }

    /// True when the provider has several locations and it is not settled which one is meant.
    pub(super) fn is_unsettled(&self, provider: &Provider, setting: Locations) -> bool {
        let locations = &provider.locations;
        if locations.len() < 2 || setting == Locations::Ignored {
            return false;
        }
        if setting == Locations::Checked && !self.is_said() {
            return false;
        }
        !locations.iter().any(|location| self.is(location))
    }
}

/// A street as it is compared: letters and digits alone.
fn street(line: &str) -> String {
    line.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

fn zip(code: &str) -> String {
    code.chars().filter(char::is_ascii_digit).take(ZIP_DIGITS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segments::{PostalAddress, Reference};
    use crate::store::Address;

    fn location(site: Option<&str>, line1: &str, zip: &str) -> Location {
        let address = Address { line1: line1.into(), zip: zip.into(), ..Address::default() };
        Location { site: site.map(Box::from), name: None, address }
    }

    fn provider(locations: Vec<Location>) -> Provider {
        Provider {
            npi: "1234567893".into(),
            payer_id: None,
            last: "CLINIC".into(),
            first: None,
            tin: None,
            ssn_last_four: None,
            may_inquire: true,
            enrolled: (None, None),
            locations,
            taxonomies: Vec::new(),
            networks: Vec::new(),
        }
    }

    fn party(site: Option<(&str, &str)>, at: Option<(&str, &str)>) -> Party {
        let reference = |(qualifier, value): (&str, &str)| Reference {
            qualifier: qualifier.into(),
            value: value.into(),
            ..Reference::default()
        };
        let address = |(line1, zip): (&str, &str)| PostalAddress {
            line1: line1.into(),
            zip: zip.into(),
            ..PostalAddress::default()
        };
        Party {
            references: site.map(reference).into_iter().collect(),
            address: at.map(address),
            ..Party::default()
        }
    }

    #[test]
    fn a_location_is_known_by_its_site_or_by_street_and_zip() {
        let two = provider(vec![
            location(Some("S1"), "1 Clinic Way", "021110001"),
            location(None, "20 Harbor St.", "02169"),
        ]);
        let one = provider(vec![location(None, "1 Clinic Way", "02111")]);
        for (site, at, settled) in [
            (Some(("G5", "s1")), None, true),
            (Some(("G5", "S9")), None, false),
            (None, Some(("1 CLINIC WAY", "02111")), true),
            (None, Some(("20 HARBOR ST", "021690000")), true),
            (None, Some(("20 HARBOR ST", "02111")), false),
            (None, Some(("9 ELSEWHERE", "02111")), false),
        ] {
            let place = Place::of(&party(site, at));
            for setting in [Locations::Required, Locations::Checked] {
                assert_eq!(!place.is_unsettled(&two, setting), settled, "{site:?} {at:?}");
            }
            assert!(!place.is_unsettled(&two, Locations::Ignored));
            assert!(!place.is_unsettled(&one, Locations::Required), "there is no choice");
        }
        // A tax id says nothing of a location.
        for site in [None, Some(("EI", "S1"))] {
            let nothing = Place::of(&party(site, None));
            assert!(nothing.is_unsettled(&two, Locations::Required));
            assert!(!nothing.is_unsettled(&two, Locations::Checked));
        }
    }
}

//! The code lists that guides name: what each is, who maintains it, what form its codes have, when it was in force, and
//! which qualifiers name it. Facts only; the codes are in [`super::CodeBook`].

use super::form::{self, Form};
use super::set::Period;

/// Where a list comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Supply {
    /// It is built in; a user's list of the name takes its place.
    BuiltIn,
    /// Its maintainer publishes it: a user puts the published file into the folder of lists.
    Published,
    /// It is licensed: a user who has the licence supplies it.
    Licensed,
    /// It is not published: numbers of persons and companies, which have a form and no list.
    Unlisted,
}

impl Supply {
    /// One word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Supply::BuiltIn => "built in",
            Supply::Published => "published",
            Supply::Licensed => "licensed",
            Supply::Unlisted => "not published",
        }
    }
}

/// A code list and what is known about it.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// The name by which guides ask for it.
    pub name: &'static str,
    /// Our short words for it.
    pub title: &'static str,
    /// Who maintains it.
    pub keeper: &'static str,
    /// Where it comes from.
    pub supply: Supply,
    /// The form of its codes, by which they are checked while the list is not loaded.
    pub form: Option<Form>,
    /// When messages were allowed to use it.
    pub in_force: Period,
    /// Codes of this form belong to another list although they are used under the same name.
    pub other: Option<(&'static str, Form)>,
}

const fn listing(
    name: &'static str,
    title: &'static str,
    keeper: &'static str,
    supply: Supply,
    form: Option<Form>,
) -> Listing {
    Listing { name, title, keeper, supply, form, in_force: Period::ALWAYS, other: None }
}

/// The first day of ICD-10 in HIPAA transactions, by date of service or discharge.
#[expect(clippy::inconsistent_digit_grouping, reason = "year, month and day")]
const ICD10: u32 = 2015_10_01;

/// The last day of ICD-9.
#[expect(clippy::inconsistent_digit_grouping, reason = "year, month and day")]
const ICD9: u32 = 2015_09_30;

use Supply::{BuiltIn, Licensed, Published, Unlisted};

/// Every list known by name.
pub const LISTINGS: &[Listing] = &[
    Listing {
        in_force: Period { from: ICD10, until: 0 },
        ..listing("icd-10-cm", "diagnoses, ICD-10-CM", "CDC, CMS", Published, Some(form::icd10_cm))
    },
    Listing {
        in_force: Period { from: 0, until: ICD9 },
        ..listing("icd-9-cm", "diagnoses, ICD-9-CM", "CDC, CMS", Published, Some(form::icd9_cm))
    },
    Listing {
        in_force: Period { from: ICD10, until: 0 },
        ..listing(
            "icd-10-pcs",
            "inpatient procedures, ICD-10-PCS",
            "CMS",
            Published,
            Some(form::icd10_pcs),
        )
    },
    Listing {
        in_force: Period { from: 0, until: ICD9 },
        ..listing(
            "icd-9-pcs",
            "inpatient procedures, ICD-9-CM volume 3",
            "CMS",
            Published,
            Some(form::icd9_pcs),
        )
    },
    Listing {
        other: Some(("cpt", form::cpt)),
        ..listing(
            "hcpcs",
            "procedures and supplies, HCPCS level II",
            "CMS",
            Published,
            Some(form::hcpcs),
        )
    },
    listing(
        "cpt",
        "procedures, HCPCS level I",
        "American Medical Association",
        Licensed,
        Some(form::cpt),
    ),
    Listing {
        other: Some(("cpt-modifiers", form::cpt_modifier)),
        ..listing(
            "hcpcs-modifiers",
            "procedure modifiers, HCPCS level II",
            "CMS",
            Published,
            Some(form::modifier),
        )
    },
    listing(
        "cpt-modifiers",
        "procedure modifiers, HCPCS level I",
        "American Medical Association",
        Licensed,
        Some(form::modifier),
    ),
    listing("cdt", "dental procedures", "American Dental Association", Licensed, Some(form::cdt)),
    listing("hipps", "case mix groups, HIPPS", "CMS", Published, Some(form::hipps)),
    listing("ndc", "drugs, 11 digits of the 5-4-2 form", "FDA", Published, Some(form::ndc)),
    listing(
        "home-infusion",
        "home infusion products and services",
        "Home Infusion EDI Coalition",
        Licensed,
        None,
    ),
    listing(
        "abc-codes",
        "complementary and alternative care",
        "ABC Coding Solutions",
        Licensed,
        Some(form::abc),
    ),
    listing("snodent", "dental diagnoses", "American Dental Association", Licensed, None),
    listing(
        "loinc",
        "laboratory and clinical observations",
        "Regenstrief Institute",
        Licensed,
        Some(form::loinc),
    ),
    listing("drgs", "diagnosis related groups", "CMS", Published, Some(form::drg)),
    listing(
        "revenue-codes",
        "revenue codes",
        "National Uniform Billing Committee",
        Licensed,
        Some(form::revenue),
    ),
    listing(
        "bill-types",
        "facility part of the type of bill",
        "National Uniform Billing Committee",
        Licensed,
        Some(form::bill_type),
    ),
    listing(
        "claim-frequencies",
        "last digit of the type of bill",
        "National Uniform Billing Committee",
        Licensed,
        Some(form::frequency),
    ),
    listing(
        "admission-types",
        "priority of the admission",
        "National Uniform Billing Committee",
        Licensed,
        Some(form::digit),
    ),
    listing(
        "admission-sources",
        "point of origin of the admission",
        "National Uniform Billing Committee",
        Licensed,
        Some(form::alphanumeric),
    ),
    listing(
        "patient-statuses",
        "discharge status",
        "National Uniform Billing Committee",
        Licensed,
        Some(form::status),
    ),
    listing(
        "condition-codes",
        "condition codes",
        "National Uniform Billing Committee",
        Licensed,
        Some(form::two_alphanumerics),
    ),
    listing(
        "occurrence-codes",
        "occurrence codes",
        "National Uniform Billing Committee",
        Licensed,
        Some(form::two_alphanumerics),
    ),
    listing(
        "occurrence-span-codes",
        "occurrence span codes",
        "National Uniform Billing Committee",
        Licensed,
        Some(form::two_alphanumerics),
    ),
    listing(
        "value-codes",
        "value codes",
        "National Uniform Billing Committee",
        Licensed,
        Some(form::two_alphanumerics),
    ),
    listing("treatment-codes", "home health treatment codes", "CMS", Published, None),
    listing(
        "advanced-billing",
        "advanced billing concepts",
        "ABC Coding Solutions",
        Licensed,
        None,
    ),
    listing(
        "taxonomies",
        "provider taxonomy",
        "National Uniform Claim Committee",
        Published,
        Some(form::taxonomy),
    ),
    listing("insurers", "company codes of insurers", "NAIC", Licensed, Some(form::insurer)),
    listing(
        "pharmacy-rejections",
        "reject and payment codes of pharmacies",
        "NCPDP",
        Licensed,
        Some(form::pharmacy_rejection),
    ),
    listing(
        "languages",
        "languages, ISO 639",
        "Library of Congress",
        Published,
        Some(form::language),
    ),
    listing("races", "race and ethnicity", "CDC", Published, None),
    listing("tax-ids", "tax and social security numbers", "IRS, SSA", Unlisted, Some(form::tax_id)),
    listing(
        "adjustment-reasons",
        "claim adjustment reasons (CARC)",
        "X12",
        BuiltIn,
        Some(form::adjustment_reason),
    ),
    listing("remark-codes", "remittance advice remarks (RARC)", "CMS", BuiltIn, Some(form::remark)),
    listing("claim-status-categories", "claim status categories", "X12", BuiltIn, None),
    listing("claim-statuses", "claim statuses", "X12", BuiltIn, None),
    listing(
        "review-decisions",
        "decision reasons of services reviews",
        "X12",
        BuiltIn,
        Some(form::two_alphanumerics),
    ),
    listing("place-of-service", "places of service", "CMS", BuiltIn, Some(form::two_digits)),
    listing("service-types", "service types of 270 and 271", "X12", BuiltIn, None),
    listing("states", "states and provinces", "USPS, Canada Post", BuiltIn, None),
    listing("countries", "countries, ISO 3166", "ISO", BuiltIn, None),
    listing("currencies", "currencies, ISO 4217", "ISO", BuiltIn, Some(form::currency)),
];

/// What is known of the list with this name.
pub fn listing_of(name: &str) -> Option<&'static Listing> {
    LISTINGS.iter().find(|known| known.name == name)
}

/// Which list a qualifier names: data element of the qualifier, its codes, the list.
const QUALIFIERS: &[(u16, &[&str], &str)] = &[
    (1270, &["ABF", "ABJ", "ABK", "ABN", "ABU", "ABV", "APR"], "icd-10-cm"),
    (1270, &["BF", "BJ", "BK", "BN", "BU", "BV", "PR"], "icd-9-cm"),
    (1270, &["BBR", "BBQ"], "icd-10-pcs"),
    (1270, &["BR", "BQ"], "icd-9-pcs"),
    (1270, &["BO", "BP"], "hcpcs"),
    (1270, &["CAH"], "advanced-billing"),
    (1270, &["TQ"], "snodent"),
    (1270, &["DR"], "drgs"),
    (1270, &["BI"], "occurrence-span-codes"),
    (1270, &["BH"], "occurrence-codes"),
    (1270, &["BE"], "value-codes"),
    (1270, &["BG"], "condition-codes"),
    (1270, &["TC"], "treatment-codes"),
    (1270, &["HE"], "remark-codes"),
    (1270, &["RX"], "pharmacy-rejections"),
    (1270, &["LOI"], "loinc"),
    (235, &["HC", "CJ"], "hcpcs"),
    (235, &["AD"], "cdt"),
    (235, &["HP"], "hipps"),
    (235, &["IV"], "home-infusion"),
    (235, &["WK"], "abc-codes"),
    (235, &["N4"], "ndc"),
    (235, &["NU", "RB"], "revenue-codes"),
    (235, &["ID"], "icd-9-pcs"),
    (128, &["PXC"], "taxonomies"),
    (128, &["EI", "SY", "TJ"], "tax-ids"),
    (128, &["NF"], "insurers"),
    (66, &["NI"], "insurers"),
    (66, &["24", "34", "FI"], "tax-ids"),
    (1332, &["A"], "bill-types"),
    (1332, &["B"], "place-of-service"),
];

/// The list that a qualifier names, by the data element of the qualifier.
pub fn list_of_qualifier(element: u16, code: &str) -> Option<&'static str> {
    let names = |(of, codes, _): &&(u16, &[&str], &str)| *of == element && codes.contains(&code);
    QUALIFIERS.iter().find(names).map(|(_, _, list)| *list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_once_and_qualifiers_name_known_lists() {
        for (index, known) in LISTINGS.iter().enumerate() {
            assert!(LISTINGS[index + 1..].iter().all(|other| other.name != known.name));
            if let Some((other, _)) = known.other {
                assert!(listing_of(other).is_some_and(|l| l.other.is_none()), "{other}");
            }
        }
        for (index, (element, codes, list)) in QUALIFIERS.iter().enumerate() {
            assert!(listing_of(list).is_some(), "{list}");
            for code in *codes {
                let twice = QUALIFIERS[index + 1..]
                    .iter()
                    .any(|(e, c, _)| e == element && c.contains(code));
                assert!(!twice, "{element} {code}");
            }
        }
        assert_eq!(list_of_qualifier(1270, "ABK"), Some("icd-10-cm"));
        assert_eq!(list_of_qualifier(235, "ABK"), None);
        assert_eq!(list_of_qualifier(1270, "ZZ"), None);
    }
}

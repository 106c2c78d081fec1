//! What a professional visit was for: where, with which diagnoses and services. Codes are ids alone; prices are made up.

use time::Date;

use crate::store::{Gender, Member};

/// A service as it is priced: code, modifiers, cents for one, most units.
pub(super) type Service = (&'static str, &'static [&'static str], i64, u64);

/// Why a patient came, which decides what a claim has besides its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Office,
    Telehealth,
    Laboratory,
    Imaging,
    Ambulance,
    Anesthesia,
    Equipment,
    Oxygen,
    Drug,
    Chiropractic,
    Accident,
    AutoAccident,
    Inpatient,
    WellChild,
    Vision,
    Maternity,
    Homebound,
    Dialysis,
    Immunization,
    Hospice,
}

/// Weighted: ordinary visits are most of what is billed.
pub(super) const CASES: [Case; 32] = [
    Case::Office,
    Case::Office,
    Case::Office,
    Case::Office,
    Case::Office,
    Case::Office,
    Case::Office,
    Case::Office,
    Case::Office,
    Case::Telehealth,
    Case::Telehealth,
    Case::Laboratory,
    Case::Laboratory,
    Case::Laboratory,
    Case::Imaging,
    Case::Imaging,
    Case::Ambulance,
    Case::Anesthesia,
    Case::Equipment,
    Case::Oxygen,
    Case::Drug,
    Case::Drug,
    Case::Chiropractic,
    Case::Accident,
    Case::AutoAccident,
    Case::Inpatient,
    Case::WellChild,
    Case::Vision,
    Case::Homebound,
    Case::Dialysis,
    Case::Immunization,
    Case::Hospice,
];

/// A case as it is billed: the place of service, the diagnoses (the first is the principal one), the services.
pub(super) struct Facts {
    pub(super) place: &'static str,
    pub(super) diagnoses: &'static [&'static str],
    pub(super) services: &'static [Service],
}

/// What is billed in each case: place of service, diagnoses, services. In the order of the cases.
const BILLED: [(Case, &str, &[&str], &[Service]); 20] = [
    (
        Case::Office,
        "11",
        &["I10", "E119", "J069", "M5450", "K219", "E785", "F411", "J449", "N390", "R0789"],
        &[
            ("99213", &[], 14_500, 1),
            ("99214", &["25"], 21_050, 1),
            ("G0463", &[], 12_000, 1),
            ("G0444", &[], 1_875, 1),
            ("36415", &[], 995, 1),
        ],
    ),
    (
        Case::Telehealth,
        "10",
        &["F411", "F329", "I10"],
        &[("99213", &["95"], 14_500, 1), ("90834", &["95"], 13_000, 1)],
    ),
    (
        Case::Laboratory,
        "81",
        &["E119", "E785", "D649", "R7301"],
        &[
            ("80053", &[], 3_250, 1),
            ("85025", &[], 2_100, 1),
            ("83036", &["90"], 2_775, 1),
            ("G0103", &[], 4_410, 1),
            ("84443", &[], 5_100, 1),
        ],
    ),
    (
        Case::Imaging,
        "11",
        &["R0789", "M25561", "Z1231"],
        &[
            ("71046", &["TC"], 9_900, 1),
            ("73562", &["RT", "26"], 8_800, 1),
            ("77067", &[], 22_500, 1),
        ],
    ),
    (
        Case::Ambulance,
        "41",
        &["R55", "I469", "R0902", "S72001A"],
        &[("A0428", &["RH"], 70_000, 1), ("A0425", &["RH"], 1_650, 40)],
    ),
    (
        Case::Anesthesia,
        "22",
        &["K4090", "K8020"],
        &[("00840", &["AA", "P2"], 3_400, 180), ("00790", &["QZ"], 3_150, 240)],
    ),
    (
        Case::Equipment,
        "12",
        &["M1711", "G20A1", "Z993"],
        &[("E0143", &["NU"], 13_500, 1), ("K0001", &["RR", "KX"], 8_775, 1)],
    ),
    (Case::Oxygen, "12", &["J449", "J9611"], &[("E1390", &["RR"], 42_000, 1)]),
    (
        Case::Drug,
        "11",
        &["M0579", "C50911", "D509"],
        &[
            ("J1745", &[], 8_840, 40),
            ("J3420", &[], 550, 2),
            ("J9355", &["JZ"], 11_995, 30),
            ("96413", &[], 41_000, 1),
        ],
    ),
    (
        Case::Chiropractic,
        "11",
        &["M9903", "M5450"],
        &[("98940", &["AT"], 4_500, 1), ("98941", &["AT"], 6_100, 1)],
    ),
    (
        Case::Accident,
        "23",
        &["S93401A", "W010XXA", "Y929"],
        &[("99283", &[], 38_900, 1), ("A6449", &[], 365, 4)],
    ),
    (
        Case::AutoAccident,
        "20",
        &["S161XXA", "V4352XA"],
        &[("99204", &[], 31_200, 1), ("72040", &[], 9_950, 1)],
    ),
    (
        Case::Inpatient,
        "21",
        &["I214", "I509", "N179"],
        &[("99223", &[], 42_150, 1), ("99232", &[], 18_450, 4)],
    ),
    (
        Case::WellChild,
        "11",
        &["Z00129"],
        &[("99392", &["EP"], 17_775, 1), ("96110", &[], 2_260, 2)],
    ),
    (
        Case::Vision,
        "11",
        &["H5213", "H524"],
        &[("V2020", &[], 9_900, 1), ("V2100", &["RT", "LT"], 6_450, 2)],
    ),
    (
        Case::Maternity,
        "11",
        &["Z3400", "O09511", "Z3A20"],
        &[("H1000", &[], 26_000, 1), ("76805", &[], 24_400, 1), ("01967", &[], 4_100, 240)],
    ),
    (
        Case::Homebound,
        "12",
        &["I509", "L89152"],
        &[("36415", &[], 995, 1), ("P9603", &[], 210, 30)],
    ),
    (
        Case::Dialysis,
        "65",
        &["N186", "D631"],
        &[("90960", &[], 36_300, 1), ("J0885", &["EC"], 1_225, 20)],
    ),
    (
        Case::Immunization,
        "11",
        &["Z23"],
        &[("G0008", &[], 3_050, 1), ("90686", &[], 2_775, 1), ("Q2038", &[], 2_100, 1)],
    ),
    (Case::Hospice, "34", &["C3490"], &[("99232", &["GW"], 18_450, 2)]),
];

impl Case {
    /// What is billed in this case.
    pub(super) fn facts(self) -> Facts {
        let (_, place, diagnoses, services) = BILLED[self as usize];
        Facts { place, diagnoses, services }
    }

    /// True when units are minutes.
    pub(super) fn in_minutes(self, code: &str) -> bool {
        self == Case::Anesthesia || code == "01967"
    }
}

/// True for women of an age to be pregnant.
pub(super) fn may_be_pregnant(patient: &Member, today: Date) -> bool {
    patient.gender == Gender::Female && (16..46).contains(&(today.year() - patient.birth.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_its_own_row() {
        for (index, (case, ..)) in BILLED.iter().enumerate() {
            assert_eq!(*case as usize, index, "{case:?}");
        }
    }
}

//! What kinds of services procedure codes are for, in a few words of our own. The lists themselves, with their texts, belong to
//! those who publish them.

/// First code, last code, words. Of several that hold a code the first one counts.
const GROUPS: [(&str, &str, &str); 64] = [
    ("00100", "01999", "anesthesia"),
    ("36415", "36416", "blood draw"),
    ("59400", "59622", "maternity care"),
    ("10004", "19499", "skin and breast surgery"),
    ("20100", "29999", "bone and joint surgery"),
    ("30000", "32999", "respiratory surgery"),
    ("33016", "37799", "heart and vessel surgery"),
    ("43180", "43289", "endoscopy"),
    ("45300", "45398", "colonoscopy"),
    ("38100", "49999", "digestive surgery"),
    ("50010", "58999", "urinary and genital surgery"),
    ("60000", "64999", "nerve and gland surgery"),
    ("65091", "69990", "eye and ear surgery"),
    ("70336", "70336", "mri scan"),
    ("70450", "70498", "ct scan head"),
    ("70540", "70559", "mri scan head"),
    ("71045", "71048", "chest x-ray"),
    ("71250", "71275", "ct scan chest"),
    ("72141", "72158", "mri scan spine"),
    ("73218", "73223", "mri scan arm"),
    ("73718", "73723", "mri scan leg"),
    ("74150", "74178", "ct scan abdomen"),
    ("76506", "76999", "ultrasound"),
    ("77046", "77067", "mammography"),
    ("77261", "77799", "radiation treatment"),
    ("78012", "79999", "nuclear medicine"),
    ("70010", "77999", "x-ray"),
    ("80047", "80081", "blood test panel"),
    ("81000", "81099", "urine test"),
    ("85004", "85999", "blood count"),
    ("88104", "88399", "pathology"),
    ("80100", "89398", "laboratory test"),
    ("90460", "90474", "vaccine administration"),
    ("90476", "90759", "vaccine"),
    ("90785", "90899", "psychotherapy and psychiatry"),
    ("90935", "90999", "dialysis"),
    ("92002", "92499", "eye exam"),
    ("92502", "92700", "hearing and speech"),
    ("92920", "93998", "heart test and treatment"),
    ("94002", "94799", "breathing test and treatment"),
    ("95004", "95199", "allergy test and treatment"),
    ("95700", "96020", "nerve test"),
    ("96360", "96549", "infusion and chemotherapy"),
    ("97010", "97799", "physical therapy"),
    ("97810", "97814", "acupuncture"),
    ("98925", "98929", "osteopathic treatment"),
    ("98940", "98943", "chiropractic treatment"),
    ("99202", "99215", "office visit"),
    ("99221", "99239", "hospital visit"),
    ("99242", "99255", "consultation"),
    ("99281", "99288", "emergency visit"),
    ("99291", "99292", "critical care"),
    ("99304", "99350", "nursing home and home visit"),
    ("99381", "99397", "preventive visit"),
    ("99401", "99429", "counseling"),
    ("99460", "99486", "newborn and intensive care"),
    ("A0021", "A0999", "ambulance"),
    ("A4206", "A9999", "supplies"),
    ("D0120", "D0180", "dental exam"),
    ("D0210", "D0396", "dental x-ray"),
    ("D1110", "D1999", "dental cleaning"),
    ("D2140", "D9999", "dental treatment"),
    ("E0100", "E8002", "equipment"),
    ("J0120", "J9999", "injection drug"),
];

/// What kind of service a procedure code is for, in a few words; none where nothing is said of it.
pub fn procedure_words(code: &str) -> Option<&'static str> {
    let group = GROUPS
        .iter()
        .find(|(first, last, _)| code.len() == first.len() && (*first..=*last).contains(&code));
    group.map(|(.., words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_words() {
        for (code, words) in [
            ("99213", Some("office visit")),
            ("36415", Some("blood draw")),
            ("45378", Some("colonoscopy")),
            ("D1110", Some("dental cleaning")),
            ("99999", None),
            ("9921", None),
            ("", None),
        ] {
            assert_eq!(procedure_words(code), words, "{code}");
        }
        for (first, last, words) in GROUPS {
            assert!(first <= last && first.len() == last.len(), "{words}");
        }
    }
}

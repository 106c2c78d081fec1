//! Published files and CSV are read, and what is wrong with one is said.

use super::*;
use crate::dict::codes::set::Standing;

fn loaded(files: &[(&str, &str)]) -> Vec<CodeSet> {
    let mut loader = Loader::default();
    for (name, text) in files {
        assert!(loader.add(name, text).unwrap_or_else(|error| panic!("{error}")), "{name}");
    }
    loader.finish()
}

fn rows(set: &CodeSet) -> Vec<(&str, u32, u32, &str)> {
    set.rows().map(|r| (r.code, r.period.from, r.period.until, r.label)).collect()
}

#[test]
fn our_own_form() {
    let text = "list=drgs,edition=43,source=CMS,from=20251001,,\n\
                until,code,description,from\n\
                2026-09-30,470,\"joint, \"\"major\"\"\",\n,471,,1/2/2026\n\n";
    let lists = loaded(&[("lists/my drgs.csv", text)]);
    assert_eq!(lists[0].name(), "drgs");
    let origin = lists[0].origin();
    assert_eq!((&*origin.edition, &*origin.source), ("43", "CMS"));
    assert_eq!(
        rows(&lists[0]),
        [("470", 20251001, 20260930, "joint, \"major\""), ("471", 20260102, 0, "")]
    );
    assert!(lists[0].covers().is_empty());
}

#[test]
fn files_as_cms_publishes_them() {
    let order = "00001 A00     0 Cholera                                                      Cholera\n\
                 00002 A000    1 Cholera due to Vibrio cholerae 01, biovar cholerae           Cholera due to one\n";
    let codes = "A000    Cholera due to one\nS72001A Fracture\n";
    let lists = loaded(&[("icd10cm_order_2025.txt", order), ("x/icd10cm_codes_2026.txt", codes)]);
    assert_eq!(lists.len(), 1);
    assert_eq!(&*lists[0].origin().edition, "FY 2025, FY 2026");
    let of: Vec<_> = rows(&lists[0]).into_iter().map(|r| (r.0, r.1, r.2)).collect();
    assert_eq!(of, [("A000", 20241001, 20260930), ("S72001A", 20251001, 20260930)]);
    assert_eq!(lists[0].covers(), [Period { from: 20241001, until: 20260930 }]);
}

#[test]
fn hcpcs_in_columns_and_as_a_table() {
    let line = |code: &str, kind: char, added: &str, ended: &str| {
        format!(
            "{code:<5}00100{kind}{:<80}{:<28}{:149}{added:<8}20200101{ended:<8}N\n",
            "long", "short", ""
        )
    };
    let text = line("G0101", '3', "19980101", "")
        + &line("G0101", '4', "", "")
        + &line("G0999", '3', "20000101", "20191231")
        + &line("   LT", '7', "19820101", "");
    let lists = loaded(&[("HCPC2026_JAN_ANWEB.txt", &text)]);
    assert_eq!(lists.iter().map(CodeSet::name).collect::<Vec<_>>(), ["hcpcs", "hcpcs-modifiers"]);
    assert_eq!(
        rows(&lists[0]),
        [("G0101", 19980101, 0, "short"), ("G0999", 20000101, 20191231, "short")]
    );
    assert_eq!(rows(&lists[1]), [("LT", 19820101, 0, "short")]);
    assert_eq!(&*lists[0].origin().edition, "2026_JAN");

    let table = "HCPC,SEQNUM,RECID,LONG DESCRIPTION,SHORT DESCRIPTION,ADD DT,TERM DT\n\
                 G0101,100,3,a,b,19980101,\nLT,100,7,c,d,,20301231\n";
    let lists = loaded(&[("HCPC2026_JAN_ANWEB.csv", table)]);
    assert_eq!(rows(&lists[0]), [("G0101", 19980101, 0, "b")]);
    assert_eq!(rows(&lists[1]), [("LT", 0, 20301231, "d")]);
}

#[test]
fn taxonomies_as_nucc_publishes_them() {
    let text = "Code,Grouping,Classification,Specialization,Definition,Notes,Display Name,Section\n\
                207R00000X,Physicians,Internal Medicine,,\"two\nlines\",,Internist,Individual\n\
                261QU0200X,x,Clinic,,,,Urgent,Non\n";
    let lists = loaded(&[("nucc_taxonomy_250.csv", text)]);
    assert_eq!(&*lists[0].origin().edition, "25.0");
    assert_eq!(lists[0].standing(b"207R00000X"), Standing::Always);
    assert_eq!(rows(&lists[0])[1].3, "Urgent");
}

#[test]
fn tables_and_what_comes_with_published_lists() {
    let lists =
        loaded(&[("a.codes", "codes drgs  external\n  source us\n  470  hip (until 20301231)\n")]);
    assert_eq!(rows(&lists[0]), [("470", 0, 20301231, "hip")]);
    let mut loader = Loader::default();
    assert_eq!(loader.add("HCPC2026_recordlayout.txt", "words"), Ok(false));
    assert!(loader.finish().is_empty());
}

proptest::proptest! {
    #[test]
    fn no_text_is_too_odd(text in "(list=drgs\n)?(code,from\n)?[ -~\u{e9}\u{1F600}\t\"\n]{0,400}") {
        for name in [
            "a.csv", "a.codes", "icd10cm_order_2026.txt", "icd10pcs_codes_2026.txt", "HCPC2026_JAN_ANWEB.txt",
            "HCPC2026.csv", "nucc_taxonomy_250.csv", "\u{e9}", "",
        ] {
            let mut loader = Loader::default();
            let _ = loader.add(name, &text);
            loader.finish();
        }
    }
}

#[test]
fn errors_name_file_and_line() {
    for (file, text, expected) in [
        (
            "a.csv",
            "code\n1\n",
            "a.csv:1: expected the first line to name the list, as in list=drgs,edition=43,source=CMS",
        ),
        ("a.csv", "", "a.csv:1: expected the name of the list, as in list=drgs"),
        ("a.csv", "list=Big List\n", "a.csv:1: expected the name of the list, as in list=drgs"),
        (
            "a.csv",
            "list=drgs\nkode\n",
            "a.csv:2: expected the columns code, from, until and description, found xxxx",
        ),
        ("a.csv", "list=drgs\nfrom,until\n", "a.csv:2: expected a column code"),
        (
            "a.csv",
            "list=drgs\ncode,from\n470,2025\n",
            "a.csv:3: expected a date like 20251001, found ####",
        ),
        (
            "a.csv",
            "list=drgs\ncode,from\n470,20251301\n",
            "a.csv:3: expected a date like 20251001, found ########",
        ),
        (
            "a.csv",
            "list=drgs\ncode,from,until\n470,20260101,20250101\n",
            "a.csv:3: the last day of the code is before its first",
        ),
        (
            "a.csv",
            "list=drgs\ncode,from\n,20250101\n",
            "a.csv:3: expected a code of 1 to 30 characters",
        ),
        ("a.csv", "list=drgs\ncode\n\"47\n", "a.csv:3: expected a closing quote"),
        (
            "icd10cm_codes.txt",
            "A00\n",
            "icd10cm_codes.txt:1: expected the year in the name, as in icd10cm_order_2026.txt",
        ),
        (
            "icd10cm_order_2026.txt",
            "00001 A00     X\n",
            "icd10cm_order_2026.txt:1: expected 0 or 1 in column 15",
        ),
        ("nucc_taxonomy_250.csv", "Kode\n", "nucc_taxonomy_250.csv:1: expected a column Code"),
        (
            "HCPC2026_JAN_ANWEB.txt",
            "G0101\n",
            "HCPC2026_JAN_ANWEB.txt:1: expected a line of 320 columns",
        ),
    ] {
        let error = Loader::default().add(file, text).expect_err(expected);
        assert_eq!(error.to_string(), expected);
    }
}

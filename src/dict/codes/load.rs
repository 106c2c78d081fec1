//! Lists as users have them: our own CSV form, and the files as their keepers publish them.
//!
//! ```text
//! list=drgs,edition=43,source=CMS,from=20251001        the list; from and until are those of every code below
//! code,from,until,description                          the columns, in any order; only code must be there
//! 470,20251001,,major hip and knee joint replacement
//! ```
//!
//! A published file is known by its name: `icd10cm_order_2026.txt`, `icd10cm_codes_2026.txt`, the same of `icd10pcs`,
//! `HCPC2026_JAN_ANWEB.txt` (or `.csv`), `nucc_taxonomy_250.csv`. `.codes` files hold tables as under `specs/codes`.
//! Several files of one list are one list: yearly editions follow one another.

use super::csv::{Record, records};
use super::set::{CODES_MAX, CodeSet, Origin, Period, Row};
use super::table::CodeTable;
use crate::dict::TextError;

/// Longest file that is read, in bytes.
pub const FILE_BYTES_MAX: u64 = 128 << 20;

/// Lists that are loaded at most.
const LISTS_MAX: usize = 200;

/// Longest code, in characters: what data element 1271 holds.
const CODE_MAX: usize = 30;

/// Longest description kept, in bytes.
const LABEL_MAX: usize = 120;

/// Gathers lists from the texts of files.
#[derive(Debug, Default)]
pub struct Loader {
    drafts: Vec<Draft>,
}

/// A list on its way.
#[derive(Debug, Default)]
struct Draft {
    name: String,
    origin: Origin,
    /// The days its editions speak of; empty when one of them speaks of all.
    covers: Vec<Period>,
    is_whole: bool,
    complete: u32,
    /// Codes and labels one after the other.
    text: String,
    /// For each row where its code begins, where its label begins and ends, and its period.
    rows: Vec<(u32, u32, u32, Period)>,
}

/// What the first line of a file, or its name, says of all its codes.
#[derive(Debug, Default, Clone)]
struct Head {
    list: String,
    edition: String,
    source: String,
    period: Period,
    /// True when the file speaks of the days of `period` alone, as a yearly edition does.
    is_edition: bool,
}

impl Loader {
    /// Reads the text of a file, which its name tells what it is. False when the name is one of those that come with
    /// published lists and hold no codes.
    pub fn add(&mut self, file: &str, text: &str) -> Result<bool, TextError> {
        let base = file.rsplit(['/', '\\']).next().unwrap_or(file).to_ascii_lowercase();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let stem = base.rsplit_once('.').map_or(&*base, |(stem, _)| stem);
        if ["layout", "readme", "procnotes", "addenda", "_note"]
            .iter()
            .any(|word| base.contains(word))
        {
            return Ok(false);
        }
        let read = if base.ends_with(".codes") {
            self.tables(file, text)
        } else if let Some(rest) = stem.strip_prefix("icd10") {
            self.icd10(file, rest, text)
        } else if stem.starts_with("hcpc") {
            self.hcpcs(file, stem, text)
        } else if stem.starts_with("nucc_taxonomy") {
            self.taxonomies(file, stem, text)
        } else {
            self.own_form(file, text)
        };
        read.map(|()| true).map_err(|error| error.named(file))
    }

    /// The lists that were read.
    pub fn finish(self) -> Vec<CodeSet> {
        self.drafts.into_iter().map(Draft::pack).collect()
    }

    /// The list of this head, to which the file adds.
    fn draft(&mut self, file: &str, head: &Head) -> Result<&mut Draft, TextError> {
        let known = self.drafts.iter().position(|draft| draft.name == head.list);
        if known.is_none() && self.drafts.len() >= LISTS_MAX {
            return Err(TextError::at(1, format!("more than {LISTS_MAX} lists")));
        }
        let at = known.unwrap_or_else(|| {
            self.drafts.push(Draft { name: head.list.clone(), ..Draft::default() });
            self.drafts.len() - 1
        });
        let draft = &mut self.drafts[at];
        if !draft.origin.files.iter().any(|known| **known == *file) {
            draft.origin.files.push(file.into());
        }
        draft.origin.source = head.source.as_str().into();
        if !draft.origin.edition.split(", ").any(|known| known == head.edition) {
            let mut edition = draft.origin.edition.to_string();
            edition.push_str(if edition.is_empty() || head.edition.is_empty() { "" } else { ", " });
            draft.origin.edition = (edition + &head.edition).into();
        }
        if head.is_edition {
            draft.covers.push(head.period);
        } else {
            draft.is_whole = true;
        }
        Ok(draft)
    }

    fn tables(&mut self, file: &str, text: &str) -> Result<(), TextError> {
        for table in CodeTable::parse(text)?.into_iter().filter(|table| !table.partial) {
            let head = Head {
                list: table.name.to_owned(),
                edition: table.version.to_owned(),
                source: table.source.to_owned(),
                ..Head::default()
            };
            let draft = self.draft(file, &head)?;
            draft.complete = table.complete;
            for row in table.rows {
                draft.push(0, row)?;
            }
        }
        Ok(())
    }

    /// `icd10cm_order_2026.txt` and its siblings: the fiscal year of CMS begins on October 1 of the year before.
    fn icd10(&mut self, file: &str, rest: &str, text: &str) -> Result<(), TextError> {
        let (list, of) = match rest {
            _ if rest.starts_with("cm") => ("icd-10-cm", "CDC and CMS"),
            _ if rest.starts_with("pcs") => ("icd-10-pcs", "CMS"),
            _ => return Err(TextError::at(1, "expected a name like icd10cm_order_2026.txt")),
        };
        let year = rest.split(|c: char| !c.is_ascii_digit()).find_map(|part| {
            let year: u32 = part.parse().ok()?;
            (2016..=2100).contains(&year).then_some(year)
        });
        let Some(year) = year else {
            return Err(TextError::at(
                1,
                "expected the year in the name, as in icd10cm_order_2026.txt",
            ));
        };
        let head = Head {
            list: list.to_owned(),
            edition: format!("FY {year}"),
            source: of.to_owned(),
            period: Period { from: (year - 1) * 10_000 + 1001, until: year * 10_000 + 930 },
            is_edition: true,
        };
        let is_order = rest.contains("order");
        let period = head.period;
        let draft = self.draft(file, &head)?;
        for (number, line) in lines(text) {
            // The order file numbers its lines and holds headings, marked 0, between the codes.
            let (code, label) = if is_order {
                match line.get(14..15) {
                    Some("0") => continue,
                    Some("1") => (field(line, 6..14), field(line, 77..usize::MAX)),
                    _ => return Err(TextError::at(number, "expected 0 or 1 in column 15")),
                }
            } else {
                (field(line, 0..7), field(line, 7..usize::MAX))
            };
            if code.is_empty() {
                return Err(TextError::at(number, "expected a code"));
            }
            draft.push(number, Row { code, period, label })?;
        }
        Ok(())
    }

    /// The quarterly file of HCPCS level II: fixed columns, or the same as a table.
    fn hcpcs(&mut self, file: &str, stem: &str, text: &str) -> Result<(), TextError> {
        let edition = stem.trim_start_matches("hcpcs").trim_start_matches("hcpc");
        let edition =
            edition.trim_end_matches("anweb").trim_matches(['_', '-', ' ']).to_uppercase();
        let head = |list: &str| Head {
            list: list.to_owned(),
            edition: edition.clone(),
            source: "CMS".to_owned(),
            ..Head::default()
        };
        let (codes, modifiers) = (head("hcpcs"), head("hcpcs-modifiers"));
        let mut put = |number: u32, code: &str, modifier: &str, period: Period, label: &str| {
            let (head, code) =
                if code.len() == 5 { (&codes, code) } else { (&modifiers, modifier) };
            let row = Row { code, period, label };
            self.draft(file, head)?.push(number, row)
        };
        let is_table =
            text.lines().next().is_some_and(|line| line.to_uppercase().starts_with("HCPC,"));
        if is_table {
            let mut records = records(text);
            let columns = records.next().transpose()?.unwrap_or_default();
            let find =
                |name: &str| columns.cells.iter().position(|cell| cell.eq_ignore_ascii_case(name));
            let (from, until, kind) = (find("ADD DT"), find("TERM DT"), find("RECID"));
            let label = find("SHORT DESCRIPTION");
            for record in records {
                let record = record?;
                if !["", "3", "7"].contains(&record.of(kind)) {
                    continue;
                }
                let period = period(record.line, record.of(from), record.of(until))?;
                put(record.line, record.cell(0), record.cell(0), period, record.of(label))?;
            }
            return Ok(());
        }
        for (number, line) in lines(text) {
            match line.get(10..11) {
                // The first line of a procedure, or of a modifier.
                Some("3" | "7") => {}
                Some(_) => continue,
                None => return Err(TextError::at(number, "expected a line of 320 columns")),
            }
            let period = period(number, field(line, 268..276), field(line, 284..292))?;
            put(number, field(line, 0..5), field(line, 3..5), period, field(line, 91..119))?;
        }
        Ok(())
    }

    /// `nucc_taxonomy_250.csv`: release 25.0.
    fn taxonomies(&mut self, file: &str, stem: &str, text: &str) -> Result<(), TextError> {
        let digits = stem.rsplit('_').next().unwrap_or("");
        let release = match digits.split_at_checked(digits.len().saturating_sub(1)) {
            Some((year, part)) if !year.is_empty() => format!("{year}.{part}"),
            _ => digits.to_owned(),
        };
        let head = Head {
            list: "taxonomies".to_owned(),
            edition: release,
            source: "NUCC".to_owned(),
            ..Head::default()
        };
        let draft = self.draft(file, &head)?;
        let mut records = records(text);
        let columns = records.next().transpose()?.unwrap_or_default();
        let find =
            |name: &str| columns.cells.iter().position(|cell| cell.eq_ignore_ascii_case(name));
        let Some(code) = find("Code") else {
            return Err(TextError::at(columns.line.max(1), "expected a column Code"));
        };
        let label = find("Display Name").or(find("Classification"));
        for record in records {
            let record = record?;
            let row =
                Row { code: record.cell(code), period: Period::ALWAYS, label: record.of(label) };
            draft.push(record.line, row)?;
        }
        Ok(())
    }

    fn own_form(&mut self, file: &str, text: &str) -> Result<(), TextError> {
        let mut records = records(text);
        let first = records.next().transpose()?.unwrap_or_default();
        let head = head(&first)?;
        let columns = records.next().transpose()?.unwrap_or_default();
        let line = columns.line.max(2);
        let find =
            |name: &str| columns.cells.iter().position(|cell| cell.eq_ignore_ascii_case(name));
        if let Some(odd) = columns.cells.iter().find(|cell| {
            !["code", "from", "until", "description", ""]
                .contains(&cell.to_ascii_lowercase().as_str())
        }) {
            let words =
                format!("expected the columns code, from, until and description, found {odd}");
            return Err(TextError::at(line, words));
        }
        let Some(code) = find("code") else {
            return Err(TextError::at(line, "expected a column code"));
        };
        let (from, until, label) = (find("from"), find("until"), find("description"));
        let bounds = head.period;
        let draft = self.draft(file, &head)?;
        for record in records {
            let record = record?;
            let own = period(record.line, record.of(from), record.of(until))?;
            let period = Period {
                from: if own.from == 0 { bounds.from } else { own.from },
                until: if own.until == 0 { bounds.until } else { own.until },
            };
            draft.push(
                record.line,
                Row { code: record.cell(code), period, label: record.of(label) },
            )?;
        }
        Ok(())
    }
}

impl Draft {
    fn push(&mut self, line: u32, row: Row<'_>) -> Result<(), TextError> {
        if self.rows.len() >= CODES_MAX {
            return Err(TextError::at(line, format!("more than {CODES_MAX} codes in one list")));
        }
        let is_code = row.code.chars().all(|c| !c.is_control()) && row.code.trim() == row.code;
        if !(1..=CODE_MAX).contains(&row.code.len()) || !is_code {
            return Err(TextError::at(
                line,
                format!("expected a code of 1 to {CODE_MAX} characters"),
            ));
        }
        if row.period.until != 0 && row.period.until < row.period.from {
            return Err(TextError::at(line, "the code ends before it begins"));
        }
        let start = self.text.len() as u32;
        self.text.push_str(row.code);
        let label = self.text.len() as u32;
        let kept =
            (0..=row.label.len().min(LABEL_MAX)).rev().find(|at| row.label.is_char_boundary(*at));
        self.text.push_str(&row.label[..kept.unwrap_or(0)]);
        self.rows.push((start, label, self.text.len() as u32, row.period));
        Ok(())
    }

    fn pack(self) -> CodeSet {
        let Draft { name, origin, covers, is_whole, complete, text, rows } = self;
        let row = |(start, label, end, period): &(u32, u32, u32, Period)| Row {
            code: &text[*start as usize..*label as usize],
            period: *period,
            label: &text[*label as usize..*end as usize],
        };
        CodeSet::new(&name, origin, rows.iter().map(row))
            .covering(if is_whole { Vec::new() } else { covers })
            .complete_until(complete)
    }
}

/// The lines that hold something, with their numbers.
fn lines(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty())
}

/// Some columns of a line, without the blanks around; what lies beyond its end is empty.
fn field(line: &str, columns: std::ops::Range<usize>) -> &str {
    line.get(columns.start..columns.end.min(line.len())).unwrap_or("").trim()
}

/// `list=drgs,edition=43,source=CMS`
fn head(record: &Record<'_>) -> Result<Head, TextError> {
    let line = record.line.max(1);
    let mut head = Head::default();
    for cell in record.cells.iter().filter(|cell| !cell.is_empty()) {
        let (key, value) =
            cell.split_once('=').map_or((&**cell, ""), |(key, value)| (key.trim(), value.trim()));
        match key {
            "list" => head.list = value.to_owned(),
            "edition" => head.edition = value.to_owned(),
            "source" => head.source = value.to_owned(),
            "from" => head.period.from = day(line, value)?,
            "until" => head.period.until = day(line, value)?,
            _ => {
                let words = "expected the first line to name the list, as in list=drgs,edition=43,source=CMS";
                return Err(TextError::at(line, words));
            }
        }
    }
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if head.list.is_empty() || head.list.len() > 40 || !head.list.chars().all(is_name) {
        return Err(TextError::at(line, "expected the name of the list, as in list=drgs"));
    }
    // An edition that ends is followed by another: it says nothing of the days after.
    head.is_edition = head.period.until != 0;
    Ok(head)
}

fn period(line: u32, from: &str, until: &str) -> Result<Period, TextError> {
    Ok(Period { from: day(line, from)?, until: day(line, until)? })
}

/// `20251001`, `2025-10-01` or `10/1/2025`; 0 for nothing.
fn day(line: u32, text: &str) -> Result<u32, TextError> {
    if text.is_empty() {
        return Ok(0);
    }
    let number = |digits: &str| digits.parse::<u32>().ok().filter(|_| digits.len() <= 8);
    let parts: Vec<&str> = text.split(['-', '/']).collect();
    let day = match parts.as_slice() {
        [whole] if whole.len() == 8 => number(whole),
        [year, month, day] if year.len() == 4 => compose(number(year), number(month), number(day)),
        [month, day, year] if year.len() == 4 => compose(number(year), number(month), number(day)),
        _ => None,
    };
    let is_day =
        |day: &u32| (1..=12).contains(&(day / 100 % 100)) && (1..=31).contains(&(day % 100));
    day.filter(is_day)
        .ok_or_else(|| TextError::at(line, format!("expected a date like 20251001, found {text}")))
}

fn compose(year: Option<u32>, month: Option<u32>, day: Option<u32>) -> Option<u32> {
    Some(year? * 10_000 + month?.min(99) * 100 + day?.min(99))
}

#[cfg(test)]
mod tests {
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
        let lists =
            loaded(&[("icd10cm_order_2025.txt", order), ("x/icd10cm_codes_2026.txt", codes)]);
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
        assert_eq!(
            lists.iter().map(CodeSet::name).collect::<Vec<_>>(),
            ["hcpcs", "hcpcs-modifiers"]
        );
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
        let lists = loaded(&[(
            "a.codes",
            "codes drgs  external\n  source us\n  470  hip (until 20301231)\n",
        )]);
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
                "a.csv:2: expected the columns code, from, until and description, found kode",
            ),
            ("a.csv", "list=drgs\nfrom,until\n", "a.csv:2: expected a column code"),
            (
                "a.csv",
                "list=drgs\ncode,from\n470,2025\n",
                "a.csv:3: expected a date like 20251001, found 2025",
            ),
            (
                "a.csv",
                "list=drgs\ncode,from\n470,20251301\n",
                "a.csv:3: expected a date like 20251001, found 20251301",
            ),
            (
                "a.csv",
                "list=drgs\ncode,from,until\n470,20260101,20250101\n",
                "a.csv:3: the code ends before it begins",
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
}

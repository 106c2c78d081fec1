//! Files as their maintainers publish them: ICD-10 and HCPCS of CMS, the taxonomies of NUCC.

use super::{Head, Loader, period};
use crate::dict::TextError;
use crate::dict::codes::csv::records;
use crate::dict::codes::set::{Period, Row};

impl Loader {
    /// `icd10cm_order_2026.txt` and its siblings: the fiscal year of CMS begins on October 1 of the year before.
    pub(super) fn icd10(&mut self, file: &str, rest: &str, text: &str) -> Result<(), TextError> {
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
            // The order file numbers its lines and has headings, marked 0, between the codes.
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
    pub(super) fn hcpcs(&mut self, file: &str, stem: &str, text: &str) -> Result<(), TextError> {
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
    pub(super) fn taxonomies(
        &mut self,
        file: &str,
        stem: &str,
        text: &str,
    ) -> Result<(), TextError> {
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
}

/// The lines that are not empty, with their numbers.
fn lines(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty())
}

/// Some columns of a line, trimmed; empty beyond the end of the line.
fn field(line: &str, columns: std::ops::Range<usize>) -> &str {
    line.get(columns.start..columns.end.min(line.len())).unwrap_or("").trim()
}

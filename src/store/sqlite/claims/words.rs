//! What a claim is found by, as words of the search index, and what a word of a search may mean.
//!
//! A word of the index that is no plain word has a mark in front, a letter after `_`, so that an amount is no claim number:
//! `n` number, `u` member, `v` provider, `p` payee, `d` date, `m` month, `y` year, `b` billed, `a` paid, `c` status category,
//! `k` status, `q` procedure, `t` word about a procedure, `f` form, `r` adjusted, `l` more days than one. Ids and names have none.

use rustc_hash::FxHashSet;
use time::{Date, Month};

use crate::dict::{CodeBook, procedure_words};
use crate::phi::redacted;
use crate::store::columns::{Letter, cents, date_from_column, date_to_column};
use crate::store::normalise_id;
use crate::store::{ClaimProvider, ClaimVersion};

/// Letters a word needs to match what begins with it.
const PREFIX_LETTERS_MIN: usize = 3;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The words of one claim, each once.
#[derive(Default)]
pub(super) struct Document {
    pub words: FxHashSet<String>,
    /// Those of them that a shorter word, or a range of codes, may stand for.
    pub listed: FxHashSet<String>,
}

impl Document {
    /// The words of a claim.
    pub(super) fn of(claim: &ClaimVersion) -> Self {
        let mut document = Self::default();
        document.add_numbers(claim);
        document.add_person(claim);
        document.add_dates(claim);
        document.add_provider(&claim.billing);
        document.add_provider(&claim.payee);
        document.add_provider(&claim.rendering);
        document.add(format!("_p{}", plain(&claim.payee.npi)));
        document.add(form_word(claim.form.letter()));
        document.add(format!("_c{}", plain(&claim.state.category)));
        document.add(format!("_k{}", plain(&claim.state.code)));
        if let Some(billed) = cents(claim.charge) {
            document.add(format!("_b{billed}"));
        }
        // What is not decided has no amount paid, and nothing else is zero so often.
        if claim.outcome.finalized.is_some()
            && let Some(paid) = cents(claim.outcome.paid)
        {
            document.add(format!("_a{paid}"));
        }
        for code in &claim.procedures {
            document.list(format!("_q{}", plain(code)));
            for word in procedure_words(code).unwrap_or_default().split(' ') {
                document.list(format!("_t{}", plain(word)));
            }
        }
        if claim.replaces.is_some() || claim.successor.is_some() {
            document.add(ADJUSTED.to_owned());
        }
        document
    }

    /// The text that the index is given.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(self.words.len() * 12);
        for word in &self.words {
            text.push_str(word);
            text.push(' ');
        }
        text
    }

    fn add(&mut self, word: String) {
        if word.len() > mark_len(&word) {
            self.words.insert(word);
        }
    }

    fn list(&mut self, word: String) {
        if word.len() > mark_len(&word) {
            self.words.insert(word.clone());
            self.listed.insert(word);
        }
    }

    fn add_numbers(&mut self, claim: &ClaimVersion) {
        self.add(format!("_n{}", plain(&claim.number)));
        self.add(plain(&claim.account));
        self.add(plain(&claim.outcome.trace));
    }

    /// Every form of the member id, and the name: all of it as one word, and each part.
    fn add_person(&mut self, claim: &ClaimVersion) {
        let sent = normalise_id(&claim.patient.member_id).to_lowercase();
        let digits = sent.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let prefix = &sent[..sent.len() - digits.len()];
        if let Some(owner) = &claim.member {
            let (subscriber, suffix) = (plain(&owner.subscriber), plain(&owner.suffix));
            self.add(format!("_u{subscriber}{suffix}"));
            self.add(format!("{subscriber}{suffix}"));
            self.add(format!("{prefix}{subscriber}{suffix}"));
            self.add(format!("{prefix}{subscriber}"));
            self.add(subscriber);
        }
        self.add(digits.to_owned());
        self.add(sent.clone());
        self.add_name(&claim.patient.last);
        self.add_name(&claim.patient.first);
    }

    fn add_provider(&mut self, provider: &ClaimProvider) {
        self.add(format!("_v{}", plain(&provider.npi)));
        self.add_name(&provider.last);
        self.add_name(&provider.first);
    }

    fn add_name(&mut self, name: &str) {
        for part in name.split(char::is_whitespace) {
            self.list(plain(part));
            if part.contains(|c: char| !c.is_alphanumeric()) {
                // `SMITH-O'NEIL`: both names, and what an apostrophe stands between.
                part.split('-').for_each(|part| self.list(plain(part)));
                for part in part.split(|c: char| !c.is_alphanumeric()) {
                    self.list(plain(part));
                }
            }
        }
    }

    fn add_dates(&mut self, claim: &ClaimVersion) {
        let dates =
            [Some(claim.from), Some(claim.to), Some(claim.received), claim.outcome.remitted];
        for date in dates.into_iter().flatten() {
            self.add(date_word(date));
            self.add(month_word(date.month()));
            self.add(format!("_y{}", date.year()));
        }
        if let Some(birth) = claim.patient.birth {
            self.add(date_word(birth));
        }
        if claim.from != claim.to {
            self.add(MANY_DAYS.to_owned());
        }
    }
}

/// The word of claims that replaced another or were replaced.
pub(super) const ADJUSTED: &str = "_r1";
/// The word of claims with more days than one.
pub(super) const MANY_DAYS: &str = "_l1";

/// The word of a form, by its letter.
pub(super) fn form_word(letter: &str) -> String {
    format!("_f{}", letter.to_lowercase())
}

/// Letters and digits alone, in lower case.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// How much of a word is its mark.
fn mark_len(word: &str) -> usize {
    if word.starts_with('_') { 2 } else { 0 }
}

fn date_word(date: Date) -> String {
    format!("_d{}", date_to_column(date))
}

fn month_word(month: Month) -> String {
    format!("_m{:02}", u8::from(month))
}

/// What a word of a search may mean. A claim matches when it has all words of one of `exact`, or a word that begins with one of
/// `beginnings`.
#[derive(Default, PartialEq, Eq)]
pub(super) struct Meaning {
    pub exact: Vec<Vec<String>>,
    pub beginnings: Vec<String>,
}

// People search for names.
redacted!(Meaning {});

impl Meaning {
    /// What a word may mean; nothing at all when it holds no letter and no digit.
    pub(super) fn of(word: &str) -> Option<Self> {
        let simple = plain(word);
        if simple.is_empty() {
            return None;
        }
        let mut meaning = Self::default();
        meaning.add_texts(&simple);
        meaning.add_dates(word, &simple);
        if let Some(amount) = amount(word) {
            meaning.exact.extend([vec![format!("_b{amount}")], vec![format!("_a{amount}")]]);
        }
        for mark in ["", "_n", "_v", "_q", "_t", "_c"] {
            meaning.exact.push(vec![format!("{mark}{simple}")]);
        }
        let letters = simple.chars().all(char::is_alphabetic);
        if letters && simple.chars().count() >= PREFIX_LETTERS_MIN {
            meaning.beginnings.extend([format!("_t{simple}"), simple]);
        }
        Some(meaning)
    }

    /// Statuses and categories that have the word in their text.
    fn add_texts(&mut self, simple: &str) {
        if simple.chars().count() < PREFIX_LETTERS_MIN {
            return;
        }
        let book = CodeBook::default();
        for (list, mark) in [("claim-status-categories", "_c"), ("claim-statuses", "_k")] {
            for row in book.set(list).into_iter().flat_map(|set| set.rows()) {
                let mut words = row.label.split(|c: char| !c.is_alphanumeric());
                if words.any(|word| word.eq_ignore_ascii_case(simple)) {
                    self.exact.push(vec![format!("{mark}{}", plain(row.code))]);
                }
            }
        }
    }

    fn add_dates(&mut self, word: &str, simple: &str) {
        if let Some(date) = date(word) {
            self.exact.push(vec![date_word(date)]);
        }
        let begins = |month: &&str| simple.len() >= 3 && month.starts_with(simple);
        let month = MONTHS.iter().position(begins).or((simple == "sept").then_some(8));
        if let Some(month) = month {
            self.exact.push(vec![format!("_m{:02}", month + 1)]);
        }
        let is_year =
            |text: &str| text.len() == 4 && (text.starts_with("19") || text.starts_with("20"));
        if is_year(simple) && simple.bytes().all(|byte| byte.is_ascii_digit()) {
            self.exact.push(vec![format!("_y{simple}")]);
        }
        // A month of a year.
        if let Some((first, second)) = word.split_once(['-', '/']) {
            let (year, month) = if is_year(first) { (first, second) } else { (second, first) };
            let month = month.parse::<u8>().ok().filter(|month| (1..=12).contains(month));
            if let Some(month) = month.filter(|_| is_year(year)) {
                self.exact.push(vec![format!("_m{month:02}"), format!("_y{year}")]);
            }
        }
    }

    /// True when a document matches.
    pub(super) fn matches(&self, document: &Document) -> bool {
        self.matches_exactly(document)
            || self.beginnings.iter().any(|beginning| {
                document.listed.iter().any(|word| word.starts_with(beginning.as_str()))
            })
    }

    /// True when a document matches without words that only begin so.
    pub(super) fn matches_exactly(&self, document: &Document) -> bool {
        self.exact.iter().any(|all| all.iter().all(|word| document.words.contains(word)))
    }
}

/// The words of a search: separated by blanks and commas, but for a comma in an amount.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for piece in text.split_whitespace() {
        if amount(piece).is_some() {
            words.push(piece.to_owned());
        } else {
            words.extend(piece.split(',').filter(|word| !word.is_empty()).map(str::to_owned));
        }
    }
    words
}

/// Cents of `150`, `150.5`, `$1,500.00`.
fn amount(word: &str) -> Option<i64> {
    let number = word.strip_prefix('$').unwrap_or(word);
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let groups: Vec<&str> = whole.split(',').collect();
    let digits = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let grouped = groups.len() == 1
        || (groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3));
    let is_part = part.len() <= 2 && (part.is_empty() || digits(&part));
    if !groups.iter().all(digits) || !grouped || !is_part || whole.len() > 12 {
        return None;
    }
    let whole: i64 = groups.concat().parse().ok()?;
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    whole.checked_mul(100)?.checked_add(part)
}

/// A date of `2026-07-04`, `07/04/2026`, `7/4/26` or `20260704`.
fn date(word: &str) -> Option<Date> {
    if word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit()) {
        return date_from_column(word.parse().ok()?).filter(|date| date.year() >= 1850);
    }
    let parts: Vec<&str> = word.split(['-', '/']).collect();
    let [first, second, third] = *parts else { return None };
    let number = |text: &str| text.parse::<i64>().ok().filter(|_| text.len() <= 4);
    let (first_number, second, third_number) = (number(first)?, number(second)?, number(third)?);
    let (year, month, day) = match (first.len(), third.len()) {
        (4, 1 | 2) => (first_number, second, third_number),
        (1 | 2, 4) => (third_number, first_number, second),
        (1 | 2, 2) => (2000 + third_number, first_number, second),
        _ => return None,
    };
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(1850..=2199).contains(&year) {
        return None;
    }
    date_from_column(year * 10_000 + month * 100 + day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::claims_story::claim;

    #[test]
    fn a_word_may_be_a_date_or_an_amount() {
        for (word, expected) in [
            ("2026-07-04", Some(20_260_704)),
            ("07/04/2026", Some(20_260_704)),
            ("7/4/26", Some(20_260_704)),
            ("20260704", Some(20_260_704)),
            ("2026-13-04", None),
            ("2026-02-30", None),
            ("99213", None),
            ("2026-07", None),
        ] {
            assert_eq!(date(word).map(date_to_column), expected, "{word}");
        }
        for (word, expected) in [
            ("150", Some(15_000)),
            ("150.5", Some(15_050)),
            ("$1,500.00", Some(150_000)),
            ("1,50", None),
            ("1.234", None),
            ("12a", None),
            ("", None),
            ("$", None),
        ] {
            assert_eq!(amount(word), expected, "{word}");
        }
        assert_eq!(split("July,smith  $1,500.00 99213,"), ["July", "smith", "$1,500.00", "99213"]);
    }

    /// The fields of the portal's search, each by what one would type.
    #[test]
    fn a_claim_is_found_by_each_of_its_fields() {
        let mut claim = claim("E26110000001");
        claim.account = "AC-77/1".into();
        claim.patient.last = "SAMPLE-O'NEIL".into();
        claim.outcome.paid = "91.95".parse().expect("a number");
        claim.outcome.finalized = Some(claim.received);
        claim.outcome.remitted = date("2026-11-20");
        claim.outcome.trace = "CHK0001".into();
        let document = Document::of(&claim);
        for word in [
            "E26110000001",
            "e26110000001",
            "2026-07-04",
            "07/04/2026",
            "July",
            "jul",
            "2026",
            "2026-07",
            "11/17/2026",
            "november",
            "2026-11-20",
            "91.95",
            "$91.95",
            "150",
            "150.00",
            "$150",
            "chk0001",
            "AC-77/1",
            "ac771",
            "S12300000101",
            "12300000101",
            "S123000001",
            "123000001",
            "sample",
            "O'Neil",
            "oneil",
            "sam",
            "mary",
            "1980-01-15",
            "process",
            "P1",
            "accepted",
            "1234567893",
            "clinic",
            "1245319599",
            "roe",
            "99213",
            "office",
            "visit",
            "vis",
        ] {
            let meaning = Meaning::of(word).expect("a word");
            assert!(meaning.matches(&document), "{word}");
        }
        for word in
            ["smith", "2026-07-03", "1980", "151", "august", "denied", "99214", "sa", "12300", "_v"]
        {
            let meaning = Meaning::of(word);
            assert!(meaning.is_none_or(|meaning| !meaning.matches(&document)), "{word}");
        }
        assert_eq!(Meaning::of("--"), None);
        assert!(!Meaning::of("sam").expect("a word").matches_exactly(&document));
        assert!(Meaning::of("mary").expect("a word").matches_exactly(&document));
    }
}

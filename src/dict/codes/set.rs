//! A list of codes with the days on which each may be used, packed: one text of all codes, and a table of offsets in it
//! for the look-up. A hundred thousand codes take about two megabytes; a look-up allocates nothing.

use std::hash::Hasher as _;

use rustc_hash::{FxHashMap, FxHasher};

/// Most codes in a list.
pub const CODES_MAX: usize = 1_000_000;

/// A period of days, both ends included, as CCYYMMDD; 0 leaves that side open.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Period {
    /// The first day.
    pub from: u32,
    /// The last day.
    pub until: u32,
}

impl Period {
    /// Every day.
    pub const ALWAYS: Period = Period { from: 0, until: 0 };

    /// True when a day of `other`, which is closed, lies in it.
    pub fn meets(self, other: Period) -> bool {
        self.from <= other.until && (self.until == 0 || other.from <= self.until)
    }

    fn last(self) -> u32 {
        if self.until == 0 { u32::MAX } else { self.until }
    }
}

/// A code with its period and label, before it is packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row<'a> {
    /// The code.
    pub code: &'a str,
    /// When it may be used. A code that was withdrawn and introduced again has several rows.
    pub period: Period,
    /// What it means; may be empty.
    pub label: &'a str,
}

/// Where a list came from.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Origin {
    /// Who maintains it.
    pub source: Box<str>,
    /// Which edition it is.
    pub edition: Box<str>,
    /// The files it was read from; none when it is built in.
    pub files: Vec<Box<str>>,
}

/// The result of looking up a code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// The code is not in the list.
    Unknown,
    /// The code is in the list on every day.
    Always,
    /// The code is in the list on some days: ask [`CodeSet::is_valid`].
    Dated(Entry),
}

/// The first row of a code in its list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry(u32);

/// A packed list of codes.
#[derive(Clone, Debug, Default)]
pub struct CodeSet {
    name: Box<str>,
    origin: Origin,
    /// The days the list covers; nothing is known about other days. Empty for all days.
    covers: Vec<Period>,
    /// The day up to which the list is complete; 0 for always.
    complete: u32,
    /// Codes one after the other, sorted, and where each begins; one place more than codes.
    text: String,
    starts: Vec<u32>,
    /// For each code its period, by its index in `periods`.
    period_of: Vec<u32>,
    periods: Vec<Period>,
    /// Labels one after the other, and where each begins; empty when none are stored.
    labels: String,
    label_starts: Vec<u32>,
    /// Open addressing: the first row of a code, plus one.
    slots: Vec<u32>,
}

impl CodeSet {
    /// Packs a list. Rows come in any order; equal rows are merged.
    pub fn new<'a>(name: &str, origin: Origin, rows: impl IntoIterator<Item = Row<'a>>) -> CodeSet {
        let mut rows: Vec<Row<'a>> = rows.into_iter().filter(|row| !row.code.is_empty()).collect();
        rows.sort_by(|a, b| (a.code, a.period).cmp(&(b.code, b.period)));
        rows.dedup_by(|next, kept| {
            let joins = next.code == kept.code && next.period.from <= after(kept.period.last());
            if joins {
                let last = kept.period.last().max(next.period.last());
                kept.period.until = if last == u32::MAX { 0 } else { last };
            }
            joins
        });
        let mut set = CodeSet { name: name.into(), origin, ..CodeSet::default() };
        let mut known: FxHashMap<Period, u32> = FxHashMap::default();
        for row in rows.iter().take(CODES_MAX) {
            set.starts.push(set.text.len() as u32);
            set.text.push_str(row.code);
            set.label_starts.push(set.labels.len() as u32);
            set.labels.push_str(row.label);
            let period = *known.entry(row.period).or_insert_with(|| {
                set.periods.push(row.period);
                (set.periods.len() - 1) as u32
            });
            set.period_of.push(period);
        }
        set.starts.push(set.text.len() as u32);
        set.label_starts.push(set.labels.len() as u32);
        if set.labels.is_empty() {
            set.label_starts = Vec::new();
        }
        set.fill_slots();
        set
    }

    /// The same list, covering these days only.
    #[must_use]
    pub fn covering(mut self, mut days: Vec<Period>) -> CodeSet {
        days.sort_unstable();
        days.dedup_by(|next, kept| {
            let joins = next.from <= after(kept.last());
            if joins {
                let last = kept.last().max(next.last());
                kept.until = if last == u32::MAX { 0 } else { last };
            }
            joins
        });
        self.covers = days;
        self
    }

    /// The same list, which may lack codes introduced after this day; 0 for a complete list.
    #[must_use]
    pub fn complete_until(mut self, day: u32) -> CodeSet {
        self.complete = day;
        self
    }

    fn fill_slots(&mut self) {
        let size = (self.len() * 2).next_power_of_two().max(4);
        self.slots = vec![0; size];
        for row in 0..self.len() as u32 {
            if row > 0 && self.code(row - 1) == self.code(row) {
                continue;
            }
            let mut at = spread(self.code(row).as_bytes(), size);
            while self.slots[at] != 0 {
                at = (at + 1) & (size - 1);
            }
            self.slots[at] = row + 1;
        }
    }

    /// The name by which guides ask for it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it came from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The days it covers; empty for all.
    pub fn covers(&self) -> &[Period] {
        &self.covers
    }

    /// The day up to which the list is complete; 0 for always.
    pub fn complete(&self) -> u32 {
        self.complete
    }

    /// True when the list covers one of these days.
    pub fn speaks_of(&self, days: Period) -> bool {
        self.covers.is_empty() || self.covers.iter().any(|period| period.meets(days))
    }

    /// Rows in it: a code counts once for each of its periods.
    pub fn len(&self) -> usize {
        self.period_of.len()
    }

    /// True when the list has no codes.
    pub fn is_empty(&self) -> bool {
        self.period_of.is_empty()
    }

    /// Codes in it.
    pub fn codes(&self) -> usize {
        self.slots.iter().filter(|slot| **slot != 0).count()
    }

    /// Its rows, sorted by code and then by day.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.len() as u32).map(|row| self.row(row))
    }

    /// The rows of one code.
    pub fn rows_of(&self, code: &[u8]) -> impl Iterator<Item = Row<'_>> {
        let first = self.find(code).unwrap_or(self.len() as u32);
        (first..self.len() as u32)
            .take_while(move |row| *row == first || self.code(*row) == self.code(first))
            .map(|row| self.row(row))
    }

    /// Looks up a code.
    pub fn standing(&self, code: &[u8]) -> Standing {
        match self.find(code) {
            None => Standing::Unknown,
            Some(row) if self.period(row) == Period::ALWAYS => Standing::Always,
            Some(row) => Standing::Dated(Entry(row)),
        }
    }

    /// True when the code of this entry may be used on one of these days.
    pub fn is_valid(&self, entry: Entry, days: Period) -> bool {
        self.periods_of(entry).any(|period| period.meets(days))
    }

    /// Of the periods of this entry the one to name when the code was used on these days: the last that had
    /// begun by then, else the first.
    pub fn nearest(&self, entry: Entry, days: Period) -> Period {
        let begun = self.periods_of(entry).filter(|period| period.from <= days.from).last();
        begun.unwrap_or_else(|| self.period(entry.0))
    }

    fn periods_of(&self, entry: Entry) -> impl Iterator<Item = Period> {
        (entry.0..self.len() as u32)
            .take_while(move |row| *row == entry.0 || self.code(*row) == self.code(entry.0))
            .map(|row| self.period(row))
    }

    fn row(&self, row: u32) -> Row<'_> {
        let label = match self.label_starts.get(row as usize..row as usize + 2) {
            Some([start, end]) => &self.labels[*start as usize..*end as usize],
            _ => "",
        };
        Row { code: self.code(row), period: self.period(row), label }
    }

    fn code(&self, row: u32) -> &str {
        let (start, end) = (self.starts[row as usize], self.starts[row as usize + 1]);
        &self.text[start as usize..end as usize]
    }

    fn period(&self, row: u32) -> Period {
        self.periods[self.period_of[row as usize] as usize]
    }

    fn find(&self, code: &[u8]) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = spread(code, self.slots.len());
        loop {
            match self.slots[at] {
                0 => return None,
                row if self.code(row - 1).as_bytes() == code => return Some(row - 1),
                _ => at = (at + 1) & mask,
            }
        }
    }
}

fn spread(code: &[u8], slots: usize) -> usize {
    let mut hasher = FxHasher::default();
    hasher.write(code);
    hasher.finish() as usize & (slots - 1)
}

/// The day after, roughly: good enough to see that two periods are adjacent.
fn after(day: u32) -> u32 {
    let (year, month, of_month) = (day / 10_000, day / 100 % 100, day % 100);
    let last = match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    match (month, of_month) {
        _ if day == u32::MAX => day,
        (12, 31..) => (year + 1) * 10_000 + 101,
        (_, of_month) if of_month >= last => year * 10_000 + (month + 1) * 100 + 1,
        _ => day + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(code: &str, from: u32, until: u32) -> Row<'_> {
        Row { code, period: Period { from, until }, label: "" }
    }

    fn day(day: u32) -> Period {
        Period { from: day, until: day }
    }

    #[test]
    fn codes_are_found_with_their_periods() {
        let rows = [
            row("B1", 20200101, 20201231),
            row("A1", 0, 0),
            row("B1", 20230101, 0),
            row("LONGER-THAN-EIGHT", 0, 20191231),
        ];
        let set = CodeSet::new("x", Origin::default(), rows);
        assert_eq!((set.len(), set.codes()), (4, 3));
        assert_eq!(set.standing(b"A1"), Standing::Always);
        assert_eq!(set.standing(b"A"), Standing::Unknown);
        assert_eq!(set.standing(b""), Standing::Unknown);
        let Standing::Dated(entry) = set.standing(b"B1") else { panic!("dated") };
        for (on, valid) in [
            (20191231, false),
            (20200101, true),
            (20201231, true),
            (20210615, false),
            (20250101, true),
        ] {
            assert_eq!(set.is_valid(entry, day(on)), valid, "{on}");
        }
        // One day of the use is enough.
        assert!(set.is_valid(entry, Period { from: 20201230, until: 20210103 }));
        assert_eq!(set.nearest(entry, day(20190101)).from, 20200101);
        assert_eq!(set.nearest(entry, day(20210615)).until, 20201231);
        assert_eq!(set.rows_of(b"B1").count(), 2);
        assert_eq!(set.rows_of(b"none").count(), 0);
        assert!(matches!(set.standing(b"LONGER-THAN-EIGHT"), Standing::Dated(_)));
    }

    #[test]
    fn editions_that_follow_one_another_are_one_period() {
        let rows = [
            row("A", 20231001, 20240930),
            row("A", 20241001, 20250930),
            row("B", 20231001, 20240930),
            row("A", 20231001, 20240930),
        ];
        let set = CodeSet::new("x", Origin::default(), rows)
            .covering(vec![period(20241001, 20250930), period(20231001, 20240930)]);
        let all: Vec<Period> = set.rows().map(|row| row.period).collect();
        assert_eq!(all, [period(20231001, 20250930), period(20231001, 20240930)]);
        assert_eq!(set.covers(), [period(20231001, 20250930)]);
        assert!(set.speaks_of(day(20240101)) && !set.speaks_of(day(20251001)));
    }

    fn period(from: u32, until: u32) -> Period {
        Period { from, until }
    }

    #[test]
    fn days_follow_one_another() {
        for (day, next) in [
            (20240930, 20241001),
            (20231231, 20240101),
            (20240228, 20240229),
            (20230228, 20230301),
            (20240115, 20240116),
            (u32::MAX, u32::MAX),
        ] {
            assert_eq!(after(day), next);
        }
    }

    #[test]
    fn an_empty_list_knows_nothing() {
        let set = CodeSet::new("x", Origin::default(), []);
        assert!(set.is_empty() && set.standing(b"A") == Standing::Unknown);
        assert_eq!(CodeSet::default().standing(b"A"), Standing::Unknown);
    }

    #[test]
    fn many_codes_stay_small() {
        let codes: Vec<String> = (0..100_000).map(|n| format!("Z{n:06}")).collect();
        let rows = codes.iter().map(|code| row(code, 20231001, 0));
        let set = CodeSet::new("x", Origin::default(), rows);
        assert!(codes.iter().step_by(97).all(|c| set.standing(c.as_bytes()) != Standing::Unknown));
        let words = set.starts.len() + set.period_of.len() + set.slots.len();
        assert!(set.text.len() + words * 4 < 3 << 20);
    }
}

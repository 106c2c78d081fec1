//! For each element and component a test that nearly every right value passes at once, in 16 bytes. It never says that a value is
//! wrong: one that does not pass is judged by all the rules about it.

use rustc_hash::FxHashMap;

use super::hot::HotElement;
use super::scope::NONE;
use crate::dict::{CodeList, DataType, packed, slot_of};
use crate::guide::{Pattern, Usage};

/// Longest table of codes that is copied for quick look-up, in slots.
const SLOTS_MAX: usize = 1024;

/// No limit, of decimal places or digits.
const ANY: u8 = u8::MAX;

#[derive(Clone, Copy, Debug, Default)]
enum Kind {
    /// Every value is judged by all the rules.
    #[default]
    Unsure,
    /// A length, and no blank at either end.
    Text,
    /// The same, and not what a post office box begins with.
    Street,
    /// A number without sign and leading zeros.
    Number,
    /// The same, and not zero.
    Positive,
    /// A code of a list.
    Code,
}

/// The test of an element or component use.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct QuickTest {
    kind: Kind,
    /// Most decimal places of a number; the point itself is allowed where there may be any.
    places_max: u8,
    /// Most characters of a number, whatever its length limits are.
    characters_max: u8,
    length_min: u16,
    length_max: u16,
    /// The table of codes, in [`QuickTests::codes`]: its first slot, and its length less one.
    first: u32,
    mask: u32,
}

/// The tests of a guide.
#[derive(Debug, Default)]
pub(crate) struct QuickTests {
    /// One for each of `Plan::elements`.
    pub(crate) tests: Vec<QuickTest>,
    /// Tables of codes, packed.
    codes: Vec<u64>,
}

impl QuickTests {
    pub(super) fn new(elements: &[HotElement], lists: &[CodeList]) -> QuickTests {
        let mut quick = QuickTests::default();
        let mut known = FxHashMap::default();
        for hot in elements {
            let mut test = QuickTest {
                kind: kind_of(hot),
                places_max: if hot.kind == DataType::R { ANY } else { 0 },
                characters_max: ANY,
                length_min: hot.length_min,
                length_max: hot.length_max,
                ..QuickTest::default()
            };
            match hot.pattern {
                // The last two digits are the cents, whether they are written or not.
                Some(Pattern::Amount { digits, .. }) => {
                    test.places_max = test.places_max.min(2);
                    test.characters_max = digits.saturating_sub(2);
                }
                Some(Pattern::Quantity(places)) => test.places_max = test.places_max.min(places),
                _ => {}
            }
            if let Kind::Code = test.kind {
                let table = lists[hot.list as usize].table();
                if (1..=SLOTS_MAX).contains(&table.len()) {
                    test.first = *known.entry(hot.list).or_insert_with(|| {
                        quick.codes.extend_from_slice(table);
                        (quick.codes.len() - table.len()) as u32
                    });
                    test.mask = table.len() as u32 - 1;
                } else {
                    test.kind = Kind::Unsure;
                }
            }
            quick.tests.push(test);
        }
        quick
    }

    /// True for a value that no rule about its element objects to; it is not empty.
    #[inline(always)]
    pub(crate) fn passes(&self, test: &QuickTest, value: &[u8]) -> bool {
        match test.kind {
            Kind::Unsure => false,
            Kind::Code => {
                let key = packed(value);
                let table = &self.codes[test.first as usize..=(test.first + test.mask) as usize];
                let mut at = slot_of(key, table.len());
                loop {
                    match table[at] {
                        0 => return false,
                        found if found == key => return true,
                        _ => at = (at + 1) & test.mask as usize,
                    }
                }
            }
            Kind::Text => test.is_text(value),
            Kind::Street => test.is_text(value) && value[0] | 0x20 != b'p',
            Kind::Number => test.is_number(value),
            Kind::Positive => matches!(value[0], b'1'..=b'9') && test.is_number(value),
        }
    }
}

impl QuickTest {
    #[inline(always)]
    fn is_text(&self, value: &[u8]) -> bool {
        let length = value.len();
        length >= usize::from(self.length_min)
            && length <= usize::from(self.length_max)
            && value[0] != b' '
            && value[length - 1] != b' '
    }

    #[inline(always)]
    fn is_number(&self, value: &[u8]) -> bool {
        if value.len() > usize::from(self.characters_max) {
            return false;
        }
        let mut point = value.len();
        for (at, byte) in value.iter().enumerate() {
            match byte {
                b'0'..=b'9' => {}
                b'.' if point == value.len() && self.places_max > 0 => point = at,
                _ => return false,
            }
        }
        let places = (value.len() - point).saturating_sub(1);
        let digits = value.len() - usize::from(point < value.len());
        let has_zeros = value[0] == b'0' && point > 1;
        !has_zeros
            && digits >= usize::from(self.length_min).max(1)
            && digits <= usize::from(self.length_max)
            && (places <= usize::from(self.places_max) || self.places_max == ANY)
    }
}

fn kind_of(hot: &HotElement) -> Kind {
    let is_number = matches!(hot.kind, DataType::R | DataType::N(_));
    match hot.pattern {
        _ if hot.usage == Usage::NotUsed => Kind::Unsure,
        _ if hot.list != NONE => Kind::Code,
        None | Some(Pattern::Quantity(_)) if is_number => Kind::Number,
        Some(Pattern::Amount { is_adjustment, .. }) if is_number => match is_adjustment {
            true => Kind::Positive,
            false => Kind::Number,
        },
        None if matches!(hot.kind, DataType::An | DataType::Id) => Kind::Text,
        Some(Pattern::Street) if matches!(hot.kind, DataType::An | DataType::Id) => Kind::Street,
        _ => Kind::Unsure,
    }
}

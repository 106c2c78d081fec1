//! A search as the keys to look up: what to look for is settled here, once for SQL and for the snapshot.

use super::columns::date_to_column;
use super::id::id_forms;
use super::{Member, MemberFile, MemberSearch};
use crate::phi::redacted;

/// By what members are looked up.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum KeyKind {
    /// Subscriber number.
    Family,
    /// Subscriber number and suffix run together.
    Person,
    /// See [`name_key`].
    Name,
    /// Social security number.
    Ssn,
    /// Identity card number.
    Card,
    /// Medicare or Medicaid id.
    MedicareId,
}

impl KeyKind {
    /// Every kind; the position of a kind in it is the kind as a number.
    pub(super) const ALL: [Self; 6] =
        [Self::Family, Self::Person, Self::Name, Self::Ssn, Self::Card, Self::MedicareId];

    /// The kind for a REF01 qualifier; none when members cannot be found by it.
    fn of_qualifier(qualifier: &str) -> Option<Self> {
        match qualifier {
            "SY" => Some(Self::Ssn),
            "HJ" => Some(Self::Card),
            "F6" | "NQ" => Some(Self::MedicareId),
            _ => None,
        }
    }
}

/// A key to look up for a search.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Probe<'a> {
    pub(super) kind: KeyKind,
    pub(super) key: std::borrow::Cow<'a, str>,
    /// The prefix that was named: a member with another one is another person.
    pub(super) prefix: Option<&'a str>,
}

redacted!(Probe<'_> { kind });

impl Probe<'_> {
    /// True when the id's prefix allows this member.
    pub(super) fn admits(&self, member: &Member) -> bool {
        self.prefix.is_none_or(|prefix| prefix == &*member.prefix)
    }
}

/// Calls `probe` with each key that `search` may mean; with none when no member can match.
pub(super) fn each_probe<'a>(search: &'a MemberSearch, mut probe: impl FnMut(Probe<'a>)) {
    match search {
        MemberSearch::Id(id) => {
            for form in id_forms(id) {
                let kind = if form.person { KeyKind::Person } else { KeyKind::Family };
                probe(Probe { kind, key: form.key.into(), prefix: form.prefix });
            }
        }
        MemberSearch::Name { last, first, birth } => {
            let key = name_key(last, first, *birth).into();
            probe(Probe { kind: KeyKind::Name, key, prefix: None });
        }
        MemberSearch::Other { qualifier, value } => {
            if let Some(kind) = KeyKind::of_qualifier(qualifier) {
                probe(Probe { kind, key: (&**value).into(), prefix: None });
            }
        }
    }
}

/// The one text by which a name and birth date are looked for. Both names are normalised already.
pub(super) fn name_key(last: &str, first: &str, birth: time::Date) -> String {
    format!("{last}/{first}/{}", date_to_column(birth))
}

/// Members of one answer stand in the order of their ids, wherever they were found.
pub(super) fn sort_members(files: &mut [MemberFile]) {
    if files.len() > 1 {
        files.sort_by(|a, b| {
            (&a.member.subscriber, &a.member.suffix).cmp(&(&b.member.subscriber, &b.member.suffix))
        });
    }
}

//! Keeps protected health information out of logs: how `Debug` shows a type that contains any, also in panics and
//! failing tests.

/// Implements `Debug` for a type with data of a person: its name, and the fields that are listed because they
/// identify no one.
///
/// ```text
/// redacted!(Member {});
/// redacted!(Reference { qualifier });
/// redacted!(Level<S> {});
/// redacted!(Search<'_> {});
/// ```
macro_rules! redacted {
    ($type:ident<'_> { $($shown:ident),* }) => {
        $crate::phi::redacted!(@ [] $type [<'_>] { $($shown),* });
    };
    ($type:ident<$param:ident> { $($shown:ident),* }) => {
        $crate::phi::redacted!(@ [<$param>] $type [<$param>] { $($shown),* });
    };
    ($type:ident { $($shown:ident),* }) => {
        $crate::phi::redacted!(@ [] $type [] { $($shown),* });
    };
    (@ [$($given:tt)*] $type:ident [$($params:tt)*] { $($shown:ident),* }) => {
        impl $($given)* ::std::fmt::Debug for $type $($params)* {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($type))
                    $(.field(stringify!($shown), &self.$shown))*
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use redacted;

/// Printable text with its digits and letters hidden, in its own length.
pub(crate) fn hidden(value: &str) -> String {
    value
        .chars()
        .map(|c| match c {
            '0'..='9' => '#',
            c if c.is_ascii_alphabetic() => 'x',
            c if c.is_ascii_graphic() || c == ' ' => c,
            _ => '?',
        })
        .collect()
}

/// Longest text quoted in an error, in characters.
const QUOTED_MAX: usize = 24;

/// Text that was found where something else was expected, as an error may quote it: the file may be another one than was meant.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown: String = hidden(text).chars().take(QUOTED_MAX).collect();
    if text.chars().count() > QUOTED_MAX {
        shown.push_str("...");
    }
    shown
}

/// An error of a parser with what it quotes hidden: all text in double quotes, and the first one in backticks, which is the
/// name that was found; those after it are the names that were expected.
#[cfg(feature = "gateway")]
pub(crate) fn quotes_hidden(message: &str) -> String {
    let mut shown = String::with_capacity(message.len());
    let mut is_first = !message.starts_with("missing field");
    for (index, part) in message.split('"').enumerate() {
        if index > 0 {
            shown.push('"');
        }
        if index % 2 == 1 {
            shown.push_str(&quoted(part));
            continue;
        }
        for (index, name) in part.split('`').enumerate() {
            if index > 0 {
                shown.push('`');
            }
            match index % 2 == 1 && std::mem::take(&mut is_first) {
                true => shown.push_str(&quoted(name)),
                false => shown.push_str(name),
            }
        }
    }
    shown
}

#[cfg(test)]
#[expect(dead_code, reason = "only what `Debug` prints is looked at")]
mod tests {
    struct Member {
        id: String,
        kind: u8,
    }

    redacted!(Member { kind });

    struct Search<'s>(&'s str);

    redacted!(Search<'_> {});

    struct Level<S> {
        below: Vec<S>,
    }

    redacted!(Level<S> {});

    #[cfg(feature = "gateway")]
    #[test]
    fn what_a_parser_quotes_is_hidden_and_what_it_expected_is_not() {
        for (said, shown) in [
            (
                "unknown field `DOE`, expected one of `id`, `name`",
                "unknown field `xxx`, expected one of `id`, `name`",
            ),
            (
                "invalid type: string \"DOE\", expected a date",
                "invalid type: string \"xxx\", expected a date",
            ),
            ("missing field `id`", "missing field `id`"),
        ] {
            assert_eq!(super::quotes_hidden(said), shown);
        }
    }

    #[test]
    fn a_quote_is_masked_and_bounded() {
        assert_eq!(super::quoted("NM1*IL*1*DOE"), "xx#*xx*#*xxx");
        assert_eq!(super::quoted(&"D".repeat(90)), "x".repeat(24) + "...");
    }

    #[test]
    fn only_what_is_listed_is_shown() {
        let member = Member { id: "S12300000101".to_owned(), kind: 7 };
        assert_eq!(format!("{member:?}"), "Member { kind: 7, .. }");
        assert_eq!(format!("{:?}", Search("DOE")), "Search { .. }");
        assert_eq!(format!("{:#?}", Level { below: vec!["DOE"] }), "Level { .. }");
    }
}

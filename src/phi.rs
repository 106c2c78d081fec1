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

    #[test]
    fn only_what_is_listed_is_shown() {
        let member = Member { id: "S12300000101".to_owned(), kind: 7 };
        assert_eq!(format!("{member:?}"), "Member { kind: 7, .. }");
        assert_eq!(format!("{:?}", Search("DOE")), "Search { .. }");
        assert_eq!(format!("{:#?}", Level { below: vec!["DOE"] }), "Level { .. }");
    }
}

//! N3 and N4: a postal address.

use super::text::{fit, text, upper};
use crate::phi::redacted;
use crate::wire::{EmitError, Emitter, Segment};

/// N3 and N4.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PostalAddress {
    /// N301.
    pub line1: Box<str>,
    /// N302.
    pub line2: Box<str>,
    /// N401.
    pub city: Box<str>,
    /// N402.
    pub state: Box<str>,
    /// N403.
    pub zip: Box<str>,
    /// N404.
    pub country: Box<str>,
    /// N407.
    pub subdivision: Box<str>,
}

redacted!(PostalAddress {});

impl PostalAddress {
    /// Reads the N3 and N4 of a loop; none where it has neither.
    pub fn read(n3: Option<Segment<'_>>, n4: Option<Segment<'_>>) -> Option<PostalAddress> {
        let street = |position| n3.map_or_else(Box::default, |n3| text(n3.value(position)));
        let place = |position| n4.map_or_else(Box::default, |n4| text(n4.value(position)));
        (n3.is_some() || n4.is_some()).then(|| PostalAddress {
            line1: street(1),
            line2: street(2),
            city: place(1),
            state: place(2),
            zip: place(3),
            country: place(4),
            subdivision: place(7),
        })
    }

    /// Writes N3 when there is a street and N4 when there is a city, which N4 requires.
    ///
    /// # Errors
    /// None that text could cause, because it is made to fit.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let delimiters = out.delimiters();
        let line1 = upper(&self.line1, 55, delimiters);
        if !line1.is_empty() {
            let line2 = upper(&self.line2, 55, delimiters);
            out.segment("N3").text(&line1).text(&line2).end()?;
        }
        let city = upper(&self.city, 30, delimiters);
        if city.len() < 2 {
            return Ok(());
        }
        // A state that is not two characters once it is made to fit is left out.
        let state = upper(&self.state, 2, delimiters);
        out.segment("N4")
            .text(&city)
            .text(if state.len() == 2 { &state } else { "" })
            .text(&fit(&self.zip, 3, 15, delimiters))
            .text(&fit(&self.country, 2, 3, delimiters))
            .text("")
            .text("")
            .text(&fit(&self.subdivision, 1, 3, delimiters))
            .end()
    }
}

/// Writes N3 of one line and N4, of text that is known to fit.
///
/// # Errors
/// Text that does not fit.
pub fn write_address(
    out: &mut Emitter,
    street: &str,
    city: &str,
    state: &str,
    zip: &str,
) -> Result<(), EmitError> {
    out.segment("N3").text(street).end()?;
    out.segment("N4").text(city).text(state).text(zip).end()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, written};
    use super::*;

    #[test]
    fn it_is_read_and_written() {
        let n3 = read("N3*1 MAIN ST*SUITE 2", |n3| PostalAddress::read(Some(n3), None)).unwrap();
        assert_eq!((&*n3.line1, &*n3.line2, &*n3.city), ("1 MAIN ST", "SUITE 2", ""));
        let n4 = read("N4*BOSTON*MA*02111", |n4| PostalAddress::read(None, Some(n4))).unwrap();
        let both = PostalAddress { line1: n3.line1, line2: n3.line2, ..n4 };
        let text = "N3*1 MAIN ST*SUITE 2~N4*BOSTON*MA*02111~";
        assert_eq!(written(|out| both.write(out)), text);
        assert_eq!(PostalAddress::read(None, None), None);
        let bare = written(|out| write_address(out, "1 MAIN ST", "BOSTON", "MA", "02111"));
        assert_eq!(bare, "N3*1 MAIN ST~N4*BOSTON*MA*02111~");
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let address = PostalAddress {
            line1: "1 Main St".into(),
            city: "Boston".into(),
            state: "Massachusetts".into(),
            zip: "1".into(),
            ..PostalAddress::default()
        };
        let text = written(|out| address.write(out));
        assert!(text.starts_with("N3*1 MAIN ST~N4*BOSTON"), "{text}");
        let nowhere = PostalAddress { city: "B".into(), ..address };
        assert_eq!(written(|out| nowhere.write(out)), "N3*1 MAIN ST~");
    }
}

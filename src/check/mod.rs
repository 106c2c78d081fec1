//! Findings: everything that is wrong with a message, one file per SNIP type.

//! Findings as reports: text for a terminal, JSON lines for programs, and a page of HTML.

mod absent;
mod excerpt;
mod html;
mod json;
#[cfg(feature = "cli")]
mod text;

pub use absent::AbsentLists;
pub use html::{escaped, html_file, html_file_end, html_finding, html_page, html_page_end};
pub use json::{AssumedSeparators, FileSummary, json_line};
#[cfg(feature = "cli")]
pub use text::{Style, TextRenderer};

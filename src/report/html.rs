//! Findings as one self-contained HTML page: no script, no foreign origin. Every text in it is escaped.
//!
//! The page is written as the findings come, so that none of it is kept in memory: a summary comes after what it sums up,
//! and the style moves it to the top.

use super::excerpt::{loop_words, place_words, shown_segment};
use crate::finding::Finding;
use crate::finding::render::{RenderContext, ack_segments, message};

/// Text escaped for an element or a quoted attribute.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Characters that could reverse or hide text are shown as unknown.
            c if c.is_control()
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                out.push('\u{fffd}');
            }
            c => out.push(c),
        }
    }
    out
}

/// The finding with its segment, the part in error marked, for a page of [`html_file`].
pub fn html_finding(file: &str, finding: &Finding, context: &RenderContext<'_>) -> String {
    let entry = finding.code.entry();
    let severity = finding.severity.as_str();
    let title = escaped(&message(finding, context));
    // What follows from another finding stands below it, closed.
    let (open, follows) = match finding.because {
        None => ("open ", ""),
        Some(_) => ("", " follows"),
    };
    let mut out = format!(
        "<details {open}class=\"{severity}{follows}\"><summary><b>{severity} {}</b> {title}</summary>\n",
        entry.id
    );
    if let Some(segment) = context.segment {
        // The shown text is ASCII, so that any range of it is text.
        let (text, marked) = shown_segment(segment, finding, context);
        let part = |range: std::ops::Range<usize>| escaped(text.get(range).unwrap_or_default());
        out.push_str(&format!(
            "<pre>{}<mark>{}</mark>{}</pre>\n",
            part(0..marked.start),
            part(marked.clone()),
            part(marked.end..text.len())
        ));
    }
    let notes = [
        Some(place_words(file, finding)),
        loop_words(finding, context),
        Some(finding.code.advice().to_owned()).filter(|advice| !advice.is_empty()),
        ack_segments(finding, context),
        context.reason(finding).map(|reason| format!("{severity} because of {reason}")),
    ];
    for note in notes.into_iter().flatten() {
        out.push_str(&format!("<p>{}</p>\n", escaped(&note)));
    }
    out.push_str("</details>\n");
    out
}

/// The page down to its heading.
pub fn html_page() -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\"><title>x12gate check</title>\n\
         <style>{STYLE}</style></head>\n<body><h1>x12gate check</h1>\n"
    )
}

/// The end of a page, with a summary of all of it.
pub fn html_page_end(summary: &str) -> String {
    format!("<p class=\"summary\">{}</p>\n</body></html>\n", escaped(summary))
}

/// Begins the part of a file; its findings come next.
pub fn html_file(file: &str) -> String {
    format!("<section><h2>{}</h2>\n", escaped(file))
}

/// Ends the part of a file, with its summary in words.
pub fn html_file_end(summary: &str) -> String {
    format!("<p class=\"summary\">{}</p>\n</section>\n", escaped(summary))
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
details{border-left:4px solid #888;padding:.2rem 1rem;margin:1rem 0}\
ul{margin:.3rem 0}.error{border-color:#b00020}.warning{border-color:#b26a00}.follows{margin-left:2rem}\
pre{overflow-x:auto;background:#f4f4f4;color:#111;padding:.5rem}mark{background:#ffd54f}\
p{margin:.3rem 0}body,section{display:flex;flex-direction:column}h1,h2{order:-2}.summary{order:-1}";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Code, Detail, Grounds, Locus, Severity};
    use crate::wire::{Delimiters, Tag, Tape};

    #[test]
    fn hostile_bytes_stay_text() {
        let text = b"NM1*<script>alert('1')</script>&\"\x1b\xff*~";
        let mut tape = Tape::default();
        tape.fill(text, Delimiters::STANDARD);
        let at = Locus { tag: Tag::from("NM1"), element: 1, ..Locus::default() };
        let (code, severity) = (Code::ElementMissing, Severity::Error);
        let found = Finding {
            code,
            severity,
            grounds: Grounds::Catalog,
            at,
            detail: Detail::None,
            because: None,
        };
        for show_values in [true, false] {
            let segment = Some(tape.segment(text, 0));
            let context = RenderContext { segment, show_values, ..RenderContext::default() };
            let shown = html_finding("<img src=x>", &found, &context);
            assert!(!shown.contains("<script") && !shown.contains("<img"), "{shown}");
            assert!(!shown.contains('\u{1b}'));
            assert_eq!(shown.contains("&lt;script&gt;"), show_values, "{shown}");
        }
        let parts = [html_page(), html_file("<i>"), html_file_end("<u>"), html_page_end("</p><b>")];
        let page = parts.concat();
        assert!(!page.contains("<b>") && !page.contains("<i>") && !page.contains("<u>"));
        assert!(!page.contains("http:") && page.contains("default-src 'none'"));
    }
}

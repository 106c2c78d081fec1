//! Reads a file with a crate and prints how many transaction sets it found: `peers CRATE FILE`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let (Some(name), Some(path)) = (args.next(), args.next()) else { return ExitCode::from(2) };
    let Ok(text) = std::fs::read_to_string(path) else { return ExitCode::from(2) };
    match sets(&name, &text) {
        Some(sets) => println!("{sets} sets"),
        None => return ExitCode::FAILURE,
    }
    ExitCode::SUCCESS
}

fn sets(name: &str, text: &str) -> Option<usize> {
    match name {
        "x12-stream-parser" => stream(text),
        "edi" => {
            let document = edi::parse(text).ok()?;
            let groups = document.interchanges.iter().flat_map(|i| &i.functional_groups);
            Some(groups.map(|group| group.transactions.len()).sum())
        }
        #[cfg(feature = "typed")]
        "x12-types" => {
            use x12_types::util::Parser;
            use x12_types::v005010::{_270, Transmission};
            let (_, read) = Transmission::<_270>::parse(text).ok()?;
            Some(read.functional_group.iter().map(|group| group.segments.len()).sum())
        }
        _ => None,
    }
}

/// Visits every element, as ours does.
fn stream(text: &str) -> Option<usize> {
    let delimiters = x12_delimiters::Delimiters::new(b'~', b'*', b':');
    let (mut sets, mut elements) = (0, 0);
    for segment in x12_stream_parser::Parser::new(text.trim_end().as_bytes(), delimiters) {
        let segment = segment.ok()?;
        sets += usize::from(segment.id() == b"ST");
        elements += segment.elements().count();
    }
    std::hint::black_box(elements);
    Some(sets)
}

//! `specs`: the guides that judge, and tools for those who write guides, overlays and code lists of their own.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::{Format, Output};
use super::rules;
use super::source::files;
use super::table::{self, table};
use x12gate::dict::{DataType, TextError, format_codes, format_dictionary};
use x12gate::finding::render::printable;
use x12gate::guide::{ElementUse, Guide, Registry, Usage, format_guide, format_overlay};

/// List, show, compare, check or format implementation guides
#[derive(Args, Debug)]
pub(super) struct Specs {
    #[command(subcommand)]
    what: What,
    /// Folder of your own guides, overlays and code lists, in addition to the built-in ones
    #[arg(long, value_name = "DIR", global = true)]
    guides: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum What {
    /// List all guides and overlays
    List {
        /// Output format
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Show the loops, segments and elements of a guide
    Show {
        /// The transaction set, such as 271
        set: String,
        /// The guide; default: the first one for the set
        guide: Option<String>,
    },
    /// Show the differences between two guides; exit code 1 if there are any
    Diff {
        /// A guide (005010X222A1, 277:005010X212), a guide with an overlay (005010X279A1+sample), or a file
        #[arg(value_name = "A")]
        before: String,
        /// The guide to compare it with
        #[arg(value_name = "B")]
        after: String,
        /// Output format
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Check guides, overlays and code lists
    Check {
        /// Folder of .guide, .overlay and .codes files
        folder: PathBuf,
    },
    /// Write guides, overlays, code lists and dictionaries in their canonical form
    Fmt {
        /// Files or folders
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Write nothing; exit code 1 if a file is not in canonical form
        #[arg(long)]
        check: bool,
    },
}

/// Runs `specs`.
pub(super) fn run(args: &Specs, out: &mut Output) -> Result<Exit> {
    match &args.what {
        What::List { format } => {
            list(&rules::registry(args.guides.as_deref(), None)?, *format, out)
        }
        What::Show { set, guide } => {
            show(&rules::registry(args.guides.as_deref(), None)?, set, guide.as_deref(), out)
        }
        What::Diff { before, after, format } => {
            let registry = rules::registry(args.guides.as_deref(), None)?;
            super::specs_diff::run(&registry, before, after, *format, out)
        }
        What::Check { folder } => {
            let registry = rules::registry(Some(folder), None)?;
            let (guides, overlays) = (registry.guides().count(), registry.overlays().count());
            out.line(&format!("{guides} guides, {overlays} overlays: no errors"))?;
            Ok(Exit::Clean)
        }
        What::Fmt { paths, check } => write_canonical(paths, *check, out),
    }
}

/// A guide, as JSON.
#[derive(Serialize)]
struct Row<'a> {
    guide: &'a str,
    set: &'a str,
    title: &'a str,
    overlay: Option<&'a str>,
    loops: usize,
    segments: usize,
    rules: usize,
}

impl<'a> Row<'a> {
    fn of(guide: &'a Guide, overlay: Option<&'a str>) -> Self {
        Row {
            guide: &guide.id,
            set: &guide.set,
            title: &guide.title,
            overlay,
            loops: guide.loops.len(),
            segments: guide.segments.len(),
            rules: guide.rules.len(),
        }
    }
}

fn list(registry: &Registry, format: Format, out: &mut Output) -> Result<Exit> {
    let of = |id: &str, set: &str| registry.guide(set.as_bytes(), id.as_bytes());
    let plain = registry.all().map(|guide| Row::of(guide, None));
    let overlaid = registry.overlays();
    let overlaid = overlaid.filter_map(|(name, id, set)| Some(Row::of(of(id, set)?, Some(name))));
    let mut rows = table(["Guide", "Set", "Title", "Overlay", "Loops", "Segments", "Rules"]);
    for row in plain.chain(overlaid) {
        if format == Format::Json {
            out.json(&row)?;
        }
        rows.add_row([
            row.guide.to_owned(),
            row.set.to_owned(),
            row.title.to_owned(),
            row.overlay.unwrap_or_default().to_owned(),
            row.loops.to_string(),
            row.segments.to_string(),
            row.rules.to_string(),
        ]);
    }
    if format == Format::Text {
        out.text(&table::text(&rows))?;
    }
    Ok(Exit::Clean)
}

fn show(registry: &Registry, set: &str, id: Option<&str>, out: &mut Output) -> Result<Exit> {
    let id = match id {
        Some(id) => id,
        None => registry.guides().find(|(_, known)| *known == set).map_or("", |(id, _)| id),
    };
    // A request and its response may share both.
    let mut meant =
        registry.all().filter(|guide| *guide.set == *set && *guide.id == *id).peekable();
    if meant.peek().is_none() {
        let guide = if id.is_empty() { String::new() } else { format!(" {id}") };
        let why = format!("no guide{guide} for set {set}; see `x12gate specs list`");
        return Err(Failure::Refused(why));
    }
    meant.try_for_each(|guide| show_guide(guide, out))?;
    Ok(Exit::Clean)
}

fn show_guide(guide: &Guide, out: &mut Output) -> Result<()> {
    out.line(&format!("{} of {}: {}", guide.set, guide.id, guide.title))?;
    for (index, used) in guide.segments.iter().enumerate() {
        let mut depth = 1;
        let mut around = guide.loops[usize::from(used.in_loop)].parent;
        while let Some(parent) = around {
            depth += 1;
            around = guide.loops[usize::from(parent)].parent;
        }
        let home = &guide.loops[usize::from(used.in_loop)];
        if usize::from(home.segments.start) == index && home.parent.is_some() {
            let line = head(&home.id, home.usage, home.repeat_max, &home.name);
            out.line(&format!("{}loop {line}", "  ".repeat(depth - 1)))?;
        }
        let line = head(&used.tag.to_string(), used.usage, used.repeat_max, &used.name);
        out.line(&format!("{}{line}", "  ".repeat(depth)))?;
        let range = used.elements.start as usize..used.elements.end as usize;
        for element in guide.elements.get(range).unwrap_or_default() {
            show_element(guide, element, "", depth + 1, out)?;
        }
    }
    Ok(())
}

fn head(id: &str, usage: Usage, repeat_max: u32, name: &str) -> String {
    let repeats = match repeat_max {
        u32::MAX => ">1".to_owned(),
        most => most.to_string(),
    };
    format!("{id:<5} {} {repeats:<3} {name}", letter(usage))
}

fn letter(usage: Usage) -> char {
    match usage {
        Usage::Required => 'R',
        Usage::Situational => 'S',
        Usage::NotUsed => 'N',
    }
}

fn show_element(
    guide: &Guide,
    used: &ElementUse,
    prefix: &str,
    depth: usize,
    out: &mut Output,
) -> Result<()> {
    if used.usage == Usage::NotUsed {
        return Ok(());
    }
    let position = format!("{prefix}{:02}", used.position);
    let list = used.list.and_then(|list| guide.lists.get(usize::from(list)));
    let codes = match list {
        None => String::new(),
        Some(list) if !list.name.is_empty() => format!("  = @{}", list.name),
        Some(list) => {
            let codes: Vec<String> = list.codes.iter().map(|code| printable(code)).collect();
            format!("  = {}", codes.join(" "))
        }
    };
    let name = &used.name;
    out.line(&format!("{}{position:<5} {} {name}{codes}", "  ".repeat(depth), letter(used.usage)))?;
    if used.kind == DataType::Composite {
        let range = used.components.start as usize..used.components.end as usize;
        for component in guide.elements.get(range).unwrap_or_default() {
            show_element(guide, component, &format!("{position}-"), depth + 1, out)?;
        }
    }
    Ok(())
}

fn write_canonical(paths: &[PathBuf], check: bool, out: &mut Output) -> Result<Exit> {
    let mut exit = Exit::Clean;
    for path in files(paths)? {
        let doing = || format!("format {}", path.display());
        let formatter: fn(&str) -> std::result::Result<String, TextError> =
            match path.extension().and_then(|e| e.to_str()) {
                Some("guide") => format_guide,
                Some("overlay") => format_overlay,
                Some("codes") => format_codes,
                Some("dict") => format_dictionary,
                _ => continue,
            };
        let text = std::fs::read_to_string(&path).map_err(|e| Failure::new(doing(), e))?;
        let formatted = formatter(&text).map_err(|e| Failure::new(doing(), e))?;
        if formatted == text {
            continue;
        }
        out.line(&path.display().to_string())?;
        if check {
            exit = Exit::Findings;
        } else {
            std::fs::write(&path, formatted).map_err(|e| Failure::new(doing(), e))?;
        }
    }
    Ok(exit)
}

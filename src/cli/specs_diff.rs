//! `specs diff`: in what two guides differ, or a guide and what a companion guide makes of it.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::{Format, Output};
use super::table::{self, table};
use super::wording::counted;
use x12gate::dict::Dictionary;
use x12gate::guide::{Guide, Registry, differences};

/// A difference, as JSON.
#[derive(Serialize)]
struct Row<'a> {
    set: &'a str,
    place: &'a str,
    what: &'a str,
    before: Option<&'a str>,
    after: Option<&'a str>,
}

/// Compares what two words mean: guides, guides with an overlay, or files.
pub(super) fn run(
    registry: &Registry,
    before: &str,
    after: &str,
    format: Format,
    out: &mut Output,
) -> Result<Exit> {
    let (old, new) = (meant(registry, before)?, meant(registry, after)?);
    let alone = old.len() == 1 && new.len() == 1;
    let same = |a: &Guide, b: &Guide| alone || (a.set == b.set && a.purposes == b.purposes);
    let pairs: Vec<(&Guide, &Guide)> =
        old.iter().filter_map(|a| Some((&**a, &**new.iter().find(|b| same(a, b))?))).collect();
    if pairs.is_empty() {
        return Err(Failure::Refused(format!(
            "{before} and {after} have no transaction set in common"
        )));
    }
    let mut exit = Exit::Clean;
    for (a, b) in pairs {
        let found = differences(a, b);
        if format == Format::Json {
            for one in &found {
                let (before, after) = (one.before.as_deref(), one.after.as_deref());
                out.json(&Row { set: &a.set, place: &one.place, what: one.what, before, after })?;
            }
        } else {
            let count = counted(found.len() as u64, "difference");
            out.line(&format!("{} of {before}, {} of {after}: {count}", a.set, b.set))?;
            let mut rows = table(["Place", "What", "A", "B"]);
            for one in &found {
                let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
                rows.add_row([
                    one.place.clone(),
                    one.what.to_owned(),
                    side(&one.before),
                    side(&one.after),
                ]);
            }
            if !found.is_empty() {
                out.text(&table::text(&rows))?;
            }
        }
        if !found.is_empty() {
            exit = Exit::Findings;
        }
    }
    Ok(exit)
}

/// The guides that a word means.
fn meant(registry: &Registry, word: &str) -> Result<Vec<Arc<Guide>>> {
    if Path::new(word).is_file() {
        return of_file(registry, word);
    }
    let (guide, overlay) = match word.split_once('+') {
        Some((guide, overlay)) => (guide, Some(overlay)),
        None => (word, None),
    };
    let (set, id) = match guide.split_once(':') {
        Some((set, id)) => (Some(set), id),
        None => (None, guide),
    };
    let overlaid = match overlay {
        Some(name) => Some(registry.overlaid(name).ok_or_else(|| {
            Failure::Refused(format!("unknown overlay {name}; name its folder with --guides"))
        })?),
        None => None,
    };
    let known = overlaid.as_ref().unwrap_or(registry);
    let wanted = |guide: &&Arc<Guide>| *guide.id == *id && set.is_none_or(|set| *guide.set == *set);
    let found: Vec<Arc<Guide>> = known.all().filter(wanted).cloned().collect();
    if found.is_empty() {
        return Err(Failure::Refused(format!("{word} is neither a guide nor a file")));
    }
    Ok(found)
}

/// The guide of a file, or the guides as an overlay in a file makes them.
fn of_file(registry: &Registry, word: &str) -> Result<Vec<Arc<Guide>>> {
    let doing = || format!("read {word}");
    let text = std::fs::read_to_string(word).map_err(|e| Failure::new(doing(), e))?;
    if Path::new(word).extension().is_none_or(|extension| extension != "overlay") {
        let guide = Guide::parse(&text, Dictionary::embedded(), registry.codes());
        return Ok(vec![Arc::new(guide.map_err(|e| Failure::new(doing(), e.named(word)))?)]);
    }
    let mut registry = registry.clone();
    registry.add_text(word, &text).map_err(|e| Failure::new(doing(), e))?;
    // What was added last is the overlay of the file.
    let name = registry.overlays().last().map(|(name, ..)| name.to_owned()).unwrap_or_default();
    let overlaid = registry.overlaid(&name).unwrap_or(registry);
    let changed = overlaid.all().filter(|guide| *guide.overlay == *name);
    Ok(changed.cloned().collect())
}

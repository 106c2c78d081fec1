//! `store`: makes, fills and counts a store.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tokio::runtime::Runtime;

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::{Format, Output};
use super::source::files;
use super::table::{self, table};
use super::wording::{counted, grouped};
use crate::gateway::{Clock, SystemClock};
use crate::store::load::{Kind, Progress, load_path};
use crate::store::{Access, StoreOptions, Stores, demo, synthetic};

/// Create, load or count a store of members, plans and providers
#[derive(Args, Debug)]
pub(super) struct Store {
    #[command(subcommand)]
    what: What,
    /// The store
    #[arg(
        long,
        value_name = "PATH",
        env = "X12GATE_STORE",
        hide_env_values = true,
        default_value = "x12gate.db",
        global = true
    )]
    store: PathBuf,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    format: Format,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Create an empty store, or update an existing one to this version
    Init,
    /// Load files, the demonstration payer, or synthetic members
    ///
    /// A file is loaded completely or not at all. Its content is determined by its name (members.csv, plans.toml) or
    /// by --kind.
    Load(Load),
    /// Count the rows in the store
    Stat,
}

#[derive(Args, Debug)]
struct Load {
    /// Files, or folders of files
    #[arg(required_unless_present_any = ["demo", "synthetic"], value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    /// What the files contain
    #[arg(long, value_parser = kind)]
    kind: Option<Kind>,
    /// Load the demonstration payer
    #[arg(long, conflicts_with_all = ["paths", "synthetic"])]
    demo: bool,
    /// Load this many synthetic members, which `generate` asks about
    #[arg(long, value_name = "N", conflicts_with = "paths")]
    synthetic: Option<u64>,
}

/// What was loaded, as JSON.
#[derive(Serialize)]
struct Loaded {
    file: String,
    kind: &'static str,
    rows: u64,
}

/// Runs `store`.
pub(super) fn run(args: &Store, out: &mut Output) -> Result<Exit> {
    let runtime = runtime()?;
    let access = match &args.what {
        What::Stat => Access::Read,
        What::Init | What::Load(_) => Access::Write,
    };
    let store = runtime.block_on(open(&StoreOptions::at(&args.store), access))?;
    let done = match &args.what {
        What::Init => said(args, out, &args.store.display().to_string(), "store", 0),
        What::Load(load) => run_load(args, load, &runtime, &store, out),
        What::Stat => stat(args, &runtime, &store, out),
    };
    runtime.block_on(store.close());
    done.map(|()| Exit::Clean)
}

/// A runtime for commands that need one.
pub(super) fn runtime() -> Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::new("start the runtime", e))
}

/// Opens a store.
pub(super) async fn open(options: &StoreOptions, access: Access) -> Result<Stores> {
    Stores::open(options, access)
        .await
        .map_err(|e| Failure::new(format!("open the store {}", options.path.display()), e))
}

fn run_load(
    args: &Store,
    load: &Load,
    runtime: &Runtime,
    store: &Stores,
    out: &mut Output,
) -> Result<()> {
    let today = SystemClock.now().date();
    let fail = |e| Failure::new("load", e);
    if load.demo {
        runtime.block_on(demo::load(store, today)).map_err(fail)?;
        return said(args, out, "the demonstration payer", "demo", 0);
    }
    if let Some(count) = load.synthetic {
        let bar = bar(count, "{bar:40} {human_pos}/{human_len} members {eta}");
        let mut progress = |done| bar.set_position(done);
        let rows = runtime.block_on(synthetic::generate(store, count, today, &mut progress));
        bar.finish_and_clear();
        return said(args, out, "synthetic members", "members", rows.map_err(fail)?);
    }
    let mut inputs = Vec::new();
    for path in files(&load.paths)? {
        match load.kind.or_else(|| kind_of(&path)) {
            Some(kind) => inputs.push((path, kind)),
            // A folder may hold other things; a file that was named may not be one of them.
            None if load.paths.contains(&path) => {
                let words = "has a name that does not tell what it contains; use --kind";
                return Err(Failure::Refused(format!("{} {words}", path.display())));
            }
            None => {}
        }
    }
    // Plans before the members who have them, members before what they used.
    inputs.sort_by_key(|(_, kind)| Kind::ALL.iter().position(|known| known == kind));
    for (path, kind) in inputs {
        let bar = bar(0, "{bar:40} {bytes}/{total_bytes} {eta}");
        let mut progress = |at: Progress| {
            bar.set_length(at.bytes_total);
            bar.set_position(at.bytes_read);
        };
        let loaded = runtime.block_on(load_path(store, &path, kind, today, &mut progress));
        bar.finish_and_clear();
        let rows = loaded.map_err(fail)?.rows;
        said(args, out, &path.display().to_string(), kind.name(), rows)?;
    }
    Ok(())
}

fn bar(length: u64, template: &str) -> ProgressBar {
    use std::io::IsTerminal;
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn said(args: &Store, out: &mut Output, file: &str, kind: &'static str, rows: u64) -> Result<()> {
    match args.format {
        Format::Json => out.json(&Loaded { file: file.to_owned(), kind, rows }),
        Format::Text if rows == 0 => {
            out.line(&format!("{file}: loaded into {}", args.store.display()))
        }
        Format::Text => out.line(&format!("{file}: {} ({kind})", counted(rows, "row"))),
    }
}

fn stat(args: &Store, runtime: &Runtime, store: &Stores, out: &mut Output) -> Result<()> {
    let counts =
        runtime.block_on(store.counts()).map_err(|e| Failure::new("count the store", e))?;
    let all = [
        ("plans", counts.plans),
        ("families", counts.families),
        ("members", counts.members),
        ("coverage", counts.coverage),
        ("providers", counts.providers),
        ("partners", counts.partners),
        ("interchanges", counts.interchanges),
    ];
    match args.format {
        Format::Json => {
            let object: serde_json::Map<String, serde_json::Value> =
                all.into_iter().map(|(name, count)| (name.to_owned(), count.into())).collect();
            out.json(&object)
        }
        Format::Text => {
            let mut rows = table(["Table", "Rows"]);
            for (name, count) in all {
                rows.add_row([name.to_owned(), grouped(count)]);
            }
            out.text(&table::text(&rows))
        }
    }
}

/// What a file is about, by its name.
fn kind_of(path: &Path) -> Option<Kind> {
    let stem = path.file_stem()?.to_str()?;
    let folder = path.parent().and_then(|parent| parent.file_name()).and_then(|name| name.to_str());
    Kind::ALL
        .into_iter()
        .find(|kind| kind.name() == stem)
        .or_else(|| (folder == Some("partners")).then_some(Kind::Partners))
}

fn kind(name: &str) -> std::result::Result<Kind, String> {
    Kind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        format!("valid kinds are {}", known.join(", "))
    })
}

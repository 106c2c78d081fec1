//! `store`: makes, fills, counts, purges and copies a store.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use time::Date;
use tokio::runtime::Runtime;

use super::enrollment;
use super::exit::Exit;
use super::failure::{Failure, Result};
use super::local_gateway::{at, settings};
use super::output::{Format, Output};
use super::source::files;
use super::store_args::StoreArgs;
use super::table::{self, table};
use super::wording::{counted, grouped};
use x12gate::config::Config;
use x12gate::gateway::{Clock, SystemClock};
use x12gate::store::load::{Kind, Progress, load_path};
use x12gate::store::{self, Access, Archive, StoreOptions, Stores, demo, synthetic};
use x12gate::transport::mailbox::{PurgedFiles, purge_files};

/// Create, load, count, purge or back up a store of members, plans, providers and interchanges
#[derive(Args, Debug)]
pub(super) struct Store {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    at: StoreArgs,
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
    /// by --kind. Of an enrollment (834) all members are loaded but those in error, who are reported: exit code 1.
    Load(Load),
    /// Count the rows in the store
    Stat,
    /// Delete old interchanges
    ///
    /// Deletes them with their sets and replies, and files of the archive that no other interchange needs. Partners can then use
    /// their control numbers again. Can be interrupted, and can run while the store is served.
    Purge(Purge),
    /// Encrypt every file of the archive with the first of its keys
    ///
    /// Encrypts files that are not, and exchanges the key of the others, whose content stays as it is; so with the batches that came by
    /// CAQH CORE and their results, where the store itself keeps them. Can be interrupted, and can run while the store is served by a
    /// process that has the new key. After it the older keys are no longer needed, but for backups.
    Reseal,
    /// Write a copy of the store to a file; the store may be served meanwhile
    Backup(Backup),
    /// Replace the store with a backup
    ///
    /// The backup is checked first. The store must not be served meanwhile.
    Restore(Restore),
}

#[derive(Args, Debug)]
struct Purge {
    /// Delete interchanges received before this day (UTC)
    #[arg(long, value_name = "CCYY-MM-DD", value_parser = day)]
    before: Option<Date>,
    /// Delete interchanges older than this many days [default: as the settings say]
    #[arg(long, value_name = "N", conflicts_with = "before")]
    days: Option<u32>,
    /// Delete replies, reports and quarantined files of partners older than this many days [default: as the settings say]
    #[arg(long, value_name = "N")]
    files_days: Option<u32>,
    /// Only report what would be deleted
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args, Debug)]
struct Backup {
    /// The file to write; it must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Also copy the archive to this folder; existing files stay
    #[arg(long, value_name = "DIR")]
    archive: Option<PathBuf>,
}

#[derive(Args, Debug)]
struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Also copy this folder to the archive; existing files stay
    #[arg(long, value_name = "DIR")]
    archive: Option<PathBuf>,
    /// Replace an existing store
    #[arg(long)]
    replace: bool,
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
    let config = args.at.config()?;
    let access = match &args.what {
        What::Restore(restore) => return run_restore(args, restore, &config, &runtime, out),
        What::Reseal => return reseal(args, &config, &runtime, out),
        What::Stat | What::Backup(_) => Access::Read,
        What::Init | What::Load(_) | What::Purge(_) => Access::Write,
    };
    if let What::Purge(_) | What::Backup(_) = &args.what {
        must_be_there(&config)?;
    }
    let store = runtime.block_on(open(&config.store, access))?;
    let path = config.store.path.display().to_string();
    let mut exit = Exit::Clean;
    let done = match &args.what {
        What::Init => said(args, out, &path, (&path, "store", 0)),
        What::Load(load) => {
            run_load(args, load, &config, &runtime, &store, out).map(|loaded| exit = loaded)
        }
        What::Stat => stat(args, &runtime, &store, out),
        What::Purge(purge) => run_purge(args, purge, &config, &runtime, &store, out),
        What::Backup(backup) => run_backup(args, backup, &config, &runtime, &store, out),
        What::Restore(_) | What::Reseal => Ok(()),
    };
    runtime.block_on(store.close());
    done.map(|()| exit)
}

/// The settings, with this store instead of the one they name; what is too large for it is kept beside it then.
pub(super) fn configured(file: Option<&Path>, store: Option<&Path>) -> Result<Config> {
    let config = settings(file)?;
    Ok(match store {
        Some(path) => at(config, path),
        None => config,
    })
}

/// Fails when there is no store.
pub(super) fn must_be_there(config: &Config) -> Result<()> {
    let path = &config.store.path;
    match path.is_file() {
        true => Ok(()),
        false => Err(Failure::Refused(format!("there is no store {}", path.display()))),
    }
}

/// A day as people write it.
pub(super) fn day(text: &str) -> std::result::Result<Date, String> {
    let format = time::macros::format_description!("[year]-[month]-[day]");
    Date::parse(text, format).map_err(|_| "not a day: write it as 2026-01-31".to_owned())
}

/// Its first moment, microseconds since 1970 UTC.
pub(super) fn micros(day: Date) -> i64 {
    (day.midnight().assume_utc().unix_timestamp_nanos() / 1000) as i64
}

/// What was deleted, as JSON.
#[derive(Serialize)]
struct Deleted {
    interchanges: u64,
    files: u64,
    bytes: u64,
    partner_files: u64,
    partner_bytes: u64,
    dry_run: bool,
}

fn run_purge(
    args: &Store,
    purge: &Purge,
    config: &Config,
    runtime: &Runtime,
    store: &Stores,
    out: &mut Output,
) -> Result<()> {
    let now = SystemClock.now();
    let ago = |days: u32| now - time::Duration::days(i64::from(days));
    let set = |days: u32| Some(days).filter(|days| *days > 0);
    let days = purge.days.or(set(config.retention.days));
    let files_days = purge.files_days.or(set(config.retention.files_days));
    let before = match (purge.before, days) {
        (Some(day), _) => Some(micros(day)),
        (None, Some(days)) => Some((ago(days).unix_timestamp_nanos() / 1000) as i64),
        (None, None) => None,
    };
    if before.is_none() && files_days.is_none() {
        let words = "the settings keep interchanges and files for ever; say --days, --before or --files-days";
        return Err(Failure::Refused(words.to_owned()));
    }
    let mut purged = store::Purged::default();
    if let Some(before) = before {
        let archive = config.archive.open();
        let purging = store::purge(store, &archive, before, now.into(), purge.dry_run);
        purged = runtime.block_on(purging).map_err(|e| Failure::new("purge", e))?;
    }
    let mut of_partners = PurgedFiles::default();
    if let Some(days) = files_days {
        for folder in [Some(&config.sftp.folder), config.drop.folder()].into_iter().flatten() {
            let failed = |e| Failure::new(format!("purge {}", folder.display()), e);
            let some = purge_files(folder, ago(days).into(), purge.dry_run).map_err(failed)?;
            of_partners.files += some.files;
            of_partners.bytes += some.bytes;
        }
    }
    match args.format {
        Format::Json => out.json(&Deleted {
            interchanges: purged.interchanges,
            files: purged.files,
            bytes: purged.bytes,
            partner_files: of_partners.files,
            partner_bytes: of_partners.bytes,
            dry_run: purge.dry_run,
        }),
        Format::Text => {
            let verb = if purge.dry_run { "would delete" } else { "deleted" };
            if before.is_some() {
                let interchanges = counted(purged.interchanges, "interchange");
                let files = counted(purged.files, "file");
                let bytes = counted(purged.bytes, "byte");
                let archive = format!("{files} of the archive ({bytes})");
                out.line(&format!("{verb} {interchanges}, and {archive}"))?;
            }
            if files_days.is_some() {
                let files = counted(of_partners.files, "file");
                let bytes = counted(of_partners.bytes, "byte");
                out.line(&format!("{verb} {files} of partners ({bytes})"))?;
            }
            Ok(())
        }
    }
}

/// What was resealed, as JSON.
#[derive(Serialize)]
struct Resealed {
    sealed: u64,
    rewrapped: u64,
    as_they_were: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_store: Option<Box<Resealed>>,
}

impl Resealed {
    fn of(done: store::Resealing, in_store: Option<store::Resealing>) -> Resealed {
        let store::Resealing { sealed, rewrapped, as_they_were } = done;
        let in_store = in_store.map(|it| Box::new(Resealed::of(it, None)));
        Resealed { sealed, rewrapped, as_they_were, in_store }
    }

    fn words(&self, of: &str) -> String {
        let sealed = counted(self.sealed, of);
        let rewrapped = counted(self.rewrapped, of);
        let had = grouped(self.as_they_were);
        format!("encrypted {sealed}, exchanged the key of {rewrapped}; {had} had it already")
    }
}

fn reseal(args: &Store, config: &Config, runtime: &Runtime, out: &mut Output) -> Result<Exit> {
    if config.archive.keys.is_empty() {
        let words =
            "there is no key: say archive.key_file in the settings, or set X12GATE_ARCHIVE_KEYS";
        return Err(Failure::Refused(words.to_owned()));
    }
    let archive = config.archive.open();
    let done = runtime.block_on(async {
        // An archive may be without its store.
        if !config.store.path.is_file() {
            return Ok(store::reseal(&archive, None).await);
        }
        let stores = open(&config.store, Access::Write).await?;
        let mailbox = stores.backend.mailbox();
        let done = store::reseal(&archive, mailbox.as_deref()).await;
        stores.close().await;
        Ok::<_, Failure>(done)
    })?;
    let (files, bodies) = done.map_err(|e| Failure::new("encrypt the archive", e))?;
    let done = Resealed::of(files, Some(bodies));
    match args.format {
        Format::Json => out.json(&done)?,
        Format::Text => {
            out.line(&done.words("file"))?;
            if let Some(in_store) = done.in_store.filter(|_| bodies != store::Resealing::default())
            {
                out.line(&format!("in the store: {}", in_store.words("text")))?;
            }
        }
    }
    Ok(Exit::Clean)
}

/// What was copied, as JSON.
#[derive(Serialize)]
struct Copied<'c> {
    file: String,
    archive: Option<String>,
    files: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<&'c str>,
}

fn run_backup(
    args: &Store,
    backup: &Backup,
    config: &Config,
    runtime: &Runtime,
    store: &Stores,
    out: &mut Output,
) -> Result<()> {
    let fail = |e| Failure::new("back the store up", e);
    runtime.block_on(store.backend.backup(&backup.file)).map_err(fail)?;
    // After the store: what it refers to is in the archive by then.
    copied(args, &backup.file, (&config.archive.path, backup.archive.as_deref()), out)
}

fn run_restore(
    args: &Store,
    restore: &Restore,
    config: &Config,
    runtime: &Runtime,
    out: &mut Output,
) -> Result<Exit> {
    let restored = Stores::restore(&config.store, &restore.file, restore.replace);
    runtime.block_on(restored).map_err(|e| Failure::new("restore the store", e))?;
    let archive = restore.archive.as_deref();
    let to = archive.map(|_| &*config.archive.path);
    let from = archive.unwrap_or(&config.archive.path);
    copied(args, &config.store.path, (from, to), out).map(|()| Exit::Clean)
}

/// Copies an archive where that is asked for, and says what was done.
fn copied(
    args: &Store,
    file: &Path,
    (from, to): (&Path, Option<&Path>),
    out: &mut Output,
) -> Result<()> {
    let fail = |e| Failure::new("copy the archive", e);
    let archive = Archive::new(from);
    let files = to.map(|to| archive.copy_to(to)).transpose().map_err(fail)?.unwrap_or_default();
    let left_out = match to {
        None => archive.files().map_err(fail)?.iter().filter(|file| file.hash.is_some()).count(),
        Some(_) => 0,
    };
    match args.format {
        Format::Json => out.json(&Copied {
            file: file.display().to_string(),
            archive: to.map(|to| to.display().to_string()),
            files,
            left_out: (left_out > 0).then_some("the archive is not in it"),
        }),
        Format::Text => {
            out.line(&format!("{}: written", file.display()))?;
            match to {
                Some(to) => {
                    out.line(&format!("{}: {} copied", to.display(), counted(files, "file")))
                }
                None if left_out > 0 => out.line(&format!(
                    "{}: {} in the archive not copied; see --archive",
                    from.display(),
                    counted(left_out as u64, "file")
                )),
                None => Ok(()),
            }
        }
    }
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
    config: &Config,
    runtime: &Runtime,
    store: &Stores,
    out: &mut Output,
) -> Result<Exit> {
    let path = &config.store.path.display().to_string();
    let today = SystemClock.now().date();
    let fail = |e| Failure::new("load", e);
    if load.demo {
        runtime.block_on(demo::load(store, today)).map_err(fail)?;
        let at_micros = (SystemClock.now().unix_timestamp_nanos() / 1000) as i64;
        runtime
            .block_on(demo::load_claims(store, today, at_micros))
            .map_err(|e| Failure::new("load the claims", e))?;
        said(args, out, path, ("the demonstration payer", "demo", 0))?;
        return Ok(Exit::Clean);
    }
    if let Some(count) = load.synthetic {
        let bar = bar(count, "{bar:40} {human_pos}/{human_len} members {eta}");
        let mut progress = |done| bar.set_position(done);
        let rows = runtime.block_on(synthetic::generate(store, count, today, &mut progress));
        bar.finish_and_clear();
        said(args, out, path, ("synthetic members", "members", rows.map_err(fail)?))?;
        return Ok(Exit::Clean);
    }
    let mut inputs = Vec::new();
    let mut enrollments = Vec::new();
    for file in files(&load.paths)? {
        match load.kind.or_else(|| kind_of(&file)) {
            Some(kind) => inputs.push((file, kind)),
            None if enrollment::is_interchange(&file) => enrollments.push(file),
            // A folder may hold other things; a file that was named may not be one of them.
            None if load.paths.contains(&file) => {
                let words = "has a name that does not tell what it contains; use --kind";
                return Err(Failure::Refused(format!("{} {words}", file.display())));
            }
            None => {}
        }
    }
    // Plans before the members who have them, members before what they used.
    inputs.sort_by_key(|(_, kind)| Kind::ALL.iter().position(|known| known == kind));
    for (file, kind) in inputs {
        let bar = bar(0, "{bar:40} {bytes}/{total_bytes} {eta}");
        let mut progress = |at: Progress| {
            bar.set_length(at.bytes_total);
            bar.set_position(at.bytes_read);
        };
        let loaded = runtime.block_on(load_path(store, &file, kind, today, &mut progress));
        bar.finish_and_clear();
        let rows = loaded.map_err(fail)?.rows;
        said(args, out, path, (&file.display().to_string(), kind.name(), rows))?;
    }
    // Members may be enrolled in plans that were just loaded.
    let mut exit = Exit::Clean;
    for file in enrollments {
        let loaded = enrollment::load(&file, config, args.format, runtime, store, out)?;
        if loaded != Exit::Clean {
            exit = loaded;
        }
    }
    Ok(exit)
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

fn said(
    args: &Store,
    out: &mut Output,
    store: &str,
    (file, kind, rows): (&str, &'static str, u64),
) -> Result<()> {
    match args.format {
        Format::Json => out.json(&Loaded { file: file.to_owned(), kind, rows }),
        Format::Text if rows == 0 => out.line(&format!("{file}: loaded into {store}")),
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
        ("claims", counts.claims),
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

//! `split`: an input as many interchanges, a file each, as it is read.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::Output;
use super::source::Source;
use super::wording::counted;
use x12gate::split::{By, Parts, Splitter, Unit};

/// Most files of one name before it is given up.
const SAME_NAME_MAX: u32 = 100_000;

/// Split a file into interchanges, one per interchange, group, set, claim, subscriber, patient or member
///
/// Writes {stem}.{ISA13}[.{GS06}[.{ST02}[-{n}]]].x12 and prints each name; existing files are never overwritten. Exit code
/// 1 if data was omitted because it belongs to no part, or if a set cannot be split into valid parts: the claims of an 835
/// add up to one payment.
#[derive(Args, Debug)]
pub(super) struct Split {
    /// A file, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What each part contains
    #[arg(long, value_enum)]
    by: Each,
    /// Folder to write to; created if missing
    #[arg(short, long = "output", value_name = "DIR", default_value = ".")]
    output: PathBuf,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Each {
    /// An interchange
    Interchange,
    /// A functional group
    Group,
    /// A transaction set
    Set,
    /// A claim (837, 276, 277)
    Claim,
    /// A subscriber with their dependents (837, 270, 271, 276, 277, 278)
    Subscriber,
    /// A patient (the same)
    Patient,
    /// A member (834)
    Member,
}

/// Runs `split`.
pub(super) fn run(args: &Split, out: &mut Output) -> Result<Exit> {
    let source = Source::open(&args.file)?;
    std::fs::create_dir_all(&args.output)
        .map_err(|e| Failure::new(format!("create the folder {}", args.output.display()), e))?;
    let stem = match args.file.file_stem() {
        Some(stem) if source.name != "-" => stem.to_string_lossy().into_owned(),
        _ => "stdin".to_owned(),
    };
    let mut files = Files { folder: &args.output, stem, out, current: None };
    let mut splitter = Splitter::new(match args.by {
        Each::Interchange => By::Interchange,
        Each::Group => By::Group,
        Each::Set => By::Set,
        Each::Claim => By::Unit(Unit::Claim),
        Each::Subscriber => By::Unit(Unit::Subscriber),
        Each::Patient => By::Unit(Unit::Patient),
        Each::Member => By::Unit(Unit::Member),
    });
    source.windows(|buffer, end| splitter.feed(buffer, end, &mut files))?;
    if let Some((sets, reason)) = splitter.refused() {
        let sets = counted(sets, "set");
        eprintln!(
            "x12gate: {sets} in {} cannot be split this way; the first: {reason}",
            source.name
        );
    }
    if splitter.left_out() == 0 {
        return Ok(if splitter.refused().is_some() { Exit::Findings } else { Exit::Clean });
    }
    let pieces = counted(splitter.left_out(), "piece");
    eprintln!("x12gate: {pieces} in {} omitted, because they belong to no part", source.name);
    Ok(Exit::Findings)
}

/// A file for each part.
struct Files<'a> {
    folder: &'a Path,
    stem: String,
    out: &'a mut Output,
    current: Option<(BufWriter<File>, PathBuf)>,
}

impl Files<'_> {
    /// A new file of this name, or of the next free one like it.
    fn create(&self, name: &str) -> Result<(File, PathBuf)> {
        for copy in 1..=SAME_NAME_MAX {
            let name = if copy == 1 { format!("{name}.x12") } else { format!("{name}-{copy}.x12") };
            let path = self.folder.join(name);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok((file, path)),
                Err(fault) if fault.kind() == ErrorKind::AlreadyExists => {}
                Err(fault) => {
                    return Err(Failure::new(format!("write {}", path.display()), fault));
                }
            }
        }
        Err(Failure::Refused(format!("there are already {SAME_NAME_MAX} files named {name}")))
    }
}

impl Parts for Files<'_> {
    type Error = Failure;

    fn begin(&mut self, control: &[&[u8]]) -> Result<()> {
        let mut name = self.stem.clone();
        for number in control {
            name.push('.');
            // A control number is foreign data: none of its characters may have a meaning to a file system.
            let plain = number.trim_ascii().iter().take(14);
            name.extend(
                plain.map(|b| if b.is_ascii_alphanumeric() { char::from(*b) } else { '_' }),
            );
        }
        let (file, path) = self.create(&name)?;
        self.current = Some((BufWriter::new(file), path));
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let Some((file, path)) = &mut self.current else { return Ok(()) };
        file.write_all(bytes).map_err(|e| Failure::new(format!("write {}", path.display()), e))
    }

    fn end(&mut self) -> Result<()> {
        let Some((mut file, path)) = self.current.take() else { return Ok(()) };
        file.flush().map_err(|e| Failure::new(format!("write {}", path.display()), e))?;
        self.out.line(&path.display().to_string())
    }
}

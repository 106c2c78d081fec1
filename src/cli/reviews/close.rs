//! `reviews close` and `reviews deliver`: what waited too long for documents is closed, and requesters are told of decisions.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::output::{Format, Output};
use super::super::wording::counted;
use super::Reviews;
use super::outgoing::{self, Delivered};
use x12gate::store::Access;

#[derive(Args, Debug)]
pub(super) struct Close {
    /// Write the final 278s to this folder; without it `reviews deliver` writes them
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct Deliver {
    /// Write them to this folder
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

/// A review that was closed or told, as JSON.
#[derive(Serialize)]
struct Line<'l> {
    receipt: &'l str,
    number: Option<&'l str>,
    state: &'l str,
    file: Option<String>,
}

/// Runs `reviews close`.
pub(super) fn run(args: &Reviews, asked: &Close, out: &mut Output) -> Result<Exit> {
    let opened = args.open(Access::Write)?;
    let done = opened.runtime.block_on(async {
        let closed = opened.final_reviews().close().await;
        let closed = closed.map_err(|e| Failure::new("close the reviews", e))?;
        let delivered = match &asked.output {
            Some(folder) => outgoing::deliver(&opened, folder).await?,
            None => Vec::new(),
        };
        Ok::<_, Failure>((closed, delivered))
    });
    opened.close();
    let (closed, delivered) = done?;
    if args.format == Format::Text {
        let verb = if closed.len() == 1 { "is" } else { "are" };
        out.line(&format!("{} {verb} closed", counted(closed.len() as u64, "review")))?;
        for receipt in &closed {
            out.line(&format!("{receipt}: denied, because what was asked for did not come"))?;
        }
    } else if asked.output.is_none() {
        for receipt in &closed {
            out.json(&Line { receipt, number: None, state: "denied", file: None })?;
        }
    }
    show(args.format, &delivered, out)
}

/// Runs `reviews deliver`.
pub(super) fn deliver(args: &Reviews, asked: &Deliver, out: &mut Output) -> Result<Exit> {
    let opened = args.open(Access::Write)?;
    let folder: &Path = &asked.output;
    let delivered = opened.runtime.block_on(outgoing::deliver(&opened, folder));
    opened.close();
    let delivered = delivered?;
    if args.format == Format::Text && delivered.is_empty() {
        out.line("every requester has been told")?;
    }
    show(args.format, &delivered, out)
}

fn show(format: Format, delivered: &[Delivered], out: &mut Output) -> Result<Exit> {
    for Delivered { review, file } in delivered {
        let file = file.as_ref().map(|file| file.display().to_string());
        let line = Line {
            receipt: &review.receipt,
            number: review.number.as_deref(),
            state: review.state.word(),
            file,
        };
        match format {
            Format::Json => out.json(&line)?,
            Format::Text => {
                let told = line.file.as_deref().unwrap_or("nobody is known who could be told");
                out.line(&format!("{}: {}, {told}", line.receipt, line.state))?;
            }
        }
    }
    Ok(Exit::Clean)
}

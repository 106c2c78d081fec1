//! Sends what an action wrote through the gateway of this store, and shows what comes back.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use time::PrimitiveDateTime;

use super::super::envelope::Mailboxes;
use super::super::exchange::one_segment_a_line;
use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::local_gateway::LocalGateway;
use super::super::output::Output;
use super::super::rules::registry;
use super::super::table::{self, table};
use super::{Claims, Shape};
use x12gate::portal::claims::{AcknowledgedClaim, ClaimReplies, StatusWords, read_claim_replies};
use x12gate::store::Access;
use x12gate::transport::files::{self, Input};

/// How it is sent.
#[derive(Args, Debug)]
pub(super) struct Sending {
    /// Only show what would be sent
    #[arg(long)]
    dry_run: bool,
    /// Keep what is sent, and the replies, in this folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) mailboxes: Mailboxes,
}

/// What came back, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    sent: Option<String>,
    accepted: bool,
    claims: &'a [AcknowledgedClaim],
    refused: &'a [StatusWords],
    advice: &'a [String],
    rejection: Option<&'a str>,
}

/// A number that another interchange of the same day will hardly have.
pub(super) fn number_of_the_day(at: PrimitiveDateTime) -> u32 {
    let (hour, minute, second, milli) = at.as_hms_milli();
    let minutes = u32::from(hour) * 60 + u32::from(minute);
    (minutes * 60 + u32::from(second)) * 1000 + u32::from(milli) + 1
}

impl Sending {
    /// Shows the interchange and sends it; none when it is only shown.
    pub(super) fn send(
        &self,
        args: &Claims,
        request: &[u8],
        stem: &str,
        out: &mut Output,
    ) -> Result<Option<ClaimReplies>> {
        let shape = args.plain_shape()?;
        if self.dry_run || shape == Shape::Text {
            out.text(&shown(request))?;
        }
        if self.dry_run {
            return Ok(None);
        }
        let (folder, is_kept) = match &self.output {
            Some(folder) => (folder.clone(), true),
            None => (passing_folder(), false),
        };
        let sent = through(args, request, stem, &folder);
        if !is_kept {
            // What was not kept is in the store; a folder that stays behind is only untidy.
            let _ = fs::remove_dir_all(&folder);
        }
        let (file, replies) = sent?;
        match shape {
            Shape::Json => out.json(&Line {
                sent: is_kept.then(|| file.display().to_string()),
                accepted: !replies.has_rejections(),
                claims: &replies.claims,
                refused: &replies.refused,
                advice: &replies.advice,
                rejection: replies.rejection.as_deref(),
            })?,
            _ => {
                out.text("\n")?;
                screen(&replies, out)?;
            }
        }
        Ok(Some(replies))
    }
}

/// How an action ended by what came back.
pub(super) fn exit(replies: Option<&ClaimReplies>) -> Exit {
    match replies {
        Some(replies) if replies.has_rejections() => Exit::Findings,
        _ => Exit::Clean,
    }
}

/// X12 for people. Documents are not shown: they may be of any bytes.
fn shown(request: &[u8]) -> String {
    const BINARY: &[u8] = b"~BIN*";
    let mut bare = Vec::new();
    let mut rest = request;
    while let Some(at) = rest.windows(BINARY.len()).position(|window| window == BINARY) {
        let (before, after) = rest.split_at(at + BINARY.len());
        bare.extend_from_slice(before);
        let end = after.iter().position(|byte| *byte == b'*').unwrap_or(after.len());
        let length = std::str::from_utf8(&after[..end]).ok().and_then(|text| text.parse().ok());
        let skipped = end.saturating_add(1).saturating_add(length.unwrap_or(0_usize));
        bare.extend_from_slice(&after[..end]);
        bare.extend_from_slice(b"*...");
        rest = after.get(skipped..).unwrap_or_default();
    }
    bare.extend_from_slice(rest);
    one_segment_a_line(&bare)
}

fn passing_folder() -> PathBuf {
    let at = super::super::ack::now().assume_utc().unix_timestamp_nanos();
    std::env::temp_dir().join(format!("x12gate-{}-{at}", std::process::id()))
}

fn through(
    args: &Claims,
    request: &[u8],
    stem: &str,
    folder: &Path,
) -> Result<(PathBuf, ClaimReplies)> {
    let file = folder.join(format!("{stem}.x12"));
    let doing = || format!("write {}", file.display());
    fs::create_dir_all(folder).map_err(|e| Failure::new(doing(), e))?;
    fs::write(&file, request).map_err(|e| Failure::new(doing(), e))?;
    let config = args.at.config()?;
    let registry = registry(None, config.codes_directory().map(PathBuf::as_path))?;
    let local = LocalGateway::open(config, registry, Access::Write)?;
    let inputs = [Input::File(file.clone())];
    let done = local.runtime.block_on(files::files(&local.gateway, &inputs, folder, &|_| {}));
    local.close();
    let summaries = done.map_err(|e| Failure::new("send it", e))?;
    let mut text = Vec::new();
    for summary in summaries {
        if let Some(failure) = summary.failure {
            return Err(Failure::new("send it", failure));
        }
        let replies = summary.interchanges.iter().flat_map(|interchange| &interchange.replies);
        for path in replies.filter_map(|reply| reply.path.as_ref()) {
            let read = fs::read(path);
            text.extend(read.map_err(|e| Failure::new(format!("read {}", path.display()), e))?);
        }
    }
    Ok((file, read_claim_replies(&text)))
}

/// The replies as a screen.
fn screen(replies: &ClaimReplies, out: &mut Output) -> Result<()> {
    if let Some(rejection) = &replies.rejection {
        out.line(rejection)?;
    } else if replies.sets_accepted > 0 {
        out.line("999: accepted")?;
    }
    for refused in &replies.refused {
        out.line(&format!(
            "277CA: refused, {} {}, {}",
            refused.category, refused.status, refused.words
        ))?;
    }
    if !replies.claims.is_empty() {
        let mut shown = table(["Account", "277CA", "Claim", "Status", "Words"]);
        for claim in &replies.claims {
            for (index, status) in claim.statuses.iter().enumerate() {
                let of_claim =
                    |text: &str| if index == 0 { text.to_owned() } else { String::new() };
                shown.add_row([
                    of_claim(&claim.account),
                    of_claim(if claim.accepted { "accepted" } else { "refused" }),
                    of_claim(claim.number.as_deref().unwrap_or("")),
                    format!("{} {} {}", status.category, status.status, status.entity)
                        .trim_end()
                        .to_owned(),
                    status.words.clone(),
                ]);
            }
        }
        out.text(&table::text(&shown))?;
    }
    for advice in &replies.advice {
        out.line(&format!("824: {advice}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_not_shown_whatever_they_contain() {
        let isa = format!("ISA*{}~", "0".repeat(101));
        let text = format!("{isa}EFI*05~BIN*9*a~BIN*2*\n~EFI*05~BIN*0*~SE*1*1~");
        assert_eq!(text.len(), isa.len() + "EFI*05~BIN*9*a~BIN*2*\n~EFI*05~BIN*0*~SE*1*1~".len());
        let expected = "EFI*05~\nBIN*9*...~\nEFI*05~\nBIN*0*...~\nSE*1*1~\n";
        assert_eq!(shown(text.as_bytes()), format!("{isa}\n{expected}"));
    }
}

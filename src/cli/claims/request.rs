//! `claims request`: asks the provider for information, as a 277 for the partner who sent the claim.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use time::Date;

use super::super::ack::now;
use super::super::envelope::parse_date;
use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::output::Output;
use super::ledger::{Ledger, today, version};
use super::{Claims, Shape};
use x12gate::answer::attachment::{Requested, request_information, request_set};
use x12gate::partner::{Partner, PartnerDirectory};
use x12gate::store::{Access, ClaimVersion, InterchangeFilter};
use x12gate::txn::claim::Claim;
use x12gate::txn::envelope::{EnvelopeWriter, GroupForm, Party, write_ge, write_iea};
use x12gate::txn::information_request::GUIDE_277_REQUEST;

/// Groups of requests.
const GROUP: GroupForm = GroupForm { functional: "HN", version: GUIDE_277_REQUEST };

#[derive(Args, Debug)]
pub(super) struct Request {
    /// Number of the claim
    #[arg(value_name = "NUMBER")]
    number: String,
    /// LOINC code of a document that is asked for; may be repeated
    #[arg(long, value_name = "CODE", required = true, num_args = 1.., value_parser = loinc)]
    loinc: Vec<String>,
    /// Until when the answer is waited for; the settings say how long otherwise
    #[arg(long, value_name = "CCYYMMDD", value_parser = parse_date)]
    due: Option<Date>,
    /// Write the 277 to this folder
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// ISA ID of the partner, instead of the one who sent the claim
    #[arg(long, value_name = "ID")]
    receiver: Option<String>,
}

/// A request, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    request: &'a str,
    number: &'a str,
    wanted: &'a [Box<str>],
    due: String,
    file: String,
}

/// A LOINC code: digits, a hyphen, a check digit.
fn loinc(text: &str) -> std::result::Result<String, String> {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('-') {
        Some((code, check)) if is_digits(code) && is_digits(check) && check.len() == 1 => {
            Ok(text.to_owned())
        }
        _ => Err("a LOINC code is a number, a hyphen and a digit, such as 18594-2".to_owned()),
    }
}

/// Runs `claims request`.
pub(super) fn run(args: &Claims, asked: &Request, out: &mut Output) -> Result<Exit> {
    let shape = args.plain_shape()?;
    let ledger = Ledger::open(args, Access::Write)?;
    let history = ledger.history(&asked.number)?;
    let claim = version(&history, &asked.number)?;
    let wanted: Vec<Box<str>> = asked.loinc.iter().map(|code| code.as_str().into()).collect();
    let policy = &ledger.config.attachments;
    let requested = request_information(claim, &history, &wanted, asked.due, policy, today())
        .map_err(|why| Failure::Refused(format!("claim {}: {why}", asked.number)))?;
    let receiver = receiver(&ledger, claim, asked.receiver.as_deref())?;
    let (name, text) = interchange(&ledger, claim, &requested, &receiver)?;
    let path = asked.output.join(name);
    let doing = || format!("write {}", path.display());
    std::fs::create_dir_all(&asked.output).map_err(|e| Failure::new(doing(), e))?;
    // The ledger first: a request that is known and lost can be written again, one that left unknown cannot be answered.
    ledger.enter(requested.entries())?;
    std::fs::write(&path, text).map_err(|e| Failure::new(doing(), e))?;
    ledger.close();
    let request = &requested.request;
    let line = Line {
        request: &request.trace,
        number: &request.claim,
        wanted: &request.wanted,
        due: request.due.to_string(),
        file: path.display().to_string(),
    };
    match shape {
        Shape::Json => out.json(&line)?,
        _ => out.line(&format!(
            "request {} about claim {}, to be answered until {}: {}",
            line.request, line.number, line.due, line.file
        ))?,
    }
    Ok(Exit::Clean)
}

/// Who sent the claim: the sender of its interchange, or the partner by its profile.
fn receiver(ledger: &Ledger, claim: &ClaimVersion, named: Option<&str>) -> Result<Party> {
    if let Some(id) = named {
        return Ok(Party::mutually_defined(id));
    }
    let filter =
        InterchangeFilter { id: Some(claim.interchange), limit: 1, ..InterchangeFilter::default() };
    let rows = ledger.run("find who sent the claim", ledger.stores.journal.list(&filter))?;
    let sender = rows.first().map(|row| &*row.opening.key.sender);
    if let Some((qualifier, id)) = sender.and_then(|sender| sender.split_once(':')) {
        return Ok(Party { qualifier: qualifier.into(), id: id.trim_end().into() });
    }
    let partners = ledger.run("find who sent the claim", ledger.stores.partners.all())?;
    let row = partners.into_iter().find(|row| row.id == claim.partner);
    let path = Path::new(&*claim.partner);
    let partner = row.and_then(|row| Partner::parse(&row.profile, path, &ledger.config).ok());
    let isa = partner.and_then(|partner| partner.isa.into_iter().next());
    let isa = isa.ok_or_else(|| {
        let words = "it is not known who sent the claim; name the partner by --receiver";
        Failure::Refused(words.to_owned())
    })?;
    Ok(Party { qualifier: isa.qualifier, id: isa.id })
}

/// The interchange that asks, and the name of its file.
fn interchange(
    ledger: &Ledger,
    version: &ClaimVersion,
    requested: &Requested,
    receiver: &Party,
) -> Result<(String, Vec<u8>)> {
    let claim = Claim::read(&version.text);
    let claim = claim.ok_or_else(|| {
        Failure::Refused(format!("the text of claim {} cannot be read", version.number))
    })?;
    let config = &ledger.config;
    let profiles = ledger.run("read the partners", ledger.stores.partners.all())?;
    let partners = PartnerDirectory::load(config, &profiles)
        .map_err(|error| Failure::new("read the partners", error))?;
    let series = partners.control_series(receiver, "isa");
    let control = ledger
        .run("take a control number", ledger.stores.journal.take_control_numbers(&series, 1))?;
    let at = now();
    let sender = Party {
        qualifier: config.identity.qualifier.as_str().into(),
        id: config.identity.id.as_str().into(),
    };
    let envelope = EnvelopeWriter::new(sender, receiver.clone(), false, at);
    let set = request_set(
        &requested.request,
        version,
        &claim,
        (&receiver.id, &receiver.id),
        &config.eligibility,
        &config.attachments,
        at,
    );
    let write = || {
        let mut out = envelope.emitter();
        envelope.isa(&mut out, control)?;
        envelope.gs(&mut out, GROUP, control)?;
        set.write(&mut out)?;
        write_ge(&mut out, 1, control)?;
        write_iea(&mut out, 1, control)?;
        Ok::<_, x12gate::wire::EmitError>(out.into_bytes())
    };
    let text = write().map_err(|e| Failure::new("write the request", e))?;
    Ok((format!("{}.{control:09}.277", requested.request.trace), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loinc_code_is_known_by_its_form() {
        assert!(loinc("18594-2").is_ok() && loinc("1-8").is_ok());
        for wrong in ["18594", "18594-", "-2", "18594-22", "A-2"] {
            assert!(loinc(wrong).is_err(), "{wrong}");
        }
    }
}

//! An inquiry to whoever answers it, and what comes back: over TCP, or from a store on this machine.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::ask::From;
use super::desk::{Desk, at};
use super::failure::{Failure, Result};
use super::reading::{Part, parts};
use crate::config::Config;
use crate::dict::label;
use crate::guide::Registry;
use crate::store::Access;
use crate::tree::LoopRef;
use crate::txn::eligibility::Response;

/// Data element numbers of acknowledgment codes.
mod element {
    pub(super) const ELEMENT_ERROR: u16 = 621;
    pub(super) const GROUP_ERROR: u16 = 716;
    pub(super) const INTERCHANGE_NOTE: u16 = 20_018;
    pub(super) const SEGMENT_ERROR: u16 = 620;
    pub(super) const SET_ERROR: u16 = 618;
}

/// How long to wait for a connection, and then for each piece of the answer. The operating rules give a payer 20 seconds.
const TIMEOUT: Duration = Duration::from_secs(20);

/// An answer longer than this is not read on.
const ANSWER_BYTES_MAX: u64 = 16 << 20;

/// What came back.
pub(super) struct Exchanged {
    /// All of it.
    pub(super) bytes: Vec<u8>,
    /// The 271s in it.
    pub(super) responses: Vec<Response>,
    /// Why there are none, in words.
    pub(super) rejection: Option<String>,
}

/// Sends the interchange and reads what comes back.
pub(super) fn exchange(from: &From, request: &[u8]) -> Result<Exchanged> {
    let bytes = match (&from.server, &from.store) {
        (Some(address), _) => over_tcp(address, request)?,
        (None, Some(path)) => {
            let config = at(Config::default(), path);
            here(Desk::open(config, Registry::embedded().clone(), Access::Write)?, request)?
        }
        (None, None) => {
            let registry = Registry::embedded().clone();
            here(Desk::demo(Config::default(), registry, true, Access::Write)?, request)?
        }
    };
    let Answered { responses, rejection } = answered(&bytes);
    let rejection =
        rejection.or_else(|| responses.is_empty().then(|| "The answer holds no 271.".to_owned()));
    Ok(Exchanged { bytes, responses, rejection })
}

fn here(desk: Desk, request: &[u8]) -> Result<Vec<u8>> {
    let answer = desk.answer(request);
    desk.close();
    Ok(answer?.0.to_bytes().to_vec())
}

fn over_tcp(address: &str, request: &[u8]) -> Result<Vec<u8>> {
    let fail =
        |doing: &str, source: std::io::Error| Failure::new(format!("{doing} {address}"), source);
    let mut addresses = address.to_socket_addrs().map_err(|e| fail("find", e))?;
    let first = addresses
        .next()
        .ok_or_else(|| Failure::Refused(format!("{address} is no address of a server")))?;
    let mut stream = TcpStream::connect_timeout(&first, TIMEOUT).map_err(|e| fail("reach", e))?;
    stream.set_read_timeout(Some(TIMEOUT)).map_err(|e| fail("set up", e))?;
    stream.set_write_timeout(Some(TIMEOUT)).map_err(|e| fail("set up", e))?;
    stream.write_all(request).map_err(|e| fail("send to", e))?;
    // One question: the server answers it and closes.
    stream.shutdown(Shutdown::Write).map_err(|e| fail("send to", e))?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).map_err(|e| fail("read from", e))?;
    Ok(answer)
}

/// X12 for people: a line feed after each terminator.
pub(super) fn one_segment_a_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    match bytes.get(105).map(|b| char::from(*b)) {
        Some(terminator) if text.starts_with("ISA") && terminator != '\n' => {
            let segments = text.split_inclusive(terminator).map(str::trim_start);
            segments.filter(|s| !s.is_empty()).map(|s| format!("{s}\n")).collect()
        }
        _ => text.into_owned(),
    }
}

/// What came back to a question.
#[derive(Debug, Default)]
pub(super) struct Answered {
    /// The 271s.
    pub(super) responses: Vec<Response>,
    /// What a TA1 or a 999 says of the question, when it was rejected.
    pub(super) rejection: Option<String>,
}

/// Reads what came back.
pub(super) fn answered(input: &[u8]) -> Answered {
    let mut answered = Answered::default();
    parts(input, Registry::embedded(), |part| match part {
        Part::Envelope(ta1) if ta1.tag() == "TA1".into() && ta1.value(4) == b"R" => {
            let note = code_words(element::INTERCHANGE_NOTE, ta1.value(5));
            answered.rejection = Some(format!("The interchange was rejected (TA1): {note}"));
        }
        Part::Set { root, report, .. } if report.header.set.as_str() == "271" => {
            answered.responses.push(Response::read(root));
        }
        Part::Set { root, report, .. } if report.header.set.as_str() == "999" => {
            let lines = ack_words(root);
            if !lines.is_empty() {
                let lines = lines.join("\n  ");
                answered.rejection = Some(format!("The question was rejected (999):\n  {lines}"));
            }
        }
        _ => {}
    });
    answered
}

/// The errors a 999 names, a line each.
fn ack_words(root: LoopRef<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    // The IK3 that the IK4s after it belong to.
    let mut within = String::new();
    let mut open = vec![root];
    while let Some(here) = open.pop() {
        for segment in here.segments() {
            let text = |position| String::from_utf8_lossy(segment.value(position)).into_owned();
            match segment.tag().to_string().as_str() {
                "IK3" => {
                    within = format!("segment {} at position {}", text(1), text(2));
                    if segment.value(4) != b"8" {
                        let words = code_words(element::SEGMENT_ERROR, segment.value(4));
                        lines.push(format!("{within}: {words}"));
                    }
                }
                "IK4" => lines.push(format!(
                    "{within}, element {}: {}",
                    text(1),
                    code_words(element::ELEMENT_ERROR, segment.value(3))
                )),
                "IK5" if segment.value(1) == b"R" => lines.extend(
                    segment
                        .elements()
                        .skip(1)
                        .filter(|e| !matches!(e.bytes, b"5" | b"I5" | b""))
                        .map(|e| code_words(element::SET_ERROR, e.bytes)),
                ),
                "AK9" if segment.value(1) == b"R" => lines.extend(
                    segment.elements().skip(4).map(|e| code_words(element::GROUP_ERROR, e.bytes)),
                ),
                _ => {}
            }
        }
        let mut inner: Vec<_> = here.children().collect();
        inner.reverse();
        open.extend(inner);
    }
    lines
}

/// `023: premature end of file`.
fn code_words(element: u16, code: &[u8]) -> String {
    let shown = String::from_utf8_lossy(code);
    match label(element, code) {
        Some(words) => format!("{shown}, {words}"),
        None => shown.into_owned(),
    }
}

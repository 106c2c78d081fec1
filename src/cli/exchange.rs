//! An inquiry to the payer, and what comes back: over TCP, or from a store on this machine.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::ask::From;
use super::failure::{Failure, Result};
use super::local_gateway::{LocalGateway, at};
use x12gate::config::Config;
use x12gate::guide::Registry;
use x12gate::portal::{Received, read_replies};
use x12gate::store::Access;

/// How long to wait for a connection, and then for each piece of the answer. The operating rules give a payer 20 seconds.
const TIMEOUT: Duration = Duration::from_secs(20);

/// An answer longer than this is not read on.
const ANSWER_BYTES_MAX: u64 = 16 << 20;

/// What came back.
pub(super) struct Exchanged {
    /// All of it.
    pub(super) bytes: Vec<u8>,
    /// What it says.
    pub(super) received: Received,
}

/// Sends the interchange and reads what comes back: an answer of this kind, or why there is none.
pub(super) fn exchange(from: &From, request: &[u8], kind: &str) -> Result<Exchanged> {
    let bytes = match (&from.server, &from.store) {
        (Some(address), _) => over_tcp(address, request)?,
        (None, Some(path)) => {
            let config = at(Config::default(), path);
            here(LocalGateway::open(config, Registry::embedded().clone(), Access::Write)?, request)?
        }
        (None, None) => {
            let registry = Registry::embedded().clone();
            here(LocalGateway::demo(Config::default(), registry, true, Access::Write)?, request)?
        }
    };
    let mut received = read_replies(&bytes);
    let is_answered = !received.responses.is_empty()
        || !received.claims.is_empty()
        || !received.reviews.is_empty();
    if !is_answered && received.rejection.is_none() {
        received.rejection = Some(format!("The reply contains no {kind}."));
    }
    Ok(Exchanged { bytes, received })
}

fn here(local: LocalGateway, request: &[u8]) -> Result<Vec<u8>> {
    let answer = local.answer(request);
    local.close();
    Ok(answer?.0.to_bytes().to_vec())
}

fn over_tcp(address: &str, request: &[u8]) -> Result<Vec<u8>> {
    let fail =
        |doing: &str, source: std::io::Error| Failure::new(format!("{doing} {address}"), source);
    let mut addresses = address.to_socket_addrs().map_err(|e| fail("find", e))?;
    let first = addresses
        .next()
        .ok_or_else(|| Failure::Refused(format!("{address} is not a valid server address")))?;
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

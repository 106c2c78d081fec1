//! The acknowledgments of an input, handed over as its interchanges end: a TA1 where one is due, a 999 for each group unless the
//! whole interchange is rejected, and a 277CA for each 837 that is accepted.

use std::io;
use std::sync::Arc;

use time::PrimitiveDateTime;

use super::{
    AcknowledgeError, AcknowledgePolicy, Acknowledger, FinishedReply, FunctionalPolicy,
    GroupParties, InterchangePolicy, Numbering, Numbers, RejectedGroups, ReplyKind, Spools,
};
use crate::check::{
    ClaimEvent, Excerpt, GroupHeader, GroupReport, InterchangeHeader, Limits, SetReport, Sink,
    Stream,
};
use crate::finding::{Code, Finding, Policy};
use crate::guide::{Guide, Registry};
use crate::txn::ack::AckOptions;
use crate::txn::claim_ack::ClaimAckOptions;
use crate::txn::envelope::{EnvelopeWriter, Party};
use crate::wire::Delimiters;

/// The greatest control number; after it comes 1.
const LAST: u32 = 999_999_999;

/// Which acknowledgments of an input are wanted.
#[derive(Clone, Debug)]
pub struct InputPolicy {
    /// A TA1 where the interchange is rejected or asks for one.
    pub ta1: bool,
    /// A 999 for each group.
    pub functional: bool,
    /// A 277CA for each 837 that is accepted, written as these options say.
    pub claims: Option<ClaimAckOptions>,
    /// When the acknowledgments are written, in local time.
    pub at: PrimitiveDateTime,
    /// ISA13 of the first acknowledgment.
    pub control: u32,
}

impl InputPolicy {
    fn policy(&self) -> AcknowledgePolicy {
        AcknowledgePolicy {
            interchange: match self.ta1 {
                true => InterchangePolicy::Honour,
                false => InterchangePolicy::Never,
            },
            functional: match self.functional {
                true => FunctionalPolicy::Always,
                false => FunctionalPolicy::Never,
            },
            defers_functional: false,
            functional_options: AckOptions::default(),
            claims: self.claims.clone(),
            numbering: Numbering::Running,
            group_parties: GroupParties::OfInterchange,
            rejected_groups: RejectedGroups::NameAll,
        }
    }
}

/// Acknowledges an input as it is checked: a [`Sink`] that hands over each acknowledgment once it is whole. It holds the
/// acknowledgments of one interchange, in the spools it is given.
pub struct InputAcknowledger<S: Spools, D> {
    policy: AcknowledgePolicy,
    spools: S,
    deliver: D,
    /// The number of what is handed over next.
    control: u32,
    at: PrimitiveDateTime,
    /// The interchange that is open.
    open: Option<Acknowledger<S>>,
    /// The input contained no interchange.
    is_empty: bool,
}

impl<S: Spools, D> std::fmt::Debug for InputAcknowledger<S, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InputAcknowledger").field("control", &self.control).finish_non_exhaustive()
    }
}

impl<S, D, E> InputAcknowledger<S, D>
where
    S: Spools + Clone,
    D: FnMut(FinishedReply<S::Spool>) -> Result<(), E>,
    E: From<AcknowledgeError>,
{
    /// An acknowledger that has seen nothing yet.
    pub fn new(wanted: &InputPolicy, spools: S, deliver: D) -> Self {
        InputAcknowledger {
            policy: wanted.policy(),
            spools,
            deliver,
            control: wanted.control,
            at: wanted.at,
            open: None,
            is_empty: false,
        }
    }

    /// True when the input contained no interchange, so that there is no one to acknowledge anything to.
    pub fn is_empty(&self) -> bool {
        self.is_empty
    }

    fn open(&mut self) -> Result<&mut Acknowledger<S>, E> {
        self.open.as_mut().ok_or_else(|| AcknowledgeError::NoGroup.into())
    }

    /// Begins what is due. Control numbers follow the order in which replies leave: a TA1 comes before, and a 277CA never
    /// comes without the 999.
    fn begin(&mut self, due: Option<ReplyKind>) -> Result<(), E> {
        let Some(kind) = due else { return Ok(()) };
        let (first, writes_999) =
            (self.control, self.policy.functional == FunctionalPolicy::Always);
        let open = self.open()?;
        if open.need(kind).is_none() {
            return Ok(());
        }
        let before = u32::from(open.due_ta1(None).is_some())
            + u32::from(kind == ReplyKind::ACK_277CA && writes_999);
        let numbers = Numbers { interchange: later(first, before), group: open.next_group(kind) };
        Ok(open.begin(kind, numbers)?)
    }

    fn hand_over(&mut self, reply: FinishedReply<S::Spool>) -> Result<(), E> {
        self.control = later(reply.control, 1);
        (self.deliver)(reply)
    }
}

impl<S, D, E> Sink for InputAcknowledger<S, D>
where
    S: Spools + Clone,
    D: FnMut(FinishedReply<S::Spool>) -> Result<(), E>,
    E: From<AcknowledgeError>,
{
    type Error = E;

    fn wants_claims(&self) -> bool {
        self.policy.claims.is_some()
    }

    fn interchange(&mut self, header: &InterchangeHeader) -> Result<(), E> {
        // Sender and receiver change places.
        let envelope = EnvelopeWriter::new(
            party(header.receiver_qualifier.as_str(), header.receiver.as_str()),
            party(header.sender_qualifier.as_str(), header.sender.as_str()),
            !header.is_test,
            self.at,
        );
        let (policy, spools) = (self.policy.clone(), self.spools.clone());
        self.open = Some(Acknowledger::new(*header, Arc::new(envelope), policy, spools));
        Ok(())
    }

    fn group(&mut self, header: &GroupHeader) -> Result<(), E> {
        let open = self.open()?;
        open.group(header, false);
        let due = open.due_at_group();
        self.begin(due)
    }

    fn claims(&mut self, guide: &Guide, events: Vec<ClaimEvent>) -> Result<(), E> {
        match &mut self.open {
            Some(open) => Ok(open.claims(guide, &events, &[])?),
            None => Ok(()),
        }
    }

    fn set(&mut self, report: SetReport) -> Result<(), E> {
        let open = self.open()?;
        if !open.is_in_group() {
            return Ok(());
        }
        let due = open.due_at_set(&report);
        self.begin(due)?;
        Ok(self.open()?.set(report)?)
    }

    fn group_end(&mut self, report: &GroupReport) -> Result<(), E> {
        Ok(self.open()?.group_end(report)?)
    }

    fn envelope(&mut self, finding: &Finding, _: &Excerpt) -> Result<(), E> {
        self.is_empty |= finding.code == Code::NotX12;
        Ok(())
    }

    fn interchange_end(
        &mut self,
        _: &InterchangeHeader,
        rejection: Option<&'static str>,
    ) -> Result<(), E> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        if let Some(ack) = open.due_ta1(rejection) {
            let ta1 = open.ta1(ack, self.control)?;
            self.hand_over(ta1)?;
        }
        if rejection.is_none() {
            for reply in open.finish()? {
                self.hand_over(reply)?;
            }
        }
        Ok(())
    }
}

/// A party of an interchange as its acknowledgment can name it. What an ISA cannot hold becomes `?`, and a qualifier that is
/// none `ZZ`, so that one such interchange does not keep the others of the input from being acknowledged.
fn party(qualifier: &str, id: &str) -> Party {
    let is_qualifier =
        qualifier.len() == 2 && qualifier.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_plain = |c: &char| {
        (' '..='~').contains(c)
            && u8::try_from(*c).is_ok_and(|byte| !Delimiters::STANDARD.contains(byte))
    };
    let plain: String = id.chars().map(|c| if is_plain(&c) { c } else { '?' }).collect();
    Party {
        qualifier: if is_qualifier { qualifier } else { "ZZ" }.into(),
        id: if plain.trim().is_empty() { "?".into() } else { plain.into() },
    }
}

/// The control number so many after this one.
fn later(control: u32, count: u32) -> u32 {
    (control.max(1) - 1 + count) % LAST + 1
}

/// Spools in memory.
#[derive(Clone, Copy, Debug)]
struct InMemory;

impl Spools for InMemory {
    type Spool = Vec<u8>;

    fn reply(&mut self) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn scratch(&mut self) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }
}

/// Checks an input of any number of interchanges and gives its acknowledgments in the order they leave: TA1 where one is due,
/// 999 for each interchange with groups, 277CA where 837s were accepted. Nothing when there is no interchange in it.
///
/// ```
/// use time::macros::datetime;
/// use x12gate::acknowledge::{ReplyKind, acknowledge};
/// use x12gate::finding::Policy;
/// use x12gate::guide::Registry;
///
/// let text = std::fs::read("fixtures/valid/270_subscriber.edi")?;
/// let now = datetime!(2026-01-05 09:30);
/// let replies = acknowledge(&text, Registry::embedded(), &Policy::default(), now)?;
///
/// assert_eq!(replies.len(), 1);
/// assert_eq!(replies[0].kind, ReplyKind::ACK_999);
/// assert!(String::from_utf8_lossy(&replies[0].text).contains("~AK9*A*1*1*1~"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Everything is held in memory; for large inputs see [`InputAcknowledger`].
///
/// # Errors
///
/// An acknowledgment that cannot be written: the sender's id does not fit an ISA.
pub fn acknowledge(
    input: &[u8],
    registry: &Registry,
    policy: &Policy,
    at: PrimitiveDateTime,
) -> Result<Vec<FinishedReply<Vec<u8>>>, AcknowledgeError> {
    let wanted = InputPolicy {
        ta1: true,
        functional: true,
        claims: Some(ClaimAckOptions::new(at)),
        at,
        control: 1,
    };
    let mut replies = Vec::new();
    let deliver = |reply| {
        replies.push(reply);
        Ok::<(), AcknowledgeError>(())
    };
    let mut acknowledger = InputAcknowledger::new(&wanted, InMemory, deliver);
    let mut stream = Stream::new(registry, Limits::default(), policy).with_claims(true);
    stream.feed(input, true, &mut acknowledger)?;
    Ok(replies)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn kinds(text: &str) -> Vec<&'static str> {
        let at = datetime!(2026-01-05 09:30);
        let replies =
            acknowledge(text.as_bytes(), Registry::embedded(), &Policy::default(), at).unwrap();
        replies.iter().map(|reply| reply.kind.name).collect()
    }

    #[test]
    fn each_interchange_gets_what_is_due() {
        let claims = include_str!("../../fixtures/valid/837p_replacement.edi");
        assert_eq!(kinds(claims), ["999", "277ca"]);
        assert_eq!(kinds(&claims.replace("GE*1*", "GE*2*")), ["999"]);
        assert_eq!(kinds(&claims.replace("IEA*1*", "IEA*2*")), ["ta1"]);
        assert!(kinds("").is_empty());
        // One that cannot be addressed does not keep the others from being acknowledged.
        let strange = claims.replacen("*ZZ*SUBMITTER1 ", "*Z:*SUB\u{1}ITT^R1 ", 1);
        assert_eq!(kinds(&format!("{strange}{claims}")), ["ta1", "999", "277ca"]);
    }
}

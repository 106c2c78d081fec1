//! The end of an interchange: what leaves, once it is recorded.

use super::clerk::{Clerk, Exchange, count};
use super::delivery::Origin;
use super::error::ServiceError;
use super::hash::hex;
use super::intake::Closing;
use super::ledger::{Entry, Filed, Tally};
use super::reply::Kind;
use super::summary::Outcome;
use super::writer::{Drafted, ReplyWriter};
use crate::check::InterchangeHeader;
use crate::config::Ta1Policy;
use crate::partner::Sender;
use crate::store::InterchangeKey;
use crate::txn::ack::{InterchangeAck, write_ta1};

/// TA105 of a control number that was used for something else.
const DUPLICATE: &str = "025";

/// An interchange that has ended, and what is to leave.
pub(super) struct Closed {
    pub(super) entry: Entry,
    pub(super) filed: Filed,
}

impl Clerk<'_> {
    /// The end of the interchange: decides, records, and gives what is to leave.
    pub(super) async fn close(&mut self, closing: Closing) -> Result<Option<Closed>, ServiceError> {
        let unended = match &closing.iea {
            Some(iea) => self.books.iea(iea.framing()),
            None => self.books.no_iea(closing.offset),
        };
        self.end_group(unended).await?;
        let Some(mut exchange) = self.exchange.take() else { return Ok(None) };
        let mut rejection = self.books.rejection();
        let (_, findings) = self.books.finish();
        exchange.tally.findings += count(&findings);
        let mut entry = entry(self.origin, &exchange, &closing);
        if let Some(prior) = exchange.prior.take() {
            if prior.hash == closing.hash {
                entry.outcome = Outcome::Replayed;
                return Ok(Some(Closed { entry, filed: Filed::Replayed(prior) }));
            }
            rejection = rejection.or(Some(DUPLICATE));
        }
        let filed = match rejection {
            Some(code) => self.refuse(&exchange, &mut entry, &closing, code).await?,
            None => self.settle(&mut exchange, &mut entry, &closing).await?,
        };
        if let Filed::Replayed(_) = filed {
            entry.outcome = Outcome::Replayed;
        }
        Ok(Some(Closed { entry, filed }))
    }

    /// Ends an interchange that was worked on.
    async fn settle(
        &mut self,
        exchange: &mut Exchange,
        entry: &mut Entry,
        closing: &Closing,
    ) -> Result<Filed, ServiceError> {
        entry.outcome = outcome(&exchange.tally);
        let mut drafts = Vec::new();
        let is_asked = exchange.opening.header.wants_ta1;
        let policy = exchange.opening.sender.partner().ack.ta1;
        if policy == Ta1Policy::Always || (policy == Ta1Policy::Honour && is_asked) {
            drafts.push(self.write_ta1(exchange, InterchangeAck::Accepted).await?);
        }
        let writers = [exchange.acks.take(), exchange.claim_acks.take(), exchange.answers.take()];
        for writer in writers.into_iter().flatten() {
            if !writer.is_empty() {
                drafts.push(writer.finish()?);
            }
        }
        // What only says "not now" is not an answer to keep: the same question may come again.
        let Some(key) = key(&exchange.opening.header).filter(|_| !exchange.outage) else {
            return Ok(Filed::Fresh(drafts));
        };
        let filed = self.desk.record(key, closing, entry, exchange.received, drafts).await?;
        match filed {
            Filed::Conflict => self.refuse(exchange, entry, closing, DUPLICATE).await,
            filed => Ok(filed),
        }
    }

    /// Rejects the interchange as a whole. It does not use up its control number: it is filed under that and its content,
    /// so that the same bytes get the same TA1 again, and the mended interchange is a new one.
    async fn refuse(
        &mut self,
        exchange: &Exchange,
        entry: &mut Entry,
        closing: &Closing,
        code: &'static str,
    ) -> Result<Filed, ServiceError> {
        entry.outcome = Outcome::Refused;
        entry.ta105 = Some(code);
        let mut drafts = Vec::new();
        if exchange.opening.sender.partner().ack.ta1 != Ta1Policy::Never {
            drafts.push(self.write_ta1(exchange, InterchangeAck::Rejected(code)).await?);
        }
        let key = key(&exchange.opening.header).filter(|_| !exchange.outage);
        let Some(mut key) = key else { return Ok(Filed::Fresh(drafts)) };
        key.sender = format!("{}#{}", key.sender, &hex(&closing.hash)[..16]).into();
        if let Sender::NotCaller(caller) = &exchange.opening.sender {
            // Neither may the sender it names be given this TA1, nor the caller one of that sender's.
            key.sender = format!("{}@{}", key.sender, caller.id).into();
        }
        self.desk.record(key, closing, entry, exchange.received, drafts).await
    }

    async fn write_ta1(
        &mut self,
        exchange: &Exchange,
        ack: InterchangeAck,
    ) -> Result<Drafted, ServiceError> {
        let partner = exchange.opening.sender.partner();
        let control = self.desk.next_control(partner, "isa").await?;
        let sheet = self.paper.sheet()?;
        let mut writer = ReplyWriter::begin(Kind::Ta1, control, &exchange.envelope, sheet)?;
        write_ta1(writer.emitter(), &exchange.opening.header, ack)?;
        writer.finish()
    }
}

/// What makes it the same interchange; none when its control number is not one.
pub(super) fn key(header: &InterchangeHeader) -> Option<InterchangeKey> {
    let party = |qualifier: &str, id: &str| format!("{qualifier}:{id}").into();
    let control = header.control.as_str();
    (control.len() == 9).then_some(())?;
    Some(InterchangeKey {
        sender: party(header.sender_qualifier.as_str(), header.sender.as_str()),
        receiver: party(header.receiver_qualifier.as_str(), header.receiver.as_str()),
        control: control.parse().ok()?,
        test: header.is_test,
    })
}

fn outcome(tally: &Tally) -> Outcome {
    if tally.accepted == tally.sets && tally.groups_rejected == 0 {
        Outcome::Accepted
    } else if tally.accepted == 0 || tally.groups_rejected == tally.groups {
        Outcome::Rejected
    } else {
        Outcome::Partial
    }
}

fn entry(origin: &Origin, exchange: &Exchange, closing: &Closing) -> Entry {
    let header = &exchange.opening.header;
    Entry {
        origin: origin.clone(),
        header: *header,
        partner: exchange.opening.sender.partner().id.clone(),
        outcome: Outcome::Accepted,
        ta105: None,
        bytes: closing.bytes,
        tally: exchange.tally,
        begun: exchange.begun,
    }
}

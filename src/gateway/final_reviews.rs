//! Reviews whose wait is over: those that are closed because what was asked for never came, and the final 278s of decisions that the
//! requesters have not been told of.

use time::PrimitiveDateTime;
use tokio::sync::OnceCell;

use crate::answer::review::{ReviewClock, close, told};
use crate::config::Config;
use crate::partner::{PartnerDirectory, PartnerError};
use crate::store::{
    Actor, InterchangeFilter, ReviewEntry, ReviewKey, ReviewRecord, StoreError, Stores,
};
use crate::txn::envelope::{EnvelopeWriter, GroupForm, Party, write_ge, write_iea};
use crate::txn::review::{Purpose, Review, Side};
use crate::wire::EmitError;

/// Reviews that are worked on together.
const TOGETHER_MAX: u32 = 500;

/// Why reviews could not be closed or told.
#[derive(Debug, thiserror::Error)]
pub enum FinalReviewError {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The profiles of partners cannot be used.
    #[error(transparent)]
    Partners(#[from] PartnerError),
    /// The 278 cannot be written.
    #[error("the 278 cannot be written")]
    Write(#[from] EmitError),
}

type Result<T> = std::result::Result<T, FinalReviewError>;

/// Both ends of an interchange to those who asked, and how they asked.
#[derive(Clone, Debug)]
pub struct ReviewAddress {
    sender: Party,
    receiver: Party,
    is_test: bool,
    /// The name of the listener, where an interchange brought the review.
    pub transport: Option<Box<str>>,
}

/// Works on reviews whose wait is over, at one instant.
#[derive(Debug)]
pub struct FinalReviews<'f> {
    stores: &'f Stores,
    config: &'f Config,
    /// Who the ledger says did it.
    actor: Actor,
    /// Now, in the payer's local time.
    now: PrimitiveDateTime,
    /// Read when first needed.
    partners: OnceCell<PartnerDirectory>,
}

impl<'f> FinalReviews<'f> {
    /// For `who` (`operator`, `timetable`), at this instant, microseconds since 1970 UTC.
    pub fn new(
        stores: &'f Stores,
        config: &'f Config,
        who: &str,
        now_micros: i64,
    ) -> FinalReviews<'f> {
        let local_time = config.identity.local_time();
        let now = ReviewClock::new(config.reviews.clone().into(), local_time).local(now_micros);
        let actor = Actor { who: who.into(), at_micros: now_micros };
        FinalReviews { stores, config, actor, now, partners: OnceCell::new() }
    }

    /// Closes everything whose time is over; gives the receipts.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written.
    pub async fn close(&self) -> Result<Vec<Box<str>>> {
        let mut closed: Vec<Box<str>> = Vec::new();
        loop {
            let keys = [ReviewKey::Closing(self.actor.at_micros)];
            let late = self.stores.reviews.find(&keys, TOGETHER_MAX).await?;
            let late = late.into_iter().next().unwrap_or_default();
            let answers: Vec<_> =
                late.iter().filter_map(|review| close(review, self.now)).collect();
            if answers.is_empty() {
                return Ok(closed);
            }
            closed.extend(answers.iter().map(|answer| answer.change.receipt.clone()));
            let entries = answers.into_iter().map(|one| ReviewEntry::Change(Box::new(one.change)));
            self.stores.reviews.enter(entries.collect(), &self.actor).await?;
        }
    }

    /// Some reviews whose requesters have not been told of the decision; none when all have.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn untold(&self) -> Result<Vec<ReviewRecord>> {
        let untold = self.stores.reviews.find(&[ReviewKey::Untold], TOGETHER_MAX).await?;
        Ok(untold.into_iter().next().unwrap_or_default())
    }

    /// The requester has been told, or nobody is known who could be.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub async fn note_told(&self, review: &ReviewRecord) -> Result<()> {
        let entries = vec![ReviewEntry::Told(review.receipt.clone())];
        self.stores.reviews.enter(entries, &self.actor).await?;
        Ok(())
    }

    async fn partners(&self) -> Result<&PartnerDirectory> {
        let load = async || {
            let rows = self.stores.partners.all().await?;
            Ok(PartnerDirectory::load(self.config, &rows)?)
        };
        self.partners.get_or_try_init(load).await
    }

    /// Who asked for a review: the sender of its interchange, or the partner by its profile; none where neither is known.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or the profiles not be used.
    pub async fn address(&self, review: &ReviewRecord) -> Result<Option<ReviewAddress>> {
        let party = |text: &str| {
            let (qualifier, id) = text.split_once(':').unwrap_or(("ZZ", text));
            Party { qualifier: qualifier.into(), id: id.trim().into() }
        };
        if review.interchange > 0 {
            let filter = InterchangeFilter {
                id: Some(review.interchange),
                limit: 1,
                ..InterchangeFilter::default()
            };
            if let Some(row) = self.stores.journal.list(&filter).await?.pop() {
                let key = &row.opening.key;
                let (sender, receiver) = (party(&key.receiver), party(&key.sender));
                let transport = Some(row.opening.transport.clone());
                return Ok(Some(ReviewAddress { sender, receiver, is_test: key.test, transport }));
            }
        }
        let partners = self.partners().await?;
        let isa = partners.with_id(&review.partner).and_then(|partner| partner.isa.first());
        let identity = &self.config.identity;
        Ok(isa.map(|isa| ReviewAddress {
            sender: Party {
                qualifier: identity.qualifier.as_str().into(),
                id: identity.id.as_str().into(),
            },
            receiver: Party { qualifier: isa.qualifier.clone(), id: isa.id.clone() },
            is_test: false,
            transport: None,
        }))
    }

    /// The final 278 of a review as the ledger has it, in an interchange of its own, and how the requester asked; none where nobody is
    /// known who could be told.
    ///
    /// # Errors
    ///
    /// When the store fails, or the 278 cannot be written.
    pub async fn text(&self, review: &ReviewRecord) -> Result<Option<(Vec<u8>, ReviewAddress)>> {
        match (told(review), self.address(review).await?) {
            (Some(answer), Some(address)) => {
                let text = self.interchange(&answer, &address).await?;
                Ok(Some((text, address)))
            }
            _ => Ok(None),
        }
    }

    /// The interchange of a final 278.
    ///
    /// # Errors
    ///
    /// When no control number can be taken, or the 278 not be written.
    pub async fn interchange(&self, answer: &Review, address: &ReviewAddress) -> Result<Vec<u8>> {
        let ReviewAddress { sender, receiver, is_test, .. } = address;
        let envelope = EnvelopeWriter::new(sender.clone(), receiver.clone(), !is_test, self.now);
        let partners = self.partners().await?;
        let mut numbers = [0; 2];
        for (number, series) in numbers.iter_mut().zip(["isa", "gs"]) {
            let series = partners.control_series(receiver, series);
            *number = self.stores.journal.take_control_numbers(&series, 1).await?;
        }
        let [isa, gs] = numbers;
        let mut out = envelope.emitter();
        let form = GroupForm { functional: "HI", version: Purpose::Request.guide() };
        envelope.isa(&mut out, isa)?;
        envelope.gs(&mut out, form, gs)?;
        answer.write(Purpose::Request, Side::Answer, "0001", &mut out)?;
        write_ge(&mut out, 1, gs)?;
        write_iea(&mut out, 1, isa)?;
        Ok(out.into_bytes())
    }
}

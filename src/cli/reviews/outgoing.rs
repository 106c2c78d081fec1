//! Final 278s on their way to those who asked: each an interchange, and a file.

use std::path::{Path, PathBuf};

use time::PrimitiveDateTime;

use super::super::failure::{Failure, Result};
use super::{Opened, failed};
use x12gate::answer::review::told;
use x12gate::partner::Partner;
use x12gate::store::{InterchangeFilter, ReviewEntry, ReviewKey, ReviewRecord};
use x12gate::txn::envelope::{EnvelopeWriter, GroupForm, Party, write_ge, write_iea};
use x12gate::txn::review::{Purpose, Review, Side};

/// Reviews that are told together.
const TOGETHER_MAX: u32 = 500;

/// A review whose requester was told.
pub(super) struct Delivered {
    pub(super) review: ReviewRecord,
    /// The file; none where nobody is known who could be told.
    pub(super) file: Option<PathBuf>,
}

/// Writes the 278 of every decision that the requester has not been told of, and takes note of it.
pub(super) async fn deliver(opened: &Opened, folder: &Path) -> Result<Vec<Delivered>> {
    let mut delivered = Vec::new();
    loop {
        let untold = opened.stores.reviews.find(&[ReviewKey::Untold], TOGETHER_MAX).await;
        let untold = untold.map_err(failed("find what is to be told"))?.pop().unwrap_or_default();
        if untold.is_empty() {
            return Ok(delivered);
        }
        let now = opened.local_now();
        for review in untold {
            let file = match (told(&review), address(opened, &review).await?) {
                (Some(answer), Some(address)) => {
                    let text = interchange(opened, &review, &answer, &address, now).await?;
                    Some(write(folder, &review, &text)?)
                }
                _ => None,
            };
            // After the file: what is told twice does no harm, what is never told does.
            let entries = vec![ReviewEntry::Told(review.receipt.clone())];
            let entered = opened.stores.reviews.enter(entries, &opened.operator()).await;
            entered.map_err(failed("take note of what was told"))?;
            delivered.push(Delivered { review, file });
        }
    }
}

/// Puts a 278 into a folder, under the receipt of its review.
pub(super) fn write(folder: &Path, review: &ReviewRecord, text: &[u8]) -> Result<PathBuf> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::new(format!("create {}", folder.display()), error))?;
    let path = folder.join(format!("{}.278", review.receipt));
    std::fs::write(&path, text)
        .map_err(|error| Failure::new(format!("write {}", path.display()), error))?;
    Ok(path)
}

/// Both ends of an interchange to those who asked.
pub(super) struct Address {
    sender: Party,
    receiver: Party,
    is_test: bool,
}

/// Who asked for a review: the sender of its interchange, or the partner by its profile; none where neither is known.
pub(super) async fn address(opened: &Opened, review: &ReviewRecord) -> Result<Option<Address>> {
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
        let rows = opened.stores.journal.list(&filter).await;
        if let Some(row) = rows.map_err(failed("read the interchange"))?.pop() {
            let key = &row.opening.key;
            let (sender, receiver) = (party(&key.receiver), party(&key.sender));
            return Ok(Some(Address { sender, receiver, is_test: key.test }));
        }
    }
    let partners = opened.stores.partners.all().await.map_err(failed("read the partners"))?;
    let row = partners.into_iter().find(|row| row.id == review.partner);
    let config = &opened.config;
    let partner =
        row.and_then(|row| Partner::parse(&row.profile, Path::new(&*review.partner), config).ok());
    let isa = partner.and_then(|partner| partner.isa.into_iter().next());
    Ok(isa.map(|isa| Address {
        sender: Party {
            qualifier: config.identity.qualifier.as_str().into(),
            id: config.identity.id.as_str().into(),
        },
        receiver: Party { qualifier: isa.qualifier, id: isa.id },
        is_test: false,
    }))
}

/// The interchange of a final 278.
pub(super) async fn interchange(
    opened: &Opened,
    review: &ReviewRecord,
    answer: &Review,
    address: &Address,
    now: PrimitiveDateTime,
) -> Result<Vec<u8>> {
    let Address { sender, receiver, is_test } = address;
    let envelope = EnvelopeWriter::new(sender.clone(), receiver.clone(), !is_test, now);
    let journal = &opened.stores.journal;
    let mut numbers = [0; 2];
    for (number, series) in numbers.iter_mut().zip(["isa", "gs"]) {
        let series = format!("{}/{series}", review.partner);
        *number = journal
            .take_control_numbers(&series, 1)
            .await
            .map_err(failed("take a control number"))?;
    }
    let [isa, gs] = numbers;
    let cannot = |error| Failure::new("write the 278", error);
    let mut out = envelope.emitter();
    let form = GroupForm { functional: "HI", version: Purpose::Request.guide() };
    envelope.isa(&mut out, isa).map_err(cannot)?;
    envelope.gs(&mut out, form, gs).map_err(cannot)?;
    answer.write(Purpose::Request, Side::Answer, "0001", &mut out).map_err(cannot)?;
    write_ge(&mut out, 1, gs).map_err(cannot)?;
    write_iea(&mut out, 1, isa).map_err(cannot)?;
    Ok(out.into_bytes())
}

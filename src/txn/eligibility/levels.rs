//! The levels that the 270 and the 271 have in common: the payer and the requester. Below them an inquiry has patients, an
//! answer their benefits.

use super::{Contact, Header, Name, PostalAddress, ProviderRole, Reference, Rejection};
use crate::phi::redacted;
use crate::segments::text::text;
use crate::tree::LoopRef;
use crate::wire::{EmitError, Emitter};

/// The structure of both sets, BHT01.
const STRUCTURE: &str = "0022";

/// Most REF, PER and AAA of one loop.
pub(super) const REFERENCES_MAX: usize = 9;
pub(super) const CONTACTS_MAX: usize = 3;
pub(super) const REJECTIONS_MAX: usize = 9;

/// The payer, which is asked or answers: loop 2000A.
#[derive(Clone, PartialEq, Default)]
pub struct Source<S> {
    /// 2000A AAA: why nothing under this payer could be answered; only in a 271.
    pub rejections: Vec<Rejection>,
    /// 2100A NM1.
    pub name: Name,
    /// 2100A PER, up to three; only in a 271.
    pub contacts: Vec<Contact>,
    /// 2100A AAA: errors of the payer named, or of the payer's own system; only in a 271.
    pub name_rejections: Vec<Rejection>,
    /// 2000B loops; left out when the payer level is rejected.
    pub receivers: Vec<Receiver<S>>,
}

redacted!(Source<S> {});

/// The requester: loop 2000B.
#[derive(Clone, PartialEq, Default)]
pub struct Receiver<S> {
    /// 2100B NM1.
    pub name: Name,
    /// 2100B REF, up to nine.
    pub references: Vec<Reference>,
    /// 2100B N3 and N4.
    pub address: Option<PostalAddress>,
    /// 2100B AAA: why the requester gets no answer; only in a 271.
    pub rejections: Vec<Rejection>,
    /// 2100B PRV.
    pub role: Option<ProviderRole>,
    /// 2000C loops; left out when the receiver is rejected.
    pub subscribers: Vec<S>,
}

redacted!(Receiver<S> {});

/// A subscriber level of one of the two sets.
pub(super) trait SubscriberLevel: Default {
    /// True in the set that has room for the description of a reference (REF03).
    const DESCRIBES: bool;

    /// Reads the segments of the 2000C loop itself.
    fn open(here: LoopRef<'_>) -> Self;

    /// Reads a loop inside a 2000C loop.
    fn take(&mut self, here: LoopRef<'_>);

    /// Writes the level, from its HL on, under that of its receiver.
    fn write(&self, receiver: u32, out: &mut Emitter) -> Result<(), EmitError>;
}

/// Reads ST02 and BHT of a set.
pub(super) fn read_beginning(set: LoopRef<'_>) -> (Box<str>, Header) {
    let control = set.first("ST").map_or_else(Box::default, |st| text(st.value(2)));
    (control, set.first("BHT").map(Header::read).unwrap_or_default())
}

/// Reads the loops inside `here` in the order of the text, so that it does not matter whether levels are inside each
/// other in the tree or side by side.
pub(super) fn read_levels<S: SubscriberLevel>(sources: &mut Vec<Source<S>>, here: LoopRef<'_>) {
    for inner in here.children() {
        take(sources, inner);
        // A benefit reads the loops inside it itself.
        if !inner.id().starts_with("2110") {
            read_levels(sources, inner);
        }
    }
}

fn take<S: SubscriberLevel>(sources: &mut Vec<Source<S>>, here: LoopRef<'_>) {
    if here.id() == "2000A" {
        let rejections = read_rejections(here);
        return sources.push(Source { rejections, ..Source::default() });
    }
    let Some(source) = sources.last_mut() else { return };
    match here.id() {
        "2100A" => {
            source.name = here.first("NM1").map(Name::read).unwrap_or_default();
            source.contacts = here.all("PER").map(Contact::read).collect();
            source.name_rejections = read_rejections(here);
        }
        "2000B" => source.receivers.push(Receiver::default()),
        id => {
            let Some(receiver) = source.receivers.last_mut() else { return };
            match id {
                "2100B" => {
                    receiver.name = here.first("NM1").map(Name::read).unwrap_or_default();
                    receiver.references = here.all("REF").map(Reference::read).collect();
                    receiver.address = PostalAddress::read(here.first("N3"), here.first("N4"));
                    receiver.rejections = read_rejections(here);
                    receiver.role = here.first("PRV").map(ProviderRole::read);
                }
                "2000C" => receiver.subscribers.push(S::open(here)),
                _ => {
                    if let Some(subscriber) = receiver.subscribers.last_mut() {
                        subscriber.take(here);
                    }
                }
            }
        }
    }
}

/// Writes the set, ST to SE.
pub(super) fn write_set<S: SubscriberLevel>(
    set: &str,
    control: &str,
    header: &Header,
    sources: &[Source<S>],
    out: &mut Emitter,
) -> Result<(), EmitError> {
    out.begin_set(set, control, Some(super::GUIDE))?;
    out.enter("ST");
    header.write(STRUCTURE, out)?;
    sources.iter().try_for_each(|source| write_source(source, out))?;
    out.end_set(control)
}

fn write_source<S: SubscriberLevel>(
    source: &Source<S>,
    out: &mut Emitter,
) -> Result<(), EmitError> {
    out.enter("2000A");
    let level = out.level(None, "20", !source.receivers.is_empty())?;
    write_rejections(&source.rejections, out)?;
    out.enter("2100A");
    source.name.write(out)?;
    source.contacts.iter().take(CONTACTS_MAX).try_for_each(|contact| contact.write(out))?;
    write_rejections(&source.name_rejections, out)?;
    source.receivers.iter().try_for_each(|receiver| write_receiver(receiver, level, out))
}

fn write_receiver<S: SubscriberLevel>(
    receiver: &Receiver<S>,
    source: u32,
    out: &mut Emitter,
) -> Result<(), EmitError> {
    out.enter("2000B");
    let level = out.level(Some(source), "21", !receiver.subscribers.is_empty())?;
    out.enter("2100B");
    receiver.name.write(out)?;
    write_references(&receiver.references, S::DESCRIBES, out)?;
    if let Some(address) = &receiver.address {
        address.write(out)?;
    }
    write_rejections(&receiver.rejections, out)?;
    if let Some(role) = &receiver.role {
        role.write(out)?;
    }
    receiver.subscribers.iter().try_for_each(|subscriber| subscriber.write(level, out))
}

pub(super) fn read_rejections(here: LoopRef<'_>) -> Vec<Rejection> {
    here.all("AAA").map(Rejection::read).collect()
}

pub(super) fn write_rejections(
    rejections: &[Rejection],
    out: &mut Emitter,
) -> Result<(), EmitError> {
    rejections.iter().take(REJECTIONS_MAX).try_for_each(|rejection| rejection.write(out))
}

/// Writes up to nine REF.
pub(super) fn write_references(
    references: &[Reference],
    described: bool,
    out: &mut Emitter,
) -> Result<(), EmitError> {
    references.iter().take(REFERENCES_MAX).try_for_each(|reference| match described {
        true => reference.write(out),
        false => reference.write_bare(out),
    })
}

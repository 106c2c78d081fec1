//! The levels that the 276 and the 277 have in common: payer, receiver, provider, subscriber, dependent. Below a patient a
//! request has the claims it asks for, an answer their status.

use crate::phi::redacted;
use crate::segments::text::{fit, text};
use crate::segments::{
    ClaimStatus, Contact, Demographics, Header, Name, Trace, write_level, write_trace,
};
use crate::tree::LoopRef;
use crate::wire::{EmitError, Emitter};

/// The structure of both sets, BHT01.
const STRUCTURE: &str = "0010";

/// Most 2100C loops of one provider level.
const PROVIDER_NAMES_MAX: usize = 2;

/// The payer: loop 2000A.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Source<C> {
    /// 2100A NM1.
    pub name: Name,
    /// 2100A PER; only in a 277.
    pub contact: Option<Contact>,
    /// 2000B loops.
    pub receivers: Vec<Receiver<C>>,
}

/// Who receives the answer: loop 2000B.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Receiver<C> {
    /// 2100B NM1.
    pub name: Name,
    /// 2200B: why nothing of this receiver is answered; only in a 277, and then there are no providers.
    pub refused: Option<Stated>,
    /// 2000C loops.
    pub providers: Vec<Provider<C>>,
}

/// The provider: loop 2000C.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Provider<C> {
    /// 2100C NM1: one provider by one id or by two.
    pub names: Vec<Name>,
    /// 2200C: why nothing of this provider is answered; only in a 277, and then there are no subscribers.
    pub refused: Option<Stated>,
    /// 2000D loops.
    pub subscribers: Vec<Subscriber<C>>,
}

/// The subscriber: loop 2000D. The subscriber is the patient of the claims in it; those of dependents are in theirs.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Subscriber<C> {
    /// 2100D NM1.
    pub name: Name,
    /// DMG; only in a 276.
    pub demographics: Demographics,
    /// 2200D loops.
    pub claims: Vec<C>,
    /// 2000E loops.
    pub dependents: Vec<Dependent<C>>,
}

/// A patient without an id of their own: loop 2000E.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Dependent<C> {
    /// 2100E NM1.
    pub name: Name,
    /// DMG; only in a 276.
    pub demographics: Demographics,
    /// 2200E loops.
    pub claims: Vec<C>,
}

/// A status with the trace it answers: loop 2200B or 2200C.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Stated {
    /// TRN02.
    pub trace: Box<str>,
    /// STC, at least one.
    pub statuses: Vec<ClaimStatus>,
}

redacted!(Source<C> {});
redacted!(Receiver<C> { refused });
redacted!(Provider<C> { refused });
redacted!(Subscriber<C> {});
redacted!(Dependent<C> {});
redacted!(Stated { statuses });

/// A claim of one of the two sets: loop 2200D or 2200E with the service lines in it.
pub(super) trait Claim: Default {
    /// True in the set that answers.
    const ANSWERS: bool;

    /// Reads the loop.
    fn read(here: LoopRef<'_>) -> Self;

    /// Writes the loop.
    fn write(&self, patient: PatientLevel, out: &mut Emitter) -> Result<(), EmitError>;
}

/// At which level the patient is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum PatientLevel {
    /// 2000D.
    Subscriber,
    /// 2000E.
    Dependent,
}

/// Reads ST02 and BHT of a set.
pub(super) fn read_beginning(set: LoopRef<'_>) -> (Box<str>, Header) {
    let control = set.first("ST").map_or_else(Box::default, |st| text(st.value(2)));
    (control, set.first("BHT").map(Header::read).unwrap_or_default())
}

/// Reads the loops inside `here` in the order of the text, so that it does not matter whether levels are inside each
/// other in the tree or side by side.
pub(super) fn read_levels<C: Claim>(sources: &mut Vec<Source<C>>, here: LoopRef<'_>) {
    for inner in here.children() {
        take(sources, inner);
        // A claim reads the loops inside it itself.
        if !matches!(inner.id(), "2200D" | "2200E") {
            read_levels(sources, inner);
        }
    }
}

fn take<C: Claim>(sources: &mut Vec<Source<C>>, here: LoopRef<'_>) {
    let name = || here.first("NM1").map(Name::read).unwrap_or_default();
    if here.id() == "2000A" {
        return sources.push(Source::default());
    }
    let Some(source) = sources.last_mut() else { return };
    match here.id() {
        "2100A" => {
            source.name = name();
            source.contact = here.first("PER").map(Contact::read);
        }
        "2000B" => source.receivers.push(Receiver::default()),
        id => {
            let Some(receiver) = source.receivers.last_mut() else { return };
            match id {
                "2100B" => receiver.name = name(),
                "2200B" => receiver.refused = Some(Stated::read(here)),
                _ => take_of_receiver(receiver, here),
            }
        }
    }
}

fn take_of_receiver<C: Claim>(receiver: &mut Receiver<C>, here: LoopRef<'_>) {
    let name = || here.first("NM1").map(Name::read).unwrap_or_default();
    if here.id() == "2000C" {
        return receiver.providers.push(Provider::default());
    }
    let Some(provider) = receiver.providers.last_mut() else { return };
    match here.id() {
        "2100C" => provider.names.push(name()),
        "2200C" => provider.refused = Some(Stated::read(here)),
        "2000D" => {
            let demographics = read_demographics(here);
            provider.subscribers.push(Subscriber { demographics, ..Subscriber::default() });
        }
        id => {
            let Some(subscriber) = provider.subscribers.last_mut() else { return };
            match (id, subscriber.dependents.last_mut()) {
                ("2100D", _) => subscriber.name = name(),
                ("2200D", _) => subscriber.claims.push(C::read(here)),
                ("2000E", _) => {
                    let demographics = read_demographics(here);
                    let dependent = Dependent { demographics, ..Dependent::default() };
                    subscriber.dependents.push(dependent);
                }
                ("2100E", Some(dependent)) => dependent.name = name(),
                ("2200E", Some(dependent)) => dependent.claims.push(C::read(here)),
                _ => {}
            }
        }
    }
}

fn read_demographics(here: LoopRef<'_>) -> Demographics {
    here.first("DMG").map(Demographics::read).unwrap_or_default()
}

/// Writes the set, ST to SE.
pub(super) fn write_set<C: Claim>(
    set: &str,
    control: &str,
    header: &Header,
    sources: &[Source<C>],
    out: &mut Emitter,
) -> Result<(), EmitError> {
    out.begin_set(set, control, Some(super::GUIDE))?;
    out.enter("ST");
    header.write(STRUCTURE, out)?;
    sources.iter().try_for_each(|source| write_source(source, out))?;
    out.end_set(control)
}

fn write_source<C: Claim>(source: &Source<C>, out: &mut Emitter) -> Result<(), EmitError> {
    out.enter("2000A");
    let level = out.level(None, "20", !source.receivers.is_empty())?;
    out.enter("2100A");
    source.name.write(out)?;
    if let Some(contact) = &source.contact {
        contact.write(out)?;
    }
    source.receivers.iter().try_for_each(|receiver| write_receiver(receiver, level, out))
}

fn write_receiver<C: Claim>(
    receiver: &Receiver<C>,
    source: u32,
    out: &mut Emitter,
) -> Result<(), EmitError> {
    out.enter("2000B");
    let level = out.level(Some(source), "21", !receiver.providers.is_empty())?;
    out.enter("2100B");
    receiver.name.write(out)?;
    if let Some(refused) = &receiver.refused {
        out.enter("2200B");
        refused.write("2", out)?;
    }
    receiver.providers.iter().try_for_each(|provider| write_provider(provider, level, out))
}

fn write_provider<C: Claim>(
    provider: &Provider<C>,
    receiver: u32,
    out: &mut Emitter,
) -> Result<(), EmitError> {
    out.enter("2000C");
    let level = out.level(Some(receiver), "19", !provider.subscribers.is_empty())?;
    out.enter("2100C");
    provider.names.iter().take(PROVIDER_NAMES_MAX).try_for_each(|name| name.write(out))?;
    if let Some(refused) = &provider.refused {
        out.enter("2200C");
        refused.write("1", out)?;
    }
    provider.subscribers.iter().try_for_each(|subscriber| write_subscriber(subscriber, level, out))
}

fn write_subscriber<C: Claim>(
    subscriber: &Subscriber<C>,
    provider: u32,
    out: &mut Emitter,
) -> Result<(), EmitError> {
    out.enter("2000D");
    let level = out.level(Some(provider), "22", !subscriber.dependents.is_empty())?;
    if !C::ANSWERS {
        subscriber.demographics.write(out)?;
    }
    out.enter("2100D");
    subscriber.name.write(out)?;
    out.enter("2200D");
    subscriber.claims.iter().try_for_each(|claim| claim.write(PatientLevel::Subscriber, out))?;
    for dependent in &subscriber.dependents {
        out.enter("2000E");
        let number = out.next_level();
        write_level(out, number, Some(level), "23", None)?;
        if !C::ANSWERS {
            dependent.demographics.write(out)?;
        }
        out.enter("2100E");
        dependent.name.write(out)?;
        out.enter("2200E");
        dependent.claims.iter().try_for_each(|claim| claim.write(PatientLevel::Dependent, out))?;
    }
    Ok(())
}

impl Stated {
    fn read(here: LoopRef<'_>) -> Stated {
        let trace = here.first("TRN").map(Trace::read).unwrap_or_default();
        Stated { trace: trace.number, statuses: here.all("STC").map(ClaimStatus::read).collect() }
    }

    fn write(&self, kind: &str, out: &mut Emitter) -> Result<(), EmitError> {
        write_trace_of(&self.trace, kind, out)?;
        self.statuses.iter().try_for_each(|status| status.write(out))
    }
}

/// Writes TRN01 and TRN02, the number made to fit; a number of which nothing can be written is `0`.
pub(super) fn write_trace_of(number: &str, kind: &str, out: &mut Emitter) -> Result<(), EmitError> {
    let number = fit(number, 1, 50, out.delimiters());
    write_trace(out, kind, if number.is_empty() { "0" } else { &number })
}

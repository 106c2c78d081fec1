//! What is to be written, and how it is written: interchange, groups, sets, items, piece by piece.

use time::PrimitiveDateTime;

use super::kind::{Facts, GenerateKind};
use super::random::Random;
use super::set_writer::SetWriter;
use super::{defect, interchange};
use crate::txn::envelope::{EnvelopeWriter, GroupForm, Party, write_ge, write_iea};
use crate::wire::EmitError;

/// Bytes gathered before they are handed out.
const PIECE_BYTES: usize = 1 << 16;
/// What an item takes on average, to guess how many fit where they are counted before they are written.
const COUNTED_BYTES: u64 = 900;
/// Tells the numbers that choose defects and begin sets from those of the items.
const DEFECTIVE: u64 = 0xdefe_c7ed;
const OPENING: u64 = 0x09e4_1196;

/// What is to be written.
#[derive(Debug, Clone)]
pub struct GenerateOptions {
    /// The kind of set.
    pub kind: GenerateKind,
    /// What everything follows from.
    pub seed: u64,
    /// Items in all; see [`Facts::item`].
    pub count: u64,
    /// No further item once so many bytes are written.
    pub bytes_max: Option<u64>,
    /// Items in a set, up to [`Facts::per_set_max`].
    pub per_set: u32,
    /// Sets in a functional group.
    pub sets_per_group: u32,
    /// How many of a hundred items get a defect.
    pub errors_percent: u8,
    /// How many members of the synthetic store appear.
    pub members: u64,
    /// The NPI of the provider who asks, where providers ask.
    pub npi: String,
    /// Who sends to whom, when, and in which form.
    pub envelope: EnvelopeWriter,
    /// The first ISA13.
    pub control: u32,
}

impl GenerateOptions {
    /// One item of this kind, sent at this time to or from the sandbox payer; the rest is for the caller to change.
    pub fn new(kind: GenerateKind, at: PrimitiveDateTime) -> Self {
        let (provider, payer) = ("SUBMITTER1", "PAYERGW");
        let facts = kind.facts();
        let (from, to) = if facts.from_payer { (payer, provider) } else { (provider, payer) };
        GenerateOptions {
            kind,
            seed: 1,
            count: 1,
            bytes_max: None,
            per_set: facts.per_set,
            sets_per_group: 1000,
            errors_percent: 0,
            members: 100_000,
            npi: "1234567893".to_owned(),
            envelope: EnvelopeWriter::new(
                Party::mutually_defined(from),
                Party::mutually_defined(to),
                false,
                at,
            ),
            control: 1,
        }
    }
}

/// What was written so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Items.
    pub items: u64,
    /// Items with a defect among them.
    pub defects: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Takes pieces as they are written, with how far it has come.
pub type Sink<'a, E> = dyn FnMut(&[u8], Progress) -> Result<(), E> + 'a;

/// Writes what the options say and hands it out in pieces, with how far it has come.
pub fn generate<E: From<EmitError>>(
    options: &GenerateOptions,
    sink: &mut Sink<'_, E>,
) -> Result<Progress, E> {
    let mut run = Run {
        options,
        facts: options.kind.facts(),
        writer: SetWriter {
            emitter: options.envelope.emitter(),
            random: Random::of(options.seed, 0),
            seed: options.seed,
            today: options.envelope.at.date(),
            members: options.members,
            npi: options.npi.clone(),
        },
        progress: Progress::default(),
        sets: 0,
        sink,
    };
    run.interchange()?;
    Ok(run.progress)
}

struct Run<'a, 's, E> {
    options: &'a GenerateOptions,
    facts: Facts,
    writer: SetWriter,
    progress: Progress,
    sets: u64,
    sink: &'a mut Sink<'s, E>,
}

impl<E: From<EmitError>> Run<'_, '_, E> {
    fn interchange(&mut self) -> Result<(), E> {
        let (options, facts) = (self.options, self.facts);
        let Some(mut source) = options.kind.source() else { return self.acknowledgments() };
        options.envelope.isa(&mut self.writer.emitter, options.control)?;
        let form = GroupForm { functional: facts.functional, version: facts.guide };
        let mut groups = 0;
        while !self.is_full() {
            groups += 1;
            options.envelope.gs(&mut self.writer.emitter, form, groups)?;
            let mut sets = 0;
            while sets < options.sets_per_group && !self.is_full() {
                sets += 1;
                self.set(source.as_mut(), sets)?;
            }
            write_ge(&mut self.writer.emitter, sets, groups)?;
        }
        write_iea(&mut self.writer.emitter, groups, options.control)?;
        self.hand_out()
    }

    /// Interchanges that acknowledge others and hold nothing else.
    fn acknowledgments(&mut self) -> Result<(), E> {
        let mut control = self.options.control;
        while !self.is_full() {
            self.options.envelope.isa(&mut self.writer.emitter, control)?;
            self.writer.random = self.writer.numbers_of(self.progress.items);
            interchange::acknowledge(&mut self.writer, self.progress.items)?;
            write_iea(&mut self.writer.emitter, 0, control)?;
            control = control % 999_999_999 + 1;
            self.progress.items += 1;
            if self.writer.emitter.bytes().len() > PIECE_BYTES {
                self.hand_out()?;
            }
        }
        self.hand_out()
    }

    fn set(&mut self, source: &mut dyn super::SetSource, number: u32) -> Result<(), E> {
        self.sets += 1;
        let control = format!("{number:04}");
        let guide = self.options.kind.names_guide_in_set().then_some(self.facts.guide);
        self.writer.emitter.begin_set(self.facts.set, &control, guide)?;
        let first = self.progress.items;
        self.writer.random = Random::of(self.options.seed ^ OPENING, self.sets);
        let room = source.room(&mut self.writer).min(self.room_in_set(source.counts_ahead()));
        let last = first + room;
        source.open(&mut self.writer, self.sets, first..last)?;
        for index in first..last {
            self.item(source, index)?;
            if !source.counts_ahead() && self.is_full() {
                break;
            }
        }
        source.close(&mut self.writer)?;
        self.writer.emitter.end_set(&control)?;
        Ok(())
    }

    /// Items the next set may have.
    fn room_in_set(&self, counts_ahead: bool) -> u64 {
        let options = self.options;
        let room = u64::from(options.per_set).min(options.count - self.progress.items);
        match options.bytes_max {
            Some(most) if counts_ahead => {
                room.min(most.saturating_sub(self.written()) / COUNTED_BYTES + 1)
            }
            _ => room,
        }
    }

    fn item(&mut self, source: &mut dyn super::SetSource, index: u64) -> Result<(), E> {
        self.writer.random = self.writer.numbers_of(index);
        self.progress.items += 1;
        let percent = u64::from(self.options.errors_percent);
        let mut lot = Random::of(self.options.seed ^ DEFECTIVE, index);
        if percent == 0 || lot.below(100) >= percent {
            source.item(&mut self.writer, index)?;
        } else {
            self.hand_out()?;
            source.item(&mut self.writer, index)?;
            let mut bytes = self.writer.emitter.take();
            let applied = defect::apply(
                self.options.kind,
                self.writer.emitter.delimiters(),
                &mut lot,
                &mut bytes,
            );
            self.progress.defects += u64::from(applied);
            self.writer.emitter.raw(&bytes);
        }
        if self.writer.emitter.bytes().len() > PIECE_BYTES { self.hand_out() } else { Ok(()) }
    }

    fn written(&self) -> u64 {
        self.progress.bytes + self.writer.emitter.bytes().len() as u64
    }

    fn is_full(&self) -> bool {
        self.progress.items >= self.options.count
            || self.options.bytes_max.is_some_and(|most| self.written() >= most)
    }

    fn hand_out(&mut self) -> Result<(), E> {
        let bytes = self.writer.emitter.take();
        self.progress.bytes += bytes.len() as u64;
        (self.sink)(&bytes, self.progress)
    }
}

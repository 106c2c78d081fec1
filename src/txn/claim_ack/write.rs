//! Writes the 277CA of one 837 after the other.

use std::io::{self, BufRead, Write};

use rust_decimal::Decimal;
use time::{Date, PrimitiveDateTime};

use super::GUIDE_277CA;
use super::party::{self, Source, limited};
use super::statuses::{Status, Statuses};
use super::totals::Totals;
use crate::check::{BillingProvider, Claim, ClaimEvent, ClaimTally, Fault, Line};
use crate::guide::Guide;
use crate::segments::{
    ClaimStatus, Dated, Header, Sent, ServiceElements, StatusCode, write_level, write_reference,
    write_trace,
};
use crate::txn::Spool;
use crate::wire::{Code, EmitError, Emitter};

/// Different statuses written of one claim, line or provider; more are left out, and the 999 has them.
const STATUSES_MAX: usize = 10;

/// Most characters of STC12.
const WORDS_MAX: usize = 264;

/// HL01 of the information receiver, and of the first billing provider.
const RECEIVER_LEVEL: u32 = 2;
const FIRST_LEVEL: u32 = 3;

/// Qualifiers of procedures that SVC01-1 may have.
const PROCEDURE_QUALIFIERS: [&str; 7] = ["AD", "ER", "HC", "HP", "IV", "N4", "WK"];

/// What all 277CAs of a run have in common.
#[derive(Clone, Debug)]
pub struct ClaimAckOptions {
    /// When they are written, which is when the claims were checked.
    pub at: PrimitiveDateTime,
    /// When the 837 was received.
    pub received: Date,
    /// The role in which we acknowledge, NM101 of loop 2100A: `PR` for a payer, `AY` for a clearinghouse.
    pub entity: &'static str,
    /// Who acknowledges; `None` for the receiver that the 837 names.
    pub source: Option<Source>,
    /// The status of an accepted claim: `A1:19` for receipt, `A2:20` when it goes on to adjudication.
    pub accepted: Status,
    /// The status for each finding.
    pub statuses: Statuses,
}

impl ClaimAckOptions {
    /// A payer that acknowledges receipt, by the built-in table.
    pub fn new(at: PrimitiveDateTime) -> Self {
        ClaimAckOptions {
            at,
            received: at.date(),
            entity: "PR",
            source: None,
            accepted: Status::new("A1", "19", "PR"),
            statuses: Statuses::embedded().clone(),
        }
    }
}

/// What was decided about a claim, or a billing provider, beyond what the checker found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum ClaimDecision {
    /// Nothing.
    #[default]
    AsChecked,
    /// The claim is taken in, under our number.
    Accepted {
        /// REF*1K.
        number: Box<str>,
    },
    /// It is refused: the claim, or all claims of the billing provider.
    Refused {
        /// STC01.
        status: Status,
        /// STC12, why in a few words; never a value.
        words: &'static str,
    },
}

/// Why a 277CA could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ClaimAckError {
    /// A value cannot be written as X12.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// A spool or the output failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A 277CA that grows as the claims of its 837 are checked.
#[derive(Debug)]
pub struct ClaimAck<S: Spool> {
    options: ClaimAckOptions,
    emitter: Emitter,
    /// The claims of the current billing provider, after those of the preceding providers.
    claims: S,
    claim_segments: u32,
    /// Where those of the current provider begin, once there is one; and how many bytes they are.
    claims_begin: Option<S::Checkpoint>,
    claim_bytes: u64,
    /// What comes before the claims of each provider, preceded by the lengths of both.
    providers: S,
    /// Segments of the set in the spool.
    waiting_segments: u32,
    /// HL01 of the current billing provider; 0 before its first claim.
    provider_level: u32,
    next_level: u32,
    /// The patient of the preceding claim.
    patient: u32,
    of_provider: Totals,
    of_set: Totals,
}

impl<S: Spool> ClaimAck<S> {
    /// A writer with the separators of `emitter`; both spools are empty.
    pub fn new(options: ClaimAckOptions, emitter: Emitter, spools: [S; 2]) -> Self {
        let [claims, providers] = spools;
        ClaimAck {
            options,
            emitter,
            claims,
            claim_segments: 0,
            claims_begin: None,
            claim_bytes: 0,
            providers,
            waiting_segments: 0,
            provider_level: 0,
            next_level: FIRST_LEVEL,
            patient: 0,
            of_provider: Totals::default(),
            of_set: Totals::default(),
        }
    }

    /// Takes what the checker reports of the set, in its order, and what was decided about each; nothing where there are fewer
    /// decisions.
    pub fn take(
        &mut self,
        guide: &Guide,
        events: &[ClaimEvent],
        decisions: &[ClaimDecision],
    ) -> Result<(), ClaimAckError> {
        for (index, event) in events.iter().enumerate() {
            let decision = decisions.get(index).unwrap_or(&ClaimDecision::AsChecked);
            match event {
                ClaimEvent::Claim(claim) => self.claim(guide, claim, decision)?,
                ClaimEvent::Provider(provider) => self.provider(guide, provider, decision)?,
            }
        }
        Ok(())
    }

    /// Adds a claim, and what was decided about it.
    pub fn claim(
        &mut self,
        guide: &Guide,
        claim: &Claim,
        decision: &ClaimDecision,
    ) -> Result<(), ClaimAckError> {
        let is_refused = matches!(decision, ClaimDecision::Refused { .. });
        let is_accepted = claim.is_accepted() && !is_refused;
        let before = self.emitter.segment_count();
        if self.provider_level == 0 {
            self.provider_level = self.level();
            self.patient = 0;
            self.claims_begin = Some(self.claims.checkpoint());
        }
        if self.patient != claim.patient || self.of_provider.claims() == 0 {
            self.patient = claim.patient;
            let (level, parent) = (self.level(), self.provider_level);
            self.emitter.enter("2000D");
            write_level(&mut self.emitter, level, Some(parent), "PT", None)?;
            party::patient(&mut self.emitter, &claim.name)?;
        }
        self.emitter.enter("2200D");
        let separators = self.emitter.delimiters();
        let control = limited(&claim.control, 50, separators, "0");
        write_trace(&mut self.emitter, "2", &control)?;
        self.claim_statuses(guide, claim, decision)?;
        let number = match decision {
            ClaimDecision::Accepted { number } if is_accepted => number,
            _ => "",
        };
        for (qualifier, text) in [("1K", number), ("D9", &claim.trace), ("BLT", &claim.bill_type)] {
            let text = limited(text, 50, separators, "");
            if !text.is_empty() {
                write_reference(&mut self.emitter, qualifier, &text)?;
            }
        }
        // A date of service is required here. A claim without one is reported with the date it was received.
        let received = self.options.received;
        let (from, to) = claim.dates.unwrap_or((received, received));
        Dated::between("472", from, to).write(&mut self.emitter)?;
        for line in claim.lines.iter().filter(|line| procedure(line).is_some()) {
            self.line(guide, line)?;
        }
        self.of_provider.count(is_accepted, claim.charge);
        self.claim_segments += self.emitter.segment_count() - before;
        let text = self.emitter.take();
        self.claim_bytes += text.len() as u64;
        self.claims.write_all(&text)?;
        Ok(())
    }

    fn claim_statuses(
        &mut self,
        guide: &Guide,
        claim: &Claim,
        decision: &ClaimDecision,
    ) -> Result<(), EmitError> {
        let date = Some(self.options.at.date());
        if claim.is_accepted() {
            if let ClaimDecision::Refused { status, words } = decision {
                return self.stc(status, date, "U", Some(claim.charge), words);
            }
            let status = self.options.accepted.clone();
            return self.stc(&status, date, "WQ", Some(claim.charge), "");
        }
        let unplaced = claim.lines.iter().filter(|line| procedure(line).is_none());
        let faults = claim.faults.iter().chain(unplaced.flat_map(|line| &line.faults));
        let mut statuses = self.statuses(guide, faults);
        if statuses.is_empty() {
            // The lines give the reasons.
            let line = Status::new("A7", "247", "");
            statuses.push((line, String::new()));
        }
        for (status, text) in statuses {
            self.stc(&status, date, "U", Some(claim.charge), &text)?;
        }
        Ok(())
    }

    fn line(&mut self, guide: &Guide, line: &Line) -> Result<(), EmitError> {
        let Some(parts) = procedure(line) else { return Ok(()) };
        self.emitter.enter("2220D");
        let separators = self.emitter.delimiters();
        let parts = parts.map(|part| limited(part, 48, separators, ""));
        let revenue = match parts[0].as_str() {
            "NU" => "",
            _ => &*line.revenue,
        };
        ServiceElements {
            procedure: &parts.each_ref().map(String::as_str),
            charge: Some(line.charge),
            revenue: &limited(revenue, 48, separators, ""),
            units: line.units,
            ..ServiceElements::default()
        }
        .write(&mut self.emitter)?;
        for (status, text) in self.statuses(guide, line.faults.iter()) {
            self.stc(&status, None, "U", None, &text)?;
        }
        let control = match &*line.control {
            "" => line.ordinal.to_string(),
            control => limited(control, 50, separators, "0"),
        };
        write_reference(&mut self.emitter, "FJ", &control)?;
        match line.dates {
            Some((from, to)) => Dated::between("472", from, to).write(&mut self.emitter),
            None => Ok(()),
        }
    }

    /// Ends a billing provider: the segments before its claims are known now.
    pub fn provider(
        &mut self,
        guide: &Guide,
        provider: &BillingProvider,
        decision: &ClaimDecision,
    ) -> Result<(), ClaimAckError> {
        let mut totals = std::mem::take(&mut self.of_provider);
        let level = std::mem::take(&mut self.provider_level);
        let claim_segments = std::mem::take(&mut self.claim_segments);
        let claims_begin = self.claims_begin.take();
        let mut claim_bytes = std::mem::take(&mut self.claim_bytes);
        if totals.claims() == 0 {
            return Ok(());
        }
        let refused = match decision {
            ClaimDecision::Refused { status, .. } if provider.faults.is_empty() => Some(status),
            _ => None,
        };
        let is_accepted = provider.faults.is_empty() && refused.is_none();
        if !is_accepted {
            // A rejection is at the highest level it applies to, and nothing is below it.
            totals = totals.all_rejected();
            self.next_level = level + 1;
        }
        let before = self.emitter.segment_count();
        self.emitter.enter("2000C");
        write_level(&mut self.emitter, level, Some(RECEIVER_LEVEL), "19", Some(is_accepted))?;
        party::provider(&mut self.emitter, provider)?;
        self.emitter.enter("2200C");
        write_trace(&mut self.emitter, "1", "0")?;
        if is_accepted {
            let receipt = Status::new("A1", "19", self.options.entity);
            self.stc(&receipt, None, "WQ", Some(totals.charge()), "")?;
        } else {
            let found = self.statuses(guide, provider.faults.iter());
            let found = found.into_iter().map(|(status, _)| status);
            for mut status in found.chain(refused.cloned()) {
                // At this level only some entities are allowed.
                if !["77", "82", "85", "87", "PR"].contains(&&*status.entity) {
                    status.entity = "85".into();
                }
                self.stc(&status, None, "U", Some(totals.charge()), "")?;
            }
        }
        let tax_id = limited(&provider.tax_id, 50, self.emitter.delimiters(), "");
        if !tax_id.is_empty() {
            write_reference(&mut self.emitter, "TJ", &tax_id)?;
        }
        totals.write(&mut self.emitter, "QA", "QC")?;
        self.waiting_segments += self.emitter.segment_count() - before;
        if is_accepted {
            self.waiting_segments += claim_segments;
        } else if let Some(begin) = claims_begin {
            self.claims.rewind(&begin)?;
            claim_bytes = 0;
        }
        let head = self.emitter.take();
        self.providers.write_all(&(head.len() as u64).to_le_bytes())?;
        self.providers.write_all(&claim_bytes.to_le_bytes())?;
        self.providers.write_all(&head)?;
        self.of_set.add(totals);
        Ok(())
    }

    /// Ends the set: writes the whole 277CA as set `control` to `out`. `reference` is BHT03, `receipt` the trace of the
    /// receipt (2200A). Gives how many claims were accepted and rejected.
    pub fn finish(
        &mut self,
        tally: &ClaimTally,
        control: &str,
        reference: &str,
        receipt: &str,
        out: &mut dyn Write,
    ) -> Result<(u32, u32), ClaimAckError> {
        let (totals, segments) = (self.of_set, self.waiting_segments);
        self.head(tally, control, reference, receipt, totals)?;
        out.write_all(&self.emitter.take())?;
        self.write_providers(out)?;
        self.emitter.raw_segments(&[], segments);
        self.emitter.end_set(control)?;
        out.write_all(&self.emitter.take())?;
        self.clear()?;
        Ok((totals.accepted, totals.rejected))
    }

    /// Writes the spooled segments: each provider, and its claims.
    fn write_providers(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let (mut providers, mut claims) = (self.providers.read_back()?, self.claims.read_back()?);
        while !providers.fill_buf()?.is_empty() {
            let (mut head_bytes, mut claim_bytes) = ([0; 8], [0; 8]);
            providers.read_exact(&mut head_bytes)?;
            providers.read_exact(&mut claim_bytes)?;
            copy(&mut *providers, u64::from_le_bytes(head_bytes), out)?;
            copy(&mut *claims, u64::from_le_bytes(claim_bytes), out)?;
        }
        Ok(())
    }

    /// Discards the set: it is rejected, so that its claims are not acknowledged.
    pub fn clear(&mut self) -> Result<(), ClaimAckError> {
        self.emitter.take();
        self.claims.clear()?;
        self.providers.clear()?;
        self.begin_set();
        Ok(())
    }

    fn begin_set(&mut self) {
        (self.claim_segments, self.waiting_segments) = (0, 0);
        (self.claims_begin, self.claim_bytes) = (None, 0);
        (self.provider_level, self.next_level, self.patient) = (0, FIRST_LEVEL, 0);
        (self.of_provider, self.of_set) = (Totals::default(), Totals::default());
    }

    /// Everything before the first billing provider.
    fn head(
        &mut self,
        tally: &ClaimTally,
        control: &str,
        reference: &str,
        receipt: &str,
        totals: Totals,
    ) -> Result<(), EmitError> {
        let at = self.options.at;
        let source = match &self.options.source {
            Some(source) => source.clone(),
            None => Source::receiver(&tally.batch.receiver),
        };
        let out = &mut self.emitter;
        let separators = out.delimiters();
        out.begin_set("277", control, Some(GUIDE_277CA))?;
        let header = Header {
            purpose: Code::new("08"),
            reference: limited(reference, 50, separators, "0").into(),
            date: Sent::Value(at.date()),
            time: Sent::Value(at.time()),
            kind: Code::new("TH"),
        };
        header.write("0085", out)?;
        out.enter("2000A");
        write_level(out, 1, None, "20", Some(true))?;
        source.write(out, self.options.entity)?;
        write_trace(out, "1", &limited(receipt, 50, separators, "0"))?;
        let received = self.options.received;
        Dated::day("050", received).write(out)?;
        Dated::day("009", at.date()).write(out)?;
        out.enter("2000B");
        write_level(out, RECEIVER_LEVEL, Some(1), "21", Some(self.next_level > FIRST_LEVEL))?;
        party::submitter(out, &tally.batch.submitter)?;
        let batch = limited(&tally.batch.reference, 50, separators, "0");
        write_trace(out, "2", &batch)?;
        let receipt = Status::new("A1", "19", self.options.entity);
        self.stc(&receipt, Some(at.date()), "WQ", Some(totals.charge()), "")?;
        totals.write(&mut self.emitter, "90", "AA")
    }

    fn level(&mut self) -> u32 {
        let level = self.next_level;
        self.next_level += 1;
        level
    }

    /// The statuses of these errors, each once, with text for people.
    fn statuses<'f>(
        &self,
        guide: &Guide,
        faults: impl Iterator<Item = &'f Fault>,
    ) -> Vec<(Status, String)> {
        let mut found: Vec<(Status, String)> = Vec::new();
        for fault in faults {
            let status = self.options.statuses.of(guide, fault);
            if found.len() < STATUSES_MAX && found.iter().all(|(known, _)| *known != status) {
                found.push((status, words(guide, fault)));
            }
        }
        found
    }

    fn stc(
        &mut self,
        status: &Status,
        date: Option<Date>,
        action: &'static str,
        charge: Option<Decimal>,
        text: &str,
    ) -> Result<(), EmitError> {
        ClaimStatus {
            statuses: std::iter::once(StatusCode::from(status)).collect(),
            date: date.into(),
            action: Code::new(action),
            charge,
            words: limited(text, WORDS_MAX, self.emitter.delimiters(), "").into(),
            ..ClaimStatus::default()
        }
        .write(&mut self.emitter)
    }
}

/// Copies this many bytes, which must be available.
fn copy(from: &mut dyn BufRead, mut bytes: u64, out: &mut dyn Write) -> io::Result<()> {
    while bytes > 0 {
        let window = from.fill_buf()?;
        let count = window.len().min(usize::try_from(bytes).unwrap_or(usize::MAX));
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        out.write_all(&window[..count])?;
        from.consume(count);
        bytes -= count as u64;
    }
    Ok(())
}

/// STC12: the finding and its place, without any value.
fn words(guide: &Guide, fault: &Fault) -> String {
    let (entry, at) = (fault.finding.code.entry(), &fault.finding.at);
    let loop_id =
        at.loop_index.and_then(|index| guide.loops.get(usize::from(index))).map(|used| &*used.id);
    let mut words = format!("{} {}/{}", entry.id, loop_id.unwrap_or(""), at.tag);
    if at.element > 0 {
        words.push_str(&format!("{:02}", at.element));
    }
    if at.component > 0 {
        words.push_str(&format!("-{}", at.component));
    }
    words.push_str(&format!(" {}", entry.title));
    words.to_uppercase()
}

/// SVC01 of a line: qualifier, code and modifiers; `None` where the line has no procedure that is allowed there.
fn procedure(line: &Line) -> Option<[&str; 6]> {
    let parts: [&str; 6] = std::array::from_fn(|at| &*line.procedure[at]);
    if PROCEDURE_QUALIFIERS.contains(&parts[0]) && !parts[1].is_empty() {
        Some(parts)
    } else if !line.revenue.is_empty() {
        Some(["NU", &line.revenue, "", "", "", ""])
    } else {
        None
    }
}

//! Answers to requests for the status of claims (277): claims in every state, and requests refused at each level.

use std::ops::Range;

use super::asked::Asked;
use super::{account, begin, claim_number, patient, receiver};
use crate::generate::SetSource;
use crate::generate::decision::Decision;
use crate::generate::people::{Family, Provider};
use crate::generate::set_writer::{Result, SetWriter};
use crate::generate::text::{Short, day, money, numbered};

/// Writes answers.
#[derive(Debug, Default)]
pub(in crate::generate) struct Answers {
    /// True for a set that refuses the whole request.
    refused: bool,
    receiver: u32,
    provider: Option<u32>,
    patient: bool,
    transaction: Short,
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Paid,
    Denied,
    Pending,
    Received,
    NotFound,
    Revised,
}

const STATES: [State; 10] = [
    State::Paid,
    State::Paid,
    State::Paid,
    State::Paid,
    State::Denied,
    State::Pending,
    State::Pending,
    State::Received,
    State::NotFound,
    State::Revised,
];

impl State {
    /// Category, status, and about whom.
    fn codes(self, lot: u64) -> [&'static str; 3] {
        let from: &[[&'static str; 3]] = match self {
            State::Paid => &[["F1", "65", ""], ["F1", "1", ""], ["F0", "3", ""]],
            State::Denied => &[["F2", "88", "QC"], ["F2", "107", "85"], ["F2", "104", ""]],
            State::Pending => {
                &[["P1", "20", ""], ["P2", "38", ""], ["P3", "95", ""], ["P1", "46", ""]]
            }
            State::Received => &[["A1", "19", "PR"], ["A2", "20", "PR"]],
            State::NotFound => &[["A4", "35", ""], ["D0", "35", ""]],
            State::Revised => &[["F3", "101", ""], ["F1", "101", ""]],
        };
        from[(lot % from.len() as u64) as usize]
    }
}

impl SetSource for Answers {
    fn room(&mut self, writer: &mut SetWriter) -> u64 {
        self.refused = writer.random.once_in(25);
        if self.refused { 1 } else { u64::MAX }
    }

    fn open(&mut self, writer: &mut SetWriter, number: u64, _items: Range<u64>) -> Result {
        self.transaction = numbered("S", number, 9);
        let contact = writer.random.once_in(3);
        let source = begin(writer, ("0010", "08", "DG"), self.transaction.as_str(), contact)?;
        self.receiver = receiver(writer, source, !self.refused)?;
        self.provider = None;
        Ok(())
    }

    fn item(&mut self, writer: &mut SetWriter, index: u64) -> Result {
        let today = day(writer.today);
        if self.refused {
            writer.segment("TRN").text("2").text(self.transaction.as_str()).end()?;
            return writer.segment("STC").composite(&["E0", "24", "41"]).text(today.as_str()).end();
        }
        let provider = match self.provider {
            Some(level) if !writer.random.once_in(20) => level,
            _ => {
                let refused = writer.random.once_in(12);
                let level = writer.emitter.level(Some(self.receiver), "19", !refused)?;
                let who = Provider::draw(&mut writer.random);
                writer.provider("1P", &who)?;
                self.patient = false;
                if refused {
                    self.provider = None;
                    writer.segment("TRN").text("1").text(self.transaction.as_str()).end()?;
                    let status = ["E0", "25", "1P"];
                    return writer.segment("STC").composite(&status).text(today.as_str()).end();
                }
                level
            }
        };
        self.provider = Some(provider);
        if !self.patient || !writer.random.once_in(8) {
            let members = writer.members;
            let family = Family::draw(&mut writer.random, members);
            patient(writer, provider, &family, false)?;
            self.patient = true;
        }
        claim(writer, index)
    }
}

fn claim(writer: &mut SetWriter, index: u64) -> Result {
    let claim = Asked::draw(&mut writer.random);
    let state = writer.random.pick(&STATES);
    let lot = writer.random.number();
    let decisions: Vec<Decision> = claim
        .lines
        .iter()
        .map(|line| match state {
            State::Paid | State::Revised => Decision::draw(&mut writer.random, line.1),
            _ => Decision::denial(&mut writer.random, line.1),
        })
        .collect();
    let paid: i64 = decisions.iter().map(|decision| decision.paid).sum();
    let account = account(index);
    writer.segment("TRN").text("2").text(account.as_str()).end()?;
    let found = state != State::NotFound;
    let finalized = matches!(state, State::Paid | State::Denied | State::Revised);
    let charge = found.then(|| money(claim.charge));
    let amount = found.then(|| money(paid));
    let decided = finalized.then(|| day(writer.ago(8)));
    // A check or transfer, where anything was paid.
    let payment = (finalized && paid > 0).then(|| (day(writer.ago(6)), numbered("EFT", index, 10)));
    let more: &[&str] = match state {
        State::Denied if lot.is_multiple_of(3) => &["F2", "0"],
        State::Pending if lot.is_multiple_of(4) => &["P1", "3"],
        _ => &[],
    };
    let today = day(writer.today);
    let text = |value: &Option<Short>| value.unwrap_or_default();
    writer
        .segment("STC")
        .composite(&state.codes(lot))
        .text(today.as_str())
        .text("")
        .text(text(&charge).as_str())
        .text(text(&amount).as_str())
        .text(text(&decided).as_str())
        .text("")
        .text(text(&payment.map(|p| p.0)).as_str())
        .text(text(&payment.map(|p| p.1)).as_str())
        .composite(more)
        .end()?;
    if !found {
        return Ok(());
    }
    writer.reference("1K", claim_number(index).as_str())?;
    if !claim.bill_type.is_empty() {
        writer.reference("BLT", claim.bill_type)?;
    }
    if writer.random.once_in(2) {
        writer.reference("EJ", account.as_str())?;
    }
    if writer.random.once_in(20) {
        writer.reference("XZ", numbered("RX", index, 7).as_str())?;
    }
    if writer.random.once_in(20) {
        writer.reference("VV", numbered("V", index, 7).as_str())?;
    }
    if writer.random.once_in(6) {
        writer.reference("D9", numbered("CH", index, 12).as_str())?;
    }
    claim.dates(writer)?;
    if writer.random.once_in(2) {
        for (place, decision) in decisions.iter().enumerate() {
            claim.service(writer, place, Some(decision.paid))?;
            let status =
                if finalized && decision.denied { ["F2", "104", ""] } else { state.codes(lot) };
            writer.segment("STC").composite(&status).text(today.as_str()).end()?;
            claim.line_facts(writer, index, place)?;
        }
    }
    Ok(())
}

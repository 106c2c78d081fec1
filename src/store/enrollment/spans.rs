//! Spans of coverage of one person: begun, joined, ended, corrected.

use time::Date;

use super::{CoverageAction, CoverageChange};
use crate::store::{Coverage, Pcp};

/// Why a change of coverage cannot be carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SpanFault {
    Unknown,
    BeginMissing,
    Inverted,
}

/// Carries out one change. `on` is its day, `loaded` the day it is made.
pub(super) fn change(
    spans: &mut Vec<Coverage>,
    change: &CoverageChange,
    (on, loaded): (Date, Date),
) -> Result<(), SpanFault> {
    let fresh = |begin| Coverage {
        plan: change.plan.clone(),
        begin,
        end: change.end,
        group: change.group.clone(),
        group_name: change.group_name.clone(),
        pending: false,
        pcp: None,
        updated: Some(loaded),
    };
    match change.action {
        CoverageAction::Begin | CoverageAction::List => {
            let begin = change.begin.ok_or(SpanFault::BeginMissing)?;
            match change.end {
                Some(end) if end < begin => return Err(SpanFault::Inverted),
                Some(end) if end == begin => {
                    spans.retain(|span| span.plan != change.plan || span.begin != begin);
                }
                _ if change.action == CoverageAction::Begin => join(spans, fresh(begin)),
                _ => list(spans, fresh(begin)),
            }
        }
        CoverageAction::Change => {
            let at = latest(spans, change, on).ok_or(SpanFault::Unknown)?;
            spans[at].take(change, loaded);
            if let Some(end) = change.end {
                end_span(spans, at, end);
            }
        }
        CoverageAction::Correct => {
            let at = latest(spans, change, on).ok_or(SpanFault::Unknown)?;
            let begin = change.begin.unwrap_or(spans[at].begin);
            let end = change.end.or(spans[at].end);
            if end.is_some_and(|end| end < begin) {
                return Err(SpanFault::Inverted);
            }
            spans[at].take(change, loaded);
            (spans[at].begin, spans[at].end) = (begin, end);
            if end == Some(begin) {
                spans.remove(at);
            }
        }
        CoverageAction::End => {
            let end = change.end.ok_or(SpanFault::BeginMissing)?;
            let named = spans
                .iter()
                .position(|span| span.plan == change.plan && Some(span.begin) == change.begin);
            match named {
                Some(at) => {
                    spans[at].updated = Some(loaded);
                    end_span(spans, at, end);
                }
                None if end_after(spans, Some(&change.plan), end, loaded) => {}
                None => return Err(SpanFault::Unknown),
            }
        }
        CoverageAction::Remove => {
            let before = spans.len();
            spans.retain(|span| {
                span.plan != change.plan || change.begin.is_some_and(|begin| begin != span.begin)
            });
            if spans.len() == before {
                return Err(SpanFault::Unknown);
            }
        }
    }
    choose_pcp(spans, change, on);
    spans.sort_by(|a, b| (a.begin, &a.plan).cmp(&(b.begin, &b.plan)));
    Ok(())
}

/// Nothing is covered after this day, of one plan or of all. False when there is nothing of it on file.
pub(super) fn end_after(
    spans: &mut Vec<Coverage>,
    plan: Option<&str>,
    last: Date,
    loaded: Date,
) -> bool {
    let concerned = |span: &Coverage| plan.is_none_or(|plan| &*span.plan == plan);
    let known = spans.iter().any(concerned);
    let goes_on = |span: &Coverage| concerned(span) && span.end.is_none_or(|end| end > last);
    spans.retain(|span| !goes_on(span) || span.begin < last);
    for span in spans.iter_mut().filter(|span| goes_on(span)) {
        (span.end, span.updated) = (Some(last), Some(loaded));
    }
    known
}

/// What ended last comes back from this day. False when nothing has ended, or something has not.
pub(super) fn bring_back(spans: &mut Vec<Coverage>, from: Date, loaded: Date) -> bool {
    let ended: Option<Vec<Date>> = spans.iter().map(|span| span.end).collect();
    let Some(last) = ended.and_then(|ended| ended.into_iter().max()) else { return false };
    let back: Vec<Coverage> = spans.iter().filter(|span| span.end == Some(last)).cloned().collect();
    for span in back {
        join(spans, Coverage { begin: from, end: None, updated: Some(loaded), ..span });
    }
    spans.sort_by(|a, b| (a.begin, &a.plan).cmp(&(b.begin, &b.plan)));
    true
}

/// Sets the last day of a span; a span that ends on or before its first day never was.
fn end_span(spans: &mut Vec<Coverage>, at: usize, end: Date) {
    if end <= spans[at].begin {
        spans.remove(at);
    } else {
        spans[at].end = Some(end);
    }
}

/// Adds a span. Those of the same plan and group that it overlaps, or follows without a gap, become one with it; of another
/// group they end the day before.
fn join(spans: &mut Vec<Coverage>, mut fresh: Coverage) {
    let touches = |span: &Coverage, fresh: &Coverage| {
        span.plan == fresh.plan
            && fresh.end.and_then(Date::next_day).is_none_or(|after| span.begin <= after)
            && span.end.and_then(Date::next_day).is_none_or(|after| fresh.begin <= after)
    };
    let mut kept = Vec::with_capacity(spans.len() + 1);
    for mut span in std::mem::take(spans) {
        if !touches(&span, &fresh) {
            kept.push(span);
        } else if span.group.is_some() && fresh.group.is_some() && span.group != fresh.group {
            if span.begin < fresh.begin {
                span.end = span.end.min_or(fresh.begin.previous_day());
                kept.push(span);
            } else if fresh.end.is_some_and(|end| span.begin > end) {
                kept.push(span);
            }
        } else {
            fresh.begin = fresh.begin.min(span.begin);
            fresh.end = match (fresh.end, span.end) {
                (Some(one), Some(other)) => Some(one.max(other)),
                _ => None,
            };
            fresh.group = fresh.group.or(span.group);
            fresh.group_name = fresh.group_name.or(span.group_name);
            fresh.pcp = fresh.pcp.or(span.pcp);
        }
    }
    kept.push(fresh);
    *spans = kept;
}

/// Puts a span that is listed in the place of what is on file from its first day on. What was covered before stays: it joins
/// where there is no gap.
fn list(spans: &mut Vec<Coverage>, fresh: Coverage) {
    let end = fresh.end;
    let begin = fresh.begin;
    spans.retain(|span| span.plan != fresh.plan || span.begin < begin);
    for span in spans.iter_mut().filter(|span| span.plan == fresh.plan) {
        span.end = span.end.min_or(end);
    }
    join(spans, fresh);
}

/// Sets the provider of the span that a change leaves.
fn choose_pcp(spans: &mut [Coverage], change: &CoverageChange, on: Date) {
    let Some(chosen) = &change.pcp else { return };
    let Some(at) = latest(spans, change, on) else { return };
    let known = spans[at].pcp.take().filter(|known| known.npi == chosen.npi);
    let from = match change.action {
        CoverageAction::Begin | CoverageAction::List => change.begin,
        _ => None,
    };
    let since = chosen.since.or(known.as_ref().and_then(|known| known.since));
    spans[at].pcp = Some(Pcp {
        since: since.or(from).or(Some(on)),
        unit_id: chosen.unit_id.clone().or(known.as_ref().and_then(|known| known.unit_id.clone())),
        unit_name: chosen
            .unit_name
            .clone()
            .or(known.as_ref().and_then(|known| known.unit_name.clone())),
        telephone: chosen
            .telephone
            .clone()
            .or(known.as_ref().and_then(|known| known.telephone.clone())),
        address: chosen.address.clone().or(known.and_then(|known| known.address)),
        ..chosen.clone()
    });
}

/// The span of the plan that a change is about: the one that holds its day, else the last.
fn latest(spans: &[Coverage], change: &CoverageChange, on: Date) -> Option<usize> {
    let day = change.begin.unwrap_or(on);
    let mine = || spans.iter().enumerate().filter(|(_, span)| span.plan == change.plan);
    mine()
        .find(|(_, span)| span.begin <= day && span.end.is_none_or(|end| day <= end))
        .or_else(|| mine().next_back())
        .map(|(at, _)| at)
}

impl Coverage {
    /// Takes over what a change says besides days.
    fn take(&mut self, change: &CoverageChange, loaded: Date) {
        if change.group.is_some() {
            self.group.clone_from(&change.group);
        }
        if change.group_name.is_some() {
            self.group_name.clone_from(&change.group_name);
        }
        self.updated = Some(loaded);
    }
}

/// The earlier of two days where both are there.
trait MinOr {
    fn min_or(self, other: Option<Date>) -> Option<Date>;
}

impl MinOr for Option<Date> {
    fn min_or(self, other: Option<Date>) -> Option<Date> {
        match (self, other) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }
}

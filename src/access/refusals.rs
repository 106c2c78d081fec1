//! Callers that were refused, on their way into the audit trail: what is alike is put together, and only so many rows are written in
//! an hour, so that a flood of attempts does not fill the disk.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::store::AuditEvent;

/// Attempts that are alike and come within this time are one row.
const TOGETHER: Duration = Duration::from_secs(10);
/// Rows that wait at once; what is not like any of them is only counted.
const WAITING_MAX: usize = 1000;
const HOUR: Duration = Duration::from_secs(3600);

/// Counts refused callers until the audit trail takes them.
#[derive(Debug)]
pub(super) struct Refusals {
    state: Mutex<State>,
    per_hour_max: u32,
}

/// What makes two refusals alike.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Alike {
    /// A login that there is; what else was given as a name may be a password in the wrong place.
    login: Option<Arc<str>>,
    address: IpAddr,
    what: &'static str,
}

#[derive(Debug)]
struct Count {
    first: Instant,
    times: u64,
}

#[derive(Debug, Default)]
struct State {
    waiting: HashMap<Alike, Count>,
    /// Those that the store did not take.
    left: Vec<AuditEvent>,
    /// Refusals of which no row tells.
    unlisted: u64,
    /// The hour that rows are counted for, and how many there were.
    hour: Option<Instant>,
    rows: u32,
}

impl Refusals {
    pub(super) fn new(per_hour_max: u32) -> Refusals {
        Refusals { state: Mutex::default(), per_hour_max }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A caller was refused.
    pub(super) fn note(
        &self,
        login: Option<&Arc<str>>,
        address: IpAddr,
        what: &'static str,
        now: Instant,
    ) {
        let alike = Alike { login: login.cloned(), address: address.to_canonical(), what };
        let mut state = self.state();
        if state.waiting.len() >= WAITING_MAX && !state.waiting.contains_key(&alike) {
            state.unlisted += 1;
            return;
        }
        state.waiting.entry(alike).or_insert(Count { first: now, times: 0 }).times += 1;
    }

    /// The rows that are due, or `all`: those of attempts that have been waited for long enough.
    pub(super) fn take(&self, now: Instant, now_micros: i64, all: bool) -> Vec<AuditEvent> {
        let mut state = self.state();
        let state = &mut *state;
        let mut events = std::mem::take(&mut state.left);
        if state.hour.is_none_or(|hour| now.saturating_duration_since(hour) >= HOUR) {
            state.hour = Some(now);
            state.rows = 0;
        }
        let is_due = |count: &Count| all || now.saturating_duration_since(count.first) >= TOGETHER;
        let mut due: Vec<(Alike, Count)> =
            state.waiting.extract_if(|_, count| is_due(count)).collect();
        due.sort_by_key(|(_, count)| count.first);
        for (alike, count) in due {
            if state.rows >= self.per_hour_max {
                state.unlisted += count.times;
                continue;
            }
            state.rows += 1;
            let times = match count.times {
                1 => String::new(),
                times => format!(", {times} times"),
            };
            let actor = alike.login.as_deref().unwrap_or("unknown");
            let detail = format!("{}{times}", alike.what);
            events.push(event(now_micros, actor, &alike.address.to_string(), &detail));
        }
        // One row in an hour tells of the rest.
        if state.unlisted > 0 && (all || state.rows < self.per_hour_max) {
            state.rows += 1;
            let detail = format!("{} further refusals", state.unlisted);
            state.unlisted = 0;
            events.push(event(now_micros, "unknown", "", &detail));
        }
        events
    }

    /// Takes rows back that the store did not take.
    pub(super) fn put_back(&self, events: Vec<AuditEvent>) {
        let mut state = self.state();
        let room = WAITING_MAX.saturating_sub(state.left.len());
        state.unlisted += events.len().saturating_sub(room) as u64;
        state.left.extend(events.into_iter().take(room));
    }
}

fn event(at_micros: i64, actor: &str, subject: &str, detail: &str) -> AuditEvent {
    AuditEvent {
        at_micros,
        actor: actor.into(),
        action: "login.refused".into(),
        subject: subject.into(),
        outcome: "refused".into(),
        detail: detail.into(),
        interchange: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(events: &[AuditEvent]) -> Vec<String> {
        let told = events.iter().map(|it| format!("{} {} {}", it.actor, it.subject, it.detail));
        told.collect()
    }

    #[test]
    fn what_is_alike_is_one_row() {
        let refusals = Refusals::new(10);
        let (here, now) = (IpAddr::from([192, 0, 2, 1]), Instant::now());
        let desk: Arc<str> = "desk".into();
        for _ in 0..3 {
            refusals.note(Some(&desk), here, "password", now);
        }
        refusals.note(None, here, "certificate", now + Duration::from_secs(1));
        assert!(refusals.take(now, 7, false).is_empty(), "more may come");
        let events = refusals.take(now + TOGETHER, 7, false);
        assert_eq!(told(&events), ["desk 192.0.2.1 password, 3 times"]);
        assert_eq!((events[0].at_micros, &*events[0].action), (7, "login.refused"));
        let rest = refusals.take(now, 7, true);
        assert_eq!(told(&rest), ["unknown 192.0.2.1 certificate"]);
        refusals.put_back(rest.clone());
        assert_eq!(refusals.take(now, 8, false), rest, "the store takes them later");
    }

    #[test]
    fn a_flood_writes_so_many_rows_in_an_hour_and_no_more() {
        let refusals = Refusals::new(5);
        let now = Instant::now();
        let flood = |from: u8, at: Instant| {
            for last in from..from + 20 {
                refusals.note(None, IpAddr::from([192, 0, 2, last]), "password", at);
            }
            refusals.take(at + TOGETHER, 0, false).len()
        };
        assert_eq!(flood(0, now), 5);
        assert_eq!(flood(20, now + TOGETHER), 0);
        let later = told(&refusals.take(now + HOUR + TOGETHER, 0, false));
        assert_eq!(later, ["unknown  35 further refusals"]);
        // Nothing grows with the number of addresses.
        for number in 0..5000_u32 {
            refusals.note(None, IpAddr::from(number.to_be_bytes()), "password", now);
        }
        assert_eq!(refusals.state().waiting.len(), WAITING_MAX);
    }
}

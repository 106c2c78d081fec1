//! The accounts of balances: one for each term, and when each is cleared.

use super::Plan;
use super::scope::forgets;
use crate::guide::{Consequence, Guide, Measure, Reference, Term};

/// A value that is added to an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) of: Reference,
    pub(crate) measure: Measure,
    pub(crate) account: u16,
    /// Taken from the first such segment of each instance of its loop only.
    pub(crate) first: bool,
    /// Taken only from segments that pass this test.
    pub(crate) filter: Option<(Reference, u16)>,
}

impl Plan {
    /// Gives every term of every balance an account.
    pub(super) fn open_accounts(&mut self, guide: &Guide) {
        self.account_clears = vec![Vec::new(); guide.loops.len()];
        self.latch_clears = vec![Vec::new(); guide.loops.len()];
        let mut known: Vec<(Term, Option<u16>, u16)> = Vec::new();
        for rule in &guide.rules {
            let mut accounts = Vec::new();
            if let (None, Consequence::Balance(left, _, right)) = (&rule.each, &rule.then) {
                for term in left.iter().chain(right) {
                    let term = Term { minus: false, ..term.clone() };
                    let forgets = || Some(forgets(guide, rule.scope, *term.of.first()?));
                    let clear = term.since.or_else(forgets);
                    let same = known.iter().find(|(t, c, _)| *t == term && *c == clear);
                    accounts.push(match same {
                        Some((_, _, account)) => *account,
                        None => {
                            let account = self.open_account(guide, &term, clear);
                            known.push((term, clear, account));
                            account
                        }
                    });
                }
            }
            self.accounts.push(accounts.into());
        }
        self.entries.sort_by_key(|e| e.of.segment);
    }

    fn open_account(&mut self, guide: &Guide, term: &Term, clear: Option<u16>) -> u16 {
        let account = self.account_count;
        self.account_count += 1;
        let entry = |of: &Reference| Entry {
            of: *of,
            measure: term.measure,
            account,
            first: term.first,
            filter: term.filter,
        };
        self.entries.extend(term.of.iter().map(entry));
        if let Some(of) = term.of.first().filter(|_| term.first) {
            let own = guide.segments[of.segment as usize].in_loop;
            self.latch_clears[own as usize].push(account);
        }
        if let Some(clear) = clear {
            self.account_clears[clear as usize].push(account);
        }
        account
    }

    /// How many accounts there are.
    pub(crate) fn account_count(&self) -> usize {
        self.account_count as usize
    }
}

//! The ledger beside a simple model of it: whatever comes in whatever order, both say the same in the end.
//!
//! Interchanges come in at the same time, are committed, dropped, taken back in part, sent again, or lost with their process;
//! originals are alike, versions replace the same one, remittance advice comes twice.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rust_decimal::Decimal;
use sqlx::Executor;

use super::*;
use crate::store::claims_story::{
    by_number, change, claim, document, find, history, new, operator, payment, remittance, used,
    version_of,
};
use crate::store::story::{completed, opening};
use crate::store::{
    Access, Announced, Batch, Dispute, DisputeState, Intake, PaymentKind, Recorded, StoreOptions,
    Stores,
};

/// Interchanges that come in at the same time.
const SLOTS: usize = 3;

/// Something that an interchange brings. Numbers choose among what there is.
#[derive(Clone, Debug)]
enum Act {
    Original {
        service: u8,
        announces: bool,
    },
    Version {
        of: usize,
        is_void: bool,
    },
    State {
        of: usize,
        is_denied: bool,
    },
    Payment {
        of: usize,
        cents: i64,
        is_reversal: bool,
    },
    Advice {
        trace: u8,
    },
    Dispute {
        of: usize,
        number: u8,
        is_open: bool,
    },
    Document {
        of: usize,
    },
    Used {
        cents: i64,
    },
    /// So many entries that those before it are written.
    Many,
}

/// What happens.
#[derive(Clone, Debug)]
enum Step {
    Bring(usize, Vec<Act>),
    TakeBack(usize, usize),
    Commit(usize),
    Drop(usize),
    Enter(Vec<Act>),
    /// The process dies with all that is coming in.
    Crash,
    /// An interchange that is committed comes again.
    Again(Vec<Act>),
}

fn act() -> impl Strategy<Value = Act> {
    let one = 0..1000_usize;
    prop_oneof![
        5 => (0..4_u8, any::<bool>())
            .prop_map(|(service, announces)| Act::Original { service, announces }),
        4 => (one.clone(), any::<bool>()).prop_map(|(of, is_void)| Act::Version { of, is_void }),
        3 => (one.clone(), any::<bool>()).prop_map(|(of, is_denied)| Act::State { of, is_denied }),
        3 => (one.clone(), 0..9_000_i64, any::<bool>()).prop_map(|(of, cents, is_reversal)| {
            Act::Payment { of, cents, is_reversal }
        }),
        1 => (0..12_u8).prop_map(|trace| Act::Advice { trace }),
        1 => (one.clone(), 0..3_u8, any::<bool>())
            .prop_map(|(of, number, is_open)| Act::Dispute { of, number, is_open }),
        1 => one.prop_map(|of| Act::Document { of }),
        2 => (-5_000..9_000_i64).prop_map(|cents| Act::Used { cents }),
        1 => Just(Act::Many),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let acts = || proptest::collection::vec(act(), 1..6);
    prop_oneof![
        8 => (0..SLOTS, acts()).prop_map(|(slot, acts)| Step::Bring(slot, acts)),
        1 => (0..SLOTS, 0..4_usize).prop_map(|(slot, back)| Step::TakeBack(slot, back)),
        5 => (0..SLOTS).prop_map(Step::Commit),
        1 => (0..SLOTS).prop_map(Step::Drop),
        2 => acts().prop_map(Step::Enter),
        1 => Just(Step::Crash),
        1 => acts().prop_map(Step::Again),
    ]
}

/// What the model knows of a version.
#[derive(Clone, Debug)]
struct Version {
    claim: ClaimVersion,
    paid: i64,
    /// When it was committed, and by which unit.
    committed: u64,
    unit: u64,
    states: usize,
    payments: Vec<i64>,
    disputes: BTreeMap<Box<str>, bool>,
    documents: usize,
}

impl Version {
    fn stands_as(&self, category: &str, code: &str) -> bool {
        *self.claim.state.category == *category && *self.claim.state.code == *code
    }

    fn is_lost(&self) -> bool {
        self.stands_as("F2", "54") || self.stands_as("F2", "495")
    }
}

/// What is committed, as simply as can be.
#[derive(Default)]
struct Model {
    versions: BTreeMap<Box<str>, Version>,
    advice: BTreeSet<Box<str>>,
    /// Documents that wait for their claim, by account.
    waiting: Vec<Box<str>>,
    used: i64,
    units: u64,
    /// Commits that brought claims.
    commits: u64,
}

impl Model {
    /// Commits the entries of a unit that began when there were so many commits; those before `staged` are written already.
    /// Gives false when it is refused.
    fn commit(&mut self, entries: &[LedgerEntry], staged: usize, begun: Option<u64>) -> bool {
        let advice: Vec<Box<str>> = entries
            .iter()
            .filter_map(|entry| match entry {
                LedgerEntry::Remittance(advice) => Some(advice.key.trace.clone()),
                _ => None,
            })
            .collect();
        let distinct: BTreeSet<_> = advice.iter().cloned().collect();
        if distinct.len() < advice.len() || !distinct.is_disjoint(&self.advice) {
            return false;
        }
        self.advice.extend(distinct);
        self.units += 1;
        let brings = entries.iter().any(|entry| matches!(entry, LedgerEntry::Claim(_)));
        let mut lost = BTreeSet::new();
        for part in [&entries[..staged], &entries[staged..]] {
            self.take_claims(part, begun, &mut lost);
        }
        self.commits += u64::from(brings);
        let mut used = None;
        for entry in entries {
            self.take(entry, &lost, &mut used);
        }
        if let Some(used) = used {
            self.used = (self.used + used).max(0);
        }
        true
    }

    fn take_claims(
        &mut self,
        part: &[LedgerEntry],
        begun: Option<u64>,
        lost: &mut BTreeSet<Box<str>>,
    ) {
        let mut mine = Vec::new();
        for entry in part {
            if let LedgerEntry::Claim(claim) = entry {
                let (committed, unit) = (self.commits + 1, self.units);
                let version = Version {
                    claim: (**claim).clone(),
                    paid: 0,
                    committed,
                    unit,
                    states: 0,
                    payments: Vec::new(),
                    disputes: BTreeMap::new(),
                    documents: 0,
                };
                self.versions.insert(claim.number.clone(), version);
                mine.push(claim.number.clone());
            }
        }
        let duplicates: Vec<Box<str>> = mine
            .iter()
            .filter(|number| {
                let me = &self.versions[*number];
                me.claim.replaces.is_none()
                    && begun.is_some_and(|begun| {
                        self.versions.values().any(|other| {
                            other.unit != me.unit
                                && other.committed > begun
                                && other.claim.service_key == me.claim.service_key
                                && other.claim.successor.is_none()
                                && *other.claim.frequency != *"8"
                                && !other.stands_as("F2", "54")
                        })
                    })
            })
            .cloned()
            .collect();
        for number in duplicates {
            self.deny(&number, "54", lost);
        }
        for number in mine {
            let Some(replaced) = self.versions[&number].claim.replaces.clone() else { continue };
            let unit = self.units;
            let other = self.versions.get_mut(&replaced).expect("it was seen");
            let is_lost = other.is_lost() && other.unit == unit;
            let is_mine = other.claim.successor.is_none();
            other.claim.successor.get_or_insert_with(|| number.clone());
            if !is_mine || is_lost {
                self.deny(&number, "495", lost);
                lost.insert(replaced);
            }
        }
    }

    fn deny(&mut self, number: &str, code: &str, lost: &mut BTreeSet<Box<str>>) {
        let version = self.versions.get_mut(number).expect("it is there");
        version.claim.state.category = "F2".into();
        version.claim.state.code = code.into();
        version.states += 1;
        lost.insert(number.into());
    }

    fn take(&mut self, entry: &LedgerEntry, lost: &BTreeSet<Box<str>>, used: &mut Option<i64>) {
        match entry {
            LedgerEntry::State(change) if !lost.contains(&change.claim) => {
                if let Some(version) = self.versions.get_mut(&change.claim) {
                    version.claim.state = change.state.clone();
                    version.states += 1;
                }
            }
            LedgerEntry::Payment(payment) => {
                let version = self.versions.get_mut(&payment.claim).expect("it was seen");
                let cents = to_cents(payment.paid);
                version.paid = (version.paid + cents).max(0);
                version.payments.push(cents);
            }
            LedgerEntry::Accumulator(change) => {
                *used.get_or_insert(0) += to_cents(change.amount);
            }
            LedgerEntry::Dispute(dispute) => {
                let version = self.versions.get_mut(&dispute.claim).expect("it was seen");
                let is_open = dispute.state == DisputeState::Open;
                version.disputes.insert(dispute.number.clone(), is_open);
            }
            LedgerEntry::Attachment(document) => self.waiting.push(document.account.clone()),
            _ => {}
        }
        let versions = &mut self.versions;
        self.waiting.retain(|account| {
            let of = versions.values_mut().find(|version| {
                version.claim.account == *account && !version.claim.announced.is_empty()
            });
            of.map(|version| version.documents += 1).is_none()
        });
    }

    /// The number of the latest version of a claim.
    fn latest(&self, number: &str) -> &str {
        let mut at = &self.versions[&self.versions[number].claim.original].claim;
        while let Some(next) = &at.successor {
            at = &self.versions[next].claim;
        }
        &at.number
    }
}

fn to_cents(amount: Decimal) -> i64 {
    crate::store::columns::cents(amount).expect("cents")
}

/// An interchange that is coming in.
struct Coming {
    intake: Box<dyn Intake>,
    control: u32,
    entries: Vec<LedgerEntry>,
    staged: usize,
    begun: u64,
}

struct Run {
    store: SqliteStore,
    stores: Stores,
    options: StoreOptions,
    model: Model,
    slots: [Option<Coming>; SLOTS],
    controls: u32,
    numbers: u32,
    /// Controls of interchanges that are committed.
    committed: Vec<u32>,
}

impl Run {
    async fn open(options: StoreOptions) -> Self {
        let store = SqliteStore::open(&options, Access::Write).await.expect("opens");
        let writer = store.writer().expect("writes");
        writer.execute("INSERT INTO family VALUES ('123000001')").await.expect("a family");
        let stores = Stores::of(Arc::new(store.clone()));
        let (model, slots) = (Model::default(), Default::default());
        let (controls, numbers, committed) = (0, 0, Vec::new());
        Self { store, stores, options, model, slots, controls, numbers, committed }
    }

    /// What acts mean to one who sees what is committed, and what it brought itself.
    fn entries(&mut self, acts: &[Act], own: &[LedgerEntry]) -> Vec<LedgerEntry> {
        let mut entries = Vec::new();
        for act in acts {
            let mut seen: Vec<ClaimVersion> =
                self.model.versions.values().map(|version| version.claim.clone()).collect();
            for entry in own.iter().chain(&entries) {
                if let LedgerEntry::Claim(claim) = entry {
                    for other in &mut seen {
                        if claim.replaces.as_ref() == Some(&other.number) {
                            other.successor.get_or_insert_with(|| claim.number.clone());
                        }
                    }
                    seen.push((**claim).clone());
                }
            }
            let at = |of: usize| seen.get(of.checked_rem(seen.len())?);
            let number = |of: usize| at(of).map(|claim| claim.number.to_string());
            match act {
                Act::Original { service, announces } => {
                    let mut original = claim(&self.next_number());
                    original.service_key = u64::from(*service);
                    if *announces {
                        original.announced = vec![Announced {
                            control: "PWK1".into(),
                            report: "77".into(),
                            transmission: "EL".into(),
                        }];
                    }
                    entries.push(new(original));
                }
                Act::Version { of, is_void } => {
                    let latest: Vec<_> =
                        seen.iter().filter(|claim| claim.successor.is_none()).collect();
                    if let Some(index) = of.checked_rem(latest.len()) {
                        let (of, frequency) = (latest[index], if *is_void { "8" } else { "7" });
                        let version = version_of(&self.next_number(), of, frequency);
                        entries.push(new(version));
                        entries.push(change(&of.number, "F3", "101", "replaced"));
                    }
                }
                Act::State { of, is_denied } => entries.extend(number(*of).map(|number| {
                    let category = if *is_denied { "F2" } else { "P2" };
                    change(&number, category, "1", "decided")
                })),
                Act::Payment { of, cents, is_reversal } => {
                    entries.extend(number(*of).map(|number| {
                        let (kind, cents) = match is_reversal {
                            true => (PaymentKind::Reversal, -cents),
                            false => (PaymentKind::Decision, *cents),
                        };
                        LedgerEntry::Payment(Box::new(payment(&number, "CHK", kind, cents)))
                    }));
                }
                Act::Advice { trace } => {
                    let advice = remittance(&format!("CHK{trace}"));
                    entries.push(LedgerEntry::Remittance(Box::new(advice)));
                }
                Act::Dispute { of, number: dispute, is_open } => {
                    entries.extend(number(*of).map(|number| {
                        LedgerEntry::Dispute(Dispute {
                            number: format!("DSP{number}-{dispute}").into(),
                            claim: number.into(),
                            state: if *is_open { DisputeState::Open } else { DisputeState::Upheld },
                            opened: date(),
                            closed: None,
                            attachments: Vec::new(),
                            note: "".into(),
                        })
                    }));
                }
                // Also for a claim that comes later, or never.
                Act::Document { of } => {
                    let number = number(*of).unwrap_or_else(|| "N1".to_owned());
                    let document = document("PWK1", &format!("ACCT{number}"));
                    entries.push(LedgerEntry::Attachment(document));
                }
                Act::Used { cents } => entries.push(used("NOBODY", *cents)),
                Act::Many => {
                    entries.extend((0..500).map(|_| change("NOBODY", "P2", "1", "filling")));
                }
            }
        }
        entries
    }

    fn next_number(&mut self) -> String {
        self.numbers += 1;
        format!("N{}", self.numbers)
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Bring(slot, acts) => {
                let mut coming = match self.slots[*slot].take() {
                    Some(coming) => coming,
                    None => {
                        self.controls += 1;
                        let control = self.controls;
                        let intake = self.stores.journal.begin(opening(control)).await;
                        let intake = intake.expect("begun");
                        let (entries, staged, begun) = (Vec::new(), 0, self.model.commits);
                        Coming { intake, control, entries, staged, begun }
                    }
                };
                let entries = self.entries(acts, &coming.entries);
                coming.entries.extend(entries.iter().cloned());
                coming.intake.put(Batch::Ledger(entries)).await.expect("put");
                if coming.entries.len() - coming.staged >= 500 {
                    coming.staged = coming.entries.len();
                    assert!(coming.intake.number().is_some());
                }
                self.slots[*slot] = Some(coming);
            }
            Step::TakeBack(slot, back) => {
                if let Some(coming) = &mut self.slots[*slot] {
                    let rest = coming.entries.len().saturating_sub(*back);
                    coming.entries.truncate(rest);
                    coming.staged = coming.staged.min(rest);
                    coming.intake.take_back(rest as u64).await.expect("taken back");
                    assert_eq!(coming.intake.entries(), rest as u64);
                }
            }
            Step::Commit(slot) => {
                let Some(coming) = self.slots[*slot].take() else { return };
                let Coming { intake, control, entries, staged, begun } = coming;
                let is_taken = self.model.commit(&entries, staged, Some(begun));
                match intake.commit(completed(control, 1)).await {
                    Ok(Recorded::Fresh(_)) => assert!(is_taken, "it was to be refused"),
                    Ok(Recorded::Earlier(row)) => panic!("{row:?}"),
                    Err(StoreError::Known { .. }) => assert!(!is_taken, "it was refused"),
                    Err(error) => panic!("{error:?}"),
                }
                if is_taken {
                    self.committed.push(control);
                }
            }
            Step::Drop(slot) => self.slots[*slot] = None,
            Step::Enter(acts) => {
                let entries = self.entries(acts, &[]);
                let is_taken = self.model.commit(&entries, 0, None);
                let entered = self.stores.claims.enter(entries, &operator()).await;
                assert_eq!(entered.is_ok(), is_taken, "{entered:?}");
            }
            Step::Crash => self.crash().await,
            Step::Again(acts) => {
                let Some(control) = self.committed.last().copied() else { return };
                let entries = self.entries(acts, &[]);
                let mut intake = self.stores.journal.begin(opening(control)).await.expect("begun");
                intake.put(Batch::Ledger(entries)).await.expect("put");
                let again = intake.commit(completed(control, 2)).await.expect("committed");
                assert!(matches!(again, Recorded::Earlier(_)), "{again:?}");
            }
        }
    }

    /// The process dies, and another one opens the store when what it left is old enough to be cleared away.
    async fn crash(&mut self) {
        for coming in self.slots.iter_mut().filter_map(Option::take) {
            std::mem::forget(coming.intake);
        }
        let writer = self.store.writer().expect("writes");
        writer.execute("UPDATE intake SET touched_micros = 0").await.expect("set");
        // What it did beside its commits ends with it.
        writer.close().await;
        let store = SqliteStore::open(&self.options, Access::Write).await.expect("opens");
        self.stores = Stores::of(Arc::new(store.clone()));
        // The connections of a dead process are closed too.
        std::mem::replace(&mut self.store, store).inner.readers.close().await;
    }

    async fn check(&self) {
        for (number, version) in &self.model.versions {
            let found = by_number(&self.stores, number).await.expect(number);
            let mut expected = version.claim.clone();
            expected.interchange = found.interchange;
            expected.state.effective = found.state.effective;
            expected.outcome = found.outcome.clone();
            assert_eq!(found.state, expected.state, "{number}");
            assert_eq!(found.successor, expected.successor, "{number}");
            assert!(found == expected, "{number} is as it came");
            assert_eq!(to_cents(found.outcome.paid), version.paid, "{number}");
            let latest = find(&self.stores, ClaimKey::Latest(number.clone()), None).await;
            assert_eq!(&*latest[0].number, self.model.latest(number), "{number}");
            let history = history(&self.stores, number).await.expect("known");
            let states = history
                .events
                .iter()
                .filter(|event| event.claim == *number && *event.kind == *"state");
            assert_eq!(states.count(), version.states, "{number}");
            let payments = history.payments.iter().filter(|payment| payment.claim == *number);
            let payments: Vec<i64> = payments.map(|payment| to_cents(payment.paid)).collect();
            assert_eq!(payments, version.payments, "{number}");
            let disputes = history.disputes.iter().filter(|dispute| dispute.claim == *number);
            let disputes: BTreeMap<_, _> = disputes
                .map(|dispute| (dispute.number.clone(), dispute.state == DisputeState::Open))
                .collect();
            assert_eq!(disputes, version.disputes, "{number}");
            let documents = history.attachments.iter();
            let documents = documents.filter(|document| document.claim.as_ref() == Some(number));
            assert_eq!(documents.count(), version.documents, "{number}");
            let chain = |claim: &&Version| claim.claim.original == version.claim.original;
            let chain = self.model.versions.values().filter(chain).count();
            assert_eq!(history.versions.len(), chain, "{number}");
        }
        self.check_lists().await;
    }

    async fn check_lists(&self) {
        let model = &self.model;
        let counts = self.stores.counts().await.expect("counts");
        assert_eq!(counts.claims, model.versions.len() as u64, "nothing is lost, nothing is twice");
        let waits = |version: &&Version| {
            version.claim.successor.is_none() && version.claim.state.is_pending()
        };
        let waiting = self.stores.claims.waiting(None, 10_000).await.expect("waiting");
        let waiting: BTreeSet<_> = waiting.into_iter().map(|claim| claim.number).collect();
        let expected = model.versions.values().filter(waits);
        assert_eq!(waiting, expected.map(|version| version.claim.number.clone()).collect());
        let advice: Vec<_> = model.advice.iter().map(|trace| remittance(trace).key).collect();
        let found = self.stores.claims.remittances(&advice).await.expect("found");
        assert!(found.iter().all(Option::is_some));
        let used: i64 =
            sqlx::query_scalar("SELECT coalesce(sum(deductible_cents), 0) FROM accumulator")
                .fetch_one(&self.store.inner.readers)
                .await
                .expect("a sum");
        assert_eq!(used, model.used);
        for words in ["", "F2", "P1", "F3"] {
            let query =
                ClaimQuery { words: vec![words.into()], limit: 1_000, ..ClaimQuery::default() };
            let page = self.stores.claims.search(&query).await.expect("a page");
            let found: BTreeSet<_> = page.claims.into_iter().map(|claim| claim.number).collect();
            let is_so =
                |version: &&Version| words.is_empty() || *version.claim.state.category == *words;
            let expected = model.versions.values().filter(is_so);
            let expected: BTreeSet<_> =
                expected.map(|version| version.claim.number.clone()).collect();
            assert_eq!((page.total, found), (expected.len() as u64, expected), "{words}");
        }
    }
}

fn date() -> time::Date {
    crate::store::claims_story::RECEIVED
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_ledger_says_what_a_model_of_it_says(steps in proptest::collection::vec(step(), 4..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let folder = tempfile::tempdir().expect("a folder");
            let options = StoreOptions::at(folder.path().join("x12gate.db"));
            let mut run = Run::open(options).await;
            for (index, step) in steps.iter().enumerate() {
                run.step(step).await;
                if index % 8 == 7 {
                    run.check().await;
                }
            }
            run.check().await;
            // What never came to its end leaves nothing.
            run.crash().await;
            run.check().await;
            let left: i64 = sqlx::query_scalar("SELECT count(*) FROM claim")
                .fetch_one(&run.store.inner.readers).await.expect("a count");
            assert_eq!(left, run.model.versions.len() as i64);
        });
    }
}

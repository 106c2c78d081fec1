//! A store for tests: it knows no members, remembers what was answered, and tells how often it was asked.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use x12gate::store::{
    Backend, Batch, ClaimKey, ClaimScope, ClaimVersion, Claims, Completed, Generations, Intake,
    InterchangeKey, InterchangeRow, Journal, Logins, MemberFile, MemberSearch, Members,
    NewInterchange, PartnerRow, Partners, Plan, Plans, Provider, Providers, Recorded, Reply,
    Result, Reviews, StoreError,
};

/// A store without members that remembers what was answered.
#[derive(Default)]
pub(crate) struct Notebook {
    pub(crate) rows: Mutex<HashMap<InterchangeKey, InterchangeRow>>,
    pub(crate) controls: AtomicU32,
    pub(crate) lookups: AtomicUsize,
    pub(crate) provider_lookups: AtomicUsize,
    pub(crate) provider_loads: AtomicUsize,
    pub(crate) is_down: AtomicBool,
    /// Look-ups wait while somebody holds this.
    pub(crate) gate: tokio::sync::Mutex<()>,
    pub(crate) partners: Mutex<Vec<PartnerRow>>,
    /// Sets of the interchanges that were recorded.
    pub(crate) sets: AtomicUsize,
    itself: Weak<Notebook>,
}

impl Notebook {
    /// The same notebook, to be a store.
    pub(crate) fn shared(self) -> Arc<Notebook> {
        Arc::new_cyclic(|itself| Notebook { itself: itself.clone(), ..self })
    }

    /// A store of these partners.
    pub(crate) fn with_partners(partners: Vec<PartnerRow>) -> Notebook {
        Notebook { partners: Mutex::new(partners), ..Notebook::default() }
    }

    /// Look-ups wait until what this gives is dropped.
    pub(crate) async fn hold(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.gate.lock().await
    }

    pub(crate) fn rows(&self) -> Vec<InterchangeRow> {
        self.rows.lock().unwrap().values().cloned().collect()
    }

    fn ask(&self) -> Result<()> {
        match self.is_down.load(Ordering::SeqCst) {
            true => Err(StoreError::Gone),
            false => Ok(()),
        }
    }
}

impl Members for Notebook {
    fn find<'a>(&'a self, searches: &'a [MemberSearch]) -> Reply<'a, Vec<Vec<MemberFile>>> {
        Box::pin(async move {
            self.lookups.fetch_add(1, Ordering::SeqCst);
            drop(self.gate.lock().await);
            self.ask()?;
            Ok(vec![Vec::new(); searches.len()])
        })
    }

    fn families<'a>(&'a self, subscribers: &'a [Box<str>]) -> Reply<'a, Vec<Vec<MemberFile>>> {
        Box::pin(async move { Ok(vec![Vec::new(); subscribers.len()]) })
    }
}

impl Plans for Notebook {
    fn all(&self) -> Reply<'_, Vec<Plan>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

impl Providers for Notebook {
    fn find<'a>(&'a self, ids: &'a [Box<str>]) -> Reply<'a, Vec<Option<Provider>>> {
        self.provider_lookups.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move { Ok(vec![None; ids.len()]) })
    }
}

impl Partners for Notebook {
    fn all(&self) -> Reply<'_, Vec<PartnerRow>> {
        Box::pin(async { Ok(self.partners.lock().unwrap().clone()) })
    }
}

impl Reviews for Notebook {}

impl Logins for Notebook {}

impl Claims for Notebook {
    fn find<'a>(
        &'a self,
        keys: &'a [ClaimKey],
        _: ClaimScope,
    ) -> Reply<'a, Vec<Vec<ClaimVersion>>> {
        Box::pin(async move { Ok(vec![Vec::new(); keys.len()]) })
    }
}

impl Journal for Notebook {
    fn find<'a>(&'a self, keys: &'a [InterchangeKey]) -> Reply<'a, Vec<Option<InterchangeRow>>> {
        Box::pin(async move {
            let rows = self.rows.lock().unwrap();
            Ok(keys.iter().map(|key| rows.get(key).cloned()).collect())
        })
    }

    fn begin(&self, opening: NewInterchange) -> Reply<'_, Box<dyn Intake>> {
        let intake = Page { notebook: self.itself.upgrade().unwrap(), opening, sets: 0 };
        Box::pin(async move { Ok(Box::new(intake) as Box<dyn Intake>) })
    }

    fn take_control_numbers<'a>(&'a self, _: &'a str, count: u32) -> Reply<'a, u32> {
        Box::pin(async move { Ok(self.controls.fetch_add(count, Ordering::SeqCst) + 1) })
    }
}

/// An interchange that is coming in.
struct Page {
    notebook: Arc<Notebook>,
    opening: NewInterchange,
    sets: usize,
}

impl Intake for Page {
    fn put(&mut self, batch: Batch) -> Reply<'_, ()> {
        if let Batch::Sets(sets) = batch {
            self.sets += sets.len();
        }
        Box::pin(async { Ok(()) })
    }

    fn commit(self: Box<Self>, completed: Completed) -> Reply<'static, Recorded> {
        Box::pin(async move {
            self.notebook.ask()?;
            let mut rows = self.notebook.rows.lock().unwrap();
            if let Some(earlier) = rows.get(&self.opening.key) {
                return Ok(Recorded::Earlier(Box::new(earlier.clone())));
            }
            let Completed { end, replies, .. } = completed;
            let (id, key) = (rows.len() as u64 + 1, self.opening.key.clone());
            rows.insert(key, InterchangeRow { id, opening: self.opening, end, replies });
            self.notebook.sets.fetch_add(self.sets, Ordering::SeqCst);
            Ok(Recorded::Fresh(id))
        })
    }
}

impl Backend for Notebook {
    fn generations(&self) -> Reply<'_, Generations> {
        Box::pin(async {
            self.ask()?;
            let partners = self.partners.lock().unwrap().len() as u64;
            let providers = self.provider_loads.load(Ordering::SeqCst) as u64;
            Ok(Generations { partners, providers, ..Generations::default() })
        })
    }
}

//! Spares the store: puts what many real-time questions ask at the same moment into one statement, and remembers providers.
//!
//! Nobody waits for company: the first call goes at once, and whatever comes while it runs goes together next. So an idle
//! gateway answers as fast as it can, and a busy one as much as it can. (Commits are grouped by the store itself.)

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;
use tokio::sync::{mpsc, oneshot};

use crate::store::{
    MemberFile, MemberSearch, Provider, Result, Store, StoreError, leave_the_rest_to,
};

/// Providers remembered; over it all are forgotten.
const PROVIDERS_MAX: usize = 50_000;

/// Look-ups of one caller that are still put together with those of others.
const TOGETHER_MAX: usize = 50;

/// A store whose look-ups of members are coalesced, and whose providers are remembered: few ask, but each for every patient.
/// Everything else goes straight through.
#[derive(Debug)]
pub struct Coalescing<S> {
    store: Arc<S>,
    providers: Remembered,
    lookups: Queue<MemberSearch, Vec<MemberFile>>,
}

impl<S: Store> Coalescing<S> {
    /// Starts the queue; must be called inside a tokio runtime. At most `most` calls go together.
    pub fn new(store: Arc<S>, most: usize) -> Self {
        let find = store.clone();
        let lookups = Queue::start(most, move |searches: Vec<MemberSearch>| {
            let store = find.clone();
            async move { store.find_members(&searches).await }
        });
        Coalescing { store, providers: Remembered::default(), lookups }
    }

    /// Forgets the providers, because others were loaded.
    pub(super) fn forget_providers(&self) {
        self.providers.forget();
    }
}

impl<S: Store> Store for Coalescing<S> {
    async fn find_members(&self, searches: &[MemberSearch]) -> Result<Vec<Vec<MemberFile>>> {
        // A bundle of a file is a statement of its own.
        if searches.len() > TOGETHER_MAX || self.store.finds_in_memory() {
            return self.store.find_members(searches).await;
        }
        self.lookups.call(searches.to_vec()).await
    }

    async fn find_families(&self, subscribers: &[Box<str>]) -> Result<Vec<Vec<MemberFile>>> {
        self.store.find_families(subscribers).await
    }

    async fn find_providers(&self, ids: &[Box<str>]) -> Result<Vec<Option<Provider>>> {
        let (known, epoch) = self.providers.find(ids);
        if let Some(known) = known {
            return Ok(known);
        }
        let found = self.store.find_providers(ids).await?;
        self.providers.remember(ids, &found, epoch);
        Ok(found)
    }

    leave_the_rest_to!(store);
}

/// Providers that were looked up, and ids that are nobody's.
#[derive(Debug, Default)]
struct Remembered(RwLock<Epoch>);

/// What was remembered since the last time it was forgotten.
#[derive(Debug, Default)]
struct Epoch {
    number: u64,
    providers: FxHashMap<Box<str>, Option<Provider>>,
}

impl Remembered {
    /// The providers, when all of them are known; and the epoch, to remember others in.
    fn find(&self, ids: &[Box<str>]) -> (Option<Vec<Option<Provider>>>, u64) {
        let epoch = self.0.read().unwrap_or_else(PoisonError::into_inner);
        (ids.iter().map(|id| epoch.providers.get(id).cloned()).collect(), epoch.number)
    }

    /// Keeps what was found, unless it was to be forgotten meanwhile.
    fn remember(&self, ids: &[Box<str>], found: &[Option<Provider>], number: u64) {
        let mut epoch = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if epoch.number != number {
            return;
        }
        if epoch.providers.len() + ids.len() > PROVIDERS_MAX {
            epoch.providers.clear();
        }
        epoch.providers.extend(ids.iter().cloned().zip(found.iter().cloned()));
    }

    fn forget(&self) {
        let mut epoch = self.0.write().unwrap_or_else(PoisonError::into_inner);
        epoch.number += 1;
        epoch.providers.clear();
    }
}

/// One caller's part of a statement.
#[derive(Debug)]
struct Call<Q, R> {
    items: Vec<Q>,
    back: oneshot::Sender<Result<Vec<R>>>,
}

#[derive(Debug)]
struct Queue<Q, R>(mpsc::Sender<Call<Q, R>>);

impl<Q: Send + 'static, R: Send + 'static> Queue<Q, R> {
    fn start<F, Running>(most: usize, run: F) -> Self
    where
        F: Fn(Vec<Q>) -> Running + Send + 'static,
        Running: Future<Output = Result<Vec<R>>> + Send,
    {
        let (sender, mut receiver) = mpsc::channel::<Call<Q, R>>(most);
        tokio::spawn(async move {
            let mut calls = Vec::with_capacity(most);
            while receiver.recv_many(&mut calls, most).await > 0 {
                let mut items = Vec::new();
                let mut waiting = Vec::with_capacity(calls.len());
                for call in calls.drain(..) {
                    waiting.push((call.items.len(), call.back));
                    items.extend(call.items);
                }
                deliver(run(items).await, waiting);
            }
        });
        Queue(sender)
    }

    async fn call(&self, items: Vec<Q>) -> Result<Vec<R>> {
        let (back, answer) = oneshot::channel();
        // The task ends only with this queue, unless it panicked in the store.
        self.0.send(Call { items, back }).await.map_err(|_| StoreError::Gone)?;
        answer.await.map_err(|_| StoreError::Gone)?
    }
}

/// Gives each caller its part. A caller that has gone away does not matter to the others.
fn deliver<R>(outcome: Result<Vec<R>>, waiting: Vec<(usize, oneshot::Sender<Result<Vec<R>>>)>) {
    match outcome {
        Ok(results) => {
            let mut results = results.into_iter();
            for (count, back) in waiting {
                let _ = back.send(Ok(results.by_ref().take(count).collect()));
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for (_, back) in waiting {
                let _ = back.send(Err(StoreError::Together(error.clone())));
            }
        }
    }
}

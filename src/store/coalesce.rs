//! Puts what many real-time questions ask at the same moment into one statement.
//!
//! No call waits for others to join: the first goes at once, and what comes while it runs goes together next. So an idle
//! gateway answers as fast as it can, and a busy one as much as it can. (Commits are grouped by the journal itself.)

use std::future::Future;
use std::sync::Arc;

use time::Date;
use tokio::sync::{mpsc, oneshot};

use super::traits::Reply;
use super::{MemberFile, MemberSearch, Members, Owner, Result, StoreError};

/// Look-ups of one caller that are still put together with those of others.
const TOGETHER_MAX: usize = 50;

/// Members whose look-ups are put together. Families are asked for straight away.
pub(super) struct Coalescing {
    members: Arc<dyn Members>,
    lookups: Queue<MemberSearch, Vec<MemberFile>>,
}

impl Coalescing {
    /// Starts the queue; must be called inside a tokio runtime. At most `most` calls go together.
    pub(super) fn new(members: Arc<dyn Members>, most: usize) -> Self {
        let find = members.clone();
        let lookups = Queue::start(most, move |searches: Vec<MemberSearch>| {
            let members = find.clone();
            async move { members.find(&searches).await }
        });
        Self { members, lookups }
    }
}

impl Members for Coalescing {
    fn find<'a>(&'a self, searches: &'a [MemberSearch]) -> Reply<'a, Vec<Vec<MemberFile>>> {
        // A bundle of a file is a statement of its own.
        if searches.len() > TOGETHER_MAX {
            return self.members.find(searches);
        }
        Box::pin(self.lookups.call(searches.to_vec()))
    }

    fn families<'a>(&'a self, subscribers: &'a [Box<str>]) -> Reply<'a, Vec<Vec<MemberFile>>> {
        self.members.families(subscribers)
    }

    fn enrolled<'a>(&'a self, groups: &'a [Box<str>], on: Date) -> Reply<'a, Vec<Owner>> {
        self.members.enrolled(groups, on)
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

//! Work that would hold up the sockets: done in place, after the runtime has given what else the thread had to do to others.
//!
//! A short question is answered in some tens of microseconds and stays where it was read. Only what is long goes this way: checking
//! and answering from [`LONG_BYTES`] on, and what touches the archive.

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

/// A text from this length on is long: it takes about a third of a millisecond to check.
pub(super) const LONG_BYTES: usize = 64 << 10;

/// Does work on so many bytes.
pub(super) fn work_on<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    match bytes >= LONG_BYTES {
        true => blocking(work),
        false => work(),
    }
}

/// Does work that may wait for a disk.
pub(crate) fn blocking<T>(work: impl FnOnce() -> T) -> T {
    let flavor = Handle::try_current().map(|runtime| runtime.runtime_flavor());
    match flavor {
        Ok(RuntimeFlavor::MultiThread) => block_in_place(work),
        // With one thread there is no other thread to take the remaining tasks; without a runtime there are none.
        _ => work(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn other_tasks_go_on_while_long_work_is_done() {
        let (sender, receiver) = mpsc::channel();
        let long = tokio::spawn(async move { work_on(LONG_BYTES, move || receiver.recv()) });
        // Runs on the only worker, which the work above would hold.
        let other = tokio::spawn(async move { sender.send(7) });
        assert_eq!(long.await.unwrap(), Ok(7));
        other.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn one_thread_does_everything_itself() {
        assert_eq!(work_on(LONG_BYTES, || 7), 7);
        assert_eq!(blocking(|| 8), 8);
    }
}

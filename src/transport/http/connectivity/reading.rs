//! The body of an envelope, read piece by piece under a limit and a deadline that moves with what has come: a large batch has time,
//! a client that only drips has not.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use super::super::body::{broken_off, too_large, too_slow};
use super::super::problem::Problem;
use crate::config::Http;

/// A body that is read.
pub(super) struct Reading {
    body: Body,
    begun: Instant,
    read: u64,
    bytes_max: u64,
    patience: Duration,
    patience_max: Duration,
    bytes_per_second_min: u64,
}

impl Reading {
    /// A body of at most so many bytes.
    pub(super) fn new(body: Body, bytes_max: u64, settings: &Http) -> Reading {
        Reading {
            body,
            begun: Instant::now(),
            read: 0,
            bytes_max,
            patience: Duration::from_millis(settings.body_timeout_ms),
            patience_max: Duration::from_millis(settings.batch_timeout_ms),
            bytes_per_second_min: settings.body_bytes_per_second_min,
        }
    }

    /// The next bytes; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        loop {
            let earned = Duration::from_secs(self.read / self.bytes_per_second_min);
            let deadline = self.begun + (self.patience + earned).min(self.patience_max);
            let frame = timeout_at(deadline, self.body.frame()).await.map_err(|_| too_slow())?;
            let Some(frame) = frame else { return Ok(None) };
            let Ok(data) = frame.map_err(|_| broken_off())?.into_data() else { continue };
            self.read += data.len() as u64;
            if self.read > self.bytes_max {
                return Err(too_large(self.bytes_max));
            }
            return Ok(Some(data));
        }
    }
}

//! Enrollment from a file, without a gateway: the same as if a partner had sent it, but for its replies.

use std::sync::Arc;

use time::PrimitiveDateTime;

use super::{EnrollmentReport, EnrollmentService, EnrollmentSettings, Outcome, fetch, problems};
use crate::answer::AnswerContext;
use crate::check::{GroupHeader, SetChecker, SetPlace, SetReport};
use crate::finding::Policy;
use crate::guide::Registry;
use crate::partner::{Lane, ProviderScope};
use crate::store::{StoreError, Stores};
use crate::txn::enrollment::Enrollment;
use crate::wire::{FrameLimits, Framed, Framer, PieceKind};

/// What a file holds.
#[derive(Debug, Default)]
pub struct EnrollmentFile {
    /// Its sound 834s, in order.
    pub enrollments: Vec<Enrollment>,
    /// The place of each among the sets of the file, from 1.
    pub ordinals: Vec<u32>,
    /// What was found in 834s that are rejected.
    pub rejected: Vec<SetReport>,
    /// Other sets in it.
    pub others: u64,
}

impl EnrollmentFile {
    /// Reads the 834s of a file, checked as `policy` says.
    pub fn read(text: &[u8], registry: &Registry, policy: &Policy) -> EnrollmentFile {
        let mut file = EnrollmentFile::default();
        let mut checker = SetChecker::new(registry, policy).with_tree();
        // Sets are read whole; the file is in memory as it is.
        let limits = FrameLimits { part_bytes_max: usize::MAX, ..FrameLimits::default() };
        let mut framer = Framer::new(limits);
        let mut group = GroupHeader::default();
        let (mut rest, mut offset, mut ordinal) = (text, 0, 0);
        while let Framed::Piece(piece) = framer.next(rest, true) {
            let part = &rest[piece.span.clone()];
            match piece.kind {
                PieceKind::Gs => group = GroupHeader::read(part, piece.delimiters),
                PieceKind::Set { start: true, end: true } => {
                    ordinal += 1;
                    let offset = offset + piece.span.start as u64;
                    let place =
                        SetPlace { group: &group, delimiters: piece.delimiters, offset, ordinal };
                    let (report, walked) = checker.walk(part, place);
                    match walked {
                        _ if report.header.set != "834".into() => file.others += 1,
                        Some(set) if report.is_accepted() => {
                            file.enrollments.push(Enrollment::read(set.root()));
                            file.ordinals.push(ordinal);
                        }
                        _ => file.rejected.push(report),
                    }
                }
                _ => {}
            }
            offset += piece.consumed as u64;
            rest = &rest[piece.consumed..];
        }
        file
    }
}

impl EnrollmentService {
    /// Loads enrollments in one transaction; gives what was done with each.
    ///
    /// # Errors
    /// The store could not be read or written, and nothing was loaded.
    pub async fn load_into(
        &self,
        stores: &Stores,
        enrollments: Vec<Enrollment>,
        settings: EnrollmentSettings,
        now: PrimitiveDateTime,
    ) -> Result<Vec<EnrollmentReport>, StoreError> {
        let context = AnswerContext {
            now,
            lane: Lane::Batch,
            scope: ProviderScope::All,
            policy: Arc::new(settings),
            trace: "".into(),
            group: GroupHeader::default(),
        };
        let lookup = self.look_up(&enrollments, &context.policy, context.today());
        let found = fetch(stores, &lookup).await?;
        let outcomes = self.load(enrollments, found, &context);
        let mut load = stores.begin_load().await?;
        let mut reports = Vec::with_capacity(outcomes.len());
        for Outcome { changes, mut report, .. } in outcomes {
            let faults = load.enroll(&changes).await?;
            // Another process changed the member in between.
            for fault in faults.into_iter().flatten() {
                report.loaded = report.loaded.saturating_sub(1);
                report.left_out += 1;
                report
                    .remarks
                    .push(problems::of_store(fault, &problems::Places::default()).remark(0));
            }
            reports.push(report);
        }
        load.commit().await?;
        Ok(reports)
    }
}

//! What came back to a question: 271s, 277s and 278s as values, and what a TA1 or a 999 says in words.
//!
//! Serves E-07 of the portal map where the rejection is not in the 271 itself.

use std::fmt;

use super::claim_status::ClaimStatusView;
use super::eligibility::EligibilityView;
use super::limits::LimitKind;
use super::review::ReviewView;
use super::words::{code_and_words, element};
use crate::check::{InputPart, read_parts};
use crate::guide::Registry;
use crate::tree::LoopRef;
use crate::txn::claim_status::{self, StatusResponse};
use crate::txn::eligibility::Response;
use crate::txn::review::{Purpose, Review};

/// What came back to a question.
#[derive(Default)]
pub struct Received {
    /// The 271s.
    pub responses: Vec<Response>,
    /// The 277s that tell the status of claims.
    pub claims: Vec<StatusResponse>,
    /// The 278s.
    pub reviews: Vec<Review>,
    /// What a TA1 or a 999 says of the question, when it was rejected.
    pub rejection: Option<String>,
}

/// Shows how much there is, never who it is about.
impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("responses", &self.responses.len())
            .field("claims", &self.claims.len())
            .field("reviews", &self.reviews.len())
            .field("rejection", &self.rejection)
            .finish()
    }
}

/// Reads the replies to a question: 271, 277, 278, 999 and TA1, in any number and order. What is none of them is passed over.
pub fn read_replies(input: &[u8]) -> Received {
    let mut received = Received::default();
    read_parts(input, Registry::embedded(), |part| match part {
        InputPart::Envelope(ta1) if ta1.tag() == "TA1".into() && ta1.value(4) == b"R" => {
            let note = code_and_words(element::INTERCHANGE_NOTE, ta1.value(5));
            received.rejection = Some(format!("The interchange was rejected (TA1): {note}"));
        }
        InputPart::Set { root, report, .. } if report.header.set.as_str() == "271" => {
            received.responses.push(Response::read(root));
        }
        InputPart::Set { root, report, .. }
            if report.header.set.as_str() == "277"
                && report.header.convention.as_str() == claim_status::GUIDE =>
        {
            received.claims.push(StatusResponse::read(root));
        }
        InputPart::Set { root, report, .. } if report.header.set.as_str() == "278" => {
            if let Some(purpose) = Purpose::of_guide(report.header.convention.as_str()) {
                received.reviews.push(Review::read(root, purpose));
            }
        }
        InputPart::Set { root, report, .. } if report.header.set.as_str() == "999" => {
            let lines = errors_in_words(root);
            if !lines.is_empty() {
                let lines = lines.join("\n  ");
                received.rejection = Some(format!("The question was rejected (999):\n  {lines}"));
            }
        }
        _ => {}
    });
    received
}

impl Received {
    /// What the screens show: a view for each person the 271s speak of.
    pub fn views(&self) -> Vec<EligibilityView> {
        self.responses.iter().flat_map(EligibilityView::all_of).collect()
    }

    /// What the claim status screen shows: a view for each claim, and for each request without one.
    pub fn claim_views(&self) -> Vec<ClaimStatusView> {
        self.claims.iter().flat_map(ClaimStatusView::all_of).collect()
    }

    /// What the review screens show: a view for each 278.
    pub fn review_views(&self) -> Vec<ReviewView> {
        self.reviews.iter().flat_map(ReviewView::all_of).collect()
    }

    /// True where the question, or anything in it, was rejected, or no claim was found.
    pub fn has_rejections(&self) -> bool {
        self.rejection.is_some()
            || self.responses.iter().any(Response::has_rejections)
            || self.reviews.iter().any(Review::has_rejections)
            || self.claim_views().iter().any(|view| !view.is_found())
    }

    /// All of it in a few words, in one line.
    pub fn in_short(&self) -> String {
        if let Some(rejection) = &self.rejection {
            return rejection.replace("\n  ", " ");
        }
        let mut words = Vec::new();
        for view in self.views() {
            words
                .extend(view.rejections.iter().map(|r| format!("AAA {}: {}", r.reason, r.meaning)));
            words.extend(view.coverage.iter().map(|c| match c.plan.is_empty() {
                true => c.status.clone(),
                false => format!("{}, {}", c.status, c.plan),
            }));
            let limits =
                [("deductible", LimitKind::Deductible), ("out of pocket", LimitKind::OutOfPocket)];
            for (name, kind) in limits {
                let row = view.limits(kind).first();
                words.extend(row.and_then(|row| row.in_short()).map(|s| format!("{name} {s}")));
            }
            words.extend(view.other_carriers.iter().map(|c| format!("{} is {}", c.name, c.order)));
        }
        words.extend(self.claim_views().iter().map(ClaimStatusView::in_short));
        words.extend(self.review_views().iter().map(ReviewView::in_short));
        words.join("; ")
    }
}

/// The errors a 999 names, a line each.
fn errors_in_words(root: LoopRef<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    // The IK3 that the IK4s after it belong to.
    let mut within = String::new();
    let mut open = vec![root];
    while let Some(here) = open.pop() {
        for segment in here.segments() {
            let text = |position| String::from_utf8_lossy(segment.value(position)).into_owned();
            match segment.tag().to_string().as_str() {
                "IK3" => {
                    within = format!("segment {} at position {}", text(1), text(2));
                    // 8, segment has data element errors: its IK4s say which.
                    if segment.value(4) != b"8" {
                        let words = code_and_words(element::SEGMENT_ERROR, segment.value(4));
                        lines.push(format!("{within}: {words}"));
                    }
                }
                "IK4" => lines.push(format!(
                    "{within}, element {}: {}",
                    text(1),
                    code_and_words(element::ELEMENT_ERROR, segment.value(3))
                )),
                // 5 and I5, one or more segments in error: its IK3s say which.
                "IK5" if segment.value(1) == b"R" => lines.extend(
                    segment
                        .elements()
                        .skip(1)
                        .filter(|e| !matches!(e.bytes, b"5" | b"I5" | b""))
                        .map(|e| code_and_words(element::SET_ERROR, e.bytes)),
                ),
                "AK9" if segment.value(1) == b"R" => lines.extend(
                    segment
                        .elements()
                        .skip(4)
                        .map(|e| code_and_words(element::GROUP_ERROR, e.bytes)),
                ),
                _ => {}
            }
        }
        let mut inner: Vec<_> = here.children().collect();
        inner.reverse();
        open.extend(inner);
    }
    lines
}

//! What came back to a claim or a document: 277CA and 824 as values, 999 and TA1 in words (J-08).

use std::fmt;

use serde::Serialize;
use utoipa::ToSchema;

use super::super::reply::read_replies;
use super::{category_words, status_words};
use crate::check::{InputPart, read_parts};
use crate::guide::Registry;
use crate::phi::redacted;
use crate::segments::{ClaimStatus, Reference, Trace};
use crate::tree::LoopRef;
use crate::txn::claim_ack::GUIDE_277CA;

/// A claim in a 277CA.
#[derive(Serialize, Clone, PartialEq, Eq)]
pub struct AcknowledgedClaim {
    /// The provider's number of it, CLM01.
    pub account: String,
    /// The payer's number of it; none when it was refused.
    pub number: Option<String>,
    /// True when it goes on to adjudication.
    pub accepted: bool,
    /// What is said of it.
    pub statuses: Vec<StatusWords>,
}

redacted!(AcknowledgedClaim { number, accepted });

/// A status and what it means.
#[derive(Serialize, ToSchema, Clone, PartialEq, Eq, Debug)]
pub struct StatusWords {
    /// Category, list 507.
    pub category: String,
    /// Status, list 508.
    pub status: String,
    /// About whom; mostly empty.
    pub entity: String,
    /// Both in words.
    pub words: String,
}

/// What came back.
#[derive(Default)]
pub struct ClaimReplies {
    /// The claims that the 277CAs list.
    pub claims: Vec<AcknowledgedClaim>,
    /// What the 277CAs refuse above the claims: a batch or a provider.
    pub refused: Vec<StatusWords>,
    /// What 824s say, in words.
    pub advice: Vec<String>,
    /// Sets that a 999 accepts.
    pub sets_accepted: u32,
    /// What a TA1 or a 999 says, when it rejects.
    pub rejection: Option<String>,
}

impl fmt::Debug for ClaimReplies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClaimReplies")
            .field("claims", &self.claims.len())
            .field("refused", &self.refused)
            .field("rejection", &self.rejection)
            .finish_non_exhaustive()
    }
}

impl ClaimReplies {
    /// What became of each claim in a few words, in one line; or why none was looked at.
    pub fn in_short(&self) -> String {
        if let Some(rejection) = &self.rejection {
            return rejection.replace("\n  ", " ");
        }
        let claim = |claim: &AcknowledgedClaim| match (&claim.number, claim.statuses.first()) {
            (Some(number), _) if claim.accepted => format!("claim accepted as {number}"),
            (_, Some(status)) if !claim.accepted => {
                let StatusWords { category, status, words, .. } = status;
                format!("claim refused, {category}:{status} {words}")
            }
            (_, _) => "claim accepted".to_owned(),
        };
        let refused = self.refused.iter().map(|refused| format!("refused, {}", refused.words));
        refused.chain(self.claims.iter().map(claim)).collect::<Vec<_>>().join("; ")
    }

    /// True where anything was refused.
    pub fn has_rejections(&self) -> bool {
        self.rejection.is_some()
            || !self.refused.is_empty()
            || !self.advice.is_empty()
            || self.claims.iter().any(|claim| !claim.accepted)
    }
}

/// Reads the replies to claims or documents: TA1, 999, 277CA and 824, in any number and order.
pub fn read_claim_replies(input: &[u8]) -> ClaimReplies {
    let mut replies =
        ClaimReplies { rejection: read_replies(input).rejection, ..ClaimReplies::default() };
    read_parts(input, Registry::embedded(), |part| {
        let InputPart::Set { root, report, guide, .. } = part else { return };
        match report.header.set.as_str() {
            "277" if guide.id.as_ref() == GUIDE_277CA => replies.read_claims(root),
            "824" => replies.read_advice(root),
            "999" => replies.read_acknowledgment(root),
            _ => {}
        }
    });
    replies
}

impl ClaimReplies {
    fn read_claims(&mut self, root: LoopRef<'_>) {
        for here in within(root) {
            match here.id() {
                "2200B" | "2200C" => {
                    let refused = here.all("STC").map(ClaimStatus::read);
                    let refused = refused.filter(|status| status.action == "U");
                    self.refused.extend(refused.flat_map(|status| statuses_in_words(&status)));
                }
                "2200D" => self.claims.push(claim(here)),
                _ => {}
            }
        }
    }

    fn read_advice(&mut self, root: LoopRef<'_>) {
        for here in within(root) {
            for ted in here.all("TED") {
                let part = |position| String::from_utf8_lossy(ted.value(position)).into_owned();
                let words = [part(1), part(2)];
                let words: Vec<String> =
                    words.into_iter().filter(|word| !word.is_empty()).collect();
                self.advice.push(words.join(" "));
            }
        }
    }

    fn read_acknowledgment(&mut self, root: LoopRef<'_>) {
        for here in within(root) {
            let accepted = here.all("IK5").filter(|ik5| matches!(ik5.value(1), b"A" | b"E"));
            self.sets_accepted += accepted.count() as u32;
        }
    }
}

/// A loop and all loops inside it, in order.
fn within(root: LoopRef<'_>) -> Vec<LoopRef<'_>> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(here) = found.get(next).copied() {
        let inner: Vec<_> = here.children().collect();
        next += 1;
        found.splice(next..next, inner);
    }
    found
}

fn claim(here: LoopRef<'_>) -> AcknowledgedClaim {
    let statuses: Vec<ClaimStatus> = within(here)
        .into_iter()
        .flat_map(|inner| inner.all("STC").map(ClaimStatus::read).collect::<Vec<_>>())
        .collect();
    let number = here.all("REF").map(Reference::read).find(|found| found.qualifier == "1K");
    AcknowledgedClaim {
        account: here.first("TRN").map(Trace::read).unwrap_or_default().number.into(),
        number: number.map(|found| found.value.into()),
        accepted: statuses.first().is_some_and(|status| status.action == "WQ"),
        statuses: statuses.iter().flat_map(statuses_in_words).collect(),
    }
}

/// The statuses of one STC, with their words.
pub(in crate::portal) fn statuses_in_words(status: &ClaimStatus) -> Vec<StatusWords> {
    let one = |code: &crate::segments::StatusCode| {
        let said = [category_words(code.category.as_str()), status_words(code.code.as_str())];
        let said: Vec<String> = said.into_iter().filter(|part| !part.is_empty()).collect();
        StatusWords {
            category: code.category.to_string(),
            status: code.code.to_string(),
            entity: code.entity.to_string(),
            words: said.join(": "),
        }
    };
    status.statuses.iter().map(one).collect()
}

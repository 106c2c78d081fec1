//! The table of sets that are answered or otherwise accepted.

use std::sync::Arc;

use super::SetResponder;
use super::attachment::AttachmentService;
use super::claim_status::ClaimStatusService;
use super::eligibility::EligibilityService;
use super::enrollment::EnrollmentService;
use super::remittance::RemittanceService;
use super::review::{
    DecisionService, Inquiries, Notifications, Requests, ReviewService, ReviewShared,
};
use crate::acknowledge::ReplyKind;
use crate::config::{Config, Intake, Remittances};
use crate::partner::{Lane, Partner};
use crate::store::{Result, Stores};

/// Sets of claims, which are acknowledged claim by claim.
const CLAIMS: &str = "837";

/// Remittance advice, which not every partner may have loaded.
const REMITTANCE: &str = "835";

/// Enrollment, likewise.
const ENROLLMENT: &str = "834";

/// Sets that are only acknowledged: answers from others, acknowledgments, and what this partner may not have loaded.
const NOTED: [&str; 7] = ["271", "277", "834", "835", "824", "997", "999"];

/// Everything that is answered, each kind of set once. Read again when the plans in the store change.
///
/// # Errors
/// The store could not be read.
pub async fn responders(stores: &Stores, config: &Config) -> Result<Vec<Arc<dyn SetResponder>>> {
    let plans = stores.plans.all().await?;
    let remittance = RemittanceService::new(plans.clone());
    let enrollment = EnrollmentService::new(&plans);
    let reviews = ReviewShared::new(plans.clone(), config);
    let eligibility = EligibilityService::new(plans, &config.eligibility);
    eligibility.warn_of_plans();
    let attachments = AttachmentService::new(config.archive.open()).with_reviews(reviews.clone());
    Ok(vec![
        Arc::new(eligibility),
        Arc::new(ClaimStatusService),
        Arc::new(attachments),
        Arc::new(remittance),
        Arc::new(enrollment),
        Arc::new(ReviewService::<Requests>::new(reviews.clone())),
        Arc::new(ReviewService::<Inquiries>::new(reviews.clone())),
        Arc::new(ReviewService::<Notifications>::new(reviews.clone())),
        Arc::new(DecisionService::new(reviews)),
    ])
}

/// What is done with a set.
#[derive(Clone, Copy, Debug)]
pub enum Treatment<'t> {
    /// It is answered.
    Answered(&'t Arc<dyn SetResponder>),
    /// Its claims are acknowledged one by one.
    ClaimsAcknowledged,
    /// It is acknowledged, and nothing else.
    Noted,
    /// It is rejected as a set that is not accepted here.
    Refused,
}

/// Which sets are accepted, and what is done with them.
#[derive(Debug)]
pub struct SetTable {
    responders: Vec<Arc<dyn SetResponder>>,
}

impl SetTable {
    /// A table of these; of two that answer one set of one guide the later is used.
    pub fn new(responders: Vec<Arc<dyn SetResponder>>) -> SetTable {
        SetTable { responders }
    }

    /// What is done with this set (ST01 and ST03) when the partner sends it in this lane.
    pub fn treatment(
        &self,
        (set, guide): (&str, &str),
        partner: &Partner,
        lane: Lane,
    ) -> Treatment<'_> {
        if !partner.may_send(set, lane) {
            return Treatment::Refused;
        }
        let loads = match set {
            REMITTANCE => partner.claims.remittances == Remittances::Load,
            ENROLLMENT => partner.enrollment.load,
            _ => true,
        };
        let answers = |responder: &&Arc<dyn SetResponder>| {
            let of_guide = responder.guide().is_empty() || responder.guide() == guide;
            responder.set() == set && of_guide && loads && responder.serves(partner)
        };
        match self.responders.iter().rev().find(answers) {
            Some(responder) => Treatment::Answered(responder),
            None if set == CLAIMS && SetTable::takes_claims(partner) => {
                Treatment::ClaimsAcknowledged
            }
            None if NOTED.contains(&set) => Treatment::Noted,
            None => Treatment::Refused,
        }
    }

    /// True when the claims of this partner are checked and acknowledged.
    pub fn takes_claims(partner: &Partner) -> bool {
        partner.claims.intake != Intake::Refuse
    }

    /// True when they are also stored in the claim ledger.
    pub fn stores_claims(partner: &Partner) -> bool {
        partner.claims.intake == Intake::Ledger
    }

    /// The kind of reply with this name, as the store has it.
    pub fn kind(&self, name: &str) -> Option<ReplyKind> {
        let answers = self.responders.iter().map(|responder| responder.reply());
        let mut kinds = ReplyKind::ACKNOWLEDGMENTS.into_iter().chain(answers);
        kinds.find(|kind| kind.name == name)
    }
}

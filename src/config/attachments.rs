//! `[attachments]`: documents about claims (275), disputes, and requests for information (277).

use serde::{Deserialize, Serialize};

use crate::txn::claim_ack::Status;

/// How documents, disputes and requests are treated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttachmentPolicy {
    /// Days that a document waits for the claim that announces it.
    pub wait_days: u32,
    /// The category (STC01-1 in a 275) by which its documents dispute a decision.
    pub dispute_category: String,
    /// The status of a claim with an open dispute.
    pub dispute_status: String,
    /// The status of a claim whose decision is to be changed after a dispute.
    pub overturned_status: String,
    /// Days after the decision in which it may be disputed; 0 for no limit.
    pub dispute_days: u32,
    /// The category of a request for information.
    pub request_category: String,
    /// The status of a claim that waits for information.
    pub request_status: String,
    /// The status of a claim once the information has come.
    pub answered_status: String,
    /// Days that the answer is waited for, where a request does not say.
    pub request_days: u32,
}

impl Default for AttachmentPolicy {
    fn default() -> Self {
        AttachmentPolicy {
            wait_days: 10,
            dispute_category: "R10".to_owned(),
            dispute_status: "P2:46".to_owned(),
            overturned_status: "P1:20".to_owned(),
            dispute_days: 90,
            request_category: "R4".to_owned(),
            request_status: "P3:123:1P".to_owned(),
            answered_status: "P2:46".to_owned(),
            request_days: 45,
        }
    }
}

impl AttachmentPolicy {
    pub(crate) fn check(&self) -> Result<(), String> {
        let statuses = [
            ("dispute_status", &self.dispute_status),
            ("overturned_status", &self.overturned_status),
            ("request_status", &self.request_status),
            ("answered_status", &self.answered_status),
        ];
        for (name, status) in statuses {
            if Status::parse(status).is_none() {
                return Err(format!("attachments.{name} must be a status such as P2:46"));
            }
        }
        for (name, category) in [
            ("dispute_category", &self.dispute_category),
            ("request_category", &self.request_category),
        ] {
            let digits = category.strip_prefix('R').and_then(|rest| rest.parse::<u8>().ok());
            if digits.is_none_or(|number| number > 17) {
                return Err(format!("attachments.{name} must be a category from R0 to R17"));
            }
        }
        if self.dispute_category == self.request_category {
            return Err("attachments.dispute_category and request_category must differ".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_status_and_no_category_is_refused() {
        assert_eq!(AttachmentPolicy::default().check(), Ok(()));
        let of = |change: fn(&mut AttachmentPolicy)| {
            let mut policy = AttachmentPolicy::default();
            change(&mut policy);
            policy.check()
        };
        assert!(of(|policy| policy.dispute_status = "46".to_owned()).is_err());
        assert!(of(|policy| policy.answered_status = String::new()).is_err());
        assert!(of(|policy| policy.dispute_category = "R18".to_owned()).is_err());
        assert!(of(|policy| policy.request_category = "P3".to_owned()).is_err());
        assert!(of(|policy| policy.request_category = "R10".to_owned()).is_err());
    }
}

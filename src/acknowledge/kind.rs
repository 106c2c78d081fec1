//! The kinds of reply: one row for each.

use std::fmt;

use crate::txn::ack::GUIDE_999;
use crate::txn::claim_ack::GUIDE_277CA;
use crate::txn::envelope::GroupForm;

/// A kind of reply. Kinds are ordered as they are sent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReplyKind {
    /// Its place among the replies to one interchange; answers to sets begin at [`ReplyKind::FIRST_ANSWER`].
    pub order: u8,
    /// Its name in the store and in the log, and the ending of its files.
    pub name: &'static str,
    /// GS01 of its groups; empty where it has none.
    pub functional: &'static str,
    /// GS08 of its groups, which is the guide its sets follow; empty where it has none.
    pub version: &'static str,
}

impl ReplyKind {
    /// The interchange acknowledgment.
    pub const TA1: ReplyKind = ReplyKind { order: 0, name: "ta1", functional: "", version: "" };

    /// The implementation acknowledgment.
    pub const ACK_999: ReplyKind =
        ReplyKind { order: 1, name: "999", functional: "FA", version: GUIDE_999 };

    /// The claim acknowledgment, for claims received.
    pub const ACK_277CA: ReplyKind =
        ReplyKind { order: 2, name: "277ca", functional: "HN", version: GUIDE_277CA };

    /// Every kind that acknowledges, in the order they are sent. Modules that answer sets add kinds of their own.
    pub const ACKNOWLEDGMENTS: [ReplyKind; 3] =
        [ReplyKind::TA1, ReplyKind::ACK_999, ReplyKind::ACK_277CA];

    /// The order of the first kind that answers a set.
    pub const FIRST_ANSWER: u8 = 10;

    /// The functional identifier and guide of its groups.
    pub fn group_form(&self) -> GroupForm {
        GroupForm { functional: self.functional, version: self.version }
    }
}

impl fmt::Display for ReplyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

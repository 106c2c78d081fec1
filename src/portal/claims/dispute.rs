//! The form of a dispute: the provider's reason and a document, as a 275 (J-02).

use crate::phi::redacted;
use crate::segments::{Dated, Name, Reference, Sent, Trace};
use crate::store::ClaimVersion;
use crate::txn::attachment::{GUIDE_275, Item, Submission, Wanted, form_of};
use crate::txn::claim::Claim;
use crate::txn::envelope::{EnvelopeWriter, GroupForm, write_ge, write_iea};
use crate::wire::{Code, EmitError};

/// Groups of documents.
const GROUP: GroupForm = GroupForm { functional: "PI", version: GUIDE_275 };

/// The form, filled in.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct DisputeForm {
    /// What the provider says.
    pub reason: String,
    /// Documents.
    pub documents: Vec<Vec<u8>>,
    /// The category that the payer takes for a dispute, `R10`.
    pub category: String,
    /// What the documents are, a status of the list 508.
    pub code: String,
    /// The provider's own number for it, which the documents are kept under.
    pub reference: String,
}

redacted!(DisputeForm { category, code });

impl DisputeForm {
    /// The interchange that brings it: a 275 about the claim in this envelope, all of it under this control number.
    ///
    /// # Errors
    /// Text that cannot be written.
    pub fn interchange(
        &self,
        version: &ClaimVersion,
        claim: &Claim,
        envelope: &EnvelopeWriter,
        control: u32,
    ) -> Result<Vec<u8>, EmitError> {
        let set = self.submission(version, claim, envelope);
        let mut out = envelope.emitter();
        envelope.isa(&mut out, control)?;
        envelope.gs(&mut out, GROUP, control)?;
        set.write(&mut out)?;
        write_ge(&mut out, 1, control)?;
        write_iea(&mut out, 1, control)?;
        Ok(out.into_bytes())
    }

    fn submission(
        &self,
        version: &ClaimVersion,
        claim: &Claim,
        envelope: &EnvelopeWriter,
    ) -> Submission {
        let wanted = Wanted {
            category: Code::from(self.category.as_str()),
            code: self.code.as_str().into(),
            ..Wanted::default()
        };
        let item = |document: &[u8]| Item {
            trace: Trace {
                kind: Code::from("2"),
                number: version.number.clone(),
                ..Trace::default()
            },
            wanted: vec![wanted.clone()],
            submitted: Sent::Value(envelope.at.date()),
            form: form_of(document),
            documents: vec![document.to_vec()],
            ..Item::default()
        };
        let mut items = vec![item(self.reason.as_bytes())];
        items.extend(self.documents.iter().map(|document| item(document)));
        let provider = Name { entity: Code::from("1P"), ..claim.provider.name.clone() };
        let patient = Name {
            entity: Code::from("QC"),
            kind: Code::from("1"),
            id_qualifier: Code::from("MI"),
            id: version.patient.member_id.clone(),
            ..claim.treated().name.clone()
        };
        Submission {
            control: "0001".into(),
            purpose: Code::from("02"),
            reference: self.reference.as_str().into(),
            date: Sent::Value(envelope.at.date()),
            time: Sent::Value(envelope.at.time()),
            payer: Name { entity: Code::from("PR"), ..claim.payer.clone() },
            submitter: Name::organization(
                "41",
                &claim.provider.name.last,
                "46",
                &envelope.sender.id,
            ),
            provider,
            patient,
            references: vec![Reference {
                qualifier: Code::from("EJ"),
                value: version.account.clone(),
                description: "".into(),
            }],
            service: Some(Dated::between("472", version.from, version.to)),
            items,
            ..Submission::default()
        }
    }
}

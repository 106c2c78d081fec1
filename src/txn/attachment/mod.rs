//! Documents about a claim (275, 005010X210), sent with it or in answer to a request: read and written.

mod read;
#[cfg(test)]
mod tests;
mod write;

use time::{Date, Time};

use crate::phi::redacted;
use crate::segments::{
    Contact, Dated, Name, PostalAddress, ProviderRole, Reference, Sent, Trace, find,
};
use crate::wire::Code;

/// The guide of the 275.
pub const GUIDE_275: &str = "005010X210";

/// One 275 set: documents of one provider about one claim.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Submission {
    /// ST02.
    pub control: Box<str>,
    /// BGN01: `02` sent without a request, `11` in answer to one.
    pub purpose: Code,
    /// BGN02, the sender's number for it.
    pub reference: Box<str>,
    /// BGN03.
    pub date: Sent<Date>,
    /// BGN04.
    pub time: Sent<Time>,
    /// Loop 1000A.
    pub payer: Name,
    /// Whom to ask at the payer.
    pub contact: Option<Contact>,
    /// Loop 1000B.
    pub submitter: Name,
    /// Loop 1000C.
    pub provider: Name,
    /// PRV of the provider.
    pub specialty: Option<ProviderRole>,
    /// REF of the provider.
    pub provider_references: Vec<Reference>,
    /// Loop 1100C.
    pub address: Option<PostalAddress>,
    /// Loop 1000D.
    pub patient: Name,
    /// REF of the claim: `EJ` the provider's number of it, `BLT`, `EA`, `D9`.
    pub references: Vec<Reference>,
    /// DTP*472, the days of service.
    pub service: Option<Dated>,
    /// Loop 2000A.
    pub items: Vec<Item>,
}

redacted!(Submission { control, purpose });

impl Submission {
    /// True for the answer to a request.
    pub fn is_answer(&self) -> bool {
        self.purpose == "11"
    }

    /// REF*EJ, the provider's number of the claim; empty where there is none.
    pub fn account(&self) -> &str {
        find(&self.references, "EJ").unwrap_or("")
    }

    /// How many documents it brings.
    pub fn documents(&self) -> usize {
        self.items.iter().map(|item| item.documents.len()).sum()
    }
}

/// What belongs to one number: loop 2000A.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Item {
    /// TRN: `1` with the provider's number of the attachment, `2` with the payer's number of the request or claim.
    pub trace: Trace,
    /// STC: what was asked for.
    pub wanted: Vec<Wanted>,
    /// REF*FJ: line control numbers.
    pub lines: Vec<Reference>,
    /// Loop 2100A: days of service.
    pub service: Option<Dated>,
    /// DTP*368, when the documents were submitted.
    pub submitted: Sent<Date>,
    /// CAT02, the form of the documents: `TX` text, `HL` HL7, `IA` image, `MB` bytes of any kind.
    pub form: Code,
    /// BIN02: the bytes of each document.
    pub documents: Vec<Vec<u8>>,
}

redacted!(Item {});

impl Item {
    /// True when this category of request is named.
    pub fn has_category(&self, category: &str) -> bool {
        self.wanted.iter().any(|wanted| wanted.category == category)
    }
}

/// What is asked for: a composite of an STC in a 275 or in a request.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// The category, `R0` to `R17`.
    pub category: Code,
    /// A LOINC code, or else a status of the list 508.
    pub code: Box<str>,
    /// About whom.
    pub entity: Code,
    /// `LOI` for a LOINC code; empty for a status.
    pub list: Code,
}

impl Wanted {
    /// A document by its LOINC code.
    pub fn loinc(category: &str, code: &str) -> Wanted {
        Wanted {
            category: Code::from(category),
            code: code.into(),
            entity: Code::NONE,
            list: Code::from("LOI"),
        }
    }

    /// The components as they are written.
    pub(super) fn components(&self) -> [&str; 4] {
        [self.category.as_str(), &self.code, self.entity.as_str(), self.list.as_str()]
    }
}

/// The media type of a document, by its first bytes and else by its form (CAT02).
pub fn media_type(form: Code, content: &[u8]) -> &'static str {
    const SIGNATURES: [(&[u8], &str); 6] = [
        (b"%PDF-", "application/pdf"),
        (b"\x89PNG\r\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
        (b"<?xml", "application/xml"),
    ];
    let signed = SIGNATURES.iter().find(|(begin, _)| content.starts_with(begin));
    match (signed, form.as_str()) {
        (Some((_, media)), _) => media,
        (None, "TX") => "text/plain",
        (None, "HL") => "application/xml",
        (None, _) => "application/octet-stream",
    }
}

/// The form (CAT02) of a document with these bytes: text where all of it can be read as such.
pub fn form_of(content: &[u8]) -> Code {
    let is_text = std::str::from_utf8(content)
        .is_ok_and(|text| text.chars().all(|c| !c.is_control() || c.is_ascii_whitespace()));
    let media = media_type(Code::NONE, content);
    Code::from(match (media, is_text) {
        ("application/xml", _) => "HL",
        ("image/png" | "image/jpeg" | "image/tiff", _) => "IA",
        ("application/octet-stream", true) => "TX",
        _ => "MB",
    })
}

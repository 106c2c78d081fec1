//! From the loops of a 275 to its values.

use super::{Item, Submission, Wanted};
use crate::segments::text::text;
use crate::segments::{Contact, Dated, Name, PostalAddress, ProviderRole, Reference, Sent, Trace};
use crate::tree::LoopRef;
use crate::wire::value::{date_d8, time_tm};
use crate::wire::{Code, Segment};

/// The elements of STC that say what is asked for.
const POSITIONS: [usize; 3] = [1, 10, 11];

impl Submission {
    /// Reads a walked 275. Never fails: what does not fit is left out.
    pub fn read(set: LoopRef<'_>) -> Submission {
        let mut read = Submission::default();
        if let Some(st) = set.first("ST") {
            read.control = text(st.value(2));
        }
        if let Some(bgn) = set.first("BGN") {
            read.purpose = Code::from_bytes(bgn.value(1));
            read.reference = text(bgn.value(2));
            read.date = Sent::from_element(bgn.value(3), date_d8);
            read.time = Sent::from_element(bgn.value(4), time_tm);
        }
        for part in set.children() {
            match part.id() {
                "1000A" => {
                    read.payer = name(part);
                    read.contact = part.first("PER").map(Contact::read);
                }
                "1000B" => read.submitter = name(part),
                "1000C" => read.read_provider(part),
                "1000D" => {
                    read.patient = name(part);
                    read.references = part.all("REF").map(Reference::read).collect();
                    read.service = part.first("DTP").map(Dated::read);
                }
                "2000A" => read.items.push(Item::read(part)),
                _ => {}
            }
        }
        read
    }

    fn read_provider(&mut self, part: LoopRef<'_>) {
        self.provider = name(part);
        self.specialty = part.first("PRV").map(ProviderRole::read);
        self.provider_references = part.all("REF").map(Reference::read).collect();
        if let Some(address) = part.child("1100C") {
            self.address = PostalAddress::read(address.first("N3"), address.first("N4"));
        }
    }
}

impl Item {
    fn read(part: LoopRef<'_>) -> Item {
        let mut item = Item {
            trace: part.first("TRN").map(Trace::read).unwrap_or_default(),
            wanted: part.all("STC").flat_map(Wanted::read).collect(),
            lines: part.all("REF").map(Reference::read).collect(),
            service: part.child("2100A").and_then(|dates| dates.first("DTP")).map(Dated::read),
            submitted: Sent::Absent,
            form: Code::NONE,
            documents: Vec::new(),
        };
        for attachment in part.loops("2100B") {
            if let Some(dtp) = attachment.first("DTP") {
                item.submitted = Sent::from_element(dtp.value(3), date_d8);
            }
            if let Some(cat) = attachment.first("CAT") {
                item.form = Code::from_bytes(cat.value(2));
            }
            for document in attachment.loops("2110B") {
                let binary = document.first("BIN").and_then(|bin| bin.binary());
                item.documents.extend(binary.map(|binary| binary.data.to_vec()));
            }
        }
        item
    }
}

impl Wanted {
    /// Reads STC: up to three.
    pub(in crate::txn) fn read(stc: Segment<'_>) -> impl Iterator<Item = Wanted> {
        POSITIONS.into_iter().filter_map(move |position| {
            let part = |component| stc.component(position, component);
            let code = text(part(2));
            (!code.is_empty()).then(|| Wanted {
                category: Code::from_bytes(part(1)),
                code,
                entity: Code::from_bytes(part(3)),
                list: Code::from_bytes(part(4)),
            })
        })
    }
}

fn name(part: LoopRef<'_>) -> Name {
    part.first("NM1").map(Name::read).unwrap_or_default()
}

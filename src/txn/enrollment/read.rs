//! Reads the 834.

use super::{Coverage, Enrollment, Header, Member, OtherCoverage, Party, Provider};
use crate::segments::text::text;
use crate::segments::{Dated, Demographics, Name, PostalAddress, Reference, Sent};
use crate::tree::LoopRef;
use crate::wire::value::{date_d8, time_tm, whole_number};
use crate::wire::{Code, Segment};

impl Enrollment {
    /// Reads a walked 834. Never fails: what does not fit is left out.
    pub fn read(set: LoopRef<'_>) -> Enrollment {
        Enrollment { header: Header::read(set), members: Member::read_all(set).collect() }
    }
}

impl Header {
    /// Reads what is said of the file as a whole. `set` is the outermost loop.
    pub fn read(set: LoopRef<'_>) -> Header {
        let mut header = Header::default();
        for segment in set.segments() {
            match segment.tag_bytes() {
                b"ST" => header.control = text(segment.value(2)),
                b"BGN" => {
                    header.reference = text(segment.value(2));
                    header.date = Sent::from_element(segment.value(3), date_d8);
                    header.time = Sent::from_element(segment.value(4), time_tm);
                    header.action = Code::from_bytes(segment.value(8));
                }
                b"REF" => header.policy = text(segment.value(2)),
                b"DTP" => header.dates.push(Dated::read(segment)),
                _ => {}
            }
        }
        let party = |id| set.child(id).and_then(|here| here.first("N1")).map(Party::read);
        header.sponsor = party("1000A").unwrap_or_default();
        header.payer = party("1000B").unwrap_or_default();
        header
    }
}

impl Party {
    fn read(n1: Segment<'_>) -> Party {
        Party {
            name: text(n1.value(2)),
            id_qualifier: Code::from_bytes(n1.value(3)),
            id: text(n1.value(4)),
        }
    }
}

impl Member {
    /// Reads the members of a set one after the other.
    pub fn read_all(set: LoopRef<'_>) -> impl Iterator<Item = Member> {
        set.loops("2000").map(Member::read)
    }

    fn read(here: LoopRef<'_>) -> Member {
        let mut member = Member { position: here.position(), ..Member::default() };
        for segment in here.segments() {
            match segment.tag_bytes() {
                b"INS" => member.read_ins(segment),
                b"REF" => member.references.push(Reference::read(segment)),
                b"DTP" => member.dates.push(Dated::read(segment)),
                _ => {}
            }
        }
        for inner in here.children() {
            match inner.id() {
                "2100A" => {
                    member.name = inner.first("NM1").map(Name::read).unwrap_or_default();
                    member.address = PostalAddress::read(inner.first("N3"), inner.first("N4"));
                    member.demographics = demographics(inner);
                }
                "2100B" => {
                    let name = inner.first("NM1").map(Name::read).unwrap_or_default();
                    member.before = Some((name, demographics(inner)));
                }
                "2300" => member.coverages.push(Coverage::read(inner)),
                _ => {}
            }
        }
        member
    }

    fn read_ins(&mut self, ins: Segment<'_>) {
        self.is_subscriber = ins.value(1) == b"Y";
        self.relationship = Code::from_bytes(ins.value(2));
        self.maintenance = Code::from_bytes(ins.value(3));
        self.reason = Code::from_bytes(ins.value(4));
        self.death = Sent::from_element(ins.value(12), date_d8);
        self.birth_sequence = Sent::from_element(ins.value(17), whole_number);
    }
}

fn demographics(here: LoopRef<'_>) -> Demographics {
    here.first("DMG").map(Demographics::read).unwrap_or_default()
}

impl Coverage {
    fn read(here: LoopRef<'_>) -> Coverage {
        let mut coverage = Coverage { position: here.position(), ..Coverage::default() };
        for segment in here.segments() {
            match segment.tag_bytes() {
                b"HD" => {
                    coverage.maintenance = Code::from_bytes(segment.value(1));
                    coverage.line = Code::from_bytes(segment.value(3));
                    coverage.plan = text(segment.value(4));
                }
                b"REF" => coverage.references.push(Reference::read(segment)),
                b"DTP" => coverage.dates.push(Dated::read(segment)),
                _ => {}
            }
        }
        for inner in here.children() {
            match inner.id() {
                "2310" => coverage.providers.push(Provider {
                    name: inner.first("NM1").map(Name::read).unwrap_or_default(),
                    since: inner
                        .first("PLA")
                        .map_or(Sent::Absent, |pla| Sent::from_element(pla.value(3), date_d8)),
                }),
                "2320" => coverage.others.push(OtherCoverage::read(inner)),
                _ => {}
            }
        }
        coverage
    }
}

impl OtherCoverage {
    fn read(here: LoopRef<'_>) -> OtherCoverage {
        let cob = here.first("COB");
        let value = |position| cob.map_or(&b""[..], |cob| cob.value(position));
        OtherCoverage {
            order: Code::from_bytes(value(1)),
            policy: text(value(2)),
            coordination: Code::from_bytes(value(3)),
            group: here
                .all("REF")
                .find(|reference| reference.value(1) == b"6P")
                .map(|reference| text(reference.value(2)))
                .unwrap_or_default(),
            dates: here.all("DTP").map(Dated::read).collect(),
            carrier: here
                .loops("2330")
                .filter_map(|carrier| carrier.first("NM1").map(Name::read))
                .find(|carrier| !carrier.last.is_empty()),
        }
    }
}

//! Enrollment (834): whole files of a sponsor's members and files of changes. The members are those of the synthetic store in
//! their order, subscribers before their dependents.

use std::ops::Range;

use super::SetSource;
use super::people::{OTHER_PAYERS, Organization, PAYER, Provider, gender};
use super::set_writer::{Result, SetWriter};
use super::text::{Short, day, numbered};
use crate::store::synthetic::{family_of, member};
use crate::store::{Member, Relationship};

/// Writes enrollment.
#[derive(Debug, Default)]
pub(super) struct Enrollments {
    /// True for a file of all members (BGN08 4), false for one of changes (2).
    whole: bool,
}

/// What happens to a member: INS03, INS04 and HD01.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Listed,
    Added,
    Changed,
    Corrected,
    Ended,
    Died,
    Reinstated,
}

impl Action {
    fn codes(self) -> (&'static str, &'static str) {
        match self {
            Action::Listed => ("030", "XN"),
            Action::Added => ("021", "28"),
            Action::Changed => ("001", "43"),
            Action::Corrected => ("001", "25"),
            Action::Ended => ("024", "07"),
            Action::Died => ("024", "03"),
            Action::Reinstated => ("025", "41"),
        }
    }
}

/// The member of an item.
struct Enrolled {
    member: Member,
    action: Action,
    /// On continued coverage after employment.
    continued: bool,
}

impl SetSource for Enrollments {
    fn counts_ahead(&self) -> bool {
        true
    }

    fn open(&mut self, writer: &mut SetWriter, number: u64, items: Range<u64>) -> Result {
        self.whole = writer.random.once_in(3);
        let today = day(writer.today);
        let zone = if writer.random.once_in(2) { "ET" } else { "" };
        writer
            .segment("BGN")
            .text("00")
            .text(numbered("ENR", number, 9).as_str())
            .text(today.as_str())
            .text(super::TIME)
            .text(zone)
            .skip_to(8)
            .text(if self.whole { "4" } else { "2" })
            .end()?;
        if writer.random.once_in(2) {
            writer.reference("38", "MASTER1")?;
        }
        writer.date("007", writer.ahead(1))?;
        let members = writer.members;
        let subscribers =
            items.clone().filter(|index| family_of(index % members).1 == 0).count() as u64;
        let all = items.end - items.start;
        if subscribers > 0 {
            writer.quantity("ET", subscribers)?;
        }
        if all > subscribers {
            writer.quantity("DT", all - subscribers)?;
        }
        writer.quantity("TO", all)?;
        let sponsor = Organization::draw(&mut writer.random, "EMPLOYER");
        named(writer, "P5", sponsor.name.as_str(), sponsor.tax.as_str())?;
        named(writer, "IN", PAYER.0, "991234567")?;
        if writer.random.once_in(3) {
            named(writer, "TV", "SAMPLE ADMINISTRATOR", "991231231")?;
            writer.segment("ACT").text("ACCOUNT1").end()?;
        }
        if writer.random.once_in(6) {
            named(writer, "BO", "SAMPLE BROKER", "991231232")?;
        }
        Ok(())
    }

    fn item(&mut self, writer: &mut SetWriter, index: u64) -> Result {
        let member = member(index % writer.members);
        let action = match writer.random.below(12) {
            _ if self.whole => Action::Listed,
            0..5 => Action::Added,
            5..8 => Action::Changed,
            8 => Action::Corrected,
            9 => Action::Ended,
            10 if writer.random.once_in(4) => Action::Died,
            10 => Action::Ended,
            _ => Action::Reinstated,
        };
        let continued =
            writer.random.once_in(30) && !matches!(action, Action::Ended | Action::Died);
        let enrolled = Enrolled { member, action, continued };
        enrolled.member(writer)?;
        enrolled.person(writer)?;
        enrolled.related(writer)?;
        enrolled.coverage(writer)
    }
}

/// N1 with a federal tax id.
fn named(writer: &mut SetWriter, entity: &str, name: &str, tax: &str) -> Result {
    writer.segment("N1").text(entity).text(name).text("FI").text(tax).end()
}

impl Enrolled {
    fn is_subscriber(&self) -> bool {
        self.member.relationship == Relationship::Myself
    }

    fn age(&self, writer: &SetWriter) -> i32 {
        writer.today.year() - self.member.birth.year()
    }

    /// INS, REF and DTP.
    fn member(&self, writer: &mut SetWriter) -> Result {
        let (maintenance, reason) = self.action.codes();
        let subscriber = self.is_subscriber();
        let relationship = match self.member.relationship {
            Relationship::Myself => "18",
            Relationship::Spouse => "01",
            Relationship::Child => "19",
            Relationship::Other => "G8",
        };
        let old = self.age(writer) >= 65;
        let medicare: &[&str] = if old { &["C", "0"] } else { &[] };
        let student = !subscriber && (18..24).contains(&self.age(writer));
        let handicapped = if writer.random.once_in(40) { "Y" } else { "" };
        let died = (self.action == Action::Died).then(|| day(writer.ago(20)));
        let twin = self.member.relationship == Relationship::Child && writer.random.once_in(25);
        let employment = match subscriber {
            true if self.continued || matches!(self.action, Action::Ended | Action::Died) => "TE",
            true => writer.random.pick(&["FT", "FT", "FT", "PT", "AC", "L1"]),
            false => "",
        };
        writer
            .segment("INS")
            .text(if subscriber { "Y" } else { "N" })
            .text(relationship)
            .text(maintenance)
            .text(reason)
            .text(if self.continued { "C" } else { "A" })
            .composite(medicare)
            .text(if self.continued { "1" } else { "" })
            .text(employment)
            .text(if student { "F" } else { "" })
            .text(handicapped)
            .text(if died.is_some() { "D8" } else { "" })
            .text(died.as_ref().map_or("", Short::as_str))
            .skip_to(17)
            .text(if twin { "2" } else { "" })
            .end()?;
        let number = &self.member.subscriber;
        writer.reference("0F", number)?;
        if writer.random.once_in(2) {
            writer.reference("1L", "GRP1042")?;
        }
        if writer.random.once_in(6) {
            writer.reference("17", "REPORT1")?;
        }
        if old {
            let beneficiary = numbered("1EG4TE5MK", writer.random.below(100), 2);
            writer.reference("F6", beneficiary.as_str())?;
        }
        if subscriber && writer.random.once_in(2) {
            writer.date("336", writer.ago(1500))?;
        }
        match self.action {
            Action::Added => writer.date("356", writer.ahead(1)),
            Action::Ended | Action::Died => writer.date("357", writer.ago(10)),
            Action::Changed | Action::Corrected => writer.date("303", writer.ahead(1)),
            Action::Listed | Action::Reinstated => Ok(()),
        }
    }

    /// Loops 2100A and 2100B.
    fn person(&self, writer: &mut SetWriter) -> Result {
        let corrected = self.action == Action::Corrected;
        let social = numbered("900", writer.random.below(1_000_000), 6);
        let id = if writer.random.once_in(2) { ("34", social.as_str()) } else { ("", "") };
        writer.member(if corrected { "74" } else { "IL" }, &self.member, id)?;
        if self.is_subscriber() && writer.random.once_in(2) {
            writer
                .segment("PER")
                .text("IP")
                .text("")
                .text("HP")
                .text("6175550144")
                .text("EM")
                .text("MEMBER@EXAMPLE.ORG")
                .end()?;
        }
        writer.home(&self.member)?;
        let birth = day(self.member.birth);
        let married = match self.member.relationship {
            Relationship::Spouse => "M",
            Relationship::Child => "I",
            _ => writer.random.pick(&["M", "I", "D", "R"]),
        };
        writer
            .segment("DMG")
            .text("D8")
            .text(birth.as_str())
            .text(gender(&self.member))
            .text(married)
            .end()?;
        if self.is_subscriber() && writer.random.once_in(8) {
            writer.segment("EC").text("08").end()?;
            writer.segment("ICM").text("4").text("4200").text("40").end()?;
        }
        if writer.random.once_in(10) {
            writer.amount("P3", 25_000)?;
        }
        if writer.random.once_in(15) {
            writer.segment("HLH").text("N").text("65").text("140").end()?;
        }
        if writer.random.once_in(10) {
            writer.segment("LUI").text("LD").text("SPA").text("").text("7").end()?;
        }
        if corrected {
            writer.person("70", (&self.member.last, "WRONG"), ("", ""))?;
            writer.segment("DMG").text("D8").text("19800116").text("U").end()?;
        }
        Ok(())
    }

    /// Loops 2100C to 2200: addresses and persons around the member, and disability.
    fn related(&self, writer: &mut SetWriter) -> Result {
        if writer.random.once_in(12) {
            writer.segment("NM1").text("31").text("1").end()?;
            writer.address("PO BOX 9", "BOSTON", "MA", "02110")?;
        }
        if self.is_subscriber() && writer.random.once_in(12) {
            writer.segment("NM1").text("36").text("2").text("SAMPLE EMPLOYER").end()?;
            if writer.random.once_in(2) {
                writer.contact("EP", "PERSONNEL")?;
                writer.address("2 WORK ST", "BOSTON", "MA", "02116")?;
            }
        }
        let child = self.member.relationship == Relationship::Child;
        if child && writer.random.once_in(12) {
            writer.segment("NM1").text("M8").text("2").text("SAMPLE COLLEGE").end()?;
            if writer.random.once_in(2) {
                writer.address("1 CAMPUS RD", "BOSTON", "MA", "02116")?;
            }
        }
        if child && writer.random.once_in(12) {
            writer.person("S3", ("ROE", "MARY"), ("", ""))?;
            writer.address("3 ELM ST", "BOSTON", "MA", "02110")?;
        }
        if writer.random.once_in(20) {
            writer.person("QD", ("ROE", "RICHARD"), ("", ""))?;
            writer.segment("PER").text("RP").text("").text("TE").text("6175550177").end()?;
        }
        if writer.random.once_in(60) {
            writer.segment("NM1").text("45").text("1").end()?;
            writer.address("1 DROP ST", "BOSTON", "MA", "02116")?;
        }
        if writer.random.once_in(60) {
            writer.segment("DSB").text("2").skip_to(7).text("DX").text("S8001XA").end()?;
            writer.date("360", writer.ago(60))?;
        }
        Ok(())
    }

    /// Loops 2300 to 2330, one for each kind of coverage, and 2700.
    fn coverage(&self, writer: &mut SetWriter) -> Result {
        let lines: &[&str] = match writer.random.below(4) {
            0 => &["HLT", "DEN", "VIS"],
            1 => &["HMO"],
            2 => &["PPO", "DEN"],
            _ => &["HLT"],
        };
        let level = if self.is_subscriber() {
            writer.random.pick(&["EMP", "FAM", "ESP", "ECH"])
        } else {
            ""
        };
        for (place, line) in lines.iter().enumerate() {
            let (maintenance, _) = self.action.codes();
            writer
                .segment("HD")
                .text(maintenance)
                .text("")
                .text(line)
                .text("PLAN A")
                .text(level)
                .end()?;
            match self.action {
                Action::Ended | Action::Died => {
                    writer.date("348", writer.ago(700))?;
                    writer.date("349", writer.ago(10))?;
                }
                Action::Listed => writer.date("348", writer.ago(700))?,
                _ => writer.date("348", writer.ahead(1))?,
            }
            if writer.random.once_in(4) {
                writer.amount("P3", 45_075)?;
            }
            if writer.random.once_in(8) {
                writer.amount("C1", 2_500)?;
            }
            if writer.random.once_in(4) {
                writer.reference("1L", "GRP1042")?;
            }
            if writer.random.once_in(25) {
                writer.reference("QQ", "12")?;
            }
            if self.action == Action::Added && writer.random.once_in(4) {
                writer.segment("IDC").text("PLAN A").text("H").text("1").end()?;
            }
            if *line == "HMO" && place == 0 {
                self.primary_care(writer)?;
            }
            if place == 0 && writer.random.once_in(15) {
                other_coverage(writer)?;
            }
        }
        if writer.random.once_in(10) {
            reported(writer)?;
        }
        Ok(())
    }

    /// Loop 2310.
    fn primary_care(&self, writer: &mut SetWriter) -> Result {
        writer.segment("LX").text("1").end()?;
        let who = Provider::draw(&mut writer.random);
        writer
            .segment("NM1")
            .text("P3")
            .text("1")
            .text(who.last)
            .text(who.first)
            .skip_to(8)
            .text("XX")
            .text(who.npi.as_str())
            .text("26")
            .end()?;
        if writer.random.once_in(4) {
            writer.address("3 EAST ST", "BOSTON", "MA", "02112")?;
            writer.segment("PER").text("IC").text("").text("TE").text("6175550166").end()?;
        }
        if self.action != Action::Changed {
            return Ok(());
        }
        let from = day(writer.ahead(1));
        writer.segment("PLA").text("2").text("1P").text(from.as_str()).text("").text("AH").end()
    }
}

/// Loops 2320 and 2330.
fn other_coverage(writer: &mut SetWriter) -> Result {
    let payer = writer.random.pick(&OTHER_PAYERS);
    let policy = numbered("X", writer.random.below(1_000_000_000), 9);
    let options = writer.random.pick(&["P", "S", "U"]);
    writer.segment("COB").text(options).text(policy.as_str()).text("1").text("1").end()?;
    if writer.random.once_in(2) {
        writer.reference("6P", "GRP900")?;
    }
    writer.date("344", writer.ago(300))?;
    writer
        .segment("NM1")
        .text("IN")
        .text("2")
        .text(payer.0)
        .skip_to(8)
        .text("FI")
        .text("994564564")
        .end()?;
    if writer.random.once_in(2) {
        writer.address("8 SIDE ST", "BOSTON", "MA", "02112")?;
        writer.segment("PER").text("CN").text("").text("TE").text("6175550177").end()?;
    }
    Ok(())
}

/// Loops 2700 and 2750 with what surrounds them.
fn reported(writer: &mut SetWriter) -> Result {
    writer.segment("LS").text("2700").end()?;
    writer.segment("LX").text("1").end()?;
    writer.segment("N1").text("75").text("LOCATION").end()?;
    writer.reference("17", "BRANCH1")?;
    writer.date("007", writer.ahead(1))?;
    writer.segment("LE").text("2700").end()
}

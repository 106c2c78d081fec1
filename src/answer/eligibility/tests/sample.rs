//! The Doe family, two plans and two providers, and a search over them as the store does it.

use super::*;
use crate::answer::eligibility::lookups::Found;
use crate::store::{
    Accumulator, AccumulatorKind, Address, Benefit, BenefitContact, Coverage, FamilyLimits, Gender,
    Level, Member, Network, OtherCoverage, PayerOrder, Pcp, Plan, PlanLimit, Provider,
    QuantityLimit, Relationship,
};
use rust_decimal::Decimal;
use time::Date;
use time::macros::date;

/// The data; tests change them at will.
pub(in super::super) struct Sample {
    pub(in super::super) files: Vec<MemberFile>,
    pub(in super::super) hmo: Plan,
    pub(in super::super) provider: Provider,
}

impl Sample {
    pub(super) fn new() -> Sample {
        let jane = member("01", "DOE", "Jane", date!(1980 - 01 - 15), Relationship::Myself);
        let jane = Member { address: Some(address()), ..jane };
        let john = member("02", "Doe", "John", date!(1979 - 07 - 04), Relationship::Spouse);
        let john = Member { gender: Gender::Male, ..john };
        let child = |suffix, first, birth| Member {
            own_id: false,
            ..member(suffix, "DOE", first, birth, Relationship::Child)
        };
        let twin = |suffix, first, place| Member {
            birth_sequence: Some(place),
            ..child(suffix, first, date!(2018 - 03 - 03))
        };
        let max = child("03", "MAX", date!(2015 - 05 - 05));
        let (ann, amy) = (twin("04", "ANN", 1), twin("05", "AMY", 2));
        let subscriber = Box::new(jane.clone());
        let file = |member: Member| MemberFile {
            subscriber: (member.relationship != Relationship::Myself).then(|| subscriber.clone()),
            member,
            coverage: vec![coverage("hmo", date!(2025 - 03 - 01), None)],
            accumulators: accumulators(),
            relatives: Vec::new(),
            other: Vec::new(),
        };
        Sample {
            files: [jane, john, max, ann, amy].map(file).into(),
            hmo: hmo(),
            provider: provider(),
        }
    }

    pub(in super::super) fn jane(&mut self) -> &mut MemberFile {
        &mut self.files[0]
    }

    pub(super) fn plans(&self) -> Vec<Plan> {
        let sco = Plan {
            id: "sco".into(),
            name: "Sample Senior Care Options".into(),
            insurance_type: "HN".into(),
            no_cost_share: true,
            ..self.hmo.clone()
        };
        vec![self.hmo.clone(), sco]
    }

    /// Finds as the store does.
    pub(super) fn find(&self, plan: &SearchPlan) -> Found {
        let hits = |search: &MemberSearch| {
            self.files.iter().filter(|file| is_hit(&file.member, search)).cloned().collect()
        };
        let provider = |id: &str| (id == &*self.provider.npi).then(|| self.provider.clone());
        Found {
            members: plan.members.iter().map(hits).collect(),
            families: std::iter::once(("123000001".into(), self.files.clone())).collect(),
            providers: plan.providers.iter().map(|id| provider(id)).collect(),
        }
    }
}

fn is_hit(member: &Member, search: &MemberSearch) -> bool {
    match search {
        MemberSearch::Id(id) => {
            let bare = id.strip_prefix(&*member.prefix).unwrap_or(id);
            let suffix = bare.strip_prefix(&*member.subscriber);
            suffix.is_some_and(|suffix| suffix.is_empty() || suffix == &*member.suffix)
        }
        MemberSearch::Name { last, first, birth } => {
            normalise_name(&member.last) == **last
                && normalise_name(&member.first) == **first
                && member.birth == *birth
        }
        MemberSearch::Other { qualifier, value } => {
            &**qualifier == "HJ" && member.card.as_deref() == Some(value)
        }
    }
}

pub(super) fn dollars(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn address() -> Address {
    Address {
        line1: "2 Elm St".into(),
        line2: None,
        city: "Boston".into(),
        state: "MA".into(),
        zip: "02111".into(),
    }
}

fn member(
    suffix: &str,
    last: &str,
    first: &str,
    birth: Date,
    relationship: Relationship,
) -> Member {
    Member {
        prefix: "S".into(),
        subscriber: "123000001".into(),
        suffix: suffix.into(),
        own_id: true,
        relationship,
        last: last.into(),
        first: first.into(),
        middle: None,
        generation: None,
        birth,
        death: None,
        gender: Gender::Female,
        birth_sequence: None,
        address: None,
        ssn: Some("900123456".into()),
        card: Some(format!("CARD{suffix}").into()),
        medicare_id: None,
    }
}

pub(in super::super) fn coverage(plan: &str, begin: Date, end: Option<Date>) -> Coverage {
    Coverage {
        plan: plan.into(),
        begin,
        end,
        group: Some("G100".into()),
        group_name: Some("Sample Mills".into()),
        pending: false,
        pcp: Some(Pcp {
            npi: "1245319599".into(),
            last: "ROE".into(),
            first: Some("RICHARD".into()),
            since: Some(date!(2025 - 06 - 01)),
            unit_id: Some("U77".into()),
            unit_name: Some("Sample Physicians".into()),
            telephone: None,
            address: None,
        }),
        updated: Some(date!(2025 - 12 - 20)),
    }
}

/// The portal's own example: 3,222.98 of 3,500 and 3,655.54 of 7,000 met in 2026.
fn accumulators() -> Vec<Accumulator> {
    let row = |kind, level, year, used: &str| Accumulator {
        kind,
        level,
        network: Network::In,
        year_begin: Date::from_ordinal_date(year, 1).unwrap(),
        used: dollars(used),
        as_of: (year == 2026).then_some(date!(2026 - 01 - 04)),
    };
    use AccumulatorKind::{Deductible, OutOfPocket};
    vec![
        row(Deductible, Level::Individual, 2026, "3222.98"),
        row(Deductible, Level::Family, 2026, "3655.54"),
        row(Deductible, Level::Individual, 2025, "3500.00"),
        row(OutOfPocket, Level::Individual, 2026, "3500.01"),
        row(AccumulatorKind::Limit("AE".into()), Level::Individual, 2026, "18"),
    ]
}

pub(in super::super) fn benefit(types: &[&str]) -> Benefit {
    Benefit {
        service_types: types.iter().map(|t| Box::from(*t)).collect(),
        network: Network::In,
        copay: None,
        copay_per: None,
        coinsurance: None,
        limit: None,
        authorization: None,
        procedures: Vec::new(),
        deductible: None,
        note: None,
        places: Vec::new(),
        deductible_first: None,
        terms: crate::store::SpecialTerms::default(),
    }
}

fn hmo() -> Plan {
    let limit = |kind, level, network, amount: &str| PlanLimit {
        kind,
        level,
        network,
        amount: dollars(amount),
    };
    let visit = || Some("27".into());
    use AccumulatorKind::{Deductible, OutOfPocket};
    Plan {
        id: "hmo".into(),
        name: "Sample HMO".into(),
        product: "commercial".into(),
        insurance_type: "HM".into(),
        year_begin: (1, 1),
        needs_pcp: true,
        limits: vec![
            limit(Deductible, Level::Individual, Network::In, "3500"),
            limit(Deductible, Level::Family, Network::In, "7000"),
            limit(Deductible, Level::Individual, Network::Out, "5000"),
            limit(OutOfPocket, Level::Individual, Network::In, "3400"),
        ],
        benefits: vec![
            Benefit { copay: Some(dollars("25")), copay_per: visit(), ..benefit(&["98", "UC"]) },
            Benefit {
                coinsurance: Some(dollars("0.4")),
                network: Network::Out,
                ..benefit(&["98"])
            },
            Benefit { copay: Some(dollars("0")), ..benefit(&["BZ", "81"]) },
            Benefit { coinsurance: Some(dollars("0.2")), ..benefit(&["50", "13"]) },
            Benefit {
                copay: Some(dollars("250.50")),
                copay_per: Some("36".into()),
                ..benefit(&["48"])
            },
            Benefit { copay: Some(dollars("100")), ..benefit(&["47", "86"]) },
            Benefit { copay: Some(dollars("20")), ..benefit(&["MH"]) },
            Benefit {
                coinsurance: Some(dollars("0.2")),
                authorization: Some(true),
                ..benefit(&["DM"])
            },
            Benefit {
                authorization: Some(true),
                note: Some("call first".into()),
                ..benefit(&["56"])
            },
            Benefit {
                copay: Some(dollars("30")),
                limit: Some(QuantityLimit {
                    unit: "VS".into(),
                    quantity: dollars("30"),
                    per: "23".into(),
                }),
                ..benefit(&["AE", "AD"])
            },
            Benefit {
                copay: Some(dollars("75")),
                authorization: Some(true),
                procedures: vec![("HC".into(), "G010".into())],
                ..benefit(&["62"])
            },
        ],
        not_covered: vec!["35".into(), "AL".into(), "33".into()],
        contacts: vec![BenefitContact {
            service_types: vec!["88".into(), "92".into()],
            entity: "VN".into(),
            name: "Sample Pharmacy Benefits".into(),
            telephone: Some("6175550111".into()),
        }],
        disclaimer: "Not a guarantee of payment.".into(),
        no_cost_share: false,
        family_limits: FamilyLimits::Embedded,
        closed_network: false,
        limit_note: "".into(),
    }
}

fn provider() -> Provider {
    Provider {
        npi: "1234567893".into(),
        payer_id: None,
        last: "Sample Clinic".into(),
        first: None,
        tin: None,
        ssn_last_four: None,
        may_inquire: true,
        enrolled: (None, None),
        locations: Vec::new(),
        taxonomies: Vec::new(),
        networks: Vec::new(),
    }
}

pub(in super::super) fn other(order: PayerOrder, workers_compensation: bool) -> OtherCoverage {
    OtherCoverage {
        carrier: "Other Carrier".into(),
        carrier_id: Some("12345".into()),
        order,
        policy: Some("POL9".into()),
        begin: Some(date!(2025 - 01 - 01)),
        end: Some(date!(2026 - 12 - 31)),
        workers_compensation,
        group: None,
        insured_last: None,
        insured_first: None,
    }
}

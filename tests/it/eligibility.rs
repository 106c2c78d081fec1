//! What the demonstration payer says of benefits: every service type that plans have to answer, in every plan and network,
//! against the plans' own file; and the members who are there for a case each.

use std::sync::Arc;

use bytes::Bytes;
use x12gate::config::Config;
use x12gate::finding::Policy;
use x12gate::gateway::{Delivery, FixedClock, Gateway, Lane};
use x12gate::guide::Registry;
use x12gate::store::{Stores, demo};

/// Plans, and a member of each: id, last and first name, birth date.
const MEMBERS: [(&str, [&str; 4]); 9] = [
    ("HMO-1", ["S12300000101", "SAMPLE", "MARY", "19800115"]),
    ("POS-1", ["S12300000201", "DOE", "JOHN", "19720630"]),
    ("PPO-1", ["S12300002101", "RETRO", "RITA", "19880303"]),
    ("EPO-1", ["S12300002901", "JULY", "JULIA", "19910701"]),
    ("HDHP-1", ["S12300001701", "", "", ""]),
    ("MADV-1", ["S12300001801", "", "", ""]),
    ("PUB-1", ["N12300002801", "PUBLIC", "PABLO", "20010121"]),
    ("SCO-1", ["S12300001101", "", "", ""]),
    ("AGG-1", ["S12300003301", "SHARED", "SHARON", "19840414"]),
];

/// The service types of the operating rules, for 30 and by their own codes.
const REQUIRED: &str = "1 2 4 5 6 7 8 12 13 18 20 33 35 40 42 45 47 48 50 51 52 53 62 65 68 73 76 78 80 81 82 86 88 93 98 99 \
    A0 A3 A6 A7 A8 AD AE AF AG AI AL BG BH MH UC";

/// Those of which the rules do not ask what they cost.
const DISCRETIONARY: &str = "1 35 88 AL MH A6 A7 A8 AI";

async fn gateway() -> Gateway {
    let stores = Stores::in_memory().await.unwrap();
    demo::load(&stores, time::macros::date!(2026 - 01 - 05)).await.unwrap();
    let clock = Arc::new(FixedClock(time::macros::datetime!(2026-01-05 09:31 UTC)));
    Gateway::open(stores, Config::default(), Arc::new(Registry::new()), clock).await.unwrap()
}

/// The segments of the 271 to a question about this member; `number` makes it another interchange.
async fn ask(gateway: &Gateway, number: u32, member: [&str; 4], rest: &str) -> Vec<String> {
    let [id, last, first, birth] = member;
    let person = match last.is_empty() {
        true => format!("NM1*IL*1******MI*{id}~"),
        false if id.is_empty() => format!("NM1*IL*1*{last}*{first}~DMG*D8*{birth}~"),
        false => format!("NM1*IL*1*{last}*{first}****MI*{id}~DMG*D8*{birth}~"),
    };
    let set = format!(
        "BHT*0022*13*T{number}*20260105*0930~HL*1**20*1~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~HL*2*1*21*1~\
         NM1*1P*2*SAMPLE CLINIC*****XX*1234567893~HL*3*2*22*0~TRN*1*T{number}*9SUBMITTER~{person}{rest}"
    );
    let count = set.matches('~').count() + 2;
    let text = format!(
        "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        *260105*0930*^*00501*{number:09}*0*T*:~\
         GS*HS*SUBMITTER1*PAYERGW*20260105*0930*{number}*X*005010X279A1~ST*270*0001*005010X279A1~\
         {set}SE*{count}*0001~GE*1*{number}~IEA*1*{number:09}~"
    );
    let now = time::macros::datetime!(2026-01-05 09:31 UTC);
    let delivery = Delivery::operator(Bytes::from(text), Lane::RealTime, now);
    let (replies, _) = gateway.respond_to(&delivery).await.unwrap();
    let [reply] = &replies.replies[..] else { panic!("one reply") };
    assert_eq!(reply.kind.name, "271");
    let findings = x12gate::check::findings(&reply.body, Registry::embedded(), &Policy::default());
    assert!(findings.is_empty(), "our own answer is in order: {findings:?}");
    let text = String::from_utf8(reply.body.to_vec()).unwrap();
    text.split_terminator('~').map(str::to_owned).collect()
}

/// EB of the answer, cut into elements.
fn benefits(segments: &[String]) -> Vec<Vec<&str>> {
    let lines = segments.iter().filter(|segment| segment.starts_with("EB*"));
    lines.map(|line| line.split('*').collect()).collect()
}

fn element<'a>(line: &[&'a str], position: usize) -> &'a str {
    line.get(position).copied().unwrap_or_default()
}

fn is_about(line: &[&str], code: &str) -> bool {
    element(line, 3).split('^').any(|service| service == code)
}

/// An amount without trailing zeros, as an answer writes it.
fn plain(amount: &str) -> String {
    let trimmed = match amount.contains('.') {
        true => amount.trim_end_matches('0').trim_end_matches('.'),
        false => amount,
    };
    trimmed.to_owned()
}

fn network(row: &toml::Value) -> &'static str {
    match row.get("network").and_then(toml::Value::as_str) {
        Some("in") => "Y",
        Some("out") => "N",
        _ => "W",
    }
}

fn text<'a>(row: &'a toml::Value, key: &str) -> Option<&'a str> {
    row.get(key).and_then(toml::Value::as_str)
}

fn list<'a>(row: &'a toml::Value, key: &str) -> &'a [toml::Value] {
    row.get(key).and_then(toml::Value::as_array).map_or(&[], |list| list)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_required_service_type_has_status_cost_and_networks_in_every_plan() {
    let file = include_str!("../../fixtures/demo/plans.toml");
    let file: toml::Value = toml::from_str(file).unwrap();
    let gateway = gateway().await;
    for (number, (id, member)) in (1..).zip(MEMBERS) {
        let plans = file["plan"].as_array().unwrap();
        let plan = plans.iter().find(|plan| text(plan, "id") == Some(id)).unwrap();
        let codes: Vec<&str> = REQUIRED.split_whitespace().collect();
        let rest = format!("EQ*{}~", codes.join("^"));
        let said = ask(&gateway, number, member, &rest).await;
        let lines = benefits(&said);
        let free = plan.get("no_cost_share").is_some();
        let has = |code: &str, test: &dyn Fn(&[&str]) -> bool| {
            lines.iter().any(|line| is_about(line, code) && test(line))
        };
        for code in codes {
            let excluded = list(plan, "not_covered").iter().any(|c| c.as_str() == Some(code));
            assert_eq!(
                has(code, &|l| l[1] == "I" && element(l, 12).is_empty()),
                excluded,
                "{id} {code}"
            );
            assert_eq!(has(code, &|l| l[1] == "1"), !excluded, "{id} {code}");
            if excluded {
                continue;
            }
            let rows = list(plan, "benefit").iter().filter(|row| {
                list(row, "service_types").iter().any(|c| c.as_str() == Some(code))
                    && row.get("procedures").is_none()
                    && row.get("places").is_none()
            });
            let (mut inside, mut outside) = (false, false);
            for row in rows {
                let network = network(row);
                inside |= network != "N";
                outside |= network != "Y";
                if let Some(copay) = text(row, "copay") {
                    let amount = if free { "0".to_owned() } else { plain(copay) };
                    let copay = |l: &[&str]| {
                        l[1] == "B" && element(l, 7) == amount && element(l, 12) == network
                    };
                    assert!(has(code, &copay), "{id} {code} copay {amount} {network}");
                }
                if let Some(share) = text(row, "coinsurance") {
                    let percent: u32 = share.trim_end_matches('%').parse().unwrap();
                    let share = plain(&format!("{:.2}", f64::from(percent) / 100.0));
                    let share = share.strip_prefix('0').filter(|s| !s.is_empty()).unwrap_or(&share);
                    let coinsurance = |l: &[&str]| {
                        l[1] == "A" && element(l, 8) == share && element(l, 12) == network
                    };
                    assert!(has(code, &coinsurance), "{id} {code} coinsurance {share} {network}");
                }
            }
            if !DISCRETIONARY.split_whitespace().any(|free| free == code) {
                assert!(inside, "{id} {code} costs something in the network");
                assert!(
                    has(code, &|l| matches!(l[1], "A" | "B") && element(l, 12) != "N"),
                    "{id} {code}"
                );
            }
            let shut = has(code, &|l| l[1] == "I" && element(l, 12) == "N");
            assert!(inside != outside || !shut, "{id} {code}: covered outside or not");
            if inside {
                assert!(outside || shut, "{id} {code} says nothing out of the network");
            }
        }
        check_limits(id, plan, &lines);
    }
}

/// Base and remaining of every deductible of the plan, for individual and family, in each network.
fn check_limits(id: &str, plan: &toml::Value, lines: &[Vec<&str>]) {
    let year = if plan.get("year_begin").is_some() { "22" } else { "23" };
    let aggregate = text(plan, "family_limits") == Some("aggregate");
    for limit in list(plan, "limit").iter().filter(|l| text(l, "kind") == Some("deductible")) {
        let individual = text(limit, "level") == Some("individual");
        let level = if individual { "IND" } else { "FAM" };
        let amount = plain(text(limit, "amount").unwrap());
        let of = |period: &str| {
            lines.iter().find(|line| {
                line[1] == "C"
                    && line[2] == level
                    && line[3] == "30"
                    && line[6] == period
                    && element(line, 12) == network(limit)
            })
        };
        if aggregate && individual {
            assert!(of(year).is_none() && of("29").is_none(), "{id}: only the family's counts");
            continue;
        }
        assert_eq!(of(year).map(|line| line[7]), Some(&*amount), "{id} {level}");
        let remaining = of("29").map(|line| line[7].parse::<f64>().unwrap());
        match amount.parse::<f64>().unwrap() {
            0.0 => assert_eq!(remaining, None, "{id} {level}: nothing to remain"),
            base => assert!(remaining.is_some_and(|left| left <= base), "{id} {level} remaining"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_who_are_there_for_a_case_are_answered_so() {
    let gateway = gateway().await;
    let shared = ask(&gateway, 101, ["S12300003301", "", "", ""], "EQ*88~").await;
    let embedded = ask(&gateway, 102, ["S12300003401", "", "", ""], "EQ*30~").await;
    let accents = ask(&gateway, 103, ["", "MUNOZ", "JOSE", "19830808"], "EQ*30~").await;
    let two = ask(&gateway, 104, ["S12300003201", "", "", ""], "EQ*98~").await;
    let span = "DTP*291*RD8*20251120-20251210~EQ*98~";
    let span = ask(&gateway, 105, ["S12300002101", "", "", ""], span).await;
    let distant = "EQ*98~III*ZZ*02~";
    let distant = ask(&gateway, 106, ["S12300000101", "", "", ""], distant).await;
    let scan = ask(&gateway, 107, ["S12300000101", "", "", ""], "EQ**HC:70553~").await;
    let both = ask(&gateway, 108, ["S12300001101", "", "", ""], "EQ*98~").await;
    for (said, expected) in [
        (
            &shared,
            &[
                "EB*C*FAM*30***23*3200*****W",
                "EB*C*FAM*30***29*0*****W",
                "EB*C*IND*88***29*49.5*****W",
            ][..],
        ),
        (
            &embedded,
            &["EB*C*IND*30***23*500*****Y", "EB*C*IND*30***29*0*****Y", "EB*C*FAM*30***29*0*****Y"],
        ),
        (&accents, &["NM1*IL*1*MUNOZ*JOSE****MI*S12300003101"]),
        (&two, &["EB*B**98**SAMPLE HMO*27*20*****Y", "EB*C*IND*30**SAMPLE HMO*23*0*****Y"]),
        (
            &span,
            &[
                "DTP*472*RD8*20251120-20251130",
                "DTP*472*RD8*20251201-20251210",
                "EB*B**98**SAMPLE HMO*27*20*****Y",
                "EB*B**98**SAMPLE PREFERRED PROVIDER*27*30*****Y",
            ],
        ),
        (&distant, &["EB*B**98***27*10*****Y", "III*ZZ*02"]),
        (&scan, &["EB*1**62", "EB*B**62***27*100****Y*Y"]),
        (
            &both,
            &[
                "EB*B**98****0*****W",
                "EB*C*IND*30***23*0*****Y",
                "EB*G*IND*30***23*3400*****Y",
                "EB*G*IND*30***29*3400*****Y",
                "MSG*MEMBERS OF THIS PLAN PAY NOTHING FOR COVERED SERVICES.",
            ],
        ),
    ] {
        for segment in expected {
            assert!(said.iter().any(|s| s == segment), "{segment} is not in\n{}", said.join("\n"));
        }
    }
    assert!(!shared.iter().any(|s| s.starts_with("EB*C*IND*30")));
}

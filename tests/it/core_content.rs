//! The data content that the CORE operating rules ask of a 271, as a table: each service type that a plan must answer, asked of a member
//! of each plan of the demonstration, in and out of the network.

use std::sync::Arc;

use bytes::Bytes;
use x12gate::config::Config;
use x12gate::gateway::{Delivery, FixedClock, Gateway, Lane};
use x12gate::guide::Registry;
use x12gate::store::{Stores, demo};

/// Those of the generic answer, and those to be answered by their own code.
const REQUIRED: &str = "1 33 35 47 48 50 86 88 98 AL MH UC 2 4 5 6 7 8 12 13 18 20 40 42 45 51 52 53 62 65 68 73 76 78 80 81 82 93 99 A0 A3 \
    A6 A7 A8 AD AE AF AG AI BG BH";

/// A member of each plan, and whether the plan gives nothing out of its network.
const MEMBERS: [(&str, &str, bool); 9] = [
    ("HMO-1", "SAMPLE*MARY****MI*S12300000101~DMG*D8*19800115", true),
    ("POS-1", "DOE*JOHN****MI*S12300000201~DMG*D8*19720630", false),
    ("PPO-1", "WIDER*WENDY****MI*S12300001501~DMG*D8*19690131", false),
    ("EPO-1", "JULY*JULIA****MI*S12300002901~DMG*D8*19910701", true),
    ("HDHP-1", "SAVER*SANDRA****MI*S12300001701~DMG*D8*19820525", true),
    ("MADV-1", "SENIOR*SAMUEL****MI*S12300001801~DMG*D8*19480404", true),
    ("PUB-1", "PUBLIC*PABLO****MI*N12300002801~DMG*D8*20010121", true),
    ("SCO-1", "BOTH*BEATRICE****MI*S12300001101~DMG*D8*19451201", false),
    ("AGG-1", "SHARED*SHARON****MI*S12300003301~DMG*D8*19840414", false),
];

/// Plans without a maximum of what a patient pays.
const WITHOUT_MAXIMUM: [&str; 1] = ["PUB-1"];
/// Plans with members whose family's use nobody loaded: what remains of it is not known, and not said.
const FAMILY_UNKNOWN: [&str; 1] = ["AGG-1"];

/// EB of an answer, element by element.
struct Benefits(Vec<Vec<String>>);

impl Benefits {
    fn read(reply: &str) -> Benefits {
        let lines = reply.split('~').filter(|segment| segment.starts_with("EB*"));
        let elements = |line: &str| line.split('*').map(str::to_owned).collect();
        Benefits(lines.map(elements).collect())
    }

    /// Lines of these kinds about a service type.
    fn about<'b>(
        &'b self,
        code: &'b str,
        kinds: &'b [&str],
    ) -> impl Iterator<Item = &'b Vec<String>> {
        self.0.iter().filter(move |eb| {
            kinds.contains(&&*eb[1]) && element(eb, 3).split('^').any(|service| service == code)
        })
    }
}

fn element(eb: &[String], position: usize) -> &str {
    eb.get(position).map_or("", String::as_str)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_required_service_type_is_answered_by_every_plan_in_and_out_of_its_network() {
    let now = time::macros::datetime!(2026-11-05 09:31 UTC);
    let stores = Stores::in_memory().await.unwrap();
    demo::load(&stores, now.date()).await.unwrap();
    let clock = Arc::new(FixedClock(now));
    let registry = Arc::new(Registry::new());
    let gateway = Gateway::open(stores, Config::default(), registry, clock).await.unwrap();
    let mut missing = Vec::new();
    let mut control = 100;
    for (plan, member, closed) in MEMBERS {
        for code in REQUIRED.split_whitespace() {
            control += 1;
            let said = ask(&gateway, member, code, control).await;
            missing.extend(
                lacks(&said, plan, code, closed).map(|what| format!("{plan} {code}: {what}")),
            );
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

async fn ask(gateway: &Gateway, member: &str, code: &str, control: u32) -> Benefits {
    let request = format!(
        "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        *261105*0930*^*00501*{control:09}*0*T*:~\
         GS*HS*SUBMITTER1*PAYERGW*20261105*0930*{control}*X*005010X279A1~ST*270*0001*005010X279A1~\
         BHT*0022*13*CORE{control}*20261105*0930~HL*1**20*1~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~\
         HL*2*1*21*1~NM1*1P*2*SAMPLE CLINIC*****XX*1234567893~HL*3*2*22*0~TRN*1*T{control}*9SUBMITTER~\
         NM1*IL*1*{member}~EQ*{code}~SE*12*0001~GE*1*{control}~IEA*1*{control:09}~"
    );
    let now = time::macros::datetime!(2026-11-05 09:31 UTC);
    let delivery = Delivery::operator(Bytes::from(request), Lane::RealTime, now);
    let (replies, _) = gateway.respond_to(&delivery).await.unwrap();
    let answer = replies.replies.iter().find(|reply| reply.kind.name == "271");
    let answer = answer.unwrap_or_else(|| panic!("{member} {code} is answered with a 271"));
    Benefits::read(std::str::from_utf8(&answer.body).unwrap())
}

/// What an answer about one service type does not say.
fn lacks(said: &Benefits, plan: &str, code: &str, closed: bool) -> impl Iterator<Item = String> {
    let mut missing = Vec::new();
    if !said.0.iter().any(|eb| eb[1] == "1" && element(eb, 3) == "30" && !element(eb, 5).is_empty())
    {
        missing.push("status and name of the plan".to_owned());
    }
    let covered = said.about(code, &["1"]).next().is_some();
    let excluded = said.about(code, &["I"]).any(|eb| element(eb, 12).is_empty());
    if !covered && !excluded {
        missing.push("status".to_owned());
    }
    // What somebody else administers is asked there.
    if covered && said.about(code, &["U"]).next().is_none() && code != "1" {
        for (network, words) in [("Y", "in"), ("N", "out of")] {
            let here = |eb: &&Vec<String>| element(eb, 12) == network || element(eb, 12) == "W";
            let mut cost = said.about(code, &["A", "B"]).filter(here);
            let mut inside_only = said.about(code, &["I"]).filter(here);
            let told =
                cost.next().is_some() || (network == "N" && closed && inside_only.next().is_some());
            if !told {
                missing.push(format!("copay or coinsurance {words} network"));
            }
        }
    }
    for kind in ["C", "G"] {
        let kinds = [kind];
        let limits: Vec<_> = said.about("30", &kinds).collect();
        if limits.is_empty() && !(kind == "G" && WITHOUT_MAXIMUM.contains(&plan)) {
            missing.push(format!("EB*{kind}"));
        }
        for base in limits.iter().filter(|eb| element(eb, 6) != "29" && element(eb, 7) != "0") {
            let remains = limits.iter().any(|eb| {
                element(eb, 6) == "29"
                    && element(eb, 2) == element(base, 2)
                    && element(eb, 12) == element(base, 12)
            });
            let is_unknown = element(base, 2) == "FAM" && FAMILY_UNKNOWN.contains(&plan);
            if !remains && !is_unknown {
                missing.push(format!("what remains of {}", base.join("*")));
            }
        }
    }
    missing.into_iter()
}

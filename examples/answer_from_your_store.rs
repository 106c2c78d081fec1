//! Answers a 270 from a store of your own: here one member in memory. Needs the feature `gateway`.
//!
//! `cargo run --example answer_from_your_store`

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use time::macros::{date, datetime};
use x12gate::config::Config;
use x12gate::gateway::{Delivery, FixedClock, Gateway, Lane};
use x12gate::guide::Registry;
use x12gate::store::{
    Backend, Batch, Claims, Completed, Coverage, FamilyLimits, Gender, Intake, InterchangeKey,
    InterchangeRow, Journal, Logins, Member, MemberFile, MemberSearch, Members, NewInterchange,
    PartnerRow, Partners, Plan, Plans, Provider, Providers, Recorded, Relationship, Reply, Reviews,
    Stores,
};

/// The provider who may ask.
const NPI: &str = "1234567893";

/// The interchanges that were answered.
type Rows = Arc<Mutex<HashMap<InterchangeKey, InterchangeRow>>>;

/// One member, one plan, one provider, and a journal that lasts as long as the process.
#[derive(Default)]
struct SmallStore {
    journal: Rows,
    controls: AtomicU32,
}

fn jane() -> MemberFile {
    let member = Member {
        prefix: "S".into(),
        subscriber: "123000001".into(),
        suffix: "01".into(),
        own_id: true,
        relationship: Relationship::Myself,
        last: "DOE".into(),
        first: "JANE".into(),
        middle: None,
        generation: None,
        birth: date!(1980 - 01 - 15),
        death: None,
        gender: Gender::Female,
        birth_sequence: None,
        address: None,
        ssn: None,
        card: None,
        medicare_id: None,
    };
    let coverage = Coverage {
        plan: "PLAN-1".into(),
        begin: date!(2020 - 01 - 01),
        end: None,
        group: None,
        group_name: None,
        pending: false,
        pcp: None,
        updated: None,
    };
    MemberFile {
        member,
        subscriber: None,
        coverage: vec![coverage],
        accumulators: Vec::new(),
        relatives: Vec::new(),
        other: Vec::new(),
    }
}

impl Members for SmallStore {
    // The answers come in the order of the searches; a batch of them is one call.
    fn find<'a>(&'a self, searches: &'a [MemberSearch]) -> Reply<'a, Vec<Vec<MemberFile>>> {
        Box::pin(async move {
            let is_jane = |search: &MemberSearch| match search {
                MemberSearch::Id(id) => jane().member.id().ends_with(&**id),
                MemberSearch::Name { last, first, birth } => {
                    (&**last, &**first) == ("DOE", "JANE") && *birth == date!(1980 - 01 - 15)
                }
                MemberSearch::Other { .. } => false,
            };
            Ok(searches
                .iter()
                .map(|search| is_jane(search).then(jane).into_iter().collect())
                .collect())
        })
    }

    fn families<'a>(&'a self, subscribers: &'a [Box<str>]) -> Reply<'a, Vec<Vec<MemberFile>>> {
        Box::pin(async move {
            let family = |id: &str| (id == &*jane().member.subscriber).then(jane);
            Ok(subscribers.iter().map(|id| family(id).into_iter().collect()).collect())
        })
    }
}

impl Plans for SmallStore {
    fn all(&self) -> Reply<'_, Vec<Plan>> {
        let plan = Plan {
            id: "PLAN-1".into(),
            name: "SAMPLE HMO".into(),
            product: "commercial".into(),
            insurance_type: "HM".into(),
            year_begin: (1, 1),
            needs_pcp: false,
            limits: Vec::new(),
            benefits: Vec::new(),
            not_covered: Vec::new(),
            contacts: Vec::new(),
            disclaimer: "".into(),
            no_cost_share: false,
            family_limits: FamilyLimits::Embedded,
            closed_network: false,
            limit_note: "".into(),
        };
        Box::pin(async move { Ok(vec![plan]) })
    }
}

impl Providers for SmallStore {
    fn find<'a>(&'a self, ids: &'a [Box<str>]) -> Reply<'a, Vec<Option<Provider>>> {
        let provider = |id: &str| {
            (id == NPI).then(|| Provider {
                npi: NPI.into(),
                payer_id: None,
                last: "SAMPLE CLINIC".into(),
                first: None,
                tin: None,
                ssn_last_four: None,
                may_inquire: true,
                enrolled: (None, None),
                locations: Vec::new(),
                taxonomies: Vec::new(),
                networks: Vec::new(),
            })
        };
        Box::pin(async move { Ok(ids.iter().map(|id| provider(id)).collect()) })
    }
}

impl Partners for SmallStore {
    // Nobody has a profile: everybody is answered as the settings say for unknown senders.
    fn all(&self) -> Reply<'_, Vec<PartnerRow>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

// It keeps no claims.
impl Claims for SmallStore {}

impl Reviews for SmallStore {}

impl Logins for SmallStore {}

impl Journal for SmallStore {
    fn find<'a>(&'a self, keys: &'a [InterchangeKey]) -> Reply<'a, Vec<Option<InterchangeRow>>> {
        Box::pin(async move {
            let journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(keys.iter().map(|key| journal.get(key).cloned()).collect())
        })
    }

    fn begin(&self, opening: NewInterchange) -> Reply<'_, Box<dyn Intake>> {
        let rows = self.journal.clone();
        Box::pin(async move { Ok(Box::new(Incoming { rows, opening }) as Box<dyn Intake>) })
    }

    fn take_control_numbers<'a>(&'a self, _series: &'a str, count: u32) -> Reply<'a, u32> {
        Box::pin(async move { Ok(self.controls.fetch_add(count, Ordering::SeqCst) + 1) })
    }
}

/// An interchange that is coming in.
struct Incoming {
    rows: Rows,
    opening: NewInterchange,
}

impl Intake for Incoming {
    // A store that lists the sets of an interchange keeps them here until the commit.
    fn put(&mut self, _batch: Batch) -> Reply<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    // Where another caller was faster, the row that is there stays: an interchange is answered once.
    fn commit(self: Box<Self>, completed: Completed) -> Reply<'static, Recorded> {
        Box::pin(async move {
            let Incoming { rows, opening } = *self;
            let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(earlier) = rows.get(&opening.key) {
                return Ok(Recorded::Earlier(Box::new(earlier.clone())));
            }
            let (id, key) = (rows.len() as u64 + 1, opening.key.clone());
            let Completed { end, replies, .. } = completed;
            rows.insert(key, InterchangeRow { id, opening, end, replies });
            Ok(Recorded::Fresh(id))
        })
    }
}

// Nothing is loaded while it runs, so what the trait does by itself is enough.
impl Backend for SmallStore {}

/// The reply to an interchange, on 5 January 2026.
pub(crate) async fn answer(request: Vec<u8>) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let now = datetime!(2026-01-05 09:30 UTC);
    let stores = Stores::of(Arc::new(SmallStore::default()));
    let registry = Arc::new(Registry::new());
    let clock = Arc::new(FixedClock(now));
    let gateway = Gateway::open(stores, Config::default(), registry, clock).await?;
    let delivery = Delivery::operator(request.into(), Lane::RealTime, now);
    let (replies, _) = gateway.respond_to(&delivery).await?;
    Ok(replies.to_bytes().to_vec())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let request = std::fs::read("fixtures/valid/270_subscriber.edi")?;
    let reply = answer(request).await?;
    println!("{}", String::from_utf8(reply)?.replace('~', "~\n"));
    Ok(())
}

//! What the day is: the payer's, by its time zone, over a change of the clocks and at the end of a month.

use std::sync::Arc;

use bytes::Bytes;
use time::OffsetDateTime;
use time::macros::datetime;
use x12gate::config::Config;
use x12gate::gateway::{Delivery, FixedClock, Gateway, Lane};
use x12gate::guide::Registry;
use x12gate::store::{Stores, demo};

/// The day of service of an answer to an inquiry that names none, or else its AAA; `date` is a DTP to send, if any.
async fn answer(zone: &str, now: OffsetDateTime, date: &str) -> String {
    let stores = Stores::in_memory().await.unwrap();
    demo::load(&stores, now.date()).await.unwrap();
    let mut config = Config::default();
    config.identity.time_zone = zone.to_owned();
    let registry = Arc::new(Registry::new());
    let gateway = Gateway::open(stores, config, registry, Arc::new(FixedClock(now))).await.unwrap();
    let request =
        include_str!("../../fixtures/demo/requests/01-plain.x12").replace(['\n', '\r'], "");
    let request = match date {
        "" => request,
        date => {
            let longer = request.replace("~EQ*", &format!("~DTP*291*D8*{date}~EQ*"));
            let count: usize =
                longer.split("~SE*").nth(1).unwrap().split('*').next().unwrap().parse().unwrap();
            longer.replace(&format!("~SE*{count}*"), &format!("~SE*{}*", count + 1))
        }
    };
    let delivery = Delivery::operator(Bytes::from(request), Lane::RealTime, now);
    let (replies, _) = gateway.respond_to(&delivery).await.unwrap();
    let body = String::from_utf8(replies.replies[0].body.to_vec()).unwrap();
    let told =
        |start: &str| body.split('~').find(|segment| segment.starts_with(start)).map(str::to_owned);
    told("AAA").or_else(|| told("DTP*472")).unwrap_or(body)
}

#[tokio::test(flavor = "multi_thread")]
async fn e_04_today_is_the_payers_in_winter_and_in_summer() {
    for (now, day) in [
        (datetime!(2026-03-08 04:59 UTC), "DTP*472*D8*20260307"),
        (datetime!(2026-03-08 05:00 UTC), "DTP*472*D8*20260308"),
        // The clocks were put forward in the night: midnight is an hour earlier in UTC.
        (datetime!(2026-03-09 03:59 UTC), "DTP*472*D8*20260308"),
        (datetime!(2026-03-09 04:00 UTC), "DTP*472*D8*20260309"),
        (datetime!(2026-11-02 04:59 UTC), "DTP*472*D8*20261101"),
        (datetime!(2026-11-02 05:00 UTC), "DTP*472*D8*20261102"),
    ] {
        assert_eq!(answer("America/New_York", now, "").await, day, "{now}");
    }
    let in_utc = answer("", datetime!(2026-03-08 04:59 UTC), "").await;
    assert_eq!(in_utc, "DTP*472*D8*20260308");
}

#[tokio::test(flavor = "multi_thread")]
async fn e_04_tomorrows_visit_is_answered_on_the_last_evening_of_a_month() {
    // Ten in the evening of 31 March.
    let now = datetime!(2026-04-01 02:00 UTC);
    assert_eq!(answer("America/New_York", now, "").await, "DTP*472*D8*20260331");
    assert_eq!(answer("America/New_York", now, "20260401").await, "DTP*472*D8*20260401");
    assert!(answer("America/New_York", now, "20260402").await.contains("*63*"));
}

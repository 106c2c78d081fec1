//! Numbers for Prometheus. Labels are names of ours (listeners, routes, outcomes) and ids of partners that have a profile; nothing
//! that came in is a label.

use std::sync::OnceLock;
use std::time::Duration;

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

const REQUESTS: &str = "x12gate_http_requests_total";
const REQUEST_SECONDS: &str = "x12gate_http_request_seconds";
const CONNECTIONS: &str = "x12gate_connections";
const TURNED_AWAY: &str = "x12gate_connections_turned_away_total";

/// Upper bounds of the seconds that are told apart; CORE allows 20.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 10.0, 20.0];

/// The recorder of this process. None where another one was there before us: then the numbers go there.
fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .ok()?;
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).ok().map(|()| handle)
    };
    RECORDER.get_or_init(install).as_ref()
}

/// Begins to count, and says what is counted.
pub(super) fn describe() {
    recorder();
    describe_counter!(REQUESTS, "Requests over HTTP, by path and status");
    describe_histogram!(
        REQUEST_SECONDS,
        Unit::Seconds,
        "From the headers of a request to its answer"
    );
    describe_gauge!(CONNECTIONS, "Connections that are open, by listener");
    describe_counter!(TURNED_AWAY, "Connections that were not served, by listener");
    describe_counter!(
        crate::gateway::INTERCHANGES_METRIC,
        "Interchanges, by listener, lane, partner and outcome"
    );
    describe_histogram!(
        crate::gateway::INTERCHANGE_SECONDS_METRIC,
        Unit::Seconds,
        "From the ISA of an interchange to its replies, by lane"
    );
    // So that there is a number before the first request.
    gauge!("x12gate_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// All numbers, in the text format of Prometheus.
pub(super) fn render() -> String {
    recorder().map(PrometheusHandle::render).unwrap_or_default()
}

/// Sorts what was measured into its buckets; without it, it would pile up while nobody asks for the numbers.
pub(super) fn sort() {
    if let Some(recorder) = recorder() {
        recorder.run_upkeep();
    }
}

/// A request was answered.
pub(super) fn request(route: &str, status: u16, took: Duration) {
    counter!(REQUESTS, "path" => route.to_owned(), "status" => status.to_string()).increment(1);
    histogram!(REQUEST_SECONDS, "path" => route.to_owned()).record(took.as_secs_f64());
}

/// A connection of this listener that is open, as long as the value lives.
pub(super) struct OpenConnection(metrics::Gauge);

impl OpenConnection {
    pub(super) fn of(listener: &str) -> OpenConnection {
        let gauge = gauge!(CONNECTIONS, "listener" => listener.to_owned());
        gauge.increment(1.0);
        OpenConnection(gauge)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// A connection was closed before anything was said on it.
pub(super) fn turned_away(listener: &str) {
    counter!(TURNED_AWAY, "listener" => listener.to_owned()).increment(1);
}

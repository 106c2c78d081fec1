//! `[http]`: requests over HTTP.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// Limits of requests, and what the endpoints for operators and developers need to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Requests worked on at once; further ones are told to come again.
    pub requests_max: usize,
    /// Requests of one partner worked on at once; further ones are told to come again.
    pub requests_per_partner_max: usize,
    /// Requests of one partner in a minute; 0 for no limit.
    pub requests_per_minute_max: u32,
    /// Bytes of the request line and the headers.
    pub header_bytes_max: usize,
    /// The body of a real-time request must be there this long after its headers.
    pub body_timeout_ms: u64,
    /// The body of a batch must be there this long after its headers.
    pub batch_timeout_ms: u64,
    /// A batch has more time for every so many bytes that have come: who sends slower is cut.
    pub body_bytes_per_second_min: u64,
    /// Seconds that a client is asked to wait before it comes again.
    pub retry_after_seconds: u32,
    /// ISA08 of the questions that the JSON interface writes, so that their control numbers are apart from the partner's own.
    pub json_receiver: String,
    /// With less free space than this where the store is, `/ready` says that we are not.
    pub disk_free_mib_min: u64,
    /// Addresses beside this machine that are given `/metrics`.
    pub metrics_from: Vec<IpAddr>,
}

impl Default for Http {
    fn default() -> Self {
        Http {
            requests_max: 256,
            requests_per_partner_max: 64,
            requests_per_minute_max: 6000,
            header_bytes_max: 32 << 10,
            body_timeout_ms: 30_000,
            batch_timeout_ms: 1_800_000,
            body_bytes_per_second_min: 16 << 10,
            retry_after_seconds: 5,
            json_receiver: "PAYERGW-JSON".to_owned(),
            disk_free_mib_min: 256,
            metrics_from: Vec::new(),
        }
    }
}

impl Http {
    pub(super) fn check(&self) -> Result<(), String> {
        let counts = [
            ("requests_max", self.requests_max as u64, 1),
            ("requests_per_partner_max", self.requests_per_partner_max as u64, 1),
            ("header_bytes_max", self.header_bytes_max as u64, 8192),
            ("body_timeout_ms", self.body_timeout_ms, 1),
            ("batch_timeout_ms", self.batch_timeout_ms, 1),
            ("body_bytes_per_second_min", self.body_bytes_per_second_min, 1),
            ("retry_after_seconds", u64::from(self.retry_after_seconds), 1),
        ];
        for (key, value, least) in counts {
            if value < least {
                return Err(format!("http.{key} is {value}; it must be at least {least}"));
            }
        }
        let receiver = &self.json_receiver;
        if receiver.is_empty() || receiver.len() > 15 || receiver.trim() != receiver {
            return Err("http.json_receiver must be 1 to 15 characters, not blank".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::Config;

    #[test]
    fn limits_have_a_smallest_value() {
        for text in [
            "[http]\nrequests_max = 0",
            "[http]\nheader_bytes_max = 100",
            "[http]\njson_receiver = 'A NAME OVER FIFTEEN'",
        ] {
            let shown = Config::parse(text, Path::new("a.toml")).unwrap_err().to_string();
            assert!(shown.contains("http."), "{shown}");
        }
    }
}

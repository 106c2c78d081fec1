//! The most that each number in the settings may be: a value beyond is a mistake, and would end in an overflow much later.

use super::Config;

/// Offsets inside a part of a message are 32 bits wide: a part and the segment after it must fit.
const PART_BYTES_MAX: i64 = 1 << 30;

/// Settings with a limit of their own.
const OF_KEY: [(&str, i64); 12] = [
    ("limits.real_time_bytes_max", PART_BYTES_MAX),
    ("limits.set_bytes_max", PART_BYTES_MAX),
    ("limits.segment_bytes_max", PART_BYTES_MAX),
    ("limits.binary_bytes_max", PART_BYTES_MAX),
    ("limits.element_bytes_max", PART_BYTES_MAX),
    ("archive.inline_bytes_max", PART_BYTES_MAX),
    ("core.envelope_bytes_max", PART_BYTES_MAX),
    ("batch.piece_bytes", PART_BYTES_MAX),
    ("batch.threads", 256),
    ("core.workers", 256),
    ("core.batch_status", 599),
    ("store.read_connections", 256),
];

/// Limits by the unit that ends the name of a setting.
const OF_UNIT: [(&str, i64); 10] = [
    ("bytes", 1 << 40),
    ("bytes_max", 1 << 40),
    ("bytes_per_second_min", 1 << 40),
    ("mib_max", 1 << 24),
    ("mib_min", 1 << 24),
    ("ms", 7 * 24 * 3_600_000),
    ("seconds", 365 * 24 * 3600),
    ("minutes", 365 * 24 * 60),
    ("days", 36_525),
    ("months", 1_200),
];

/// The limit of what counts things.
const COUNT_MAX: i64 = 1 << 31;

/// Refuses the first number that is beyond its limit.
pub(super) fn check(config: &Config) -> Result<(), String> {
    // Settings that were read from TOML can be written as TOML.
    let Ok(value) = toml::Value::try_from(config) else { return Ok(()) };
    walk("", &value)
}

fn walk(name: &str, value: &toml::Value) -> Result<(), String> {
    match value {
        toml::Value::Table(table) => table.iter().try_for_each(|(key, value)| match name {
            "" => walk(key, value),
            _ => walk(&format!("{name}.{key}"), value),
        }),
        toml::Value::Array(items) => items.iter().try_for_each(|item| walk(name, item)),
        toml::Value::Integer(number) if *number > limit(name) => {
            Err(format!("{name} must be at most {}, found {number}", limit(name)))
        }
        _ => Ok(()),
    }
}

fn limit(name: &str) -> i64 {
    let ends = |unit: &str| {
        name.strip_suffix(unit).is_some_and(|rest| rest.ends_with(['_', '.']) || rest.is_empty())
    };
    let own = OF_KEY.iter().find(|(key, _)| *key == name);
    let by_unit = || OF_UNIT.iter().find(|(unit, _)| ends(unit));
    own.or_else(by_unit).map_or(COUNT_MAX, |(_, limit)| *limit)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const SAMPLE: &str = include_str!("../../config/server.toml");

    #[test]
    fn a_number_beyond_its_range_is_refused_with_the_range() {
        let is_number = |line: &&str| {
            let value = line.split_once(" = ").map_or("", |(_, value)| value.trim());
            !line.starts_with('#') && value.starts_with(|c: char| c.is_ascii_digit())
        };
        let mut tried = 0;
        for line in SAMPLE.lines().filter(is_number) {
            let (key, _) = line.split_once(" = ").expect("a setting");
            for absurd in [i64::MAX, 1 << 60, -1] {
                let text = SAMPLE.replacen(line, &format!("{key} = {absurd}"), 1);
                let refused = Config::parse(&text, Path::new("a.toml"));
                // Minutes from UTC, and days before or after today, may be negative.
                if absurd > 0 {
                    let why = refused.expect_err(line).to_string();
                    assert!(why.contains(key), "{line}: {why}");
                }
            }
            tried += 1;
        }
        assert!(tried > 80, "{tried} numbers were tried");
    }

    #[test]
    fn the_limit_is_that_of_the_unit() {
        assert_eq!(limit("listener.idle_timeout_ms"), 604_800_000);
        assert_eq!(limit("retention.days"), 36_525);
        assert_eq!(limit("limits.set_bytes_max"), PART_BYTES_MAX);
        assert_eq!(limit("http.requests_max"), COUNT_MAX);
    }
}

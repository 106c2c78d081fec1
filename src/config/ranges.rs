//! What each number in the settings may be: a value beyond is a mistake, and would end in an overflow much later.

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

/// The one setting that may be negative; it has a check of its own.
const SIGNED: &str = "identity.utc_offset_minutes";

/// Refuses the first number that is outside its range, in the server's settings or in the profile of a partner, which has the
/// same names.
pub(crate) fn check(settings: &toml::Table) -> Result<(), String> {
    settings.iter().try_for_each(|(key, value)| walk(key, value))
}

fn walk(name: &str, value: &toml::Value) -> Result<(), String> {
    match value {
        toml::Value::Table(table) => {
            table.iter().try_for_each(|(key, value)| walk(&format!("{name}.{key}"), value))
        }
        toml::Value::Array(items) => items.iter().try_for_each(|item| walk(name, item)),
        toml::Value::Integer(number) if *number > limit(name) => {
            Err(format!("{name} must be at most {}, found {number}", limit(name)))
        }
        toml::Value::Integer(number) if *number < 0 && name != SIGNED => {
            Err(format!("{name} must be 0 to {}, found {number}", limit(name)))
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
    use crate::config::Config;

    const SAMPLE: &str = include_str!("../../config/server.toml");

    /// Every number of the sample: key, section and line.
    fn numbers() -> impl Iterator<Item = (&'static str, String, &'static str)> {
        let mut section = "";
        SAMPLE.lines().filter_map(move |line| {
            if let Some(name) = line.strip_prefix('[') {
                section = name.trim_matches(['[', ']']);
            }
            let (key, value) = line.split_once(" = ")?;
            let is_number = value.trim().starts_with(|c: char| c.is_ascii_digit() || c == '-');
            (!line.starts_with('#') && is_number).then(|| (key, format!("{section}.{key}"), line))
        })
    }

    #[test]
    fn a_number_outside_its_range_is_refused_with_the_range() {
        let mut tried = 0;
        for (key, name, line) in numbers() {
            let parse = |number: i64| {
                let text = SAMPLE.replacen(line, &format!("{key} = {number}"), 1);
                Config::parse(&text, Path::new("a.toml"))
            };
            let most = limit(&name);
            for beyond in [i64::MAX, 1 << 60, most + 1] {
                let why = parse(beyond).expect_err(line).to_string();
                assert!(why.contains(key), "{line}: {why}");
            }
            if name != SIGNED {
                let why = parse(-1).expect_err(line).to_string();
                assert!(why.contains(&format!("{key} must be 0 to {most}, found -1")), "{why}");
            }
            // At the ends it is taken, or refused because of what it means.
            for end in [0, 1, most] {
                if let Err(refused) = parse(end) {
                    let why = refused.to_string();
                    let section = name.split('.').next().unwrap_or_default();
                    assert!(
                        [key, section, "expected"].iter().any(|it| why.contains(it)),
                        "{name} = {end}: {why}"
                    );
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

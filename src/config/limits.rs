//! `[limits]`: bounds on all input.

use serde::{Deserialize, Serialize};

/// The bounds. Exceeding one of them is a finding, never a crash and never ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes of one input file.
    pub file_bytes_max: u64,
    /// Bytes of one interchange in a file, ISA to IEA.
    pub interchange_bytes_max: u64,
    /// Bytes of one interchange in real time, which is held in memory whole.
    pub real_time_bytes_max: usize,
    /// Functional groups in one interchange.
    pub groups_per_interchange_max: u32,
    /// Transaction sets in one interchange.
    pub sets_per_interchange_max: u32,
    /// Transaction sets in one interchange in real time.
    pub real_time_sets_max: u32,
    /// Bytes of one transaction set, ST to SE.
    pub set_bytes_max: usize,
    /// Segments of one transaction set.
    pub segments_per_set_max: u32,
    /// Bytes of one segment.
    pub segment_bytes_max: usize,
    /// Bytes of the binary data of one segment.
    pub binary_bytes_max: usize,
    /// Elements of one segment.
    pub elements_per_segment_max: usize,
    /// Bytes of one element.
    pub element_bytes_max: usize,
    /// Findings kept for one transaction set; further ones are counted.
    pub findings_per_set_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            file_bytes_max: 8 << 30,
            interchange_bytes_max: 4 << 30,
            real_time_bytes_max: 1 << 20,
            groups_per_interchange_max: 10_000,
            sets_per_interchange_max: 2_000_000,
            real_time_sets_max: 100,
            set_bytes_max: 64 << 20,
            segments_per_set_max: 4_000_000,
            segment_bytes_max: 64 << 10,
            binary_bytes_max: 64 << 20,
            elements_per_segment_max: 200,
            element_bytes_max: 32 << 10,
            findings_per_set_max: 100,
        }
    }
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), String> {
        let smallest = [
            ("file_bytes_max", self.file_bytes_max, 1),
            ("interchange_bytes_max", self.interchange_bytes_max, 1),
            ("real_time_bytes_max", self.real_time_bytes_max as u64, 1024),
            ("groups_per_interchange_max", u64::from(self.groups_per_interchange_max), 1),
            ("sets_per_interchange_max", u64::from(self.sets_per_interchange_max), 1),
            ("real_time_sets_max", u64::from(self.real_time_sets_max), 1),
            ("set_bytes_max", self.set_bytes_max as u64, 1024),
            ("segments_per_set_max", u64::from(self.segments_per_set_max), 2),
            ("segment_bytes_max", self.segment_bytes_max as u64, 256),
            ("binary_bytes_max", self.binary_bytes_max as u64, 256),
            ("elements_per_segment_max", self.elements_per_segment_max as u64, 16),
            ("element_bytes_max", self.element_bytes_max as u64, 100),
            ("findings_per_set_max", self.findings_per_set_max as u64, 1),
        ];
        for (key, value, least) in smallest {
            if value < least {
                return Err(format!("limits.{key} is {value}; it must be at least {least}"));
            }
        }
        // Offsets inside a set are 32 bits wide.
        if self.set_bytes_max > u32::MAX as usize {
            return Err("limits.set_bytes_max must be below 4 GiB".to_owned());
        }
        Ok(())
    }
}

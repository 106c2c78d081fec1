//! Steps found before, kept from segment to segment: the same few codes occur at the same few places.

use super::map::GuideMap;
use crate::guide::plan::{NONE, Plan, Run, Step};

/// Runs of steps are long, and the same code occurs at the same place again and again: keeps the first step of a run
/// that a code identifies. An entry is overwritten by the next one in its slot.
#[derive(Debug, Default)]
pub(super) struct StepCache {
    /// The plan it belongs to.
    of: u64,
    /// Where the run begins, the code, and the step.
    known: Vec<(u32, u64, u32)>,
}

impl StepCache {
    const SIZE: usize = 1024;

    /// Keeps what is known from set to set, as long as the plan is the same.
    pub(super) fn begin(&mut self, plan: &Plan) {
        if self.of != plan.number {
            self.of = plan.number;
            self.known.clear();
            self.known.resize(Self::SIZE, (u32::MAX, 0, 0));
        }
    }

    /// The first step of the run that this code identifies, or the end of the run.
    #[inline]
    pub(super) fn first_meant(
        &mut self,
        map: GuideMap<'_>,
        run: Run,
        code: u64,
        value: &[u8],
    ) -> u32 {
        let key = (code ^ u64::from(run.first) << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let Some(known) = self.known.get_mut((key >> 54) as usize) else { return run.first };
        if (known.0, known.1) != (run.first, code) {
            let steps = map.plan.steps(run);
            let meant = steps.iter().position(|step| is_meant(map, step, code, value));
            let first = meant.map_or(run.end, |at| run.first + at as u32);
            *known = (run.first, code, first);
        }
        known.2
    }
}

/// True when the identifying code of a segment, also given packed, identifies this step.
#[inline]
pub(super) fn is_meant(map: GuideMap<'_>, step: &Step, code: u64, value: &[u8]) -> bool {
    match step.list {
        NONE => true,
        _ if step.code != 0 => step.code == code,
        list => map.guide.lists[list as usize].contains_packed(code, value),
    }
}

//! The leader was picked on the numbers that praise it: how a pick fares on what it was not picked by.
//!
//! For each family: the row with the best average rank over all others is picked, and its difference from the baseline
//! on the family left out is scored.

use evaluation::summary::mean;
use serde::Serialize;

use crate::comparison::ranking::Ranking;
use crate::judgement::estimate::Estimate;

/// Families without which leaving one out says nothing.
const LEAST_FAMILIES: usize = 3;

/// Picking on all families but one, and scoring on the one left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Picked {
    /// Mean difference from the baseline on the families left out.
    pub gain: f64,
    /// How often the pick was the leader.
    pub same: usize,
    /// Families.
    pub n: usize,
}

impl Picked {
    /// `None` where the baseline leads, below three families, and where the baseline is not ranked.
    pub(crate) fn new(
        ranking: &Ranking,
        verdicts: &[Option<Estimate>],
        baseline: Option<usize>,
        leader: Option<usize>,
    ) -> Option<Self> {
        let (baseline, leader) = (baseline?, leader?);
        let n = ranking.blocks.len();
        if n < LEAST_FAMILIES || baseline == leader || !ranking.rows.contains(&baseline) {
            return None;
        }
        let mut same = 0;
        let mut gains = Vec::with_capacity(n);
        for (left_out, family) in ranking.family_places.iter().enumerate() {
            let pick = ranking.rows[best_without(&ranking.blocks, left_out)];
            same += usize::from(pick == leader);
            let of = |verdict: &Option<Estimate>| verdict.as_ref()?.by_unit[*family];
            gains.push(if pick == baseline { 0.0 } else { of(&verdicts[pick])? });
        }
        Some(Picked { gain: mean(gains.into_iter())?, same, n })
    }
}

/// The place of the best sum of ranks over all blocks but one; of equals the first.
fn best_without(blocks: &[Vec<f64>], left_out: usize) -> usize {
    let others = || blocks.iter().enumerate().filter(|(block, _)| *block != left_out);
    let sum = |place: usize| others().map(|(_, ranks)| ranks[place]).sum::<f64>();
    let places = 0..blocks[left_out].len();
    let best = places.map(|place| (place, sum(place))).reduce(|best, other| {
        // Sums of the same ranks in another order are equal.
        if other.1 < best.1 - 1e-9 { other } else { best }
    });
    best.map_or(0, |(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pick_is_of_the_others() {
        // The second row leads by the last family alone.
        let blocks =
            [vec![1.0, 2.0, 3.0], vec![1.0, 2.0, 3.0], vec![3.0, 1.0, 2.0], vec![3.0, 1.0, 2.0]];
        assert_eq!(best_without(&blocks, 0), 1);
        assert_eq!(best_without(&blocks, 3), 0);
    }
}

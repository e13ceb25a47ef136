//! What is computed from verdicts: average precision, and recall at a number of false alarms.
//!
//! ```text
//! P_n, R_n = precision and recall of the n best detections          P̂_n = max over m ≥ n of P_m
//! all points    Σ_n (R_n - R_{n-1}) P̂_n
//! eleven        mean over r in 0, 0.1, ..., 1 of P̂ where R first reaches r, 0 if it does not
//! hundred one   the same over r in 0, 0.01, ..., 1
//! recall at f   R of the best detections, of equal scores all, of which at most f n_images are wrong
//! ```
//!
//! All are undefined without an object.
//!
//! Source: Everingham, Van Gool, Williams, Winn, Zisserman, IJCV 2010 (eleven points until 2009, all points since); Lin and
//! others, ECCV 2014 (101).
//! Trap: the levels of COCO are multiples of 0.01 in 64 bits: 35 of 100 objects do not reach 0.35000000000000003, the 36th
//! level. Here they are the same, so that figures are those of pycocotools; the eleven are reached exactly.

/// What a detection is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// How sure it was.
    pub score: f64,
    /// Whether it is of an object that no better one is of.
    pub right: bool,
}

/// Detections of one class as a rule has judged them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// The best score first, without those that are neither right nor wrong.
    pub verdicts: Vec<Verdict>,
    /// Objects that were to be found.
    pub n_objects: usize,
}

/// How precision is read off between the points that detections give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// PASCAL VOC since 2010: the area under the envelope.
    AllPoints,
    /// PASCAL VOC until 2009.
    Eleven,
    /// COCO.
    HundredOne,
}

impl Judged {
    /// The average precision; `None` without an object.
    pub fn average_precision(&self, interpolation: Interpolation) -> Option<f64> {
        if self.n_objects == 0 {
            return None;
        }
        let n = self.n_objects as f64;
        let (hits, envelope) = self.envelope();
        Some(match interpolation {
            Interpolation::AllPoints => {
                let right =
                    envelope.iter().zip(&self.verdicts).filter(|(_, verdict)| verdict.right);
                right.map(|(precision, _)| precision).sum::<f64>() / n
            }
            // 10 hits / n ≥ level, in whole numbers.
            Interpolation::Eleven => {
                mean_of_levels(&envelope, 11, |level, at| level * self.n_objects <= 10 * hits[at])
            }
            Interpolation::HundredOne => mean_of_levels(&envelope, 101, |level, at| {
                let level = if level == 100 { 1.0 } else { level as f64 * 0.01 };
                level <= hits[at] as f64 / n
            }),
        })
    }

    /// The share of the objects that is found at all; `None` without an object.
    pub fn recall(&self) -> Option<f64> {
        let n_right = self.verdicts.iter().filter(|verdict| verdict.right).count();
        (self.n_objects != 0).then(|| n_right as f64 / self.n_objects as f64)
    }

    /// The share of the objects that is found with at most `false_positives` wrong detections to an image, on average over
    /// `n_images`; `None` without an object.
    pub fn recall_at(&self, false_positives: f64, n_images: usize) -> Option<f64> {
        let allowed = false_positives * n_images as f64;
        let (mut n_right, mut n_wrong, mut found) = (0, 0, 0);
        for same_score in self.verdicts.chunk_by(|a, b| a.score == b.score) {
            let right = same_score.iter().filter(|verdict| verdict.right).count();
            n_right += right;
            n_wrong += same_score.len() - right;
            if allowed < n_wrong as f64 {
                break;
            }
            found = n_right;
        }
        (self.n_objects != 0).then(|| found as f64 / self.n_objects as f64)
    }

    /// How many of the `n` best are right, and the largest precision of as many or more; for each `n`, from 1.
    fn envelope(&self) -> (Vec<usize>, Vec<f64>) {
        let mut n_right = 0;
        let hits: Vec<usize> = self
            .verdicts
            .iter()
            .map(|verdict| {
                n_right += usize::from(verdict.right);
                n_right
            })
            .collect();
        let precision = |(i, &hits): (usize, &usize)| hits as f64 / (i + 1) as f64;
        let mut envelope: Vec<f64> = hits.iter().enumerate().map(precision).collect();
        for i in (1..envelope.len()).rev() {
            envelope[i - 1] = envelope[i - 1].max(envelope[i]);
        }
        (hits, envelope)
    }
}

/// The mean, over `n` levels of recall, of the envelope where the level is first `reached`.
fn mean_of_levels(envelope: &[f64], n: usize, reached: impl Fn(usize, usize) -> bool) -> f64 {
    let ranks: Vec<usize> = (0..envelope.len()).collect();
    let at_level = |level: usize| {
        let first = ranks.partition_point(|&at| !reached(level, at));
        envelope.get(first).copied().unwrap_or(0.0)
    };
    (0..n).map(at_level).sum::<f64>() / n as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn judged(right: &[bool], n_objects: usize) -> Judged {
        let n = right.len() as f64;
        let verdict = |(i, &right): (usize, &bool)| Verdict { score: 1.0 - i as f64 / n, right };
        Judged { verdicts: right.iter().enumerate().map(verdict).collect(), n_objects }
    }

    /// The definition: at each level, the best precision of all that reach it.
    fn by_definition(right: &[bool], n_objects: usize, levels: usize) -> f64 {
        let hits = |n: usize| right[..n].iter().filter(|&&right| right).count();
        let best = |level: usize| {
            let reaching =
                (1..=right.len()).filter(|&n| level * n_objects <= (levels - 1) * hits(n));
            reaching.map(|n| hits(n) as f64 / n as f64).fold(0.0, f64::max)
        };
        (0..levels).map(best).sum::<f64>() / levels as f64
    }

    #[test]
    fn finding_everything_first_is_1_and_finding_nothing_0() {
        for how in [Interpolation::AllPoints, Interpolation::Eleven, Interpolation::HundredOne] {
            assert!(
                (judged(&[true, true, false], 2).average_precision(how).unwrap() - 1.0).abs()
                    < 1e-15
            );
            assert_eq!(judged(&[false, false], 2).average_precision(how), Some(0.0));
            assert_eq!(judged(&[], 2).average_precision(how), Some(0.0));
            assert_eq!(judged(&[false], 0).average_precision(how), None);
        }
        assert_eq!((judged(&[], 0).recall(), judged(&[], 0).recall_at(1.0, 3)), (None, None));
    }

    #[test]
    fn recall_at_counts_false_alarms_over_all_images_and_takes_equal_scores_together() {
        let right = [true, false, true, false, false, true];
        let recall = |rate| judged(&right, 4).recall_at(rate, 2).unwrap();
        assert_eq!([0.0, 0.5, 1.0, 1.5, 9.0].map(recall), [0.25, 0.5, 0.5, 0.75, 0.75]);
        let mut tied = judged(&right, 4);
        tied.verdicts.iter_mut().for_each(|verdict| verdict.score = 0.5);
        assert_eq!((tied.recall_at(1.0, 2), tied.recall_at(1.5, 2)), (Some(0.0), Some(0.75)));
    }

    #[test]
    fn hundred_one_levels_are_those_of_numpy() {
        // All right: 36 levels by whole numbers, 35 in 64 bits.
        let ap = judged(&[true; 35], 100).average_precision(Interpolation::HundredOne).unwrap();
        assert!((ap - 35.0 / 101.0).abs() < 1e-15, "{ap}");
    }

    proptest! {
        #[test]
        fn interpolated_precisions_are_their_definitions(
            right in prop::collection::vec(any::<bool>(), 0..30), more in 0_usize..5
        ) {
            let n = right.iter().filter(|&&right| right).count() + more;
            prop_assume!(0 < n);
            let judged = judged(&right, n);
            let eleven = judged.average_precision(Interpolation::Eleven).unwrap();
            prop_assert!((eleven - by_definition(&right, n, 11)).abs() < 1e-12);
            // With as many levels as recalls can tell apart, the mean over levels but the first is the area.
            let area = judged.average_precision(Interpolation::AllPoints).unwrap();
            let best = by_definition(&right, n, 1);
            let over_levels = (by_definition(&right, n, n + 1) * (n + 1) as f64 - best) / n as f64;
            prop_assert!((area - over_levels).abs() < 1e-12);
            prop_assert_eq!(judged.recall_at(f64::INFINITY, 1), judged.recall());
        }
    }
}

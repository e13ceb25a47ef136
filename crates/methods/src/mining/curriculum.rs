//! Curriculum learning: the easiest rows are shown first, and more of them as the training goes on.
//!
//! ```text
//! order    rows by their score, the easiest first (curriculum), last (anti) or shuffled once (random)
//! t        = min(1, progress / full_at),   N_b = start N
//! shown    = the first ⌊g(t)⌋ rows of the order, at least one
//! linear   g(t) = N_b + (N - N_b) t
//! quad     g(t) = N_b + (N - N_b) t²
//! root     g(t) = N_b + (N - N_b) √t
//! step     g(t) = N_b, and N from t = 1 on
//! exp      g(t) = N_b + (N - N_b) (e^{10t} - 1) / (e^{10} - 1)
//! log      g(t) = N_b + (N - N_b) (1 + ln(t + e^{-10}) / 10)
//! fixed_exponential   ⌈min(1, start factor^⌊J t⌋) N⌉ rows, J = ⌈ln(1 / start) / ln factor⌉
//! ```
//!
//! - `N`: rows that are learnt from; `progress`: share of the epochs that is done before an epoch, from 0
//! - `order`: `curriculum` (ours), `anti` or `random`, which is the control of the other two: the same number of rows,
//!   and which they are says nothing
//! - `pacing`: `linear` (ours); `factor` of `fixed_exponential`: how many times as many rows each of its `J` steps shows, 1.9
//!   (Hacohen and Weinshall, with `start` = 0.04)
//! - `start`: share that the first epoch shows, 0.2; `full_at`: share of the epochs after which all rows are shown, 0.8
//!   (ours, of the range in which the source finds pacing to matter; its code has 1 and 1, which is no curriculum)
//! - `scores`: the plain loss of each row under a network that has not learnt from it (cross-fitted); `scores.folds`, 5
//!   (ours). With `scores.training_loss_at` it is that under a network that has learnt from all rows, by the plain loss, for
//!   this share of the epochs
//! - `balanced`: the classes take turns in the order, each by its own scores; `true`, as Hacohen and Weinshall have it
//!
//! An epoch has as many steps as any other: what is shown is shown again until they are taken.
//!
//! Source: Bengio, Louradour, Collobert, Weston, *Curriculum Learning*, ICML 2009; pacing and orders: Wu, Dyer, Neyshabur,
//! *When Do Curricula Work?*, ICLR 2021; balanced order: Hacohen, Weinshall, *On The Power of Curriculum Learning in
//! Training Deep Networks*, ICML 2019.
//! Differs: the sources count steps; here the epochs are counted. Hacohen and Weinshall show more rows every 100 steps,
//! whenever that ends; here `full_at` says when all are shown, and the steps of `fixed_exponential` lie evenly before it.
//! Differs: the source scores by a network of another kind, or by many; here the trial's own kind of network does.
//! Trap: without turns the easiest rows of an imbalanced set are those of the largest class alone.
//! Trap: the code of the source reads an unknown order as the plain one; here it is refused.

use std::collections::BTreeMap;

use nn::Real;
use nn::range::{AboveOne, Fraction};
use serde::{Deserialize, Serialize};

use crate::losses::Epoch;
use crate::mining::definition::{Acts, Definition, Mined, Scores};
use crate::mining::folds::Folds;
use crate::mining::kept::n_kept;
use crate::mining::{Mining, Survey};
use crate::sampling::Pool;

/// Parameters of curriculum learning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Curriculum {
    /// Which rows come first; default `curriculum`.
    pub order: CurriculumOrder,
    /// How the number of rows grows; default `linear`.
    pub pacing: Pacing,
    /// Share of the rows that the first epoch shows, above 0; default 0.2.
    pub start: Fraction,
    /// Share of the epochs after which all rows are shown, above 0; default 0.8.
    pub full_at: Fraction,
    /// Where the scores come from: `folds`, or `training_loss_at`, a share of the epochs; default cross-fitted in 5 folds.
    pub scores: CurriculumScores,
    /// Whether the classes take turns in the order; default true.
    pub balanced: bool,
    /// How many times as many rows each step of `fixed_exponential` shows, above 1; default 1.9.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<AboveOne>,
}

impl Default for Curriculum {
    fn default() -> Self {
        Curriculum {
            order: CurriculumOrder::Curriculum,
            pacing: Pacing::Linear,
            start: Fraction::new(0.2),
            full_at: Fraction::new(0.8),
            scores: CurriculumScores::CrossFitted(Folds::default()),
            balanced: true,
            factor: None,
        }
    }
}

/// Where the scores of rows come from: networks that have not learnt from them, or one that has for a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WrittenScores", into = "WrittenScores")]
pub enum CurriculumScores {
    /// The loss under a network that has learnt from the other folds.
    CrossFitted(Folds),
    /// The loss under a network that has learnt from all rows for this share of the epochs.
    TrainingLoss(Fraction),
}

/// As an experiment file has them: one of the two.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenScores {
    #[serde(skip_serializing_if = "Option::is_none")]
    folds: Option<Folds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    training_loss_at: Option<Fraction>,
}

impl TryFrom<WrittenScores> for CurriculumScores {
    type Error = String;

    fn try_from(written: WrittenScores) -> Result<Self, String> {
        match (written.folds, written.training_loss_at) {
            (Some(_), Some(_)) => {
                Err("scores come from `folds` or from `training_loss_at`, and this has both"
                    .to_owned())
            }
            (None, Some(share)) => Ok(CurriculumScores::TrainingLoss(share)),
            (folds, None) => Ok(CurriculumScores::CrossFitted(folds.unwrap_or_default())),
        }
    }
}

impl From<CurriculumScores> for WrittenScores {
    fn from(scores: CurriculumScores) -> Self {
        match scores {
            CurriculumScores::CrossFitted(folds) => {
                WrittenScores { folds: Some(folds), ..WrittenScores::default() }
            }
            CurriculumScores::TrainingLoss(share) => {
                WrittenScores { training_loss_at: Some(share), ..WrittenScores::default() }
            }
        }
    }
}

/// Which rows come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename = "Order", rename_all = "snake_case")]
pub enum CurriculumOrder {
    /// The easiest.
    Curriculum,
    /// The hardest.
    Anti,
    /// Those of one random permutation.
    Random,
}

/// How the number of rows grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pacing {
    /// `t`.
    Linear,
    /// `t²`.
    Quad,
    /// `√t`.
    Root,
    /// 0 before 1.
    Step,
    /// `(e^{10t} - 1) / (e^{10} - 1)`.
    Exp,
    /// `1 + ln(t + e^{-10}) / 10`.
    Log,
    /// A multiple of what was shown, step by step.
    FixedExponential,
}

/// The multiple of the source.
const FACTOR: f64 = 1.9;

impl<T: Real> Definition<T> for Curriculum {
    fn code(&self) -> &'static str {
        include_str!("curriculum.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn acts(&self) -> Acts {
        Acts::OnRows
    }

    fn scores(&self) -> Option<Scores> {
        let scores = match self.scores {
            CurriculumScores::CrossFitted(folds) => Scores::CrossFitted { folds: folds.get() },
            CurriculumScores::TrainingLoss(share) => Scores::TrainingLoss { share: share.get() },
        };
        (self.order != CurriculumOrder::Random).then_some(scores)
    }

    fn may_leave_out_a_class(&self, counts: &[u32]) -> bool {
        let n = counts.iter().map(|&n| n as usize).sum();
        let n_classes = counts.iter().filter(|&&n| n != 0).count();
        let n_first = self.n_shown(n, 0.0);
        if self.balanced { n_first < n_classes } else { n_first < n }
    }

    fn note(&self) -> Option<&'static str> {
        (self.factor.is_some() && self.pacing != Pacing::FixedExponential).then_some(
            "curriculum: `factor` is of pacing = \"fixed_exponential\", and has no effect on any other",
        )
    }

    fn build(&self, mined: &Mined<'_>) -> Box<dyn Mining<T>> {
        Box::new(Paced { order: self.order(mined), parameters: self.clone() })
    }
}

impl Curriculum {
    fn order(&self, mined: &Mined<'_>) -> Vec<u32> {
        let n = mined.targets.len();
        let mut order: Vec<u32> = match (self.order, mined.scores) {
            (CurriculumOrder::Random, _) | (_, None) => {
                mined.setting.streams.stream("mining").permutation(n)
            }
            (CurriculumOrder::Curriculum | CurriculumOrder::Anti, Some(scores)) => by_score(scores),
        };
        if self.order == CurriculumOrder::Anti {
            order.reverse();
        }
        if self.balanced { in_turns(&order, mined.targets) } else { order }
    }

    /// How many of `n` rows are shown where `progress` of the epochs are done.
    fn n_shown(&self, n: usize, progress: f64) -> usize {
        let t = (progress / self.full_at.get()).min(1.0);
        // From 0 at t = 0 to 1 at t = 1.
        let grown = match self.pacing {
            Pacing::Linear => t,
            Pacing::Quad => t * t,
            Pacing::Root => t.sqrt(),
            Pacing::Step => t.floor(),
            Pacing::Exp => libm::expm1(10.0 * t) / libm::expm1(10.0),
            Pacing::Log => 1.0 + libm::log(t + libm::exp(-10.0)) / 10.0,
            Pacing::FixedExponential => return n_kept(self.multiplied(t), n),
        };
        let start = self.start.get() * n as f64;
        let shown = start + (n as f64 - start) * grown;
        // 0.29 * 100 is 28.999999999999996, which is to be 29.
        ((shown + 1e-9) as usize).clamp(1.min(n), n)
    }

    /// `min(1, start factor^⌊J t⌋)`.
    fn multiplied(&self, t: f64) -> f64 {
        let (start, factor) = (self.start.get(), self.factor.map_or(FACTOR, AboveOne::get));
        let steps = (-libm::log(start) / libm::log(factor) - 1e-9).ceil();
        // 6 * (100 / 600) may lie below 1.
        (start * libm::pow(factor, (steps * t + 1e-9).floor())).min(1.0)
    }
}

/// The least first; of equals the first, and what is no number last.
fn by_score(scores: &[f32]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..scores.len() as u32).collect();
    let score = |&row: &u32| {
        if scores[row as usize].is_nan() { f32::INFINITY } else { scores[row as usize] }
    };
    order.sort_by(|a, b| score(a).total_cmp(&score(b)));
    order
}

/// Turn after turn the next row of each class that has any left, within a turn as they stand in `order`.
fn in_turns(order: &[u32], targets: &[u32]) -> Vec<u32> {
    let mut taken: BTreeMap<u32, u32> = BTreeMap::new();
    let turn = |&row: &u32| {
        let of_class = taken.entry(targets[row as usize]).or_default();
        *of_class += 1;
        (*of_class, row)
    };
    let mut turns: Vec<(u32, u32)> = order.iter().map(turn).collect();
    turns.sort_by_key(|&(turn, _)| turn);
    turns.into_iter().map(|(_, row)| row).collect()
}

/// An order of the rows, of which an epoch shows the first.
struct Paced {
    order: Vec<u32>,
    parameters: Curriculum,
}

impl<T: Real> Mining<T> for Paced {
    fn pool(&mut self, epoch: &Epoch<'_>, _: &Survey<'_, T>, pool: &mut Pool) {
        let n_shown = self.parameters.n_shown(self.order.len(), epoch.progress);
        pool.change(|weights| {
            for &row in &self.order[n_shown..] {
                weights[row as usize] = 0.0;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use nn::Matrix;
    use serde_json::{Value, json};

    use super::*;
    use crate::mining::testing::of_rows;

    fn read(parameters: Value) -> Curriculum {
        serde_json::from_value(parameters).unwrap()
    }

    fn order(parameters: Value, targets: &[u32], scores: &[f32]) -> Vec<u32> {
        of_rows(targets, 3, Some(scores), |mined| read(parameters).order(mined))
    }

    #[test]
    fn orders_are_each_others_reverse_or_have_nothing_of_the_scores() {
        let (targets, scores) = ([0; 5], [0.3, f32::NAN, 0.1, 0.3, 0.2]);
        let of = |name| order(json!({ "order": name, "balanced": false }), &targets, &scores);
        assert_eq!(of("curriculum"), [2, 4, 0, 3, 1]);
        assert_eq!(of("anti"), [1, 3, 0, 4, 2]);
        let other = [9.0, 1.0, 2.0, 4.0, 3.0];
        let random = json!({ "order": "random", "balanced": false });
        assert_eq!(of("random"), order(random, &targets, &other));
        let why = serde_json::from_value::<Curriculum>(json!({ "order": "anti-curr" }));
        assert!(why.unwrap_err().to_string().contains("unknown variant"));
    }

    #[test]
    fn classes_take_turns_until_they_have_no_rows() {
        let targets = [0, 0, 0, 0, 1, 1, 2];
        let scores = [0.1, 0.2, 0.3, 0.4, 0.9, 0.8, 0.15];
        assert_eq!(order(json!({}), &targets, &scores), [0, 6, 5, 1, 4, 2, 3]);
    }

    #[test]
    fn pacing_rises_from_the_start_to_all() {
        for pacing in ["linear", "quad", "root", "step", "exp", "log"] {
            for (start, full_at) in [(0.2, 0.8), (0.01, 1.0), (1.0, 0.5)] {
                let curriculum =
                    read(json!({ "pacing": pacing, "start": start, "full_at": full_at }));
                let shown: Vec<usize> =
                    (0..=40).map(|i| curriculum.n_shown(1000, f64::from(i) / 40.0)).collect();
                assert_eq!(shown[0], (start * 1000.0) as usize, "{pacing}");
                assert!(shown.windows(2).all(|pair| pair[0] <= pair[1]), "{pacing}: {shown:?}");
                let full = (40.0 * full_at) as usize;
                assert!(shown[full..].iter().all(|&n| n == 1000), "{pacing}: {shown:?}");
            }
            assert_eq!(read(json!({ "pacing": pacing, "start": 1e-9 })).n_shown(10, 0.0), 1);
        }
    }

    #[test]
    fn fixed_exponential_pacing_multiplies_in_even_steps_until_all_are_shown() {
        for (start, factor, full_at) in
            [(0.04, None, 0.8), (0.1, Some(1.5), 1.0), (0.25, Some(2.0), 0.5), (1.0, None, 0.8)]
        {
            let curriculum = read(json!({
                "pacing": "fixed_exponential", "start": start, "full_at": full_at, "factor": factor
            }));
            let shown: Vec<usize> =
                (0..=600).map(|i| curriculum.n_shown(1000, f64::from(i) / 600.0)).collect();
            assert_eq!(shown[0], (start * 1000.0) as usize, "{start}");
            let full = (600.0 * full_at) as usize;
            assert!(
                shown[full..].iter().all(|&n| n == 1000)
                    && (full == 0 || shown[full - 1] < 1000 || start == 1.0)
            );
            for pair in shown.windows(2).filter(|pair| pair[0] != pair[1]) {
                let grown = (pair[0] as f64 * factor.unwrap_or(1.9)).min(1000.0);
                assert!((pair[1] as f64 - grown).abs() <= 2.0, "{pair:?}");
            }
        }
    }

    #[test]
    fn scores_come_from_one_place() {
        let default = json!(Curriculum::default());
        assert_eq!(default["scores"], json!({ "folds": 5 }));
        assert!(default.get("factor").is_none());
        let early = read(json!({ "scores": { "training_loss_at": 0.2 } }));
        assert_eq!(json!(early)["scores"], json!({ "training_loss_at": 0.2 }));
        assert_eq!(Definition::<f64>::scores(&early), Some(Scores::TrainingLoss { share: 0.2 }));
        let both = json!({ "scores": { "training_loss_at": 0.2, "folds": 5 } });
        let why = serde_json::from_value::<Curriculum>(both).unwrap_err().to_string();
        assert!(why.contains("this has both"), "{why}");
    }

    #[test]
    fn an_epoch_shows_the_first_rows_of_the_order() {
        let spec = read(json!({ "start": 0.5, "full_at": 0.9 }));
        let scores = [0.4, 0.1, 0.3, 0.2];
        let mut miner: Box<dyn Mining<f64>> =
            of_rows(&[0; 4], 1, Some(&scores), |mined| spec.build(mined));
        let outputs = Matrix::default();
        let mut shown = |progress| {
            let mut pool = Pool::full(4);
            let survey = Survey { losses: &[], outputs: &outputs };
            miner.pool(&Epoch::at(progress), &survey, &mut pool);
            (0..4).filter(|&row| pool.shows(row)).collect::<Vec<u32>>()
        };
        assert_eq!(shown(0.0), [1, 3]);
        assert_eq!(shown(0.45), [1, 2, 3]);
        assert_eq!(shown(0.9), [0, 1, 2, 3]);
    }

    #[test]
    fn rows_are_left_out_in_two_folds_at_least() {
        let why = serde_json::from_value::<Curriculum>(json!({ "scores": { "folds": 1 } }));
        assert!(why.unwrap_err().to_string().contains("at least 2 folds"));
    }
}

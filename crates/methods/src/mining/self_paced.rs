//! Self-paced learning: the rows that the network finds easy by now are shown, and more of them as the training goes on.
//!
//! ```text
//! v_i  = argmin over v in [0, 1] of v ℓ_i + f(v; λ), before each epoch
//! L    = Σ_i v_i ℓ'_i / Σ_i v_i m_i over a batch of rows with v_i above 0
//!
//! hard         f = -λ v                      v = 1 if ℓ < λ, else 0
//! linear       f = λ (v² / 2 - v)            v = 1 - ℓ / λ
//! polynomial   f = λ (v^t / t - v)           v = (1 - ℓ / λ)^{1 / (t - 1)}
//! logarithmic  f = ζ v - ζ^v / ln ζ          v = ln(ℓ + ζ) / ln ζ, ζ = 1 - λ
//! mixture      f = -ζ ln(v + ζ / λ)          v = ζ / ℓ - ζ / λ, ζ = λ λ₂ / (λ - λ₂), λ₂ = lower λ
//! mixture_2    f = γ² / (v + γ / λ)          v = γ / √ℓ - γ / λ
//! spld         f = -λ v - γ Σ_c ‖v_c‖₂       v = 1 if ℓ < λ + γ / (√i + √(i - 1)), else 0
//! ```
//!
//! `v` is 0 from `ℓ = λ` on (`mixture_2`: `λ²`; `spld`: as it says), at most 1, and 1 where λ has no end.
//!
//! - `ℓ`: plain losses of all training rows before the epoch, `[n_train]`; `ℓ'`, `m`: the loss that is learnt by, and what
//!   each example adds to the divisor; `v_c`: those of class `c`; `i`: place of a row among its class by `ℓ`, from 1
//! - `regularizer`: `hard` (Kumar and others); `polynomial.t`, 3; `mixture.lower`, 0.5; `mixture_2.gamma`, 1;
//!   `spld.gamma`, 1 (ours)
//! - `growth`: how λ grows. `quantile` (ours): λ is the least loss above those of a share of the rows, which grows evenly
//!   from `start`, 0.5, before the first epoch to 1 before the last: there λ has no end. `multiplicative`: λ is that of
//!   `start`, 0.5, before the first epoch and `factor` times as large, 1.3, before each next one
//! - `scope`: λ is one for each class, `per_class` (ours), or one for all rows, `global`, as the sources have it
//!
//! Rows whose losses are those of the last that is shown are shown as well. If λ shows no row of its class, or of all, the
//! easiest of them is shown, with weight 1.
//!
//! Source: Kumar, Packer, Koller, *Self-Paced Learning for Latent Variable Models*, NIPS 2010; linear, logarithmic and
//! mixture: Jiang, Meng, Mitamura, Hauptmann, *Easy Samples First: Self-paced Reranking for Zero-Example Multimedia
//! Search*, ACM MM 2014; polynomial: Gong, Li, Meng, Miao, Liu, *Decomposition-Based Evolutionary Multiobjective
//! Optimization to Self-Paced Learning*, IEEE TEVC 2019; mixture_2: Zhao, Meng, Jiang, Xie, Xu, Hauptmann, *Self-Paced
//! Learning for Matrix Factorization*, AAAI 2015; spld: Jiang, Meng, Yu, Lan, Shan, Hauptmann, *Self-Paced Learning with
//! Diversity*, NIPS 2014.
//! Differs: the sources divide by the number of rows, here a step is a mean over the weights of its batch.
//! Differs: `logarithmic` is defined for λ below 1: where λ is above 0.9, losses and λ are divided by λ / 0.9.
//! Trap: with one λ for all rows the largest class, which is easy, is shown first, and a small one may be left out for
//! epochs; `spld` is meant to prevent that, with `scope` = `global`.
//! Trap: rows with a wrong label are hard and shown late, and so are hard rows with a right one.
//! Trap: a training of one epoch stays at `start`.
//! Trap: well-known code leaves out the row that defines λ by its strict comparison; here λ lies above that row.

pub(super) mod regularizer;

use nn::Real;
use nn::range::{AboveOne, Fraction};
use serde::{Deserialize, Serialize};

use self::regularizer::Regularizer;
use crate::losses::Epoch;
use crate::mining::definition::{Acts, Definition, Mined};
use crate::mining::hardness::by_hardness;
use crate::mining::kept::n_kept;
use crate::mining::scope::Scope;
use crate::mining::{Mining, Survey};
use crate::named;
use crate::sampling::Pool;

/// Parameters of self-paced learning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SelfPaced {
    /// What a weight follows from; default `hard`. Also spelt `regulariser`.
    #[serde(alias = "regulariser", deserialize_with = "named::deserialize")]
    pub regularizer: Regularizer,
    /// How λ grows; default by quantile.
    #[serde(deserialize_with = "named::deserialize")]
    pub growth: LambdaGrowth,
    /// What has one λ; default each class.
    pub scope: Scope,
}

impl Default for SelfPaced {
    fn default() -> Self {
        SelfPaced {
            regularizer: Regularizer::Hard {},
            growth: LambdaGrowth::Quantile(QuantileGrowth::default()),
            scope: Scope::PerClass,
        }
    }
}

/// How λ grows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LambdaGrowth {
    /// See [`QuantileGrowth`].
    Quantile(QuantileGrowth),
    /// See [`MultiplicativeGrowth`].
    Multiplicative(MultiplicativeGrowth),
}

/// The least loss above those of a share of the rows, which grows evenly to 1 before the last epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QuantileGrowth {
    /// The share before the first epoch, above 0; default 0.5.
    pub start: Fraction,
}

impl Default for QuantileGrowth {
    fn default() -> Self {
        QuantileGrowth { start: Fraction::new(0.5) }
    }
}

/// The least loss above those of a share of the rows before the first epoch, and then a multiple of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MultiplicativeGrowth {
    /// The share, above 0; default 0.5.
    pub start: Fraction,
    /// λ before an epoch to that before the last one, above 1; default 1.3.
    pub factor: AboveOne,
}

impl Default for MultiplicativeGrowth {
    fn default() -> Self {
        MultiplicativeGrowth { start: Fraction::new(0.5), factor: AboveOne::new(1.3) }
    }
}

impl<T: Real> Definition<T> for SelfPaced {
    fn code(&self) -> &'static str {
        include_str!("self_paced.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn acts(&self) -> Acts {
        match self.regularizer {
            Regularizer::Hard {} | Regularizer::Spld(_) => Acts::OnRows,
            _ => Acts::OnRowWeights,
        }
    }

    fn may_leave_out_a_class(&self, _: &[u32]) -> bool {
        self.scope == Scope::Global
    }

    fn note(&self) -> Option<&'static str> {
        let hard = self.regularizer == Regularizer::Hard {};
        (hard && self.scope == Scope::Global).then_some(
            "self_paced with scope = \"global\" shows the easiest rows of all classes together, and may leave out a \
             small class for epochs: scope = \"per_class\" shows a share of each",
        )
    }

    fn build(&self, mined: &Mined<'_>) -> Box<dyn Mining<T>> {
        let n_classes = mined.setting.counts.n_classes();
        Box::new(Pacer {
            parameters: self.clone(),
            targets: mined.targets.to_vec(),
            lambdas: vec![None; n_classes],
            n_classes,
        })
    }
}

/// The least of `sorted` losses above those of the first `n`, without end where there is none.
fn above(sorted: &[f64], n: usize) -> f64 {
    let last = sorted[n - 1];
    sorted[n..].iter().copied().find(|&loss| last < loss).unwrap_or(f64::INFINITY)
}

/// Self-paced learning with what it has come to.
struct Pacer {
    parameters: SelfPaced,
    /// The class of each row.
    targets: Vec<u32>,
    /// λ before the last epoch: of each class, or in front that of all.
    lambdas: Vec<Option<f64>>,
    n_classes: usize,
}

/// A row with its place among its class, from 1, the easiest first.
#[derive(Clone, Copy)]
struct Placed {
    row: usize,
    place: u32,
}

impl Pacer {
    /// The rows that have one λ together, the easiest first.
    fn groups(&self, losses: &[f64]) -> Vec<Vec<Placed>> {
        let mut order: Vec<usize> = (0..losses.len()).collect();
        let unnumbered = |row: usize| losses[row].is_nan();
        order.sort_by(|&a, &b| {
            let easier = by_hardness(losses[b], losses[a]);
            unnumbered(a).cmp(&unnumbered(b)).then(easier)
        });
        let mut taken = vec![0; self.n_classes];
        let mut groups = vec![Vec::new(); self.n_classes];
        for row in order {
            let class = self.targets[row] as usize;
            taken[class] += 1;
            let group = self.parameters.scope.group(self.targets[row]);
            groups[group].push(Placed { row, place: taken[class] });
        }
        groups
    }

    /// λ of the rows with `sorted` losses before `epoch`, after that of `last`.
    fn lambda(&self, epoch: &Epoch<'_>, sorted: &[f64], last: Option<f64>) -> f64 {
        let of_share =
            |share| self.parameters.regularizer.lambda(above(sorted, n_kept(share, sorted.len())));
        match (&self.parameters.growth, last) {
            (LambdaGrowth::Quantile(QuantileGrowth { start }), _) => {
                let start = start.get();
                of_share(start + (1.0 - start) * epoch.along())
            }
            (LambdaGrowth::Multiplicative(growth), None) => of_share(growth.start.get()),
            (LambdaGrowth::Multiplicative(growth), Some(last)) => growth.factor.get() * last,
        }
    }
}

impl<T: Real> Mining<T> for Pacer {
    fn surveys(&self, _: &Epoch<'_>) -> bool {
        true
    }

    fn pool(&mut self, epoch: &Epoch<'_>, survey: &Survey<'_, T>, pool: &mut Pool) {
        let losses: Vec<f64> = survey.losses.iter().map(|loss| loss.to_f64()).collect();
        let groups = self.groups(&losses);
        pool.change(|weights| {
            for (number, group) in groups.iter().enumerate().filter(|(_, group)| !group.is_empty())
            {
                let sorted: Vec<f64> = group.iter().map(|placed| losses[placed.row]).collect();
                let lambda = self.lambda(epoch, &sorted, self.lambdas[number]);
                self.lambdas[number] = Some(lambda);
                for &Placed { row, place } in group {
                    weights[row] = self.parameters.regularizer.weight(losses[row], lambda, place);
                }
                if group.iter().all(|placed| weights[placed.row] == 0.0) {
                    weights[group[0].row] = 1.0;
                }
            }
        });
    }
}

#[cfg(test)]
mod tests;

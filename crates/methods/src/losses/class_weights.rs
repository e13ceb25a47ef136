//! Class weights: how much a class counts, from its number of training examples.
//!
//! ```text
//! inverse            w_k ∝ 1 / n_k
//! sqrt_inverse       w_k ∝ 1 / sqrt(n_k)
//! median_frequency   w_k = median(n) / n_k
//! effective_number   w_k ∝ (1 - β) / (1 - β^{n_k})      β = 0.999
//! smooth             w_k ∝ (n_min / n_k)^γ              γ = 0.5
//! given              w_k as listed
//! ```
//!
//! `n_k` is the number of training examples of class `k`. Where the formula says `∝`, the weights are
//! scaled to the mean 1 over the classes that have examples, so that balanced classes weigh 1 each.
//! A class without examples weighs 0 and leaves the others' weights as they are.
//!
//! Source: `effective_number`: Cui, Jia, Lin, Song, Belongie, *Class-Balanced Loss Based on Effective
//! Number of Samples*, CVPR 2019 (β of 0.9 to 0.9999); `median_frequency`: Eigen, Fergus, ICCV 2015;
//! `smooth`: Zhang, Wei, Zhou, Wu, *Bag of Tricks for Long-Tailed Visual Recognition*, AAAI 2021.
//! Differs: Eigen and Fergus count pixels in the images that show a class; here examples are counted.
//! Trap: `median_frequency` differs from `inverse` by a common factor alone, which cancels in a
//! weighted mean.

use nn::range::{BelowOne, NonNegative};
use serde::{Deserialize, Serialize};
use strum::EnumIter;

use crate::MethodError;
use crate::setting::ClassCounts;

/// How the weights of the classes follow from their counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ClassWeights {
    /// `1 / n_k`.
    Inverse {},
    /// `1 / sqrt(n_k)`.
    SqrtInverse {},
    /// `median(n) / n_k`, not scaled.
    MedianFrequency {},
    /// See [`EffectiveNumber`].
    EffectiveNumber(EffectiveNumber),
    /// See [`SmoothWeights`].
    Smooth(SmoothWeights),
    /// See [`GivenWeights`].
    Given(GivenWeights),
}

impl Default for ClassWeights {
    fn default() -> Self {
        ClassWeights::Inverse {}
    }
}

/// `(1 - β) / (1 - β^{n_k})`: equal weights at `β = 0`, inverse counts as `β` approaches 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EffectiveNumber {
    /// `β`, below 1.
    pub beta: BelowOne,
}

impl Default for EffectiveNumber {
    fn default() -> Self {
        EffectiveNumber { beta: BelowOne::new(0.999) }
    }
}

/// `(n_min / n_k)^γ`: equal weights at `γ = 0`, inverse counts at `γ = 1`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmoothWeights {
    /// `γ`, at least 0.
    pub gamma: NonNegative,
}

impl Default for SmoothWeights {
    fn default() -> Self {
        SmoothWeights { gamma: NonNegative::new(0.5) }
    }
}

/// Weights that are used as they are written. There is no default: the list has to be given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenWeights {
    /// One weight for each class, in the order of the classes.
    pub weights: Vec<NonNegative>,
}

const PARAMETER: &str = "weighted_cross_entropy.scheme";

impl ClassWeights {
    /// Whether they are what they are, however frequent the classes.
    pub(crate) fn are_given(&self) -> bool {
        matches!(self, ClassWeights::Given(_))
    }

    /// The weights of classes with `counts` training examples, `[n_classes]`.
    ///
    /// # Errors
    /// If given weights are not one for each class, or no class that has examples weighs anything.
    pub fn weights(&self, counts: &ClassCounts) -> Result<Vec<f64>, MethodError> {
        let present: Vec<f64> = counts.get().iter().copied().filter(|&n| 0.0 < n).collect();
        let of_present = |raw: &dyn Fn(f64) -> f64| -> Vec<f64> {
            counts.get().iter().map(|&n| if n == 0.0 { 0.0 } else { raw(n) }).collect()
        };
        let weights = match self {
            ClassWeights::Inverse {} => scaled(of_present(&|n| 1.0 / n), present.len()),
            ClassWeights::SqrtInverse {} => scaled(of_present(&|n| 1.0 / n.sqrt()), present.len()),
            ClassWeights::MedianFrequency {} => {
                let median = median(&present);
                of_present(&|n| median / n)
            }
            ClassWeights::EffectiveNumber(EffectiveNumber { beta }) => {
                let ln_beta = libm::log(beta.get());
                // 1 - β^n without cancellation as β approaches 1.
                scaled(of_present(&|n| -1.0 / libm::expm1(n * ln_beta)), present.len())
            }
            ClassWeights::Smooth(SmoothWeights { gamma }) => {
                let smallest = present.iter().copied().fold(f64::INFINITY, f64::min);
                scaled(of_present(&|n| libm::pow(smallest / n, gamma.get())), present.len())
            }
            ClassWeights::Given(GivenWeights { weights })
                if weights.len() != counts.n_classes() =>
            {
                return Err(MethodError::WrongLength {
                    parameter: "weighted_cross_entropy.scheme.given.weights",
                    given: weights.len(),
                    n_classes: counts.n_classes(),
                });
            }
            ClassWeights::Given(GivenWeights { weights }) => {
                weights.iter().map(|w| w.get()).collect()
            }
        };
        let weighs = |(&n, &w): (&f64, &f64)| 0.0 < n && 0.0 < w;
        if counts.get().iter().zip(&weights).any(weighs) {
            Ok(weights)
        } else {
            Err(MethodError::NothingWeighs { parameter: PARAMETER })
        }
    }
}

/// Scales `weights` to the sum `total`.
fn scaled(mut weights: Vec<f64>, total: usize) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    for weight in &mut weights {
        *weight *= total as f64 / sum;
    }
    weights
}

/// The middle of `values`, or the mean of the two in the middle; NaN of none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    if n == 0 { f64::NAN } else { f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::LossSpec;
    use strum::IntoEnumIterator;

    fn weights(scheme: &ClassWeights, counts: &[u32]) -> Vec<f64> {
        scheme.weights(&ClassCounts::new(counts.to_vec())).unwrap()
    }

    fn formulas() -> impl Iterator<Item = ClassWeights> {
        ClassWeights::iter().filter(|scheme| !matches!(scheme, ClassWeights::Given(_)))
    }

    #[test]
    fn balanced_classes_weigh_one_each() {
        for scheme in formulas() {
            let w = weights(&scheme, &[7, 7, 7]);
            assert!(w.iter().all(|w| (w - 1.0).abs() < 1e-14), "{scheme:?} {w:?}");
        }
    }

    #[test]
    fn a_rarer_class_weighs_more() {
        for scheme in formulas() {
            let w = weights(&scheme, &[100, 3, 40]);
            assert!(w[0] < w[2] && w[2] < w[1], "{scheme:?} {w:?}");
        }
    }

    #[test]
    fn weights_sum_to_the_number_of_classes() {
        for scheme in formulas().filter(|scheme| *scheme != ClassWeights::MedianFrequency {}) {
            let sum: f64 = weights(&scheme, &[100, 3, 40]).iter().sum();
            assert!((sum - 3.0).abs() < 1e-13, "{scheme:?} {sum}");
        }
    }

    #[test]
    fn a_class_without_examples_weighs_nothing_and_changes_nothing() {
        for scheme in formulas() {
            let with = weights(&scheme, &[100, 0, 3, 40]);
            assert_eq!(with[1], 0.0, "{scheme:?}");
            assert_eq!(
                [with[0], with[2], with[3]],
                weights(&scheme, &[100, 3, 40])[..],
                "{scheme:?}"
            );
        }
    }

    #[test]
    fn the_class_with_the_median_count_weighs_one_under_median_frequency() {
        assert_eq!(weights(&ClassWeights::MedianFrequency {}, &[100, 5, 20]), [0.2, 4.0, 1.0]);
    }

    #[test]
    fn effective_numbers_run_from_equal_weights_to_inverse_counts() {
        let at =
            |beta| ClassWeights::EffectiveNumber(EffectiveNumber { beta: BelowOne::new(beta) });
        assert_eq!(weights(&at(0.0), &[50, 2]), [1.0, 1.0]);
        let (near_one, inverse) =
            (weights(&at(1.0 - 1e-12), &[50, 2]), weights(&ClassWeights::Inverse {}, &[50, 2]));
        assert!(near_one.iter().zip(&inverse).all(|(a, b)| (a - b).abs() < 1e-9), "{near_one:?}");
    }

    #[test]
    fn smooth_runs_from_equal_weights_to_inverse_counts() {
        let at = |gamma| ClassWeights::Smooth(SmoothWeights { gamma: NonNegative::new(gamma) });
        assert_eq!(weights(&at(0.0), &[50, 2]), [1.0, 1.0]);
        let inverse = weights(&ClassWeights::Inverse {}, &[50, 2]);
        assert!(
            weights(&at(1.0), &[50, 2]).iter().zip(&inverse).all(|(a, b)| (a - b).abs() < 1e-14)
        );
    }

    #[test]
    fn given_weights_are_taken_as_they_are() {
        let given = |weights: &[f64]| {
            ClassWeights::Given(GivenWeights {
                weights: weights.iter().map(|&w| NonNegative::new(w)).collect(),
            })
        };
        let counts = ClassCounts::new(vec![5, 0, 1]);
        assert_eq!(given(&[3.0, 4.0, 0.0]).weights(&counts), Ok(vec![3.0, 4.0, 0.0]));
        assert_eq!(
            given(&[1.0]).weights(&counts).unwrap_err().to_string(),
            "`weighted_cross_entropy.scheme.given.weights` has 1 weights, and there are 3 classes"
        );
        assert_eq!(
            given(&[0.0, 4.0, 0.0]).weights(&counts),
            Err(MethodError::NothingWeighs { parameter: PARAMETER })
        );
    }

    #[test]
    fn a_scheme_is_a_name_or_a_name_with_parameters() {
        let parse = |toml: &str| toml::from_str::<LossSpec>(toml);
        let short = parse("weighted_cross_entropy.scheme = 'inverse'").unwrap();
        assert_eq!(short, parse("weighted_cross_entropy.scheme = { inverse = {} }").unwrap());
        assert_eq!(
            serde_json::to_string(&short).unwrap(),
            r#"{"weighted_cross_entropy":{"scheme":{"inverse":{}},"reduction":"weighted_mean"}}"#
        );
        let default = parse("weighted_cross_entropy.scheme = 'effective_number'").unwrap();
        let written = "weighted_cross_entropy.scheme = { effective_number.beta = 0.999 }";
        assert_eq!(default, parse(written).unwrap());
    }

    #[test]
    fn mistakes_in_a_scheme_are_refused() {
        let refusal = |scheme: &str| {
            let toml = format!("weighted_cross_entropy.scheme = {scheme}");
            toml::from_str::<LossSpec>(&toml).unwrap_err().message().to_owned()
        };
        assert!(
            refusal("'invers'").starts_with("unknown variant `invers`, expected one of `inverse`")
        );
        assert!(refusal("{ inverse.beta = 1 }").contains("beta"));
        assert!(refusal("{ effective_number.beta = 1 }").contains("below 1"));
        assert!(refusal("'given'").contains("missing field `weights`"));
        assert!(refusal("3").contains("a name, as in \"focal\""));
    }
}

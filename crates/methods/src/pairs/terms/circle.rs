//! Circle loss: each pair is weighed by how far it is from where it should be.
//!
//! ```text
//! L_i    = ln(1 + Σ_N e^{γ α_n (s_n - m)} · Σ_P e^{-γ α_p (s_p - 1 + m)}),   L = mean over anchors with a loss
//! α_n    = max(0, s_n + m),   α_p = max(0, 1 + m - s_p)                      held constant
//! dL_i/ds_n = γ α_n g q_n,   dL_i/ds_p = -γ α_p g q_p
//! ```
//!
//! - `s`: cosines of an anchor and its references, `[n_references]`; `g = 1 - e^{-L_i}`; `q`: shares of either sum
//! - `margin` `m`: 0.4, `scale` `γ`: 80 (pytorch-metric-learning); the paper has 0.25 and 256 for faces
//! - an anchor without positives or without negatives has no loss and does not count
//!
//! Source: Sun, Cheng, Zhang, Zhang, Zheng, Wang, Wei, *Circle Loss: A Unified Perspective of Pair Similarity
//! Optimization*, CVPR 2020.
//! Differs: another public code pools the pairs of all anchors into one logarithm; here, as in the paper, each anchor has
//! its own.
//! Trap: with the weights held constant the slopes are not those of the value: differences of it are others.

use nn::range::{Finite, Positive};
use nn::{Real, wide};
use serde::{Deserialize, Serialize};

use crate::pairs::definition::{PairTerm, Pairs, Said, TermDefinition};
use crate::pairs::exponentials::{Exponentials, shared};
use crate::pairs::far::has_negatives;

/// Parameters of the circle loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Circle {
    /// `m`; default 0.4.
    pub margin: Finite,
    /// `γ`; default 80.
    pub scale: Positive,
}

impl Default for Circle {
    fn default() -> Self {
        Circle { margin: Finite::new(0.4), scale: Positive::new(80.0) }
    }
}

impl<T: Real> TermDefinition<T> for Circle {
    fn code(&self) -> &'static str {
        include_str!("circle.rs")
    }

    fn version(&self) -> u32 {
        2
    }

    fn build(&self) -> Box<dyn PairTerm<T>> {
        Box::new(Weighed {
            margin: T::of(self.margin.get()),
            scale: T::of(self.scale.get()),
            near: Vec::new(),
            pushes: Vec::new(),
        })
    }
}

/// The circle loss with its workspace: the cosines with the positives, then their exponentials, and the weights of negatives.
struct Weighed<T> {
    margin: T,
    scale: T,
    near: Vec<T>,
    pushes: Vec<T>,
}

/// `γ α_p`, held constant.
#[inline(always)]
fn pull<T: Real>(scale: T, margin: T, s: T) -> T {
    scale * at_least_0(T::ONE + margin - s)
}

/// `γ α_n`, held constant.
#[inline(always)]
fn push<T: Real>(scale: T, margin: T, s: T) -> T {
    scale * at_least_0(s + margin)
}

#[inline(always)]
fn at_least_0<T: Real>(x: T) -> T {
    if x < T::ZERO { T::ZERO } else { x }
}

impl<T: Real> PairTerm<T> for Weighed<T> {
    fn anchor(&mut self, pairs: &Pairs<T>, far: &mut [T]) -> Said {
        let Weighed { margin, scale, near, pushes } = self;
        let (margin, scale, positives) = (*margin, *scale, &pairs.positives);
        if positives.is_empty() || !has_negatives(far) {
            far.fill(T::ZERO);
            return Said::NOTHING;
        }
        let none = T::of(f64::NEG_INFINITY);
        near.clear();
        near.extend(positives.iter().map(|&(_, s)| s));
        pushes.resize(far.len(), T::ZERO);
        wide(
            #[inline(always)]
            || {
                let (scale, margin, none) = (scale, margin, none);
                for (weight, s) in pushes.iter_mut().zip(&mut *far) {
                    *weight = push(scale, margin, *s);
                    *s = if *s == none { none } else { *weight * (*s - margin) };
                }
            },
        );
        let of_near =
            Exponentials::of(near, move |s| -pull(scale, margin, s) * (s - T::ONE + margin), none);
        let of_far = Exponentials::of(far, |exponent| exponent, none);
        let exponent = of_near.ln_sum() + of_far.ln_sum();
        let (loss, g) = (exponent.softplus(), exponent.sigmoid());
        let [pulled, pushed] = [of_near, of_far].map(|side| side.share(g));
        wide(
            #[inline(always)]
            || {
                let of_one = pushed;
                for (e, &weight) in far.iter_mut().zip(&*pushes) {
                    *e = shared(*e, of_one * weight);
                }
            },
        );
        for (&(p, s), &e) in positives.iter().zip(&*near) {
            far[p as usize] = -(pulled * e * pull(scale, margin, s));
        }
        if loss == T::ZERO { Said::NOTHING } else { Said::whole(loss.to_f64(), 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::testing::{built, said};

    #[test]
    fn an_anchor_that_lacks_a_side_does_not_count() {
        for (positives, negatives) in [(&[0, 1][..], &[][..]), (&[][..], &[0, 1][..])] {
            let circle = &mut *built(&Circle::default());
            let (told, slopes) = said(circle, &[0.5, 0.5], positives, negatives);
            assert_eq!((told, slopes), (Said::NOTHING, vec![0.0; 2]));
        }
    }

    #[test]
    fn slopes_are_differences_of_the_value_with_its_weights_held() {
        let (margin, scale) = (0.25, 8.0);
        let weight = |j: usize, s: f64| {
            if j < 2 {
                -(scale * (1.0 + margin - s).max(0.0))
            } else {
                scale * (s + margin).max(0.0)
            }
        };
        let value = |s: &[f64; 5], held: &[f64; 5]| {
            let exponent =
                |j: usize| held[j] * if j < 2 { s[j] - 1.0 + margin } else { s[j] - margin };
            let sum =
                |side: std::ops::Range<usize>| side.map(|j| libm::exp(exponent(j))).sum::<f64>();
            libm::log1p(sum(0..2) * sum(2..5))
        };
        let s = [0.9, 0.1, 0.4, -0.6, 0.2];
        let held: [f64; 5] = std::array::from_fn(|j| weight(j, s[j]));
        let circle = Circle { margin: Finite::new(margin), scale: Positive::new(scale) };
        let (told, slopes) = said(&mut *built(&circle), &s, &[0, 1], &[2, 3, 4]);
        assert!((told.mean() - value(&s, &held)).abs() < 1e-13);
        for j in 0..5 {
            let moved = |h: f64| {
                let mut s = s;
                s[j] += h;
                value(&s, &held)
            };
            let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
            assert!((slope - slopes[j]).abs() < 1e-8, "{j}: {slope} {}", slopes[j]);
        }
    }
}

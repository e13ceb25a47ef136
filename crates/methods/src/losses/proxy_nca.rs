//! ProxyNCA: neighbourhood components analysis with a proxy for each class in place of the neighbours.
//!
//! ```text
//! L         = S d_y² + ln Σ_k e^{-S d_k²}               d_k² = 2 - 2 c_k
//! others      the sum is over k ≠ y                     dL/dc_k = 2 S (q_k [k ≠ y] - [k = y])
//! all         over every k                              dL/dc_k = 2 S (q_k - [k = y])
//! ```
//!
//! - `c`: cosines between an embedding and the proxies, `[n_classes]`: the harness gives the network a head of cosines without
//!   biases, whose columns are the proxies; `q`: shares of the sum
//! - `scale` (`S`): 3, as in public code, which stretches proxies to a length of 3; 1 in pytorch-metric-learning
//! - `denominator`: `others` (the paper); `all` (pytorch-metric-learning and others), which is `normalized_softmax` at `2 S`
//! - a class without a training row, as of a split by classes, has no proxy: no term in the sum and no slope
//! - with `others` the loss may be negative, and does not stop to pull what is right already
//! - `2 S c` predicts; the batch's loss is the mean over examples
//!
//! Source: Movshovitz-Attias, Toshev, Leung, Ioffe, Singh, *No Fuss Distance Metric Learning using Proxies*, ICCV 2017.

use nn::range::Positive;
use nn::{Head, Real};
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::log_sum::log_sum;
use crate::losses::normalized_softmax::NormalizedSoftmax;
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of ProxyNCA.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProxyNca {
    /// Factor `S` of the squared distances; default 3.
    pub scale: Positive,
    /// Which proxies the sum is over; default `others`.
    pub denominator: Denominator,
}

/// Which proxies a sum is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Denominator {
    /// Those of the other classes.
    #[default]
    Others,
    /// All.
    All,
}

impl Default for ProxyNca {
    fn default() -> Self {
        ProxyNca { scale: Positive::new(3.0), denominator: Denominator::Others }
    }
}

impl Definition for ProxyNca {
    const CODE: &'static str = include_str!("proxy_nca.rs");

    fn traits(&self) -> Traits {
        Traits { scale: 2.0 * self.scale.get(), head: Head::Cosine, ..Traits::softmax(2) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        let rate = 2.0 * self.scale.get();
        Ok(match self.denominator {
            Denominator::Others => {
                let without_rows = setting.counts.without_rows().collect();
                Box::new(Others { rate: T::of(rate), without_rows, exponents: Vec::new() })
            }
            Denominator::All => NormalizedSoftmax { scale: Positive::new(rate) }.build(setting)?,
        })
    }
}

/// ProxyNCA against the proxies of other classes, with its workspace.
struct Others<T> {
    /// `2 S`.
    rate: T,
    /// Classes that have no proxy.
    without_rows: Vec<usize>,
    exponents: Vec<T>,
}

impl<T: Real> Loss<T> for Others<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let Others { rate, without_rows, exponents } = self;
        let is_other = |k: usize, y: usize| k != y && !without_rows.contains(&k);
        let mut rows = batch.logits.rows();
        out.fill_softmax(batch, |_, y, gradient| {
            let c = rows.next().expect("a row for each example");
            // The 2 S of every squared distance stands on both sides.
            let others = c.iter().enumerate().filter(|(k, _)| is_other(*k, y));
            exponents.clear();
            exponents.extend(others.map(|(_, &c_k)| *rate * (c_k - c[y])));
            if exponents.is_empty() {
                gradient.fill(T::ZERO);
                return T::ZERO;
            }
            let loss = log_sum(exponents);
            let mut shares = exponents.iter();
            for (k, slope) in gradient.iter_mut().enumerate() {
                let share = if is_other(k, y) { shares.next() } else { None };
                let own = if k == y { -T::ONE } else { T::ZERO };
                *slope = *rate * share.map_or(own, |&share| share);
            }
            loss
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::losses::per_example::testing::{TARGETS, evaluate, logits};

    #[test]
    fn over_all_proxies_it_is_the_normalised_softmax_of_twice_the_scale() {
        let ours =
            evaluate("proxy_nca = { scale = 2.5, denominator = 'all' }", &logits(), &TARGETS);
        assert_eq!(ours, evaluate("normalized_softmax.scale = 5", &logits(), &TARGETS));
    }

    #[test]
    fn over_the_others_it_pulls_however_right_an_example_is() {
        let ours = evaluate("proxy_nca = {}", &logits(), &TARGETS);
        for (slopes, &y) in ours.gradient.rows().zip(&TARGETS) {
            assert_eq!(slopes[y as usize], -6.0);
            assert!(slopes.iter().sum::<f64>().abs() < 1e-14);
        }
        assert!(ours.losses[0] < 0.0, "the first is right");
    }
}

//! Normalised softmax: cross-entropy of scaled cosines between an embedding and a proxy for each class.
//!
//! ```text
//! L       = -ln p_y                   p = softmax(S c)
//! dL/dc_k = S (p_k - [k = y])
//! ```
//!
//! - `c`: cosines, `[n_classes]`: the harness gives the network a head of cosines without biases, whose columns are the proxies
//! - `scale` (`S`): 20, a temperature of 0.05 (Zhai and Wu)
//! - a class without a training row, as of a split by classes, has no proxy: no term in the sum and no slope
//! - `S c` predicts; the batch's loss is the mean over examples
//!
//! It is LDAM without margins, and `proxy_nca` with `denominator = "all"` at twice its scale.
//!
//! Source: Wang, Xiang, Cheng, Yuille, *NormFace: L2 Hypersphere Embedding for Face Verification*, ACM Multimedia 2017; Zhai,
//! Wu, *Classification is a Strong Baseline for Deep Metric Learning*, BMVC 2019.
//! Trap: with a scale of 1 no example can be predicted with confidence: `p_y` is at most `e / (e + (K - 1) / e)`.

use nn::range::Positive;
use nn::{Head, Real};
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::per_example::scale;
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of the normalised softmax.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NormalizedSoftmax {
    /// Factor `S` of the cosines; default 20.
    pub scale: Positive,
}

impl Default for NormalizedSoftmax {
    fn default() -> Self {
        NormalizedSoftmax { scale: Positive::new(20.0) }
    }
}

impl Definition for NormalizedSoftmax {
    const CODE: &'static str = include_str!("normalized_softmax.rs");

    fn traits(&self) -> Traits {
        Traits { scale: self.scale.get(), head: Head::Cosine, ..Traits::softmax(2) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        let without_rows = setting.counts.without_rows().collect();
        Ok(Box::new(Scaled { scale: T::of(self.scale.get()), without_rows }))
    }
}

struct Scaled<T> {
    scale: T,
    /// Classes that have no proxy.
    without_rows: Vec<usize>,
}

impl<T: Real> Loss<T> for Scaled<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let scaled = |y: usize, cosines: &mut [T]| {
            scale(cosines, self.scale);
            let others = self.without_rows.iter().filter(|k| **k != y);
            others.for_each(|&k| cosines[k] = T::of(f64::NEG_INFINITY));
        };
        out.fill_adjusted(batch, scaled, |true_class, _, gradient| {
            scale(gradient, self.scale);
            -true_class.ln_p
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::losses::per_example::testing::{TARGETS, evaluate, logits};

    #[test]
    fn it_is_cross_entropy_of_what_it_reads() {
        let mut scaled = logits();
        scaled.values_mut().iter_mut().for_each(|z| *z *= 5.0);
        let expected = evaluate("cross_entropy = {}", &scaled, &TARGETS);
        let ours = evaluate("normalized_softmax.scale = 5", &logits(), &TARGETS);
        assert_eq!(ours.losses, expected.losses);
        let slopes = ours.gradient.values().iter().zip(expected.gradient.values());
        assert!(slopes.into_iter().all(|(ours, theirs)| *ours == 5.0 * theirs));
    }
}

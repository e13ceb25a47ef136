//! How long the gradients of a batch's examples are, and what they are in the plain mean.
//!
//! ```text
//! g_i   max_k |d plain_i / d z_ik|        from 0 to 1; under a softmax 1 - p_y, under a sigmoid |σ(z) - y|
//! h_i   w_i max_k |d loss_i / d z_ik|     every divisor applied
//! r_i   h_i n / (s g_i)                   1: the example counts as in the plain mean
//! z     logits, [n_examples, n_outputs]
//! ```
//!
//! - `k`: the logits; what a network says beside them, as of boxes, is left out
//! - `plain`: the plain loss of the readout, at the logits as it reads them; `s` its scale; `n` examples
//! - what a loss has at the hidden activations is left out, and so is what a control does to the whole gradient
//!
//! Source: `g` is the gradient norm of Li, Liu, Wang, *Gradient Harmonized Single-stage Detector*, AAAI 2019.

use nn::{Matrix, Real};

use crate::losses::{PerExample, Plain, Readout};
use crate::mixing::Mixture;

/// Measures the gradients of the examples of a step.
#[expect(missing_debug_implementations, reason = "it is a workspace")]
pub struct Lengths<T> {
    plain: Plain<T>,
    /// Columns after the logits, which are not measured.
    beside: usize,
    evaluated: PerExample<T>,
    partners: PerExample<T>,
    measured: Vec<Length>,
}

/// The gradient of one example.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Length {
    /// `g`: its length in the plain loss.
    pub plain: f64,
    /// `h`: its length in the method's batch, every divisor applied.
    pub method: f64,
    /// `r`: how many times as much as in the plain mean it counts; not a number where `g` is 0.
    pub ratio: f64,
}

impl<T: Real> Lengths<T> {
    /// Of logits that are read by `readout`.
    pub fn new(readout: &Readout) -> Self {
        Lengths {
            plain: Plain::new(readout),
            beside: readout.beside,
            evaluated: PerExample::default(),
            partners: PerExample::default(),
            measured: Vec::new(),
        }
    }

    /// Measures a batch whose loss says `method`, weighed by `weights`.
    pub(crate) fn measure(
        &mut self,
        logits: &Matrix<T>,
        targets: &[u32],
        mixture: &Mixture<T>,
        (method, weights): (&PerExample<T>, &[T]),
    ) {
        let Lengths { plain, beside, evaluated, partners, measured } = self;
        mixture.evaluate(targets, [evaluated, partners], |targets, out| {
            plain.score(logits, targets, out);
        });
        let of_one = targets.len() as f64 / plain.scale().to_f64();
        let slopes = evaluated.gradient.rows().zip(method.gradient.rows());
        measured.clear();
        measured.extend(slopes.zip(weights).map(|((plain, slopes), &weight)| {
            let slopes = &slopes[..slopes.len() - *beside];
            let plain = longest(plain);
            // An example that does not count has no length, whatever its slope.
            let method = if weight == T::ZERO { 0.0 } else { weight.to_f64() * longest(slopes) };
            Length { plain, method, ratio: method * of_one / plain }
        }));
    }

    /// Of the examples of the last batch, `[n_examples]`.
    pub fn measured(&self) -> &[Length] {
        &self.measured
    }
}

fn longest<T: Real>(slopes: &[T]) -> f64 {
    slopes.iter().map(|slope| slope.to_f64().abs()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use nn::Streams;

    use super::*;
    use crate::losses::{Batch, Link, LossSpec};
    use crate::setting::{ClassCounts, Setting};

    const TARGETS: [u32; 4] = [0, 2, 1, 0];

    fn logits() -> Matrix<f64> {
        Matrix::from_rows(&[[1.2, -0.3, 0.4], [-2.1, 0.7, 0.1], [3.3, 2.9, -4.0], [0.2, 0.1, -0.6]])
    }

    fn evaluate(loss: &LossSpec, logits: &Matrix<f64>) -> PerExample<f64> {
        let counts = ClassCounts::new(vec![40, 10, 5]);
        let setting = Setting { counts: &counts, streams: &Streams::new([8; 32]) };
        let mut out = PerExample::default();
        loss.build(&setting).unwrap().evaluate(&Batch::new(logits, &TARGETS), &mut out);
        out
    }

    fn measured(loss: &str, weights: &[f64]) -> Vec<Length> {
        let spec: LossSpec = toml::from_str(loss).unwrap();
        let mut lengths = Lengths::new(&Readout::plain(spec.traits().link));
        let method = evaluate(&spec, &logits());
        lengths.measure(&logits(), &TARGETS, &Mixture::default(), (&method, weights));
        lengths.measured().to_vec()
    }

    #[test]
    fn under_plain_training_every_example_counts_once_and_its_length_is_what_the_true_class_lacks()
    {
        let all = measured("cross_entropy = {}", &[0.25; 4]);
        for (length, (z, &y)) in all.iter().zip(logits().rows().zip(&TARGETS)) {
            let exp: Vec<f64> = z.iter().map(|&z| libm::exp(z)).collect();
            let lacks = 1.0 - exp[y as usize] / exp.iter().sum::<f64>();
            assert!((length.plain - lacks).abs() < 1e-12, "{length:?}");
            assert!((length.ratio - 1.0).abs() < 1e-12, "{length:?}");
        }
    }

    #[test]
    fn a_weight_is_seen_and_an_example_without_one_has_no_length() {
        let all = measured("cross_entropy = {}", &[0.5, 0.0, 0.25, 0.25]);
        let ratios: Vec<f64> = all.iter().map(|length| length.ratio).collect();
        assert!((ratios[0] - 2.0).abs() < 1e-12 && ratios[1] == 0.0, "{ratios:?}");
    }

    #[test]
    fn what_a_loss_weighs_is_seen_as_well() {
        // focal with gamma 2 under softmax: slopes are those of cross-entropy times a factor of the example.
        for length in measured("focal = { gamma = 2 }", &[0.25; 4]) {
            let (rest, p) = (length.plain, 1.0 - length.plain);
            let factor = rest * rest - 2.0 * rest * p * libm::log(p);
            assert!((length.ratio - factor).abs() < 1e-12, "{length:?}");
        }
    }

    #[test]
    fn a_readout_that_scales_logits_is_taken_into_account() {
        let readout = Readout { scale: 2.0, ..Readout::plain(Link::Softmax) };
        let twice = Matrix::from_values(3, logits().values().iter().map(|z| 2.0 * z).collect());
        let mut method = evaluate(&LossSpec::default(), &twice);
        // The chain rule: at the logits themselves slopes are twice as long.
        method.weigh(&[2.0; 4]);
        let mut lengths = Lengths::new(&readout);
        lengths.measure(&logits(), &TARGETS, &Mixture::default(), (&method, &[0.25; 4]));
        assert!(lengths.measured().iter().all(|length| (length.ratio - 1.0).abs() < 1e-12));
    }
}

//! NT-Xent, the normalised cross-entropy of a temperature: each positive is to be picked out among the anchor's negatives.
//!
//! ```text
//! L        = mean over pairs of an anchor and a positive of -ln( e^{s_p/τ} / (e^{s_p/τ} + Σ_N e^{s_n/τ}) )
//! dL/ds_p  = -1/m (1 - q_p) / τ
//! dL/ds_n  = 1/m Σ_p (1 - q_p) e^{s_n/τ} / (τ Σ_N e^{s/τ})
//! ```
//!
//! - `s`: cosines of an anchor and its references, `[n_references]`; `q_p`: the fraction above; `m`: pairs of an anchor and a
//!   positive, over all anchors
//! - `temperature` `τ`: 0.07 (pytorch-metric-learning; the paper has 0.1 and 0.5)
//! - an anchor without positives does not count; without negatives its pairs have a loss of 0
//! - with one point for all embeddings it is `ln(1 + n_negatives)`
//!
//! Source: Sohn, *Improved Deep Metric Learning with Multi-class N-pair Loss Objective*, NeurIPS 2016; Chen, Kornblith,
//! Norouzi, Hinton, *A Simple Framework for Contrastive Learning of Visual Representations*, ICML 2020.
//! Differs: in the papers an anchor has one positive. Of several each is weighed against the negatives alone; in `sup_con`
//! also against the other positives.

use nn::Real;
use nn::range::Positive;
use serde::{Deserialize, Serialize};

use crate::pairs::definition::{PairTerm, Pairs, Said, TermDefinition};
use crate::pairs::log_sum::log_sum;

/// Parameters of NT-Xent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NtXent {
    /// What cosines are divided by, `τ`; default 0.07.
    pub temperature: Positive,
}

impl Default for NtXent {
    fn default() -> Self {
        NtXent { temperature: Positive::new(0.07) }
    }
}

impl<T: Real> TermDefinition<T> for NtXent {
    fn code(&self) -> &'static str {
        include_str!("nt_xent.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self) -> Box<dyn PairTerm<T>> {
        Box::new(PickedOut { rate: T::of(1.0 / self.temperature.get()), exponents: Vec::new() })
    }
}

/// NT-Xent with its workspace.
struct PickedOut<T> {
    /// `1 / τ`.
    rate: T,
    exponents: Vec<T>,
}

impl<T: Real> PairTerm<T> for PickedOut<T> {
    fn anchor(&mut self, cosines: &[T], pairs: &Pairs, slopes: &mut [T]) -> Said {
        let PickedOut { rate, exponents } = self;
        let Pairs { positives, negatives, .. } = pairs;
        if positives.is_empty() {
            return Said::NOTHING;
        }
        exponents.clear();
        exponents.extend(negatives.iter().map(|&j| *rate * cosines[j as usize]));
        let of_negatives = log_sum(exponents);
        let (mut loss, mut pushed) = (T::ZERO, T::ZERO);
        for &j in positives {
            let above = of_negatives - *rate * cosines[j as usize];
            loss += above.softplus();
            let rest = above.sigmoid();
            pushed += rest;
            slopes[j as usize] += -(*rate * rest);
        }
        for (&j, &share) in negatives.iter().zip(&*exponents) {
            slopes[j as usize] += *rate * pushed * share;
        }
        Said::whole(loss.to_f64(), positives.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::testing::{built, said};

    #[test]
    fn without_negatives_positives_have_no_loss_and_do_count() {
        let (told, slopes) = said(&mut *built(&NtXent::default()), &[0.1, 0.2], &[0, 1], &[]);
        assert_eq!((told, slopes), (Said::whole(0.0, 2), vec![0.0; 2]));
        let (told, slopes) = said(&mut *built(&NtXent::default()), &[0.1, 0.2], &[], &[0, 1]);
        assert_eq!((told, slopes), (Said::NOTHING, vec![0.0; 2]));
    }

    #[test]
    fn of_one_point_it_is_the_logarithm_of_the_references() {
        let (told, slopes) = said(&mut *built(&NtXent::default()), &[1.0; 4], &[1], &[0, 2, 3]);
        assert!((told.mean() - libm::log(4.0)).abs() < 1e-14);
        assert!(slopes.iter().sum::<f64>().abs() < 1e-14);
    }
}

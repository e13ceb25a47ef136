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
use crate::pairs::exponentials::{Exponentials, share};
use crate::pairs::logistic::Logistic;

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
        2
    }

    fn build(&self) -> Box<dyn PairTerm<T>> {
        Box::new(PickedOut {
            rate: T::of(1.0 / self.temperature.get()),
            above: Vec::new(),
            logistic: Logistic::default(),
        })
    }
}

/// NT-Xent with its workspace.
struct PickedOut<T> {
    /// `1 / τ`.
    rate: T,
    /// By how much the negatives together are above each positive.
    above: Vec<T>,
    logistic: Logistic<T>,
}

impl<T: Real> PairTerm<T> for PickedOut<T> {
    fn anchor(&mut self, pairs: &Pairs<T>, far: &mut [T]) -> Said {
        let PickedOut { rate, above, logistic } = self;
        let (rate, positives) = (*rate, &pairs.positives);
        if positives.is_empty() {
            far.fill(T::ZERO);
            return Said::NOTHING;
        }
        let of_negatives = Exponentials::of(far, move |s| rate * s, T::of(f64::NEG_INFINITY));
        let ln_sum = of_negatives.ln_sum();
        above.clear();
        above.extend(positives.iter().map(|&(_, s)| ln_sum - rate * s));
        let loss = logistic.of(above);
        let mut pushed = T::ZERO;
        above.iter().for_each(|&rest| pushed += rest);
        share(far, of_negatives.share(rate * pushed));
        for (&(p, _), &rest) in positives.iter().zip(&*above) {
            far[p as usize] = -(rate * rest);
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

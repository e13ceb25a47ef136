//! Supervised contrastive loss: the positives of an anchor share a softmax over all of its pairs.
//!
//! ```text
//! L_i      = -τ/τ_b · 1/|P| Σ_{p in P} [ s_p/τ - ln Σ_{a in P or N} e^{s_a/τ} ],   L = mean over anchors
//! dL_i/ds_j = (q_j - [j in P] / |P|) / τ_b,   q = softmax(s/τ) over P and N
//! ```
//!
//! - `s`: cosines of an anchor and its references, `[n_references]`
//! - `temperature` `τ`: 0.07; `base_temperature` `τ_b`: 0.07 (both of the authors' code; the paper has `τ = 0.1`)
//! - `anchors`: the mean is over `all` of the batch (the authors' code), where one without positives has a loss of 0, or over
//!   those `with_positives` (pytorch-metric-learning)
//!
//! With one positive for each anchor it is `nt_xent`.
//!
//! Source: Khosla et al., *Supervised Contrastive Learning*, NeurIPS 2020 (`L_out`).
//! Differs: pytorch-metric-learning takes a batch of a single class as 0; here its anchors pull where the formula does.
//! Trap: `τ / τ_b` is a factor of the loss: another temperature is also another learning rate, unless `τ_b` follows.

use nn::Real;
use nn::range::Positive;
use serde::{Deserialize, Serialize};

use crate::pairs::definition::{PairTerm, Pairs, Said, TermDefinition};
use crate::pairs::exponentials::{Exponentials, share};

/// Parameters of the supervised contrastive loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SupCon {
    /// What cosines are divided by, `τ`; default 0.07.
    pub temperature: Positive,
    /// `τ_b`, in place of which `τ` would take every trace of the temperature out of the length of a step; default 0.07.
    pub base_temperature: Positive,
    /// Which anchors the mean is over; default `all`.
    pub anchors: CountedAnchors,
}

/// Which anchors a mean is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedAnchors {
    /// All of the batch.
    #[default]
    All,
    /// Those that have a positive.
    WithPositives,
}

impl Default for SupCon {
    fn default() -> Self {
        SupCon {
            temperature: Positive::new(0.07),
            base_temperature: Positive::new(0.07),
            anchors: CountedAnchors::All,
        }
    }
}

impl<T: Real> TermDefinition<T> for SupCon {
    fn code(&self) -> &'static str {
        include_str!("sup_con.rs")
    }

    fn version(&self) -> u32 {
        2
    }

    fn build(&self) -> Box<dyn PairTerm<T>> {
        Box::new(Shared {
            rate: T::of(1.0 / self.temperature.get()),
            ratio: T::of(self.temperature.get() / self.base_temperature.get()),
            base_rate: T::of(1.0 / self.base_temperature.get()),
            anchors: self.anchors,
        })
    }
}

/// The supervised contrastive loss.
struct Shared<T> {
    /// `1 / τ`.
    rate: T,
    /// `τ / τ_b`.
    ratio: T,
    /// `1 / τ_b`.
    base_rate: T,
    anchors: CountedAnchors,
}

impl<T: Real> PairTerm<T> for Shared<T> {
    fn anchor(&mut self, pairs: &Pairs<T>, far: &mut [T]) -> Said {
        let Shared { rate, ratio, base_rate, anchors } = *self;
        let positives = &pairs.positives;
        if positives.is_empty() {
            far.fill(T::ZERO);
            return Said::whole(0.0, u64::from(anchors == CountedAnchors::All));
        }
        let mut pulled = T::ZERO;
        for &(p, s) in positives {
            far[p as usize] = s;
            pulled += rate * s;
        }
        let each = T::ONE / T::of(positives.len() as f64);
        let all = Exponentials::of(far, move |s| rate * s, T::of(f64::NEG_INFINITY));
        let loss = ratio * (all.ln_sum() - each * pulled);
        share(far, all.share(base_rate));
        for &(p, _) in positives {
            far[p as usize] += -(base_rate * each);
        }
        Said::whole(loss.to_f64(), 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::terms::nt_xent::NtXent;
    use crate::pairs::testing::{built, said};

    #[test]
    fn with_one_positive_it_is_nt_xent() {
        let cosines = [0.3, -0.2, 0.9, 0.45];
        let (ours, slopes) = said(&mut *built(&SupCon::default()), &cosines, &[1], &[0, 2, 3]);
        let (theirs, expected) = said(&mut *built(&NtXent::default()), &cosines, &[1], &[0, 2, 3]);
        assert!((ours.mean() - theirs.mean()).abs() < 1e-12);
        for (ours, theirs) in slopes.iter().zip(expected) {
            assert!((ours - theirs).abs() < 1e-12, "{ours} {theirs}");
        }
    }

    #[test]
    fn an_anchor_without_positives_counts_if_it_is_asked_to() {
        let told = |anchors| {
            let term = SupCon { anchors, ..SupCon::default() };
            said(&mut *built(&term), &[0.5, 0.9], &[], &[0, 1])
        };
        assert_eq!(told(CountedAnchors::All), (Said::whole(0.0, 1), vec![0.0; 2]));
        assert_eq!(told(CountedAnchors::WithPositives), (Said::NOTHING, vec![0.0; 2]));
    }
}

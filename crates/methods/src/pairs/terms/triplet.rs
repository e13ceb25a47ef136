//! Triplet loss: a positive should be nearer than a negative by a margin.
//!
//! ```text
//! t        = d_ap - d_an + m                            d = √(2 - 2 s),   dd/ds = -1 / d
//! hard       L = mean over triplets with t > 0 of t
//! soft       L = mean over triplets of ln(1 + e^t)
//! dL/ds_ap = 1/n Σ_n g(t) dd_ap/ds,   dL/ds_an = -1/n Σ_p g(t) dd_an/ds,   g = [t > 0], or σ(t)
//! ```
//!
//! - `s`: cosines of an anchor and its references, `[n_references]`; `p` a positive, `n` a negative of it
//! - `form`: `hard`; `margin` `m`: 0.05 (pytorch-metric-learning), 0.2 in the paper
//! - all triplets of an anchor, or those that the miner matches; without positives or without negatives there is none
//!
//! Source: Schroff, Kalenichenko, Philbin, *FaceNet: A Unified Embedding for Face Recognition and Clustering*, CVPR 2015;
//! the soft form: Hermans, Beyer, Leibe, *In Defense of the Triplet Loss for Person Re-Identification*, 2017.
//! Differs: the paper takes squared distances. Hermans et al. have no margin in the soft form: `margin = 0`.
//! Trap: all triplets of a batch or a memory are many: `P N` for every anchor. Mine them.
//! Trap: with the hardest negatives alone everything may collapse to one point, where the loss is the margin.

use nn::Real;
use nn::range::NonNegative;
use serde::{Deserialize, Serialize};

use crate::pairs::definition::{PairTerm, Pairs, Said, TermDefinition};
use crate::pairs::distance::{distance, slope};

/// Parameters of the triplet loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Triplet {
    /// What a triplet costs; default `hard`.
    pub form: TripletForm,
    /// By how much the positive should be nearer; default 0.05.
    pub margin: NonNegative,
}

/// What a triplet costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TripletForm {
    /// `max(0, t)`, a mean over those above 0.
    #[default]
    Hard,
    /// `ln(1 + e^t)`.
    Soft,
}

impl Default for Triplet {
    fn default() -> Self {
        Triplet { form: TripletForm::Hard, margin: NonNegative::new(0.05) }
    }
}

impl<T: Real> TermDefinition<T> for Triplet {
    fn code(&self) -> &'static str {
        include_str!("triplet.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self) -> Box<dyn PairTerm<T>> {
        Box::new(self.clone())
    }
}

impl<T: Real> PairTerm<T> for Triplet {
    fn anchor(&mut self, cosines: &[T], pairs: &Pairs, slopes: &mut [T]) -> Said {
        let margin = T::of(self.margin.get());
        let (mut sum, mut count) = (0.0, 0);
        for (p, n) in pairs.triplets() {
            let (near, far) = (distance(cosines[p]), distance(cosines[n]));
            let t = near - far + margin;
            let (loss, g) = match self.form {
                TripletForm::Hard if t <= T::ZERO => continue,
                TripletForm::Hard => (t, T::ONE),
                TripletForm::Soft => (t.softplus(), t.sigmoid()),
            };
            sum += loss.to_f64();
            count += 1;
            slopes[p] += g * slope(near);
            slopes[n] += -(g * slope(far));
        }
        Said::whole(sum, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::testing::said;

    #[test]
    fn triplets_in_order_have_no_loss_and_do_not_count() {
        let mut term = Triplet { margin: NonNegative::new(0.0), ..Triplet::default() };
        let (told, slopes) = said(&mut term, &[0.9, 0.5, 0.1], &[0], &[1, 2]);
        assert_eq!((told, slopes), (Said::NOTHING, vec![0.0; 3]));
        // Distances 1 and 2: the negative is nearer by 1.
        let (told, slopes) = said(&mut term, &[-1.0, 0.5, -1.0], &[0], &[1, 2]);
        assert_eq!(told, Said::whole(1.0, 1));
        assert_eq!(slopes, [-0.5, 1.0, 0.0]);
    }

    #[test]
    fn the_soft_form_goes_on_where_the_hard_one_stops() {
        let mut soft = Triplet { form: TripletForm::Soft, margin: NonNegative::new(0.0) };
        let (told, slopes) = said(&mut soft, &[0.5, -1.0], &[0], &[1]);
        assert_eq!(told, Said::whole(libm::log1p(libm::exp(-1.0)), 1));
        assert!(slopes[0] < 0.0 && 0.0 < slopes[1]);
    }

    #[test]
    fn where_all_is_one_point_the_loss_is_the_margin() {
        let (told, slopes) = said(&mut Triplet::default(), &[1.0; 3], &[0], &[1, 2]);
        assert_eq!((told.mean(), slopes), (0.05, vec![0.0; 3]));
    }
}

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
use crate::pairs::far::negatives;
use crate::pairs::lanes::{sum, sum_and_replace};
use crate::pairs::logistic::Logistic;
use crate::pairs::mining::is_behind;

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
        2
    }

    fn build(&self) -> Box<dyn PairTerm<T>> {
        Box::new(Ranked {
            form: self.form,
            margin: T::of(self.margin.get()),
            places: Vec::new(),
            distances: Vec::new(),
            pushes: Vec::new(),
            excesses: Vec::new(),
            logistic: Logistic::default(),
        })
    }
}

/// The triplet loss with its workspace.
struct Ranked<T> {
    form: TripletForm,
    margin: T,
    /// Positions of the negatives, the distances to them, and the sums of `g` there.
    places: Vec<u32>,
    distances: Vec<T>,
    pushes: Vec<T>,
    /// `t` of one positive and each negative, then `g`; -∞ and 0 where they are no triplet.
    excesses: Vec<T>,
    logistic: Logistic<T>,
}

impl<T: Real> Ranked<T> {
    /// Fills `t` of the positive `k` at this distance.
    fn exceed(&mut self, pairs: &Pairs<T>, k: usize, near: T) {
        let Ranked { margin, places, distances, excesses, .. } = self;
        let (margin, none) = (*margin, T::of(f64::NEG_INFINITY));
        let t = |far: T| near - far + margin;
        excesses.clear();
        if let Some(listed) = pairs.listed() {
            excesses.resize(distances.len(), none);
            let place = places.partition_point(|&n| n < listed[k].1);
            excesses[place] = t(distances[place]);
        } else if let Some(by) = pairs.behind_by() {
            let is_one = |far| is_behind(near, far, by);
            excesses.extend(distances.iter().map(|&d| if is_one(d) { t(d) } else { none }));
        } else {
            excesses.extend(distances.iter().map(|&d| t(d)));
        }
    }

    /// The sum of the losses of one positive and its negatives, and how many they are; `t` becomes `g`.
    fn lose(&mut self) -> (f64, u64) {
        let Ranked { form, excesses, logistic, .. } = self;
        match form {
            TripletForm::Hard => {
                let loss = sum_and_replace(excesses, |t| {
                    if t <= T::ZERO { (T::ZERO, T::ZERO) } else { (t, T::ONE) }
                });
                (loss.to_f64(), sum(excesses).to_f64() as u64)
            }
            TripletForm::Soft => {
                let count = negatives(excesses).count() as u64;
                (logistic.of(excesses).to_f64(), count)
            }
        }
    }
}

impl<T: Real> PairTerm<T> for Ranked<T> {
    fn anchor(&mut self, pairs: &Pairs<T>, far: &mut [T]) -> Said {
        self.places.clear();
        self.places.extend(negatives(far));
        self.distances.clear();
        self.distances.extend(self.places.iter().map(|&n| distance(far[n as usize])));
        self.pushes.clear();
        self.pushes.resize(self.places.len(), T::ZERO);
        far.fill(T::ZERO);
        let (mut total, mut count) = (0.0, 0);
        for (k, &(p, s)) in pairs.positives.iter().enumerate() {
            let near = distance(s);
            self.exceed(pairs, k, near);
            let (loss, n) = self.lose();
            (total, count) = (total + loss, count + n);
            far[p as usize] = sum(&self.excesses) * slope(near);
            self.pushes.iter_mut().zip(&self.excesses).for_each(|(push, &g)| *push += g);
        }
        for ((&n, &d), &push) in self.places.iter().zip(&self.distances).zip(&self.pushes) {
            far[n as usize] = -(push * slope(d));
        }
        Said::whole(total, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::testing::{built, said};

    #[test]
    fn triplets_in_order_have_no_loss_and_do_not_count() {
        let term = &mut *built(&Triplet { margin: NonNegative::new(0.0), ..Triplet::default() });
        let (told, slopes) = said(term, &[0.9, 0.5, 0.1], &[0], &[1, 2]);
        assert_eq!((told, slopes), (Said::NOTHING, vec![0.0; 3]));
        // Distances 1 and 2: the negative is nearer by 1.
        let (told, slopes) = said(term, &[-1.0, 0.5, -1.0], &[0], &[1, 2]);
        assert_eq!(told, Said::whole(1.0, 1));
        assert_eq!(slopes, [-0.5, 1.0, 0.0]);
    }

    #[test]
    fn the_soft_form_goes_on_where_the_hard_one_stops() {
        let soft = Triplet { form: TripletForm::Soft, margin: NonNegative::new(0.0) };
        let (told, slopes) = said(&mut *built(&soft), &[0.5, -1.0], &[0], &[1]);
        assert_eq!(told.positives.count, 1);
        // It is taken as a logarithm of what is left, which rounds elsewhere.
        assert!((told.mean() - libm::log1p(libm::exp(-1.0))).abs() < 1e-15);
        assert!(slopes[0] < 0.0 && 0.0 < slopes[1]);
    }

    #[test]
    fn where_all_is_one_point_the_loss_is_the_margin() {
        let (told, slopes) = said(&mut *built(&Triplet::default()), &[1.0; 3], &[0], &[1, 2]);
        assert_eq!((told.mean(), slopes), (0.05, vec![0.0; 3]));
    }
}

//! Pair losses: what the pairs of an anchor cost.

mod circle;
mod contrastive;
mod cosine_contrastive;
mod multi_similarity;
mod nt_xent;
mod sup_con;
mod triplet;

pub use circle::Circle;
pub use contrastive::{Contrastive, ContrastiveForm};
pub use cosine_contrastive::CosineContrastive;
pub use multi_similarity::MultiSimilarity;
pub use nt_xent::NtXent;
pub use sup_con::{CountedAnchors, SupCon};
pub use triplet::{Triplet, TripletForm};

use nn::Real;
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::header::header;
use crate::pairs::definition::{PairTerm, TermDefinition};

/// Every pair loss, under its name in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum PairTermSpec {
    /// See [`Contrastive`].
    Contrastive(Contrastive),
    /// See [`CosineContrastive`].
    CosineContrastive(CosineContrastive),
    /// See [`Triplet`].
    Triplet(Triplet),
    /// See [`MultiSimilarity`].
    MultiSimilarity(MultiSimilarity),
    /// See [`NtXent`].
    NtXent(NtXent),
    /// See [`SupCon`].
    SupCon(SupCon),
    /// See [`Circle`].
    Circle(Circle),
}

impl PairTermSpec {
    fn definition<T: Real>(&self) -> &dyn TermDefinition<T> {
        match self {
            PairTermSpec::Contrastive(term) => term,
            PairTermSpec::CosineContrastive(term) => term,
            PairTermSpec::Triplet(term) => term,
            PairTermSpec::MultiSimilarity(term) => term,
            PairTermSpec::NtXent(term) => term,
            PairTermSpec::SupCon(term) => term,
            PairTermSpec::Circle(term) => term,
        }
    }

    /// The term of one trial.
    pub fn build<T: Real>(&self) -> Box<dyn PairTerm<T>> {
        self.definition().build()
    }

    /// Raised whenever the numbers of this term change.
    pub fn version(&self) -> u32 {
        self.definition::<f64>().version()
    }

    /// What it is, in Markdown.
    pub fn page(&self) -> String {
        header(self.code())
    }

    /// Its file.
    pub(crate) fn code(&self) -> &'static str {
        self.definition::<f64>().code()
    }

    /// The name in a file.
    pub fn name(&self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use nn::{Real, Streams};
    use strum::IntoEnumIterator;

    use super::PairTermSpec;
    use crate::pairs::{Pairs, References, Said};

    const NEAR: u32 = 0;

    /// What the term of this name says of an anchor of class 0 and row 7, and its slopes: formula by formula, pair by pair.
    fn plain(name: &str, s: &[f64], targets: &[u32], rows: &[u32]) -> (Said, Vec<f64>) {
        let is_near = |j: &usize| targets[*j] == NEAR && rows[*j] != 7;
        let near: Vec<usize> = (0..s.len()).filter(is_near).collect();
        let far: Vec<usize> = (0..s.len()).filter(|&j| targets[j] != NEAR).collect();
        let distance = |j: usize| libm::sqrt(2.0 - 2.0 * s[j]);
        let mut slopes = vec![0.0; s.len()];
        let sum =
            |side: &[usize], of: &dyn Fn(usize) -> f64| side.iter().map(|&j| of(j)).sum::<f64>();
        let lacks_one = near.is_empty() || far.is_empty();
        let said = match name {
            "contrastive" => {
                let mut said = Said::NOTHING;
                for &j in &near {
                    said.positives.sum += distance(j);
                    said.positives.count += 1;
                    slopes[j] = -1.0 / distance(j);
                }
                for &j in far.iter().filter(|&&j| distance(j) < 1.0) {
                    said.negatives.sum += 1.0 - distance(j);
                    said.negatives.count += 1;
                    slopes[j] = 1.0 / distance(j);
                }
                said
            }
            "cosine_contrastive" => {
                let pushed: Vec<usize> = far.iter().copied().filter(|&j| 0.5 < s[j]).collect();
                near.iter().for_each(|&j| slopes[j] = -1.0);
                pushed.iter().for_each(|&j| slopes[j] = 1.0);
                Said::whole(sum(&near, &|j| 1.0 - s[j]) + sum(&pushed, &|j| s[j]), 1)
            }
            "triplet" => {
                let mut said = (0.0, 0);
                for (&p, &n) in near.iter().flat_map(|p| far.iter().map(move |n| (p, n))) {
                    let t = distance(p) - distance(n) + 0.05;
                    if 0.0 < t {
                        said = (said.0 + t, said.1 + 1);
                        slopes[p] -= 1.0 / distance(p);
                        slopes[n] += 1.0 / distance(n);
                    }
                }
                Said::whole(said.0, said.1)
            }
            "multi_similarity" => {
                let of_near = |j: usize| libm::exp(-2.0 * (s[j] - 0.5));
                let of_far = |j: usize| libm::exp(50.0 * (s[j] - 0.5));
                let (pulled, pushed) = (1.0 + sum(&near, &of_near), 1.0 + sum(&far, &of_far));
                near.iter().for_each(|&j| slopes[j] = -of_near(j) / pulled);
                far.iter().for_each(|&j| slopes[j] = of_far(j) / pushed);
                Said::whole(libm::log(pulled) / 2.0 + libm::log(pushed) / 50.0, 1)
            }
            "nt_xent" => {
                let e = |j: usize| libm::exp(s[j] / 0.07);
                let all = sum(&far, &e);
                let rest = |p: usize| all / (e(p) + all);
                near.iter().for_each(|&p| slopes[p] = -rest(p) / 0.07);
                far.iter().for_each(|&n| slopes[n] = sum(&near, &rest) * e(n) / all / 0.07);
                Said::whole(sum(&near, &|p| libm::log((e(p) + all) / e(p))), near.len() as u64)
            }
            "sup_con" if near.is_empty() => Said::whole(0.0, 1),
            "sup_con" => {
                let e = |j: usize| libm::exp(s[j] / 0.07);
                let (all, n) = (sum(&near, &e) + sum(&far, &e), near.len() as f64);
                near.iter().chain(&far).for_each(|&j| slopes[j] = e(j) / all / 0.07);
                near.iter().for_each(|&j| slopes[j] -= 1.0 / n / 0.07);
                Said::whole(libm::log(all) - sum(&near, &|j| s[j]) / 0.07 / n, 1)
            }
            "circle" if lacks_one => Said::NOTHING,
            "circle" => {
                let pull = |j: usize| 80.0 * (1.4 - s[j]);
                let push = |j: usize| 80.0 * (s[j] + 0.4).max(0.0);
                let of_near = |j: usize| libm::exp(-pull(j) * (s[j] - 0.6));
                let of_far = |j: usize| libm::exp(push(j) * (s[j] - 0.4));
                let (near_all, far_all) = (sum(&near, &of_near), sum(&far, &of_far));
                let g = near_all * far_all / (1.0 + near_all * far_all);
                near.iter().for_each(|&j| slopes[j] = -g * pull(j) * of_near(j) / near_all);
                far.iter().for_each(|&j| slopes[j] = g * push(j) * of_far(j) / far_all);
                Said::whole(libm::log1p(near_all * far_all), 1)
            }
            _ => unreachable!("{name} has no formula here"),
        };
        (said, slopes)
    }

    fn check<T: Real>(tolerance: f64) {
        let mut stream = Streams::new([9; 32]).stream("terms");
        // Around the lengths of vectors, of lanes, and of the blocks that rows are worked on in.
        for n in [0, 1, 7, 8, 9, 17, 31, 33, 129, 2051] {
            for n_classes in [1, 2, 3, 40] {
                for first in [NEAR, NEAR + 1] {
                    // Each fourth is the anchor's own if it is of its class; with `first` it has no positives.
                    let targets: Vec<u32> = (0..n).map(|j| first + j * 7 % n_classes).collect();
                    let own = |j: u32| targets[j as usize] == NEAR && j % 4 == 3;
                    let rows: Vec<u32> = (0..n).map(|j| if own(j) { 7 } else { 100 + j }).collect();
                    let s: Vec<T> = (0..n).map(|_| T::of(1.98 * stream.uniform() - 0.99)).collect();
                    let exact: Vec<f64> = s.iter().map(|s| s.to_f64()).collect();
                    let references = References { embeddings: &[], targets: &targets, rows: &rows };
                    for spec in PairTermSpec::iter() {
                        let (mut pairs, mut slopes) = (Pairs::default(), s.clone());
                        pairs.list(NEAR, 7, references, &mut slopes);
                        let said = spec.build::<T>().anchor(&pairs, &mut slopes);
                        let (expected, theirs) = plain(spec.name(), &exact, &targets, &rows);
                        let what = || format!("{} {n} {n_classes} {first}", spec.name());
                        let counts = |said: Said| [said.positives.count, said.negatives.count];
                        // In 32 bits a triplet may be on the other side of 0.
                        let is_exact = tolerance < 1e-6;
                        assert!(!is_exact || counts(said) == counts(expected), "{}", what());
                        let (ours, value) = (said.mean(), expected.mean());
                        let bound = tolerance * value.abs().max(1.0);
                        assert!((ours - value).abs() < bound, "{}: {ours} {value}", what());
                        let largest = theirs.iter().fold(1.0, |a: f64, b| a.max(b.abs()));
                        for (j, (ours, theirs)) in slopes.iter().zip(&theirs).enumerate() {
                            let differs = (ours.to_f64() - theirs).abs();
                            assert!(
                                differs < tolerance * largest,
                                "{} {j}: {ours} {theirs}",
                                what()
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn terms_of_rows_of_any_length_are_their_formulas_pair_by_pair() {
        check::<f64>(1e-12);
        // Exponents of 80 and more make thousandths of what 32 bits round.
        check::<f32>(2e-4);
    }
}

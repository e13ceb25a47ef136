//! From what a detector says of proposals to detections: decoded, cut to the image, suppressed, the best of each image.
//!
//! ```text
//! for every proposal i and class k with score s_ik > least_score:   the box that its deltas make of i, cut to the image
//! of the boxes of an image and a class, those that a better one overlaps by more than `overlap` are left out
//! of the boxes of an image, the `most` best stay
//! ```
//!
//! - `least_score`: 0.05; `overlap`: 0.3; `most`: 100: those of Fast R-CNN's code
//! - of equal scores the earlier proposal is better, and of one proposal the earlier class
//!
//! Source: Girshick, *Fast R-CNN*, ICCV 2015.

use std::collections::BTreeMap;

use boxes::{BoundingBox, DeltaCoder, Suppression};

use crate::detection::Detection;

/// What a detector says of the proposals of a part, each row after the other.
#[derive(Clone, Copy, Debug)]
pub struct Proposed<'a> {
    /// The image of each proposal, `[n_proposals]`.
    pub images: &'a [u32],
    /// Where it lies, `[n_proposals]`.
    pub bounds: &'a [BoundingBox],
    /// How sure each class of objects is, without the background, `[n_proposals, n_classes]`.
    pub scores: &'a [f64],
    /// Standardised deltas, `[n_proposals, 4]`, or `[n_proposals, 4 n_classes]` if each class has its own.
    pub deltas: &'a [f64],
    /// Width and height of each image, by its number.
    pub extents: &'a [(f64, f64)],
}

/// How detections are made of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detecting {
    /// A detection is surer than that.
    pub least_score: f64,
    /// Overlap above which the less sure of two is left out.
    pub overlap: f64,
    /// Detections of an image at the most.
    pub most: usize,
    /// How deltas are standardised.
    pub coder: DeltaCoder,
}

impl Default for Detecting {
    fn default() -> Self {
        Detecting { least_score: 0.05, overlap: 0.3, most: 100, coder: DeltaCoder::default() }
    }
}

impl Detecting {
    /// The detections, the surest first.
    pub fn detections(&self, proposed: &Proposed<'_>) -> Vec<Detection> {
        let mut candidates = self.candidates(proposed);
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut order: Vec<u32> = (0..candidates.len() as u32).collect();
        let at = |i: u32| &candidates[i as usize];
        Suppression::default().leave_out(
            &mut order,
            |i| (at(i).image, at(i).class),
            |i| at(i).bounds,
            self.overlap,
        );
        let mut of_image: BTreeMap<u32, usize> = BTreeMap::new();
        order.retain(|&i| {
            let n = of_image.entry(at(i).image).or_default();
            *n += 1;
            *n <= self.most
        });
        order.into_iter().map(|i| *at(i)).collect()
    }

    /// Everything that is sure enough, proposal by proposal, class by class.
    fn candidates(&self, proposed: &Proposed<'_>) -> Vec<Detection> {
        let Proposed { images, bounds, scores, deltas, extents } = *proposed;
        let n = bounds.len().max(1);
        let (n_classes, n_deltas) = (scores.len() / n, deltas.len() / n);
        let mut candidates = Vec::new();
        for (i, (proposal, &image)) in bounds.iter().zip(images).enumerate() {
            let deltas = &deltas[i * n_deltas..][..n_deltas];
            for (class, &score) in scores[i * n_classes..][..n_classes].iter().enumerate() {
                // What is no number is not sure.
                if self.least_score < score {
                    let start = if n_deltas == 4 { 0 } else { 4 * class };
                    let of_class = std::array::from_fn(|k| deltas[start + k]);
                    let (width, height) = extents[image as usize];
                    let bounds = self.coder.decode(proposal, of_class).cut_to(width, height);
                    if bounds.is_proper() {
                        candidates.push(Detection { image, class: class as u32, bounds, score });
                    }
                }
            }
        }
        candidates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64) -> BoundingBox {
        BoundingBox::of_size([x, 0.0, 10.0, 10.0])
    }

    fn said<'a>(
        bounds: &'a [BoundingBox],
        images: &'a [u32],
        scores: &'a [f64],
        deltas: &'a [f64],
    ) -> Proposed<'a> {
        Proposed { images, bounds, scores, deltas, extents: &[(100.0, 50.0); 2] }
    }

    #[test]
    fn the_surest_of_an_image_and_a_class_stays_and_others_leave_each_other_alone() {
        let bounds = [at(0.0), at(1.0), at(1.0), at(50.0)];
        let images = [0, 0, 1, 0];
        let scores = [0.6, 0.9, 0.8, 0.1, 0.7, 0.2, 0.04, f64::NAN];
        let proposed = said(&bounds, &images, &scores, &[0.0; 16]);
        let found = Detecting::default().detections(&proposed);
        let told: Vec<(u32, u32, f64)> =
            found.iter().map(|d| (d.image, d.class, d.score)).collect();
        assert_eq!(told, [(0, 1, 0.9), (0, 0, 0.8), (1, 0, 0.7), (1, 1, 0.2)]);
        let one = Detecting { most: 1, ..Detecting::default() }.detections(&proposed);
        assert_eq!(
            one.iter().map(|d| (d.image, d.score)).collect::<Vec<_>>(),
            [(0, 0.9), (1, 0.7)]
        );
    }

    #[test]
    fn boxes_are_those_of_the_deltas_of_their_class_cut_to_the_image() {
        let bounds = [BoundingBox::of_size([80.0, 0.0, 20.0, 20.0])];
        let object = BoundingBox::of_size([90.0, 10.0, 20.0, 10.0]);
        let coder = DeltaCoder::default();
        let deltas = [[0.0; 4], coder.encode(&bounds[0], &object)].concat();
        let found = Detecting::default().detections(&said(&bounds, &[1], &[0.3, 0.9], &deltas));
        let near = |a: &BoundingBox, b: [f64; 4]| {
            a.edges().iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9)
        };
        assert!(near(&found[0].bounds, [90.0, 10.0, 100.0, 20.0]), "{found:?}");
        assert!(near(&found[1].bounds, [80.0, 0.0, 100.0, 20.0]), "{found:?}");
        // What lies outside is nothing.
        let far = coder.encode(&bounds[0], &BoundingBox::of_size([300.0, 0.0, 20.0, 20.0]));
        assert_eq!(Detecting::default().detections(&said(&bounds, &[1], &[0.9], &far)), []);
        assert_eq!(Detecting::default().detections(&said(&[], &[], &[], &[])), []);
    }
}

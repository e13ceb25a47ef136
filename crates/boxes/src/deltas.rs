//! Deltas: the four numbers that make a proposal the box of its object.
//!
//! ```text
//! t_x = (x - x') / w'      t_y = (y - y') / h'      t_w = ln(w / w')      t_h = ln(h / h')
//! d_k = (t_k - mean_k) / deviation_k
//! ```
//!
//! - `x, y, w, h`: centre, width and height of the object; with a dash those of the proposal
//! - `mean`: 0; `deviation`: 0.1, 0.1, 0.2, 0.2 (the authors' code), so that what a network has to say is about as large
//!   in all four
//! - decoding bounds `t_w`, `t_h` by `ln(1000 / 16)` from above: what a network says early on is no box of infinite size
//!   (Detectron)
//!
//! Source: Girshick, Donahue, Darrell, Malik, *Rich Feature Hierarchies for Accurate Object Detection and Semantic
//! Segmentation*, CVPR 2014; standardised as in Girshick, *Fast R-CNN*, ICCV 2015, and its code.

use crate::bounding_box::BoundingBox;

/// What turns a proposal and the box of its object into deltas, and back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeltaCoder {
    /// Taken from `t_x, t_y, t_w, t_h`.
    pub mean: [f64; 4],
    /// What they are divided by then, each above 0.
    pub deviation: [f64; 4],
}

impl Default for DeltaCoder {
    fn default() -> Self {
        DeltaCoder { mean: [0.0; 4], deviation: [0.1, 0.1, 0.2, 0.2] }
    }
}

impl DeltaCoder {
    /// The deltas that make `object` of `proposal`. Both have to be proper boxes.
    pub fn encode(&self, proposal: &BoundingBox, object: &BoundingBox) -> [f64; 4] {
        let ((x, y), (from_x, from_y)) = (object.centre(), proposal.centre());
        let (width, height) = (proposal.width(), proposal.height());
        let deltas = [
            (x - from_x) / width,
            (y - from_y) / height,
            libm::log(object.width() / width),
            libm::log(object.height() / height),
        ];
        std::array::from_fn(|k| (deltas[k] - self.mean[k]) / self.deviation[k])
    }

    /// The box that `deltas` make of `proposal`.
    pub fn decode(&self, proposal: &BoundingBox, deltas: [f64; 4]) -> BoundingBox {
        let t: [f64; 4] = std::array::from_fn(|k| deltas[k] * self.deviation[k] + self.mean[k]);
        let largest = libm::log(1000.0 / 16.0);
        let ((x, y), (width, height)) = (proposal.centre(), (proposal.width(), proposal.height()));
        let (x, y) = (x + t[0] * width, y + t[1] * height);
        let width = width * libm::exp(t[2].min(largest));
        let height = height * libm::exp(t[3].min(largest));
        BoundingBox::of_size([x - 0.5 * width, y - 0.5 * height, width, height])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bounding_box::testing::boxes;

    #[test]
    fn deltas_are_those_of_the_formula() {
        let proposal = BoundingBox::of_size([10.0, 20.0, 4.0, 8.0]);
        let object = BoundingBox::of_size([11.0, 20.0, 4.0, 4.0]);
        let plain = DeltaCoder { mean: [0.0; 4], deviation: [1.0; 4] };
        assert_eq!(plain.encode(&proposal, &object), [0.25, -0.25, 0.0, -std::f64::consts::LN_2]);
        let [x, y, w, h] = DeltaCoder::default().encode(&proposal, &object);
        assert_eq!([x, y, w], [2.5, -2.5, 0.0]);
        assert!((h + 5.0 * std::f64::consts::LN_2).abs() < 1e-15);
    }

    #[test]
    fn no_deltas_make_a_box_without_end() {
        let unit = BoundingBox::of_size([0.0, 0.0, 1.0, 1.0]);
        let decoded = DeltaCoder::default().decode(&unit, [0.0, 0.0, 1e9, f64::INFINITY]);
        assert!((decoded.width() - 62.5).abs() < 1e-12 && (decoded.height() - 62.5).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(pair in boxes(2..3)) {
            let coder = DeltaCoder { mean: [0.1, -0.2, 0.3, 0.0], ..DeltaCoder::default() };
            let back = coder.decode(&pair[0], coder.encode(&pair[0], &pair[1]));
            for (ours, true_edge) in back.edges().iter().zip(pair[1].edges()) {
                prop_assert!((ours - true_edge).abs() < 1e-12 * 60.0, "{:?}", back);
            }
        }
    }
}

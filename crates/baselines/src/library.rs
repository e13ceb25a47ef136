//! What the learners of one library have in common.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};
use smartcore::linalg::basic::matrix::DenseMatrix;

use crate::error::Result;
use crate::reproducibility::Reproducibility;
use crate::sizes::Sizes;
use crate::training_set::{CompactLabels, Features};

/// Where linfa's learners give the same bits.
pub(crate) const LINFA: Reproducibility = Reproducibility::SamePlatform(
    "linfa takes exp and ln from the platform's mathematical library, and products from kernels that depend on the \
     processor, so that its bits are promised on one platform only",
);

/// Where those of smartcore's learners that draw give the same bits.
pub(crate) const SMARTCORE_DRAWS: Reproducibility = Reproducibility::SamePlatform(
    "smartcore draws from a generator that is not promised to be the same on every platform",
);

/// Rows as linfa takes them.
pub(crate) fn view(rows: Features<'_>) -> Result<ArrayView2<'_, f64>> {
    Ok(ArrayView2::from_shape((rows.n_rows(), rows.n_columns), rows.values)?)
}

/// Rows as smartcore takes them.
pub(crate) fn matrix(rows: Features<'_>) -> Result<DenseMatrix<f64>> {
    Ok(DenseMatrix::new(rows.n_rows(), rows.n_columns, rows.values.to_vec(), false)?)
}

/// Memory of one of smartcore's trees whose leaves are single rows, in bytes.
pub(crate) fn tree_bytes(sizes: &Sizes) -> f64 {
    let of_node = 120.0;
    2.0 * sizes.train * of_node
}

/// Whether the classes of the training part count alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeight {
    /// Every example counts alike.
    #[default]
    None,
    /// Every class counts alike: an example of class c counts `n / (K n_c)`.
    Balanced,
}

impl ClassWeight {
    /// The weight of an example of each class that is present.
    pub(crate) fn weights(self, labels: &CompactLabels) -> Vec<f64> {
        let n = labels.compact.len() as f64;
        let k = labels.present.len() as f64;
        let count = |class| labels.compact.iter().filter(|&&label| label == class).count() as f64;
        let weight = |class| match self {
            ClassWeight::None => 1.0,
            ClassWeight::Balanced => n / (k * count(class)),
        };
        (0..labels.present.len()).map(weight).collect()
    }
}

/// `exp(s_c) / Σ_k exp(s_k)`; all alike where every score is minus infinity.
pub(crate) fn softmax(scores: &[f64]) -> Vec<f64> {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return vec![1.0 / scores.len() as f64; scores.len()];
    }
    let powers: Vec<f64> = scores.iter().map(|score| libm::exp(score - largest)).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

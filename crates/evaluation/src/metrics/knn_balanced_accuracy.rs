//! k-NN balanced accuracy: the mean over classes of the share of queries whose neighbours vote for their class.
//!
//! ```text
//! (1/K) Σ_k (1/n_k) Σ_{q of k} [most of the nearest of q are of class k]
//! ```
//!
//! How many neighbours vote is `neighbors` of the task; of as many votes those for the class of the nearest count. `n_k`: queries
//! of class `k` of which there is something to be found besides themselves.
//!
//! Absent classes: undefined on a part without queries of some class. Where classes are tested that nobody has learnt from,
//! they are the classes of that part.
//! scikit-learn: `balanced_accuracy_score` of `KNeighborsClassifier`, each query left out of its own neighbours.
//! Not pooled: what is near in the space of one network is not comparable with that of another.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::retrieval::Retrieved;

pub(super) const KNN_BALANCED_ACCURACY: Definition = Definition {
    title: "k-NN balanced accuracy",
    higher_is_better: true,
    needs: Needs::EveryClass,
    measure: Measure::Found(of_classes),
    aliases: &["knn", "knn_accuracy"],
    code: include_str!("knn_balanced_accuracy.rs"),
};

fn of_classes(retrieved: &Retrieved<'_>) -> Option<f64> {
    retrieved.knn_balanced_accuracy()
}

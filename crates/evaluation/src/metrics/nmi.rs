//! Normalised mutual information of clusters and classes: how much the cluster of an embedding says of its class.
//!
//! ```text
//! NMI = 2 I(c, y) / (H(c) + H(y)),   I = Σ_{c,y} p_cy ln( p_cy / (p_c p_y) ),   H(c) = -Σ_c p_c ln p_c
//! ```
//!
//! `p_cy`: share of rows that are in cluster `c` and of class `y`. Clusters are those of k-means (k-means++, Lloyd) of the embeddings of
//! the part, as many as it has classes; the first centres are drawn from a stream that is the same for all cells. 1 where
//! clusters are the classes, 0 where they say nothing of them, and where there is one class or one cluster but not both. It is
//! measured where `task.retrieval.clusters` asks for it, and picks no epoch.
//!
//! Absent classes: it is a mean over rows and defined where there is one.
//! scikit-learn: `normalized_mutual_info_score` (arithmetic mean) of `KMeans`, whose first centres are others.
//! pytorch-metric-learning: `NMI`.
//! Not pooled: what is near in the space of one network is not comparable with that of another.
//!
//! Source: Strehl, Ghosh, *Cluster Ensembles: A Knowledge Reuse Framework for Combining Multiple Partitions*, JMLR 2002 (whose mean is
//! geometric). Trap (Musgrave, Belongie, Lim, *A Metric Learning Reality Check*, ECCV 2020): it rises with the number of clusters, and
//! where classes have several heaps each it falls however well the nearest are found.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::retrieval::mutual_information;

pub(super) const NMI: Definition = Definition {
    title: "NMI",
    higher_is_better: true,
    needs: Needs::Examples,
    measure: Measure::Clustered(mutual_information),
    aliases: &["normalized_mutual_information", "normalized_mutual_info_score"],
    code: include_str!("nmi.rs"),
};

//! The sections of an experiment file that are read whole.

use std::collections::BTreeMap;

use evaluation::{Metric, TaskKind};
use nn::range::NonNegative;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::axis::Axis;
use crate::file::condition::Condition;
use crate::selection::Parameter;

/// `[experiment]`: its name, and how choices are combined.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Names the folder of the results.
    pub name: Spanned<String>,
    /// One line for readers; changes nothing.
    #[serde(default)]
    pub description: String,
    /// What the experiment asks, as reports have it over the answer; changes nothing.
    #[serde(default)]
    pub question: Option<String>,
    /// How choices are combined.
    #[serde(default)]
    pub design: Design,
    /// Every cell runs once for each; default `[0]`.
    #[serde(default)]
    pub seeds: Option<Spanned<Vec<u64>>>,
}

impl Header {
    /// The seeds, `[0]` unless given.
    pub fn seeds(&self) -> Vec<u64> {
        self.seeds.as_ref().map_or_else(|| vec![0], |seeds| seeds.get_ref().clone())
    }
}

/// How choices are combined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Design {
    /// Every choice with every other.
    #[default]
    Grid,
    /// The first choice of each axis is the base; one axis at a time departs from it. Data sets and
    /// protocols are not ablated: every one of them gets the whole design.
    Ablation,
}

/// `[[when]]`: where `if` holds, only cells in which `only` holds are in.
#[derive(Clone, Debug)]
pub(crate) struct When {
    pub(crate) condition: Condition,
    pub(crate) only: Condition,
}

/// `[report]`: what the comparison shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportSpec {
    /// Axes that make a row; default: those on which the cells differ, without the data set.
    pub rows: Option<Vec<Axis>>,
    /// One table for each; default average precision, balanced accuracy, G-mean; of retrieval MAP@R, Recall@1, macro Recall@1.
    pub metrics: Vec<Metric>,
    /// Of `metrics`, those that stand side by side in a table of their own; default many-, medium- and few-shot accuracy, where
    /// all three are among them.
    pub columns: Vec<Metric>,
    /// Whether metrics are of the predictions of all folds together, one value a seed, instead of means over folds;
    /// default false.
    pub pooled: bool,
    /// Which epoch's network is measured; default the best on validation.
    pub epoch: MeasuredEpoch,
    /// Decimals in tables; default 3.
    pub decimals: usize,
    /// The row that the others are compared with, as tables write it: `"cross_entropy"`, `"focal + ohem(keep=0.5)"`;
    /// default the first of the plan, which has the first choice of every axis.
    pub baseline: Option<String>,
    /// Region of practical equivalence: differences of at most this much count as none; default 0.01.
    pub rope: NonNegative,
    /// Parameters that the validation part of each run chooses, by their paths on axes: `"loss.gamma"`,
    /// `"training.optimizer.sgd.learning_rate"`. Rows that differ in them alone become one; default none.
    pub select: Vec<Parameter>,
    /// The validation metric that chooses them; default the one that picks epochs, `protocol.select_by`.
    pub select_by: Option<Metric>,
    /// What tables call the labels of rows and the data sets, as in `"focal(gamma=2)" = "Focal"`.
    pub labels: BTreeMap<String, String>,
}

impl Default for ReportSpec {
    fn default() -> Self {
        ReportSpec {
            rows: None,
            metrics: TaskKind::Classification.shown(),
            columns: Vec::new(),
            pooled: false,
            epoch: MeasuredEpoch::Best,
            decimals: 3,
            baseline: None,
            rope: NonNegative::new(0.01),
            select: Vec::new(),
            select_by: None,
            labels: BTreeMap::new(),
        }
    }
}

/// `[[published]]`: what a column of a published table is compared with.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedSpec {
    /// The column of means.
    pub column: String,
    /// The column of population standard deviations (divisor n), if they are compared too.
    pub deviation: Option<String>,
    /// What was measured.
    pub metric: Metric,
    /// Which trials are meant: a label, as tables show it, on each of some axes.
    #[serde(default)]
    pub rows: BTreeMap<Axis, String>,
    /// Largest difference of any figure.
    pub tolerance: NonNegative,
    /// Largest root mean square of the differences of the means.
    pub rms: Option<NonNegative>,
}

/// Which epoch's network is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasuredEpoch {
    /// The best on validation by `protocol.select_by`.
    #[default]
    Best,
    /// The last.
    Last,
}

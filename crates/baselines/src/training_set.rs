//! What learners learn from, and are asked about.

/// What a learner learns from.
#[derive(Clone, Copy, Debug)]
pub struct TrainingSet<'a> {
    /// Columns of `features`.
    pub n_features: usize,
    /// `[n_examples, n_features]`, row by row, preprocessed.
    pub features: &'a [f64],
    /// `[n_examples]`, each below `n_classes`.
    pub targets: &'a [u32],
    /// Number of classes; some may be absent from the targets.
    pub n_classes: usize,
    /// For learners that draw.
    pub seed: u64,
}

/// Rows of preprocessed features.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Features<'a> {
    pub(crate) n_columns: usize,
    /// `[n_rows, n_columns]`, row by row.
    pub(crate) values: &'a [f64],
}

impl Features<'_> {
    pub(crate) fn n_rows(self) -> usize {
        self.values.len() / self.n_columns.max(1)
    }
}

impl<'a> TrainingSet<'a> {
    /// The features of all examples.
    pub(crate) fn rows(&self) -> Features<'a> {
        Features { n_columns: self.n_features, values: self.features }
    }
}

/// The libraries want labels without gaps: the classes that are present, numbered anew.
pub(crate) struct CompactLabels {
    /// Their numbers among all classes, in ascending order.
    pub(crate) present: Vec<u32>,
    /// `[n_examples]`, indices into `present`.
    pub(crate) compact: Vec<usize>,
}

impl CompactLabels {
    pub(crate) fn of(examples: &TrainingSet<'_>) -> Self {
        let mut present = examples.targets.to_vec();
        present.sort_unstable();
        present.dedup();
        let position = |target| present.binary_search(target).expect("the target is present");
        let compact = examples.targets.iter().map(position).collect();
        CompactLabels { present, compact }
    }

    /// 1 for the examples of a class that is present, 0 for the others.
    pub(crate) fn indicator(&self, class: usize) -> Vec<f64> {
        self.compact.iter().map(|&label| f64::from(label == class)).collect()
    }

    /// Share of the examples that are of each class that is present.
    pub(crate) fn frequencies(&self) -> Vec<f64> {
        let n = self.compact.len() as f64;
        let share = |class| self.indicator(class).iter().sum::<f64>() / n;
        (0..self.present.len()).map(share).collect()
    }
}

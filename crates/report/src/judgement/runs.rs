//! What rows are compared over: the same runs for all of them.

use evaluation::Metric;
use evaluation::summary::mean;
use experiment::record::PartSizes;
use serde::Serialize;

use crate::comparison::groups::Groups;
use crate::judgement::sign;

/// The values of each row on each data set, one a run, in the same order for all rows; nothing where a row is not
/// compared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runs(Vec<Vec<Vec<f64>>>);

impl Runs {
    pub(crate) fn none(n_rows: usize, n_datasets: usize) -> Self {
        Runs(vec![vec![Vec::new(); n_datasets]; n_rows])
    }

    pub(crate) fn put(&mut self, row: usize, dataset: usize, values: Vec<f64>) {
        self.0[row][dataset] = values;
    }

    /// The same with the rows in another order.
    pub(crate) fn ordered(&self, order: &[usize]) -> Self {
        Runs(order.iter().map(|&row| self.0[row].clone()).collect())
    }

    /// Of one row, by data set.
    pub(crate) fn of(&self, row: usize) -> &[Vec<f64>] {
        &self.0[row]
    }

    /// What each row gains over the baseline on each data set, run by run; nothing of the baseline itself.
    pub(crate) fn differences(
        &self,
        baseline: Option<usize>,
        metric: Metric,
    ) -> Vec<Vec<Vec<f64>>> {
        let sign = sign(metric);
        let of = |(row, by_dataset): (usize, &Vec<Vec<f64>>)| -> Vec<Vec<f64>> {
            let Some(baseline) = baseline.filter(|&baseline| baseline != row) else {
                return vec![Vec::new(); by_dataset.len()];
            };
            let pairs = by_dataset.iter().zip(&self.0[baseline]);
            let runs = pairs.map(|(own, other)| own.iter().zip(other));
            runs.map(|runs| runs.map(|(own, other)| sign * (own - other)).collect()).collect()
        };
        self.0.iter().enumerate().map(of).collect()
    }
}

/// What runs of one family are tested by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunTest {
    /// Nadeau and Bengio's: what one run tests, others learn from.
    #[default]
    CorrectedResampledT,
    /// Student's: all runs are tested on the same rows, from which none learns. It speaks of these rows.
    PairedT,
}

impl RunTest {
    /// Student's, if every run has the one test part that its data set comes with.
    pub(crate) fn of(groups: &Groups<'_>) -> Self {
        let mut specs = groups.trials.iter().map(|trial| trial.spec).peekable();
        let has_trials = specs.peek().is_some();
        if has_trials
            && specs.all(|spec| spec.fold == 0 && spec.protocol.split.comes_with_the_data())
        {
            RunTest::PairedT
        } else {
            RunTest::CorrectedResampledT
        }
    }

    /// As it stands in a sentence.
    pub(crate) fn name(self) -> &'static str {
        match self {
            RunTest::CorrectedResampledT => "corrected resampled t",
            RunTest::PairedT => "paired t",
        }
    }
}

/// On each data set, the rows tested for each row that is learnt from, picked by or set aside: what the corrected
/// resampled t needs; 0 makes it a paired t. `None` where folds are pooled, so that runs do not differ in what they test,
/// and where nothing is recorded.
pub(crate) fn test_train_ratios(
    groups: &Groups<'_>,
    test: RunTest,
    pooled: bool,
) -> Vec<Option<f64>> {
    let ratio = |dataset: usize| {
        let planned = groups.rows.iter().flat_map(|row| &row.trials[dataset]);
        let trials = planned.flat_map(|planned| &planned.trials);
        let results = trials.filter_map(|&trial| groups.trials[trial].record?.results.as_deref());
        let ratio = |sizes: PartSizes| {
            let rest = sizes.train + sizes.meta + sizes.validation;
            (0 < rest).then(|| sizes.test as f64 / rest as f64)
        };
        let known = mean(results.filter_map(|results| ratio(results.sizes)));
        if test == RunTest::PairedT { known.map(|_| 0.0) } else { known }
    };
    let all = 0..groups.datasets.len();
    all.map(|dataset| if pooled { None } else { ratio(dataset) }).collect()
}

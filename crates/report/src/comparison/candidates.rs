//! What the validation parts say of every candidate, chosen or not.

use std::collections::BTreeMap;

use evaluation::Metric;

use crate::comparison::trial::Trial;

/// A candidate on a data set: the trials that differ in fold and seed alone.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// The variant with the parameters as `tuned`: the same for all candidates of a place in a table.
    pub(crate) variant: usize,
    /// The parameters by name, and how their values are written.
    pub(crate) parts: Vec<(String, String)>,
    /// Those that are numbers, and not drawn by a search.
    pub(crate) numbers: Vec<(String, f64)>,
    /// Whether some were.
    pub(crate) is_drawn: bool,
    /// What chooses.
    pub(crate) metric: Metric,
    /// Of the runs that have a value, the sum of these, larger the better; and how many they are.
    sum: f64,
    n: usize,
    /// In how many runs it was chosen.
    pub(crate) chosen: usize,
}

impl Candidate {
    /// The mean over its runs as the metric has it.
    pub(crate) fn mean(&self) -> Option<f64> {
        let sign = if self.metric.higher_is_better() { 1.0 } else { -1.0 };
        (0 < self.n).then(|| sign * self.sum / self.n as f64)
    }
}

/// Candidates that are being counted.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    places: BTreeMap<(usize, String), usize>,
    /// In the order in which they came.
    pub(crate) all: Vec<Candidate>,
}

impl Candidates {
    /// Counts a trial of which `merit` is what its validation part says, larger the better. Of what is not tuned, nothing.
    pub(crate) fn add(&mut self, trial: &Trial<'_>, metric: Metric, merit: Option<f64>) {
        let Some(choice) = &trial.chosen else { return };
        let all = &mut self.all;
        let key = (trial.variant, choice.values.clone());
        let place = *self.places.entry(key).or_insert_with(|| {
            all.push(Candidate {
                variant: trial.variant,
                parts: choice.parts.clone(),
                numbers: choice.numbers.clone(),
                is_drawn: choice.is_drawn,
                metric,
                sum: 0.0,
                n: 0,
                chosen: 0,
            });
            all.len() - 1
        });
        let candidate = &mut self.all[place];
        candidate.sum += merit.unwrap_or_default();
        candidate.n += usize::from(merit.is_some());
    }

    /// Counts that a trial is what its run has chosen.
    pub(crate) fn choose(&mut self, trial: &Trial<'_>) {
        let Some(choice) = &trial.chosen else { return };
        let key = (trial.variant, choice.values.clone());
        if let Some(&place) = self.places.get(&key) {
            self.all[place].chosen += 1;
        }
    }
}

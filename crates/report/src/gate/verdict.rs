//! Method by method and metric by metric: is the candidate worse?
//!
//! ```text
//! d             candidate - baseline, the other way round where lower is better; over the cells that both have
//! equal         every cell is the same bit for bit: nothing to test
//! equivalent    the mean is within ±ROPE: two one-sided tests, both p < 0.05 (the 90 % interval lies inside)
//! worse         not equivalent, and the mean is below 0: one-sided p < 0.05 after Holm over all that is not bit-equal
//! better        the same above 0
//! undecided     none of these: the cells cannot tell
//! could see     the mean decline that is called worse in 80 of 100 cases, with the strictest of Holm's levels
//! all that      of several methods that changed the mean, cell by cell, as a line of its own that Holm counts: what code that
//! changed       they share does to all of them is told from noise where it is in none of them alone
//! ```
//!
//! The tests are of the mean over the data sets as they are ([`stratified_mean`]). If nothing changed but the noise of
//! training, at most 5 in 100 gates call anything worse; if nothing changed at all, none does. What is bit-equal is not
//! counted by Holm, because it cannot be called worse. A claim that all are equivalent needs no correction.
//!
//! Source: Schuirmann, *A Comparison of the Two One-Sided Tests Procedure*, J. Pharmacokinetics and Biopharmaceutics 1987;
//! Holm, *A Simple Sequentially Rejective Multiple Test Procedure*, Scand. J. Statistics 1979.

use std::collections::BTreeMap;

use evaluation::Metric;
use evaluation::significance::{Interval, MeanDifference, Stratum, holm, stratified_mean};
use evaluation::summary::mean;
use serde::Serialize;

use crate::gate::pairs::{CellName, Lost, PairedValue, Pairs};
use crate::gate::snapshot::Snapshot;

/// How often a gate may call worse what is not.
pub(crate) const ALPHA: f64 = 0.05;
/// What the line of all that changed is called.
pub(super) const ALL_METHODS: &str = "all that changed";
/// How often it finds what it is said to see.
pub(crate) const POWER: f64 = 0.8;
/// Cells that are shown of what is worse.
const SHOWN_CELLS: usize = 3;

/// What a comparison says, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Bit for bit.
    Equal,
    /// Changed, and no difference of interest.
    Equivalent,
    /// Changed for the better.
    Better,
    /// Changed, and the cells cannot tell how.
    Undecided,
    /// Changed for the worse, or lost.
    Worse,
}

/// How large a difference is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// Mean over the data sets, positive where the candidate is better.
    pub mean: f64,
    /// Its interval at 90 %: equivalent is what has it within ±ROPE.
    pub interval: Interval,
    /// One-sided probability of a mean as low if there is no decline, after Holm.
    pub p_worse: f64,
    /// The same the other way round.
    pub p_better: f64,
    /// The mean decline that would be called worse in 80 of 100 cases.
    pub could_see: f64,
}

/// One metric of one method.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateLine {
    /// The method, or `all that changed` of the mean of those that changed.
    pub method: String,
    /// The metric.
    pub metric: Metric,
    /// Cells that both have with a value.
    pub cells: usize,
    /// Of these, cells that are not bit-equal.
    pub changed: usize,
    /// Over how many data sets.
    pub datasets: usize,
    /// What it says.
    pub verdict: Verdict,
    /// How large the difference is; `None` where nothing changed, or nothing can be tested.
    pub effect: Option<Effect>,
    /// Where the decline is largest, if it is worse.
    pub largest: Vec<PairedValue>,
}

/// A candidate against a baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gate {
    /// The worst of all.
    pub verdict: Verdict,
    /// Mean differences within ± this are of no interest.
    pub rope: f64,
    /// Method by method, metric by metric.
    pub lines: Vec<GateLine>,
    /// Cells that the candidate has not.
    pub lost: Vec<Lost>,
    /// Cells that are bit-equal, and that are not.
    pub equal_cells: usize,
    /// Cells that both have, and that are not bit-equal.
    pub changed_cells: usize,
    /// Of these, cells that are complete in both and have no value that can be compared.
    pub unjudged_cells: usize,
    /// Cells of the candidate alone.
    pub new_cells: usize,
    /// What is to be known beside that, in sentences.
    pub notes: Vec<String>,
}

impl Gate {
    /// Compares the metrics that both have, under the candidate's settings.
    pub fn new(baseline: &Snapshot, candidate: &Snapshot) -> Self {
        let place = |snapshot: &Snapshot, metric: Metric| {
            snapshot.settings.metrics.iter().position(|&other| other == metric)
        };
        let (mut metrics, mut notes) = (Vec::new(), Vec::new());
        for (j, &metric) in candidate.settings.metrics.iter().enumerate() {
            match place(baseline, metric) {
                Some(i) => metrics.push((metric, i, j)),
                None => notes.push(format!("{} is not in the baseline.", metric.name())),
            }
        }
        let pairs = Pairs::new(baseline, candidate, &metrics);
        notes.extend(pairs.notes());
        let rope = candidate.settings.rope;
        let lines = lines(&pairs, &metrics, rope);
        let worst = lines.iter().map(|line| line.verdict).max().unwrap_or(Verdict::Equal);
        let changed = if pairs.changed == 0 { Verdict::Equal } else { Verdict::Equivalent };
        let unjudged = if pairs.unjudged == 0 { Verdict::Equal } else { Verdict::Undecided };
        let lost = if pairs.lost.is_empty() { Verdict::Equal } else { Verdict::Worse };
        Gate {
            verdict: worst.max(changed).max(unjudged).max(lost),
            rope,
            lines,
            lost: pairs.lost,
            equal_cells: pairs.equal,
            changed_cells: pairs.changed,
            unjudged_cells: pairs.unjudged,
            new_cells: pairs.new,
            notes,
        }
    }

    /// Whether nothing is worse and, if `strict`, nothing but what is equal or equivalent.
    pub fn passes(&self, strict: bool) -> bool {
        self.verdict < if strict { Verdict::Better } else { Verdict::Worse }
    }
}

impl Pairs {
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.other_data.is_empty() {
            let names: Vec<&str> = self.other_data.iter().map(String::as_str).collect();
            notes.push(format!(
                "The data have other content than in the baseline: {}.",
                names.join(", ")
            ));
        }
        if self.split_otherwise != 0 {
            let n = self.split_otherwise;
            notes.push(format!(
                "{n} of the cells learn or test on other rows than in the baseline."
            ));
        }
        notes
    }
}

fn lines(pairs: &Pairs, metrics: &[(Metric, usize, usize)], rope: f64) -> Vec<GateLine> {
    let pooled = pooled(pairs, metrics.len());
    let all = || pairs.values.iter().chain(&pooled);
    let (mut keys, mut differences) = (Vec::new(), Vec::new());
    for (key, values) in all().filter(|(_, values)| changed(values) != 0) {
        if let Some(difference) = mean_gain(values, metrics[key.1].0) {
            keys.push(key);
            differences.push(difference);
        }
    }
    let strictest = ALPHA / differences.len().max(1) as f64;
    let judged: BTreeMap<&(String, usize), (Effect, Verdict)> = keys
        .into_iter()
        .zip(differences.iter().zip(judge(&differences, rope)))
        .map(|(key, (difference, judged))| {
            let effect = Effect {
                mean: difference.mean,
                interval: difference.interval(1.0 - 2.0 * ALPHA),
                p_worse: judged.p_worse,
                p_better: judged.p_better,
                could_see: could_see(difference, strictest, rope),
            };
            (key, (effect, judged.verdict))
        })
        .collect();
    let line = |(key, values): (&(String, usize), &Vec<PairedValue>)| {
        let metric = metrics[key.1].0;
        let changed = changed(values);
        let untested = if changed == 0 { Verdict::Equal } else { Verdict::Undecided };
        let judged = judged.get(key);
        let verdict = judged.map_or(untested, |(_, verdict)| *verdict);
        GateLine {
            method: key.0.clone(),
            metric,
            cells: values.len(),
            changed,
            datasets: strata(values, metric).len(),
            verdict,
            effect: judged.map(|(effect, _)| *effect),
            largest: if verdict == Verdict::Worse { largest(values, metric) } else { Vec::new() },
        }
    };
    all().map(line).collect()
}

/// Cells that are not bit-equal.
fn changed(values: &[PairedValue]) -> usize {
    values.iter().filter(|value| !value.equal).count()
}

/// The mean over the methods that changed, cell by cell, for each metric in which several did.
fn pooled(pairs: &Pairs, n_metrics: usize) -> BTreeMap<(String, usize), Vec<PairedValue>> {
    let of_metric = |metric: usize| {
        let of_methods = pairs.values.iter().filter(|((_, of), _)| *of == metric);
        let methods = of_methods.map(|(_, values)| values).filter(|values| changed(values) != 0);
        let methods: Vec<&Vec<PairedValue>> = methods.collect();
        let mut cells: BTreeMap<(&str, u64, usize), Vec<&PairedValue>> = BTreeMap::new();
        for value in methods.iter().copied().flatten() {
            let place = (&*value.cell.dataset, value.cell.seed, value.cell.fold);
            cells.entry(place).or_default().push(value);
        }
        let values = cells.into_values().filter_map(|of_cell| together(&of_cell)).collect();
        (1 < methods.len()).then(|| ((ALL_METHODS.to_owned(), metric), values))
    };
    (0..n_metrics).filter_map(of_metric).collect()
}

/// The mean over the methods of one cell.
fn together(methods: &[&PairedValue]) -> Option<PairedValue> {
    let first = methods.first()?;
    Some(PairedValue {
        cell: CellName { method: ALL_METHODS.to_owned(), ..first.cell.clone() },
        family: first.family.clone(),
        baseline: mean(methods.iter().map(|value| value.baseline))?,
        candidate: mean(methods.iter().map(|value| value.candidate))?,
        id: None,
        equal: methods.iter().all(|value| value.equal),
    })
}

/// The decline that is called worse with probability [`POWER`], about: it has to be told from 0, and not to be within the
/// ROPE.
fn could_see(difference: &MeanDifference, strictest: f64, rope: f64) -> f64 {
    let beyond_rope = rope - difference.detectable(ALPHA, 1.0 - POWER);
    difference.detectable(strictest, POWER).max(beyond_rope)
}

/// What is said of a difference among others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    p_worse: f64,
    p_better: f64,
}

/// What is said of each of the differences that were tested together.
pub(super) fn judge(differences: &[MeanDifference], rope: f64) -> Vec<Judged> {
    let adjusted =
        |p: fn(&MeanDifference) -> f64| holm(&differences.iter().map(p).collect::<Vec<f64>>());
    let (worse, better) = (adjusted(|d| d.below(0.0)), adjusted(|d| d.above(0.0)));
    let verdict = |difference: &MeanDifference, p_worse: f64, p_better: f64| {
        let inside = difference.below(rope).max(difference.above(-rope)) < ALPHA;
        // Differences that are all 0 are equivalent, however few.
        let nothing = difference.mean == 0.0 && difference.standard_error == 0.0;
        if nothing || inside {
            Verdict::Equivalent
        } else if p_worse < ALPHA {
            Verdict::Worse
        } else if p_better < ALPHA {
            Verdict::Better
        } else {
            Verdict::Undecided
        }
    };
    differences
        .iter()
        .zip(worse.into_iter().zip(better))
        .map(|(difference, (p_worse, p_better))| Judged {
            verdict: verdict(difference, p_worse, p_better),
            p_worse,
            p_better,
        })
        .collect()
}

/// The mean gain of the candidate over the data sets.
pub(super) fn mean_gain(values: &[PairedValue], metric: Metric) -> Option<MeanDifference> {
    stratified_mean(&strata(values, metric).into_values().collect::<Vec<Stratum>>())
}

fn strata(values: &[PairedValue], metric: Metric) -> BTreeMap<&str, Stratum> {
    let mut strata: BTreeMap<&str, Stratum> = BTreeMap::new();
    for value in values {
        let stratum = strata
            .entry(&value.cell.dataset)
            .or_insert_with(|| Stratum { family: value.family.clone(), differences: Vec::new() });
        stratum.differences.push(value.gain(metric));
    }
    strata
}

/// The cells whose decline is largest.
fn largest(values: &[PairedValue], metric: Metric) -> Vec<PairedValue> {
    let mut declined: Vec<&PairedValue> =
        values.iter().filter(|value| value.gain(metric) < 0.0).collect();
    declined.sort_by(|a, b| a.gain(metric).total_cmp(&b.gain(metric)));
    declined.into_iter().take(SHOWN_CELLS).cloned().collect()
}

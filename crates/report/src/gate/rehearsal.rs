//! How often a gate gives a false alarm, and which declines it finds: rehearsed on the real spread of a baseline.
//!
//! ```text
//! e_i      value(method) - value(next method) of cell i of a data set, less their mean over it, √(n / (n - 1)) times
//! A/A      each cell of a data set is given ± e_j, j drawn with replacement from its n cells; every metric the same j and sign
//! alarm    any method in any metric is worse
//! found    the mean of one method, or of every method, in one metric is a given decline lower, and that is called worse: of
//!          every method, in the line of any of them or in that of all
//! ```
//!
//! Two methods on the same rows differ more than one method before and after a change of its code: what is found here is
//! found there. Every method draws for itself.

use std::collections::BTreeMap;

use evaluation::Metric;
use evaluation::significance::{Draws, MeanDifference, Stratum, stratified_mean};
use evaluation::summary::mean;

use crate::gate::pairs::Pairs;
use crate::gate::snapshot::Snapshot;
use crate::gate::verdict::{Verdict, judge};
use crate::judgement::sign;

/// The spread of a baseline, to be drawn from.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    metrics: Vec<Metric>,
    rope: f64,
    /// For each method, of each data set.
    methods: Vec<Vec<Spread>>,
}

/// Which methods decline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decline {
    /// Each in turn, gate by gate, and no other.
    OneMethod,
    /// All of them, as after a change of what they share.
    EveryMethod,
}

/// Of one method on one data set.
#[derive(Clone, Debug)]
struct Spread {
    dataset: String,
    family: String,
    /// `[metric][cell]`: centred.
    differences: Vec<Vec<f64>>,
}

impl Rehearsal {
    /// The spread between the methods of `baseline`, each and the next. `None` of one method alone.
    pub fn new(baseline: &Snapshot) -> Option<Self> {
        let metrics = &baseline.settings.metrics;
        let places: Vec<(Metric, usize, usize)> =
            metrics.iter().enumerate().map(|(i, &metric)| (metric, i, i)).collect();
        let pairs = Pairs::new(baseline, baseline, &places);
        let mut tables: BTreeMap<&str, Table<'_>> = BTreeMap::new();
        for ((method, metric), values) in &pairs.values {
            let sign = sign(metrics[*metric]);
            let table = tables.entry(method).or_default();
            for value in values {
                let cells = table.entry((&value.cell.dataset, &value.family)).or_default();
                let cell = cells.entry((value.cell.seed, value.cell.fold)).or_default();
                cell.push(sign * value.baseline);
            }
        }
        let tables: Vec<Table<'_>> = tables.into_values().collect();
        let next = tables.iter().cycle().skip(1);
        let methods =
            tables.iter().zip(next).map(|(table, next)| spreads(table, next, metrics.len()));
        let methods: Vec<Vec<Spread>> = methods.collect();
        let rope = baseline.settings.rope;
        (1 < methods.len()).then(|| Rehearsal { metrics: metrics.clone(), rope, methods })
    }

    /// What is compared.
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// How many of `n` gates without a decline are alarms.
    pub fn alarms(&self, n: usize, seed: u64) -> usize {
        let mut draws = Draws::new(seed);
        let mut alarms = 0;
        for _ in 0..n {
            let differences = self.draw(&mut draws, |_, _| 0.0);
            let judged = judge(&differences, self.rope);
            alarms += usize::from(judged.iter().any(|judged| judged.verdict == Verdict::Worse));
        }
        alarms
    }

    /// How many of `n` gates find that methods are `size` lower in the metric at `place`.
    pub fn found(&self, n: usize, decline: Decline, place: usize, size: f64, seed: u64) -> usize {
        let mut draws = Draws::new(seed);
        let mut found = 0;
        for i in 0..n {
            let turn = i % self.methods.len();
            let declines = |method: usize| decline == Decline::EveryMethod || method == turn;
            let differences =
                self.draw(
                    &mut draws,
                    |method, metric| {
                        if metric == place && declines(method) { size } else { 0.0 }
                    },
                );
            let judged = judge(&differences, self.rope);
            // The last lines are those of all methods.
            let lines = judged.iter().skip(place).step_by(self.metrics.len()).enumerate();
            let mut told = lines.filter(|(method, _)| declines(*method));
            found += usize::from(told.any(|(_, judged)| judged.verdict == Verdict::Worse));
        }
        found
    }

    /// The least decline, to a tenth of a point, that is found in at least `power` of `n` gates; `None` above a half.
    pub fn finds(
        &self,
        n: usize,
        decline: Decline,
        place: usize,
        power: f64,
        seed: u64,
    ) -> Option<f64> {
        let (mut low, mut high) = (0, 500);
        let enough = |tenths: i32| {
            let found = self.found(n, decline, place, f64::from(tenths) / 1000.0, seed);
            power <= found as f64 / n as f64
        };
        if !enough(high) {
            return None;
        }
        while low + 1 < high {
            let middle = i32::midpoint(low, high);
            if enough(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(f64::from(high) / 1000.0)
    }

    /// The mean differences of one gate, method by method and metric by metric, then those of all methods; each of them with
    /// the decline that `less` gives a method in a metric.
    fn draw(&self, draws: &mut Draws, less: impl Fn(usize, usize) -> f64) -> Vec<MeanDifference> {
        let n_metrics = self.metrics.len();
        let mut differences = Vec::with_capacity((self.methods.len() + 1) * n_metrics);
        let mut all: Vec<BTreeMap<&str, Vec<Stratum>>> = vec![BTreeMap::new(); n_metrics];
        for (i, method) in self.methods.iter().enumerate() {
            let mut strata: Vec<Vec<Stratum>> = vec![Vec::new(); n_metrics];
            for spread in method {
                let n = spread.differences[0].len();
                let drawn: Vec<(usize, f64)> = (0..n)
                    .map(|_| (draws.below(n), if draws.below(2) == 0 { 1.0 } else { -1.0 }))
                    .collect();
                for (metric, strata) in strata.iter_mut().enumerate() {
                    let less = less(i, metric);
                    let of = |&(place, sign): &(usize, f64)| {
                        sign * spread.differences[metric][place] - less
                    };
                    let stratum = Stratum {
                        family: spread.family.clone(),
                        differences: drawn.iter().map(of).collect(),
                    };
                    let of_set = all[metric].entry(&spread.dataset).or_default();
                    of_set.push(stratum.clone());
                    strata.push(stratum);
                }
            }
            differences.extend(strata.iter().filter_map(|strata| stratified_mean(strata)));
        }
        let pooled =
            all.iter().map(|sets| sets.values().map(|of| together(of)).collect::<Vec<_>>());
        differences.extend(pooled.filter_map(|strata| stratified_mean(&strata)));
        differences
    }
}

/// The mean over the methods of one data set, cell by cell.
fn together(methods: &[Stratum]) -> Stratum {
    let n = methods.iter().map(|stratum| stratum.differences.len()).min().unwrap_or_default();
    let of_cell = |cell: usize| mean(methods.iter().map(|stratum| stratum.differences[cell]));
    Stratum { family: methods[0].family.clone(), differences: (0..n).filter_map(of_cell).collect() }
}

/// By data set and family, by seed and fold: the value of each metric, the larger the better.
type Table<'a> = BTreeMap<(&'a str, &'a str), BTreeMap<(u64, usize), Vec<f64>>>;

fn spreads(own: &Table<'_>, next: &Table<'_>, n_metrics: usize) -> Vec<Spread> {
    let mut spreads = Vec::new();
    for (&(dataset, family), cells) in own {
        let Some(others) = next.get(&(dataset, family)) else { continue };
        // `[cell][metric]`.
        let differences: Vec<Vec<f64>> = cells
            .iter()
            .filter_map(|(place, own)| Some(own.iter().zip(others.get(place)?)))
            .map(|both| both.map(|(own, other)| own - other).collect::<Vec<f64>>())
            .filter(|differences| differences.len() == n_metrics)
            .collect();
        let n = differences.len() as f64;
        if n < 2.0 {
            continue;
        }
        let of_metric = |metric: usize| {
            let all = differences.iter().map(|differences| differences[metric]);
            let centre = mean(all.clone()).unwrap_or_default();
            let scale = (n / (n - 1.0)).sqrt();
            all.map(|difference| scale * (difference - centre)).collect()
        };
        spreads.push(Spread {
            dataset: dataset.to_owned(),
            family: family.to_owned(),
            differences: (0..n_metrics).map(of_metric).collect(),
        });
    }
    spreads
}

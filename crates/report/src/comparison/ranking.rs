//! Which row is better: ranks over data sets, wins, and Friedman's test.
//!
//! Data sets of one family are cut from the same rows, and their results are no independent evidence: a
//! row's ranks are averaged within each family first, and every family counts once.

use std::collections::{BTreeMap, BTreeSet};

use evaluation::Metric;
use evaluation::significance::{critical_difference, friedman, ranks, skillings_mack};
use evaluation::summary::mean;
use serde::Serialize;

use crate::comparison::pairing::Common;
use crate::judgement::ALPHA;

/// Means that differ by less are equal: the rest is the rounding of sums, not merit.
const RESOLUTION: f64 = 1e-12;

/// Rows needed for Friedman's test; with two, it is a sign test.
const LEAST_ROWS: usize = 3;
/// Families of data sets needed for Friedman's test.
const LEAST_FAMILIES: usize = 2;

/// Friedman's test of the hypothesis that all rows are equally good.
///
/// Source: Demšar, *Statistical Comparisons of Classifiers over Multiple Data Sets*, JMLR 2006. The
/// observations are the families' mean ranks: folds, seeds and siblings of a data set are not independent.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Friedman {
    /// The test could be made.
    Computed {
        /// The statistic, corrected for ties; its degrees of freedom are the ranked rows less one.
        chi_square: f64,
        /// The probability of a statistic at least as large if all rows were equally good.
        p_value: f64,
        /// Iman and Davenport's F; `None` where it is infinite: all families rank alike.
        f: Option<f64>,
        /// The probability of an F at least as large.
        f_p_value: f64,
    },
    /// The test could not be made, for this reason.
    NotComputed(String),
}

/// Skillings and Mack's test of the same hypothesis, over all rows where they are compared: also those that are not ranked, and on
/// data sets that a ranked row lacks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Incomplete {
    /// Rows that are compared somewhere.
    pub rows: usize,
    /// Families with at least two of them.
    pub families: usize,
    /// The statistic, of `rows - 1` degrees of freedom.
    pub chi_square: f64,
    /// The probability of a statistic at least as large if all rows were equally good.
    pub p_value: f64,
}

/// How often a row is the best of the ranked ones, at the printed precision, on the data sets that they are ranked over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Wins {
    /// Data sets on which it alone is best.
    pub wins: usize,
    /// Data sets on which it shares the best value.
    pub ties: usize,
    /// Data sets on which another row is better.
    pub losses: usize,
}

/// The comparison of the rows over data sets.
pub(crate) struct Ranking {
    /// Indices of the rows that are compared on enough data sets.
    pub(crate) rows: Vec<usize>,
    /// Indices of the data sets on which all of them are compared.
    pub(crate) datasets: Vec<usize>,
    /// How many families these are of.
    pub(crate) n_families: usize,
    /// Mean ranks within each of them, `[family][ranked row]`.
    pub(crate) blocks: Vec<Vec<f64>>,
    /// The place of each of them among the names of all families.
    pub(crate) family_places: Vec<usize>,
    /// Their average ranks, 1 the best, each family counted once; empty unless two rows share a data set.
    pub(crate) ranks: Vec<f64>,
    pub(crate) friedman: Friedman,
    /// `None` where all rows are ranked over all data sets, and where rows share too little for a test.
    pub(crate) incomplete: Option<Incomplete>,
}

impl Ranking {
    /// `means[row][data set]`: what is compared; `families[data set]`.
    pub(crate) fn new(means: &[Vec<Option<f64>>], families: &[String], metric: Metric) -> Self {
        let compared: Vec<BTreeSet<usize>> = means.iter().map(|row| known(row)).collect();
        let n_compared = compared.iter().flatten().collect::<BTreeSet<_>>().len();
        let Common { rows, items } = Common::of(&compared, n_compared);
        let datasets: Vec<usize> = items.into_iter().collect();
        let mut of_family: BTreeMap<&str, Vec<Vec<f64>>> = BTreeMap::new();
        for &dataset in &datasets {
            let scores = rows.iter().filter_map(|&row| means[row][dataset]).map(resolved);
            let ranks = ranks(&scores.collect::<Vec<f64>>(), metric.higher_is_better());
            of_family.entry(&families[dataset]).or_default().push(ranks);
        }
        let blocks: Vec<Vec<f64>> = of_family.values().map(|siblings| averages(siblings)).collect();
        let can_rank = 2 <= rows.len() && !datasets.is_empty();
        let ranks = if can_rank { averages(&blocks) } else { Vec::new() };
        let friedman = test(&blocks, rows.len());
        let incomplete = incomplete(means, families, metric);
        let all: BTreeSet<&str> = families.iter().map(String::as_str).collect();
        let is_ranked = |(_, name): &(usize, &str)| of_family.contains_key(name);
        let ranked = all.into_iter().enumerate().filter(is_ranked);
        let family_places = ranked.map(|(place, _)| place).collect();
        let n_families = blocks.len();
        Ranking { rows, datasets, n_families, blocks, family_places, ranks, friedman, incomplete }
    }

    /// The same of the rows in another order: `order[place]` is where the row was.
    pub(crate) fn ordered(mut self, order: &[usize]) -> Self {
        for row in &mut self.rows {
            *row = order.iter().position(|was| was == row).expect("each row has a place");
        }
        self
    }

    /// Average ranks that differ by less do not differ (Nemenyi), where Friedman's test could be made.
    pub(crate) fn critical_difference(&self) -> Option<f64> {
        match self.friedman {
            Friedman::Computed { .. } => {
                critical_difference(self.rows.len(), self.n_families, ALPHA)
            }
            Friedman::NotComputed(_) => None,
        }
    }
}

/// The data sets on which a row has something to compare.
fn known(row: &[Option<f64>]) -> BTreeSet<usize> {
    (0..row.len()).filter(|&dataset| row[dataset].is_some()).collect()
}

/// The mean of each column of a table that is not empty.
fn averages(table: &[Vec<f64>]) -> Vec<f64> {
    let n_columns = table.first().map_or(0, Vec::len);
    (0..n_columns).filter_map(|column| mean(table.iter().map(|row| row[column]))).collect()
}

fn resolved(mean: f64) -> f64 {
    (mean / RESOLUTION).round() * RESOLUTION
}

/// A block is a family with the rows that are compared on all of its data sets on which any row is, and their mean ranks there.
fn incomplete(
    means: &[Vec<Option<f64>>],
    families: &[String],
    metric: Metric,
) -> Option<Incomplete> {
    let rows: Vec<&Vec<Option<f64>>> =
        means.iter().filter(|row| row.iter().any(Option::is_some)).collect();
    let mut of_family: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (dataset, family) in families.iter().enumerate() {
        if rows.iter().any(|row| row[dataset].is_some()) {
            of_family.entry(family).or_default().push(dataset);
        }
    }
    let block = |datasets: &Vec<usize>| -> Vec<Option<f64>> {
        let has_all = |row: &&Vec<Option<f64>>| datasets.iter().all(|&d| row[d].is_some());
        let present: Vec<usize> = (0..rows.len()).filter(|&i| has_all(&rows[i])).collect();
        let of_dataset = |&dataset: &usize| {
            let scores = present.iter().filter_map(|&i| rows[i][dataset]).map(resolved);
            ranks(&scores.collect::<Vec<f64>>(), metric.higher_is_better())
        };
        let ranked: Vec<Vec<f64>> = datasets.iter().map(of_dataset).collect();
        let mut block = vec![None; rows.len()];
        for (i, rank) in present.into_iter().zip(averages(&ranked)) {
            block[i] = Some(rank);
        }
        block
    };
    let blocks: Vec<Vec<Option<f64>>> = of_family.values().map(block).collect();
    // Without a gap it is Friedman's test.
    let has_gap =
        |block: &Vec<Option<f64>>| (2..rows.len()).contains(&block.iter().flatten().count());
    if rows.len() < LEAST_ROWS || blocks.len() < LEAST_FAMILIES || !blocks.iter().any(has_gap) {
        return None;
    }
    let test = skillings_mack(&blocks)?;
    Some(Incomplete {
        rows: rows.len(),
        families: test.n_used,
        chi_square: test.statistic,
        p_value: test.p_value,
    })
}

/// `blocks[family][row]`: mean ranks, which Friedman's test ranks anew.
fn test(blocks: &[Vec<f64>], n_rows: usize) -> Friedman {
    let n_families = blocks.len();
    if n_rows < LEAST_ROWS {
        let needed = format!("it needs {LEAST_ROWS} ranked rows");
        return Friedman::NotComputed(format!("{needed} and has {n_rows}"));
    }
    if n_families < LEAST_FAMILIES {
        let needed = format!(
            "it needs {LEAST_FAMILIES} families of data sets on which all ranked rows are compared"
        );
        return Friedman::NotComputed(format!("{needed} and has {n_families}"));
    }
    match friedman(blocks) {
        Some(test) => Friedman::Computed {
            chi_square: test.chi_square,
            p_value: test.p_value,
            f: test.f,
            f_p_value: test.f_p_value,
        },
        None => Friedman::NotComputed("all rows have the same value on every data set".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METRIC: Metric = Metric::AveragePrecision;

    fn ranking(means: &[[f64; 4]], families: [&str; 4]) -> Ranking {
        let means: Vec<Vec<Option<f64>>> =
            means.iter().map(|row| row.iter().copied().map(Some).collect()).collect();
        Ranking::new(&means, &families.map(str::to_owned), METRIC)
    }

    /// The first row wins on the three siblings, the others elsewhere.
    const MEANS: [[f64; 4]; 3] = [[0.9, 0.9, 0.9, 0.1], [0.8, 0.7, 0.8, 0.3], [0.7, 0.8, 0.7, 0.2]];

    #[test]
    fn siblings_count_once() {
        let ranking = ranking(&MEANS, ["yeast", "yeast", "yeast", "pima"]);
        assert_eq!(ranking.n_families, 2);
        // Mean ranks 1, 7/3, 8/3 of the family yeast and 3, 1, 2 of pima.
        let expected = [2.0, 5.0 / 3.0, 7.0 / 3.0];
        for (rank, expected) in ranking.ranks.iter().zip(expected) {
            assert!((rank - expected).abs() < 1e-12, "{:?}", ranking.ranks);
        }
        // As of two data sets that rank the rows 1, 2, 3 and 3, 1, 2.
        let two = friedman(&[vec![1.0, 2.0, 3.0], vec![3.0, 1.0, 2.0]]).unwrap();
        let Friedman::Computed { chi_square, f_p_value, .. } = ranking.friedman else {
            panic!("two families")
        };
        assert_eq!((chi_square, f_p_value), (two.chi_square, two.f_p_value));
    }

    #[test]
    fn strangers_count_each() {
        let ranking = ranking(&MEANS, ["a", "b", "c", "d"]);
        assert_eq!((ranking.n_families, &ranking.ranks[..]), (4, &[1.5, 2.0, 2.5][..]));
    }

    #[test]
    fn rows_that_are_not_everywhere_are_tested_where_they_are() {
        let families = ["a", "a", "b", "c"].map(str::to_owned);
        let complete = Ranking::new(&MEANS.map(|row| row.map(Some).to_vec()), &families, METRIC);
        assert_eq!(complete.incomplete, None);
        // The second row lacks a data set of the first family, and is not in its block.
        let mut means = MEANS.map(|row| row.map(Some).to_vec());
        means[1][0] = None;
        let found = Ranking::new(&means, &families, METRIC).incomplete.unwrap();
        let blocks = [
            vec![Some(1.0), None, Some(2.0)],
            vec![Some(1.0), Some(2.0), Some(3.0)],
            vec![Some(3.0), Some(1.0), Some(2.0)],
        ];
        let expected = skillings_mack(&blocks).unwrap();
        assert_eq!((found.rows, found.families), (3, 3));
        assert_eq!((found.chi_square, found.p_value), (expected.statistic, expected.p_value));
        // Where rows without any value are all that is not ranked, there is no gap.
        let mut whole = MEANS.map(|row| row.map(Some).to_vec()).to_vec();
        whole.push(vec![None; 4]);
        assert_eq!(Ranking::new(&whole, &families, METRIC).incomplete, None);
        // A row without any value does not count.
        let mut means = means.to_vec();
        means.push(vec![None; 4]);
        assert_eq!(Ranking::new(&means, &families, METRIC).incomplete, Some(found));
    }

    #[test]
    fn one_family_is_no_evidence_for_a_test() {
        let ranking = ranking(&MEANS, ["a"; 4]);
        let Friedman::NotComputed(reason) = ranking.friedman else { panic!("one family") };
        assert!(reason.contains("2 families"), "{reason}");
    }
}

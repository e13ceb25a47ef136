//! How many cells a file asks for, counted before a single one is made.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::axis::Axis;
use crate::choice::Choice;
use crate::file::diagnostic::Diagnostic;
use crate::file::sections::Design;
use crate::labels::from_json;
use crate::spec::ProtocolSpec;

/// The cells that a plan has room for: about a gigabyte.
pub(crate) const MOST_CELLS: u128 = 1_000_000;

/// The cells of all blocks so far.
#[derive(Debug)]
pub(crate) struct Size {
    pub(crate) design: Design,
    pub(crate) n_seeds: usize,
    /// Cells before conditions.
    cells: u128,
}

/// The lists of one block.
pub(crate) struct Lists<'a> {
    /// How long each is, and where it stands.
    pub(crate) lengths: BTreeMap<Axis, (u128, Range<usize>)>,
    /// Those that were expanded.
    pub(crate) choices: &'a BTreeMap<Axis, Vec<Choice>>,
    pub(crate) zips: &'a [Vec<Axis>],
}

impl Size {
    pub(crate) fn new(design: Design, n_seeds: usize) -> Self {
        Size { design, n_seeds, cells: 0 }
    }

    /// Adds a block.
    ///
    /// # Errors
    /// If a plan has no room for so many cells.
    pub(crate) fn add(&mut self, lists: &Lists<'_>) -> Result<(), Diagnostic> {
        let fitted = self.cells <= MOST_CELLS;
        self.cells = self.cells.saturating_add(self.cells_of(lists));
        if !fitted || self.cells <= MOST_CELLS {
            return Ok(());
        }
        let shown = match self.cells {
            u128::MAX => "more than 10^38".to_owned(),
            cells => cells.to_string(),
        };
        let longest = lists.lengths.iter().max_by_key(|(_, (length, _))| *length);
        let (axis, (length, span)) = longest.expect("a block has every axis");
        let message = format!(
            "the lists make {shown} cells, before conditions, and a plan has room for {MOST_CELLS}"
        );
        let (n_folds, n_seeds) = (lists.folds(), self.n_seeds as u128);
        let help = if *length < n_folds.max(n_seeds) {
            let (what, n) = if n_folds < n_seeds { ("seeds", n_seeds) } else { ("folds", n_folds) };
            format!("most of them come from {n} {what}: take fewer, or write several experiments")
        } else {
            format!(
                "the longest list is that of `{axis}`, {length} choices: shorten it, take design = \"ablation\", \
                 or write several experiments"
            )
        };
        Err(Diagnostic::new(span.clone(), message).help(help))
    }

    fn cells_of(&self, lists: &Lists<'_>) -> u128 {
        let mut others = Vec::new();
        let mut counted: Vec<Axis> = Vec::new();
        for (&axis, &(length, _)) in &lists.lengths {
            let zip = lists.zips.iter().find(|zip| zip.contains(&axis));
            let together = zip.map_or(&[][..], Vec::as_slice);
            let crossed = |axis: &Axis| [Axis::Dataset, Axis::Protocol].contains(axis);
            if counted.contains(&axis) || crossed(&axis) || together.iter().any(crossed) {
                continue;
            }
            counted.push(axis);
            counted.extend(together);
            others.push(length);
        }
        let combined = match self.design {
            Design::Grid => others.iter().fold(1, |product: u128, &n| product.saturating_mul(n)),
            Design::Ablation => {
                others.iter().fold(1, |sum: u128, &n| sum.saturating_add(n.saturating_sub(1)))
            }
        };
        lists.folds().saturating_mul(combined).saturating_mul(self.n_seeds as u128)
    }
}

impl Lists<'_> {
    /// The folds of all data sets under all protocols.
    fn folds(&self) -> u128 {
        let list = |axis| self.choices.get(&axis).filter(|choices| !choices.is_empty());
        let (Some(datasets), Some(protocols)) = (list(Axis::Dataset), list(Axis::Protocol)) else {
            // A list too long to be looked at: each of its choices has a fold at least.
            let length = |axis| self.lengths.get(&axis).map_or(1, |(length, _)| *length);
            return length(Axis::Dataset).saturating_mul(length(Axis::Protocol));
        };
        let together =
            |zip: &Vec<Axis>| zip.contains(&Axis::Dataset) && zip.contains(&Axis::Protocol);
        if self.zips.iter().any(together) {
            return datasets.iter().zip(protocols).map(|(_, protocol)| folds_of(protocol)).sum();
        }
        let of_one: u128 = protocols.iter().map(folds_of).sum();
        of_one.saturating_mul(datasets.len() as u128)
    }
}

/// The folds of a protocol; where the data decide, it is one at least.
fn folds_of(protocol: &Choice) -> u128 {
    let protocol: ProtocolSpec = from_json(&protocol.value);
    protocol.split.n_folds_of_any().unwrap_or(1) as u128
}

#[cfg(test)]
mod tests {
    use data::Catalogue;

    use crate::file::ExperimentFile;

    /// What is said of a file whose lists are as long as given.
    fn said(header: &str, rest: &str) -> Result<ExperimentFile, String> {
        let text = format!("[experiment]\nname = \"s\"\n{header}\n{rest}");
        ExperimentFile::parse("s.toml", &text, &[], &Catalogue::embedded())
            .map_err(|mistakes| mistakes.to_string())
    }

    fn numbers(n: usize) -> String {
        let numbers: Vec<String> = (1..=n).map(|i| format!("{i}e-5")).collect();
        format!("[{}]", numbers.join(","))
    }

    #[test]
    fn more_cells_than_a_plan_has_room_for_are_refused_with_their_number() {
        let optimizer = |n| {
            let list = numbers(n);
            format!("optimizer = {{ sgd = {{ learning_rate = {list}, weight_decay = {list} }} }}\n")
        };
        let axes = "[axes]\ndataset = [\"ecoli4\", \"glass2\"]\nmodel = [\"linear\", \"mlp\"]\n";
        let rest = format!("[training]\n{}{axes}", optimizer(20_000));
        let mistake = said("", &rest).unwrap_err();
        // 2 data sets of 5 folds, 2 models, 4 * 10^8 optimisers.
        assert!(mistake.contains("make 8000000000 cells"), "{mistake}");
        assert!(mistake.contains("that of `training`, 400000000 choices"), "{mistake}");

        let three = numbers(1000);
        let rest = format!(
            "[training]\noptimizer = {{ sgd.learning_rate = {three} }}\n[axes]\ndataset = \"ecoli4\"\n\
             model = {{ mlp.dropout = {three} }}\nloss = {{ focal.gamma = {three} }}\n"
        );
        let mistake = said("", &rest).unwrap_err();
        assert!(mistake.contains("make 5000000000 cells"), "{mistake}");
        assert!(said("design = \"ablation\"", &rest).is_ok(), "5 folds of 1 + 3 * 999");
    }

    #[test]
    fn folds_and_repeats_count_however_many_they_are() {
        let rest =
            |split: &str| format!("[protocol]\nsplit = {split}\n[axes]\ndataset = \"ecoli4\"\n");
        let mistake =
            said("", &rest("{ stratified_k_fold = { folds = 2, repeats = 1000000000 } }"));
        let mistake = mistake.unwrap_err();
        assert!(mistake.contains("make 2000000000 cells"), "{mistake}");
        assert!(mistake.contains("most of them come from 2000000000 folds"), "{mistake}");
        let seeds = format!("seeds = {:?}", (0..200_000).collect::<Vec<_>>());
        let mistake = said(&seeds, &rest("{ stratified_k_fold.folds = 6 }")).unwrap_err();
        assert!(mistake.contains("most of them come from 200000 seeds"), "{mistake}");
        assert!(said("", &rest("{ stratified_k_fold = { folds = 2, repeats = 3 } }")).is_ok());
    }

    #[test]
    fn zipped_lists_count_once_and_grids_are_added() {
        let list = numbers(300);
        let seeds = format!("seeds = {:?}", (0..1000).collect::<Vec<_>>());
        let zip = format!(
            "[[grid]]\ndataset = \"ecoli4\"\nprotocol.split = {{ holdout.test = 0.3 }}\n\
             loss = {{ focal.gamma = {list} }}\nmodel = {{ mlp.dropout = {list} }}\nzip = [[\"loss\", \"model\"]]\n"
        );
        let once = said(&seeds, &zip);
        assert!(once.is_ok(), "{:?}", once.err());
        let mistake = said(&seeds, &zip.repeat(4)).unwrap_err();
        assert!(mistake.contains("make 1200000 cells"), "{mistake}");
    }
}

//! Whether the plan could tell a row from the baseline at all, however the trials end.

use std::collections::BTreeSet;

use evaluation::significance::{families_needed, least_p};

use crate::axis::Axis;
use crate::plan::{Plan, PlannedCell, PlannedCombination};
use crate::selection::tuned;

/// What p has to be below, after Holm, for a report to tell rows apart.
const LEVEL: f64 = 0.05;

/// Too few families of data sets for the rows that are compared. Rows on one family are compared over their runs, where
/// no such bound holds.
pub(super) fn too_few_families(plan: &Plan) -> Option<String> {
    let families: BTreeSet<&str> =
        plan.datasets.values().map(|facts| facts.family.as_str()).collect();
    let (n_families, n_comparisons) = (families.len(), n_rows(plan).saturating_sub(1));
    let p = least_p(n_families, n_comparisons);
    (1 < n_families && 0 < n_comparisons && LEVEL <= p).then(|| {
        let comparisons = match n_comparisons {
            1 => "1 row beside the baseline".to_owned(),
            n => format!("{n} rows beside the baseline"),
        };
        let decimals = if p < 0.0995 { 3 } else { 2 };
        format!(
            "no row can be told from the baseline by its average over data sets: with {n_families} families of data sets \
             and {comparisons}, even a row that is better in all of them has p = {p:.decimals$} after Holm; it takes {} \
             families",
            families_needed(n_comparisons, LEVEL)
        )
    })
}

/// How many rows the report will have.
fn n_rows(plan: &Plan) -> usize {
    let asked = plan.report.rows.as_deref();
    // Axes on which all rows are alike make no difference.
    let is_asked =
        |axis: Axis| axis != Axis::Dataset && asked.is_none_or(|asked| asked.contains(&axis));
    let select = &plan.report.select;
    let row = |(combination, planned): (&PlannedCombination, &PlannedCell)| {
        let mut labels = combination.labels.clone();
        if !select.is_empty()
            && let Some(tuned) = tuned(&planned.cell.spec, select, &plan.labels)
        {
            labels.extend(tuned.labels);
        }
        labels.retain(|axis, _| is_asked(*axis));
        labels
    };
    let firsts = plan.cells.chunk_by(|a, b| a.combination == b.combination).map(|cells| &cells[0]);
    let combinations = firsts.map(|planned| (&plan.combinations[planned.combination], planned));
    let combinations = combinations.filter(|(combination, _)| combination.epochs.is_none());
    combinations.map(row).collect::<BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use crate::testing::planned;

    fn notes(datasets: &str, rest: &str) -> Vec<String> {
        let text = format!(
            "[experiment]\nname = \"p\"\n[protocol]\nsplit = {{ holdout.test = 0.3 }}\n\
             [axes]\ndataset = [{datasets}]\n{rest}"
        );
        let mut notes = planned(&text).0.notes;
        notes.retain(|note| note.contains("families"));
        notes
    }

    const THREE: &str = "\"ecoli4\", \"glass2\", \"haberman\"";
    const SIX: &str =
        "\"ecoli4\", \"glass2\", \"haberman\", \"pima\", \"yeast3\", \"new-thyroid1\"";

    #[test]
    fn a_design_that_cannot_answer_says_what_it_takes() {
        let losses = "loss = [\"cross_entropy\", \"focal\", \"ghm_c\"]";
        let [note] = &notes(SIX, losses)[..] else { panic!("one note") };
        assert!(
            note.contains("with 6 families of data sets and 2 rows beside the baseline"),
            "{note}"
        );
        assert!(note.ends_with("has p = 0.062 after Holm; it takes 7 families"), "{note}");
        let [note] = &notes(THREE, "loss = [\"cross_entropy\", \"focal\"]")[..] else {
            panic!("one note")
        };
        assert!(note.contains("and 1 row beside the baseline, even"), "{note}");
        assert!(note.ends_with("has p = 0.25 after Holm; it takes 6 families"), "{note}");
    }

    #[test]
    fn a_design_that_can_answer_and_one_of_a_single_family_say_nothing() {
        let two = "loss = [\"cross_entropy\", \"focal\"]";
        assert_eq!(notes(SIX, two), [""; 0]);
        assert_eq!(notes("\"ecoli4\"", two), [""; 0]);
        assert_eq!(notes("\"yeast1\", \"yeast3\"", two), [""; 0]);
        assert_eq!(notes(THREE, "loss = \"focal\""), [""; 0]);
    }

    #[test]
    fn siblings_count_once_and_only_axes_that_make_a_row_are_counted() {
        let losses = "loss = [\"cross_entropy\", \"focal\"]\nmining = [\"none\", \"ohem\"]";
        let siblings = SIX.replace("pima", "yeast1");
        assert!(notes(&siblings, losses)[0].contains("with 5 families of data sets and 3 rows"));
        let rows = format!("{losses}\n[report]\nrows = [\"dataset\", \"loss\"]");
        assert_eq!(notes(SIX, &rows), [""; 0]);
    }
}

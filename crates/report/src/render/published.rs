//! Published figures beside ours, for the terminal.

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};

use crate::comparison::printed::number;
use crate::published::{Published, PublishedPair};

/// Decimals of our figures: one more than papers print.
const DECIMALS: usize = 4;
/// Data sets that are named if the published table does not have them.
const NAMED: usize = 5;

/// One table for each published column, and a line that says whether it holds.
pub fn published(comparisons: &[Published]) -> String {
    comparisons.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn one(comparison: &Published) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY);
    let with_deviation = comparison.lines.iter().any(|line| line.deviation.is_some());
    let mut header = vec!["data set", "published", "ours", "difference"];
    if with_deviation {
        header.extend(["published std", "ours", "difference"]);
    }
    let n_columns = header.len();
    table.set_header(header);
    for line in &comparison.lines {
        let mut row = vec![line.dataset.clone()];
        row.extend(figures(&line.mean, comparison));
        row.extend(line.deviation.iter().flat_map(|pair| figures(pair, comparison)));
        table.add_row(row);
    }
    for i in 1..n_columns {
        if let Some(column) = table.column_mut(i) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!(
        "{}: {}\n{table}\n{}\n{}",
        comparison.column,
        comparison.description,
        verdict(comparison),
        not_in_file(&comparison.not_in_file)
    )
}

/// `11 sets of the experiment are not in the file: a, b, c, d, e and 6 more`, as a line; nothing if there is none.
fn not_in_file(datasets: &[String]) -> String {
    let named = datasets.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = match datasets.len().saturating_sub(NAMED) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    match datasets.len() {
        0 => String::new(),
        1 => format!("1 set of the experiment is not in the file: {named}\n"),
        n => format!("{n} sets of the experiment are not in the file: {named}{more}\n"),
    }
}

fn figures(pair: &PublishedPair, comparison: &Published) -> [String; 3] {
    let ours = pair.ours.map_or_else(|| "not run".to_owned(), |ours| number(ours, DECIMALS));
    let difference = pair.difference().map_or_else(String::new, |difference| {
        let mark = if comparison.allows(difference) { "" } else { " !" };
        format!("{difference:+.DECIMALS$}{mark}")
    });
    [pair.published.to_string(), ours, difference]
}

fn verdict(comparison: &Published) -> String {
    let figure = |x: Option<f64>| x.map_or_else(|| "none".to_owned(), |x| format!("{x:.5}"));
    let mut text = format!(
        "largest difference {} (allowed {})",
        figure(comparison.largest()),
        comparison.tolerance
    );
    text += &format!(", root mean square of the means' {}", figure(comparison.rms()));
    if let Some(tolerance) = comparison.rms_tolerance {
        text += &format!(" (allowed {tolerance})");
    }
    match (comparison.holds(), comparison.n_beyond()) {
        (true, _) => text + ": holds",
        (false, 0) => text + ": DOES NOT HOLD",
        (false, n) => text + &format!(": DOES NOT HOLD, {n} beyond or not run"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_that_were_not_compared_are_counted_and_some_are_named() {
        let sets = |n: usize| (0..n).map(|i| format!("d{i}")).collect::<Vec<_>>();
        assert_eq!(not_in_file(&sets(0)), "");
        assert_eq!(not_in_file(&sets(1)), "1 set of the experiment is not in the file: d0\n");
        let seven = "7 sets of the experiment are not in the file: d0, d1, d2, d3, d4 and 2 more\n";
        assert_eq!(not_in_file(&sets(7)), seven);
    }
}

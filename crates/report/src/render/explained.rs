//! A number and its cells, for the terminal.

use crate::comparison::notes::count;
use crate::comparison::printed::number;
use crate::explained::{Explained, ExplainedRun};

/// Digits of an identity that are shown: as many as it takes to replay it.
const DIGITS: usize = 10;

/// The number, then its cells, a line each.
pub fn explained(explained: &Explained, decimals: usize) -> String {
    let direction = if explained.metric.higher_is_better() { "higher" } else { "lower" };
    let Explained { row, dataset, metric, .. } = explained;
    let mut text = format!("{row} on {dataset}: {} ({direction} is better)\n", metric.title());
    text += &format!("{}\n\n", summary(explained, decimals));
    let has_also = explained.runs.iter().any(|run| run.also.is_some());
    let mut lines = vec![vec!["fold", "seed", "value", "difference", "epoch", "time", "identity"]];
    if has_also {
        lines[0].push("averaged over");
    }
    let mut lines: Vec<Vec<String>> =
        lines.into_iter().map(|line| line.into_iter().map(str::to_owned).collect()).collect();
    for run in &explained.runs {
        lines.extend(cells(run, decimals, has_also));
    }
    text + &aligned(&lines)
}

/// A number a line: each of `entries` without its cells.
pub fn explained_row(entries: &[Explained], decimals: usize) -> String {
    let Some(first) = entries.first() else { return String::new() };
    let direction = if first.metric.higher_is_better() { "higher" } else { "lower" };
    let mut text = format!("{}: {} ({direction} is better)\n", first.row, first.metric.title());
    if let Some(baseline) = &first.baseline {
        text += &format!(
            "difference: to {baseline}, over the runs that both have; positive is better\n"
        );
    }
    let header = ["data set", "mean ± deviation", "difference", "runs"].map(str::to_owned).to_vec();
    let line = |entry: &Explained| {
        let n = entry.runs.iter().filter(|run| run.value.is_some()).count();
        let runs = format!("{n} of {}", entry.runs.len());
        vec![
            entry.dataset.clone(),
            value(entry, decimals),
            signed(entry.difference, decimals),
            runs,
        ]
    };
    let lines: Vec<Vec<String>> = [header].into_iter().chain(entries.iter().map(line)).collect();
    text + "\n" + &aligned(&lines)
}

/// `0.812 ± 0.034 over 15 runs; +0.022 to cross_entropy over 15 runs.`
fn summary(explained: &Explained, decimals: usize) -> String {
    let n = explained.runs.iter().filter(|run| run.value.is_some()).count();
    let lost = explained.runs.len() - n;
    let lost = if lost == 0 { String::new() } else { format!(" of {}", explained.runs.len()) };
    let runs = count(n, "run").replacen(' ', &format!("{lost} "), 1);
    let mut text =
        format!("{} (mean ± sample standard deviation of {runs})", value(explained, decimals));
    if let (Some(baseline), Some(_)) = (&explained.baseline, explained.difference) {
        let both = explained.runs.iter().filter(|run| run.difference.is_some()).count();
        let difference = signed(explained.difference, decimals);
        text += &format!("; difference to {baseline}: {difference} over {}", count(both, "run"));
    }
    text
}

fn value(explained: &Explained, decimals: usize) -> String {
    let Some(mean) = explained.mean else { return "—".to_owned() };
    let deviation = explained.standard_deviation.map(|deviation| number(deviation, decimals));
    let deviation = deviation.map_or_else(String::new, |deviation| format!(" ± {deviation}"));
    number(mean, decimals) + &deviation
}

/// `+0.022`, `−0.010`, `±0.000`; nothing where there is none.
fn signed(difference: Option<f64>, decimals: usize) -> String {
    let Some(difference) = difference else { return String::new() };
    let size = number(difference.abs(), decimals);
    let is_zero = size.bytes().all(|byte| byte == b'0' || byte == b'.');
    let sign = match difference < 0.0 {
        _ if is_zero => "±",
        true => "−",
        false => "+",
    };
    format!("{sign}{size}")
}

/// The lines of a run: the first has its value.
fn cells(run: &ExplainedRun, decimals: usize, has_also: bool) -> Vec<Vec<String>> {
    let value = run.value.map(|value| number(value, decimals));
    let value = value.or_else(|| run.without_value.map(str::to_owned)).unwrap_or_default();
    let line = |(i, cell): (usize, &crate::explained::ExplainedCell)| {
        let of_run = |text: String| if i == 0 { text } else { String::new() };
        let mut line = vec![
            cell.fold.to_string(),
            run.seed.to_string(),
            of_run(value.clone()),
            of_run(signed(run.difference, decimals)),
            cell.epoch.map_or_else(String::new, |epoch| epoch.to_string()),
            cell.seconds.map_or_else(String::new, |seconds| format!("{seconds:.2} s")),
            cell.id.to_string()[..DIGITS].to_owned(),
        ];
        if has_also {
            line.push(of_run(run.also.clone().unwrap_or_default()));
        }
        line
    };
    run.cells.iter().enumerate().map(line).collect()
}

/// Columns side by side: names to the left, numbers to the right.
fn aligned(lines: &[Vec<String>]) -> String {
    let n_columns = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..n_columns).map(width).collect();
    let is_name = |column: usize| {
        ["data set", "identity", "averaged over"].contains(&lines[0][column].as_str())
    };
    let mut text = String::new();
    for line in lines {
        let entries = line.iter().zip(&widths).enumerate().map(|(column, (entry, &width))| {
            if is_name(column) { format!("{entry:<width$}") } else { format!("{entry:>width$}") }
        });
        let entries: Vec<String> = entries.collect();
        text += entries.join("  ").trim_end();
        text.push('\n');
    }
    text
}

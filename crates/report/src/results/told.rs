//! Differences for readers.

use std::fmt::Write as _;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};

use crate::comparison::notes::count;
use crate::results::{Differences, NumberDifference, Speed};

/// Values of a key that are shown.
const SHOWN_VALUES: usize = 4;

impl Differences {
    /// What differs, for the terminal.
    pub fn terminal(&self) -> String {
        let Differences { name, reference, .. } = self;
        let mut text = format!("{name} beside {reference}\n");
        for key in &self.keys {
            let _ =
                writeln!(text, "  {}: {} → {}", key.key, shown(&key.reference), shown(&key.other));
        }
        if self.keys.is_empty() {
            text += "  the same specifications\n";
        }
        let both = self.equal + self.changed;
        let _ = writeln!(
            text,
            "  {} of {} and {}: {}",
            count(both, "cell"),
            self.cells.0,
            self.cells.1,
            if both == 0 {
                "none in common".to_owned()
            } else if self.changed == 0 {
                "equal bit for bit".to_owned()
            } else {
                format!("{} equal bit for bit, {} changed", self.equal, self.changed)
            }
        );
        if self.spoilt != 0 {
            let _ = writeln!(
                text,
                "  {} without a result that {reference} has: failed, diverged, or a metric undefined",
                count(self.spoilt, "cell"),
            );
        }
        let changed: Vec<&NumberDifference> =
            self.numbers.iter().filter(|number| number.changed != 0).collect();
        if !changed.is_empty() {
            let _ = writeln!(text, "{}", table(&changed));
        }
        if let Some(speed) = &self.speed {
            text += &speed.told();
        }
        text
    }
}

impl Speed {
    fn told(&self) -> String {
        let interval = self
            .interval
            .map_or(String::new(), |(low, high)| format!(" (95 % interval {low:.2} to {high:.2})"));
        let hosts = if self.other_hosts { "; on other machines" } else { "" };
        format!(
            "  time of a cell: {:.2} times as long{interval}, median over {}; {:.1} s in all, {:.1} s before{hosts}\n",
            self.ratio,
            count(self.cells, "cell"),
            self.seconds,
            self.reference_seconds,
        )
    }
}

fn shown(values: &[String]) -> String {
    let first: Vec<&str> = values.iter().take(SHOWN_VALUES).map(String::as_str).collect();
    match values.len() - first.len() {
        _ if values.iter().all(|value| value == "null") => "—".to_owned(),
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

fn table(numbers: &[&NumberDifference]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY);
    table.set_header(["method", "metric", "cells", "changed", "largest", "mean"]);
    for number in numbers {
        let NumberDifference { method, metric, cells, changed, largest, mean } = number;
        let mut row = vec![method.clone(), metric.name().to_owned()];
        row.extend([cells, changed].map(ToString::to_string));
        row.extend([largest, mean].map(|difference| size(*difference)));
        table.add_row(row);
    }
    table
        .column_iter_mut()
        .skip(2)
        .for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}

/// A difference with its sign: of what is small, its size.
fn size(difference: f64) -> String {
    if difference == 0.0 || 1e-4 <= difference.abs() {
        format!("{difference:+.4}")
    } else {
        format!("{difference:+.1e}")
    }
}

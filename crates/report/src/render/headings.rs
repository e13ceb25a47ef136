//! Rows under headings: where each row departs from the baseline on one axis alone, those of an axis stand together.

use experiment::Axis;

use crate::comparison::Comparison;
use crate::comparison::table::{MethodRow, MetricTable};

/// Rows that stand together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heading {
    /// What stands over them; `None` of the baseline, which stands first.
    pub(crate) text: Option<String>,
    /// Their places in the table, in its order.
    pub(crate) places: Vec<usize>,
}

/// The rows of a table by the axis on which they depart from the baseline, in the order of the axes. Nothing where some row departs
/// on two of them, where all depart on the same, and where no two stand together.
pub(crate) fn headings(comparison: &Comparison, table: &MetricTable) -> Vec<Heading> {
    let Some(baseline) = table.rows.iter().position(MethodRow::is_baseline) else {
        return Vec::new();
    };
    let mut of_axes: Vec<(Axis, Vec<usize>)> =
        comparison.axes.iter().map(|&axis| (axis, Vec::new())).collect();
    for place in (0..table.rows.len()).filter(|&place| place != baseline) {
        let (own, base) = (&table.rows[place].labels, &table.rows[baseline].labels);
        let departs: Vec<usize> = (0..own.len()).filter(|&axis| own[axis] != base[axis]).collect();
        // A control stands with what it is the control of.
        let is_control = |axis: &&usize| comparison.axes[**axis] == Axis::Control;
        let methods: Vec<&usize> = departs.iter().filter(|axis| !is_control(axis)).collect();
        match methods[..] {
            [&axis] => of_axes[axis].1.push(place),
            [] if departs.len() == 1 => of_axes[departs[0]].1.push(place),
            _ => return Vec::new(),
        }
    }
    of_axes.retain(|(_, places)| !places.is_empty());
    if of_axes.len() < 2 || of_axes.iter().all(|(_, places)| places.len() < 2) {
        return Vec::new();
    }
    let first = Heading { text: None, places: vec![baseline] };
    let heading =
        |(axis, places): (Axis, Vec<usize>)| Heading { text: Some(axis.name().to_owned()), places };
    [first].into_iter().chain(of_axes.into_iter().map(heading)).collect()
}

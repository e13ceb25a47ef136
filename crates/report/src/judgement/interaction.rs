//! Two axes against each other: the difference from the baseline of every pair of choices, a panel for each choice on the
//! other axes.

use std::cmp::Reverse;

use evaluation::summary::mean;
use experiment::Axis;

use crate::comparison::table::{MetricTable, distinct};
use crate::judgement::Unit;
use crate::judgement::estimate::Estimate;

/// Choices that stand side by side at most.
const MOST_ACROSS: usize = 12;
/// Panels that are shown at most.
const MOST_PANELS: usize = 6;

/// The two axes with the most choices that meet each other.
#[derive(Debug)]
pub(crate) struct Interaction<'t> {
    table: &'t MetricTable,
    /// The axis whose choices stand below each other.
    pub(crate) down: Axis,
    /// The axis whose choices stand side by side.
    pub(crate) across: Axis,
    pub(crate) panels: Vec<Panel>,
}

/// The rows with the same choices on the other axes.
#[derive(Debug)]
pub(crate) struct Panel {
    /// What stands on the other axes, as `mining ohem`; empty where there are none.
    pub(crate) title: String,
    pub(crate) down: Vec<String>,
    pub(crate) across: Vec<String>,
    /// The row of each pair, by its place in the table.
    rows: Vec<Vec<Option<usize>>>,
}

/// What there is of a pair of choices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pair<'t> {
    /// No row, or nothing to compare with.
    Nothing,
    /// What the others are compared with.
    Baseline,
    /// The mean difference from the baseline over families or runs, and what is known of it.
    Difference(f64, &'t Estimate),
}

impl<'t> Interaction<'t> {
    /// `None` unless rows differ on two axes whose choices meet each other, of which none is the control: that acts on one
    /// method alone; and where there would be too many panels.
    pub(crate) fn of(axes: &[Axis], table: &'t MetricTable) -> Option<Self> {
        let planned = table.planned();
        let label = |row: usize, axis: usize| &table.rows[row].labels[axis];
        let n_choices = |axis: usize| table.choices(axis).len();
        let mut places: Vec<usize> = (0..axes.len()).filter(|&axis| 1 < n_choices(axis)).collect();
        let is_control = |place: usize| axes[place] == Axis::Control;
        places.sort_by_key(|&place| (is_control(place), Reverse(n_choices(place))));
        let [down, across, rest @ ..] = &places[..] else { return None };
        if is_control(*across) {
            return None;
        }
        let others = |row: usize| -> Vec<&Option<String>> {
            rest.iter().map(|&axis| label(row, axis)).collect()
        };
        let panel = |others_of_panel: Vec<&Option<String>>| {
            let members: Vec<usize> =
                planned.iter().copied().filter(|&row| others(row) == others_of_panel).collect();
            let choices = |axis: usize| distinct(members.iter().map(|&row| label(row, axis)));
            let (downs, acrosses) = (choices(*down), choices(*across));
            let of_pair = |i: usize, j: usize| {
                let is_of = |row: &&usize| {
                    label(**row, *down) == downs[i] && label(**row, *across) == acrosses[j]
                };
                members.iter().find(is_of).copied()
            };
            let line = |i: usize| (0..acrosses.len()).map(|j| of_pair(i, j)).collect();
            let shown = |label: &Option<String>| label.as_deref().unwrap_or("—").to_owned();
            let title = rest.iter().zip(&others_of_panel);
            let title = title.map(|(&axis, label)| format!("{} {}", axes[axis], shown(label)));
            Panel {
                title: title.collect::<Vec<_>>().join(", "),
                rows: (0..downs.len()).map(line).collect(),
                down: downs.into_iter().map(shown).collect(),
                across: acrosses.into_iter().map(shown).collect(),
            }
        };
        let mut panels: Vec<Panel> =
            distinct(planned.iter().map(|&row| others(row))).into_iter().map(panel).collect();
        panels.retain(Panel::shows_interaction);
        let shown = !panels.is_empty() && panels.len() <= MOST_PANELS;
        shown.then(|| Interaction { table, down: axes[*down], across: axes[*across], panels })
    }

    /// What there is of the pair of choice `i` on the axis down and choice `j` on the axis across.
    pub(crate) fn pair(&self, panel: &Panel, i: usize, j: usize) -> Pair<'t> {
        let Some(row) = panel.rows[i][j] else { return Pair::Nothing };
        if self.table.rows[row].is_baseline() {
            return Pair::Baseline;
        }
        let known = self.table.judgement.verdicts[row].as_ref();
        let differs =
            known.and_then(|known| Some((mean(known.by_unit.iter().copied().flatten())?, known)));
        differs.map_or(Pair::Nothing, |(difference, known)| Pair::Difference(difference, known))
    }

    /// `loss by mining`.
    pub(crate) fn axes(&self) -> String {
        format!("{} by {}", self.down, self.across)
    }

    /// `loss by mining, difference from the baseline`.
    pub(crate) fn title(&self) -> String {
        format!("{}, difference from the baseline", self.axes())
    }

    /// What its numbers are.
    pub(crate) fn remark(&self) -> String {
        let units = match self.table.judgement.unit {
            Unit::Family => "families",
            Unit::Run => "runs",
        };
        format!(
            "Mean difference from the baseline over {units}, positive is better. If both axes acted independently, every column would be \
             the first plus a constant."
        )
    }
}

impl Panel {
    /// Whether choices meet each other: those that depart from one row, one at a time, do not, and a choice that meets one other
    /// alone shows nothing.
    fn shows_interaction(&self) -> bool {
        let (down, across) = (self.down.len(), self.across.len());
        let n = self.rows.iter().flatten().flatten().count();
        let meets = |j: usize| self.rows.iter().filter(|line| line[j].is_some()).count();
        1 < down
            && (2..=MOST_ACROSS).contains(&across)
            && down + across <= n
            && (0..across).all(|j| 2 <= meets(j))
    }
}

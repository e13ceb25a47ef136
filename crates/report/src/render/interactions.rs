//! Two axes against each other, as loss by mining: a sheet a panel.

use crate::comparison::printed::number;
use crate::comparison::table::MetricTable;
use crate::comparison::{Comparison, notes::capitalised};
use crate::judgement::interaction::{Interaction, Pair, Panel};
use crate::render::sheet::{Entry, Figure, Sheet, signed};
use crate::render::shown::Shown;

/// A sheet, what stands over it, and what stands under it.
pub(crate) struct Titled {
    pub(crate) title: String,
    pub(crate) sheet: Sheet,
    pub(crate) remark: String,
}

/// One where two axes meet; several, where there are choices on other axes.
pub(crate) fn sheets(comparison: &Comparison, table: &MetricTable) -> Vec<Titled> {
    let Some(interaction) = Interaction::of(&comparison.axes, table) else { return Vec::new() };
    let (remark, mark) = (interaction.remark(), Shown::FULL.mark);
    let remark = format!("{remark} {mark}: differs from 0, by the test against the baseline.");
    let titled = |panel: &Panel| {
        let title = format!("{}: {}", capitalised(table.metric.title()), interaction.title());
        let of = if panel.title.is_empty() { String::new() } else { format!(", {}", panel.title) };
        let sheet = sheet(&interaction, panel, comparison.decimals);
        Titled { title: title + &of, sheet, remark: remark.clone() }
    };
    interaction.panels.iter().map(titled).collect()
}

fn sheet(interaction: &Interaction<'_>, panel: &Panel, decimals: usize) -> Sheet {
    let figure = |i: usize, j: usize| match interaction.pair(panel, i, j) {
        Pair::Nothing => Figure::default(),
        Pair::Baseline => Figure::plain(Some("baseline".to_owned())),
        Pair::Difference(difference, known) => Figure {
            text: Some(signed(number(difference, decimals))),
            is_best: known.is_better() || known.is_worse(),
            ..Figure::default()
        },
    };
    let row = |i: usize| {
        let figures = (0..panel.across.len()).map(|j| Entry::Figure(figure(i, j)));
        std::iter::once(Entry::Label(Some(panel.down[i].clone()))).chain(figures).collect()
    };
    Sheet {
        header: std::iter::once(interaction.down.to_string())
            .chain(panel.across.iter().cloned())
            .collect(),
        n_labels: 1,
        rows: (0..panel.down.len()).map(row).collect(),
        ..Sheet::default()
    }
}

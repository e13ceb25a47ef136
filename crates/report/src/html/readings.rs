//! What stands folded under the statistics: other readings of the first table than its tests.

use crate::comparison::table::MetricTable;
use crate::html::markup::{Attributes, Markup};
use crate::html::numbers;
use crate::html::view::View;
use crate::judgement::Unit;
use crate::judgement::readings::{Probabilities, Reading, Readings};

/// Nothing where no row is compared with the baseline.
pub(super) fn write(view: &View<'_>, page: &mut Markup) {
    let Some(readings) = &view.subject.comparison.readings else { return };
    let table = view.first();
    let is_rated = readings.rows.iter().any(|reading| reading.elo.is_some());
    let summary = if is_rated {
        "Other readings: probabilities of being better or the same, and Elo"
    } else {
        "Other readings: probabilities of being better or the same"
    };
    page.element("details", &[("id", &"readings")], |page| {
        page.phrase("summary", &[], summary);
        let label = format!("Other readings of {}", table.metric.title());
        let region: Attributes<'_> = &[
            ("class", &"scroll"),
            ("tabindex", &"0"),
            ("role", &"region"),
            ("aria-label", &label),
        ];
        page.element("div", region, |page| rows(table, readings, is_rated, page));
        page.phrase("p", &[("class", &"note")], note(table, readings, is_rated));
    });
}

fn rows(table: &MetricTable, readings: &Readings, is_rated: bool, page: &mut Markup) {
    page.element("table", &[("class", &"metrics readings")], |page| {
        page.literal("<thead><tr><th scope=\"col\" class=\"text\">row</th>");
        if is_rated {
            page.literal("<th scope=\"col\">Elo</th><th scope=\"col\">95 %</th>");
        }
        page.literal(
            "<th scope=\"col\">better</th><th scope=\"col\">same</th><th scope=\"col\">worse</th></tr></thead><tbody>",
        );
        for (row, reading) in table.rows.iter().zip(&readings.rows) {
            page.element("tr", &[], |tr| {
                tr.element("td", &[("class", &"text")], |td| td.name(&row.name));
                if is_rated {
                    elo(reading, tr);
                }
                probabilities(reading.against.as_ref(), row.is_baseline(), tr);
            });
        }
        page.literal("</tbody>");
    });
}

fn elo(reading: &Reading, page: &mut Markup) {
    let points = reading.elo.map_or_else(|| "–".to_owned(), |points| numbers::plain(points, 0));
    page.phrase("td", &[], points);
    let interval = reading.elo_interval.map_or_else(String::new, |interval| {
        format!("{} to {}", numbers::plain(interval.low, 0), numbers::plain(interval.high, 0))
    });
    page.phrase("td", &[], interval);
}

fn probabilities(against: Option<&Probabilities>, is_baseline: bool, page: &mut Markup) {
    let Some(Probabilities { better, same, worse, .. }) = against else {
        let word = if is_baseline { "baseline" } else { "not compared" };
        return page.phrase("td", &[("colspan", &3)], word);
    };
    for probability in [better, same, worse] {
        page.phrase("td", &[], format!("{probability:.2}"));
    }
}

fn note(table: &MetricTable, readings: &Readings, is_rated: bool) -> String {
    let errors = readings.rows.iter().filter_map(|reading| Some(reading.against?.error));
    let error = errors.fold(0.0, f64::max);
    let mut note = format!(
        "Of {}. Better, same, worse: how probable it is that the row is above the baseline by more than {rope}, within ±{rope} of it, \
         below it by more",
        table.metric.title(),
        rope = readings.rope
    );
    note += &match table.judgement.unit {
        Unit::Family => format!(
            " (Bayesian signed-rank test with one family of difference 0 as prior; {} draws, standard error at most {error:.3}).",
            numbers::counted(readings.draws as usize)
        ),
        Unit::Run => " (correlated t over the runs, flat prior, exact).".to_owned(),
    };
    if is_rated {
        note += &format!(
            " Elo: strength by who beats whom on the data sets (Bradley–Terry, one tie of every pair as prior); of two rows that are 100 \
             points apart the stronger wins 64 % of the data sets; interval over {} draws of families.",
            readings.replicates
        );
    }
    note + " Nothing here is corrected for the number of rows, and with few families such probabilities are bolder than a test: the \
            answer above does not rest on them."
}

//! Every row on every data set, shaded by the difference from the baseline.

use experiment::Axis;

use crate::comparison::cell::TableCell;
use crate::comparison::printed::number;
use crate::comparison::table::MetricTable;
use crate::html::markup::{Attributes, Markup};
use crate::html::numbers;
use crate::html::view::View;
use crate::judgement::entries::Entry;
use crate::judgement::estimate::Estimate;
use crate::render::headings::{Heading, headings};

/// Beyond so many data sets, they are tiles without numbers at first.
pub(super) const MOST_NUMBERS: usize = 15;
/// An axis with more levels than these has no boxes to hide them: the text filter does.
const MOST_LEVELS: usize = 8;
/// A best value that more rows share than these is not marked.
const MOST_BEST: usize = 3;
/// Differences from which on a shade is darker. They are absolute, so that two reports can be compared.
const SHADES: [f64; 4] = [0.01, 0.03, 0.1, 0.2];
/// Decimals of average ranks.
const RANK_DECIMALS: usize = 2;

pub(super) fn section(view: &View<'_>, page: &mut Markup) {
    page.phrase("h2", &[], "Every row on every data set");
    page.element("p", &[("class", &"note")], |p| {
        p.text(&view.subject.comparison.description);
        p.literal(" <span class=\"script\">Select a number to see its cells.</span>");
    });
    tools(view, page);
    let many = MOST_NUMBERS < view.sets.len();
    let class = if many { "main vertical tiles" } else { "main" };
    let scroll: Attributes<'_> = &[
        ("class", &"scroll tall"),
        ("tabindex", &"0"),
        ("role", &"region"),
        ("aria-label", &"Scores of every row on every data set"),
    ];
    let style = format!("--sets: {}", view.sets.len());
    page.element("div", scroll, |page| {
        let main: Attributes<'_> = &[("id", &"main"), ("class", &class), ("style", &style)];
        page.element("table", main, |page| {
            page.element("thead", &[], |page| header(view, many, page));
            page.element("tbody", &[("data-slot", &"table")], |page| {
                page.append(&body(view, view.first()));
            });
        });
    });
    legend(view, page);
}

fn tools(view: &View<'_>, page: &mut Markup) {
    page.literal(
        "<div class=\"tools\"><input type=\"search\" id=\"filter\" placeholder=\"filter rows\" aria-label=\"Filter rows\" size=\"14\"/>",
    );
    if 1 < view.axes().len() {
        for (place, axis) in view.axes().iter().enumerate() {
            levels(view, place, *axis, page);
        }
    }
    page.literal(
        "<label class=\"chip\"><input type=\"checkbox\" id=\"deviations\"/>± deviations</label>",
    );
    if MOST_NUMBERS < view.sets.len() {
        page.literal(
            "<label class=\"chip\"><input type=\"checkbox\" id=\"numbers\"/>numbers</label>",
        );
    }
    if !headings(view.subject.comparison, view.first()).is_empty() {
        page.literal(
            "<label class=\"chip\"><input type=\"checkbox\" id=\"grouped\" checked=\"\"/>grouped</label>",
        );
    }
    page.literal(
        "<select id=\"copy\" aria-label=\"Copy the table\"><option value=\"\">copy as…</option><option value=\"csv\">CSV</option>\
         <option value=\"md\">Markdown</option><option value=\"tex\">LaTeX</option></select>\
         <span id=\"shown\" class=\"note\" role=\"status\"></span></div>\
         <textarea id=\"copied\" hidden=\"\" readonly=\"\" aria-label=\"The copied table\" rows=\"5\"></textarea>",
    );
}

/// A box for each level of an axis.
fn levels(view: &View<'_>, place: usize, axis: Axis, page: &mut Markup) {
    let levels = view.first().choices(place);
    if levels.len() < 2 || MOST_LEVELS < levels.len() {
        return;
    }
    page.element("fieldset", &[], |page| {
        page.phrase("legend", &[], axis);
        for level in levels {
            let level = level.as_deref().unwrap_or("—");
            page.element("label", &[("class", &"chip")], |page| {
                let input: Attributes<'_> = &[
                    ("type", &"checkbox"),
                    ("checked", &""),
                    ("class", &"level"),
                    ("data-axis", &place),
                    ("value", &level),
                ];
                page.void("input", input);
                page.text(level);
            });
        }
    });
}

fn header(view: &View<'_>, many: bool, page: &mut Markup) {
    if many {
        families(view, page);
    }
    let ranked = has_ranks(view);
    page.literal("<tr><th scope=\"col\" data-key=\"name\"><button>row</button></th>");
    if ranked {
        page.literal("<th scope=\"col\" data-key=\"rank\" aria-sort=\"ascending\"><button>avg. rank</button></th>");
        page.literal("<th scope=\"col\" data-key=\"mean\"><button>mean</button></th>");
    }
    page.literal(
        "<th scope=\"col\" data-key=\"wins\"><button>better<br/>same<br/>worse</button></th>",
    );
    page.literal("<th scope=\"col\" data-key=\"time\"><button>time</button></th>");
    let mut family = None;
    for &d in &view.columns {
        let set = &view.sets[d];
        let first = many && family.replace(&set.family) != Some(&set.family);
        let class = if first { "set edge" } else { "set" };
        page.element("th", &[("scope", &"col"), ("class", &class), ("data-set", &d)], |th| {
            th.element("button", &[], |button| button.text(&set.name));
            if let Some(ratio) = set.imbalance() {
                th.phrase("small", &[], format!("1 : {ratio:.1}"));
            }
        });
    }
    page.literal("</tr>");
}

/// A row over the header, with the families of several data sets.
fn families(view: &View<'_>, page: &mut Markup) {
    let before = 3 + 2 * usize::from(has_ranks(view));
    page.element("tr", &[("class", &"families"), ("aria-hidden", &"true")], |tr| {
        tr.element("td", &[("colspan", &before)], |_| {});
        for siblings in view.columns.chunk_by(|&a, &b| view.sets[a].family == view.sets[b].family) {
            tr.element("td", &[("colspan", &siblings.len())], |td| {
                if 3 < siblings.len() {
                    td.text(&view.sets[siblings[0]].family);
                }
            });
        }
    });
}

/// With one data set a rank says no more than the order of the rows.
pub(super) fn has_ranks(view: &View<'_>) -> bool {
    1 < view.sets.len()
}

/// The rows of a table, under headings where each departs from the baseline on one axis.
pub(super) fn body(view: &View<'_>, table: &MetricTable) -> Markup {
    let mut page = Markup::default();
    let marks: Vec<Marks> = (0..view.sets.len()).map(|d| Marks::new(view, table, d)).collect();
    let headings = headings(view.subject.comparison, table);
    if headings.is_empty() {
        for i in 0..table.rows.len() {
            row(view, (table, i), &[], &marks, &mut page);
        }
    }
    for (group, Heading { text, places }) in headings.iter().enumerate() {
        if let Some(text) = text {
            heading(view, group, text, &mut page);
        }
        for &i in places {
            // With these a script takes the headings away, and puts them back.
            let order: Attributes<'_> = &[("data-place", &i), ("data-group", &group)];
            row(view, (table, i), order, &marks, &mut page);
        }
    }
    page
}

fn heading(view: &View<'_>, group: usize, text: &str, page: &mut Markup) {
    let others = 2 + 2 * usize::from(has_ranks(view)) + view.columns.len();
    page.element("tr", &[("class", &"group"), ("data-group", &group)], |tr| {
        tr.phrase("th", &[("scope", &"rowgroup")], text);
        tr.element("td", &[("colspan", &others)], |_| {});
    });
}

fn row(
    view: &View<'_>,
    (table, i): (&MetricTable, usize),
    order: Attributes<'_>,
    marks: &[Marks],
    page: &mut Markup,
) {
    let row = &table.rows[i];
    let class = if row.is_baseline() { "base" } else { "" };
    let attributes: Attributes<'_> = &[("data-row", &row.place), ("class", &class)];
    page.element("tr", &[attributes, order].concat(), |tr| {
        tr.element("th", &[("scope", &"row")], |th| name(view, row.place, th));
        figures(view, table, i, tr);
        for &d in &view.columns {
            entry(view, table, (i, d), &marks[d], tr);
        }
    });
}

/// A row's name, which opens what is known of it.
pub(super) fn name(view: &View<'_>, row: usize, page: &mut Markup) {
    page.element("button", &[("class", &"link"), ("data-open", &row)], |button| {
        button.name(&view.names[row]);
    });
    if !view.is_reproducible(row) {
        page.literal("<span title=\"bits are promised on one platform only\"> †</span>");
    }
}

fn figures(view: &View<'_>, table: &MetricTable, i: usize, page: &mut Markup) {
    let row = &table.rows[i];
    let decimals = view.subject.comparison.decimals;
    let dash = || "–".to_owned();
    if has_ranks(view) {
        let rank = row.average_rank.map_or_else(dash, |rank| number(rank, RANK_DECIMALS));
        page.phrase("td", &[], rank);
        let mean = row.average.map_or_else(dash, |mean| numbers::plain(mean, decimals));
        page.phrase("td", &[], mean);
    }
    let verdict = table.judgement.verdicts[i].as_ref();
    page.phrase("td", &[], verdict.map_or_else(dash, better_same_worse));
    let time = row.relative_time.map_or_else(dash, numbers::times);
    page.phrase("td", &[], time);
}

/// `3/2/1`: families, or runs of the only data set, in which a row is better than the baseline, the same, worse.
pub(crate) fn better_same_worse(verdict: &Estimate) -> String {
    format!("{}/{}/{}", verdict.better, verdict.same, verdict.worse)
}

fn entry(
    view: &View<'_>,
    table: &MetricTable,
    (i, d): (usize, usize),
    marks: &Marks,
    page: &mut Markup,
) {
    let decimals = view.subject.comparison.decimals;
    let cell = &table.rows[i].cells[d];
    let judged = table.judgement.entries[i][d].as_ref();
    let (class, text) = match cell.mean {
        Some(mean) => (class(cell, judged, marks), numbers::plain(mean, decimals)),
        None => ("c no".to_owned(), absence(cell)),
    };
    let title = cell.footnote.map_or("", |note| &table.footnotes[note]);
    let attributes: Attributes<'_> = &[("class", &class), ("title", &title)];
    page.element("td", if title.is_empty() { &attributes[..1] } else { attributes }, |td| {
        td.text(text);
        if cell.mean.is_some() && 0 < cell.counts.without_value() {
            td.literal("‡");
        }
        if judged.is_some_and(Entry::is_better) {
            td.literal("<b>▲</b>");
        } else if judged.is_some_and(Entry::is_worse) {
            td.literal("<b>▼</b>");
        }
        if let Some(deviation) = cell.standard_deviation {
            td.phrase("i", &[], format!(" ±{}", number(deviation, decimals)));
        }
    });
}

/// Why there is no number, as short as a table has it.
fn absence(cell: &TableCell) -> String {
    let counts = &cell.counts;
    let n = counts.expected;
    match counts {
        counts if 0 < counts.diverged => format!("div. {}/{n}", counts.diverged),
        counts if 0 < counts.failed => format!("failed {}/{n}", counts.failed),
        counts if 0 < counts.missing => "not run".to_owned(),
        _ => "–".to_owned(),
    }
}

fn class(cell: &TableCell, judged: Option<&Entry>, marks: &Marks) -> String {
    let mut classes = vec!["c".to_owned()];
    classes.extend(judged.and_then(|judged| shade(judged.difference)));
    let printed = cell.compared.map(|compared| marks.printed(compared.mean));
    if printed.is_some() && printed == marks.best {
        classes.push("best".to_owned());
    } else if printed.is_some() && printed == marks.second {
        classes.push("second".to_owned());
    }
    classes.join(" ")
}

/// The class of a shade: `p` better, `n` worse, 1 to 4.
pub(crate) fn shade(difference: f64) -> Option<String> {
    let side = if difference < 0.0 { 'n' } else { 'p' };
    let step = SHADES.iter().filter(|&&least| least <= difference.abs()).count();
    (step != 0).then(|| format!("{side}{step}"))
}

/// The class of a shade that is the darker, the less something is behind the best: within the differences of shades.
pub(crate) fn nearness(behind: f64) -> &'static str {
    let shades = SHADES.iter().zip(["p4", "p3", "p2", "p1"]);
    let mut near = shades.filter(|(most, _)| behind <= **most + 1e-12);
    near.next().map_or("p0", |(_, shade)| shade)
}

/// The best and the second of a data set, as printed.
struct Marks {
    decimals: usize,
    best: Option<String>,
    second: Option<String>,
}

impl Marks {
    fn new(view: &View<'_>, table: &MetricTable, d: usize) -> Self {
        let mut marks =
            Marks { decimals: view.subject.comparison.decimals, best: None, second: None };
        let mut means: Vec<f64> =
            table.rows.iter().filter_map(|row| Some(row.cells[d].compared?.mean)).collect();
        means.sort_by(f64::total_cmp);
        if table.metric.higher_is_better() {
            means.reverse();
        }
        let printed: Vec<String> = means.iter().map(|&mean| marks.printed(mean)).collect();
        let mut places = printed.chunk_by(|a, b| a == b);
        let few = |alike: &&[String]| alike.len() <= MOST_BEST;
        if 1 < printed.len() {
            marks.best = places.next().filter(few).map(|alike| alike[0].clone());
            // Where many share the best, nothing is second to them.
            marks.second = places.next().filter(few).map(|alike| alike[0].clone());
            marks.second = marks.second.filter(|_| marks.best.is_some());
        }
        marks
    }

    fn printed(&self, mean: f64) -> String {
        number(mean, self.decimals)
    }
}

fn legend(view: &View<'_>, page: &mut Markup) {
    page.literal("<div class=\"legend\">");
    if view.baseline.is_some() {
        page.literal(
            "<span>difference from the baseline: <i class=\"n4\"></i><i class=\"n3\"></i><i class=\"n2\"></i><i class=\"n1\"></i>\
             <i></i><i class=\"p1\"></i><i class=\"p2\"></i><i class=\"p3\"></i><i class=\"p4\"></i> steps at 0.01, 0.03, 0.1, \
             0.2; orange worse, blue better</span>",
        );
    }
    page.literal(
        "<span><b>bold</b> best (a dot on a tile), <u>underlined</u> second; not marked where more than three share it</span>",
    );
    let tested = view.subject.comparison.tables.iter().flat_map(|table| &table.judgement.entries);
    if tested.flatten().flatten().any(|entry| entry.p_holm.is_some()) {
        page.literal("<span>▲▼ differs from the baseline on this data set (");
        page.text(view.first().judgement.run_test.name());
        page.literal("-test, Holm over the table)</span>");
    }
    let cells = || {
        let rows = view.subject.comparison.tables.iter().flat_map(|table| &table.rows);
        rows.flat_map(|row| &row.cells)
    };
    if cells().any(|cell| cell.mean.is_none()) {
        page.literal("<span><i class=\"no\"></i> no value here</span>");
    }
    if cells().any(|cell| cell.mean.is_some() && 0 < cell.counts.without_value()) {
        page.literal("<span>‡ mean of the runs that have a value; its panel says what became of the others</span>");
    }
    page.literal("</div><p class=\"note\">");
    if has_ranks(view) {
        page.literal(
            "Average rank: ranks within each data set, averaged within a family, then over the families; 1 is best. Mean: over \
             the ranked data sets. ",
        );
    }
    let what = if view.has_families() { "families" } else { "runs" };
    let rope = view.first().judgement.rope;
    page.text(format!("Better, same, worse: {what}, a difference within ±{rope} is the same. "));
    page.literal(
        "Time: relative to the baseline, geometric mean over the data sets. Rows that are hidden change no rank and no test.</p>",
    );
}

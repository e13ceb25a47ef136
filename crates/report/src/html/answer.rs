//! The question, the answer, and how sure it is: what is read first, and quoted.

use std::collections::BTreeSet;

use experiment::record::Outcome;

use crate::comparison::notes::capitalised;
use crate::comparison::table::MetricTable;
use crate::html::key;
use crate::html::markup::{Attributes, Markup};
use crate::html::numbers::{self, bare_p};
use crate::html::view::View;
use crate::judgement::paragraph::Paragraph;
use crate::judgement::words;

pub(super) fn section(view: &View<'_>, page: &mut Markup) {
    let plan = view.subject.plan;
    page.element("p", &[("class", &"kicker")], |p| {
        p.text(format!("longtail {} · experiment ", env!("CARGO_PKG_VERSION")));
        p.phrase("code", &[], &plan.name);
        p.text(format!(" · {} cells", numbers::counted(plan.n_cells())));
    });
    page.phrase("h1", &[], &view.subject.comparison.question);
    page.element("div", &[("class", &"hero")], |page| {
        page.element("div", &[], |page| {
            page.element("div", &[("class", &"answer"), ("data-slot", &"answer")], |page| {
                page.append(&slot(view.first()));
            });
            metrics(view, page);
        });
        page.element("div", &[("class", &"key"), ("data-slot", &"key")], |page| {
            page.append(&key::slot(view, view.first()));
        });
        facts(view, page);
    });
}

/// What a table answers.
pub(super) fn slot(table: &MetricTable) -> Markup {
    let mut page = Markup::default();
    let answer = &table.answer;
    for said in answer.said() {
        page.element("p", &[], |p| paragraph(said, p));
    }
    for said in &answer.cautions {
        page.element("p", &[("class", &"note")], |p| paragraph(said, p));
    }
    if answer.paragraphs().next().is_none() {
        page.literal("<p>There is nothing to compare.</p>");
    }
    page
}

fn paragraph(said: &Paragraph, page: &mut Markup) {
    for span in &said.spans {
        if span.strong {
            page.element("b", &[], |b| b.name(&span.text));
        } else {
            page.text(unbroken(&span.text));
        }
    }
}

/// A probability and a share stay in one line.
fn unbroken(text: &str) -> String {
    text.replace(" = ", "\u{a0}=\u{a0}").replace(" < ", "\u{a0}<\u{a0}").replace(" %", "\u{a0}%")
}

/// All metrics at once, which keeps a reader from taking the one that won.
fn metrics(view: &View<'_>, page: &mut Markup) {
    let tables = &view.subject.comparison.tables;
    let best = if 1 < view.sets.len() { "best average rank" } else { "best mean" };
    let size = if view.has_families() { "median diff." } else { "mean diff." };
    page.literal("<table class=\"metrics\" aria-label=\"The leader by each metric\"><thead><tr><th scope=\"col\" class=\"text\">metric</th>");
    page.phrase("th", &[("scope", &"col"), ("class", &"text")], best);
    page.phrase("th", &[("scope", &"col")], size);
    page.literal("<th scope=\"col\">p, Holm</th></tr></thead><tbody>");
    for (i, table) in tables.iter().enumerate() {
        let class = if i == 0 { "on" } else { "" };
        let name = table.metric.name();
        page.element("tr", &[("class", &class), ("data-metric", &name)], |tr| {
            tr.element("td", &[("class", &"text")], |td| {
                let button: Attributes<'_> = &[("class", &"link"), ("data-choose", &name)];
                td.phrase("button", button, capitalised(table.metric.title()));
            });
            leader(view, table, tr);
        });
    }
    page.literal("</tbody></table>");
}

fn leader(view: &View<'_>, table: &MetricTable, page: &mut Markup) {
    let decimals = view.subject.comparison.decimals;
    let dash = || "–".to_owned();
    let is_compared = |&row: &usize| {
        table.judgement.verdicts[row].is_some() || table.judgement.baseline == Some(row)
    };
    // Best of rows none of which is compared with the baseline is best of few.
    let leader = table.judgement.leader.filter(is_compared);
    let name = leader.map_or("–", |row| &table.rows[row].name);
    page.element("td", &[("class", &"text")], |td| td.name(name));
    if leader.is_some() && leader == table.judgement.baseline {
        return page.literal("<td>baseline</td><td></td>");
    }
    let verdict = leader.and_then(|row| table.judgement.verdicts[row].as_ref());
    page.phrase("td", &[], verdict.map_or_else(dash, |v| words::signed(v.size, decimals)));
    page.phrase("td", &[], verdict.and_then(|v| v.p_holm).map_or_else(dash, bare_p));
}

fn facts(view: &View<'_>, page: &mut Markup) {
    let of_outcome = |is: fn(&Outcome) -> bool| {
        view.subject.records.iter().filter(|record| is(&record.trial.outcome)).count()
    };
    let completed = of_outcome(|outcome| *outcome == Outcome::Completed);
    let table = view.first();
    let entries = table.rows.iter().flat_map(|row| &row.cells);
    let undefined = entries.filter(|cell| cell.mean.is_none()).count();
    let families: BTreeSet<&str> = view.sets.iter().map(|set| set.family.as_str()).collect();
    page.element("dl", &[("class", &"counts")], |dl| {
        let mut count = |term: &'static str, n: usize, of: Option<usize>, is_bad: bool| {
            let class = if is_bad && 0 < n { "bad" } else { "" };
            dl.element("div", &[("class", &class)], |div| {
                div.phrase("dt", &[], term);
                div.element("dd", &[], |dd| {
                    dd.text(numbers::counted(n));
                    if let Some(of) = of {
                        dd.phrase("small", &[], format!(" of {}", numbers::counted(of)));
                    }
                });
            });
        };
        count("cells completed", completed, Some(view.subject.plan.n_cells()), false);
        count("rows", table.rows.len(), None, false);
        count("data sets", view.sets.len(), None, false);
        count("families", families.len(), None, false);
        count("diverged", of_outcome(|o| matches!(o, Outcome::Diverged { .. })), None, true);
        count("failed", of_outcome(|o| matches!(o, Outcome::Failed { .. })), None, true);
        let n_entries = table.rows.len() * view.sets.len();
        count("table entries without a value", undefined, Some(n_entries), true);
    });
}

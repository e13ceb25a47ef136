//! What went wrong, what is missing, and what to mind.

use std::collections::BTreeMap;

use experiment::Axis;
use experiment::plan::LeftOut;
use experiment::record::Outcome;

use crate::comparison::notes::count;
use crate::html::markup::Markup;
use crate::html::view::View;

/// Failures and combinations left out that are told one by one.
const MOST_TOLD: usize = 20;

/// `absent`: sections that the page does not have, and why.
pub(super) fn section(view: &View<'_>, absent: &[(&'static str, String)], page: &mut Markup) {
    page.phrase("h2", &[], "What went wrong, what to mind");
    page.element("dl", &[("class", &"facts-list")], |page| {
        let outcomes = Outcomes::of(view);
        entry(page, "not run yet", outcomes.missing, |_| {});
        entry(page, "failed", outcomes.n_failed, |dd| failures(&outcomes.failed, dd));
        entry(page, "diverged", outcomes.diverged, |dd| {
            dd.literal(". A network that was measured before it diverged counts as any other; without one there is no value.");
        });
        entry(page, "without a value", undefined(view), |dd| {
            dd.literal(", all metrics together: a test part lacks a class that the metric needs");
        });
        let left_out = &view.subject.plan.left_out;
        let n_left_out = left_out.iter().map(|out| out.n_cells).sum();
        entry(page, "left out by the plan", n_left_out, |dd| reasons(left_out, dd));
        page.phrase("dt", &[], "bit for bit elsewhere");
        page.element("dd", &[], |dd| bits(view, dd));
    });
    let of_plan = view.subject.plan.warnings.iter();
    let of_table = view.subject.comparison.warnings.iter().map(|warning| &warning.text);
    for warning in of_plan.chain(of_table) {
        page.phrase("p", &[("class", &"warn")], warning);
    }
    for note in &view.subject.comparison.notes {
        page.phrase("p", &[("class", &"note")], note);
    }
    if !absent.is_empty() {
        page.phrase("h3", &[], "What this page does not have");
        page.element("dl", &[("class", &"facts-list")], |page| {
            for (section, reason) in absent {
                page.phrase("dt", &[], section);
                page.phrase("dd", &[], reason);
            }
        });
    }
}

fn entry(page: &mut Markup, term: &'static str, n: usize, more: impl FnOnce(&mut Markup)) {
    page.phrase("dt", &[], term);
    page.element("dd", &[], |dd| {
        if n == 0 {
            dd.literal("none");
        } else {
            dd.text(count(n, "cell"));
            more(dd);
        }
    });
}

struct Outcomes<'a> {
    missing: usize,
    diverged: usize,
    n_failed: usize,
    /// Cells that failed, by what they said.
    failed: BTreeMap<&'a str, Vec<String>>,
}

impl<'a> Outcomes<'a> {
    fn of(view: &View<'a>) -> Self {
        let records = view.subject.records;
        let missing = view.subject.plan.n_cells().saturating_sub(records.len());
        let mut outcomes = Outcomes { missing, diverged: 0, n_failed: 0, failed: BTreeMap::new() };
        for trial in records.iter().map(|record| &record.trial) {
            match &trial.outcome {
                Outcome::Completed => {}
                Outcome::Diverged { .. } => outcomes.diverged += 1,
                Outcome::Failed { message } => {
                    outcomes.n_failed += 1;
                    outcomes.failed.entry(message).or_default().push(trial.id.short());
                }
            }
        }
        outcomes
    }
}

fn failures(failed: &BTreeMap<&str, Vec<String>>, page: &mut Markup) {
    page.element("ul", &[], |ul| {
        for (message, ids) in failed.iter().take(MOST_TOLD) {
            ul.element("li", &[], |li| {
                li.text(format!("{message} ({}: ", count(ids.len(), "cell")));
                li.phrase("code", &[], &ids[0]);
                li.literal(")");
            });
        }
        told(failed.len(), ul);
    });
}

fn reasons(left_out: &[LeftOut], page: &mut Markup) {
    let mut by_reason: BTreeMap<&str, Vec<&LeftOut>> = BTreeMap::new();
    for out in left_out {
        by_reason.entry(&out.reason).or_default().push(out);
    }
    page.element("ul", &[], |ul| {
        for (reason, outs) in by_reason.iter().take(MOST_TOLD) {
            let cells = outs.iter().map(|out| out.n_cells).sum();
            ul.phrase(
                "li",
                &[],
                format!("{reason} ({}, as {})", count(cells, "cell"), labels(outs[0])),
            );
        }
        told(by_reason.len(), ul);
    });
}

fn told(n: usize, list: &mut Markup) {
    if MOST_TOLD < n {
        list.phrase("li", &[], format!("and {} more", n - MOST_TOLD));
    }
}

fn labels(out: &LeftOut) -> String {
    let is_loud = |(axis, label): &(&Axis, &String)| !axis.is_silent(label);
    let labels = out.labels.iter().filter(is_loud).map(|(axis, label)| format!("{axis} {label}"));
    labels.collect::<Vec<_>>().join(", ")
}

/// Runs whose metric means nothing on their test part, over all metrics.
fn undefined(view: &View<'_>) -> usize {
    let rows = view.subject.comparison.tables.iter().flat_map(|table| &table.rows);
    rows.flat_map(|row| &row.cells).map(|cell| cell.counts.undefined).sum()
}

fn bits(view: &View<'_>, page: &mut Markup) {
    let mut why: BTreeMap<&str, usize> = BTreeMap::new();
    for planned in &view.subject.plan.cells {
        if let Some(reason) = planned.cell.spec.platform_bound() {
            *why.entry(reason).or_default() += 1;
        }
    }
    if why.is_empty() {
        return page.literal("every cell repeats bit for bit on any processor");
    }
    for (reason, n) in why {
        page.element("div", &[], |div| {
            div.text(format!("{} (†) on one platform only: {reason}", count(n, "cell")));
        });
    }
}

//! Where the numbers come from, and how to have them again.

use std::collections::BTreeSet;

use experiment::provenance::Provenance;

use crate::comparison::notes::count;
use crate::html::markup::Markup;
use crate::html::numbers;
use crate::html::view::{Subject, View};

/// Runs that are told one by one.
const MOST_RUNS: usize = 8;
/// Digits of a commit that are shown.
const COMMIT_DIGITS: usize = 12;

pub(super) fn section(view: &View<'_>, page: &mut Markup) {
    let subject = &view.subject;
    let timings = || subject.records.iter().map(|record| &record.timings);
    page.phrase("h2", &[], "Provenance");
    page.element("dl", &[("class", &"facts-list")], |page| {
        let programs: BTreeSet<String> = timings()
            .map(|timings| format!("longtail {}, {}", timings.version, timings.host))
            .collect();
        page.phrase("dt", &[], "program");
        let programs: Vec<String> = programs.into_iter().collect();
        page.phrase("dd", &[], programs.join("; "));
        runs(subject, page);
        page.phrase("dt", &[], "trials.csv");
        page.phrase("dd", &[("class", &"mono")], subject.digest);
        page.phrase("dt", &[], "compute");
        let seconds = timings().map(|timings| timings.wall_seconds).sum();
        page.phrase(
            "dd",
            &[],
            format!("{}, the sum of the wall times of the cells", numbers::seconds(seconds)),
        );
        page.phrase("dt", &[], "this file");
        page.phrase("dd", &[], "made from the records of the run alone; it asks for nothing else");
    });
    page.phrase("h3", &[], "Do it again");
    let words = subject.words;
    let first = subject.records.first().map(|record| record.trial.id.short()).unwrap_or_default();
    let replay = format!("longtail replay {first} {}", subject.store);
    page.phrase(
        "pre",
        &[("tabindex", &"0")],
        format!("longtail run {words}\nlongtail report {words}\n{replay}\n"),
    );
    page.phrase("h3", &[], "Cite");
    page.phrase("pre", &[("tabindex", &"0")], citation(view));
    page.literal(
        "<p class=\"note\">Cite the data sets too: <code>longtail datasets NAME</code> prints the source and the licence of \
         each.</p>",
    );
}

/// What was noted of each run: when, where, by which program; and whether the file was another one then.
fn runs(subject: &Subject<'_>, page: &mut Markup) {
    if subject.runs.is_empty() {
        return;
    }
    page.phrase("dt", &[], "runs");
    page.element("dd", &[], |dd| {
        for run in subject.runs.iter().take(MOST_RUNS) {
            dd.phrase("div", &[], told(run));
        }
        if MOST_RUNS < subject.runs.len() {
            dd.phrase("div", &[], format!("and {} more", subject.runs.len() - MOST_RUNS));
        }
    });
    let others = subject.runs.iter().filter(|run| run.text != subject.file).count();
    if 0 < others {
        page.phrase("dt", &[], "the file");
        let of = count(subject.runs.len(), "run");
        let text = format!(
            "it was another one in {others} of {of}: cells are found by what they are, and the page is of the file as it stands"
        );
        page.phrase("dd", &[], text);
    }
}

fn told(run: &Provenance) -> String {
    let mut parts = Vec::new();
    if run.started != 0 {
        parts.push(numbers::utc(run.started));
    }
    parts.push(format!("longtail {}", run.version));
    parts.extend(
        run.commit
            .as_ref()
            .map(|commit| format!("commit {}", commit.get(..COMMIT_DIGITS).unwrap_or(commit))),
    );
    parts.push(run.processor.clone().unwrap_or_else(|| run.host.clone()));
    parts.push(count(run.threads, "thread"));
    parts.extend(run.sets.iter().map(|set| format!("--set {set}")));
    parts.join(", ")
}

fn citation(view: &View<'_>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let digest = view.subject.digest.get(..12).unwrap_or_default();
    let name = &view.subject.plan.name;
    format!(
        "@software{{longtail,\n  title   = {{longtail: the experiment runner for imbalanced and long-tailed data}},\n  \
         version = {{{version}}},\n  note    = {{experiment {name}, trials {digest}}}\n}}\n"
    )
}

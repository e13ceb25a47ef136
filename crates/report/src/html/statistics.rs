//! Every test by name: its unit, its correction, what it does with missing cells.

use evaluation::significance::least_p;

use crate::html::markup::Markup;
use crate::html::numbers;
use crate::html::readings;
use crate::html::view::View;
use crate::judgement::{ALPHA, RunTest, words};

pub(super) fn section(view: &View<'_>, page: &mut Markup) {
    page.phrase("h2", &[], "How the statistics are made");
    let judgement = &view.first().judgement;
    let verdicts = || judgement.verdicts.iter().flatten();
    let k = verdicts().filter(|verdict| verdict.p_holm.is_some()).count();
    let interval = verdicts().find_map(|verdict| verdict.interval.as_ref());
    page.element("dl", &[("class", &"facts-list")], |page| {
        if view.has_families() {
            let n = verdicts().map(|verdict| verdict.n).max().unwrap_or(0);
            over_families(n, k, interval.map(|interval| interval.level), judgement.run_test, page);
        } else {
            over_runs(view.sets.len(), k, judgement.run_test, page);
        }
        entry(page, "same", |dd| {
            dd.text(format!(
                "a difference within ±{}, which [report] rope sets; counted, not tested",
                judgement.rope
            ));
        });
        entry(page, "missing", |dd| {
            dd.literal(
                "on a data set, rows are compared over the runs (fold, seed, split) that all compared rows have; a row with less \
                 than half of them is shown and not compared. A cell that diverged before there was a network has no value, and \
                 its run is lost to the comparison.",
            );
        });
        entry(page, "metrics", |dd| {
            let n = view.metrics().count();
            dd.text(format!(
                "{n} {} shown; tests are not corrected over metrics. Decide on one before looking.",
                if n == 1 { "is" } else { "are" }
            ));
        });
        entry(page, "level", |dd| dd.text(format!("α = {ALPHA} everywhere")));
    });
    readings::write(view, page);
}

fn entry(page: &mut Markup, term: &'static str, inside: impl FnOnce(&mut Markup)) {
    page.phrase("dt", &[], term);
    page.element("dd", &[], inside);
}

fn over_families(n: usize, k: usize, level: Option<f64>, test: RunTest, page: &mut Markup) {
    entry(page, "unit of evidence", |dd| {
        dd.text(format!(
            "a family: data sets cut from the same rows are averaged first. {}.",
            words::families(n)
        ));
    });
    entry(page, "row against baseline", |dd| {
        dd.literal(
            "paired differences (same fold, seed, split), averaged over a data set, then over a family; Hodges–Lehmann median with \
             the exact interval of Walsh averages",
        );
        if let Some(level) = level {
            dd.text(format!(" ({:.1} % here: the exact level nearest above 95 %)", 100.0 * level));
        }
        dd.text(format!(
            ", not corrected for looking at many; p: Wilcoxon signed-rank, exact, two-sided, zeros by Pratt, Holm over {k} rows"
        ));
    });
    entry(page, "within a data set", |dd| {
        dd.text(format!(
            "{} over the runs, at least three, Holm over all entries of the table",
            sourced(test)
        ));
    });
    entry(page, "all rows at once", |dd| {
        dd.literal(
            "Friedman on ranks averaged within families, Iman–Davenport F, Nemenyi critical difference; rows that are not \
             compared on every ranked data set have no rank; where there are some, Skillings–Mack over all rows",
        );
    });
    entry(page, "smallest p possible", |dd| {
        dd.text(format!(
            "{} for one comparison of {}, {} after Holm over {k}",
            numbers::p(least_p(n, 1)),
            words::families(n),
            numbers::p(least_p(n, k))
        ));
    });
}

/// A test of runs, and whose it is.
fn sourced(test: RunTest) -> String {
    let source = match test {
        RunTest::CorrectedResampledT => "Nadeau–Bengio",
        RunTest::PairedT => "Student",
    };
    format!("{}-test ({source})", test.name())
}

fn over_runs(n_sets: usize, k: usize, test: RunTest, page: &mut Markup) {
    entry(page, "unit of evidence", |dd| {
        dd.text(if n_sets == 1 {
            "a run (fold and seed) of the only data set".to_owned()
        } else {
            format!(
                "a run (fold and seed), the mean over the {n_sets} data sets of the only family, where all rows have the same runs \
                 on all of them"
            )
        });
        dd.literal(": what holds on it need not hold on another");
    });
    let why = match test {
        RunTest::CorrectedResampledT => "because what one run tests, others learn from",
        RunTest::PairedT => {
            "because all runs are tested on the same rows, from which none learns: it speaks of other draws and seeds, not of \
             other test rows"
        }
    };
    entry(page, "row against baseline", |dd| {
        dd.text(format!(
            "paired differences (same fold, seed, split); mean, interval and p by the {}, {why}; Holm over {k} rows",
            sourced(test)
        ));
    });
}

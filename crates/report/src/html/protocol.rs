//! How everything was split, learnt and measured, and the experiment file itself.

use std::collections::BTreeSet;

use evaluation::Metric;
use experiment::spec::{TrainingSpec, TrialSpec};
use serde::Serialize;

use crate::html::markup::Markup;
use crate::html::numbers;
use crate::html::toml;
use crate::html::view::View;

pub(super) fn section(view: &View<'_>, page: &mut Markup) {
    page.phrase("h2", &[], "Protocol");
    let specs = view.specs();
    page.element("dl", &[("class", &"facts-list")], |page| {
        split(view, &specs, page);
        validation(&specs, page);
        entry(page, "meta set", |dd| {
            let metas = distinct(&specs, |spec| Some(&spec.protocol.meta));
            let is_none = specs.iter().all(|spec| spec.protocol.meta.is_none());
            if is_none {
                dd.literal("none");
            } else {
                codes(dd, &metas);
                dd.literal(", taken out of the training part first, for every row alike");
            }
        });
        entry(page, "preparation", |dd| {
            codes(dd, &distinct(&specs, |spec| Some(&spec.protocol.preprocess)));
            dd.literal(", learnt from the training part alone");
        });
        if specs.iter().any(|spec| !spec.protocol.noise.is_none()) {
            entry(page, "label noise", |dd| {
                codes(dd, &distinct(&specs, |spec| Some(&spec.protocol.noise)));
            });
        }
        entry(page, "model", |dd| {
            codes(dd, &distinct(&specs, |spec| spec.network_model()));
            let others =
                distinct(&specs, |spec| spec.network_model().is_none().then_some(&spec.learner));
            codes(dd, &others);
        });
        let trainings = distinct(&specs, |spec| training(spec));
        if !trainings.is_empty() {
            entry(page, "training", |dd| codes(dd, &trainings));
        }
        entry(page, "tuning", |dd| tuning(view, trainings.len(), dd));
        entry(page, "baseline", |dd| match view.baseline {
            Some(row) if view.subject.spec.baseline.is_none() => {
                dd.text(format!(
                    "{}: the first choice of every axis, unless asked otherwise",
                    view.names[row]
                ));
            }
            Some(row) => dd.text(&view.names[row]),
            None => dd.literal("none"),
        });
    });
    page.literal("<details><summary>The experiment file</summary>");
    page.phrase("pre", &[("tabindex", &"0")], view.subject.file);
    page.literal("</details>");
}

fn entry(page: &mut Markup, term: &'static str, inside: impl FnOnce(&mut Markup)) {
    page.phrase("dt", &[], term);
    page.element("dd", &[], inside);
}

fn training(spec: &TrialSpec) -> Option<&TrainingSpec> {
    spec.steps()
}

/// The different values of a part of the specifications, as a file has them.
fn distinct<'s, T: Serialize + 's>(
    specs: &[&'s TrialSpec],
    part: impl Fn(&'s TrialSpec) -> Option<&'s T>,
) -> BTreeSet<String> {
    let parts = specs.iter().filter_map(|&spec| part(spec));
    parts
        .map(|part| serde_json::to_value(part).expect("a specification is plain data"))
        .map(|value| toml::method(&value))
        .collect()
}

fn codes(page: &mut Markup, values: &BTreeSet<String>) {
    for (i, value) in values.iter().enumerate() {
        if 0 < i {
            page.literal("<br/>");
        }
        page.phrase("code", &[], value);
    }
}

fn split(view: &View<'_>, specs: &[&TrialSpec], page: &mut Markup) {
    entry(page, "split", |dd| {
        codes(dd, &distinct(specs, |spec| Some(&spec.protocol.split)));
        dd.literal("; the same rows of each part for every row of the table");
    });
    let seeds: BTreeSet<u64> = view.groups.trials.iter().map(|trial| trial.spec.seed).collect();
    let seeds: Vec<String> = seeds.iter().map(ToString::to_string).collect();
    entry(page, "seeds", |dd| {
        dd.text(format!("{}: split, initial weights and batches", seeds.join(", ")));
    });
}

fn validation(specs: &[&TrialSpec], page: &mut Markup) {
    let shares: BTreeSet<String> =
        specs.iter().map(|spec| numbers::percent(spec.protocol.validation.get())).collect();
    let shares: Vec<String> = shares.into_iter().collect();
    let picked: BTreeSet<&str> =
        specs.iter().map(|spec| Metric::title(spec.protocol.select_by)).collect();
    let picked: Vec<&str> = picked.into_iter().collect();
    entry(page, "validation", |dd| {
        if specs.iter().all(|spec| spec.protocol.validation.get() == 0.0) {
            dd.literal("none: the network after the last epoch is measured");
        } else {
            dd.text(format!(
                "{} of the training part; picks the epoch by {}. The test part picks nothing.",
                shares.join(" or "),
                picked.join(" or ")
            ));
        }
    });
}

fn tuning(view: &View<'_>, n_trainings: usize, page: &mut Markup) {
    let tuned: Vec<String> = view.groups.select.iter().map(ToString::to_string).collect();
    if !tuned.is_empty() {
        page.text(format!(
            "{}: each run has the values that its own validation part chooses; what was chosen how often stands among the notes.",
            tuned.join(", ")
        ));
        return page
            .text(view.subject.plan.search.as_ref().map_or_else(String::new, |s| format!(" {s}")));
    }
    if 1 < n_trainings {
        page.literal(
            "none by the program: every setting of the file is a row, or averaged over, as the notes under the table say",
        );
    } else {
        page.literal(
            "none: every method at the settings of the experiment file, learning rate included",
        );
    }
}

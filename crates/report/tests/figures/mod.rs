//! Figures of hand-made records: well-formed, with as many marks as there is to show.

use std::collections::BTreeMap;

use evaluation::curves::Curves;
use evaluation::{Metric, Predictions};
use experiment::file::ReportSpec;
use experiment::record::gradients::{ClosingGradients, ExampleWeights};
use experiment::record::{SelectionSummary, TrialRecord};
use quick_xml::Reader;
use quick_xml::events::Event;
use report::{FIGURES, figures, html, write_page};
use serde_json::json;

use crate::page::{on_all, one_metric, plan, subject};
use crate::records::{around, controlled, cross_entropy, focal, network};

/// The figures by name.
fn drawn(planned: &[TrialRecord], report: ReportSpec) -> BTreeMap<String, String> {
    let plan = plan(planned, report);
    let records: Vec<&TrialRecord> = planned.iter().collect();
    subject(&plan, &records, |subject| figures(subject).into_iter().collect())
}

/// Classes of all elements called `name`; fails if the file is not well-formed.
fn classes(svg: &str, name: &str) -> Vec<String> {
    let mut reader = Reader::from_str(svg);
    let mut found = Vec::new();
    let mut depth = 0;
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}: {svg}")) {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            Event::Empty(element) if element.name().as_ref() == name => {
                let class = element.try_get_attribute("class").unwrap();
                let class = class.map(|class| class.value.into_owned());
                found.push(class.unwrap_or_default());
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "an element has no end: {svg}");
    found
}

fn count(svg: &str, name: &str, class: &str) -> usize {
    classes(svg, name).iter().filter(|found| *found == class).count()
}

/// Gradients of a training that is plain unless it `weighs`.
fn gradients(weighs: bool) -> ClosingGradients {
    let rising: Vec<f32> = (0..20).map(|bin| bin as f32 / 190.0).collect();
    let mut plain = ClosingGradients {
        examples: (0..20).map(|bin| 1000 >> bin).collect(),
        plain: rising.iter().rev().copied().collect(),
        ..ClosingGradients::default()
    };
    if weighs {
        let bins: Vec<u32> = (0..13).collect();
        plain.method = Some(rising);
        plain.weights = Some(ExampleWeights { groups: vec![bins.clone(), bins], flipped: None });
    }
    plain
}

/// Records with all that a run by epochs leaves.
fn trained() -> Vec<TrialRecord> {
    let ohem = json!({ "ohem": { "keep": 0.5 } });
    let mined = network(&json!({ "cross_entropy": {} }), &ohem, "none");
    let both = network(&json!({ "focal": { "gamma": 2.0 } }), &ohem, "none");
    let mut records = on_all(&[cross_entropy(), focal(2.0), mined, both]);
    for (i, record) in records.iter_mut().enumerate() {
        let results = record.trial.results.as_mut().unwrap();
        results.history.validation = (0..12).map(|e| Some(0.5 + 0.01 * f64::from(e))).collect();
        results.best.epoch = Some(4);
        let selection = SelectionSummary {
            epochs: vec![0, 5, 11],
            class_shares: vec![vec![0.6, 0.4]; 3],
            overlaps: vec![None, Some(0.5), Some(0.75)],
            ..SelectionSummary::default()
        };
        results.selection = (i % 2 == 0).then(|| Box::new(selection));
        results.gradients = Some(Box::new(gradients(i % 3 != 0)));
        results.curves = Curves::of(&Predictions {
            probabilities: &[0.9, 0.1, 0.3, 0.7, 0.6, 0.4, 0.2, 0.8],
            n_classes: 2,
            targets: &[0, 1, 1, 0],
            decided: None,
        });
    }
    records
}

#[test]
fn every_figure_is_drawn_of_what_a_run_leaves_and_is_well_formed() {
    let figures = drawn(&trained(), one_metric());
    let names: Vec<&str> = figures.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "classes",
            "cost",
            "differences",
            "example-weights",
            "gradient-norms",
            "interaction",
            "learning-curves",
            "precision-recall",
            "ranks",
            "reliability",
            "roc",
            "selection"
        ]
    );
    for svg in figures.values() {
        assert!(!classes(svg, "rect").is_empty(), "the ground is white");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
    // Three data sets, of the baseline and of a row.
    for name in ["learning-curves", "precision-recall", "roc", "reliability"] {
        let lines = classes(&figures[name], "path");
        let of = |class: &str| lines.iter().filter(|found| *found == class).count();
        // One of each in the legend.
        assert_eq!((of("row"), of("base")), (4, 4), "{name}");
    }
    // Four rows of two panels, with a line of the method in each; in the legend one more.
    assert_eq!(count(&figures["gradient-norms"], "path", "row"), 9);
    // A panel a row, and no label is known to be wrong.
    assert_eq!(count(&figures["example-weights"], "path", "row"), 5);
    assert_eq!(count(&figures["example-weights"], "path", "other"), 0);
    // Two by two, one of them the baseline.
    let entries = classes(&figures["interaction"], "rect");
    assert_eq!(entries.iter().filter(|class| !class.is_empty()).count(), 4);
}

#[test]
fn a_curve_goes_on_over_a_second_stage_and_says_where_it_begins() {
    // Eight epochs, of focal loss with a second stage: `epochs` in all.
    let staged = |decoupling: &str, epochs: usize| {
        let mut records = on_all(&[cross_entropy(), focal(2.0)]);
        for record in &mut records {
            let mut spec = serde_json::to_value(&record.trial.spec).unwrap();
            let network = &mut spec["learner"]["network"];
            network["training"]["epochs"] = json!(8);
            let has_second = network["loss"].get("focal").is_some();
            if has_second {
                network["decoupling"] = json!({ decoupling: {} });
            }
            record.trial.spec = serde_json::from_value(spec).unwrap();
            let n_epochs = if has_second { epochs } else { 8 };
            let results = record.trial.results.as_mut().unwrap();
            results.history.validation = (0..n_epochs).map(|e| Some(0.01 * e as f64)).collect();
        }
        let figure = drawn(&records, one_metric()).remove("learning-curves").unwrap();
        let plan = plan(&records, one_metric());
        let page = subject(&plan, &records.iter().collect::<Vec<_>>(), html);
        (figure, page)
    };
    let (figure, page) = staged("crt", 12);
    // A line a data set, in the row's colour: the baseline has one stage.
    assert_eq!([count(&figure, "line", "row stage"), count(&figure, "line", "base stage")], [3, 0]);
    let told = "Upright line: there a second stage begins, whose epochs are counted on.";
    assert!(page.contains(told) && page.contains(">epoch 12<"));
    // Between epochs 8 and 9 of 12: 7.5 of 11 parts of a panel's 480 units.
    assert!(page.contains("<line class=\"stage\" x1=\"327\" x2=\"327\" y2=\"240\"/>"), "{page}");
    let (_, page) = staged("tau_norm", 29);
    assert!(page.contains("there the training ends; the exponents that τ-normalisation tries"));
    // A first stage that diverged has no second after it.
    let (figure, page) = staged("crt", 8);
    assert_eq!(count(&figure, "line", "row stage"), 0);
    assert!(!page.contains("Upright line") && !figure.contains("Upright"));
}

#[test]
fn gradients_and_weights_of_a_control_are_not_drawn() {
    let permuted = controlled(&focal(2.0), "permuted");
    let mut records = on_all(&[cross_entropy(), focal(2.0), permuted]);
    for record in &mut records {
        record.trial.results.as_mut().unwrap().gradients = Some(Box::new(gradients(true)));
    }
    let figures = drawn(&records, one_metric());
    // The baseline and the method, in two panels each and in one; in the legend one more.
    assert_eq!(count(&figures["gradient-norms"], "path", "row"), 5);
    assert_eq!(count(&figures["example-weights"], "path", "row"), 3);
    // The same lines stand on the page.
    let plan = plan(&records, one_metric());
    let records: Vec<&TrialRecord> = records.iter().collect();
    let page = subject(&plan, &records, html);
    let (_, section) = page.split_once("<section id=\"gradients\"").unwrap();
    let section = section.split_once("</section>").unwrap().0;
    let lines = |style: &str| section.matches(&format!("<g class=\"{style}\">")).count();
    assert_eq!((lines("row"), lines("base")), (2 * 2 + 2, 2 * 2 + 2));
    // Rising bins end at the greatest share, which is the height of the panel.
    assert!(section.contains("V0H480"), "{section}");
}

#[test]
fn a_row_has_a_dot_for_every_family_and_an_estimate() {
    let records = on_all(&[cross_entropy(), focal(1.0), focal(2.0)]);
    let figures = drawn(&records, one_metric());
    let key = &figures["differences"];
    assert_eq!(count(key, "circle", "dot"), 2 * 3);
    assert_eq!(count(key, "circle", "mark"), 2, "three families tell nothing apart");
    // Three families have no interval.
    assert_eq!(count(key, "path", "interval"), 0);
    assert_eq!(key.matches(">the baseline<").count(), 1);
    assert_eq!(count(&figures["ranks"], "path", "leads"), 3);
}

#[test]
fn forty_rows_have_forty_lines_to_their_names() {
    let methods: Vec<_> = (0..40).map(|i| focal(0.1 * f64::from(i))).collect();
    let figures = drawn(&on_all(&methods), one_metric());
    assert_eq!(count(&figures["ranks"], "path", "leads"), 40);
    assert!(0 < count(&figures["ranks"], "line", "clique"));
    assert_eq!(count(&figures["differences"], "circle", "dot"), 39 * 3);
}

#[test]
fn names_are_never_markup() {
    let mut spec = one_metric();
    spec.labels.insert("focal".to_owned(), "</text><script>&".to_owned());
    let figures = drawn(&on_all(&[cross_entropy(), focal(2.0)]), spec);
    assert!(figures["differences"].contains("&lt;/text&gt;&lt;script&gt;&amp;"));
    for svg in figures.values() {
        assert!(classes(svg, "script").is_empty() && !svg.contains("<script"));
    }
}

#[test]
fn a_single_data_set_has_runs_for_dots_and_no_ranks() {
    let records: Vec<TrialRecord> = [cross_entropy(), focal(2.0)]
        .iter()
        .zip([0.5, 0.6])
        .flat_map(|(method, center)| around(method, "ecoli4", center))
        .collect();
    let n_runs = records.len() / 2;
    let figures = drawn(&records, one_metric());
    assert!(!figures.contains_key("ranks"));
    assert_eq!(count(&figures["differences"], "circle", "dot"), n_runs);
}

#[test]
fn two_parameters_that_are_swept_together_are_a_heat_map_with_the_best_in_bold() {
    let noisy = |rate: f64| json!({ "noise": { "uniform": { "rate": rate } } });
    let mut methods = vec![cross_entropy()];
    for gamma in [1.0, 2.0, 5.0] {
        methods.extend([0.1, 0.2].map(|rate| focal(gamma).under(&noisy(rate))));
    }
    let figures = drawn(&on_all(&methods), one_metric());
    let heat = &figures["parameters"];
    assert!(heat.contains(">focal: gamma by rate<"), "{heat}");
    let entries = classes(heat, "rect").into_iter().filter(|class| !class.is_empty());
    assert_eq!(entries.count(), 6);
    // Six methods, three hundredths apart: the last one is the best, the one before it is near.
    assert_eq!(heat.matches("class=\"leader\"").count(), 2, "the title of the panel, and the best");
    assert_eq!([count(heat, "rect", "p4"), count(heat, "rect", "p3")], [1, 1]);
}

#[test]
fn metrics_beside_the_first_have_figures_in_folders_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let records = on_all(&[cross_entropy(), focal(2.0)]);
    let all: Vec<&TrialRecord> = records.iter().collect();
    let files = folder.path().join(FIGURES);
    let write = |report| {
        let plan = plan(&records, report);
        subject(&plan, &all, |subject| write_page(folder.path(), subject)).unwrap();
    };
    let metrics = vec![Metric::AveragePrecision, Metric::GMean];
    write(ReportSpec { metrics, ..ReportSpec::default() });
    let of_metric = files.join("g_mean/differences.svg");
    assert!(std::fs::read_to_string(&of_metric).unwrap().contains("G-mean"));
    assert!(!files.join("g_mean/learning-curves.svg").exists(), "it is of no metric");
    write(one_metric());
    assert!(files.join("differences.svg").exists() && !files.join("g_mean").exists());
}

#[test]
fn a_figure_that_cannot_be_drawn_any_more_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let records = on_all(&[cross_entropy(), focal(2.0)]);
    let plan = plan(&records, one_metric());
    let all: Vec<&TrialRecord> = records.iter().collect();
    let files = folder.path().join(FIGURES);
    std::fs::create_dir(&files).unwrap();
    std::fs::write(files.join("roc.svg"), "old").unwrap();
    std::fs::write(files.join("ranks.png"), "of an older table").unwrap();
    std::fs::write(files.join("mine.svg"), "a reader's").unwrap();
    subject(&plan, &all, |subject| write_page(folder.path(), subject)).unwrap();
    assert!(files.join("differences.svg").exists() && !files.join("roc.svg").exists());
    assert!(!files.join("ranks.png").exists());
    assert!(files.join("mine.svg").exists(), "only figures of ours are removed");
}

#[cfg(feature = "png")]
#[test]
fn a_png_is_twice_as_large_as_its_figure_and_shows_something() {
    let folder = tempfile::tempdir().unwrap();
    let records = on_all(&[cross_entropy(), focal(2.0)]);
    let plan = plan(&records, one_metric());
    let all: Vec<&TrialRecord> = records.iter().collect();
    subject(&plan, &all, |subject| write_page(folder.path(), subject)).unwrap();
    assert!(3 < report::paint_figures(folder.path()).unwrap());
    let files = folder.path().join(FIGURES);
    let svg = std::fs::read_to_string(files.join("ranks.svg")).unwrap();
    let side = |name: &str| -> u32 {
        svg.split(&format!(" {name}=\""))
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .parse()
            .unwrap()
    };
    let png = std::fs::read(files.join("ranks.png")).unwrap();
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!((number(16), number(20)), (2 * side("width"), 2 * side("height")));
    // A white picture of this size packs into far less.
    assert!(3000 < png.len(), "{} bytes", png.len());
}

//! The page: its sections in order, and what of it goes by metric.

use std::path::Path;

use crate::atomic;
use crate::comparison::notes::capitalised;
use crate::error::ReportError;
use crate::figures;
use crate::html::markup::{Attributes, Markup};
use crate::html::payload::payload;
use crate::html::view::{Subject, View};
use crate::html::{
    answer, classes, cost, curves, data, embeddings, gains, gradients, key, parts, protocol,
    provenance, ranks, scores, search, statistics, table, trouble, tuning, weights,
};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What the page is called, in the folder of the results.
pub const PAGE: &str = "report.html";

/// Writes the page of an experiment into `folder`, which is created if it is not there, and its figures beside it as
/// `figures/NAME.svg`. Each file is replaced as a whole; a figure that cannot be drawn any more is removed.
///
/// # Errors
/// If a folder or a file cannot be written.
pub fn write_page(folder: &Path, subject: Subject<'_>) -> Result<(), ReportError> {
    let view = View::new(subject);
    atomic::create_folder(folder)?;
    atomic::write(folder, PAGE, written(&view).as_bytes())?;
    figures::write(folder, &view)
}

/// A section: what a link to it names, what the navigation calls it, and what it shows or why it is left out.
struct Section {
    id: &'static str,
    title: &'static str,
    content: Result<Markup, String>,
}

impl Section {
    fn new(id: &'static str, title: &'static str, content: Result<Markup, String>) -> Self {
        Section { id, title, content }
    }

    fn always(id: &'static str, title: &'static str, write: impl FnOnce(&mut Markup)) -> Self {
        let mut content = Markup::default();
        write(&mut content);
        Section::new(id, title, Ok(content))
    }
}

/// The page of an experiment.
pub fn html(subject: Subject<'_>) -> String {
    written(&View::new(subject))
}

fn written(view: &View<'_>) -> String {
    let sections = sections(view);
    let title = format!("{}: report", view.subject.plan.name);
    let mut page = Markup::default();
    page.literal(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"/>",
    );
    page.phrase("title", &[], title);
    let generator = format!("longtail {}", env!("CARGO_PKG_VERSION"));
    page.void("meta", &[("name", &"generator"), ("content", &generator)]);
    page.literal("<link rel=\"icon\" href=\"data:,\"/><style>");
    page.literal(STYLE);
    page.literal("</style><noscript><style>.script,.tools,#metric-box,#theme{display:none!important}</style></noscript></head><body>");
    page.literal("<a class=\"skip\" href=\"#table\">Skip to the table</a>");
    bar(view, &sections, &mut page);
    page.element("main", &[("class", &"wrap")], |main| {
        for section in &sections {
            let Ok(content) = &section.content else { continue };
            let attributes: Attributes<'_> = &[("id", &section.id), ("tabindex", &"-1")];
            main.element("section", attributes, |inside| inside.append(content));
        }
    });
    page.literal("<dialog id=\"panel\" aria-labelledby=\"panel-title\"></dialog><div id=\"tip\" role=\"tooltip\" hidden=\"\"></div>");
    let script: Attributes<'_> = &[("type", &"text/plain"), ("id", &"payload")];
    page.phrase("script", script, payload(view, slots));
    page.literal("<script>");
    page.literal(SCRIPT);
    page.literal("</script></body></html>\n");
    page.into_string()
}

fn sections(view: &View<'_>) -> Vec<Section> {
    let cost = match cost::absent(view) {
        Some(reason) => Section::new("cost", "Cost", Err(reason)),
        None => Section::always("cost", "Cost", |page| cost::section(view, page)),
    };
    let mut sections = vec![
        Section::always("answer", "Answer", |page| answer::section(view, page)),
        Section::always("table", "Table", |page| table::section(view, page)),
        Section::new("parts", "Parts", parts::section(view)),
        Section::new("controls", "Controls", gains::section(view)),
        Section::new("ranks", "Ranks", ranks::section(view)),
        Section::new("curves", "Curves", curves::section(view)),
        Section::new("classes", "Classes", classes::section(view)),
        Section::new("scores", "Scores", scores::section(view)),
        cost,
        Section::new("weights", "Weights", weights::section(view)),
        Section::new("gradients", "Gradients", gradients::section(view)),
    ];
    // Nothing is missing where nothing is embedded, or tuned.
    sections.extend(
        embeddings::section(view)
            .map(|content| Section::new("embeddings", "Embeddings", Ok(content))),
    );
    sections
        .extend(tuning::section(view).map(|content| Section::new("tuning", "Tuning", Ok(content))));
    sections
        .extend(search::section(view).map(|content| Section::new("search", "Search", Ok(content))));
    sections.extend([
        Section::always("data", "Data", |page| data::section(view, page)),
        Section::always("protocol", "Protocol", |page| protocol::section(view, page)),
    ]);
    let absent: Vec<(&'static str, String)> = sections
        .iter()
        .filter_map(|section| Some((section.title, section.content.as_ref().err()?.clone())))
        .collect();
    sections.extend([
        Section::always("trouble", "Trouble", |page| trouble::section(view, &absent, page)),
        Section::always("statistics", "Statistics", |page| statistics::section(view, page)),
        Section::always("provenance", "Provenance", |page| provenance::section(view, page)),
    ]);
    sections
}

/// What stands in the page once for each metric: its place, and what stands there for metric `i`.
fn slots(view: &View<'_>, i: usize) -> Vec<(&'static str, Markup)> {
    let comparison = view.subject.comparison;
    let of = &comparison.tables[i];
    let mut slots = vec![
        ("answer", answer::slot(of)),
        ("key", key::slot(view, of)),
        ("table", table::body(view, of)),
        ("parts", parts::slot(view, of)),
        ("ranks", ranks::slot(view, of)),
        ("cost", cost::slot(view, of)),
    ];
    slots.extend(comparison.gains.get(i).map(|gains| ("gains", gains::slot(view, gains))));
    slots
}

fn bar(view: &View<'_>, sections: &[Section], page: &mut Markup) {
    page.literal("<header class=\"bar\"><div class=\"wrap\">");
    page.phrase("b", &[], &view.subject.plan.name);
    page.element("nav", &[("aria-label", &"Sections")], |nav| {
        for section in sections.iter().filter(|section| section.content.is_ok()) {
            let target = format!("#{}", section.id);
            nav.phrase("a", &[("href", &target)], section.title);
        }
    });
    page.literal(
        "<label id=\"metric-box\"><span>metric </span><select id=\"metric\" aria-label=\"Metric\">",
    );
    for metric in view.metrics() {
        let title = capitalised(metric.title());
        page.phrase("option", &[("value", &metric.name())], title);
    }
    page.literal("</select></label><button id=\"theme\" aria-label=\"Theme: as the system\">◐ <span>system</span></button></div></header>");
}

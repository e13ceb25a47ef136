//! `longtail methods [NAME]`: the methods' pages, taken from their source files.

mod book;
mod parameters;

use std::process::ExitCode;

use evaluation::{Metric, significance};
use experiment::file::{did_you_mean, metric_meant};
use experiment::model::ModelSpec;
use serde::Serialize;
use strum::IntoEnumIterator;

use crate::args::MethodsArguments;
use crate::commands::methods::book::book;
use crate::commands::methods::parameters::{parameters, specifications};
use crate::commands::plot::plot;
use crate::exit::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Page {
    family: &'static str,
    name: &'static str,
    summary: String,
    text: String,
}

impl Page {
    /// How an experiment file names it, if it does.
    fn title(&self) -> String {
        let Page { family, name, .. } = self;
        match *family {
            "boxes" => format!("box_loss = \"{name}\""),
            "tests" => format!("{name}: what reports say of tables"),
            "losses" | "pair_losses" => format!("loss = \"{name}\""),
            "pair_mining" => format!("mining = \"{name}\""),
            "metrics" => format!("metrics = [\"{name}\"]"),
            _ => format!("{family} = \"{name}\""),
        }
    }
}

/// Lists the methods, or shows one's page.
pub(crate) fn methods(arguments: &MethodsArguments, output: Output) -> Result<ExitCode, Failure> {
    if arguments.plot {
        return plot(&arguments.names, arguments.output.as_deref(), output);
    }
    let pages = pages();
    if let Some(folder) = &arguments.book {
        return book(&pages, folder, output);
    }
    let mut found: Vec<&Page> = Vec::new();
    for name in &arguments.names {
        let before = found.len();
        found.extend(pages.iter().filter(|page| page.name == name));
        if found.len() == before {
            let known = || did_you_mean(name, pages.iter().map(|page| page.name));
            let help = metric_meant(name).or_else(known);
            let help = help.unwrap_or_else(|| "`longtail methods` lists the names".to_owned());
            return Err(Failure::Usage(format!("there is no method `{name}`; {help}")));
        }
    }
    if found.is_empty() && output.json {
        output.print_json(&pages)?;
    } else if found.is_empty() {
        output.print(&list(&pages))?;
    } else if output.json {
        output.print_json(&found)?;
    } else {
        let text = |page: &&Page| format!("{}\n\n{}\n", page.title(), page.text.trim_end());
        output.print(&found.iter().map(text).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn pages() -> Vec<Page> {
    let models = ModelSpec::iter()
        .map(|model| ("model", model.name(), methods::header(model.code()), model.code()));
    let ours =
        methods::pages().into_iter().map(|page| (page.family, page.name, page.text, page.code));
    let specifications = specifications();
    let page = |(family, name, text, code): (&'static str, &'static str, String, &str)| {
        // The first sentence may run over several lines of the first paragraph.
        let lines: Vec<&str> = text.lines().take_while(|line| !line.trim().is_empty()).collect();
        let defaults = &specifications[family][name];
        let text = format!("{}\n{}", text.trim_end(), parameters(code, defaults));
        Page { family, name, summary: lines.join(" "), text }
    };
    let metrics = Metric::iter()
        .map(|metric| ("metrics", metric.name(), methods::header(metric.code()), metric.code()));
    let tests = significance::pages().into_iter();
    let tests = tests.map(|(name, code)| ("tests", name, methods::header(code), code));
    ours.chain(models).chain(metrics).chain(tests).map(page).collect()
}

/// The names of what can stand on an axis; none where data sets or sections do.
pub(crate) fn names_of(axis: &str) -> Vec<&'static str> {
    let families = match axis {
        "loss" => ["losses", "pair_losses"],
        "mining" => ["mining", "pair_mining"],
        "box_loss" => ["boxes", "boxes"],
        _ => [axis, axis],
    };
    let mut names: Vec<&'static str> = Vec::new();
    for page in pages().into_iter().filter(|page| families.contains(&page.family)) {
        // Some miners have one name for examples and for pairs.
        if !names.contains(&page.name) {
            names.push(page.name);
        }
    }
    names
}

fn list(pages: &[Page]) -> String {
    let width = pages.iter().map(|page| page.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    let mut family = "";
    for page in pages {
        if page.family != family {
            family = page.family;
            text += &format!("{}{family}\n", if text.is_empty() { "" } else { "\n" });
        }
        text += &format!("  {:<width$}  {}\n", page.name, page.summary);
    }
    text + "\n`longtail methods NAME` shows the formula, the parameters, the defaults and the source.\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_page_beside_methods_of_the_same_name() {
        let pages = pages();
        let families = |name: &str| -> Vec<&str> {
            pages.iter().filter(|page| page.name == name).map(|page| page.family).collect()
        };
        assert!(Metric::iter().all(|metric| families(metric.name()).contains(&"metrics")));
        assert_eq!(families("average_precision"), ["losses", "metrics"]);
        assert_eq!(families("class_balanced"), ["losses", "sampling"]);
    }

    #[test]
    fn every_parameter_that_has_a_default_stands_on_its_page() {
        let pages = pages();
        let specifications = specifications();
        let mut n = 0;
        for (family, methods) in specifications.as_object().unwrap() {
            for (name, parameters) in methods.as_object().unwrap() {
                let page = pages.iter().find(|page| page.family == family && page.name == name);
                let text = &page.unwrap_or_else(|| panic!("{name} has no page")).text;
                for parameter in parameters.as_object().unwrap().keys() {
                    n += 1;
                    assert!(
                        text.contains(&format!("`{parameter}`")),
                        "{name}: {parameter}: {text}"
                    );
                }
            }
        }
        assert!(100 < n, "only {n} parameters were looked for");
        let mlp = pages.iter().find(|page| page.name == "mlp").unwrap();
        assert!(mlp.text.contains("- `hidden`: Width of each hidden layer"), "{}", mlp.text);
    }
}

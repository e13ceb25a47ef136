//! `longtail methods [NAME]`: the methods' pages, taken from their source files.

use std::process::ExitCode;

use experiment::file::did_you_mean;
use serde::Serialize;

use crate::args::MethodsArguments;
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

/// Lists the methods, or shows one's page.
pub(crate) fn methods(arguments: &MethodsArguments, output: Output) -> Result<ExitCode, Failure> {
    if arguments.plot {
        return plot(&arguments.names, arguments.output.as_deref(), output);
    }
    let pages = pages();
    let mut found: Vec<&Page> = Vec::new();
    for name in &arguments.names {
        let before = found.len();
        found.extend(pages.iter().filter(|page| page.name == name));
        if found.len() == before {
            let help = did_you_mean(name, pages.iter().map(|page| page.name));
            let help = help.unwrap_or_else(|| "`longtail methods` lists the names".to_owned());
            return Err(Failure::Usage(format!("there is no method `{name}`; {help}")));
        }
    }
    if found.is_empty() && output.json {
        output.print_json(&pages);
    } else if found.is_empty() {
        output.print(&list(&pages));
    } else if output.json {
        output.print_json(&found);
    } else {
        let text = |page: &&Page| {
            let Page { family, name, text, .. } = page;
            let title = match *family {
                "boxes" => format!("{name}: a loss of boxes, which no experiment file has"),
                _ => format!("{family} = \"{name}\""),
            };
            format!("{title}\n\n{}\n", text.trim_end())
        };
        output.print(&found.iter().map(text).collect::<Vec<_>>().join("\n"));
    }
    Ok(ExitCode::SUCCESS)
}

fn pages() -> Vec<Page> {
    let classical = baselines::pages().into_iter().map(|page| ("model", page.name, page.text));
    let ours = methods::pages().into_iter().map(|page| (page.family, page.name, page.text));
    let page = |(family, name, text): (&'static str, &'static str, String)| {
        // The first sentence may run over several lines of the first paragraph.
        let lines: Vec<&str> = text.lines().take_while(|line| !line.trim().is_empty()).collect();
        Page { family, name, summary: lines.join(" "), text }
    };
    ours.chain(classical).map(page).collect()
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

//! `longtail methods --book FOLDER`: every page as a file of Markdown, as mdBook reads them.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use crate::commands::methods::Page;
use crate::exit::Failure;
use crate::output::Output;
use crate::words::count;

/// Writes `FAMILY/NAME.md` for each page, `FAMILY/README.md` with the first sentences of a family, and `SUMMARY.md`, which
/// lists all of them relative to the folder.
pub(super) fn book(pages: &[Page], folder: &Path, output: Output) -> Result<ExitCode, Failure> {
    let families: Vec<&[Page]> = pages.chunk_by(|a, b| a.family == b.family).collect();
    let mut summary = String::new();
    for family in &families {
        let name = family[0].family;
        summary += &format!("- [{name}]({name}/README.md)\n");
        let mut contents = format!("# {name}\n\n");
        for page in *family {
            summary += &format!("  - [{0}]({name}/{0}.md)\n", page.name);
            contents += &format!("- [{0}]({0}.md): {1}\n", page.name, page.summary);
            write(&folder.join(name), &format!("{}.md", page.name), &chapter(page))?;
        }
        write(&folder.join(name), "README.md", &contents)?;
    }
    write(folder, "SUMMARY.md", &summary)?;
    let (n_pages, n_families) = (count(pages.len(), "page"), families.len());
    output.note(&format!("{n_pages} of {n_families} families written to {}", folder.display()));
    Ok(ExitCode::SUCCESS)
}

/// A page under its name. Where it comes from, and what differs there, are paragraphs of their own.
fn chapter(page: &Page) -> String {
    let mut text = format!("# {}\n\n`{}`\n\n", page.name, page.title());
    for line in page.text.lines() {
        let begins = ["Source: ", "Sources: ", "Differs: ", "Trap: "];
        if begins.iter().any(|begin| line.starts_with(begin)) && !text.ends_with("\n\n") {
            text.push('\n');
        }
        text += line;
        text.push('\n');
    }
    text
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = folder.join(name);
    let failed = |error| Failure::Run(format!("cannot write {}: {error}", path.display()));
    fs::create_dir_all(folder).and_then(|()| fs::write(&path, text)).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::methods::pages;

    #[test]
    fn every_page_is_a_file_that_the_summary_lists() {
        let folder = tempfile::tempdir().unwrap();
        let pages = pages();
        book(&pages, folder.path(), Output { json: false, quiet: true }).unwrap();
        let summary = fs::read_to_string(folder.path().join("SUMMARY.md")).unwrap();
        let links = summary.lines().map(|line| line.rsplit_once("](").unwrap().1);
        let mut n = 0;
        for link in links {
            n += 1;
            let chapter =
                fs::read_to_string(folder.path().join(link.trim_end_matches(')'))).unwrap();
            assert!(chapter.starts_with("# "), "{link}");
        }
        assert!(pages.len() < n, "{n}");
    }

    #[test]
    fn what_differs_from_a_source_is_a_paragraph_of_its_own() {
        let pages = pages();
        let ohem = pages.iter().find(|page| page.name == "ohem").unwrap();
        let chapter = chapter(ohem);
        assert!(chapter.starts_with("# ohem\n\n`mining = \"ohem\"`\n\nOnline hard example mining"));
        assert!(chapter.contains("\n\nSource: ") && chapter.contains("\n\nDiffers: "), "{chapter}");
    }
}

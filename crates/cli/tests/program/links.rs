//! Links lead somewhere: those of what is written, and those of the book that `just book` makes of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::docs::{document, documents, root};
use crate::support::succeeds;

/// Where the links of a page lead, without what lies on other machines: what stands between fences is none.
fn links(page: &str) -> Vec<&str> {
    let prose = page.split("\n```").step_by(2);
    let targets = prose.flat_map(|text| text.split("](").skip(1));
    let targets = targets.map(|rest| rest.split(')').next().unwrap());
    targets.filter(|link| !link.contains("://")).collect()
}

/// What headings are called in links.
fn anchors(page: &str) -> Vec<String> {
    let prose: String = page.split("\n```").step_by(2).collect();
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let text = heading.trim_start_matches('#').trim().to_lowercase();
        let letters = text.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        letters.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

/// Fails unless every link of the pages, by their paths, leads to a file and, of a page, to a heading; how many there are.
fn lead_somewhere(pages: &BTreeMap<PathBuf, String>) -> usize {
    let mut n = 0;
    for (path, page) in pages {
        for link in links(page) {
            n += 1;
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { beside(path, file) };
            assert!(target.exists(), "{} links to {link}", path.display());
            if !heading.is_empty() {
                let known = anchors(&fs::read_to_string(&target).unwrap());
                let is_known = known.iter().any(|anchor| anchor == heading);
                assert!(is_known, "{} links to {link}, which has {known:?}", path.display());
            }
        }
    }
    n
}

fn beside(page: &Path, link: &str) -> PathBuf {
    page.parent().unwrap().join(link)
}

#[test]
fn links_of_what_is_written_lead_somewhere() {
    let mut names = documents();
    names.push("CHANGELOG.md".to_owned());
    let page = |name: &String| (root().join(name), document(name));
    let n = lead_somewhere(&names.iter().map(page).collect());
    assert!(60 < n, "only {n} links were found");
}

/// The pages below a folder.
fn pages_below(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut pages = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            pages.extend(pages_below(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "md") {
            let text = fs::read_to_string(&entry).unwrap();
            pages.insert(entry, text);
        }
    }
    pages
}

#[test]
fn links_of_the_book_lead_somewhere() {
    let folder = tempfile::tempdir().unwrap();
    // What the recipe copies, and what it generates.
    for name in documents().iter().filter_map(|name| name.strip_prefix("docs/")) {
        let copy = folder.path().join(name);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::write(copy, document(&format!("docs/{name}"))).unwrap();
    }
    for others in ["images", "clients"] {
        let from = root().join("docs").join(others);
        fs::create_dir_all(folder.path().join(others)).unwrap();
        for file in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
            fs::copy(file.path(), folder.path().join(others).join(file.file_name())).unwrap();
        }
    }
    fs::write(folder.path().join("keys.md"), succeeds(folder.path(), &["keys"])).unwrap();
    succeeds(folder.path(), &["methods", "--book", "methods"]);
    let pages = pages_below(folder.path());
    assert!(200 < pages.len(), "only {} pages", pages.len());
    let n = lead_somewhere(&pages);
    assert!(300 < n, "only {n} links were found");
}

#[test]
fn every_page_is_in_the_book() {
    let summary = document("docs/SUMMARY.md");
    let listed = links(&summary);
    for name in documents() {
        let page = name.strip_prefix("docs/").unwrap_or("SUMMARY.md");
        // The recipe of the book lists the decisions.
        if page != "SUMMARY.md" && (!page.starts_with("decisions/") || page.ends_with("README.md"))
        {
            assert!(listed.contains(&page), "{page} is not in docs/SUMMARY.md");
        }
    }
    assert_eq!(
        summary.lines().last(),
        Some("- [Decisions](decisions/README.md)"),
        "its pages follow"
    );
}

//! The guides run as they stand.

use std::fs;

use evaluation::significance::families_needed;

use crate::docs::document;
use crate::support::longtail;

/// The blocks of `language`, in order.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("\n```{language}\n");
    page.split(fence.as_str()).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

/// A command line in words; what stands between single quotes is one of them.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (i, part) in command.split('\'').enumerate() {
        if i % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// Writes the files that a guide shows, and runs its commands one after the other. `ID` is the cell that the last run has
/// named.
fn follow(guide: &str) {
    let page = document(guide);
    let folder = tempfile::tempdir().unwrap();
    for block in blocks(&page, "toml") {
        let name = block.lines().next().unwrap().trim_start_matches("# ");
        fs::write(folder.path().join(name), block).unwrap();
    }
    // A table has no comments.
    for block in blocks(&page, "csv") {
        let (name, table) = block.split_once('\n').unwrap();
        fs::write(folder.path().join(name.trim_start_matches("# ")), table).unwrap();
    }
    let (mut id, mut n_commands) = (None, 0);
    for line in blocks(&page, "console").iter().flat_map(|block| block.lines()) {
        let command = line.strip_prefix("$ longtail ").unwrap_or_else(|| panic!("{guide}: {line}"));
        let named =
            |word: String| if word == "ID" { id.clone().expect("a run before") } else { word };
        let arguments: Vec<String> = words(command).into_iter().map(named).collect();
        let ended =
            longtail(folder.path(), &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(ended.succeeded(), "{guide}: {line}: {}{}", ended.shown, ended.said);
        if let Some((_, rest)) = ended.said.split_once("longtail replay ") {
            id = rest.split_whitespace().next().map(str::to_owned);
        }
        n_commands += 1;
    }
    assert!(0 < n_commands, "{guide} has no command");
}

#[test]
fn the_first_hour_is_as_it_says() {
    follow("docs/guide/first-hour.md");
}

#[test]
fn the_ablation_is_as_its_guide_says() {
    follow("docs/guide/ablation.md");
}

#[test]
fn the_search_is_as_its_guide_says() {
    follow("docs/guide/search.md");
}

#[test]
fn objects_are_found_as_their_guide_says() {
    follow("docs/guide/detection.md");
}

#[test]
fn what_is_alike_is_found_as_its_guide_says() {
    follow("docs/guide/retrieval.md");
}

#[test]
fn the_paper_is_as_its_guide_says() {
    follow("docs/guide/paper.md");
}

#[test]
fn what_is_watched_is_as_its_guide_says() {
    follow("docs/guide/ci.md");
}

#[test]
fn the_way_to_a_deployed_model_is_as_its_guide_says() {
    follow("docs/guide/deploy.md");
}

#[test]
fn the_families_that_the_guide_asks_for_are_those_that_are_needed() {
    let page = document("docs/guide/statistics.md");
    let numbers = |start: &str| -> Vec<usize> {
        let line = page.lines().find(|line| line.starts_with(start)).unwrap();
        line.split('|').filter_map(|cell| cell.trim().parse().ok()).collect()
    };
    let (rows, families) = (numbers("| rows beside"), numbers("| families needed"));
    assert_eq!((rows.len(), families.len()), (6, 6));
    for (k, n) in rows.into_iter().zip(families) {
        assert_eq!(families_needed(k, 0.05), n, "{k} rows");
        assert!(n < families_needed(k + 1, 0.05), "{k} is not the most");
    }
}

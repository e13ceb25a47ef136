//! `report.html` in headless Chromium: no message, no request, no barrier; sorting, filtering, keyboard and links work.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{folder_with, skipped, succeeds};

/// Losses and minings on data sets of three families, few epochs.
const GRID: &str = r#"
[experiment]
name = "page"
seeds = [0, 1]

[protocol]
split = { stratified_k_fold.folds = 3 }

[training]
epochs = 4

[axes]
dataset = ["ecoli4", "haberman", "newthyroid"]
model = [{ mlp.hidden = [[8]] }]
loss = ["cross_entropy", { focal.gamma = 1 }, "hinge"]
mining = ["none", { ohem.keep = 0.5 }]

[report]
metrics = ["average_precision", "g_mean", "log_loss"]
"#;

/// Methods that depart from plain training on one axis each, one of them tuned.
const ABLATION: &str = r#"
[experiment]
name = "page"

[protocol]
split = { stratified_k_fold.folds = 3 }

[training]
epochs = 4

[axes]
dataset = ["ecoli4", "haberman"]
model = [{ mlp.hidden = [[8]] }]

[[grid]]
loss = ["cross_entropy", { focal.gamma = [1, 2] }, "hinge"]

[[grid]]
mining = [{ ohem.keep = 0.5 }, { ohem.keep = 0.25 }]

[report]
metrics = ["average_precision", "g_mean"]
select = ["loss.gamma"]
"#;

/// A halving of a learning rate, a loss's parameter and an entry of a list.
const SEARCH: &str = r#"
[experiment]
name = "page"

[protocol]
split = { stratified_k_fold.folds = 3 }

[training]
epochs = 4

[axes]
dataset = ["ecoli4", "haberman"]
model = [{ mlp.hidden = [[8]] }]
loss = ["cross_entropy", "focal", "hinge"]

[search]
method = { successive_halving = { settings = 8, factor = 2, min_epochs = 1 } }

[search.parameters]
"loss.focal.gamma" = { uniform = [0, 5] }
"training.optimizer.sgd.learning_rate" = { log_uniform = [1e-3, 1] }
"training.batch_size" = { choice = [16, 32, 64] }

[report]
metrics = ["average_precision", "g_mean"]
"#;

/// The packages that drive the browser, and the browser: `None`, and a line that says so, where one of them is absent.
fn browser() -> Option<(PathBuf, String)> {
    let modules = std::env::var("LONGTAIL_NODE_MODULES").ok();
    let modules = modules.map(PathBuf::from).filter(|path| path.join("puppeteer-core").is_dir());
    let chromium = std::env::var("LONGTAIL_CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
    let runs = |program: &str| {
        Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
    };
    let lacks = match &modules {
        None => "LONGTAIL_NODE_MODULES names no folder with puppeteer-core and axe-core",
        Some(_) if !runs("node") => "there is no node",
        Some(_) if !runs(&chromium) => "there is no chromium: LONGTAIL_CHROMIUM names it",
        Some(modules) => return Some((modules.clone(), chromium)),
    };
    skipped(&format!("the page is not opened in a browser: {lacks}"));
    None
}

/// Where a program of the search path is: the browser is started by its path.
fn located(program: &str) -> PathBuf {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders).map(|folder| folder.join(program));
    found.into_iter().find(|path| path.is_file()).unwrap_or_else(|| program.into())
}

#[test]
fn the_page_works_in_a_browser() {
    let Some((modules, chromium)) = browser() else { return };
    for file in [GRID, ABLATION, SEARCH] {
        opened(&modules, &chromium, file);
    }
}

/// Uses the page of the experiment `file` as a reader does.
fn opened(modules: &Path, chromium: &str, file: &str) {
    let folder = folder_with("page.toml", file);
    succeeds(folder.path(), &["run", "page.toml", "--quiet"]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/page.mjs");
    let output = Command::new("node")
        .arg(script)
        .arg(modules)
        .arg(located(chromium))
        .arg(folder.path().join("results/page/report.html"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{failed}");
}

#[test]
fn the_page_is_one_file_of_modest_size() {
    let folder = folder_with("page.toml", GRID);
    succeeds(folder.path(), &["run", "page.toml", "--quiet"]);
    let page = std::fs::read_to_string(folder.path().join("results/page/report.html")).unwrap();
    assert!(page.len() < 200_000, "{} bytes", page.len());
    // The name of SVG is an address, which nothing asks for.
    let page = page.replace("http://www.w3.org/2000/svg", "");
    for remote in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(remote), "{remote}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn where_no_browser_can_be_opened_the_page_is_named() {
    use crate::support::{Ended, command};

    let folder = folder_with("page.toml", GRID);
    let once = ["--set", "training.epochs=1", "--set", "experiment.seeds=[0]", "--quiet"];
    succeeds(folder.path(), &[&["run", "page.toml"], &once[..]].concat());
    let open = [&["report", "page.toml", "--open"], &once[..]].concat();
    let ended: Ended = command(folder.path(), &open).env("PATH", "").output().unwrap().into();
    assert!(!ended.succeeded(), "{}", ended.shown);
    let said = ended.said;
    assert!(said.contains("cannot open a browser: `xdg-open`"), "{said}");
    assert!(said.contains("results/page/report.html"), "{said}");
}

#[test]
fn a_hostile_file_is_text_on_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = String::from("a,b,class\n");
    for i in 0..60 {
        let class = if i % 3 == 0 { "ok" } else { "<script>alert(1)</script>" };
        writeln!(rows, "{},{},{class}", i % 7, i % 5).unwrap();
    }
    std::fs::write(folder.path().join("evil.csv"), rows).unwrap();
    succeeds(folder.path(), &["init", "evil.csv", "--target", "class"]);
    let once = ["--set", "training.epochs=1", "--set", "experiment.seeds=[0]", "--quiet"];
    succeeds(folder.path(), &[&["run", "evil/experiment.toml"], &once[..]].concat());
    let results = std::fs::read_dir(folder.path().join("results")).unwrap().next().unwrap();
    let page = std::fs::read_to_string(results.unwrap().path().join("report.html")).unwrap();
    assert!(page.contains("&lt;script&gt;alert(1)"), "the class is named");
    assert!(!page.contains("<script>alert"), "the class is no script");
}

//! Files of the user's own, as a user meets them: describe, init, run, replay, and every way to be wrong.

mod damaged;
mod describing;
mod init;
mod replaying;
mod treating;

use std::path::{Path, PathBuf};

use crate::support::succeeds;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/tests/samples")
}

/// A table of 60 rows with the given header and cells; its last column is the class.
fn table(header: &str, cells: impl Fn(usize) -> String) -> String {
    let class = |i: usize| if i.is_multiple_of(6) { "yes" } else { "no" };
    let rows: String = (0..60).map(|i| format!("{},{}\n", cells(i), class(i))).collect();
    format!("{header},class\n{rows}")
}

fn run_once(folder: &Path, experiment: &str) -> String {
    let fast = ["--set", "training.epochs=1", "--json", "--quiet"];
    succeeds(folder, &[&["run", experiment][..], &fast].concat());
    let plan = succeeds(folder, &[&["plan", experiment][..], &fast].concat());
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    plan["cells"][0]["id"].as_str().unwrap().to_owned()
}

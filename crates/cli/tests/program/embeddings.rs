//! Rows of many classes where the files of published sets are not at hand.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::support::{drawn, folder_with, succeeds};

/// A folder with `retrieval.toml` of `experiments`, which names the sets that stand beside it: a dozen classes of fifty rows
/// each.
pub(crate) fn stand_in_for_letters(experiments: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = "width,height,class\n".to_owned();
    for k in 0..600 {
        writeln!(rows, "{},{},c{}", k * 7 % 31 + k % 12, k * 13 % 17, k % 12).unwrap();
    }
    let names = ["letter", "texture", "penbased", "optdigits", "movement_libras"];
    for name in names {
        let set = folder.path().join(name);
        fs::create_dir(&set).unwrap();
        let described =
            format!("name = \"{name}\"\nfile = \"rows.csv\"\ntarget = \"class\"\n[format.csv]\n");
        fs::write(set.join("dataset.toml"), described).unwrap();
        fs::write(set.join("rows.csv"), &rows).unwrap();
    }
    let sets = names.map(|name| format!("{name}/dataset.toml"));
    let asked = fs::read_to_string(experiments.join("retrieval.toml")).unwrap();
    let asked = format!("{asked}\n[data]\nsets = {sets:?}\n");
    fs::write(folder.path().join("retrieval.toml"), asked).unwrap();
    folder
}

#[test]
fn a_trial_of_retrieval_is_drawn_by_class() {
    let folder = folder_with(
        "near.toml",
        "[experiment]\nname = \"near\"\n[training]\nepochs = 2\n[protocol]\ntask = \"retrieval\"\n\
         split = { holdout.test = 0.3 }\n[axes]\ndataset = \"glass\"\nloss = \"triplet\"\nmining = \"semi_hard\"\n",
    );
    succeeds(folder.path(), &["run", "near.toml", "--quiet"]);
    drawn(folder.path(), "near");
    let svg = fs::read_to_string(folder.path().join("drawn/embeddings.svg")).unwrap();
    assert!(svg.contains("glass, triplet, semi_hard: embeddings of the test part"), "{svg}");
    // A dot a row, and one for each of six classes in the key.
    assert_eq!(svg.matches("<circle").count(), 65 + 6, "{svg}");
}

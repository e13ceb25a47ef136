//! Detectors: drawn on their pictures; and proposals where the files of a published set are not at hand.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::support::{drawn, fails, folder_with, ids, succeeds};

/// A folder with `tree-proposals.toml` of `experiments` and the set that it names, as its `dataset.toml` says, but as CSV and with
/// twelve objects to an image, in a row from left to right.
pub(crate) fn stand_in_for_trees(experiments: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let trees = folder.path().join("trees");
    fs::create_dir(&trees).unwrap();
    fs::copy(experiments.join("tree-proposals.toml"), folder.path().join("tree-proposals.toml"))
        .unwrap();
    let described = fs::read_to_string(experiments.join("trees/dataset.toml")).unwrap();
    let described =
        described.replace("[format.parquet]", "[format.csv]").replace(".parquet\"", ".csv\"");
    fs::write(trees.join("dataset.toml"), described).unwrap();

    let mut objects = "image_id,gt_index,xmin,ymin,xmax,ymax,label\n".to_owned();
    let mut rows =
        "image_id,x1,y1,x2,y2,max_iou,gt_index,green,split,spatial_split,target\n".to_owned();
    for (image, class) in [("a", "Tree"), ("b", "Alive"), ("c", "Dead")] {
        for k in 0..12 {
            let (left, right) = (20 * k, 20 * k + 10);
            let part = ["train", "drop", "test"][k / 5];
            writeln!(objects, "{image},{k},{left},0,{right},10,{class}").unwrap();
            for (shift, top, overlap, class) in
                [(0, 0, 1.0, class), (4, 0, 0.43, "ignore"), (0, 30, 0.0, "background")]
            {
                let (x1, x2, y2) = (left + shift, right + shift, top + 10);
                let green = (k * 7 + shift * 3 + top) % 5;
                writeln!(
                    rows,
                    "{image},{x1},{top},{x2},{y2},{overlap},{k},{green},train,{part},{class}"
                )
                .unwrap();
            }
        }
    }
    fs::write(trees.join("neon-trees_ground_truth.csv"), objects).unwrap();
    fs::write(trees.join("neon-trees_proposals.csv"), rows).unwrap();
    folder
}

const SCENES: &str = r#"
name = "scenes"
file = "fashion-mnist-lt-mini"
[format.scenes]
scenes = 8
size = [96, 64]
objects = [4, 6]
sides = [16, 24]
clutter = 2
imbalance = 2
test = 0.5
windows = { sides = [12, 18], aspects = [1, 2, 0.5], stride = 0.4 }
"#;

const EXPERIMENT: &str = r#"
[experiment]
name = "drawn"
[data]
sets = ["dataset.toml"]
[protocol]
task = "detection"
split = "given"
validation = 0
[training]
epochs = 2
[axes]
dataset = "scenes"
model = { mlp.hidden = [[8]] }
sampling = { per_image.images = 1 }
mining = { ohem = { keep = { count = 16 }, overlap = 0.7 } }
"#;

#[test]
fn a_detector_is_drawn_on_its_pictures() {
    let folder = folder_with("dataset.toml", SCENES);
    fs::write(folder.path().join("drawn.toml"), EXPERIMENT).unwrap();
    succeeds(folder.path(), &["run", "drawn.toml", "--quiet"]);
    let replayed = drawn(folder.path(), "drawn");
    let written: Vec<&str> =
        replayed["written"].as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect();
    // Three images of each part: the first are learnt from, the last are tested.
    let scene = |part: &str, scene: u32| format!("drawn/{part}-{scene}-scene-{scene}.svg");
    let expected = [0, 1, 2].map(|i| scene("learnt", i)).into_iter();
    assert_eq!(written, expected.chain([4, 5, 6].map(|i| scene("found", i))).collect::<Vec<_>>());
    for path in written {
        let svg = fs::read_to_string(folder.path().join(path)).unwrap();
        assert!(svg.contains("href=\"data:image/png;base64,"), "{path}");
        assert!(svg.contains("<rect class=\"object\""), "{path}");
    }
    // Sixteen proposals of an image count, as often as it is shown in an epoch.
    let svg = fs::read_to_string(folder.path().join(scene("learnt", 0))).unwrap();
    let counted = svg.split("The ").nth(1).unwrap().split(' ').next().unwrap();
    assert!((16..=32).contains(&counted.parse::<u32>().unwrap()), "{counted}");
}

#[test]
fn what_says_classes_is_not_drawn() {
    let folder = folder_with(
        "plain.toml",
        "[experiment]\nname = \"plain\"\n[training]\nepochs = 1\n[protocol]\nsplit = { holdout.test = 0.3 }\n\
         [axes]\ndataset = \"ecoli4\"\n",
    );
    succeeds(folder.path(), &["run", "plain.toml", "--quiet"]);
    let id = &ids(folder.path(), "plain")[0];
    let said = fails(folder.path(), &["replay", id, "--figures", "drawn"]);
    assert!(said.contains("--figures: this cell says classes"), "{said}");
}

#[test]
fn of_proposals_an_experiment_is_written_that_finds_objects() {
    let experiments = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments");
    let folder = stand_in_for_trees(&experiments);
    let go = |arguments: &[&str]| succeeds(folder.path(), arguments);
    go(&["init", "trees/dataset.toml", "--output", "mine"]);
    let written = fs::read_to_string(folder.path().join("mine/experiment.toml")).unwrap();
    assert!(written.contains("task = \"detection\""), "{written}");
    let sets = ["--set", "training.epochs=1", "--set", "experiment.seeds=[0]"];
    let shown = go(&[&["run", "mine/experiment.toml", "-q"], &sets[..]].concat());
    assert!(shown.contains("ohem(overlap=0.7)"), "{shown}");
}

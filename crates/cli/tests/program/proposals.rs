//! Proposals where the files of a published set are not at hand.

use std::fmt::Write;
use std::fs;
use std::path::Path;

/// A folder with `detection.toml` of `experiments` and the set that it names, as its `dataset.toml` says, but as CSV and with
/// twelve objects to an image, in a row from left to right.
pub(crate) fn stand_in_for_trees(experiments: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let trees = folder.path().join("trees");
    fs::create_dir(&trees).unwrap();
    fs::copy(experiments.join("detection.toml"), folder.path().join("detection.toml")).unwrap();
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

//! Images as a newcomer has them: files of a published set in a folder, and nothing said about them.

use std::fs;
use std::path::Path;

use crate::support::{fails, succeeds};

/// An array of bytes as IDX.
fn idx(sizes: &[u32], values: impl Iterator<Item = u8>) -> Vec<u8> {
    let sizes: Vec<u8> = sizes.iter().flat_map(|size| size.to_be_bytes()).collect();
    [&[0, 0, 8, (sizes.len() / 4) as u8][..], &sizes, &values.collect::<Vec<u8>>()].concat()
}

/// A cache in which so few and so poor images stand for Fashion-MNIST that experiments on it are planned in no time.
pub(crate) fn stand_in_for_fashion_mnist() -> tempfile::TempDir {
    let cache = tempfile::tempdir().unwrap();
    for (images, labels, n) in [("train", "train-labels", 600), ("test", "test-labels", 100)] {
        let pixels = (0..n * 28 * 28).map(|i| ((i / 784 * 13 + i * 7) % 251) as u8);
        fs::write(cache.path().join(images), idx(&[n, 28, 28], pixels)).unwrap();
        fs::write(cache.path().join(labels), idx(&[n], (0..n).map(|i| (i % 10) as u8))).unwrap();
    }
    let all = r#"["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]"#;
    let two = r#"["", "", "", "", "e", "", "g", "", "", ""]"#;
    for (name, classes) in [("fashion-mnist", all), ("fashion-mnist-coat-shirt", two)] {
        let text = format!(
            "name = \"{name}\"\nfile = \"train\"\ntarget = \"label\"\nunlabelled = \"drop\"\n[format.idx]\n\
             labels = \"train-labels\"\nclasses = {classes}\n[format.idx.test]\nimages = \"test\"\nlabels = \"test-labels\"\n"
        );
        fs::write(cache.path().join(format!("{name}.toml")), text).unwrap();
    }
    cache
}

/// So many images of 6 x 6 pixels: of class `k` the columns 2k and 2k + 1 are bright.
fn write_pair(folder: &Path, [images, labels]: [&str; 2], n: u32) {
    let pixel = |image: u32, i: u32| {
        let bright = i % 6 / 2 == image % 3;
        (image * 37 + i * 11) as u8 % 90 + if bright { 160 } else { 0 }
    };
    let pixels = (0..n).flat_map(|image| (0..36).map(move |i| pixel(image, i)));
    fs::write(folder.join(images), idx(&[n, 6, 6], pixels)).unwrap();
    fs::write(folder.join(labels), idx(&[n], (0..n).map(|image| (image % 3) as u8))).unwrap();
}

/// The folder `stripes` with a published set of 240 images to learn from and 60 to be tested.
fn published() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let stripes = folder.path().join("stripes");
    fs::create_dir(&stripes).unwrap();
    write_pair(&stripes, ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"], 240);
    write_pair(&stripes, ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"], 60);
    folder
}

#[test]
fn a_published_set_is_described_by_its_images_and_runs() {
    let folder = published();
    let images = "stripes/train-images-idx3-ubyte";
    let shown = succeeds(folder.path(), &["describe", images]);
    assert!(
        shown.starts_with("stripes: idx\n300 rows, images of 6 x 6 pixels, 0 missing"),
        "{shown}"
    );
    assert!(
        shown.contains("published test part: 60 rows; split = \"given\" tests them"),
        "{shown}"
    );
    // Two bright columns of six, of the second class in the middle; and no line for each pixel.
    assert!(shown.contains("\n1\n") && !shown.contains("pixel 1"), "{shown}");
    let mut sheet = shown.lines().take_while(|line| !line.starts_with("look at"));
    assert!(sheet.all(|line| line.chars().count() <= 100), "{shown}");

    succeeds(folder.path(), &["init", images, "--output", "e"]);
    let written = fs::read_to_string(folder.path().join("e/experiment.toml")).unwrap();
    assert!(written.contains("split = \"given\""), "{written}");
    assert!(written.contains("stripes.profile = { exponential.ratio = 100 }"), "{written}");
    let table = succeeds(
        folder.path(),
        &["run", "e/experiment.toml", "--quiet", "--set", "training.epochs=1"],
    );
    assert!(table.contains("few-shot accuracy"), "{table}");
    let again = succeeds(folder.path(), &["describe", "e/dataset.toml"]);
    assert!(again.contains("published test part: 60 rows"), "{again}");
}

#[test]
fn labels_of_another_name_are_named_and_a_sheet_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    write_pair(folder.path(), ["a.idx", "b.idx"], 60);
    let refused = fails(folder.path(), &["describe", "a.idx"]);
    assert!(refused.contains("--labels FILE"), "{refused}");
    let describe = ["describe", "a.idx", "--labels", "b.idx", "--write", "sheet.png"];
    let shown = succeeds(folder.path(), &describe);
    assert!(shown.starts_with("a: idx\n60 rows, images of 6 x 6 pixels"), "{shown}");
    assert!(fs::read(folder.path().join("sheet.png")).unwrap().starts_with(b"\x89PNG"));
    succeeds(folder.path(), &["init", "a.idx", "--labels", "b.idx"]);
    let written = fs::read_to_string(folder.path().join("a/dataset.toml")).unwrap();
    assert!(written.contains("labels = \"b.idx\"") && !written.contains("[columns]"), "{written}");
    succeeds(folder.path(), &["plan", "a/experiment.toml"]);

    let table = ["describe", "t.csv", "--labels", "b.idx"];
    fs::write(folder.path().join("t.csv"), "x,y\n1,a\n2,b\n").unwrap();
    let refused = fails(folder.path(), &table);
    assert!(refused.contains("--labels is for images in IDX"), "{refused}");
    let refused = fails(folder.path(), &["describe", "t.csv", "--write", "t.png"]);
    assert!(refused.contains("--write is for images"), "{refused}");
}

#[test]
fn a_published_set_is_fetched_from_where_its_files_are() {
    let folder = published();
    let fetch = ["datasets", "fetch", "--cache", "cache"];
    let refused = fails(folder.path(), &[&fetch[..], &["fashion-mnist"]].concat());
    assert!(refused.contains("/usr/share/datasets/fashion-mnist"), "{refused}");
    let refused = fails(folder.path(), &[&fetch[..], &["iris", "--from", "stripes"]].concat());
    assert!(refused.contains("only of fashion-mnist"), "{refused}");
    // Files of the right names that hold something else.
    let other = crate::support::longtail(
        folder.path(),
        &[&fetch[..], &["fashion-mnist", "--from", "stripes"]].concat(),
    );
    assert_eq!(other.code, Some(1), "{}", other.said);
    assert!(other.said.contains("8656 bytes, not 47040016 bytes"), "{}", other.said);
    assert!(!folder.path().join("cache/fashion-mnist.toml").exists());
}

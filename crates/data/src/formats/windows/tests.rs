use std::fs;

use png::{BitDepth, ColorType, Encoder};

use super::*;
use crate::Dataset;
use crate::catalogue::dataset_file::DatasetFile;

/// A grey picture of 64 x 32 pixels, dark but for a bright square of 16 at `x`.
fn picture(path: &Path, x: usize) {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 64, 32);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::Eight);
    let is_bright = |at: usize| (x..x + 16).contains(&(at % 64)) && (8..24).contains(&(at / 64));
    let pixels: Vec<u8> = (0..64 * 32).map(|at| if is_bright(at) { 250 } else { 10 }).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    fs::write(path, bytes).unwrap();
}

const BOXES: &str = "image,x1,y1,x2,y2,label\na.png,4,8,20,24,lamp\nb,40,8,56,24,moon\n";

fn load(keys: &str, boxes: &str) -> Result<Dataset, String> {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("p");
    fs::create_dir(&pictures).unwrap();
    picture(&pictures.join("a.png"), 4);
    picture(&pictures.join("b.png"), 40);
    fs::write(pictures.join("boxes.csv"), boxes).unwrap();
    let path = folder.path().join("dataset.toml");
    let text =
        format!("name = \"t\"\nfile = \"p\"\n[format.windows]\nboxes = \"boxes.csv\"\n{keys}");
    fs::write(&path, text).unwrap();
    let read = |path: &Path| DatasetFile::read(path)?.load_beside(path);
    read(&path)
        .map_err(|error| error.to_string().replace(&format!("{}/", folder.path().display()), ""))
}

const SMALL: &str = "sides = [16]\naspects = [1]\nstride = 0.25\n";

#[test]
fn rows_are_windows_with_the_class_of_the_object_that_they_overlap() {
    let set = load(SMALL, BOXES).unwrap();
    assert_eq!(set.classes, ["background", "lamp", "moon"]);
    assert_eq!(set.columns.len(), filter_bank::N_FEATURES);
    let proposed = set.proposed.as_ref().unwrap();
    // 13 steps to the right and 5 down, in each of two pictures.
    assert_eq!(
        (set.targets.len(), &proposed.images[..]),
        (130, &["a.png", "b.png"].map(str::to_owned)[..])
    );
    assert_eq!(proposed.extents, [(64.0, 32.0); 2]);
    for (row, (&target, window)) in set.targets.iter().zip(&proposed.bounds).enumerate() {
        let object = &proposed.objects[proposed.of_row[row] as usize];
        let overlap = window.iou(&object.bounds);
        let expected = if 0.5 <= overlap { object.class + 1 } else { 0 };
        assert_eq!(target, expected, "{window:?}");
        assert_eq!(proposed.ignored[row], (0.3..0.5).contains(&overlap), "{window:?}");
    }
    // The window that is the object is bright, wherever it lies.
    let Column::Numeric { name, values } = &set.columns[8] else { panic!() };
    assert_eq!(name, "mean_grey");
    let best = |image: u32| {
        let rows = (0..130).filter(|&row| proposed.of_row[row] == image);
        rows.max_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap()
    };
    assert_eq!([best(0), best(1)].map(|row| proposed.bounds[row].x1), [4.0, 40.0]);
}

#[test]
fn pictures_are_cut_into_parts_and_objects_can_be_one_class() {
    let set = load(&format!("{SMALL}objects = \"light\"\ncut = 0.5\n"), BOXES).unwrap();
    assert_eq!(set.classes, ["background", "light"]);
    let part = set.asides.iter().find(|column| column.name() == "part").unwrap().values().unwrap();
    let proposed = set.proposed.unwrap();
    for (window, &part_of) in proposed.bounds.iter().zip(&part.of_row) {
        let expected = match window {
            window if window.x2 <= 32.0 => "train",
            window if 32.0 <= window.x1 => "test",
            _ => "across",
        };
        assert_eq!(part.names[part_of as usize], expected);
    }
    // Windows on both sides of the cut may be no rows.
    let dropped =
        load(&format!("{SMALL}objects = \"light\"\ncut = 0.5\nacross = \"drop\"\n"), BOXES);
    let dropped = dropped.unwrap().proposed.unwrap();
    let of_a_side = |window: &&BoundingBox| window.x2 <= 32.0 || 32.0 <= window.x1;
    assert!(dropped.bounds.iter().eq(proposed.bounds.iter().filter(of_a_side)));
    assert!(dropped.bounds.len() < proposed.bounds.len());
}

#[test]
fn mistakes_are_located_where_they_are_made() {
    for (keys, expected) in [
        ("stride = 0\n", "dataset.toml:5:1: expected a share of the window, above 0"),
        ("sides = []\n", "dataset.toml:5:1: expected sides in pixels, each 2 or more"),
        ("aspects = [-1]\n", "dataset.toml:5:1: expected widths over heights, each above 0"),
        ("object = 1.5\n", "dataset.toml:5:1: expected an overlap above 0 and at most 1"),
        (
            "background = 0.6\n",
            "dataset.toml:5:1: expected an overlap of at least 0 and at most `object`",
        ),
        ("cut = 1\n", "dataset.toml:5:1: expected a share of the width between 0 and 1"),
    ] {
        assert_eq!(load(keys, BOXES).unwrap_err(), expected);
    }
    let large = load("sides = [100]\n", BOXES).unwrap_err();
    assert!(large.contains("no row is of the class"), "{large}");
    let image = load(SMALL, &BOXES.replace("a.png", "c.png")).unwrap_err();
    assert!(
        image.contains("the image `c.png` has 1 objects and no row that could find them"),
        "{image}"
    );
}

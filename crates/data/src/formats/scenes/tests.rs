use std::fs;

use boxes::BoundingBox;
use png::{BitDepth, ColorType, Encoder};

use super::cast::counts;
use super::*;
use crate::Dataset;
use crate::catalogue::dataset_file::DatasetFile;

/// The set that `file` and these lines of `[format.scenes]` describe, in a folder with `images/dataset.toml`.
fn load(file: &str, keys: &str) -> Result<Dataset, String> {
    let folder = tempfile::tempdir().unwrap();
    for (class, grey) in [("dot", 250), ("ring", 90)] {
        let of_class = folder.path().join("images/png").join(class);
        fs::create_dir_all(&of_class).unwrap();
        for i in 0..if class == "dot" { 6 } else { 4 } {
            png(&of_class.join(format!("{i}.png")), grey, 3 + i);
        }
    }
    let images = "name = \"i\"\nfile = \"png\"\n[format.image_folder]\n";
    fs::write(folder.path().join("images/dataset.toml"), images).unwrap();
    let path = folder.path().join("dataset.toml");
    fs::write(&path, format!("name = \"t\"\nfile = \"{file}\"\n[format.scenes]\n{keys}")).unwrap();
    let read = |path: &Path| DatasetFile::read(path)?.load_beside(path);
    let shown = format!("{}/", folder.path().display());
    read(&path).map_err(|error| error.to_string().replace(&shown, ""))
}

/// A black picture of 12 x 10 with a grey rectangle, whose width says which picture it is.
fn png(path: &Path, grey: u8, width: usize) {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 12, 10);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::Eight);
    let is_grey = |at: usize| (2..2 + width).contains(&(at % 12)) && (2..8).contains(&(at / 12));
    let pixels: Vec<u8> = (0..120).map(|at| if is_grey(at) { grey } else { 0 }).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    fs::write(path, bytes).unwrap();
}

const SMALL: &str = "scenes = 10\nsize = [64, 48]\nobjects = [2, 3]\nsides = [12, 16]\nclutter = 2\nimbalance = 4\n\
                     windows = { sides = [8, 12], aspects = [1], stride = 0.25 }\n";

fn composed(scenes: &ScenesFormat) -> Composed {
    scenes.composed(Path::new("fashion-mnist-lt-mini")).unwrap()
}

#[test]
fn scenes_are_the_same_everywhere() {
    let small = || ScenesFormat { scenes: 12, ..ScenesFormat::default() };
    let hash = |scenes: &ScenesFormat| {
        let Composed { pictures, boxes } = composed(scenes);
        let mut hasher = blake3::Hasher::new();
        for picture in &pictures {
            picture.image.values.iter().for_each(|value| _ = hasher.update(&value.to_le_bytes()));
        }
        for object in &boxes {
            let edges = [object.x1, object.y1, object.x2, object.y2];
            edges.iter().for_each(|x| _ = hasher.update(&x.to_le_bytes()));
            hasher.update(object.class.as_bytes());
        }
        hasher.finalize().to_hex()[..16].to_owned()
    };
    assert_eq!(hash(&small()), "2fb9c7f97725fbdc");
    assert_ne!(hash(&ScenesFormat { seed: 1, ..small() }), hash(&small()));
}

#[test]
fn objects_lie_in_their_scenes_and_hardly_overlap() {
    let scenes = ScenesFormat { scenes: 30, ..ScenesFormat::default() };
    let Composed { pictures, boxes } = composed(&scenes);
    assert_eq!(pictures.len(), 30);
    let bounds =
        |object: &GroundTruthBox| BoundingBox::new([object.x1, object.y1, object.x2, object.y2]);
    for picture in &pictures {
        let of_scene: Vec<BoundingBox> =
            boxes.iter().filter(|object| *object.image == *picture.name).map(bounds).collect();
        assert!((1..=6).contains(&of_scene.len()), "{}", of_scene.len());
        for (i, object) in of_scene.iter().enumerate() {
            assert_eq!(object.cut_to(160.0, 120.0), *object);
            assert!(of_scene[..i].iter().all(|other| other.iou(object) <= OVERLAP));
            // What is boxed was pasted: it is brighter than the ground.
            let [x1, y1, x2, y2] = object.edges().map(|x| x as usize);
            let lines = (y1..y2).map(|y| &picture.image.values[y * 160 + x1..y * 160 + x2]);
            let brightest = lines.flatten().max().unwrap();
            assert!(u16::MAX / 8 < *brightest, "{brightest}");
        }
    }
}

#[test]
fn classes_have_a_long_tail_of_the_ratio_that_is_asked_for() {
    let law = counts(1110, 10, 100.0).unwrap();
    assert_eq!(law.iter().sum::<usize>(), 1110);
    assert!(law.windows(2).all(|pair| pair[1] <= pair[0]), "{law:?}");
    // Largest and smallest are one more than a hundredfold of each other: each class has one object beforehand.
    assert!((law[0] as f64 - 1.0) / (law[9] as f64 - 1.0) > 75.0, "{law:?}");
    assert_eq!(counts(12, 4, 1.0), Some(vec![3, 3, 3, 3]));
    assert_eq!(counts(3, 4, 1.0), None);
    assert_eq!(counts(7, 1, 5.0), Some(vec![7]));
    // And so have the scenes of each part, but for objects that find no place.
    let scenes = ScenesFormat { scenes: 40, ..ScenesFormat::default() };
    let Composed { boxes, .. } = composed(&scenes);
    let of = |class: &str| boxes.iter().filter(|object| &*object.class == class).count();
    let n = boxes.len();
    assert!((120..=240).contains(&n), "{n}");
    let (head, tail) = (of("T-shirt/top"), of("Ankle boot"));
    assert!(n / 5 < head && tail < n / 20 && 2 <= tail, "{head} and {tail} of {n}");
}

#[test]
fn images_that_are_learnt_from_are_not_tested() {
    let set = load("images/dataset.toml", SMALL).unwrap();
    assert_eq!(set.classes, ["background", "dot", "ring"]);
    let images = tempfile::tempdir().unwrap();
    for class in ["a", "b"] {
        let folder = images.path().join("png").join(class);
        fs::create_dir_all(&folder).unwrap();
        (0..5).for_each(|i| png(&folder.join(format!("{i}.png")), 200, 3 + i));
    }
    let path = images.path().join("dataset.toml");
    fs::write(&path, "name = \"i\"\nfile = \"png\"\n[format.image_folder]\n").unwrap();
    let source = SourceImages::read(&path, 0.4).unwrap();
    for class in 0..2 {
        let widths = |part| -> Vec<f64> {
            source.pool(part).unwrap()[class].iter().map(|s| s.outline().width()).collect()
        };
        let (learnt, tested) = (widths(LEARNT), widths(TESTED));
        assert_eq!((learnt.len(), tested.len()), (3, 2));
        assert!(learnt.iter().all(|width| !tested.contains(width)), "{learnt:?} {tested:?}");
    }
    // A set that says which of its images are tested is believed.
    let mini = SourceImages::read(Path::new("fashion-mnist-lt-mini"), 0.4).unwrap();
    assert!(mini.pool(TESTED).unwrap().iter().all(|of_class| of_class.len() == 30));
}

#[test]
fn rows_are_windows_over_scenes_that_are_learnt_from_or_tested() {
    let set = load("images/dataset.toml", SMALL).unwrap();
    let proposed = set.proposed.as_ref().unwrap();
    assert_eq!(proposed.images.len(), 10);
    let part = set.asides.iter().find(|column| column.name() == "part").unwrap().values().unwrap();
    for (&image, &part_of) in proposed.of_row.iter().zip(&part.of_row) {
        let name = &proposed.images[image as usize];
        let expected = if name.as_str() < "scene-06" { "train" } else { "test" };
        assert_eq!(part.names[part_of as usize], expected, "{name}");
    }
}

#[test]
fn mistakes_are_located_where_they_are_made() {
    for (keys, expected) in [
        ("scenes = 1\n", "dataset.toml:4:1: expected 2 to 100000 scenes"),
        ("size = [8, 100]\n", "dataset.toml:4:1: expected a width and a height of 16 to 4096"),
        ("objects = [4, 3]\n", "dataset.toml:4:1: expected the least and the most objects"),
        ("objects = [0, 3]\n", "dataset.toml:4:1: expected the least and the most objects"),
        ("sides = [20, 200]\n", "dataset.toml:4:1: expected the least and the largest side"),
        ("clutter = 20000\n", "dataset.toml:4:1: expected 0 to 10000 pieces"),
        ("noise = 1.5\n", "dataset.toml:4:1: expected a value from 0 to 1"),
        ("imbalance = 0.5\n", "dataset.toml:4:1: expected a ratio of 1 or more"),
        ("test = 1\n", "dataset.toml:4:1: expected a share between 0 and 1"),
        (
            "scenes = 4\nobjects = [1, 1]\n",
            "dataset.toml:4:1: the scenes that are learnt from have 2 objects, and there are 10 classes",
        ),
        ("scenes = 90000\n", "dataset.toml:4:1: the pictures have more than 2000000 windows"),
        (
            "windows = { stride = 0 }\n",
            "dataset.toml:4:13: expected a share of the window, above 0",
        ),
        ("windows = { boxes = \"b.csv\" }\n", "dataset.toml:4:13: scenes know their objects"),
    ] {
        let found = load("fashion-mnist-lt-mini", keys).unwrap_err();
        assert!(found.starts_with(expected), "{found}");
    }
    let unknown = load("letters", "").unwrap_err();
    assert_eq!(
        unknown,
        "dataset.toml:2:1: `letters` is no dataset.toml of images, and no set of images that the program carries: those are \
         `fashion-mnist-lt-mini`"
    );
    let itself = load("dataset.toml", "").unwrap_err();
    assert!(itself.contains("describes scenes itself"), "{itself}");
}

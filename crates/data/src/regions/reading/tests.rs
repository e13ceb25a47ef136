use std::path::Path;

use boxes::Standing;

use std::fs;

use super::*;
use crate::catalogue::dataset_file::DatasetFile;
use crate::{Parts, PartsSpec, SplitSpec};

const ROWS: &str = "\
where,left,top,right,bottom,side,f,what
p,0,0,10,10,a,1.5,tree
p,2,0,12,10,a,2.5,near
p,40,0,50,10,a,3.5,background
p,62,0,72,10,b,4.5,dead
p,80,0,90,10,b,5.5,background
q,0,0,10,10,a,6.5,background
q,30,0,40,10,c,7.5,near
r,0,0,10,10,a,8.5,tree
r,50,0,60,10,a,9.5,background
r,53,0,63,10,a,0.5,near
";
const OBJECTS: &str = "\
image,x1,y1,x2,y2,label
p.png,1,0,11,10,tree
p.png,60,0,70,10,dead
q.png,32,0,44,10,tree
r.PNG,0,0,10,11,tree
";

const KEYS: &str = "target = \"what\"\n[format.csv]\n[roles]\nother = \"side\"\n[regions]\nimage = \"where\"\n\
                    box = [\"left\", \"top\", \"right\", \"bottom\"]\nground_truth = \"objects.csv\"\nignore = \"near\"\n";

/// The data set of these files.
fn load(rows: &str, objects: &str, keys: &str) -> Result<Dataset, String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rows.csv"), rows).unwrap();
    fs::write(folder.path().join("objects.csv"), objects).unwrap();
    let path = folder.path().join("dataset.toml");
    fs::write(&path, format!("name = \"t\"\nfile = \"rows.csv\"\n{keys}")).unwrap();
    let read = |path: &Path| DatasetFile::read(path)?.load_beside(path);
    let told =
        |error: DataError| error.to_string().replace(&format!("{}/", folder.path().display()), "");
    read(&path).map_err(told)
}

fn mistake(rows: &str, objects: &str, keys: &str) -> String {
    load(rows, objects, keys).unwrap_err()
}

#[test]
fn rows_are_placed_beside_objects_and_the_background_comes_first() {
    let set = load(ROWS, OBJECTS, KEYS).unwrap();
    assert_eq!(set.classes, ["background", "dead", "tree"]);
    assert_eq!(set.targets, [2, 0, 0, 1, 0, 0, 0, 2, 0, 0]);
    assert_eq!(set.class_counts(), [4, 1, 2], "rows that are no examples are not counted");
    assert_eq!(set.columns.iter().map(Column::name).collect::<Vec<_>>(), ["f"]);
    assert_eq!(set.group.as_deref(), Some("where"));
    let proposed = set.proposed.unwrap();
    assert_eq!(proposed.images, ["p", "q", "r"]);
    assert_eq!(proposed.of_row, [0, 0, 0, 0, 0, 1, 1, 2, 2, 2]);
    let ignored: Vec<usize> = (0..10).filter(|&row| proposed.ignored[row]).collect();
    assert_eq!(ignored, [1, 6, 9]);
    let objects: Vec<(u32, u32)> = proposed.objects.iter().map(|o| (o.image, o.class)).collect();
    assert_eq!(objects, [(0, 1), (0, 0), (1, 1), (2, 1)]);
    assert_eq!(proposed.extents, [(90.0, 10.0), (44.0, 10.0), (63.0, 11.0)]);
}

#[test]
fn objects_can_be_one_class_and_places_are_part_of_the_digest() {
    let one = load(ROWS, OBJECTS, &format!("{KEYS}objects = \"plant\"\n")).unwrap();
    assert_eq!(
        (&one.classes[..], one.positive()),
        (&["background", "plant"].map(str::to_owned)[..], Some(&"plant".to_owned()))
    );
    let digest = |rows: &str, objects: &str| load(rows, objects, KEYS).unwrap().digest();
    let own = digest(ROWS, OBJECTS);
    assert_ne!(own, digest(&ROWS.replace("p,40", "p,41"), OBJECTS));
    assert_ne!(own, digest(ROWS, &OBJECTS.replace("10,11", "10,12")));
    assert_ne!(own, digest(&ROWS.replace("a,9.5,background", "a,9.5,near"), OBJECTS));
}

fn parts(split: &str, validation: f64) -> Parts {
    let split: SplitSpec = toml::from_str(split).unwrap();
    let set = load(ROWS, OBJECTS, KEYS).unwrap();
    let spec = PartsSpec { split, profile: None, meta: None, validation };
    spec.parts(&set.rows(), 0, &mut |_, n| (0..n as u32).collect()).unwrap().0
}

#[test]
fn rows_that_are_no_examples_are_measured_and_not_learnt_from() {
    let split = "[given]\ncolumn = \"side\"\ntest = \"b\"\nunused = \"c\"\n";
    let whole = parts(split, 0.0);
    assert_eq!((&whole.train[..], &whole.test[..]), (&[0, 2, 5, 7, 8][..], &[3, 4][..]));
    let by_image = parts("[group_k_fold]\nfolds = 3\n", 0.0);
    let all = [&by_image.train[..], &by_image.test].concat();
    for image in [&[0_u32, 1, 2, 3, 4][..], &[5, 6], &[7, 8, 9]] {
        let is_tested = by_image.test.contains(&image[0]);
        assert!(image.iter().all(|row| by_image.test.contains(row) == is_tested));
    }
    let left_out: Vec<u32> = (0..10).filter(|row| !all.contains(row)).collect();
    assert!(!left_out.is_empty() && left_out.iter().all(|row| [1, 6, 9].contains(row)));
}

#[test]
fn the_validation_part_is_of_whole_images_with_their_rows_that_are_no_examples() {
    // `p` is tested by its row alone; of the others one image is spared.
    let split = "[given]\ncolumn = \"side\"\ntest = \"b\"\nunused = \"c\"\n";
    let parts = parts(split, 0.4);
    assert!(parts.validation == [7, 8, 9] || parts.validation == [5], "{parts:?}");
    assert!(parts.train.iter().all(|row| ![1, 6, 9].contains(row)));
}

#[test]
fn mistakes_are_located_where_they_are_made() {
    let classes = mistake(ROWS, OBJECTS, &KEYS.replace("\"near\"", "\"nearly\""));
    assert_eq!(
        classes,
        "dataset.toml:11:1: no row is of the class `nearly`; the classes are `background`, `dead`, `near`, `tree`"
    );
    let columns = mistake(ROWS, OBJECTS, &KEYS.replace("\"top\"", "\"tops\""));
    assert_eq!(columns, "dataset.toml:9:16: no column is called `tops`; did you mean `top`?");
    let twice = mistake(ROWS, OBJECTS, &KEYS.replace("\"top\"", "\"left\""));
    assert_eq!(twice, "dataset.toml:9:8: `left` has two roles: choose one");
    let text = mistake(&ROWS.replace("p,40,", "p,x,"), OBJECTS, KEYS);
    assert_eq!(text, "dataset.toml:9:1: `left` is `x` in some row, which is no finite number");
    let flat = mistake(&ROWS.replace("p,40,0,50", "p,50,0,50"), OBJECTS, KEYS);
    assert_eq!(
        flat,
        "dataset.toml:9:1: row 2 (from 0) has the box 50, 0, 50, 10, which has no area"
    );
    let image = mistake(ROWS, &OBJECTS.replace("q.png", "s.png"), KEYS);
    assert_eq!(
        image,
        "dataset.toml:10:1: the image `s.png` has 1 objects and no row that could find them; images with rows are `p`, `q`, `r`"
    );
    let class = mistake(ROWS, &OBJECTS.replace("10,dead", "10,ash"), KEYS);
    assert!(
        class.starts_with(
            "dataset.toml:10:1: there are objects of the class `ash`, and no row is of it;"
        ),
        "{class}"
    );
    let none = mistake(ROWS, &OBJECTS.replace("60,0,70", "75,0,79"), KEYS);
    assert!(
        none.starts_with(
            "dataset.toml:10:1: row 3 (from 0) is of the class `dead`, and overlaps no object"
        ),
        "{none}"
    );
    let twins = mistake(ROWS, OBJECTS, &format!("twins = \"drop\"\n{KEYS}"));
    assert!(
        twins.starts_with("dataset.toml:3:1: rows of [regions] with the same features"),
        "{twins}"
    );
    let alike = mistake(&ROWS.replace("q,0,", "p.png,0,"), OBJECTS, KEYS);
    assert!(alike.contains("are called the same but for their extensions"), "{alike}");
}

#[test]
fn pascal_voc_is_read_from_several_files() {
    let folder = tempfile::tempdir().unwrap();
    let object = |x: u32, difficult: u32| {
        let name = "<name>tree</name>";
        format!(
            "<object>{name}<difficult>{difficult}</difficult><bndbox><xmin>{x}</xmin><ymin>1</ymin><xmax>{}</xmax><ymax>10</ymax></bndbox></object>",
            x + 9
        )
    };
    let file = |name: &str, objects: &str| {
        let text = format!("<annotation><filename>{name}.jpg</filename>{objects}</annotation>");
        fs::write(folder.path().join(format!("{name}.xml")), text).unwrap();
    };
    file("u", &[object(1, 0), object(40, 1)].concat());
    file("v", &object(1, 0));
    let rows = "img,a,b,c,d,x,y\nu,0,0,10,10,1,tree\nu,20,0,30,10,2,background\nv,1,0,10,10,3,tree\nv,50,0,60,10,3,background\n";
    fs::write(folder.path().join("rows.csv"), rows).unwrap();
    let path = folder.path().join("dataset.toml");
    let keys = "name = \"t\"\nfile = \"rows.csv\"\ntarget = \"y\"\n[format.csv]\n[regions]\nimage = \"img\"\n\
                box = [\"a\", \"b\", \"c\", \"d\"]\nground_truth = [\"u.xml\", \"v.xml\"]\n";
    fs::write(&path, keys).unwrap();
    let set = DatasetFile::read(&path).unwrap().load_beside(&path).unwrap();
    let objects = set.proposed.unwrap().objects;
    let standing: Vec<(u32, Standing)> = objects.iter().map(|o| (o.image, o.standing)).collect();
    assert_eq!(standing, [(0, Standing::Counts), (0, Standing::Difficult), (1, Standing::Counts)]);
}

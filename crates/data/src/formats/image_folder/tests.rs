use std::io::Cursor;

use image::{GrayAlphaImage, GrayImage, ImageBuffer, Luma, LumaA, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::formats::testing::{cases, damaged};

fn folder(files: &[(&str, DynamicImage)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, image) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, png(image)).unwrap();
    }
    folder
}

fn png(image: &DynamicImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn grey(width: u32, values: &[u8]) -> DynamicImage {
    let height = values.len() as u32 / width;
    GrayImage::from_raw(width, height, values.to_vec()).unwrap().into()
}

fn row(frame: &Frame, row: usize) -> Vec<f64> {
    let value = |column: &Column| match column {
        Column::Numeric { values, .. } => Some(values[row]),
        Column::Categorical { .. } => None,
    };
    frame.columns.iter().filter_map(value).collect()
}

fn label(frame: &Frame) -> &Column {
    &frame.columns[frame.target.unwrap()]
}

/// The message, without the folder.
fn error(folder: &TempDir, size: Option<[u32; 2]>) -> String {
    let error = read(folder.path(), size).unwrap_err().to_string();
    error.replace(&folder.path().display().to_string(), "F").replace('\\', "/")
}

#[test]
fn rows_come_in_byte_order() {
    let files = [
        ("b/1.png", grey(2, &[0, 51])),
        ("a/10.png", grey(2, &[102, 0])),
        ("a/9.PNG", grey(2, &[153, 255])),
        ("Z/é.png", grey(2, &[255, 0])),
    ];
    let folder = folder(&files);
    fs::write(folder.path().join("labels.txt"), "beside").unwrap();
    fs::write(folder.path().join("a/.hidden"), "left alone").unwrap();
    let frame = read(folder.path(), None).unwrap();
    assert_eq!(row(&frame, 0), [1.0, 0.0]);
    assert_eq!(row(&frame, 1), [0.4, 0.0]);
    assert_eq!(row(&frame, 2), [0.6, 1.0]);
    assert_eq!(row(&frame, 3), [0.0, 0.2]);
    assert_eq!((frame.columns[1].name(), frame.target), ("pixel 1", Some(2)));
    let texts = [Some("Z"), Some("a"), Some("a"), Some("b")];
    assert_eq!(label(&frame), &Column::from_texts("label".to_owned(), texts));
}

#[test]
fn a_byte_becomes_what_idx_makes_of_it() {
    let bytes: Vec<u8> = (0..=255).collect();
    let frame = read(folder(&[("a/1.png", grey(16, &bytes))]).path(), None).unwrap();
    let expected: Vec<f64> = bytes.iter().map(|&x| f64::from(x) / 255.0).collect();
    assert_eq!(row(&frame, 0), expected);
}

#[test]
fn colour_has_three_channels_and_alpha_is_dropped() {
    let colour: DynamicImage = RgbImage::from_pixel(1, 2, Rgb([255, 0, 51])).into();
    let clear: DynamicImage = RgbaImage::from_pixel(1, 2, Rgba([255, 0, 51, 0])).into();
    let frame = read(folder(&[("a/1.png", colour), ("a/2.png", clear)]).path(), None).unwrap();
    assert_eq!(row(&frame, 0), [1.0, 0.0, 0.2, 1.0, 0.0, 0.2]);
    assert_eq!(row(&frame, 0), row(&frame, 1));
    let clear: DynamicImage = GrayAlphaImage::from_pixel(1, 1, LumaA([51, 7])).into();
    assert_eq!(row(&read(folder(&[("a/1.png", clear)]).path(), None).unwrap(), 0), [0.2]);
}

#[test]
fn sixteen_bits_are_kept() {
    let deep: DynamicImage = ImageBuffer::<Luma<u16>, _>::from_pixel(1, 1, Luma([1])).into();
    let frame = read(folder(&[("a/1.png", deep)]).path(), None).unwrap();
    assert_eq!(row(&frame, 0), [1.0 / 65_535.0]);
}

#[test]
fn images_are_resized_if_asked_for() {
    let files = [("a/1.png", grey(2, &[0, 255, 0, 255])), ("a/2.png", grey(1, &[51]))];
    let folder = folder(&files);
    let expected = "F/a/2.png: it has 1 x 1 pixels, but F/a/1.png has 2 x 2: all need one size, or \
                    one to which they are resized";
    assert_eq!(error(&folder, None), expected);
    let frame = read(folder.path(), Some([2, 1])).unwrap();
    assert_eq!(row(&frame, 0), [0.0, 1.0]);
    assert_eq!(row(&frame, 1), [0.2, 0.2]);
    let one = read(folder.path(), Some([1, 1])).unwrap();
    assert!((row(&one, 0)[0] - 0.5).abs() < 1e-4);
    for size in [[0, 1], [4097, 4096], [u32::MAX; 2]] {
        assert!(error(&folder, Some(size)).starts_with("F: "), "{size:?}");
    }
    let many = error(&folder, Some([2048, 1024]));
    assert_eq!(many, "F/a/1.png: it holds more than the 1048576 values an image that are read");
}

#[test]
fn grey_and_colour_do_not_mix() {
    let colour = RgbImage::new(1, 1).into();
    let folder = folder(&[("a/1.png", colour), ("b/1.png", grey(1, &[0]))]);
    assert_eq!(error(&folder, None), "F/b/1.png: it is grey, but F/a/1.png is in colour");
}

#[test]
fn folders_that_hold_something_else_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        error(&folder, None),
        "F: a folder is read as images, each sub-folder a class, and it has none; of a table, name the file"
    );
    let class = folder.path().join("a");
    fs::create_dir(&class).unwrap();
    assert_eq!(error(&folder, None), "F/a: no image is in the folder of this class");
    fs::write(class.join("1.jpg"), "").unwrap();
    assert!(error(&folder, None).starts_with("F/a/1.jpg: it is no PNG file"));
    fs::remove_file(class.join("1.jpg")).unwrap();
    fs::write(class.join("1.png"), "GIF89a").unwrap();
    assert!(error(&folder, None).starts_with("F/a/1.png: this is no PNG image ("));
    fs::remove_file(class.join("1.png")).unwrap();
    fs::create_dir(class.join("b.png")).unwrap();
    assert_eq!(error(&folder, None), "F/a/b.png: it is no file; an image is expected here");
    let missing = read(&folder.path().join("none"), None).unwrap_err().to_string();
    assert!(missing.contains("none: it cannot be read ("), "{missing}");
}

#[test]
fn an_image_that_claims_to_be_large_is_not_decoded() {
    let folder = folder(&[("a/1.png", grey(1, &[0]))]);
    let path = folder.path().join("a/1.png");
    let mut bytes = fs::read(&path).unwrap();
    bytes[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    let mut crc = flate2::Crc::new();
    crc.update(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    fs::write(&path, bytes).unwrap();
    let expected = "F/a/1.png: 65536 x 65536 pixels are more than the 16777216 that are read";
    assert_eq!(error(&folder, None), expected);
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn damaged_images_are_read_or_refused(bytes in damaged(&png(&RgbImage::new(4, 3).into()))) {
        let folder = folder(&[("a/1.png", grey(1, &[0]))]);
        fs::write(folder.path().join("a/1.png"), bytes).unwrap();
        let _ = read(folder.path(), Some([2, 2]));
    }
}

use crate::image_shape::{ChannelOrder, ImageShape};
use std::io::Write;

use flate2::Crc;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::formats::testing::{cases, damaged};

fn folder<B: AsRef<[u8]>>(files: &[(&str, B)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, png) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, png).unwrap();
    }
    folder
}

/// A file of one image, whose lines are packed as PNG packs them.
fn png(width: u32, colour: ColorType, depth: BitDepth, packed: &[u8]) -> Vec<u8> {
    let line = (width as usize * colour.samples() * depth as usize).div_ceil(8);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, (packed.len() / line) as u32);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    if colour == ColorType::Indexed {
        encoder.set_palette(&PALETTE[..]);
        encoder.set_trns(&[9, 255][..]);
    }
    encoder.write_header().unwrap().write_image_data(packed).unwrap();
    file
}

/// Red, green, blue and grey.
const PALETTE: [u8; 12] = [255, 0, 0, 0, 255, 0, 0, 0, 255, 51, 51, 51];

fn grey(width: u32, values: &[u8]) -> Vec<u8> {
    png(width, ColorType::Grayscale, BitDepth::Eight, values)
}

fn coloured(width: u32, values: &[u8]) -> Vec<u8> {
    png(width, ColorType::Rgb, BitDepth::Eight, values)
}

/// The first row of a folder with this image alone.
fn only(png: Vec<u8>) -> Vec<f64> {
    row(&read(folder(&[("a/1.png", png)]).path(), None).unwrap(), 0)
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
fn a_frame_knows_the_lines_pixels_and_colours_of_its_images() {
    let of = |png| read(folder(&[("a/1.png", png)]).path(), None).unwrap().image;
    let shape = |height, width, channels| {
        Some(ImageShape { height, width, channels, order: ChannelOrder::Last })
    };
    assert_eq!(of(grey(3, &[0; 6])), shape(2, 3, 1));
    assert_eq!(of(coloured(2, &[0; 18])), shape(3, 2, 3));
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
    let expected = [1.0, 0.0, 0.2, 1.0, 0.0, 0.2];
    assert_eq!(only(coloured(1, &[255, 0, 51, 255, 0, 51])), expected);
    let clear = [255, 0, 51, 0, 255, 0, 51, 0];
    assert_eq!(only(png(1, ColorType::Rgba, BitDepth::Eight, &clear)), expected);
    let clear = [255, 255, 0, 0, 51, 51, 0, 7];
    assert_eq!(only(png(1, ColorType::Rgba, BitDepth::Sixteen, &clear)), [1.0, 0.0, 0.2]);
    assert_eq!(only(png(1, ColorType::GrayscaleAlpha, BitDepth::Eight, &[51, 7])), [0.2]);
    let clear = [51, 51, 0, 7];
    assert_eq!(only(png(1, ColorType::GrayscaleAlpha, BitDepth::Sixteen, &clear)), [0.2]);
}

#[test]
fn palettes_are_colours() {
    let expected = [0.0, 0.0, 1.0, 0.2, 0.2, 0.2, 1.0, 0.0, 0.0];
    let palette = |depth, packed: &[u8]| only(png(3, ColorType::Indexed, depth, packed));
    assert_eq!(palette(BitDepth::Two, &[0b10_11_00_00]), expected);
    assert_eq!(palette(BitDepth::Four, &[0x23, 0x00]), expected);
    assert_eq!(palette(BitDepth::Eight, &[2, 3, 0]), expected);
    let expected = [0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    assert_eq!(palette(BitDepth::One, &[0b1010_0000]), expected);
}

#[test]
fn fewer_bits_go_from_black_to_white() {
    let deep = |depth, packed: &[u8]| only(png(3, ColorType::Grayscale, depth, packed));
    assert_eq!(deep(BitDepth::One, &[0b0110_0000]), [0.0, 1.0, 1.0]);
    assert_eq!(deep(BitDepth::Two, &[0b00_01_11_00]), [0.0, 1.0 / 3.0, 1.0]);
    assert_eq!(deep(BitDepth::Four, &[0x03, 0xf0]), [0.0, 0.2, 1.0]);
}

#[test]
fn sixteen_bits_are_kept() {
    let deep = png(2, ColorType::Grayscale, BitDepth::Sixteen, &[0, 1, 1, 0]);
    assert_eq!(only(deep), [1.0 / 65_535.0, 256.0 / 65_535.0]);
}

#[test]
fn interlaced_images_are_put_together() {
    // Those of the seven passes of Adam7 that have pixels of 3 x 3, which are numbered line by line.
    let passes: [&[&[u8]]; 5] = [&[&[0]], &[&[2]], &[&[6, 8]], &[&[1], &[7]], &[&[3, 4, 5]]];
    let mut data = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    for line in passes.into_iter().flatten() {
        data.write_all(&[0]).unwrap();
        data.write_all(line).unwrap();
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = [0, 0, 0, 3, 0, 0, 0, 3, 8, 0, 0, 0, 1];
    for (name, data) in [("IHDR", &header[..]), ("IDAT", &data.finish().unwrap()), ("IEND", &[])] {
        png.extend((data.len() as u32).to_be_bytes());
        let chunk = [name.as_bytes(), data].concat();
        png.extend(&chunk);
        png.extend(crc(&chunk));
    }
    let expected: Vec<f64> = (0..9).map(|x| f64::from(x) / 255.0).collect();
    assert_eq!(only(png), expected);
}

fn crc(chunk: &[u8]) -> [u8; 4] {
    let mut crc = Crc::new();
    crc.update(chunk);
    crc.sum().to_be_bytes()
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
    let folder = folder(&[("a/1.png", coloured(1, &[0; 3])), ("b/1.png", grey(1, &[0]))]);
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
    let sum = crc(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum);
    fs::write(&path, bytes).unwrap();
    let expected = "F/a/1.png: 65536 x 65536 pixels are more than the 16777216 that are read";
    assert_eq!(error(&folder, None), expected);
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn damaged_images_are_read_or_refused(bytes in damaged(&coloured(4, &[0; 36]))) {
        let folder = folder(&[("a/1.png", grey(1, &[0]))]);
        fs::write(folder.path().join("a/1.png"), bytes).unwrap();
        let _ = read(folder.path(), Some([2, 2]));
    }
}

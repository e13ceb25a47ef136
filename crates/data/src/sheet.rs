//! A contact sheet: the first images of each class, so that one sees what is to be learnt.
//!
//! ```text
//! byte = 255 (x - l) / (u - l)      l: 0, or the smallest value shown if that is below; u: the first of 1, 255 and 65535
//!                                   that no value shown exceeds, or else the largest
//! ```

use crate::column::Column;
use crate::dataset::Dataset;
use crate::image_shape::ImageShape;

/// Images of each class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactSheet {
    /// Lines of an image.
    pub height: usize,
    /// Pixels of a line.
    pub width: usize,
    /// The classes, each with its first images: red, green and blue of every pixel, line by line.
    pub classes: Vec<(String, Vec<Vec<[u8; 3]>>)>,
}

/// Characters from dark to bright, for light text on a dark terminal.
const SHADES: &[u8] = b" .:-=+*#%@";

/// Between images.
const GAP: usize = 2;

impl ContactSheet {
    /// The first `n` images of each class of `dataset`; `None` if its rows are no images.
    pub fn of(dataset: &Dataset, n: usize) -> Option<Self> {
        let shape = dataset.image?;
        let mut rows = vec![Vec::new(); dataset.classes.len()];
        for (row, &target) in dataset.targets.iter().enumerate() {
            let of_class = &mut rows[target as usize];
            if of_class.len() < n {
                of_class.push(row);
            }
        }
        let values = |row: usize| dataset.columns.iter().map(move |column| value(column, row));
        let shown = || rows.iter().flatten().flat_map(|&row| values(row));
        let low = shown().fold(0.0, f64::min);
        let high = shown().fold(0.0, f64::max);
        let high = [1.0, 255.0, 65_535.0].into_iter().find(|&unit| high <= unit).unwrap_or(high);
        // A float becomes the nearest byte, and what is missing 0.
        let byte = |x: f64| (255.0 * (x - low) / (high - low)).round() as u8;
        let image = |&row: &usize| {
            let bytes: Vec<u8> = values(row).map(byte).collect();
            colours(&shape, &bytes)
        };
        let of_class = |rows: &Vec<usize>| rows.iter().map(image).collect();
        let classes = dataset.classes.iter().cloned().zip(rows.iter().map(of_class)).collect();
        Some(ContactSheet { height: shape.height, width: shape.width, classes })
    }

    /// The images in characters, at most `n_columns` in a line: those of a class beside each other, classes below each
    /// other; of more than `n_classes` the first.
    pub fn text(&self, n_columns: usize, n_classes: usize) -> String {
        let n_images = self.classes.iter().map(|(_, images)| images.len()).max().unwrap_or(0);
        let room = (n_columns + GAP) / n_images.max(1);
        let width = self.width.min(room.saturating_sub(GAP)).max(1);
        // A character is about twice as high as it is wide.
        let height = (self.height * width).div_ceil(2 * self.width).max(1);
        let mut text = String::new();
        for (class, images) in self.classes.iter().take(n_classes) {
            text += &format!("{class}\n");
            for line in 0..height {
                let of_image = |image: &Vec<[u8; 3]>| -> String {
                    let shade = |column| self.shade(image, [line, height], [column, width]);
                    (0..width).map(shade).collect()
                };
                let line: Vec<String> = images.iter().map(of_image).collect();
                text += line.join(&" ".repeat(GAP)).trim_end();
                text.push('\n');
            }
        }
        text
    }

    /// The character for the part `line` of `height` and `column` of `width` of an image.
    fn shade(
        &self,
        image: &[[u8; 3]],
        [line, height]: [usize; 2],
        [column, width]: [usize; 2],
    ) -> char {
        let part = |i: usize, n: usize, of: usize| {
            let (start, end) = (i * of / n, ((i + 1) * of).div_ceil(n));
            start.min(of - 1)..end.min(of)
        };
        let (lines, columns) = (part(line, height, self.height), part(column, width, self.width));
        let n = 3 * lines.len() * columns.len();
        let pixels = lines.flat_map(|y| &image[y * self.width..][columns.clone()]);
        let sum: usize = pixels.flatten().map(|&byte| usize::from(byte)).sum();
        char::from(SHADES[sum * SHADES.len() / (n * 256)])
    }

    /// The images as a PNG file: a line a class.
    ///
    /// # Errors
    /// If they are too many for one.
    pub fn png(&self) -> Result<Vec<u8>, String> {
        let n_images = self.classes.iter().map(|(_, images)| images.len()).max().unwrap_or(0);
        let size = |n: usize, of: usize| n * (of + GAP) + GAP;
        let width = size(n_images, self.width);
        let height = size(self.classes.len(), self.height);
        let mut pixels = vec![[64_u8; 3]; width * height];
        for (i, (_, images)) in self.classes.iter().enumerate() {
            for (j, image) in images.iter().enumerate() {
                for (y, line) in image.chunks_exact(self.width).enumerate() {
                    let start = (size(i, self.height) + y) * width + size(j, self.width);
                    pixels[start..start + self.width].copy_from_slice(line);
                }
            }
        }
        let side = |n: usize| u32::try_from(n).map_err(|_| format!("{n} pixels are too many"));
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, side(width)?, side(height)?);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
        writer.write_image_data(pixels.as_flattened()).map_err(|error| error.to_string())?;
        writer.finish().map_err(|error| error.to_string())?;
        Ok(bytes)
    }
}

fn value(column: &Column, row: usize) -> f64 {
    match column {
        Column::Numeric { values, .. } => values[row],
        Column::Categorical { .. } => unreachable!("pixels are numbers"),
    }
}

/// The pixels of an image with its columns as bytes.
fn colours(shape: &ImageShape, bytes: &[u8]) -> Vec<[u8; 3]> {
    let of_channel = |channel: usize| -> Vec<u8> {
        let columns = bytes.iter().enumerate();
        columns.filter(|(i, _)| shape.channel_of(*i) == channel).map(|(_, &byte)| byte).collect()
    };
    let colour = |i: usize| of_channel(if shape.channels == 1 { 0 } else { i });
    let [red, green, blue] = [0, 1, 2].map(colour);
    red.into_iter().zip(green).zip(blue).map(|((red, green), blue)| [red, green, blue]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::ClassLabels;

    /// Images of two lines of three pixels, of which row `i` has the value `scale * i` in pixel `i`.
    fn dataset(sizes: &[usize], scale: f64) -> Dataset {
        let n_columns = sizes.iter().product();
        let column = |i: usize| Column::Numeric {
            name: format!("pixel {i}"),
            values: (0..6).map(|row| if row == i { scale * row as f64 } else { 0.0 }).collect(),
        };
        let columns = (0..n_columns).map(column).collect();
        let labels = ClassLabels::of(["a", "b", "a", "a", "b", "a"]);
        Dataset::new("t", columns, labels, Some("b")).with_image(ImageShape::of_item(sizes))
    }

    #[test]
    fn the_first_images_of_each_class_are_shown_as_bytes() {
        for scale in [0.2, 51.0] {
            let sheet = ContactSheet::of(&dataset(&[2, 3], scale), 3).unwrap();
            assert_eq!((sheet.height, sheet.width), (2, 3));
            let brightest = |class: usize| -> Vec<u8> {
                let images = sheet.classes[class].1.iter();
                images.map(|image| image.iter().map(|pixel| pixel[1]).max().unwrap()).collect()
            };
            assert_eq!(sheet.classes[0].0, "a");
            assert_eq!(brightest(0), [0, 102, 153]);
            assert_eq!(brightest(1), [51, 204]);
            assert_eq!(sheet.classes[1].1[1][4], [204; 3]);
        }
        let table = dataset(&[6], 1.0);
        assert_eq!(ContactSheet::of(&table, 3), None);
    }

    #[test]
    fn colours_are_where_the_order_of_channels_says() {
        let first = ContactSheet::of(&dataset(&[3, 4, 5], 0.2), 9).unwrap();
        let last = ContactSheet::of(&dataset(&[2, 3, 3], 0.2), 9).unwrap();
        assert_eq!(first.classes[1].1[0][1], [51, 0, 0]);
        assert_eq!(last.classes[1].1[0][0], [0, 51, 0]);
    }

    #[test]
    fn a_line_of_text_is_no_longer_than_asked_and_shows_bright_and_dark() {
        let sheet = ContactSheet::of(&dataset(&[2, 3], 0.2), 4).unwrap();
        // The darkest that is seen is a tenth; a character is of both lines.
        assert_eq!(sheet.text(100, 9), "a\n       .  :      =\nb\n      -\n");
        for n_columns in [10, 14, 40] {
            let text = sheet.text(n_columns, 9);
            assert!(text.lines().all(|line| line.len() <= n_columns), "{n_columns}:\n{text}");
            assert_eq!(text.lines().count(), 4, "{text}");
        }
        assert_eq!(sheet.text(40, 1).lines().count(), 2);
    }

    #[test]
    fn a_png_has_a_line_a_class() {
        let sheet = ContactSheet::of(&dataset(&[2, 3], 0.2), 2).unwrap();
        let bytes = sheet.png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        assert_eq!((reader.info().width, reader.info().height), (12, 10));
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let pixel = |x: usize, y: usize| pixels[3 * (12 * y + x)];
        // The second image of `b` is row 4, whose pixel 4 is in the middle of its second line.
        assert_eq!([pixel(0, 0), pixel(7 + 1, 6 + 1), pixel(7, 6)], [64, 204, 0]);
    }
}

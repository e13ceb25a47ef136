//! What is shown of images: some of each class, not a line a pixel.

use std::fs;
use std::path::Path;

use data::{ContactSheet, Dataset};

use crate::exit::Failure;
use crate::words::visible;

/// Characters in a line.
const WIDTH: usize = 90;
/// Images of a class, in characters and in a picture.
const SHOWN: usize = 4;
const DRAWN: usize = 12;
/// Classes that are shown.
const SHOWN_CLASSES: usize = 10;

/// `images of 28 x 28 pixels`, and what these are.
pub(crate) fn sizes([height, width, channels]: [usize; 3]) -> String {
    let colours = match channels {
        1 => String::new(),
        n => format!(" in {n} channels"),
    };
    format!("images of {width} x {height} pixels{colours}")
}

/// The first images of each class in characters; `None` if the rows are no images.
pub(crate) fn text(dataset: &Dataset) -> Option<String> {
    let mut sheet = ContactSheet::of(dataset, SHOWN)?;
    sheet.classes.iter_mut().for_each(|(class, _)| *class = visible(class));
    let text = sheet.text(WIDTH, SHOWN_CLASSES);
    let left = sheet.classes.len().saturating_sub(SHOWN_CLASSES);
    let more = if left == 0 { String::new() } else { format!("… and {left} more classes\n") };
    Some(text + &more)
}

/// Writes them to a PNG file.
pub(crate) fn write(dataset: &Dataset, file: &Path) -> Result<(), Failure> {
    let refused = |why: &str| Failure::Usage(format!("cannot write {}: {why}", file.display()));
    let sheet = ContactSheet::of(dataset, DRAWN);
    let sheet = sheet.ok_or_else(|| refused("--write is for images, and these rows are none"))?;
    let bytes = sheet.png().map_err(|why| refused(&why))?;
    fs::write(file, bytes).map_err(|error| refused(&error.to_string()))
}

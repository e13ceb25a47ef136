//! A folder of images: one sub-folder a class, with PNG files in it.
//!
//! ```text
//! folder/cat/1.png  folder/cat/2.png  folder/dog/1.png
//! ```
//!
//! A row an image, in the byte order of the classes and then of the files; a column a pixel, from 0
//! to 1, line by line; of colour images red, green and blue of a pixel follow each other. Grey
//! images of 1 to 16 bits have one channel, colour images and such with a palette three; what is
//! transparent is read as if it were not. All images have the same size and number of channels,
//! unless a size is asked for, to which those of another size are brought by a triangle filter
//! (linear interpolation, averaged over more pixels where an image shrinks).
//!
//! Files whose names begin with a dot, and files beside the sub-folders, are left alone; anything in
//! a sub-folder that is no PNG file is refused.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Seek};
use std::path::{Path, PathBuf};

use png::{BitDepth, ColorType, Decoder, Limits, Transformations};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::column::Column;
use crate::error::DataError;
use crate::formats::bounds::{Bound, MAX_COLUMNS, at_most};
use crate::formats::frame::Frame;
use crate::formats::picture::{Image, Picture};

pub(crate) mod triangle;

/// A folder of images.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImageFolderFormat {
    /// Width and height to which all images are brought; without it they must be equal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<[u32; 2]>,
}

/// Pixels of one image: 4096 by 4096. A small file can hold any number of them.
const MAX_PIXELS: u64 = 1 << 24;

/// What decoding one may take beside its pixels: a line of any image within the bound above, twice.
const MAX_BYTES: usize = 1 << 29;

/// Reads the images of all classes: columns `pixel 0`, `pixel 1`, ... and, last, `label`. `size` is
/// the width and the height to which they are brought.
pub(crate) fn read(folder: &Path, size: Option<[u32; 2]>) -> Result<Frame, DataError> {
    let folders: Vec<_> = entries(folder)?.into_iter().filter(|(_, path)| path.is_dir()).collect();
    if folders.is_empty() {
        return Err(failed(folder)("a folder is read as images, each sub-folder a class, and it has none; of a table, name the file".to_owned()));
    }
    if let Some([width, height]) = size {
        let pixels = u64::from(width) * u64::from(height);
        if !(1..=MAX_PIXELS).contains(&pixels) {
            let message = format!("{width} x {height} pixels are asked for, not 1 to {MAX_PIXELS}");
            return Err(failed(folder)(message));
        }
    }
    let mut first: Option<(PathBuf, Image)> = None;
    let mut values: Vec<u16> = Vec::new();
    let mut labels: Vec<Option<&str>> = Vec::new();
    let mut n_bytes = 0;
    for (class, folder) in &folders {
        let files = entries(folder)?;
        if files.is_empty() {
            return Err(failed(folder)("no image is in the folder of this class".to_owned()));
        }
        for (_, path) in files {
            let image = decode(&path, size, MAX_COLUMNS).map_err(failed(&path))?;
            if let Some((other, first)) = &first {
                same(&image, first, other).map_err(failed(&path))?;
            }
            n_bytes += fs::metadata(&path).map_or(0, |metadata| metadata.len() as usize);
            values.extend(&image.values);
            Bound::of(n_bytes).check(values.len(), image.values.len()).map_err(failed(&path))?;
            labels.push(Some(class));
            first.get_or_insert((path, image));
        }
    }
    let first = first.map(|(_, image)| image);
    let n_values = first.as_ref().map_or(0, |image| image.values.len());
    let column = |i: usize| Column::Numeric {
        name: format!("pixel {i}"),
        values: values[i..].iter().step_by(n_values).map(|&x| f64::from(x) / 65_535.0).collect(),
    };
    let mut columns: Vec<Column> = (0..n_values).into_par_iter().map(column).collect();
    columns.push(Column::from_texts("label".to_owned(), labels));
    Ok(Frame::new(columns, Some(n_values)).with_image(first.map(|image| image.shape())))
}

fn failed(path: &Path) -> impl Fn(String) -> DataError {
    move |message| DataError::Binary { file: path.display().to_string(), message }
}

/// What is in a folder, in the byte order of the names.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, DataError> {
    let unreadable = |error: std::io::Error| failed(folder)(format!("it cannot be read ({error})"));
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| failed(&path)("the name is not Unicode".to_owned()))?;
        if !name.starts_with('.') {
            entries.push((name.to_owned(), path));
        }
    }
    entries.sort_unstable();
    Ok(entries)
}

/// The PNG files that lie in a folder, by name, each of its own size; other files are left alone.
pub(crate) fn pictures(folder: &Path) -> Result<Vec<Picture>, DataError> {
    let is_png = |path: &Path| {
        path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png"))
    };
    let files: Vec<_> = entries(folder)?.into_iter().filter(|(_, path)| is_png(path)).collect();
    if files.is_empty() {
        return Err(failed(folder)("no PNG file is in this folder".to_owned()));
    }
    let read = |(name, path): (String, PathBuf)| {
        let image = decode(&path, None, usize::MAX).map_err(failed(&path))?;
        Ok(Picture { name, image })
    };
    files.into_par_iter().map(read).collect()
}

/// `most`: values of an image.
fn decode(path: &Path, size: Option<[u32; 2]>, most: usize) -> Result<Image, String> {
    // A named pipe would keep the reader waiting.
    if !path.is_file() {
        return Err("it is no file; an image is expected here".to_owned());
    }
    if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png")) {
        return Err("it is no PNG file, the only format that is read".to_owned());
    }
    let file = File::open(path).map_err(|error| format!("it cannot be read ({error})"))?;
    decoded(BufReader::new(file), size, most)
}

/// A PNG image.
pub(crate) fn decoded(
    file: impl BufRead + Seek,
    size: Option<[u32; 2]>,
    most: usize,
) -> Result<Image, String> {
    let no_png = |error: png::DecodingError| format!("this is no PNG image ({error})");
    let mut decoder = Decoder::new_with_limits(file, Limits { bytes: MAX_BYTES });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    // Palettes become colours, and fewer bits than eight become eight.
    decoder.set_transformations(Transformations::EXPAND);
    let header = decoder.read_header_info().map_err(no_png)?;
    let old_size = [header.width, header.height];
    let [width, height] = old_size;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(format!(
            "{width} x {height} pixels are more than the {MAX_PIXELS} that are read"
        ));
    }
    let mut reader = decoder.read_info().map_err(no_png)?;
    let (colour, depth) = reader.output_color_type();
    let channels = if matches!(colour, ColorType::Rgb | ColorType::Rgba) { 3 } else { 1 };
    let size = size.unwrap_or(old_size);
    let [old_size, new_size] = [old_size, size].map(|size| size.map(|n| n as usize));
    at_most(new_size[0] * new_size[1] * channels, most, "values an image")?;
    let n_bytes = reader.output_buffer_size().ok_or("it does not fit into memory")?;
    let mut bytes = vec![0; n_bytes];
    reader.next_frame(&mut bytes).map_err(no_png)?;
    let values: Vec<u16> = if depth == BitDepth::Sixteen {
        let (pairs, _) = bytes.as_chunks();
        opaque(pairs, colour.samples(), channels).map(u16::from_be_bytes).collect()
    } else {
        opaque(&bytes, colour.samples(), channels).map(|x| u16::from(x) * 257).collect()
    };
    let values = if old_size == new_size {
        values
    } else {
        triangle::resize(&values, channels, old_size, new_size)
    };
    Ok(Image { size, channels, values })
}

/// The values of each pixel without its transparency, which comes after the `channels` that count.
fn opaque<T: Copy>(values: &[T], samples: usize, channels: usize) -> impl Iterator<Item = T> {
    values.chunks_exact(samples).flat_map(move |pixel| &pixel[..channels]).copied()
}

/// Refuses an image that is not like the first.
fn same(image: &Image, first: &Image, other: &Path) -> Result<(), String> {
    let other = other.display();
    let colour = |image: &Image| if image.channels == 1 { "grey" } else { "in colour" };
    if image.channels != first.channels {
        return Err(format!("it is {}, but {other} is {}", colour(image), colour(first)));
    }
    if image.size != first.size {
        let ([width, height], [other_width, other_height]) = (image.size, first.size);
        return Err(format!(
            "it has {width} x {height} pixels, but {other} has {other_width} x {other_height}: all \
             need one size, or one to which they are resized"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;

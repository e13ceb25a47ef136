//! A picture of embeddings: the rows of the test part in the plane in which they differ most, by class.
//!
//! ```text
//! embeddings  a dot a row, in the colour of its class; the name of a class at the mean of its rows; classes by training rows
//! ```

use std::path::{Path, PathBuf};

use evaluation::retrieval::{Embedded, Principal};

use crate::atomic;
use crate::error::ReportError;
use crate::figures::canvas::{Anchor, Canvas, MARGIN, Place, fitting};

/// Side of the plane.
const SIDE: f64 = 460.0;
/// Where it begins.
const TOP_LEFT: Place = (MARGIN + 18.0, 34.0);
/// Rows of a class that are drawn: of a large one more would be a blot.
const ROWS: usize = 150;
/// Classes that the key names.
const CLASSES: usize = 24;
/// Room for a name in the key.
const NAME: f64 = 150.0;
/// Colours, of which classes take the next each; names tell those apart that have one in common.
const COLOURS: usize = 10;

const STYLE: &str = ".c0{fill:#2f8fe6}.c1{fill:#f08a24}.c2{fill:#2b8a57}.c3{fill:#c2407c}.c4{fill:#7a5bd0}.c5{fill:#8a6d1d}\
.c6{fill:#12a3b0}.c7{fill:#d64541}.c8{fill:#585c63}.c9{fill:#94b81f}circle{fill-opacity:.62}\
.plane{fill:none;stroke:#e2e3e5}.named{font-size:11px;paint-order:stroke;stroke:#fff;stroke-width:3}";

/// Embeddings of a test part.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedPart<'a> {
    /// What made them.
    pub method: &'a str,
    /// The embeddings and their classes.
    pub items: Embedded<'a>,
    /// Names of the classes.
    pub classes: &'a [String],
    /// Training rows of each.
    pub train_counts: &'a [u32],
}

/// Writes the picture into `folder`, which is created if it is not there: its file; `None` where embeddings have no plane.
///
/// # Errors
/// If it cannot be written.
pub fn write_embedded(
    folder: &Path,
    part: &EmbeddedPart<'_>,
) -> Result<Option<PathBuf>, ReportError> {
    let Some(svg) = figure(part) else { return Ok(None) };
    atomic::create_folder(folder)?;
    atomic::write(folder, "embeddings.svg", svg.as_bytes())?;
    Ok(Some(folder.join("embeddings.svg")))
}

/// The same as PNG.
///
/// # Errors
/// If it cannot be painted or written.
#[cfg(feature = "png")]
pub fn paint_embedded(
    folder: &Path,
    part: &EmbeddedPart<'_>,
) -> Result<Option<PathBuf>, ReportError> {
    let Some(svg) = figure(part) else { return Ok(None) };
    let path = folder.join("embeddings.png");
    let painter = crate::figures::png::Painter::new();
    let picture = painter
        .paint(&svg)
        .map_err(|reason| ReportError::Picture { path: path.clone(), reason })?;
    atomic::write(folder, "embeddings.png", &picture)?;
    Ok(Some(path))
}

fn figure(part: &EmbeddedPart<'_>) -> Option<String> {
    let principal = Principal::of(part.items)?;
    let title = format!("{}: embeddings of the test part", part.method);
    let mut canvas = Canvas::styled(STYLE);
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, &title);
    canvas.rectangle("plane", TOP_LEFT, SIDE, SIDE);
    let [across, up] = [0, 1].map(|axis| extent(principal.places.iter().map(|place| place[axis])));
    let scale = 0.94 * SIDE / across.1.max(up.1).max(f64::MIN_POSITIVE);
    let (left, top) = TOP_LEFT;
    let at = |[x, y]: [f64; 2]| {
        (left + 0.5 * SIDE + scale * (x - across.0), top + 0.5 * SIDE - scale * (y - up.0))
    };
    let classes = by_training_rows(part);
    let mut drawn = 0;
    for (number, &class) in classes.iter().enumerate() {
        let colour = format!("c{}", number % COLOURS);
        for place in of_class(part, &principal, class).take(ROWS) {
            canvas.circle(&colour, at(place), 2.3);
            drawn += 1;
        }
    }
    for (number, &class) in classes.iter().enumerate() {
        let (mut sum, mut n) = ([0.0; 2], 0.0);
        for [x, y] in of_class(part, &principal, class) {
            sum = [sum[0] + x, sum[1] + y];
            n += 1.0;
        }
        let (x, y) = at(sum.map(|sum| sum / n));
        let name = fitting(&part.classes[class], NAME);
        canvas.text(&format!("named c{}", number % COLOURS), (x, y + 4.0), Anchor::Middle, name);
    }
    let [first, second] = principal.shares.map(|share| (100.0 * share).round());
    let below = top + SIDE + 18.0;
    let axes = format!("across: {first} % of the variance; up: {second} %");
    canvas.text("muted", (left, below), Anchor::Start, axes);
    key(&mut canvas, part, &classes);
    let n_rows = part.items.targets.len();
    canvas.note(&format!(
        "The first two principal components of {n_rows} embeddings of {} {}{}. What lies apart here lies apart; what lies \
         together may not.",
        classes.len(),
        if classes.len() == 1 { "class" } else { "classes" },
        if drawn < n_rows { format!(", of each class the first {ROWS} at most") } else { String::new() },
    ));
    Some(canvas.finished(&title))
}

/// The middle and the width of what `values` cover.
fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (least, most) = values
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), x| (least.min(x), most.max(x)));
    (f64::midpoint(least, most), most - least)
}

/// The places of the rows of a class.
fn of_class<'a>(
    part: &'a EmbeddedPart<'_>,
    principal: &'a Principal,
    class: usize,
) -> impl Iterator<Item = [f64; 2]> + 'a {
    let rows = principal.places.iter().zip(part.items.targets);
    rows.filter(move |(_, target)| **target as usize == class).map(|(place, _)| *place)
}

/// The classes that the part has rows of, those with most training rows first.
fn by_training_rows(part: &EmbeddedPart<'_>) -> Vec<usize> {
    let is_there = |class: &usize| part.items.targets.iter().any(|&t| t as usize == *class);
    let mut classes: Vec<usize> = (0..part.classes.len()).filter(is_there).collect();
    classes.sort_by_key(|&class| std::cmp::Reverse(part.train_counts.get(class).copied()));
    classes
}

/// Colour, name and training rows of each class.
fn key(canvas: &mut Canvas, part: &EmbeddedPart<'_>, classes: &[usize]) {
    let (x, mut y) = (TOP_LEFT.0 + SIDE + 18.0, TOP_LEFT.1 + 10.0);
    canvas.text("muted", (x, y), Anchor::Start, "class, training rows");
    for (number, &class) in classes.iter().take(CLASSES).enumerate() {
        y += 18.0;
        let count = part.train_counts.get(class).copied().unwrap_or(0);
        let name = fitting(&part.classes[class], NAME);
        canvas.circle(&format!("c{}", number % COLOURS), (x + 5.0, y - 4.0), 4.5);
        canvas.text("", (x + 16.0, y), Anchor::Start, format!("{name}, {count}"));
    }
    if CLASSES < classes.len() {
        let more = format!("and {} more", classes.len() - CLASSES);
        canvas.text("muted", (x + 16.0, y + 18.0), Anchor::Start, more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(embeddings: &[f64], targets: &[u32]) -> Option<String> {
        let classes = ["<many>", "few", "absent"].map(str::to_owned);
        figure(&EmbeddedPart {
            method: "triplet",
            items: Embedded { embeddings, width: 2, targets },
            classes: &classes,
            train_counts: &[3, 40, 7],
        })
    }

    fn circles(svg: &str, colour: &str) -> usize {
        svg.matches(&format!("<circle class=\"{colour}\"")).count()
    }

    #[test]
    fn a_row_is_a_dot_of_its_class_and_a_class_is_named_where_its_rows_are() {
        let svg = drawn(&[1.0, 0.0, 0.0, 1.0, -1.0, 0.0], &[0, 1, 1]).unwrap();
        // The class of most training rows comes first; each has a dot more in the key, and one without test rows none.
        assert_eq!(["c0", "c1", "c2"].map(|colour| circles(&svg, colour)), [3, 2, 0]);
        assert!(svg.contains("few, 40") && svg.contains("&lt;many&gt;, 3"), "{svg}");
        assert!(!svg.contains("absent"), "{svg}");
        assert_eq!(svg.matches("class=\"named ").count(), 2);
        assert!(svg.contains("3 embeddings of 2 classes. What"), "{svg}");
    }

    #[test]
    fn of_a_large_class_some_rows_are_drawn_and_it_is_said() {
        let n = ROWS + 10;
        let embeddings: Vec<f64> = (0..n).flat_map(|i| [i as f64, (i % 7) as f64]).collect();
        let svg = drawn(&embeddings, &vec![1; n]).unwrap();
        assert_eq!(circles(&svg, "c0"), ROWS + 1);
        assert!(svg.contains("160 embeddings of 1 class, of each class the first 150"), "{svg}");
    }

    #[test]
    fn one_point_for_all_is_not_drawn() {
        assert_eq!(drawn(&[0.6, 0.8, 0.6, 0.8], &[0, 1]), None);
    }
}

//! Pictures of a detector: which proposals of an image it learnt from, and what it found in one.
//!
//! ```text
//! learnt-IMAGE  objects; the proposals that counted in the last epoch, those of an object and those of none apart
//! found-IMAGE   objects; of n that are to be found the n surest detections, right, wrong or of what is not asked for
//! ```
//!
//! Of each part the first images that have objects to be found there are drawn. As many detections are shown as there are objects:
//! at that number precision and recall are the same.

use std::path::{Path, PathBuf};

use boxes::{BoundingBox, Object, Standing};
use evaluation::detection::{Detection, voc};

use crate::atomic;
use crate::error::ReportError;
use crate::figures::canvas::{Anchor, Canvas, MARGIN, Place};

/// Longer side of an image in a figure.
const SIDE: f64 = 460.0;
/// Images of a part that are drawn.
const IMAGES: usize = 3;
/// Overlap from which on a detection is right.
const OVERLAP: f64 = 0.5;

const STYLE: &str = ".ground{fill:#f0f0ee}.case{fill:none;stroke:#fff;stroke-width:3.4;stroke-opacity:.9}\
.object{fill:none;stroke:#1a1c1f;stroke-width:1.6}.unasked{fill:none;stroke:#1a1c1f;stroke-width:1.2;stroke-dasharray:2 3}\
.of-object{fill:none;stroke:#2f8fe6;stroke-width:1.4}.of-none{fill:none;stroke:#f08a24;stroke-width:1;stroke-opacity:.85}\
.right{fill:none;stroke:#2f8fe6;stroke-width:2}.wrong{fill:none;stroke:#f08a24;stroke-width:2}\
.left-out{fill:none;stroke:#a3a7ad;stroke-width:1.4}\
.named{font-size:10px;paint-order:stroke;stroke:#fff;stroke-width:2.4}";

/// What a trial learnt from, and what it found.
#[derive(Clone, Copy, Debug)]
pub struct Detected<'a> {
    /// What chose the proposals, and what they were learnt by.
    pub method: &'a str,
    /// Names of the classes of objects.
    pub classes: &'a [String],
    /// The images, by their numbers.
    pub images: &'a [Sought<'a>],
    /// The proposals that are learnt from: the image, where in it, whether it is of an object, and how much it counted in the last
    /// epoch.
    pub learnt: &'a [(u32, BoundingBox, bool, f32)],
    /// The objects of the images of the training part.
    pub learnt_objects: &'a [Object],
    /// Those of the images of the test part.
    pub objects: &'a [Object],
    /// What was found there.
    pub found: &'a [Detection],
}

/// An image in which objects are to be found.
#[derive(Clone, Debug)]
pub struct Sought<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Width and height in pixels.
    pub size: (f64, f64),
    /// What is to be seen in it, if anybody knows and the image is one of [`drawn_images`].
    pub ground: Option<Ground>,
}

/// A picture as a PNG file.
#[derive(Clone, Debug)]
pub struct Ground(pub Vec<u8>);

/// Writes the pictures into `folder`, which is created if it is not there; the files.
///
/// # Errors
/// If one cannot be written.
pub fn write_detected(folder: &Path, detected: &Detected<'_>) -> Result<Vec<PathBuf>, ReportError> {
    atomic::create_folder(folder)?;
    let write = |(name, figure): (String, Figure<'_>)| {
        let file = format!("{name}.svg");
        atomic::write(folder, &file, figure.svg.as_bytes())?;
        Ok(folder.join(file))
    };
    figures(detected).into_iter().map(write).collect()
}

/// The same as PNG.
///
/// # Errors
/// If one cannot be painted or written.
#[cfg(feature = "png")]
pub fn paint_detected(folder: &Path, detected: &Detected<'_>) -> Result<Vec<PathBuf>, ReportError> {
    let painter = crate::figures::png::Painter::new();
    let paint = |(name, figure): (String, Figure<'_>)| {
        let file = format!("{name}.png");
        let path = folder.join(&file);
        let beneath = figure.ground.map(|ground| (&ground.0[..], TOP_LEFT, figure.scale));
        let picture = painter
            .paint_on(&figure.svg, beneath)
            .map_err(|reason| ReportError::Picture { path: path.clone(), reason })?;
        atomic::write(folder, &file, &picture)?;
        Ok(path)
    };
    figures(detected).into_iter().map(paint).collect()
}

/// Where images begin.
const TOP_LEFT: Place = (MARGIN, 34.0);

/// A picture, and what lies beneath it.
struct Figure<'a> {
    svg: String,
    #[cfg_attr(not(feature = "png"), expect(dead_code, reason = "nothing is painted"))]
    ground: Option<&'a Ground>,
    #[cfg_attr(not(feature = "png"), expect(dead_code, reason = "nothing is painted"))]
    scale: f64,
}

/// The images of a part with these objects that are drawn: the first in which some are to be found.
pub fn drawn_images(objects: &[Object]) -> Vec<u32> {
    let counts = |object: &&Object| object.standing == Standing::Counts;
    let mut images: Vec<u32> = objects.iter().filter(counts).map(|o| o.image).collect();
    images.sort_unstable();
    images.dedup();
    images.truncate(IMAGES);
    images
}

/// All pictures, by the names of their files.
fn figures<'a>(detected: &Detected<'a>) -> Vec<(String, Figure<'a>)> {
    let learnt = drawn_images(detected.learnt_objects).into_iter().map(|image| {
        (format!("learnt-{}", detected.file_name(image)), detected.learnt_from(image))
    });
    let found = drawn_images(detected.objects)
        .into_iter()
        .map(|image| (format!("found-{}", detected.file_name(image)), detected.found_in(image)));
    learnt.chain(found).collect()
}

impl<'a> Detected<'a> {
    fn sought(&self, image: u32) -> &'a Sought<'a> {
        &self.images[image as usize]
    }

    /// The name of an image as a part of that of a file.
    fn file_name(&self, image: u32) -> String {
        let name = self.sought(image).name;
        let name = name.strip_suffix(".png").unwrap_or(name);
        let usable = |letter: char| {
            if letter.is_alphanumeric() || "-_.".contains(letter) { letter } else { '-' }
        };
        // Two images may be called alike but for what is not usable.
        format!("{image}-{}", name.chars().map(usable).collect::<String>())
    }

    fn learnt_from(&self, image: u32) -> Figure<'a> {
        let of_image: Vec<_> = self.learnt.iter().filter(|learnt| learnt.0 == image).collect();
        let counted = |is_of_object: bool| {
            let counted = of_image.iter().filter(move |l| l.2 == is_of_object && l.3 != 0.0);
            counted.map(|learnt| learnt.1).collect::<Vec<BoundingBox>>()
        };
        let (of_object, of_none) = (counted(true), counted(false));
        let title = format!("{}: learnt from in {}", self.method, self.sought(image).name);
        let mut drawn = Drawn::new(self.sought(image), &title);
        drawn.boxes("of-none", &of_none);
        drawn.boxes("of-object", &of_object);
        let n_objects = drawn.objects(self.learnt_objects, image);
        drawn.key("object", &format!("an object ({n_objects})"));
        drawn.key("of-object", &format!("a proposal of one that counted ({})", of_object.len()));
        drawn.key("of-none", &format!("background that counted ({})", of_none.len()));
        drawn.finished(
            &title,
            &format!(
                "The {} of {} proposals of the training part in this image that counted in the last epoch.",
                of_object.len() + of_none.len(),
                of_image.len()
            ),
        )
    }

    fn found_in(&self, image: u32) -> Figure<'a> {
        let objects: Vec<Object> =
            self.objects.iter().filter(|object| object.image == image).copied().collect();
        let of_image: Vec<Detection> =
            self.found.iter().filter(|found| found.image == image).copied().collect();
        let mut verdicts: Vec<(&Detection, Option<bool>)> = (0..self.classes.len() as u32)
            .flat_map(|class| voc::each(&of_image, &objects, class, OVERLAP))
            .collect();
        verdicts.sort_by(|a, b| b.0.score.total_cmp(&a.0.score));
        let n_asked = objects.iter().filter(|o| o.standing == Standing::Counts).count();
        let less_sure = verdicts.split_off(n_asked.min(verdicts.len()));
        let n_right = less_sure.iter().filter(|(_, right)| *right == Some(true)).count();
        let title = format!("{}: found in {}", self.method, self.sought(image).name);
        let mut drawn = Drawn::new(self.sought(image), &title);
        drawn.objects(&objects, image);
        let kinds = [
            (None, "left-out", "of what is not asked for"),
            (Some(false), "wrong", "a wrong detection"),
            (Some(true), "right", "a right detection"),
        ];
        drawn.key("object", &format!("an object to be found ({n_asked})"));
        for (kind, class, what) in kinds {
            let of_kind: Vec<&Detection> =
                verdicts.iter().filter(|(_, right)| *right == kind).map(|(d, _)| *d).collect();
            let bounds: Vec<BoundingBox> = of_kind.iter().map(|found| found.bounds).collect();
            drawn.boxes(class, &bounds);
            if kind.is_some() || !of_kind.is_empty() {
                drawn.key(class, &format!("{what} ({})", of_kind.len()));
            }
        }
        if 1 < self.classes.len() {
            let named = |class: u32| self.classes[class as usize].as_str();
            for object in objects.iter().filter(|o| o.standing == Standing::Counts) {
                drawn.name(&object.bounds, named(object.class), Edge::Under);
            }
            for (found, _) in &verdicts {
                drawn.name(&found.bounds, named(found.class), Edge::Above);
            }
        }
        drawn.finished(
            &title,
            &format!(
                "The surest detections of the best epoch, as many as there are objects to be found; right from an overlap of \
                 {OVERLAP} on. Not drawn: {} less sure, {n_right} of them right.{}",
                less_sure.len(),
                if 1 < self.classes.len() { " Detections are named above, objects below." } else { "" }
            ),
        )
    }
}

/// Which edge of a box a name stands at.
#[derive(Clone, Copy)]
enum Edge {
    Above,
    Under,
}

/// An image that is being drawn on.
struct Drawn<'a> {
    canvas: Canvas,
    sought: &'a Sought<'a>,
    /// Units to a pixel.
    scale: f64,
    /// The next line of the key.
    below: f64,
}

impl<'a> Drawn<'a> {
    fn new(sought: &'a Sought<'a>, title: &str) -> Self {
        let (width, height) = sought.size;
        let scale = SIDE / width.max(height).max(1.0);
        let mut canvas = Canvas::styled(STYLE);
        canvas.text("title", (MARGIN, 22.0), Anchor::Start, title);
        match &sought.ground {
            Some(ground) => canvas.picture(&ground.0, TOP_LEFT, scale * width, scale * height),
            None => canvas.rectangle("ground", TOP_LEFT, scale * width, scale * height),
        }
        let below = TOP_LEFT.1 + scale * height + 20.0;
        Drawn { canvas, sought, scale, below }
    }

    fn boxes(&mut self, class: &str, bounds: &[BoundingBox]) {
        for bounds in bounds {
            let place = self.place(bounds.x1, bounds.y1);
            let (width, height) = (self.scale * bounds.width(), self.scale * bounds.height());
            self.canvas.rectangle(class, place, width, height);
        }
    }

    /// The objects of an image, on white, those that are not asked for with dots; how many are.
    fn objects(&mut self, objects: &[Object], image: u32) -> usize {
        let of = |asked: bool| -> Vec<BoundingBox> {
            let of_image = objects.iter().filter(|object| object.image == image);
            let of = of_image.filter(|object| (object.standing == Standing::Counts) == asked);
            of.map(|object| object.bounds).collect()
        };
        let (asked, unasked) = (of(true), of(false));
        self.boxes("case", &asked);
        self.boxes("object", &asked);
        self.boxes("unasked", &unasked);
        asked.len()
    }

    fn name(&mut self, bounds: &BoundingBox, name: &str, edge: Edge) {
        let (y, shift) = match edge {
            Edge::Above => (bounds.y1, -3.0),
            Edge::Under => (bounds.y2, 12.0),
        };
        let (x, y) = self.place(bounds.x1, y);
        self.canvas.text("named", (x, y + shift), Anchor::Start, name);
    }

    fn place(&self, x: f64, y: f64) -> Place {
        (TOP_LEFT.0 + self.scale * x, TOP_LEFT.1 + self.scale * y)
    }

    fn key(&mut self, class: &str, text: &str) {
        self.canvas.rectangle(class, (MARGIN + 2.0, self.below - 10.0), 16.0, 11.0);
        self.canvas.text("", (MARGIN + 26.0, self.below), Anchor::Start, text);
        self.below += 18.0;
    }

    fn finished(mut self, title: &str, note: &str) -> Figure<'a> {
        self.canvas.note(note);
        Figure {
            svg: self.canvas.finished(title),
            ground: self.sought.ground.as_ref(),
            scale: self.scale,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64) -> BoundingBox {
        BoundingBox::of_size([x, 4.0, 10.0, 10.0])
    }

    fn object(image: u32, x: f64, standing: Standing) -> Object {
        Object { image, class: 0, bounds: at(x), standing }
    }

    fn number_of(svg: &str, class: &str) -> usize {
        svg.matches(&format!("<rect class=\"{class}\"")).count()
    }

    fn drawn(ground: Option<&Ground>) -> Vec<(String, String)> {
        let sought = |name| Sought { name, size: (100.0, 50.0), ground: ground.cloned() };
        let images = [sought("a/b.png"), sought("c")];
        let learnt = [
            (0, at(0.0), true, 0.5),
            (0, at(20.0), false, 0.1),
            (0, at(40.0), false, 0.0),
            (1, at(0.0), true, 1.0),
        ];
        let found = [
            Detection { image: 1, class: 0, bounds: at(1.0), score: 0.9 },
            Detection { image: 1, class: 0, bounds: at(60.0), score: 0.8 },
            Detection { image: 1, class: 0, bounds: at(70.0), score: 0.7 },
            Detection { image: 1, class: 0, bounds: at(21.0), score: 0.1 },
        ];
        let objects = [
            object(1, 0.0, Standing::Counts),
            object(1, 20.0, Standing::Counts),
            object(1, 60.0, Standing::Difficult),
            object(1, 85.0, Standing::Counts),
        ];
        let detected = Detected {
            method: "ohem",
            classes: &["tree".to_owned()],
            images: &images,
            learnt: &learnt,
            learnt_objects: &[object(0, 1.0, Standing::Counts)],
            objects: &objects,
            found: &found,
        };
        figures(&detected).into_iter().map(|(name, figure)| (name, figure.svg)).collect()
    }

    #[test]
    fn what_counted_is_drawn_and_the_surest_detections_with_their_verdicts() {
        let figures = drawn(None);
        let names: Vec<&str> = figures.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["learnt-0-a-b", "found-1-c"]);
        let [(_, learnt), (_, found)] = &figures[..] else { panic!() };
        // Each has one more in the key.
        assert_eq!([number_of(learnt, "of-object"), number_of(learnt, "of-none")], [2, 2]);
        assert!(learnt.contains("The 2 of 3 proposals"), "{learnt}");
        // Of three objects that are asked for the three surest: right, not asked for, wrong.
        let kinds = ["right", "wrong", "left-out", "unasked"];
        assert_eq!(kinds.map(|kind| number_of(found, kind)), [2, 2, 2, 1]);
        assert!(found.contains("an object to be found (3)"), "{found}");
        // Lines end where there is no room.
        assert!(found.contains("Not drawn: 1 less sure, 1"), "{found}");
        assert!(!found.contains("<image") && number_of(found, "ground") == 1);
    }

    #[test]
    fn a_picture_lies_beneath_what_is_drawn_on_it() {
        let (_, svg) = &drawn(Some(&Ground(vec![1, 2, 3])))[0];
        let picture = svg.find("href=\"data:image/png;base64,AQID\"").unwrap();
        assert!(picture < svg.find("<rect class=\"of-none\"").unwrap());
        assert_eq!(number_of(svg, "ground"), 0);
    }
}

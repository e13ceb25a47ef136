//! COCO's rule: a detection takes, of the objects that are still free, the one that it overlaps most.
//!
//! ```text
//! image by image, the 100 best detections of the class, from the best score on:
//!   J        = objects that count, are free and have o ≥ overlap; if there are none, those that do not count
//!   right    if J has objects that count: the one of the largest o (of equals, the last) is no longer free
//!   left out if J has others alone; a crowd stays free
//!   wrong    if J is empty
//! ```
//!
//! - `o`: IoU; of a crowd, the share of the detection within it
//! - the published figure is the mean over [`OVERLAPS`], with 101 levels of recall
//!
//! Source: Lin, Maire, Belongie, Hays, Perona, Ramanan, Dollár, Zitnick, *Microsoft COCO: Common Objects in Context*, ECCV
//! 2014, and pycocotools' `COCOeval` (`bbox`, area `all`).
//! Differs: objects that are difficult do not count here; pycocotools knows crowds alone.
//! Trap: a detection with a negative area, one of whose second edges lies before its first, is left out by pycocotools, and
//! so it is here.

use boxes::{Object, Standing};

use crate::detection::places::{Places, best_first};
use crate::detection::{Detection, Judged, Verdict};

/// The overlaps that a mean is taken over, 0.5 to 0.95, in the bits of `numpy.linspace(.5, .95, 10)`.
pub const OVERLAPS: [f64; 10] =
    [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.899_999_999_999_999_9, 0.95];

/// Detections of a class that count in one image.
const MOST: usize = 100;

/// What the detections of `class` are at each of `overlaps`.
pub fn judge(
    detections: &[Detection],
    objects: &[Object],
    class: u32,
    overlaps: &[f64],
) -> Vec<Judged> {
    let places = Places::of(objects, class);
    let counts = |object: &&&Object| object.standing == Standing::Counts;
    let n_objects = places.objects().iter().filter(counts).count();
    let ranked = best_first(detections, class);
    let mut by_image: Vec<usize> = (0..ranked.len()).collect();
    by_image.sort_by_key(|&rank| ranked[rank].image);

    // Of each detection at each overlap, in the order of `ranked`: `None` if it is left out.
    let mut found = vec![vec![None; ranked.len()]; overlaps.len()];
    for ranks in by_image.chunk_by(|&a, &b| ranked[a].image == ranked[b].image) {
        let ranks = &ranks[..ranks.len().min(MOST)];
        let image = Image::new(ranks.iter().map(|&rank| ranked[rank]), &places);
        for (found, &overlap) in found.iter_mut().zip(overlaps) {
            let verdicts = image.verdicts(overlap);
            ranks.iter().zip(verdicts).for_each(|(&rank, verdict)| found[rank] = verdict);
        }
    }
    let judged = |found: Vec<Option<bool>>| {
        let verdicts = found.into_iter().zip(&ranked);
        let verdict = |(right, d): (Option<bool>, &&Detection)| {
            Some(Verdict { score: d.score, right: right? })
        };
        Judged { verdicts: verdicts.filter_map(verdict).collect(), n_objects }
    };
    found.into_iter().map(judged).collect()
}

/// The detections and the objects of one image.
struct Image<'a> {
    /// Those that count first.
    objects: Vec<&'a Object>,
    /// Of each detection with each object.
    shared: Vec<Vec<f64>>,
    /// Whether a detection is left out where it takes nothing.
    inverted: Vec<bool>,
}

impl<'a> Image<'a> {
    fn new<'d>(
        detections: impl Iterator<Item = &'d Detection> + Clone,
        places: &Places<'a>,
    ) -> Self {
        let image = detections.clone().next().map_or(0, |detection| detection.image);
        let mut objects = places.of_image(image).1.to_vec();
        objects.sort_by_key(|object| object.standing != Standing::Counts);
        let shared = |d: &Detection| objects.iter().map(|o| o.overlap(&d.bounds)).collect();
        let is_inverted = |d: &Detection| d.bounds.width() * d.bounds.height() < 0.0;
        Image {
            shared: detections.clone().map(shared).collect(),
            inverted: detections.map(is_inverted).collect(),
            objects,
        }
    }

    /// Whether each detection is right; `None` if it is left out.
    fn verdicts(&self, overlap: f64) -> Vec<Option<bool>> {
        let mut is_taken = vec![false; self.objects.len()];
        let detections = self.shared.iter().zip(&self.inverted);
        let verdict = |(shared, &inverted): (&Vec<f64>, &bool)| match self
            .takes(shared, overlap, &is_taken)
        {
            Some(j) => {
                is_taken[j] = true;
                (self.objects[j].standing == Standing::Counts).then_some(true)
            }
            None => (!inverted).then_some(false),
        };
        detections.map(verdict).collect()
    }

    /// The object that a detection takes, if one is free.
    fn takes(&self, shared: &[f64], overlap: f64, is_taken: &[bool]) -> Option<usize> {
        // As published: an overlap of 1 is to be reached in spite of rounding.
        let mut largest = overlap.min(1.0 - 1e-10);
        let mut best: Option<usize> = None;
        for (j, (object, &shared)) in self.objects.iter().zip(shared).enumerate() {
            let counts = object.standing == Standing::Counts;
            if !counts && best.is_some_and(|best| self.objects[best].standing == Standing::Counts) {
                break;
            }
            let is_free = !is_taken[j] || object.standing == Standing::Crowd;
            if is_free && largest <= shared {
                (best, largest) = (Some(j), shared);
            }
        }
        best
    }
}

//! PASCAL VOC's rule: a detection is held against the object that it overlaps most, and against no other.
//!
//! ```text
//! from the best score on:  o, j = the largest IoU with an object of the image, and that object (of equals, the first)
//! right    if o ≥ overlap, j counts, and no better detection has it
//! left out if o ≥ overlap and j is difficult, or it lies in a crowd by that share
//! wrong    else
//! ```
//!
//! - `overlap`: 0.5, as published
//!
//! Source: Everingham, Van Gool, Williams, Winn, Zisserman, *The Pascal Visual Object Classes (VOC) Challenge*, IJCV 2010,
//! and its development kit.
//! Differs: the kit has no crowds.
//! Trap: copies of the kit in Python ask for more than `overlap`, the kit for as much.

use boxes::{Object, Standing};

use crate::detection::places::{Places, best_first};
use crate::detection::{Detection, Judged, Verdict};

/// What the detections of `class` are.
pub fn judge(detections: &[Detection], objects: &[Object], class: u32, overlap: f64) -> Judged {
    let verdicts = each(detections, objects, class, overlap).into_iter();
    let verdicts = verdicts
        .filter_map(|(detection, right)| Some(Verdict { score: detection.score, right: right? }));
    let counts = |object: &&Object| object.class == class && object.standing == Standing::Counts;
    Judged { verdicts: verdicts.collect(), n_objects: objects.iter().filter(counts).count() }
}

/// The detections of `class`, the surest first, each with whether it is right; `None` of one that is left out.
pub fn each<'a>(
    detections: &'a [Detection],
    objects: &[Object],
    class: u32,
    overlap: f64,
) -> Vec<(&'a Detection, Option<bool>)> {
    let places = Places::of(objects, class);
    let mut is_taken = vec![false; places.objects().len()];
    let mut right = |detection: &Detection| {
        let (first, objects) = places.of_image(detection.image);
        let (mut best, mut largest, mut in_crowd) = (None, 0.0, false);
        for (j, object) in objects.iter().enumerate() {
            let shared = object.overlap(&detection.bounds);
            if object.standing == Standing::Crowd {
                in_crowd |= overlap <= shared;
            } else if largest < shared {
                (best, largest) = (Some(j), shared);
            }
        }
        let right = match best.filter(|_| overlap <= largest) {
            Some(j) if objects[j].standing == Standing::Counts => {
                !std::mem::replace(&mut is_taken[first + j], true)
            }
            Some(_) => return None,
            None if in_crowd => return None,
            None => false,
        };
        Some(right)
    };
    let ranked = best_first(detections, class).into_iter();
    ranked.map(|detection| (detection, right(detection))).collect()
}

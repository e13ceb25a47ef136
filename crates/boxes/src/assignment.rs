//! Assignment: which object a proposal is of, if it is of one.
//!
//! ```text
//! o, j = the largest IoU of the proposal with an object that counts, and that object (of equals, the first)
//! object j     if o ≥ object
//! ignored      else, if o ≥ background, or it overlaps an object that does not count by background or more
//! background   else
//! ```
//!
//! - `object`: 0.5; `background`: 0.3: between the two a proposal is neither; with both alike there is no between
//! - the overlap with a crowd is the share of the proposal within it
//!
//! Source: Girshick, *Fast R-CNN*, ICCV 2015 (0.5, and background below that); the gap is that of Ren, He, Girshick, Sun,
//! *Faster R-CNN*, NeurIPS 2015 (0.7 and 0.3).
//! Differs: Fast R-CNN takes no background from overlaps below 0.1, a poor man's hard negative mining that OHEM does
//! without; Faster R-CNN gives each object its best proposal, however far that is.

use crate::bounding_box::BoundingBox;
use crate::object::{Object, Standing};

/// From which overlap on a proposal is of an object, and below which it is of none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assignment {
    /// Least overlap of a proposal that is of an object, above 0.
    pub object: f64,
    /// Least overlap of one that is not background, at most `object`.
    pub background: f64,
}

impl Default for Assignment {
    fn default() -> Self {
        Assignment { object: 0.5, background: 0.3 }
    }
}

/// What a proposal is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assigned {
    /// Of the object at this position.
    Object(usize),
    /// Of none.
    Background,
    /// Not to be told: it is neither learnt from nor counted.
    Ignored,
}

impl Assignment {
    /// What `proposal` is of, among the `objects` of its image.
    pub fn assign(&self, proposal: &BoundingBox, objects: &[Object]) -> Assigned {
        let mut best = None;
        let mut largest = 0.0;
        let mut is_near_another = false;
        for (j, object) in objects.iter().enumerate() {
            let overlap = object.overlap(proposal);
            if object.standing == Standing::Counts {
                if largest < overlap {
                    (best, largest) = (Some(j), overlap);
                }
            } else {
                is_near_another |= 0.0 < overlap && self.background <= overlap;
            }
        }
        match best.filter(|_| self.object <= largest) {
            Some(object) => Assigned::Object(object),
            None if is_near_another || (best.is_some() && self.background <= largest) => {
                Assigned::Ignored
            }
            None => Assigned::Background,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(edges: [f64; 4], standing: Standing) -> Object {
        Object { image: 0, class: 0, bounds: BoundingBox::new(edges), standing }
    }

    /// What a proposal from 0 to 10 is of.
    fn assigned(objects: &[Object]) -> Assigned {
        Assignment::default().assign(&BoundingBox::new([0.0, 0.0, 10.0, 1.0]), objects)
    }

    #[test]
    fn a_proposal_is_of_the_object_it_overlaps_most() {
        let near = |x2| object([0.0, 0.0, x2, 1.0], Standing::Counts);
        assert_eq!(assigned(&[near(6.0), near(8.0), near(8.0)]), Assigned::Object(1));
        assert_eq!(assigned(&[near(5.0)]), Assigned::Object(0), "a half is enough");
        assert_eq!(assigned(&[near(4.9)]), Assigned::Ignored);
        assert_eq!(assigned(&[near(3.0)]), Assigned::Ignored);
        assert_eq!(assigned(&[near(2.9)]), Assigned::Background);
        assert_eq!(assigned(&[]), Assigned::Background);
    }

    #[test]
    fn what_is_near_an_object_that_does_not_count_is_no_background() {
        let difficult = object([0.0, 0.0, 4.0, 1.0], Standing::Difficult);
        assert_eq!(assigned(&[difficult]), Assigned::Ignored);
        let of_it = object([0.0, 0.0, 6.0, 1.0], Standing::Counts);
        assert_eq!(assigned(&[difficult, of_it]), Assigned::Object(1));
        let crowd = |x1| object([x1, -50.0, 100.0, 50.0], Standing::Crowd);
        assert_eq!(assigned(&[crowd(7.0)]), Assigned::Ignored, "three tenths lie in it");
        assert_eq!(assigned(&[crowd(8.0)]), Assigned::Background);
    }

    #[test]
    fn without_a_gap_nothing_is_ignored() {
        let rule = Assignment { object: 0.5, background: 0.5 };
        let proposal = BoundingBox::new([0.0, 0.0, 10.0, 1.0]);
        let at = |x2| rule.assign(&proposal, &[object([0.0, 0.0, x2, 1.0], Standing::Counts)]);
        assert_eq!((at(5.0), at(4.9)), (Assigned::Object(0), Assigned::Background));
        let all = Assignment { object: 0.5, background: 0.0 };
        assert_eq!(
            all.assign(&proposal, &[]),
            Assigned::Background,
            "there is nothing to be near to"
        );
    }
}

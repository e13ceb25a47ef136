//! Where rows lie that are proposals: the image and the box of each, and the objects that are to be found.
//!
//! ```text
//! class of a row        background, which is the first class, or a class of objects
//! object of a row       of the objects of its image and class that count, the one that it overlaps most (of equals, the first)
//! part of an object     that of the row of its image whose centre is nearest to its own (of equals, the first)
//! size of an image      as far as its rows and objects reach
//! ```
//!
//! A part of a split has the rows that the split says, and the objects that belong to one of them. Of the images in which
//! it has a row, the objects of other parts are not asked for: to find one is neither right nor wrong, as a split may cut
//! within an image.
//!
//! Rows that are ignored, as those that overlap an object too far for background and too little for it, are no examples:
//! they are in no training part, in no meta set and in no count. In the parts that are measured they are proposals like
//! any others: what says that they are to be ignored is the ground truth, which no detector is told.

pub(crate) mod keys;
pub(crate) mod reading;

use std::collections::BTreeMap;

use boxes::{BoundingBox, Object, Standing};

use crate::split::Parts;

/// The proposals that rows are, and the objects in their images.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposed {
    /// Names of the images.
    pub images: Vec<String>,
    /// The image of each row, `[n_rows]`, indices into `images`.
    pub of_row: Vec<u32>,
    /// Where in it, `[n_rows]`.
    pub bounds: Vec<BoundingBox>,
    /// Whether a row is no example, `[n_rows]`; its class is the background then.
    pub ignored: Vec<bool>,
    /// The objects of all images; classes are those of the data set without the background, from 0.
    pub objects: Vec<Object>,
    /// The row to whose part each object belongs, `[n_objects]`.
    pub nearest: Vec<u32>,
    /// Width and height of each image, `[n_images]`.
    pub extents: Vec<(f64, f64)>,
}

impl Proposed {
    /// Rows with these images and places, beside `objects`.
    pub(crate) fn new(
        images: Vec<String>,
        of_row: Vec<u32>,
        bounds: Vec<BoundingBox>,
        ignored: Vec<bool>,
        objects: Vec<Object>,
    ) -> Self {
        let mut extents = vec![(0.0_f64, 0.0_f64); images.len()];
        let placed = of_row.iter().copied().zip(bounds.iter().copied());
        for (image, bounds) in placed.chain(objects.iter().map(|o| (o.image, o.bounds))) {
            let (width, height) = &mut extents[image as usize];
            (*width, *height) = (width.max(bounds.x2), height.max(bounds.y2));
        }
        let mut proposed =
            Proposed { images, of_row, bounds, ignored, objects, nearest: Vec::new(), extents };
        proposed.find_nearest();
        proposed
    }

    fn find_nearest(&mut self) {
        let mut rows = vec![Vec::new(); self.images.len()];
        for (row, &image) in self.of_row.iter().enumerate() {
            rows[image as usize].push(row as u32);
        }
        let nearest = |object: &Object| {
            let distance =
                |&&row: &&u32| squared_distance(&self.bounds[row as usize], &object.bounds);
            let of_image = &rows[object.image as usize];
            let nearest = of_image.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
            *nearest.expect("an image of objects has a row")
        };
        self.nearest = self.objects.iter().map(nearest).collect();
    }

    /// Whether rows that `sides`, `[n_rows]`, holds apart lie among each other: the least boxes around two sides of an image
    /// overlap.
    pub fn mingle(&self, sides: &[u32]) -> bool {
        let mut around: BTreeMap<(u32, u32), BoundingBox> = BTreeMap::new();
        for ((&image, &side), bounds) in self.of_row.iter().zip(sides).zip(&self.bounds) {
            let hull = around.entry((image, side)).or_insert(*bounds);
            *hull = hull.around(bounds);
        }
        around.iter().any(|(&(image, side), hull)| {
            let others = around.range((image, 0)..(image, side));
            others.into_iter().any(|(_, other)| 0.0 < hull.intersection(other))
        })
    }

    /// The object of a row of the class of objects `class`: its position among `objects`, if it overlaps any of that class.
    pub fn object_of(&self, row: u32, class: u32) -> Option<usize> {
        let (image, bounds) = (self.of_row[row as usize], &self.bounds[row as usize]);
        let mut best = None;
        let mut largest = 0.0;
        for (at, object) in self.objects.iter().enumerate() {
            let counts = object.standing == Standing::Counts;
            if object.image == image && object.class == class && counts {
                let overlap = object.bounds.iou(bounds);
                if largest < overlap {
                    (best, largest) = (Some(at), overlap);
                }
            }
        }
        best
    }

    /// The objects of the images that `rows` are in, `rows` in ascending order: as they stand where they belong to one of
    /// the rows, else not asked for.
    pub fn objects_of(&self, rows: &[u32]) -> Vec<Object> {
        let mut is_seen = vec![false; self.images.len()];
        rows.iter().for_each(|&row| is_seen[self.of_row[row as usize] as usize] = true);
        let objects = self.objects.iter().zip(&self.nearest);
        let seen = objects.filter(|(object, _)| is_seen[object.image as usize]);
        let of_part = seen.map(|(object, nearest)| match object.standing {
            Standing::Counts if rows.binary_search(nearest).is_err() => {
                Object { standing: Standing::Difficult, ..*object }
            }
            _ => *object,
        });
        of_part.collect()
    }

    /// The objects that the training part of a split learns from: of the images of its rows, as they stand unless they belong to
    /// a row that is measured, else not asked for. An object may lie next to a row that is no example, and in no part.
    pub fn objects_learnt(&self, parts: &Parts) -> Vec<Object> {
        let is_measured = |row: &u32| {
            [&parts.validation, &parts.test].iter().any(|part| part.binary_search(row).is_ok())
        };
        let others: Vec<u32> =
            (0..self.of_row.len() as u32).filter(|row| !is_measured(row)).collect();
        let mut is_learnt = vec![false; self.images.len()];
        parts.train.iter().for_each(|&row| is_learnt[self.of_row[row as usize] as usize] = true);
        let mut objects = self.objects_of(&others);
        objects.retain(|object| is_learnt[object.image as usize]);
        objects
    }

    /// What a digest of the data set is of, apart from the names of the images.
    pub(crate) fn hash(&self, hasher: &mut blake3::Hasher) {
        let edges = |bounds: &BoundingBox| bounds.edges().map(f64::to_le_bytes).concat();
        for ((image, bounds), ignored) in self.of_row.iter().zip(&self.bounds).zip(&self.ignored) {
            hasher
                .update(&image.to_le_bytes())
                .update(&edges(bounds))
                .update(&[u8::from(*ignored)]);
        }
        for object in &self.objects {
            let standing = match object.standing {
                Standing::Counts => 0,
                Standing::Difficult => 1,
                Standing::Crowd => 2,
            };
            hasher.update(&object.image.to_le_bytes()).update(&object.class.to_le_bytes());
            hasher.update(&edges(&object.bounds)).update(&[standing]);
        }
    }
}

fn squared_distance(a: &BoundingBox, b: &BoundingBox) -> f64 {
    let ((ax, ay), (bx, by)) = (a.centre(), b.centre());
    (ax - bx) * (ax - bx) + (ay - by) * (ay - by)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64) -> BoundingBox {
        BoundingBox::of_size([x, 0.0, 10.0, 10.0])
    }

    fn object(image: u32, x: f64) -> Object {
        Object { image, class: 0, bounds: at(x), standing: Standing::Counts }
    }

    /// Rows at 0, 20, 40, 60 of one image and at 0 of another.
    fn proposed(objects: Vec<Object>) -> Proposed {
        let images = vec!["a".to_owned(), "b".to_owned()];
        let bounds = vec![at(0.0), at(20.0), at(40.0), at(60.0), at(0.0)];
        Proposed::new(images, vec![0, 0, 0, 0, 1], bounds, vec![false; 5], objects)
    }

    #[test]
    fn sides_of_an_image_mingle_where_their_hulls_overlap() {
        let proposed = proposed(Vec::new());
        assert!(!proposed.mingle(&[0, 0, 1, 1, 1]), "each has its half");
        assert!(!proposed.mingle(&[3, 3, 1, 0, 1]));
        assert!(proposed.mingle(&[0, 1, 0, 1, 1]));
        assert!(proposed.mingle(&[1, 0, 0, 1, 0]));
        assert!(!proposed.mingle(&[0, 0, 0, 0, 1]), "images are apart");
    }

    #[test]
    fn an_object_belongs_to_the_part_of_the_nearest_row_and_is_not_asked_for_in_another() {
        let proposed =
            proposed(vec![object(0, 5.0), object(0, 42.0), object(0, 90.0), object(1, 0.0)]);
        assert_eq!(proposed.nearest, [0, 2, 3, 4]);
        let standing = |rows: &[u32]| -> Vec<(f64, bool)> {
            let of_part = proposed.objects_of(rows);
            of_part.iter().map(|o| (o.bounds.x1, o.standing == Standing::Counts)).collect()
        };
        assert_eq!(standing(&[0, 1]), [(5.0, true), (42.0, false), (90.0, false)]);
        assert_eq!(standing(&[2, 3, 4]), [(5.0, false), (42.0, true), (90.0, true), (0.0, true)]);
        assert_eq!(proposed.extents, [(100.0, 10.0), (10.0, 10.0)]);
    }

    #[test]
    fn an_object_beside_a_row_of_no_part_is_learnt_from_and_one_of_a_measured_row_is_not_asked_for()
    {
        // Of the first image, rows 0 and 2 are learnt from, 1 is no example, 3 is tested; the other image is none of ours.
        let proposed =
            proposed(vec![object(0, 2.0), object(0, 21.0), object(0, 62.0), object(1, 0.0)]);
        let parts = |train: &[u32], test: &[u32]| Parts {
            train: train.to_vec(),
            test: test.to_vec(),
            ..Parts::default()
        };
        let learnt = |train: &[u32], test: &[u32]| -> Vec<(f64, bool)> {
            let objects = proposed.objects_learnt(&parts(train, test));
            objects.iter().map(|o| (o.bounds.x1, o.standing == Standing::Counts)).collect()
        };
        assert_eq!(learnt(&[0, 2], &[3, 4]), [(2.0, true), (21.0, true), (62.0, false)]);
        assert_eq!(learnt(&[0, 2], &[1, 3]), [(2.0, true), (21.0, false), (62.0, false)]);
        assert_eq!(learnt(&[4], &[0]), [(0.0, true)]);
    }

    #[test]
    fn a_row_is_of_the_object_of_its_class_that_it_overlaps_most() {
        let other = Object { class: 1, bounds: at(21.0), ..object(0, 0.0) };
        let proposed = proposed(vec![object(0, 23.0), object(0, 18.0), other]);
        assert_eq!(proposed.object_of(1, 0), Some(1));
        assert_eq!(proposed.object_of(1, 1), Some(2));
        assert_eq!((proposed.object_of(3, 0), proposed.object_of(4, 0)), (None, None));
    }

    #[test]
    fn objects_that_do_not_count_are_no_object_of_a_row() {
        let crowd = Object { standing: Standing::Crowd, ..object(0, 20.0) };
        let proposed = proposed(vec![crowd]);
        assert_eq!(proposed.object_of(1, 0), None);
        assert_eq!(proposed.objects_of(&[4]), []);
        assert_eq!(proposed.objects_of(&[0])[0].standing, Standing::Crowd);
    }
}

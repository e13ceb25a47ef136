//! Every figure of detections, class by class.

use boxes::Object;

use crate::detection::{Detection, Interpolation, coco, voc};

/// How well the objects of one class are found. Everything is `None` where there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClassDetection {
    /// PASCAL VOC since 2010: IoU 0.5, all points.
    pub voc: Option<f64>,
    /// PASCAL VOC until 2009: IoU 0.5, eleven points.
    pub voc_11: Option<f64>,
    /// COCO at IoU 0.5, 101 points.
    pub coco_50: Option<f64>,
    /// COCO's mean over IoU 0.5 to 0.95, 101 points.
    pub coco: Option<f64>,
    /// Share of the objects that is found at IoU 0.5 with so many false positives to an image; for each number that was asked
    /// for.
    pub recall_at: Vec<Option<f64>>,
    /// Share of the objects that is found at IoU 0.5 at all.
    pub recall: Option<f64>,
    /// Objects that were to be found.
    pub n_objects: usize,
    /// Detections that are right or wrong at IoU 0.5.
    pub n_detections: usize,
    /// Those of them that are right.
    pub n_right: usize,
}

/// The figures of each of `n_classes`.
///
/// - `detections`: after suppression; `objects`: of all images, also of those without detections
/// - `n_images`: images that were looked at, with and without objects
/// - `false_positives`: to an image, on average, at which recall is read
pub fn measure(
    detections: &[Detection],
    objects: &[Object],
    n_classes: usize,
    n_images: usize,
    false_positives: &[f64],
) -> Vec<ClassDetection> {
    let of_class = |class: u32| {
        let by_voc = voc::judge(detections, objects, class, 0.5);
        let by_coco = coco::judge(detections, objects, class, &coco::OVERLAPS);
        let coco: Vec<Option<f64>> = by_coco
            .iter()
            .map(|judged| judged.average_precision(Interpolation::HundredOne))
            .collect();
        let sum: Option<f64> = coco.iter().copied().sum();
        ClassDetection {
            voc: by_voc.average_precision(Interpolation::AllPoints),
            voc_11: by_voc.average_precision(Interpolation::Eleven),
            coco_50: coco[0],
            coco: sum.map(|sum| sum / coco.len() as f64),
            recall_at: false_positives
                .iter()
                .map(|&rate| by_voc.recall_at(rate, n_images))
                .collect(),
            recall: by_voc.recall(),
            n_objects: by_voc.n_objects,
            n_detections: by_voc.verdicts.len(),
            n_right: by_voc.verdicts.iter().filter(|verdict| verdict.right).count(),
        }
    };
    (0..n_classes as u32).map(of_class).collect()
}

#[cfg(test)]
mod tests {
    use boxes::{BoundingBox, Standing};

    use super::*;

    fn at(x: f64) -> BoundingBox {
        BoundingBox::of_size([x, 0.0, 10.0, 10.0])
    }

    fn object(image: u32, class: u32, x: f64, standing: Standing) -> Object {
        Object { image, class, bounds: at(x), standing }
    }

    fn detection(image: u32, class: u32, x: f64, score: f64) -> Detection {
        Detection { image, class, bounds: at(x), score }
    }

    #[test]
    fn classes_are_measured_apart_and_one_without_objects_not_at_all() {
        let objects = [object(0, 0, 0.0, Standing::Counts), object(1, 1, 0.0, Standing::Counts)];
        let detections =
            [detection(0, 0, 0.0, 0.9), detection(0, 1, 0.0, 0.8), detection(1, 1, 0.0, 0.7)];
        let measured = measure(&detections, &objects, 3, 2, &[0.0, 0.5]);
        let near = |x: Option<f64>, y: f64| (x.unwrap() - y).abs() < 1e-12;
        assert!(near(measured[0].voc, 1.0) && near(measured[0].coco, 1.0));
        // The first detection of class 1 is in the wrong image.
        assert!(near(measured[1].voc, 0.5) && near(measured[1].coco_50, 0.5));
        assert_eq!(measured[1].recall_at, [Some(0.0), Some(1.0)]);
        let nothing = ClassDetection { recall_at: vec![None; 2], ..ClassDetection::default() };
        assert_eq!(measured[2], nothing);
    }

    #[test]
    fn what_is_not_asked_for_is_neither_right_nor_wrong() {
        for standing in [Standing::Difficult, Standing::Crowd] {
            let objects = [object(0, 0, 0.0, Standing::Counts), object(0, 0, 50.0, standing)];
            // The two that are on the other one would be false alarms before the right one.
            let detections =
                [detection(0, 0, 50.0, 0.9), detection(0, 0, 51.0, 0.8), detection(0, 0, 0.0, 0.7)];
            let by_voc = voc::judge(&detections, &objects, 0, 0.5);
            assert_eq!(
                (by_voc.verdicts.len(), by_voc.n_objects, by_voc.recall()),
                (1, 1, Some(1.0))
            );
            let by_coco = &coco::judge(&detections, &objects, 0, &[0.5])[0];
            // COCO lets an object that is not a crowd be taken once.
            let left = if standing == Standing::Crowd { 1 } else { 2 };
            assert_eq!((by_coco.verdicts.len(), by_coco.n_objects), (left, 1));
        }
    }

    #[test]
    fn an_object_is_found_once_and_the_rules_differ_in_who_may_have_a_second_best() {
        let objects = [object(0, 0, 0.0, Standing::Counts), object(0, 0, 2.0, Standing::Counts)];
        // Both are nearest to the first object, and near enough to the second.
        let detections = [detection(0, 0, 0.0, 0.9), detection(0, 0, 0.5, 0.8)];
        assert_eq!(voc::judge(&detections, &objects, 0, 0.5).recall(), Some(0.5));
        assert_eq!(coco::judge(&detections, &objects, 0, &[0.5])[0].recall(), Some(1.0));
        let copies = [detection(0, 0, 0.0, 0.9); 2];
        assert_eq!(
            voc::judge(&copies, &objects[..1], 0, 0.5).average_precision(Interpolation::AllPoints),
            Some(1.0)
        );
        assert_eq!(voc::judge(&copies, &objects[..1], 0, 0.5).verdicts.len(), 2);
    }

    #[test]
    fn coco_looks_at_a_hundred_detections_of_an_image() {
        let objects = [object(0, 0, 0.0, Standing::Counts)];
        let mut detections = vec![detection(0, 0, 500.0, 0.9); 100];
        detections.push(detection(0, 0, 0.0, 0.1));
        assert_eq!(coco::judge(&detections, &objects, 0, &[0.5])[0].recall(), Some(0.0));
        assert_eq!(voc::judge(&detections, &objects, 0, 0.5).recall(), Some(1.0));
    }
}

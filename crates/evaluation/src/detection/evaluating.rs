//! What is recorded of detections: every metric of the task, and a line a class.

use std::iter;

use crate::class_scores::{ClassScores, DetectionScores};
use crate::detection::ClassDetection;
use crate::evaluation::Evaluation;
use crate::metrics::definition::Measure;
use crate::metrics::{Metric, TaskKind};
use crate::summary::mean;

/// Everything that is of detection, from the figures of each class of objects. The first of the classes that are recorded is
/// the background, of which there are `n_background` proposals.
pub fn evaluate(classes: &[ClassDetection], n_background: u32) -> Evaluation {
    let background = ClassScores {
        support: n_background,
        predicted: None,
        right: None,
        recall: None,
        precision: None,
        f1: None,
        log_loss: None,
        detection: None,
    };
    let metrics = TaskKind::Detection.metrics();
    let values = metrics.map(|metric| (metric, score(metric, classes))).collect();
    Evaluation::new(values, iter::once(background).chain(classes.iter().map(scores)).collect())
}

/// One metric: the mean over the classes of objects; `None` where a class has none.
pub fn score(metric: Metric, classes: &[ClassDetection]) -> Option<f64> {
    let Measure::Detected(of) = metric.definition().measure else { return None };
    let values: Option<Vec<f64>> = classes.iter().map(of).collect();
    mean(values?.into_iter())
}

/// A class at IoU 0.5, by all of its detections, and what of it is averaged over classes.
fn scores(class: &ClassDetection) -> ClassScores {
    let of_it = |metric| score(metric, std::slice::from_ref(class));
    let ClassDetection { n_objects, n_detections, n_right, .. } = *class;
    let precision = if n_detections == 0 { 0.0 } else { n_right as f64 / n_detections as f64 };
    let named = n_objects + n_detections;
    ClassScores {
        support: n_objects as u32,
        predicted: Some(n_detections as u32),
        right: Some(n_right as u32),
        recall: class.recall,
        precision: Some(precision),
        f1: (named != 0).then(|| 2.0 * n_right as f64 / named as f64),
        log_loss: None,
        detection: Some(DetectionScores {
            ap50: of_it(Metric::Ap50),
            ap50_95: of_it(Metric::Ap50To95),
            recall_at_fppi: of_it(Metric::RecallAtFppi),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Reading;

    fn class(voc: f64, n_objects: usize) -> ClassDetection {
        let some = |x: f64| (n_objects != 0).then_some(x);
        ClassDetection {
            voc: some(voc),
            voc_11: some(voc),
            coco_50: some(voc),
            coco: some(0.5 * voc),
            recall_at: vec![some(0.25)],
            recall: some(0.75),
            n_objects,
            n_detections: 6,
            n_right: 3,
        }
    }

    #[test]
    fn metrics_are_means_over_classes_and_undefined_where_one_has_no_object() {
        let measured = evaluate(&[class(0.2, 4), class(0.6, 4)], 90);
        let value = |metric| measured.reading(metric);
        assert_eq!(value(Metric::Ap50), Reading::Value(0.4));
        assert_eq!(value(Metric::Ap50To95), Reading::Value(0.2));
        assert_eq!(value(Metric::RecallAtFppi), Reading::Value(0.25));
        assert_eq!(value(Metric::Accuracy), Reading::NotMeasured);
        let lacking = evaluate(&[class(0.2, 4), class(0.0, 0)], 90);
        assert!(TaskKind::Detection.metrics().all(|m| lacking.reading(m) == Reading::Undefined));
        assert!(lacking.lacks_a_class() && !measured.lacks_a_class());
    }

    #[test]
    fn a_class_is_counted_at_an_overlap_of_a_half_after_the_background() {
        let measured = evaluate(&[class(0.2, 4)], 90);
        let [background, objects] = measured.classes[..] else { panic!("{measured:?}") };
        assert_eq!((background.support, background.recall), (90, None));
        assert_eq!((objects.support, objects.predicted, objects.right), (4, Some(6), Some(3)));
        assert_eq!((objects.precision, objects.f1), (Some(0.5), Some(0.6)));
        let of_it = objects.detection.unwrap();
        assert_eq!((of_it.ap50, of_it.ap50_95), (Some(0.2), Some(0.1)));
        assert_eq!((of_it.recall_at_fppi, background.detection), (Some(0.25), None));
    }
}

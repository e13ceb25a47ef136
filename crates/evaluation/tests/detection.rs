//! Average precision of detections: the definition, and pycocotools.

mod support;

use boxes::{BoundingBox, Object, Standing};
use evaluation::detection::{Detection, Interpolation, Judged, coco, measure, voc};
use serde_json::Value;
use support::{Tolerance, file, numbers};

fn edges(value: &Value) -> [f64; 4] {
    numbers(value).try_into().unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn place(value: &Value) -> u32 {
    value.as_u64().unwrap() as u32
}

#[test]
fn average_precisions_of_one_class_are_those_of_the_definition() {
    let file = file("metrics_detection_ap");
    let tolerance = Tolerance::of(&file);
    for case in list(&file["cases"]) {
        let (inputs, expected) = (&case["inputs"], &case["expected"]);
        let image = |entry: &Value| place(&entry["image"]);
        let bounds = |entry: &Value| BoundingBox::new(edges(&entry["box"]));
        let object = |entry: &Value| Object {
            image: image(entry),
            class: 0,
            bounds: bounds(entry),
            standing: Standing::Counts,
        };
        let detection = |entry: &Value| Detection {
            image: image(entry),
            class: 0,
            bounds: bounds(entry),
            score: entry["score"].as_f64().unwrap(),
        };
        let objects: Vec<Object> = list(&inputs["ground_truth"]).iter().map(object).collect();
        let detections: Vec<Detection> =
            list(&inputs["detections"]).iter().map(detection).collect();
        let overlap = case["params"]["iou_threshold"].as_f64().unwrap();

        let by_voc = voc::judge(&detections, &objects, 0, overlap);
        let right: Vec<f64> =
            by_voc.verdicts.iter().map(|verdict| f64::from(u8::from(verdict.right))).collect();
        assert_eq!(right, numbers(&expected["true_positive_in_score_order"]), "{}", case["name"]);
        let by_coco = &coco::judge(&detections, &objects, 0, &[overlap])[0];
        let published: [(&str, &Judged, Interpolation); 4] = [
            ("ap_all_points", &by_voc, Interpolation::AllPoints),
            ("ap_11_point", &by_voc, Interpolation::Eleven),
            ("ap_101_point", &by_voc, Interpolation::HundredOne),
            ("coco_ap_101", by_coco, Interpolation::HundredOne),
        ];
        for (name, judged, interpolation) in published {
            let what = format!("{} {name}", case["name"]);
            tolerance.check(&what, judged.average_precision(interpolation), &expected[name]);
        }
        let what = format!("{} recall", case["name"]);
        tolerance.check(&what, by_coco.recall(), &expected["coco_max_recall"]);
    }
}

#[test]
fn scenes_of_several_images_and_classes_are_measured_as_by_pycocotools() {
    let file = file("detection_coco");
    let tolerance = Tolerance::of(&file);
    let mut n_compared = 0;
    for case in list(&file["cases"]) {
        let (inputs, expected) = (&case["inputs"], &case["expected"]);
        let bounds = |entry: &Value| BoundingBox::of_size(edges(&entry["xywh"]));
        let object = |entry: &Value| Object {
            image: place(&entry["image"]),
            class: place(&entry["class"]),
            bounds: bounds(entry),
            standing: if entry["crowd"] == true { Standing::Crowd } else { Standing::Counts },
        };
        let detection = |entry: &Value| Detection {
            image: place(&entry["image"]),
            class: place(&entry["class"]),
            bounds: bounds(entry),
            score: entry["score"].as_f64().unwrap(),
        };
        let objects: Vec<Object> = list(&inputs["objects"]).iter().map(object).collect();
        let detections: Vec<Detection> =
            list(&inputs["detections"]).iter().map(detection).collect();
        let params = &case["params"];
        let (n_images, n_classes) = (place(&params["num_images"]), place(&params["num_classes"]));
        let measured =
            measure(&detections, &objects, n_classes as usize, n_images as usize, &[1.0]);
        let mut check = |what: String, ours: Option<f64>, expected: &Value| {
            n_compared += 1;
            if expected.is_null() {
                assert_eq!(ours, None, "{what}");
            } else {
                tolerance.check(&what, ours, expected);
            }
        };
        for (class, measured) in measured.iter().enumerate() {
            let what = |name: &str| format!("{} class {class} {name}", case["name"]);
            check(what("coco"), measured.coco, &expected["coco"][class]);
            check(what("coco_50"), measured.coco_50, &expected["coco_50"][class]);
            let judged = coco::judge(&detections, &objects, class as u32, &coco::OVERLAPS);
            for (t, judged) in judged.iter().enumerate() {
                let precision = judged.average_precision(Interpolation::HundredOne);
                let at = |name: &str| format!("{} at {}", what(name), coco::OVERLAPS[t]);
                check(at("precision"), precision, &expected["coco_by_overlap"][class][t]);
                check(at("recall"), judged.recall(), &expected["recall_by_overlap"][class][t]);
            }
        }
    }
    assert!(500 <= n_compared, "{n_compared}");
}

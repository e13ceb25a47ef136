//! torchvision's suppression, and that of py-faster-rcnn, whose boxes reach to their last pixel.

use boxes::{BoundingBox, suppress};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

#[test]
fn the_boxes_that_stay_are_the_published_ones_in_both_conventions() {
    let file: Value = serde_json::from_str(include_str!("golden/nms.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 9);
    for case in cases {
        let inputs = &case["inputs"];
        let edges: Vec<[f64; 4]> = inputs["boxes_x1y1x2y2"]
            .as_array()
            .unwrap()
            .iter()
            .map(|edges| numbers(edges).try_into().unwrap())
            .collect();
        let overlap = case["params"]["iou_threshold"].as_f64().unwrap();
        let plain = edges.iter().copied().map(BoundingBox::new).collect();
        let of_pixels = edges.iter().copied().map(BoundingBox::of_pixels).collect();
        let conventions: [(&str, Vec<BoundingBox>); 2] =
            [("keep_plain", plain), ("keep_plus_one_pixel", of_pixels)];
        for (name, bounds) in conventions {
            let kept = suppress(&bounds, &numbers(&inputs["scores"]), overlap);
            let expected: Vec<u32> =
                numbers(&case["expected"][name]).into_iter().map(|i| i as u32).collect();
            assert_eq!(kept, expected, "{} {name}", case["name"]);
        }
    }
}

//! Class counts of the LDAM code, within the tolerance the file names.

use data::{ProfileSpec, profile_counts};
use serde_json::Value;

fn profile(kind: &str, ratio: f64) -> ProfileSpec {
    serde_json::from_str(&format!(r#"{{ "{kind}": {{ "ratio": {ratio} }} }}"#)).unwrap()
}

fn counts(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect()
}

#[test]
fn profiles_are_those_of_the_published_code() {
    let text = include_str!("golden/longtail_profiles.json");
    let file: Value = serde_json::from_str(text).unwrap();
    for case in file["cases"].as_array().unwrap() {
        let number = |key: &str| case["params"][key].as_f64().unwrap();
        let (n_classes, n_max) = (number("K") as usize, number("n_max") as usize);
        let integers = counts(&case["expected"]["indices_where_exact_value_is_an_integer"]);
        let ours = profile_counts(&profile("exponential", number("rho")), n_max, n_classes);
        for (k, (ours, theirs)) in ours.iter().zip(counts(&case["expected"]["exp"])).enumerate() {
            // Where the exact value is a whole number, rounding decides.
            let allowed = usize::from(integers.contains(&k));
            assert!(
                ours.abs_diff(theirs) <= allowed,
                "{} class {k}: {ours} {theirs}",
                case["name"]
            );
        }
        let ours = profile_counts(&profile("step", number("rho")), n_max, n_classes);
        let theirs = counts(&case["expected"]["step"]);
        if n_classes % 2 == 0 {
            let near = ours.iter().zip(&theirs).all(|(a, b)| a.abs_diff(*b) <= 1);
            assert!(near, "{}: {ours:?} {theirs:?}", case["name"]);
        } else {
            // The published code leaves out a class; here it belongs to the head.
            assert_eq!((ours.len(), theirs.len()), (n_classes, n_classes - 1));
            assert_eq!(ours[n_classes / 2], n_max);
        }
    }
}

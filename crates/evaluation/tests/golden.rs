//! Values of scikit-learn, imbalanced-learn and SciPy, with the tolerances their files name.

use evaluation::significance::{average_ranks, friedman};
use evaluation::{Evaluation, Metric, Predictions, ShotThresholds, evaluate};
use serde_json::Value;

fn file(name: &str) -> Value {
    let path = format!("{}/tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn targets(value: &Value) -> Vec<u32> {
    numbers(value).into_iter().map(|x| x as u32).collect()
}

struct Tolerance {
    relative: f64,
    absolute: f64,
}

impl Tolerance {
    fn of(file: &Value) -> Self {
        let part = |name: &str| file["tolerance"][name].as_f64().unwrap();
        Tolerance { relative: part("rel"), absolute: part("abs") }
    }

    fn check(&self, what: &str, value: Option<f64>, expected: &Value) {
        let expected = expected.as_f64().unwrap_or_else(|| panic!("{what}: {expected}"));
        let value = value.unwrap_or_else(|| panic!("{what} is undefined, not {expected}"));
        let allowed = self.absolute + self.relative * expected.abs();
        assert!((value - expected).abs() <= allowed, "{what}: {value} is not {expected}");
    }
}

fn measure(probabilities: &[f64], n_classes: usize, targets: &[u32], counts: &[u32]) -> Evaluation {
    evaluate(&Predictions { probabilities, n_classes, targets }, counts, &ShotThresholds::default())
}

#[test]
fn metrics_of_predicted_classes_are_scikit_learns() {
    let file = file("metrics_labels");
    let tolerance = Tolerance::of(&file);
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let n_classes = case["params"]["num_classes"].as_u64().unwrap() as usize;
        let (truth, predicted) =
            (targets(&case["inputs"]["y_true"]), targets(&case["inputs"]["y_pred"]));
        let mut probabilities = vec![0.0; truth.len() * n_classes];
        predicted
            .iter()
            .enumerate()
            .for_each(|(i, &k)| probabilities[i * n_classes + k as usize] = 1.0);
        let measured = measure(&probabilities, n_classes, &truth, &[]);
        let expected = &case["expected"];
        let check = |metric: Metric, key: &str| {
            tolerance.check(&format!("{name} {key}"), measured.values[&metric], &expected[key]);
        };
        check(Metric::Accuracy, "accuracy");
        check(Metric::BalancedAccuracy, "balanced_accuracy");
        check(Metric::Mcc, "mcc");
        let all_predicted_are_present = predicted.iter().all(|k| truth.contains(k));
        if all_predicted_are_present {
            check(Metric::GMean, "gmean_multiclass");
            check(Metric::MacroF1, "f1_macro_labels_present_only");
        } else {
            // Ours leaves out a class that is predicted and never true; the libraries count it as 0.
            let others = |key: &str| expected[key].as_f64().unwrap();
            assert!(
                others("gmean_multiclass") <= measured.values[&Metric::GMean].unwrap(),
                "{name}"
            );
            let f1 = measured.values[&Metric::MacroF1].unwrap();
            assert!(others("f1_macro_labels_present_only") <= f1, "{name}");
        }
        for (class, scores) in measured.classes.iter().enumerate() {
            assert_eq!(f64::from(scores.support), numbers(&expected["support"])[class]);
            // Undefined recalls and F1 are 0 in scikit-learn, with zero_division = 0.
            let recall = Some(scores.recall.unwrap_or(0.0));
            tolerance.check(name, recall, &expected["recall_per_class"][class]);
            tolerance.check(name, scores.precision, &expected["precision_per_class"][class]);
            tolerance.check(name, Some(scores.f1.unwrap_or(0.0)), &expected["f1_per_class"][class]);
        }
    }
}

#[test]
fn metrics_of_binary_scores_are_scikit_learns() {
    let file = file("metrics_scores_binary");
    let tolerance = Tolerance::of(&file);
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let (truth, scores) =
            (targets(&case["inputs"]["y_true"]), numbers(&case["inputs"]["score"]));
        let probabilities: Vec<f64> = scores.iter().flat_map(|&p| [1.0 - p, p]).collect();
        let measured = measure(&probabilities, 2, &truth, &[]);
        let one_class = truth.iter().all(|y| *y == truth[0]);
        for (metric, key) in [
            (Metric::RocAuc, "roc_auc"),
            (Metric::AveragePrecision, "average_precision"),
            (Metric::LogLoss, "log_loss"),
            (Metric::Brier, "brier"),
        ] {
            let (value, expected) = (measured.values[&metric], &case["expected"][key]);
            if one_class && metric.higher_is_better() {
                // NaN or 0 or 1 in scikit-learn: ours says that there is nothing to rank.
                assert_eq!(value, None, "{name} {key}");
            } else if expected.is_number() {
                tolerance.check(&format!("{name} {key}"), value, expected);
            }
        }
    }
}

#[test]
fn metrics_of_class_probabilities_are_scikit_learns() {
    let file = file("metrics_scores_multiclass");
    let tolerance = Tolerance::of(&file);
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let n_classes = case["params"]["num_classes"].as_u64().unwrap() as usize;
        let truth = targets(&case["inputs"]["y_true"]);
        let rows = case["inputs"]["prob"].as_array().unwrap();
        let probabilities: Vec<f64> = rows.iter().flat_map(numbers).collect();
        let measured = measure(&probabilities, n_classes, &truth, &[]);
        let expected = &case["expected"];
        let all_present = (0..n_classes as u32).all(|class| truth.contains(&class));
        let mut checked =
            vec![(Metric::LogLoss, "log_loss"), (Metric::Brier, "brier_sum_over_classes")];
        if all_present {
            checked.push((Metric::RocAuc, "roc_auc_ovr_macro"));
            checked.push((Metric::AveragePrecision, "average_precision_macro"));
        }
        for (metric, key) in checked {
            if expected[key].is_number() {
                tolerance.check(&format!("{name} {key}"), measured.values[&metric], &expected[key]);
            }
        }
        assert!(measured.values[&Metric::RocAuc].is_some(), "{name}: over the present classes");
    }
}

#[test]
fn friedman_is_scipys() {
    let file = file("stats_friedman_nemenyi");
    let tolerance = Tolerance::of(&file);
    for case in file["cases"].as_array().unwrap() {
        let rows = case["inputs"]["scores_datasets_x_methods"].as_array().unwrap();
        let scores: Vec<Vec<f64>> = rows.iter().map(numbers).collect();
        let (test, expected) = (friedman(&scores).unwrap(), &case["expected"]);
        tolerance.check("chi2", Some(test.chi_square), &expected["friedman_chi2_tie_corrected"]);
        tolerance.check("p", Some(test.p_value), &expected["friedman_p"]);
        tolerance.check("F", test.f, &expected["iman_davenport_from_corrected"]["F"]);
        tolerance.check(
            "F p",
            Some(test.f_p_value),
            &expected["iman_davenport_from_corrected"]["p"],
        );
        for (rank, expected) in
            average_ranks(&scores, true).into_iter().zip(numbers(&expected["average_ranks"]))
        {
            assert!((rank - expected).abs() < 1e-12);
        }
    }
}

#[test]
fn a_group_without_classes_has_no_accuracy() {
    let measured = measure(&[0.9, 0.1, 0.4, 0.6], 2, &[0, 1], &[500, 7]);
    assert_eq!(measured.values[&Metric::ManyShotAccuracy], Some(1.0));
    assert_eq!(measured.values[&Metric::MediumShotAccuracy], None);
    assert_eq!(measured.values[&Metric::FewShotAccuracy], Some(1.0));
}

#[test]
fn nothing_is_measured_on_nothing_or_on_what_is_no_number() {
    for (probabilities, targets) in [(&[][..], &[][..]), (&[f64::NAN, 0.5][..], &[0][..])] {
        let measured = measure(probabilities, 2, targets, &[1, 1]);
        assert!(measured.values.values().all(Option::is_none));
    }
}

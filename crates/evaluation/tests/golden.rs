//! Metrics of scikit-learn, imbalanced-learn and SciPy, with the tolerances their files name.

mod support;

use evaluation::retrieval::{Asked, Embedded, Gallery, retrieve};
use evaluation::{Evaluation, Metric, Predictions, Reading, ShotThresholds, evaluate, score};
use serde_json::Value;
use support::{Tolerance, file, numbers};

fn targets(value: &Value) -> Vec<u32> {
    numbers(value).into_iter().map(|x| x as u32).collect()
}

fn measure(probabilities: &[f64], n_classes: usize, targets: &[u32], counts: &[u32]) -> Evaluation {
    evaluate(
        &Predictions { probabilities, n_classes, targets, decided: None },
        counts,
        &ShotThresholds::default(),
    )
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
        let predictions = Predictions {
            probabilities: &probabilities,
            n_classes,
            targets: &truth,
            decided: None,
        };
        let measured = measure(&probabilities, n_classes, &truth, &[]);
        let expected = &case["expected"];
        tolerance.check(name, measured.values.get(Metric::Accuracy), &expected["accuracy"]);
        let of_classes = [
            (Metric::BalancedAccuracy, "balanced_accuracy"),
            (Metric::MacroPrecision, "precision_macro"),
            (Metric::MacroF1, "f1_macro"),
            (Metric::MacroF2, "fbeta_2.0_macro"),
            (Metric::GMean, "gmean_multiclass"),
        ];
        let n_present = (0..n_classes as u32).filter(|class| truth.contains(class)).count();
        if n_present == n_classes {
            for (metric, key) in of_classes {
                let what = format!("{name} {key}");
                tolerance.check(&what, measured.values.get(metric), &expected[key]);
                assert_eq!(score(metric, &predictions), measured.values.get(metric), "{what}");
            }
        } else {
            // A mean over the other classes is another figure.
            for (metric, _) in of_classes {
                assert_eq!(measured.values.get(metric), None, "{name} {}", metric.name());
            }
        }
        if 2 <= n_present {
            // What picks an epoch is of the classes that are there, as scikit-learn's balanced accuracy.
            let picks = score(Metric::BalancedAccuracy, &predictions);
            tolerance.check(name, picks, &expected["balanced_accuracy"]);
            tolerance.check(name, measured.values.get(Metric::Mcc), &expected["mcc"]);
        } else {
            assert_eq!(measured.values.get(Metric::Mcc), None, "{name}: nothing to correlate with");
            // The recall of the one class would pick networks that always say it.
            assert_eq!(score(Metric::BalancedAccuracy, &predictions), None, "{name}");
            assert!(score(Metric::Accuracy, &predictions).is_some(), "{name}");
        }
        for (metric, key) in [
            (Metric::PositivePrecision, "precision_per_class"),
            (Metric::PositiveRecall, "recall_per_class"),
            (Metric::PositiveF1, "f1_per_class"),
            (Metric::PositiveF2, "fbeta_2.0_per_class"),
        ] {
            if n_classes == 2 && n_present == 2 {
                let what = format!("{name} {}", metric.name());
                tolerance.check(&what, measured.values.get(metric), &expected[key][1]);
            } else {
                assert_eq!(measured.values.get(metric), None, "{name} {}", metric.name());
            }
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
            let (value, expected) = (measured.values.get(metric), &case["expected"][key]);
            if one_class && metric.needs_every_class() {
                // NaN or 0 or 1 in scikit-learn: ours says that there is nothing to rank.
                assert_eq!(value, None, "{name} {key}");
            } else if expected.is_number() {
                tolerance.check(&format!("{name} {key}"), value, expected);
            }
        }
    }
}

/// A case of class probabilities.
struct Classified<'a> {
    name: &'a str,
    n_classes: usize,
    truth: Vec<u32>,
    /// `[n_examples, n_classes]`.
    probabilities: Vec<f64>,
}

impl<'a> Classified<'a> {
    fn of(case: &'a Value) -> Self {
        let rows = case["inputs"]["prob"].as_array().unwrap();
        Classified {
            name: case["name"].as_str().unwrap(),
            n_classes: case["params"]["num_classes"].as_u64().unwrap() as usize,
            truth: targets(&case["inputs"]["y_true"]),
            probabilities: rows.iter().flat_map(numbers).collect(),
        }
    }
}

#[test]
fn metrics_of_class_probabilities_are_scikit_learns() {
    let file = file("metrics_scores_multiclass");
    let tolerance = Tolerance::of(&file);
    for case in file["cases"].as_array().unwrap() {
        let Classified { name, n_classes, truth, probabilities } = Classified::of(case);
        let measured = measure(&probabilities, n_classes, &truth, &[]);
        let expected = &case["expected"];
        let all_present = (0..n_classes as u32).all(|class| truth.contains(&class));
        let mut checked = vec![
            (Metric::LogLoss, "log_loss"),
            (Metric::Brier, "brier_sum_over_classes"),
            (Metric::Ece, "ece_15_right_closed"),
        ];
        let of_order = [
            (Metric::RocAuc, "roc_auc_ovr_macro"),
            (Metric::AveragePrecision, "average_precision_macro"),
        ];
        if all_present {
            checked.extend(of_order);
        } else {
            for (metric, key) in of_order {
                assert_eq!(measured.values.get(metric), None, "{name} {key}");
            }
        }
        for (metric, key) in checked {
            if expected[key].is_number() {
                tolerance.check(
                    &format!("{name} {key}"),
                    measured.values.get(metric),
                    &expected[key],
                );
            }
        }
        let predictions = Predictions {
            probabilities: &probabilities,
            n_classes,
            targets: &truth,
            decided: None,
        };
        assert!(score(Metric::RocAuc, &predictions).is_some(), "{name}: over the present classes");
    }
}

#[test]
fn balanced_log_loss_is_scikit_learns_with_balanced_weights() {
    let file = file("metrics_balanced_log_loss");
    let tolerance = Tolerance::of(&file);
    for case in file["cases"].as_array().unwrap() {
        let Classified { name, n_classes, truth, probabilities } = Classified::of(case);
        let predictions = Predictions {
            probabilities: &probabilities,
            n_classes,
            targets: &truth,
            decided: None,
        };
        let of_present = score(Metric::BalancedLogLoss, &predictions);
        tolerance.check(name, of_present, &case["expected"]["balanced_log_loss"]);
        let measured = measure(&probabilities, n_classes, &truth, &[]);
        let all_present = (0..n_classes as u32).all(|class| truth.contains(&class));
        let expected = if all_present { of_present } else { None };
        assert_eq!(measured.values.get(Metric::BalancedLogLoss), expected, "{name}");
    }
}

#[test]
fn a_group_without_classes_has_no_accuracy() {
    let measured = measure(&[0.9, 0.1, 0.4, 0.6], 2, &[0, 1], &[500, 7]);
    assert_eq!(measured.values.get(Metric::ManyShotAccuracy), Some(1.0));
    assert_eq!(measured.values.get(Metric::MediumShotAccuracy), None);
    assert_eq!(measured.values.get(Metric::FewShotAccuracy), Some(1.0));
}

#[test]
fn a_group_of_which_a_class_is_not_tested_has_no_accuracy() {
    let measured = measure(&[0.9, 0.1, 0.0, 0.4, 0.6, 0.0], 3, &[0, 1], &[500, 50, 7]);
    assert_eq!(measured.values.get(Metric::ManyShotAccuracy), Some(1.0));
    assert_eq!(measured.values.get(Metric::MediumShotAccuracy), Some(1.0));
    assert_eq!(measured.values.get(Metric::FewShotAccuracy), None);
}

#[test]
fn a_record_of_old_is_read_and_lacks_what_was_not_measured() {
    let old = r#"{"values":{"accuracy":1.0,"mcc":null},"classes":[{"support":2,"recall":1.0,"precision":1.0,"f1":1.0}]}"#;
    let old: Evaluation = serde_json::from_str(old).unwrap();
    assert_eq!(old.reading(Metric::Mcc), Reading::Undefined);
    assert_eq!(old.reading(Metric::Ece), Reading::NotMeasured);
    assert_eq!((old.classes[0].predicted, old.classes[0].log_loss), (None, None));
}

#[test]
fn nothing_is_measured_on_nothing_or_on_what_is_no_number() {
    for (probabilities, targets) in [(&[][..], &[][..]), (&[f64::NAN, 0.5][..], &[0][..])] {
        let measured = measure(probabilities, 2, targets, &[1, 1]);
        assert!(measured.values.iter().all(|(_, value)| value.is_none()));
    }
}

#[test]
fn what_is_retrieved_is_what_pytorch_metric_learning_retrieves() {
    let file = file("metrics_retrieval");
    let tolerance = Tolerance::of(&file);
    let ks = [1, 2, 4, 8];
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let rows = case["inputs"]["embeddings"].as_array().unwrap();
        let embeddings: Vec<f64> = rows.iter().flat_map(numbers).collect();
        let targets = targets(&case["inputs"]["labels"]);
        let width = embeddings.len() / targets.len();
        let queries = Embedded { embeddings: &embeddings, width, targets: &targets };
        let n_classes = 1 + *targets.iter().max().unwrap() as usize;
        let asked = Asked { recall_at: &ks, voters: 1 };
        let found = retrieve(queries, Gallery::Queries, n_classes, asked).unwrap();
        let expected = &case["expected"];
        for (k, recall) in ks.iter().zip(&found.recall_at) {
            let key = format!("recall_at_{k}");
            tolerance.check(&format!("{name} {key}"), Some(*recall), &expected[key]);
        }
        let of_r = [
            (found.recall_at[0], "precision_at_1_k_maxbin"),
            (found.r_precision, "r_precision_k_maxbin"),
            (found.map_at_r, "mean_average_precision_at_r_k_maxbin"),
        ];
        for (value, key) in of_r {
            tolerance.check(&format!("{name} {key}"), Some(value), &expected[key]);
        }
        // One neighbour votes for what is nearest.
        assert_eq!(found.class_knn, found.class_recall_at_1, "{name}");
    }
}

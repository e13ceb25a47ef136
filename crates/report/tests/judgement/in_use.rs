//! What the rows of a single data set would mean in use.

use super::*;

fn in_use(records: &[TrialRecord]) -> String {
    let facts = DatasetFacts {
        family: "own".to_owned(),
        positive: Some("fraud".to_owned()),
        ..DatasetFacts::default()
    };
    let facts = BTreeMap::from([("own".to_owned(), facts)]);
    said(&compared_with_facts(records, records, &facts, &one_metric()))
}

/// Has each run take so many examples for the positive class, so many of them rightly, of three that are to be found.
fn take(records: &mut [TrialRecord], of: impl Fn(&TrialRecord) -> (u32, u32)) {
    for record in records {
        let (predicted, right) = of(record);
        let class = &mut record.trial.results.as_mut().unwrap().best.test.classes[1];
        (class.predicted, class.right) = (Some(predicted), Some(right));
    }
}

#[test]
fn in_use_a_row_finds_so_many_at_so_many_false_alarms() {
    let mut records = folds(&cross_entropy(), "own", &[0.5, 0.5, 0.5]);
    records.extend(folds(&focal(1.0), "own", &[0.6, 0.6, 0.61]));
    take(&mut records, |record| {
        let is_focal = record.trial.spec.plainly().unwrap() != record.trial.spec;
        if is_focal { (6, 2) } else { (2, 1) }
    });
    let text = in_use(&records);
    let claim = "focal(gamma=1) finds 67 % of fraud with 2.0 false alarms for each one found, taking the more probable class. \
                 cross_entropy finds 33 % of fraud with 1.0 false alarms";
    assert!(text.contains(claim), "{text}");
}

#[test]
fn where_none_is_found_there_may_be_false_alarms() {
    let mut records = folds(&cross_entropy(), "own", &[0.5, 0.5, 0.5]);
    records.extend(folds(&focal(1.0), "own", &[0.6, 0.6, 0.61]));
    take(&mut records, |_| (4, 0));
    let text = in_use(&records);
    let claim = "cross_entropy finds 0 % of fraud, taking the more probable class.";
    assert!(text.contains(claim), "{text}");
}

/// Runs that decide for the positive class from these probabilities on.
fn decided(mut records: Vec<TrialRecord>, thresholds: &[f64]) -> Vec<TrialRecord> {
    for (record, threshold) in records.iter_mut().zip(thresholds) {
        let fitted = json!({ "decision": { "threshold": threshold } });
        let best = &mut record.trial.results.as_mut().unwrap().best;
        best.after_training = Some(serde_json::from_value(fitted).unwrap());
    }
    records
}

#[test]
fn rows_that_share_the_best_mean_are_all_said_with_their_thresholds() {
    let values = [0.6, 0.6, 0.61];
    let mut records = folds(&cross_entropy(), "own", &[0.5, 0.5, 0.5]);
    records.extend(folds(&focal(1.0), "own", &values));
    records.extend(decided(folds(&focal(2.0), "own", &values), &[0.1, 0.2, 0.3]));
    take(&mut records, |_| (2, 1));
    let text = in_use(&records);
    let equal = "for this one comparison). focal(gamma=1) has the same mean.";
    assert!(text.contains(equal), "{text}");
    let claim = "focal finds 33 % of fraud with 1.0 false alarms for each one found, from a probability of \
                 0.20 on (the median; 0.10 to 0.30 over the runs).";
    assert!(text.contains(claim), "{text}");
}

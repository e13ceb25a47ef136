use nn::Matrix;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::mining::testing::of_rows;

/// Every regulariser, with parameters at their defaults and elsewhere.
fn regularizers() -> Vec<Regularizer> {
    let written = json!([
        { "hard": {} }, { "linear": {} }, { "polynomial": {} }, { "polynomial": { "t": 1.2 } }, { "logarithmic": {} },
        { "mixture": {} }, { "mixture": { "lower": 0.1 } }, { "mixture_2": {} }, { "mixture_2": { "gamma": 0.2 } },
        { "spld": {} }, { "spld": { "gamma": 0.1 } },
    ]);
    serde_json::from_value(written).unwrap()
}

fn pacer(parameters: Value, targets: &[u32], n_classes: usize) -> Box<dyn Mining<f64>> {
    let spec: SelfPaced = serde_json::from_value(parameters).unwrap();
    of_rows(targets, n_classes, None, |mined| spec.build(mined))
}

/// The weights of rows with these losses in the epoch `number` of five.
fn weights(miner: &mut dyn Mining<f64>, losses: &[f64], number: usize) -> Vec<f64> {
    let mut pool = Pool::full(losses.len());
    let survey = Survey { losses, outputs: &Matrix::default() };
    let epoch = Epoch { number, ..Epoch::at(number as f64 / 5.0) };
    assert!(miner.surveys(&epoch));
    miner.pool(&epoch, &survey, &mut pool);
    (0..losses.len() as u32).map(|row| pool.weight(row)).collect()
}

proptest! {
    #[test]
    fn a_weight_falls_with_the_loss_from_1_to_0_and_is_1_without_end(
        (mut losses, lambda) in (prop::collection::vec(0.0..5.0_f64, 2..30), 1e-9..5.0_f64), place in 1_u32..9
    ) {
        losses.sort_by(f64::total_cmp);
        for regularizer in regularizers() {
            let weight = |loss, lambda| regularizer.weight(loss, lambda, place);
            let weights: Vec<f64> = losses.iter().map(|&loss| weight(loss, lambda)).collect();
            prop_assert!(weights.iter().all(|v| (0.0..=1.0).contains(v)), "{regularizer:?}");
            prop_assert!(weights.windows(2).all(|pair| pair[1] <= pair[0]), "{regularizer:?} {weights:?}");
            prop_assert_eq!(weight(0.0, lambda), 1.0);
            prop_assert_eq!(weight(1e9, lambda), 0.0);
            prop_assert!(losses.iter().all(|&loss| weight(loss, f64::INFINITY) == 1.0));
        }
    }

    #[test]
    fn regularisers_meet_where_they_have_to(loss in 0.0..2.0_f64, lambda in 0.01..2.0_f64, place in 1_u32..9) {
        let of = |written: Value| {
            serde_json::from_value::<Regularizer>(written).unwrap().weight(loss, lambda, place)
        };
        prop_assert_eq!(of(json!({ "polynomial": { "t": 2 } })), of(json!({ "linear": {} })));
        prop_assert_eq!(of(json!({ "spld": { "gamma": 0 } })), of(json!({ "hard": {} })));
    }
}

#[test]
fn a_share_of_each_class_is_shown_that_grows_to_all_with_full_weight() {
    // Class 1 is harder than any of class 0.
    let targets: Vec<u32> = (0..120).map(|row| u32::from(100 <= row)).collect();
    let losses: Vec<f64> =
        (0..120).map(|row| f64::from((row * 7) % 100 + 1 + 1000 * (row / 100))).collect();
    let mut hard = pacer(json!({}), &targets, 2);
    for (number, share) in [0.5, 0.625, 0.75, 0.875, 1.0].into_iter().enumerate() {
        let weights = weights(hard.as_mut(), &losses, number);
        let n_shown = |rows: std::ops::Range<usize>| weights[rows].iter().sum::<f64>();
        let expected = |n: f64| (share * n).ceil();
        assert_eq!((n_shown(0..100), n_shown(100..120)), (expected(100.0), expected(20.0)));
    }
    for regularizer in regularizers() {
        let mut soft = pacer(json!({ "regularizer": regularizer }), &targets, 2);
        assert_eq!(weights(soft.as_mut(), &losses, 4), [1.0; 120], "{regularizer:?}");
    }
}

#[test]
fn one_share_of_all_rows_may_leave_a_small_class_out_and_diversity_brings_it_in() {
    let targets: Vec<u32> = (0..20).map(|row| u32::from(18 <= row)).collect();
    let losses: Vec<f64> = (1..=20).map(f64::from).collect();
    let global = |regularizer: Value| {
        let spec = json!({ "scope": "global", "regularizer": regularizer });
        weights(pacer(spec, &targets, 2).as_mut(), &losses, 0)
    };
    let hard = global(json!("hard"));
    assert_eq!((hard[..10].to_vec(), hard[10..].to_vec()), (vec![1.0; 10], vec![0.0; 10]));
    // 19 < 11 + 9 / (1 + 0).
    assert_eq!(global(json!({ "spld": { "gamma": 9 } }))[18], 1.0);
    let note = |scope: &str, regularizer: &str| {
        let written = json!({ "scope": scope, "regularizer": { regularizer: {} } });
        Definition::<f64>::note(&serde_json::from_value::<SelfPaced>(written).unwrap())
    };
    assert!(note("global", "hard").unwrap().contains("scope = \"per_class\""));
    assert!(note("per_class", "hard").is_none() && note("global", "spld").is_none());
}

#[test]
fn rows_as_hard_as_the_last_that_is_shown_are_shown_and_what_is_no_number_comes_last() {
    let shown =
        |losses: &[f64]| weights(pacer(json!({}), &vec![0; losses.len()], 1).as_mut(), losses, 0);
    assert_eq!(shown(&[0.7; 5]), [1.0; 5]);
    assert_eq!(shown(&[0.1, 0.2, 0.2, 0.3]), [1.0, 1.0, 1.0, 0.0]);
    assert_eq!(shown(&[f64::NAN, 0.2, 0.3, 0.1]), [0.0, 1.0, 0.0, 1.0]);
    assert_eq!(shown(&[0.0]), [1.0]);
}

#[test]
fn lambda_is_multiplied_and_the_easiest_row_stays_where_it_shows_none() {
    let growth = json!({ "growth": { "multiplicative": { "factor": 2 } } });
    let mut miner = pacer(growth, &[0; 4], 1);
    // λ is 3, 6, 12, 24.
    assert_eq!(weights(miner.as_mut(), &[1.0, 2.0, 3.0, 4.0], 0), [1.0, 1.0, 0.0, 0.0]);
    assert_eq!(weights(miner.as_mut(), &[6.0, 5.9, 3.0, 7.0], 1), [0.0, 1.0, 1.0, 0.0]);
    assert_eq!(weights(miner.as_mut(), &[70.0, 60.0, 50.0, f64::NAN], 2), [0.0, 0.0, 1.0, 0.0]);
    assert_eq!(weights(miner.as_mut(), &[23.0, 24.0, 25.0, 0.0], 3), [1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn a_logarithmic_weight_is_defined_for_every_lambda() {
    for lambda in [1e-300, 1e-12, 0.5, 0.9, 1.0, 7.0, 1e9] {
        let at = |share: f64| Regularizer::Logarithmic {}.weight(share * lambda, lambda, 1);
        assert_eq!((at(0.0), at(1.0)), (1.0, 0.0));
        assert!(0.0 < at(0.9) && at(0.9) < at(0.1) && at(0.1) < 1.0, "{lambda}");
    }
}

use super::*;
use crate::reweighting::testing::{assert_close, dot, slopes};

const LOSSES: [f64; 5] = [0.1, 3.0, 0.7, f64::NAN, 1.2];
const VALUES: [f64; 5] = [0.4, 0.9, 0.6, 0.5, 0.2];
const SLOPES: [f64; 5] = [0.3, -0.2, 0.1, 0.7, 0.5];

fn selection() -> Selection<f64> {
    Selection { weights: vec![1.0, 0.5, 1.0, 0.0, 1.0], divisor: 3.5 }
}

fn every() -> Vec<Shares> {
    let mut all = Vec::new();
    for detach in [true, false] {
        for (by, is_sum_constant) in
            [(Normalize::Mean, false), (Normalize::Sum, false), (Normalize::Sum, true)]
        {
            // A constant sum under values that move is nobody's.
            if detach || !is_sum_constant {
                all.push(Shares { by, is_sum_constant, detach });
            }
        }
    }
    all
}

#[test]
fn weights_are_values_over_their_divisor_and_only_for_what_was_mined() {
    let selection = selection();
    let batch = Valued { losses: &LOSSES, selection: &selection, values: &VALUES, slopes: &SLOPES };
    for shares in every() {
        let mut weights = vec![7.0];
        shares.weights(&batch, &mut weights);
        let divisor = if shares.by == Normalize::Mean { 3.5 } else { 1.65 };
        let expected = [0.4, 0.45, 0.6, 0.0, 0.2].map(|share: f64| share / divisor);
        assert_close(&weights, &expected, 1e-15);
    }
}

#[test]
fn coefficients_are_the_slopes_of_the_weighted_loss_as_the_losses_move() {
    let selection = selection();
    let weighted = |shares: Shares, losses: &[f64]| {
        let mined = |i: usize| selection.weights[i] != 0.0;
        let moves = |i: usize| !shares.detach && mined(i);
        let moved = |i: usize| VALUES[i] + SLOPES[i] * (losses[i] - LOSSES[i]);
        let values: Vec<f64> =
            (0..5).map(|i| if moves(i) { moved(i) } else { VALUES[i] }).collect();
        let batch = Valued { losses, selection: &selection, values: &values, slopes: &SLOPES };
        let mut weights = Vec::new();
        shares.weights(&batch, &mut weights);
        (0..5).filter(|&i| mined(i)).map(|i| weights[i] * losses[i]).sum::<f64>()
    };
    for shares in every() {
        let batch =
            Valued { losses: &LOSSES, selection: &selection, values: &VALUES, slopes: &SLOPES };
        let mut coefficients = Vec::new();
        shares.coefficients(&batch, &mut coefficients);
        let mut expected = slopes(&LOSSES, |losses| weighted(shares, losses));
        expected[3] = 0.0;
        assert_close(&coefficients, &expected, 1e-9);
    }
}

#[test]
fn the_way_back_is_the_slope_of_the_coefficients() {
    let (selection, q) = (selection(), [0.3, -1.0, 0.6, f64::NAN, 0.2]);
    let f = |shares: Shares, values: &[f64], slopes: &[f64]| {
        let batch = Valued { losses: &LOSSES, selection: &selection, values, slopes };
        let mut coefficients = Vec::new();
        shares.coefficients(&batch, &mut coefficients);
        // A sum that is held constant is the one at the values of the batch.
        let held = if shares.is_sum_constant { batch.sum() / 1.65 } else { 1.0 };
        (0..5).filter(|&i| i != 3).map(|i| held * q[i] * coefficients[i]).sum::<f64>()
    };
    for shares in every() {
        let batch =
            Valued { losses: &LOSSES, selection: &selection, values: &VALUES, slopes: &SLOPES };
        let (mut coefficients, mut by_value, mut by_slope) = (Vec::new(), Vec::new(), Vec::new());
        shares.coefficients(&batch, &mut coefficients);
        shares.back(&batch, (&coefficients, &q), [&mut by_value, &mut by_slope]);
        assert_close(&by_value, &slopes(&VALUES, |values| f(shares, values, &SLOPES)), 1e-9);
        assert_close(&by_slope, &slopes(&SLOPES, |slopes| f(shares, &VALUES, slopes)), 1e-9);
    }
}

#[test]
fn values_of_0_weigh_nothing() {
    let selection = selection();
    let none = [0.0; 5];
    let batch = Valued { losses: &LOSSES, selection: &selection, values: &none, slopes: &none };
    for shares in every() {
        let (mut coefficients, mut by_value, mut by_slope) = (Vec::new(), Vec::new(), Vec::new());
        shares.coefficients(&batch, &mut coefficients);
        shares.back(&batch, (&coefficients, &[1.0; 5]), [&mut by_value, &mut by_slope]);
        assert_eq!(coefficients, none);
        assert!(by_value.iter().chain(&by_slope).all(|x| x.is_finite()));
    }
}

#[test]
fn the_sum_makes_the_way_back_blind_to_a_common_factor() {
    let selection = selection();
    let batch = Valued { losses: &LOSSES, selection: &selection, values: &VALUES, slopes: &SLOPES };
    let shares = Shares { by: Normalize::Sum, is_sum_constant: false, detach: true };
    let (mut coefficients, mut by_value, mut by_slope) = (Vec::new(), Vec::new(), Vec::new());
    shares.coefficients(&batch, &mut coefficients);
    let q = [0.3, -1.0, 0.6, 0.0, 0.2];
    shares.back(&batch, (&coefficients, &q), [&mut by_value, &mut by_slope]);
    assert!(dot(&by_value, &VALUES).abs() < 1e-15);
}

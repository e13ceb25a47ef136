use nn::Matrix;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::losses::Link;
use crate::mining::testing::of_rows;

fn rounds(parameters: Value, targets: &[u32], n_classes: usize) -> Rounds {
    let spec: HardRounds = serde_json::from_value(parameters).unwrap();
    of_rows(targets, n_classes, None, |mined| spec.rounds(mined))
}

/// The rows that the epoch `number` shows, where logits of two classes give the rows these margins.
fn shown(rounds: &mut Rounds, number: usize, margins: &[f64]) -> Vec<u32> {
    let logits = margins
        .iter()
        .zip(&rounds.targets)
        .flat_map(|(&margin, &y)| if y == 1 { [0.0, margin] } else { [margin, 0.0] });
    let outputs = Matrix::from_values(2, logits.collect());
    let epoch = Epoch { number, ..Epoch::at(0.0) };
    let surveyed = Mining::<f64>::surveys(rounds, &epoch);
    let nothing = Matrix::default();
    let outputs = if surveyed { &outputs } else { &nothing };
    let mut pool = Pool::full(rounds.targets.len());
    rounds.pool(&epoch, &Survey::<f64> { losses: &[], outputs }, &mut pool);
    (0..rounds.targets.len() as u32).filter(|&row| pool.shows(row)).collect()
}

/// 20 rows, of which the first 4 are positive.
fn targets() -> Vec<u32> {
    (0..20).map(|row| u32::from(row < 4)).collect()
}

#[test]
fn all_positives_and_as_many_negatives_are_shown_at_the_start() {
    let mut one = rounds(json!({}), &targets(), 2);
    let start = shown(&mut one, 0, &[]);
    assert_eq!(start.len(), 8);
    assert_eq!(start[..4], [0, 1, 2, 3]);
    assert_eq!(shown(&mut one, 4, &[]), start, "no round yet");
    assert_eq!(shown(&mut rounds(json!({ "ratio": 1e9 }), &targets(), 2), 0, &[]).len(), 20);
    assert_eq!(shown(&mut rounds(json!({ "ratio": 1e-9 }), &targets(), 2), 0, &[]).len(), 5);
}

#[test]
fn a_round_adds_the_negatives_that_are_taken_for_positives() {
    let mut rounds = rounds(json!({ "every": 2 }), &targets(), 2);
    let start = shown(&mut rounds, 0, &[]);
    let outside: Vec<u32> = (0..20).filter(|row| !start.contains(row)).collect();
    let mut margins = vec![0.5; 20];
    // Wrong positives are in already.
    margins[0] = -3.0;
    for &row in &outside[..3] {
        margins[row as usize] = -0.1;
    }
    margins[outside[3] as usize] = f64::NAN;
    assert_eq!(shown(&mut rounds, 1, &margins), start);
    let mut expected = [&start[..], &outside[..3]].concat();
    expected.sort_unstable();
    assert_eq!(shown(&mut rounds, 2, &margins), expected);
    assert_eq!(shown(&mut rounds, 4, &margins), expected, "nothing that is new");
}

#[test]
fn without_a_bound_on_hardness_one_round_takes_all_negatives() {
    let mut rounds = rounds(json!({ "add": { "hardest": { "ratio": 1e9 } } }), &targets(), 2);
    assert!(shown(&mut rounds, 0, &[]).len() < 20);
    assert_eq!(shown(&mut rounds, 5, &[1.0; 20]).len(), 20);
}

#[test]
fn the_hardest_come_in_whether_they_are_taken_for_positives_or_not() {
    let parameters = json!({ "add": { "hardest": { "ratio": 0.5 } } });
    let mut rounds = rounds(parameters, &targets(), 2);
    let start = shown(&mut rounds, 0, &[]);
    let margins: Vec<f64> = (0..20).map(|row| f64::from(40 - row)).collect();
    let added: Vec<u32> =
        shown(&mut rounds, 5, &margins).into_iter().filter(|row| !start.contains(row)).collect();
    let outside: Vec<u32> = (0..20).filter(|row| !start.contains(row)).collect();
    assert_eq!(added, outside[10..]);
}

#[test]
fn what_has_become_easy_is_dropped_but_never_below_the_start() {
    let parameters = json!({ "drop_margin": 1, "every": 1 });
    let mut rounds = rounds(parameters, &targets(), 2);
    let start = shown(&mut rounds, 0, &[]);
    let outside: Vec<u32> = (0..20).filter(|row| !start.contains(row)).collect();
    let mut margins = vec![0.5; 20];
    margins[outside[0] as usize] = -1.0;
    margins[outside[1] as usize] = -1.0;
    assert_eq!(shown(&mut rounds, 1, &margins).len(), 10);
    // Six negatives are in: three have become easy, and two may go.
    margins[start[4] as usize] = 1.5;
    margins[start[5] as usize] = 3.0;
    margins[outside[0] as usize] = 2.0;
    let left = shown(&mut rounds, 2, &margins);
    assert_eq!(left.len(), 8);
    assert!(left.contains(&start[4]) && !left.contains(&start[5]) && !left.contains(&outside[0]));
    let all_easy = vec![9.0; 20];
    assert_eq!(shown(&mut rounds, 3, &all_easy), left);
}

#[test]
fn every_class_but_the_smallest_has_its_turn() {
    let targets: Vec<u32> = [vec![0; 10], vec![1; 3], vec![2; 6]].concat();
    let mut rounds = rounds(json!({ "negatives": "in_turn", "every": 1 }), &targets, 3);
    let mut count = |number| {
        let mut wrong = Matrix::<f64>::zeros(19, 3);
        for (row, &y) in targets.iter().enumerate() {
            wrong.row_mut(row)[y as usize] = -1.0;
        }
        let mut pool = Pool::full(19);
        let survey = Survey { losses: &[], outputs: &wrong };
        rounds.pool(&Epoch { number, ..Epoch::at(0.0) }, &survey, &mut pool);
        let of = |class| {
            let shown = (0..19).filter(|&row| pool.shows(row));
            shown.filter(|&row| targets[row as usize] == class).count()
        };
        [of(0), of(1), of(2)]
    };
    assert_eq!([0, 1, 2, 3].map(&mut count), [[3, 3, 3], [10, 3, 3], [10, 3, 6], [10, 3, 6]]);
}

#[test]
fn the_margin_is_that_of_the_logits_as_they_are_read() {
    let plain = Readout::plain(Link::Softmax);
    assert_eq!(margin(&plain, &[1.0, 3.0, 2.5], 1).to_bits(), 0.5_f64.to_bits());
    assert_eq!(margin(&plain, &[1.0, 3.0, 2.5], 0).to_bits(), (-2.0_f64).to_bits());
    let moved = Readout { scale: 2.0, offsets: vec![0.0, -5.0, 0.0], ..plain };
    assert_eq!(margin(&moved, &[1.0, 3.0, 2.5], 1).to_bits(), (-4.0_f64).to_bits());
    let one = Readout::plain(Link::Sigmoid);
    assert_eq!([0, 1].map(|y| margin(&one, &[2.0], y)), [-2.0, 2.0]);
}

proptest! {
    #[test]
    fn positives_stay_and_a_network_without_false_positives_changes_nothing(
        batch in prop::collection::vec((0_u32..2, -3.0..3.0), 2..60), ratio in 0.1..3.0
    ) {
        let (targets, margins): (Vec<u32>, Vec<f64>) = batch.into_iter().unzip();
        let mut rounds = rounds(json!({ "ratio": ratio, "every": 1, "drop_margin": 1 }), &targets, 2);
        let mut before = shown(&mut rounds, 0, &[]);
        for number in 1..4 {
            let now = shown(&mut rounds, number, &margins);
            prop_assert!((0..targets.len() as u32).all(|row| targets[row as usize] == 0 || now.contains(&row)));
            let wrong = (0..targets.len() as u32).filter(|&row| margins[row as usize] < 0.0);
            prop_assert!(wrong.into_iter().all(|row| now.contains(&row)));
            before = now;
        }
        let right = vec![0.5; targets.len()];
        prop_assert_eq!(shown(&mut rounds, 4, &right), before);
    }

    #[test]
    fn of_two_classes_a_false_positive_has_a_plain_loss_above_ln_2(z in -9.0..9.0_f64, y in 0_u32..2) {
        let plain = Readout::plain(Link::Sigmoid);
        let signed = if y == 1 { z } else { -z };
        let loss = libm::log1p(libm::exp(-signed));
        prop_assert_eq!(margin(&plain, &[z], y) < 0.0, std::f64::consts::LN_2 < loss);
    }
}

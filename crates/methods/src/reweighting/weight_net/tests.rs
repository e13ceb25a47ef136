use super::*;
use crate::reweighting::testing::{assert_close, slopes};
use nn::Streams;

const LOSSES: [f64; 5] = [0.01, 0.4, 1.0, 2.5, 30.0];
const HEADS: [u32; 5] = [0, 1, 0, 2, 1];

fn net(n_hidden: usize) -> WeightNet<f64> {
    let mut stream = Streams::new([3; 32]).stream("weight net");
    let mut net = WeightNet::new(n_hidden, 3, &mut stream);
    net.evaluate(&LOSSES, HEADS.into_iter());
    net
}

#[test]
fn the_slope_is_that_of_the_value() {
    for n_hidden in [1, 7, 8, 20] {
        let mut net = net(n_hidden);
        let at = |loss: f64, i: usize, net: &mut WeightNet<f64>| {
            net.evaluate(&[loss], [HEADS[i]].into_iter());
            net.values[0]
        };
        let ours = net.slopes.clone();
        for (i, slope) in ours.iter().enumerate() {
            let [above, below] = [1e-6, -1e-6].map(|by| at(LOSSES[i] + by, i, &mut net));
            // Central differences err by the square of the step and by rounding / step.
            assert!(((above - below) / 2e-6 - slope).abs() < 1e-9, "{n_hidden} {i}");
        }
    }
}

#[test]
fn the_gradient_is_that_of_values_and_slopes() {
    let (by_value, by_slope) = ([0.3, -1.0, 0.2, 0.7, 0.1], [-0.2, 0.4, 1.0, -0.5, 0.3]);
    for n_hidden in [1, 7, 8, 20] {
        let mut net = net(n_hidden);
        let f = |parameters: &[f64]| {
            let mut at = WeightNet { parameters: parameters.to_vec(), ..self::net(n_hidden) };
            at.evaluate(&LOSSES, HEADS.into_iter());
            let pairs = at.values.iter().zip(by_value).chain(at.slopes.iter().zip(by_slope));
            pairs.map(|(x, by)| x * by).sum()
        };
        net.backward(&LOSSES, HEADS.into_iter(), &by_value, &by_slope);
        // Central differences err by the square of the step, which grows with the largest loss, and by rounding / step.
        assert_close(&net.gradient, &slopes(&net.parameters, f), 1e-6);
    }
}

#[test]
fn weights_start_between_0_and_1_and_a_head_moves_its_own_examples_alone() {
    let mut net = net(20);
    let before = net.values.clone();
    assert!(before.iter().all(|v| 0.0 < *v && *v < 1.0));
    let start = start(net.n_hidden, 1);
    net.parameters[start..start + 21].iter_mut().for_each(|b| *b += 0.1);
    net.evaluate(&LOSSES, HEADS.into_iter());
    for ((before, after), head) in before.iter().zip(&net.values).zip(HEADS) {
        assert_eq!(before != after, head == 1);
    }
}

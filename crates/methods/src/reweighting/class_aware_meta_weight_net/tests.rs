use super::*;
use crate::losses::{Epoch, Link};
use crate::reweighting::testing::{Scene, assert_close, optimizer, slopes};
use proptest::prelude::*;
use serde_json::json;

fn grouped(counts: &[u32], n_groups: usize) -> Vec<u32> {
    groups(&ClassCounts::new(counts.to_vec()), n_groups)
}

#[test]
fn classes_are_grouped_by_their_scale() {
    // 450 and 500 are nearer to the small ones than 3871 and 5000 are to each other.
    assert_eq!(grouped(&[5000, 3871, 20, 500, 450, 30], 3), [2, 1, 0, 0, 0, 0]);
    assert_eq!(grouped(&[100, 10, 90, 9, 1000], 3), [1, 0, 1, 0, 2]);
    assert_eq!(grouped(&[40, 10], 3), [1, 0]);
    assert_eq!(grouped(&[7, 7, 7], 3), [0, 0, 0]);
    assert_eq!(grouped(&[40, 10, 3], 1), [0, 0, 0]);
}

/// The sum of squared distances from the means of the groups.
fn spread(counts: &[u32], groups: &[u32]) -> f64 {
    let of = |group: u32| {
        let members = counts.iter().zip(groups).filter(move |(_, g)| **g == group);
        let members: Vec<f64> = members.map(|(n, _)| f64::from(*n)).collect();
        let mean = members.iter().sum::<f64>() / members.len().max(1) as f64;
        members.iter().map(|n| (n - mean) * (n - mean)).sum::<f64>()
    };
    (0..3).map(of).sum()
}

#[test]
fn classes_of_a_group_share_a_weight_function() {
    let mut scene = Scene::new(Link::Softmax, &[4], 2);
    scene.evaluated.losses.fill(0.7);
    for (n_groups, differ) in [(1, false), (2, true)] {
        let groups = NonZeroUsize::new(n_groups).unwrap();
        let method = ClassAwareMetaWeightNet { groups, ..Default::default() };
        let mut weighing = scene.build(|reweighed| method.weighing(reweighed));
        let weights = scene.weigh(&mut weighing);
        let of = |class: u32| {
            let mine = scene.train.targets.iter().zip(&weights).filter(|(y, _)| **y == class);
            mine.map(|(_, w)| *w).collect::<Vec<f64>>()
        };
        for class in [0, 1] {
            assert!(of(class).windows(2).all(|pair| pair[0] == pair[1]), "{weights:?}");
        }
        assert_eq!(of(0)[0] != of(1)[0], differ, "{weights:?}");
    }
}

#[test]
fn the_gradient_of_the_weight_network_is_that_of_look_aheads_at_a_constant_sum() {
    let mut scene = Scene::new(Link::Softmax, &[4], 2);
    scene.rate = 20.0;
    let method =
        ClassAwareMetaWeightNet { hidden: NonZeroUsize::new(5).unwrap(), ..Default::default() };
    let mut weighing = scene.build(|reweighed| method.weighing(reweighed));
    weighing.look(&mut scene.step());
    let ours = weighing.net.gradient.clone();
    let heads: Vec<u32> = scene.train.targets.iter().map(|&y| weighing.heads[y as usize]).collect();
    let (losses, sum) = (scene.evaluated.losses.clone(), weighing.net.values.iter().sum::<f64>());
    let at = weighing.net.parameters.clone();
    let expected = slopes(&at, |parameters| {
        weighing.net.parameters.copy_from_slice(parameters);
        weighing.net.evaluate(&losses, heads.iter().copied());
        let coefficients: Vec<f64> = weighing.net.values.iter().map(|v| v / sum).collect();
        let gradient = scene.gradient(&coefficients);
        scene.meta_loss_after(&gradient)
    });
    assert!(ours.iter().any(|x| 1e-3 < x.abs()), "nothing to tell apart");
    assert_close(&ours, &expected, 1e-8);
}

#[test]
fn every_example_counts_alike_before_the_start_and_nothing_is_learnt() {
    let mut scene = Scene::new(Link::Softmax, &[4], 2);
    let method = ClassAwareMetaWeightNet { start: UnitInterval::new(0.8), ..Default::default() };
    let mut weighing = scene.build(|reweighed| method.weighing(reweighed));
    let before = weighing.net.parameters.clone();
    for (progress, is_mean) in [(0.0, true), (0.79, true), (0.8, false)] {
        weighing.begin_epoch(&Epoch::at(progress));
        assert_eq!(scene.weigh(&mut weighing) == [1.0 / 6.0; 6], is_mean, "{progress}");
        assert_eq!(weighing.net.parameters == before, is_mean, "{progress}");
    }
}

#[test]
fn one_group_at_rest_weighs_as_meta_weight_net_does() {
    let mut scene = Scene::new(Link::Softmax, &[4], 2);
    let rest = json!({"sgd": {"learning_rate": 1e-300, "momentum": 0, "weight_decay": 0}});
    let groups = NonZeroUsize::new(1).unwrap();
    let method = ClassAwareMetaWeightNet { groups, ..Default::default() };
    let mut ours = scene.build(|reweighed| method.weighing(reweighed));
    ours.optimizer = optimizer(rest, ours.net.parameters.len());
    let plain = json!({"normalize": "sum", "optimizer": {"sgd": {"learning_rate": 1e-300}}});
    let plain: crate::reweighting::MetaWeightNet = serde_json::from_value(plain).unwrap();
    let mut theirs = scene.build(|reweighed| plain.build(reweighed));
    assert_eq!(scene.weigh(&mut ours), scene.weigh(theirs.as_mut()));
}

proptest! {
    #[test]
    fn no_groups_of_neighbours_lie_closer(counts in prop::collection::vec(1..60_u32, 1..8)) {
        let ours = grouped(&counts, 3);
        for (low, high) in (0..60).flat_map(|low| (low..60).map(move |high| (low, high))) {
            let others: Vec<u32> =
                counts.iter().map(|&n| u32::from(low < n) + u32::from(high < n)).collect();
            prop_assert!(spread(&counts, &ours) <= spread(&counts, &others) + 1e-9);
        }
    }
}

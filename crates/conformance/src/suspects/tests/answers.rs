//! Mistakes in how a loss is asked and how it answers.

use super::*;

#[test]
fn numbers_that_are_not_finite_are_named() {
    assert_named("cross_entropy = {}", "log-sum-exp", |s| {
        let mut replies = ours(s, true, |_, _| {});
        for reply in &mut replies[4..] {
            reply.values[0] = f64::NAN;
            reply.gradient[0][1] = f64::INFINITY;
        }
        replies
    });
}

#[test]
fn wrong_labels_and_logits_are_named() {
    let cross_entropy = |z: &[f64], y: usize| -log(p(z, y));
    assert_named("cross_entropy = {}", "labels are taken to begin at 1", |s| {
        wrong(s, |z, y| cross_entropy(z, (y + 2) % 3))
    });
    assert_named("cross_entropy = {}", "the softmax is taken twice", |s| {
        wrong(s, |z, y| cross_entropy(&squash(z, Link::Softmax), y))
    });
    assert_named("binary_cross_entropy = {}", "the sigmoid is taken twice", |s| {
        wrong(s, |z, y| {
            let term = |k: usize| {
                let p = 1.0 / (1.0 + exp(-z[k]));
                log(1.0 + exp(if k == y { -p } else { p }))
            };
            (0..3).map(term).sum()
        })
    });
    assert_named("cross_entropy = {}", "the logits have the wrong sign", |s| {
        wrong(s, |z, y| cross_entropy(&z.iter().map(|z| -z).collect::<Vec<_>>(), y))
    });
}

#[test]
fn wrong_reductions_are_named() {
    let scale = |reply: &mut Reply, value: f64, gradient: f64| {
        reply.values.iter_mut().for_each(|x| *x *= value);
        reply.gradient.iter_mut().flatten().for_each(|x| *x *= gradient);
    };
    let n = |answer: &Answer| answer.losses.len() as f64;
    assert_named("focal = {}", "the sum over the batch", |s| {
        ours(s, false, |reply, answer| scale(reply, n(answer), n(answer)))
    });
    assert_named("focal = {}", "the gradient is that of the sum", |s| {
        ours(s, false, |reply, answer| scale(reply, 1.0, n(answer)))
    });
    assert_named("focal = {}", "the gradient is that of the mean", |s| {
        ours(s, true, |reply, answer| scale(reply, 1.0, 1.0 / n(answer)))
    });
    assert_named("ghm_c = {}", "divided by the number of examples", |s| {
        ours(s, false, |reply, _| scale(reply, 3.0, 3.0))
    });
    assert_named("weighted_cross_entropy = {}", "reduction is taken for mean", |s| {
        ours(s, false, |reply, answer| {
            let factor = answer.mass.iter().sum::<f64>() / n(answer);
            scale(reply, factor, factor);
        })
    });
    assert_named("cross_entropy = {}", "the gradient has the wrong sign", |s| {
        ours(s, true, |reply, _| scale(reply, 1.0, -1.0))
    });
    assert_named("cross_entropy = {}", "the logarithm is to base 2", |s| {
        ours(s, true, |reply, _| scale(reply, 1.0 / log(2.0), 1.0 / log(2.0)))
    });
    assert_named("dice = {}", "a constant factor", |s| {
        ours(s, false, |reply, _| scale(reply, 1.7, 1.7))
    });
    assert_named("dice = {}", "only the gradient differs: it is 1.7", |s| {
        ours(s, false, |reply, _| scale(reply, 1.0, 1.7))
    });
}

#[test]
fn wrong_parameters_and_counts_are_named() {
    for (loss, built_as, cause) in [
        (
            "tversky = { alpha = 0.3, beta = 0.7 }",
            "tversky = { alpha = 0.7, beta = 0.3 }",
            "swapped",
        ),
        ("logit_adjustment.tau = 1.5", "logit_adjustment.tau = -1.5", "tau has the wrong sign"),
        ("label_smoothing.epsilon = 0.1", "label_smoothing.epsilon = 0.15", "over K - 1 classes"),
        ("ldam = {}", "ldam.scale = 1", "scale is ignored"),
        ("ghm_c = {}", "ghm_c.momentum = 0", "momentum is ignored"),
        ("asymmetric = {}", "asymmetric.detach_focus = true", "detach_focus is taken for true"),
    ] {
        assert_named(loss, cause, |s| {
            let mistaken = Subject { spec: subject(built_as).spec, counts: s.counts.clone() };
            ours(&mistaken, true, |_, _| {})
        });
    }
    for (counts, cause) in [
        (vec![5, 10, 40], "counts are read from the last class"),
        (vec![1, 1, 1], "counts of the classes are ignored"),
    ] {
        assert_named("logit_adjustment = {}", cause, |s| {
            let mistaken =
                Subject { spec: s.spec.clone(), counts: ClassCounts::new(counts.clone()) };
            ours(&mistaken, true, |_, _| {})
        });
    }
}

#[test]
fn what_nothing_explains_is_said_to_be_so() {
    assert_named("focal = {}", "no known mistake", |s| {
        ours(s, true, |reply, _| {
            reply.values[0] += 0.3;
            reply.gradient[1][2] -= 0.2;
        })
    });
    assert_named("focal = {}", "the gradient is right, the value is not", |s| {
        ours(s, true, |reply, _| reply.values[0] += 0.3)
    });
}

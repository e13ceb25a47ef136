use libm::{exp, log, pow};

use super::*;
use crate::cases::cases;

/// A loss of one example that another implementation got wrong, its gradient by differences.
fn wrong(subject: &Subject, loss: impl Fn(&[f64], usize) -> f64) -> Vec<Reply> {
    let reply = |case: &Case| {
        let rows = || case.logits.iter().zip(&case.targets).map(|(z, &y)| (z, y as usize));
        let slope = |z: &[f64], y: usize, k: usize| {
            let moved = |step: f64| {
                let mut z = z.to_vec();
                z[k] += step;
                loss(&z, y)
            };
            (moved(1e-5) - moved(-1e-5)) / 2e-5
        };
        Reply {
            values: rows().map(|(z, y)| loss(z, y)).collect(),
            each: true,
            gradient: rows().map(|(z, y)| (0..z.len()).map(|k| slope(z, y, k)).collect()).collect(),
        }
    };
    cases(subject).iter().map(reply).collect()
}

/// Our own answers, as one value a batch or one an example, after `change`.
fn ours(subject: &Subject, each: bool, change: impl Fn(&mut Reply, &Answer)) -> Vec<Reply> {
    let form = Reply { values: Vec::new(), each, gradient: Vec::new() };
    let reply = |answer: &Answer| {
        let mut reply = form.like(answer);
        change(&mut reply, answer);
        reply
    };
    answers(&subject.spec, &subject.counts, &cases(subject)).iter().map(reply).collect()
}

fn subject(loss: &str) -> Subject {
    Subject::new(toml::from_str(loss).unwrap(), None).unwrap()
}

#[track_caller]
fn assert_named(loss: &str, cause: &str, replies: impl Fn(&Subject) -> Vec<Reply>) {
    let subject = subject(loss);
    let causes = suspects(&subject, &cases(&subject), &replies(&subject), 1e-6);
    assert!(
        causes.iter().any(|named| named.contains(cause)),
        "{loss}: not {cause}, but {causes:?}"
    );
}

fn p(z: &[f64], y: usize) -> f64 {
    squash(z, Link::Softmax)[y]
}

fn rest(z: &[f64], y: usize) -> f64 {
    let p = squash(z, Link::Softmax);
    (0..p.len()).filter(|&k| k != y).map(|k| p[k]).sum()
}

#[test]
fn a_wrong_focus_is_named() {
    assert_named("focal = {}", "gamma multiplies (1 - p)", |s| {
        wrong(s, |z, y| -2.0 * rest(z, y) * log(p(z, y)))
    });
    assert_named("focal = {}", "the focus is p^gamma", |s| {
        wrong(s, |z, y| -pow(p(z, y), 2.0) * log(p(z, y)))
    });
    assert_named("focal.alpha = [0.2, 0.3, 0.5]", "read from the last class", |s| {
        wrong(s, |z, y| -[0.5, 0.3, 0.2][y] * pow(rest(z, y), 2.0) * log(p(z, y)))
    });
    assert_named("focal.alpha = [0.2, 0.3, 0.5]", "alpha is ignored", |s| {
        wrong(s, |z, y| -pow(rest(z, y), 2.0) * log(p(z, y)))
    });
    assert_named("focal = {}", "held constant", |s| {
        let case_of = cases(s);
        let mut replies = wrong(s, |z, y| -pow(rest(z, y), 2.0) * log(p(z, y)));
        for (reply, case) in replies.iter_mut().zip(&case_of) {
            for (i, row) in reply.gradient.iter_mut().enumerate() {
                let (z, y) = (&case.logits[i], case.targets[i] as usize);
                let focus = pow(rest(z, y), 2.0);
                for (k, slope) in row.iter_mut().enumerate() {
                    *slope = focus * if k == y { -rest(z, y) } else { p(z, k) };
                }
            }
        }
        replies
    });
}

#[test]
fn a_clipped_logarithm_is_named() {
    for (epsilon, cause) in [(1e-7, "clipped at 1e-7"), (1e-4, "clipped at 1e-4")] {
        assert_named("cross_entropy = {}", cause, |s| {
            wrong(s, |z, y| -log(p(z, y).clamp(epsilon, 1.0 - epsilon)))
        });
    }
    assert_named("cross_entropy = {}", "1e-8 is added", |s| wrong(s, |z, y| -log(p(z, y) + 1e-8)));
}

#[test]
fn numbers_that_are_not_finite_are_named() {
    assert_named("cross_entropy = {}", "log-sum-exp", |s| {
        let mut replies = ours(s, true, |_, _| {});
        replies[4].values[0] = f64::NAN;
        replies[4].gradient[0][1] = f64::INFINITY;
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

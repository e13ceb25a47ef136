use std::collections::BTreeSet;

use libm::{exp, log, pow};
use methods::losses::{
    Alpha, ClassCounts, Focal, FocalForm, GhmC, GradientHarmonizing, LabelBase, LossSpec,
    PerExample,
};
use nn::Matrix;

use super::*;
use crate::cases::{cases, other_cases, scaled};
use crate::moved::moved;

/// A loss of one example that another implementation got wrong, its gradient by differences.
fn wrong(subject: &Subject, loss: impl Fn(&[f64], usize) -> f64) -> Vec<Reply> {
    cases(subject).iter().map(|case| wrong_batch(case, &loss)).collect()
}

fn wrong_batch(case: &Case, loss: &dyn Fn(&[f64], usize) -> f64) -> Reply {
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
    let asked = Asked { cases: cases(&subject), replies: replies(&subject), subject };
    let causes = causes(&asked, &[], 1e-6);
    assert!(
        causes.iter().any(|named| named.contains(cause)),
        "{loss}: not {cause}, but {causes:?}"
    );
}

/// What is said of a client that is asked further, as `longtail check --against` does.
fn named(loss: &str, client: impl Fn(&Subject, &[Case]) -> Vec<Reply>) -> Vec<String> {
    let subject = subject(loss);
    let ask = |subject: &Subject, cases: Vec<Case>| Asked {
        subject: subject.clone(),
        replies: client(subject, &cases),
        cases,
    };
    let further = [Some(subject.clone()), moved(&subject)].into_iter().flatten();
    let further: Vec<Asked> = further.map(|other| ask(&other, other_cases(&other))).collect();
    causes(&ask(&subject, cases(&subject)), &further, 1e-6)
}

#[track_caller]
fn assert_only(loss: &str, cause: &str, client: impl Fn(&Subject, &[Case]) -> Vec<Reply>) {
    let causes = named(loss, client);
    assert!(
        causes.len() == 1 && causes[0].contains(cause),
        "{loss}: not {cause} alone, but {causes:?}"
    );
}

/// A client whose loss of an example is wrong; right where logits are large, as its mistake does not show in
/// whether numbers are finite.
fn each(subject: &Subject, cases: &[Case], loss: impl Fn(&[f64], usize) -> f64) -> Vec<Reply> {
    let right = right(subject, cases);
    let reply = |(at, case): (usize, &Case)| {
        if at < MODERATE { wrong_batch(case, &loss) } else { right[at].clone() }
    };
    cases.iter().enumerate().map(reply).collect()
}

/// A client that is right.
fn right(subject: &Subject, cases: &[Case]) -> Vec<Reply> {
    let form = Reply { values: Vec::new(), each: true, gradient: Vec::new() };
    answers(&subject.spec, &subject.counts, cases).iter().map(|answer| form.like(answer)).collect()
}

/// A client that asks ours with other batches, and does something to what it says.
fn through(
    subject: &Subject,
    cases: &[Case],
    before: impl Fn(&mut Case),
    after: impl Fn(&mut Reply),
) -> Vec<Reply> {
    let mut cases = cases.to_vec();
    cases.iter_mut().for_each(before);
    let mut replies = right(subject, &cases);
    replies.iter_mut().for_each(after);
    replies
}

/// Gamma and alpha of a focal loss.
fn focal(subject: &Subject) -> (f64, f64) {
    let LossSpec::Focal(Focal { gamma, alpha, .. }) = &subject.spec else {
        panic!("no focal loss")
    };
    let alpha = match alpha {
        Some(Alpha::Positive(alpha)) => alpha.get(),
        _ => f64::NAN,
    };
    (gamma.get(), alpha)
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

/// The sum over sigmoids of `term`, of the probability of what is right, that of what is wrong, and whether
/// the label is 1.
fn sigmoids(z: &[f64], y: usize, term: impl Fn(f64, f64, bool) -> f64) -> f64 {
    let term = |k: usize| {
        let [p, rest] = [z[k], -z[k]].map(|z| 1.0 / (1.0 + exp(-z)));
        if k == y { term(p, rest, true) } else { term(rest, p, false) }
    };
    (0..z.len()).map(term).sum()
}

fn alpha(positive: bool) -> f64 {
    if positive { 0.25 } else { 0.75 }
}

#[test]
fn a_wrong_focus_of_sigmoids_is_named() {
    let published = "focal = { form = 'sigmoid', alpha = 0.25 }";
    assert_named(published, "gamma multiplies (1 - p), it is no exponent", |s| {
        wrong(s, |z, y| sigmoids(z, y, |p, rest, positive| -alpha(positive) * 2.0 * rest * log(p)))
    });
    let in_positives = |p: f64, rest: f64, positive: bool| {
        -if positive { 2.0 * rest } else { rest * rest } * log(p)
    };
    assert_named("focal.form = 'sigmoid'", "in the positive branch", |s| {
        wrong(s, |z, y| sigmoids(z, y, in_positives))
    });
    assert_named(published, "in the positive branch", |s| {
        wrong(s, |z, y| {
            sigmoids(z, y, |p, rest, positive| alpha(positive) * in_positives(p, rest, positive))
        })
    });
    assert_named(published, "1 - alpha is missing on negatives", |s| {
        wrong(s, |z, y| {
            sigmoids(z, y, |p, rest, positive| {
                -if positive { 0.25 } else { 1.0 } * rest * rest * log(p)
            })
        })
    });
    assert_named("class_balanced = { gamma = 2, beta = 0 }", "gamma multiplies (1 - p)", |s| {
        wrong(s, |z, y| sigmoids(z, y, |p, rest, _| -2.0 * rest * log(p)))
    });
    assert_named("class_balanced.gamma = 2", "gamma multiplies (1 - p)", |s| {
        let inverse = [40.0, 10.0, 5.0].map(|n| 1.0 / (1.0 - pow(0.9999, n)));
        let weights = inverse.map(|w| 3.0 * w / inverse.iter().sum::<f64>());
        wrong(s, |z, y| sigmoids(z, y, |p, rest, _| -weights[y] * 2.0 * rest * log(p)))
    });
}

#[test]
fn a_focus_of_sigmoids_that_is_held_constant_is_named() {
    for (loss, alpha) in [
        ("focal = { form = 'sigmoid', alpha = 0.25 }", [0.75, 0.25]),
        ("focal.form = 'sigmoid'", [1.0, 1.0]),
    ] {
        assert_named(loss, "held constant", |s| {
            let focal = |p: f64, rest: f64, positive: bool| {
                -alpha[usize::from(positive)] * rest * rest * log(p)
            };
            let mut replies = wrong(s, |z, y| sigmoids(z, y, focal));
            for (reply, case) in replies.iter_mut().zip(&cases(s)) {
                for (i, row) in reply.gradient.iter_mut().enumerate() {
                    let (z, y) = (&case.logits[i], case.targets[i] as usize);
                    for (k, slope) in row.iter_mut().enumerate() {
                        let (sign, weight) =
                            if k == y { (-1.0, alpha[1]) } else { (1.0, alpha[0]) };
                        let rest = 1.0 / (1.0 + exp(-sign * z[k]));
                        *slope = sign * weight * rest * rest * rest;
                    }
                }
            }
            replies
        });
    }
}

#[test]
fn the_complement_of_a_list_is_named() {
    assert_named("focal.alpha = [0.2, 0.3, 0.5]", "1 - alpha stands for alpha", |s| {
        wrong(s, |z, y| -[0.8, 0.7, 0.5][y] * pow(rest(z, y), 2.0) * log(p(z, y)))
    });
}

#[test]
fn labels_that_leave_zero_to_the_background_are_named() {
    let cause = "with 0 for the background";
    for (loss, gamma) in [("binary_cross_entropy = {}", 0.0), ("focal.form = 'sigmoid'", 2.0)] {
        assert_named(loss, cause, |s| {
            wrong(s, |z, y| {
                let column = y.checked_sub(1).unwrap_or(z.len());
                sigmoids(z, column, |p, rest, _| -pow(rest, gamma) * log(p))
            })
        });
    }
    assert_named("ghm_c = {}", cause, |s| {
        let mut ghm = GradientHarmonizing::new(&GhmC::default());
        let mut out = PerExample::default();
        let reply = |case: &Case| {
            if case.fresh {
                ghm = GradientHarmonizing::new(&GhmC::default());
            }
            let labels: Vec<i64> = case.targets.iter().map(|&y| i64::from(y)).collect();
            let (labels, valid) = LabelBase::OneBasedBackgroundFirst.expand(&labels, 3).unwrap();
            ghm.evaluate_labels(&Matrix::from_rows(&case.logits), &labels, &valid, &mut out);
            Reply {
                values: out.losses.clone(),
                each: true,
                gradient: out.gradient.rows().map(<[f64]>::to_vec).collect(),
            }
        };
        cases(s).iter().map(reply).collect()
    });
}

#[test]
fn a_division_by_all_bins_is_named() {
    assert_named("ghm_c = {}", "the number of all bins", |s| {
        let mut replies = ours(s, true, |_, _| {});
        for (reply, case) in replies.iter_mut().zip(&cases(s)) {
            let mut filled = BTreeSet::new();
            for (z, &y) in case.logits.iter().zip(&case.targets) {
                for (k, &z) in z.iter().enumerate() {
                    let wrong = 1.0 / (1.0 + exp(if k == y as usize { z } else { -z }));
                    filled.insert(((30.0 * wrong) as usize).min(29));
                }
            }
            let factor = filled.len() as f64 / 30.0;
            reply.values.iter_mut().for_each(|x| *x *= factor);
            reply.gradient.iter_mut().flatten().for_each(|x| *x *= factor);
        }
        replies
    });
    // One bin that is full, and another that is empty.
    assert_named("ghm_softmax = { bins = 2, momentum = 0 }", "the number of all bins", |s| {
        let mut replies = ours(s, true, |_, _| {});
        for (reply, case) in replies.iter_mut().zip(&cases(s)) {
            let wrong = |(z, &y): (&Vec<f64>, &u32)| 0.5 <= rest(z, y as usize);
            let wrong: Vec<bool> = case.logits.iter().zip(&case.targets).map(wrong).collect();
            if wrong.iter().all(|&w| w == wrong[0]) {
                reply.values.iter_mut().for_each(|x| *x /= 2.0);
                reply.gradient.iter_mut().flatten().for_each(|x| *x /= 2.0);
            }
        }
        replies
    });
}

#[test]
fn what_only_one_loss_invites_is_named() {
    assert_named("ldam = {}", "the margin is outside the scale", |s| {
        let roots = [40.0, 10.0, 5.0].map(|n| pow(n, -0.25));
        wrong(s, |z, y| {
            let mut moved: Vec<f64> = z.iter().map(|z| 30.0 * z).collect();
            moved[y] -= 0.5 * roots[y] / roots[2];
            let largest = moved.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            largest - moved[y] + log(moved.iter().map(|z| exp(z - largest)).sum())
        })
    });
    assert_named("seesaw = {}", "goes through factors that are held constant", |s| {
        let mut seen = [0.0; 3];
        let reply = |case: &Case| {
            if case.fresh {
                seen = [0.0; 3];
            }
            case.targets.iter().for_each(|&y| seen[y as usize] += 1.0);
            let loss = |z: &[f64], y: usize| {
                let adjusted = |k: usize| {
                    let mitigation = (f64::max(seen[k], 1.0) / f64::max(seen[y], 1.0)).min(1.0);
                    let compensation = (p(z, k) / p(z, y).max(0.01)).max(1.0);
                    z[k] + if k == y {
                        0.0
                    } else {
                        0.8 * log(mitigation) + 2.0 * log(compensation)
                    }
                };
                let adjusted: Vec<f64> = (0..3).map(adjusted).collect();
                -log(p(&adjusted, y))
            };
            wrong_batch(case, &loss)
        };
        cases(s).iter().map(reply).collect()
    });
}

#[test]
fn a_clipped_logarithm_is_named() {
    for (epsilon, cause) in [(1e-7, "clipped at 1e-7"), (1e-4, "clipped at 1e-4")] {
        assert_named("cross_entropy = {}", cause, |s| {
            wrong(s, |z, y| -log(p(z, y).clamp(epsilon, 1.0 - epsilon)))
        });
    }
    let clipped = |p: f64| p.clamp(1e-7, 1.0 - 1e-7);
    assert_named("label_smoothing = {}", "clipped at 1e-7", |s| {
        wrong(s, |z, y| {
            let share = |k: usize| 0.1 / 3.0 + if k == y { 0.9 } else { 0.0 };
            (0..3).map(|k| -share(k) * log(clipped(p(z, k)))).sum()
        })
    });
    assert_named("generalized_cross_entropy = {}", "clipped at 1e-7", |s| {
        wrong(s, |z, y| (1.0 - pow(clipped(p(z, y)), 0.7)) / 0.7)
    });
    assert_named("focal = { form = 'sigmoid', alpha = 0.25 }", "clipped at 1e-7", |s| {
        wrong(s, |z, y| {
            sigmoids(z, y, |p, rest, positive| -alpha(positive) * rest * rest * log(clipped(p)))
        })
    });
    assert_named("asymmetric = {}", "clipped at 1e-8", |s| {
        wrong(s, |z, y| {
            sigmoids(z, y, |p, rest, positive| {
                if positive {
                    -rest * log(p.max(1e-8))
                } else {
                    -pow((rest - 0.05).max(0.0), 4.0) * log((p + 0.05).clamp(1e-8, 1.0))
                }
            })
        })
    });
    assert_named("cross_entropy = {}", "1e-8 is added", |s| wrong(s, |z, y| -log(p(z, y) + 1e-8)));
}

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

const PUBLISHED: &str = "focal = { form = 'sigmoid', gamma = 2, alpha = 0.25 }";

/// Focal loss of sigmoids as it should be, but for `term(gamma, p, rest, positive, weight)`.
fn focal_client(loss: &str, cause: &str, term: impl Fn((f64, f64), f64, f64, bool) -> f64) {
    assert_only(loss, cause, |s, cases| {
        let parameters = focal(s);
        each(s, cases, |z, y| {
            sigmoids(z, y, |p, rest, positive| term(parameters, p, rest, positive))
        })
    });
}

fn sign(alpha: f64, positive: bool) -> f64 {
    if positive { alpha } else { 1.0 - alpha }
}

#[test]
fn swapped_parameters_are_named_whatever_their_size() {
    for loss in [PUBLISHED, "focal = { form = 'sigmoid', gamma = 0.75, alpha = 0.25 }"] {
        focal_client(loss, "alpha and gamma are swapped", |(gamma, alpha), p, rest, positive| {
            -sign(gamma, positive) * pow(rest, alpha) * log(p)
        });
    }
}

#[test]
fn a_focus_that_is_turned_round_in_one_branch_is_named() {
    focal_client(
        PUBLISHED,
        "negatives are focused by (1 - p)^gamma",
        |(g, a), p, rest, positive| {
            -sign(a, positive) * pow(if positive { rest } else { p }, g) * log(p)
        },
    );
    focal_client(PUBLISHED, "positives are focused by p^gamma", |(g, a), p, rest, positive| {
        -sign(a, positive) * pow(if positive { p } else { rest }, g) * log(p)
    });
}

#[test]
fn a_weight_by_the_prediction_is_named() {
    let cause = "that of the predicted class";
    focal_client(PUBLISHED, cause, |(g, a), p, rest, positive| {
        let predicted = positive == (rest < p);
        -sign(a, predicted) * pow(rest, g) * log(p)
    });
    assert_only("weighted_cross_entropy.scheme.given.weights = [0.2, 1, 3]", cause, |s, cases| {
        let list = serde_json::to_value(&s.spec).unwrap();
        let list = list["weighted_cross_entropy"]["scheme"]["given"]["weights"].clone();
        let list: Vec<f64> = serde_json::from_value(list).unwrap();
        let best = |z: &[f64]| (0..3).fold(0, |best, k| if z[best] < z[k] { k } else { best });
        let at = |z: &[f64], y: usize, w: f64| -w * log(p(z, y));
        let mut replies = each(s, cases, |z, y| at(z, y, list[best(z)]));
        for (reply, case) in replies.iter_mut().zip(cases).take(MODERATE) {
            for (i, row) in reply.gradient.iter_mut().enumerate() {
                let (z, y) = (&case.logits[i], case.targets[i] as usize);
                for (k, slope) in row.iter_mut().enumerate() {
                    *slope = list[best(z)] * (p(z, k) - if k == y { 1.0 } else { 0.0 });
                }
            }
        }
        replies
    });
}

#[test]
fn a_softmax_over_the_batch_is_named() {
    let columns = |case: &Case| -> Vec<Vec<f64>> {
        let column = |k: usize| {
            squash(&case.logits.iter().map(|row| row[k]).collect::<Vec<_>>(), Link::Softmax)
        };
        let columns: Vec<Vec<f64>> = (0..3).map(column).collect();
        (0..case.logits.len()).map(|i| (0..3).map(|k| columns[k][i]).collect()).collect()
    };
    let cause = "the softmax is taken over the batch";
    let client = |by_hand: bool| {
        move |s: &Subject, cases: &[Case]| {
            let mut replies = right(s, cases);
            for (reply, case) in replies.iter_mut().zip(cases).take(MODERATE) {
                let p = columns(case);
                let count =
                    |k: usize| case.targets.iter().filter(|&&y| y as usize == k).count() as f64;
                for (i, &y) in case.targets.iter().enumerate() {
                    let y = y as usize;
                    reply.values[i] = -log(p[i][y]);
                    for (k, slope) in reply.gradient[i].iter_mut().enumerate() {
                        let share = if by_hand { 1.0 } else { count(k) };
                        *slope = share * p[i][k] - if k == y { 1.0 } else { 0.0 };
                    }
                }
            }
            replies
        }
    };
    assert_only("cross_entropy = {}", cause, client(false));
    assert_only("cross_entropy = {}", cause, client(true));
}

#[test]
fn a_temperature_is_named_with_its_number() {
    for (loss, temperature, cause) in [
        ("cross_entropy = {}", 2.0, "divided by a temperature of 2"),
        ("focal = {}", 0.07, "divided by a temperature of 0.07"),
        ("ghm_c = {}", 1.5, "divided by a temperature of 1.5"),
    ] {
        let client = |with_gradient: bool| {
            move |s: &Subject, cases: &[Case]| {
                through(
                    s,
                    cases,
                    |case| case.logits = scaled(&case.logits, 1.0 / temperature),
                    |reply| {
                        if with_gradient {
                            reply.gradient = scaled(&reply.gradient, 1.0 / temperature);
                        }
                    },
                )
            }
        };
        assert_only(loss, cause, client(true));
        assert_only(loss, "and the gradient is not", client(false));
    }
}

#[test]
fn targets_and_classes_out_of_order_are_named() {
    let nothing = |_: &mut Reply| {};
    for loss in ["cross_entropy = {}", "focal = {}", "logit_adjustment = {}", "ghm_c = {}"] {
        assert_only(loss, "has that of the one before", |s, cases| {
            through(s, cases, |case| case.targets.rotate_right(1), nothing)
        });
        assert_only(loss, "has that of the one after", |s, cases| {
            through(s, cases, |case| case.targets.rotate_left(1), nothing)
        });
        assert_only(loss, "the targets are in reverse order", |s, cases| {
            through(s, cases, |case| case.targets.reverse(), nothing)
        });
        assert_only(loss, "the classes are in reverse order", |s, cases| {
            through(
                s,
                cases,
                |case| case.logits.iter_mut().for_each(|row| row.reverse()),
                |reply| reply.gradient.iter_mut().for_each(|row| row.reverse()),
            )
        });
        assert_only(loss, "in the reverse order of the examples", |s, cases| {
            through(
                s,
                cases,
                |_| {},
                |reply| {
                    reply.values.reverse();
                    reply.gradient.reverse();
                },
            )
        });
    }
}

#[test]
fn a_prior_without_its_logarithm_is_named() {
    let tau = |s: &Subject| match &s.spec {
        LossSpec::LogitAdjustment(adjustment) => adjustment.tau.get(),
        _ => 1.0,
    };
    for loss in ["logit_adjustment.tau = 1.5", "balanced_softmax = {}"] {
        for (divisor, cause) in
            [(55.0, "the prior is added without"), (1.0, "the counts are added without")]
        {
            assert_only(loss, cause, |s, cases| {
                let added = [40.0, 10.0, 5.0].map(|n| tau(s) * n / divisor);
                each(s, cases, |z, y| {
                    let z: Vec<f64> = z.iter().zip(&added).map(|(z, a)| z + a).collect();
                    let top = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    top - z[y] + log(z.iter().map(|z| exp(z - top)).sum())
                })
            });
        }
    }
}

#[test]
fn a_p_t_of_the_batch_is_named() {
    let cause = "p_t is that of the batch's mean loss";
    // As a notebook has it: the cross-entropy is a mean already when p_t is made of it.
    let client = |s: &Subject, cases: &[Case]| {
        let (gamma, alpha) = focal(s);
        let LossSpec::Focal(Focal { form, .. }) = &s.spec else { panic!("no focal loss") };
        let name = if *form == FocalForm::Softmax {
            "cross_entropy = {}"
        } else {
            "binary_cross_entropy = {}"
        };
        let plain = Subject { spec: toml::from_str(name).unwrap(), counts: s.counts.clone() };
        let scale = if alpha.is_nan() { 1.0 } else { alpha };
        let reply = |plain: &Reply| {
            let divisor = match form {
                FocalForm::Softmax => plain.values.len() as f64,
                FocalForm::Sigmoid => (plain.values.len() * plain.gradient[0].len()) as f64,
            };
            let mean = plain.values.iter().sum::<f64>() / divisor;
            let value = |mean: f64| scale * pow(1.0 - exp(-mean), gamma) * mean;
            let slope = (value(mean + 1e-6) - value(mean - 1e-6)) / 2e-6;
            Reply {
                values: vec![value(mean)],
                each: false,
                gradient: scaled(&plain.gradient, slope / divisor),
            }
        };
        right(&plain, cases).iter().map(reply).collect()
    };
    assert_only("focal = {}", cause, client);
    assert_only(PUBLISHED, cause, client);
}

#[test]
fn large_logits_that_overflow_are_told_from_other_mistakes() {
    // Without taking off the maximum.
    let plain = |z: &[f64], y: usize, weight: f64| {
        let e: Vec<f64> = z.iter().map(|&z| exp(z)).collect();
        -weight * log(e[y] / e.iter().sum::<f64>())
    };
    let client = |weight: f64| {
        move |_: &Subject, cases: &[Case]| -> Vec<Reply> {
            cases.iter().map(|case| wrong_batch(case, &|z, y| plain(z, y, weight))).collect()
        }
    };
    assert_only("cross_entropy = {}", "not finite where logits are large", client(1.0));
    let both = named("cross_entropy = {}", client(std::f64::consts::LOG2_E));
    assert!(
        both.len() == 2 && both[0].contains("to base 2") && both[1].contains("not finite"),
        "{both:?}"
    );
    assert_only("cross_entropy = {}", "and wrong beyond: something is bounded", |s, cases| {
        let mut replies = right(s, cases);
        replies
            .iter_mut()
            .flat_map(|reply| &mut reply.values)
            .for_each(|loss| *loss = loss.min(200.0));
        replies
    });
}

#[test]
fn a_cause_that_fits_one_setting_by_chance_is_not_told() {
    // At gamma = 2 half of it is 1; at another it is not.
    let halved = named("focal = {}", |s, cases| {
        let (gamma, _) = focal(s);
        each(s, cases, |z, y| -pow(rest(z, y), gamma / 2.0) * log(p(z, y)))
    });
    assert_eq!(halved, ["gamma is halved"]);
    let ignored = named("focal = {}", |s, cases| each(s, cases, |z, y| -rest(z, y) * log(p(z, y))));
    assert_eq!(ignored, ["gamma is ignored, as if it were 1"]);
}

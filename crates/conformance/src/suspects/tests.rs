mod answers;
mod further;

use std::collections::BTreeSet;

use libm::{exp, log, pow};
use methods::losses::proposals::LabelBase;
use methods::losses::{GhmC, GradientHarmonizing, PerExample};
use methods::setting::ClassCounts;
use nn::Matrix;

use super::*;
use crate::cases::cases;

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
    let cause = "1e-12 is added to the probability under the logarithm, in the value alone";
    assert_named("cross_entropy = {}", cause, |s| {
        ours(s, true, |reply, _| {
            reply.values.iter_mut().for_each(|loss| *loss = -log(exp(-*loss) + 1e-12));
        })
    });
}

//! Clients with one mistake, asked as `longtail check --against` asks: it is named, and nothing else.

use libm::{exp, log, pow};
use methods::losses::{Alpha, Focal, FocalForm, LossSpec};

use super::*;
use crate::cases::{other_cases, scaled};
use crate::moved::moved;

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

//! Logits divided by a temperature that nobody asked for.

use super::Suspect;
use crate::batches::Subject;
use crate::cases::{Answer, Case, answers, scaled};
use crate::protocol::Reply;

/// The temperatures that are tried, from the inverse of this to this.
const HOTTEST: f64 = 200.0;
/// Steps between them.
const STEPS: u32 = 160;

/// The temperatures that give the value of the first batch, and what they would give of all.
pub(super) fn temperatures(subject: &Subject, cases: &[Case], replies: &[Reply]) -> Vec<Suspect> {
    let (Some(case), Some(reply)) = (cases.first(), replies.first()) else { return Vec::new() };
    let total = |reply: &Reply| reply.values.iter().sum::<f64>();
    let excess = |ln_t: f64| {
        let factor = libm::exp(-ln_t);
        let answer = at_factor(subject, std::slice::from_ref(case), factor).pop();
        answer.map_or(f64::NAN, |answer| total(&reply.like(&answer)) - total(reply))
    };
    let end = libm::log(HOTTEST);
    let at = |step: u32| end * (2.0 * f64::from(step) / f64::from(STEPS) - 1.0);
    let values: Vec<f64> = (0..=STEPS).map(|step| excess(at(step))).collect();
    let mut suspects = Vec::new();
    for step in 0..STEPS {
        let (below, above) = (values[step as usize], values[step as usize + 1]);
        if below * above <= 0.0 && below != above {
            let temperature = libm::exp(root(&excess, at(step), at(step + 1)));
            // 1 is what is right.
            if 1e-6 < (temperature - 1.0).abs() {
                suspects.extend(suspected(subject, cases, temperature));
            }
        }
    }
    suspects
}

/// Where `f` changes its sign between `low` and `high`.
fn root(f: &dyn Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let rises = f(low) < f(high);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if (f(middle) < 0.0) == rises {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

fn at_factor(subject: &Subject, cases: &[Case], factor: f64) -> Vec<Answer> {
    let scale = |case: &Case| Case { logits: scaled(&case.logits, factor), ..case.clone() };
    let cases: Vec<Case> = cases.iter().map(scale).collect();
    answers(&subject.spec, &subject.counts, &cases)
}

fn suspected(subject: &Subject, cases: &[Case], temperature: f64) -> [Suspect; 2] {
    let rounded: f64 = format!("{temperature:.3e}").parse().unwrap_or(temperature);
    let cause = if rounded < 1.0 {
        let factor: f64 = format!("{:.3e}", 1.0 / temperature).parse().unwrap_or(1.0 / temperature);
        format!("the logits are divided by a temperature of {rounded}, multiplied by {factor}")
    } else {
        format!("the logits are divided by a temperature of {rounded}")
    };
    let without = at_factor(subject, cases, 1.0 / temperature);
    let through = |answer: &Answer| Answer {
        gradient: scaled(&answer.gradient, 1.0 / temperature),
        value_gradient: scaled(&answer.value_gradient, 1.0 / temperature),
        ..answer.clone()
    };
    let through = without.iter().map(through).collect();
    [
        Suspect { cause: cause.clone(), answers: through },
        Suspect { cause: format!("{cause}, and the gradient is not"), answers: without },
    ]
}

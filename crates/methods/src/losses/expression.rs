//! A loss written in the experiment file: any formula of the true class's probability, with its exact
//! derivatives.
//!
//! ```text
//! loss = { expression = { value = "-(1 - p)^gamma * ln(p)", parameters.gamma = [1, 2] } }
//!
//! L        = f(p, margin, prior, K; parameters)
//! dL/dz_k  = ∂f/∂p p ([k = y] - p_k) + ∂f/∂margin ([k = y] - [k = j])
//! ```
//!
//! - `p`: probability of the true class `y` under `softmax(z)`; `margin`: `z_y - z_j`, `j` the best of the
//!   other classes, the first of equals; `prior`: share of class `y` among the training examples, as they are
//!   sampled; `K`: number of classes
//! - `value` (`f`): `-ln(p)`, which is cross-entropy; `parameters`: numbers under names of their own
//! - at most 1000 numbers, names and operators, of which a formula is a list: nothing in it can be nested too
//!   deeply, and its derivatives are carried along with its value, operator by operator
//! - `+ - * / ^`, parentheses, `exp`, `ln`, `sqrt`, `sin`, `cos`, `sinh`, `cosh`, `tanh`, numbers as in `0.5`
//!   and `1e-3`. A power binds tighter than a minus sign: `-x^2` is `-(x^2)`; `a^b^c` wants parentheses. There
//!   is no `max`: `(x + sqrt(x^2)) / 2` is `max(0, x)`
//! - `p` is kept between 1e-300 and 1 - 2^-53, `margin` between -700 and 700, so that `ln(p)`, `ln(1 - p)` and
//!   `ln(1 + exp(-margin))` are finite
//! - when the file is read, the derivatives of `f` have to equal central differences over `p` from 1e-6 to
//!   1 - 1e-6 and margins from -8 to 8; and `f` and its slopes have to be finite in 32 bits, below 3.4e38,
//!   there and to the ends of what `p` and `margin` can be, with priors from 1e-7 to 1 - 1e-7: `1 / p` and
//!   `exp(-margin)` are not
//! - the batch's loss is the mean over examples
//!
//! Source: yours. Name it in the paper, with its formula.
//! Trap: `prior` corrects for frequencies: with class-balanced sampling it is `1 / K`.

use std::collections::BTreeMap;

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::expression::formula::{Formula, Name};
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

mod formula;

/// What a formula knows of an example.
const VARIABLES: [&str; 4] = ["p", "margin", "prior", "K"];

/// A loss as its formula.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Expression {
    /// The formula `f`.
    pub value: String,
    /// The values of its parameters.
    pub parameters: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a formula with its parameters, as in { value = \"-ln(p)\" }"
)]
struct Written {
    value: String,
    parameters: BTreeMap<String, f64>,
}

impl Default for Written {
    fn default() -> Self {
        Written { value: "-ln(p)".to_owned(), parameters: BTreeMap::new() }
    }
}

impl Default for Expression {
    fn default() -> Self {
        let Written { value, parameters } = Written::default();
        Expression { value, parameters }
    }
}

impl TryFrom<Written> for Expression {
    type Error = String;

    fn try_from(Written { value, parameters }: Written) -> Result<Self, String> {
        let expression = Expression { value, parameters };
        Function::new(&expression)?.check()?;
        Ok(expression)
    }
}

impl Definition for Expression {
    const CODE: &'static str = include_str!("expression.rs");

    fn traits(&self) -> Traits {
        // A formula with a prior is one that corrects for it.
        let reads_counts = words(&self.value).any(|word| word == "prior");
        Traits { reads_counts, ..Traits::softmax(3) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        let function = Function::new(self).expect("the formula was read before");
        let counts = setting.counts.get();
        let total: f64 = counts.iter().sum();
        let priors = counts.iter().map(|n| n / total).collect();
        Ok(Box::new(Formulated { function, priors }))
    }

    fn not_twice(&self) -> Option<&'static str> {
        Some("is differentiated once alone")
    }
}

/// Names in a formula.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let name = |c: char| c.is_alphanumeric() || c == '_';
    text.split(move |c: char| !name(c))
        .filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

/// A formula with the values of its parameters.
struct Function {
    text: String,
    formula: Formula,
}

impl Function {
    fn new(Expression { value: text, parameters }: &Expression) -> Result<Self, String> {
        let fail = |why: String| format!("`{}` is no formula of a loss: {why}", begun(text));
        let name = |name: &str| {
            if let Some(at) = VARIABLES.iter().position(|variable| *variable == name) {
                return Ok(Name::Variable(at));
            }
            parameters.get(name).map(|&value| Name::Parameter(value)).ok_or_else(|| {
                format!(
                    "`{name}` is neither p, margin, prior or K nor one of its parameters, as in \
                     parameters.{name} = 1"
                )
            })
        };
        for name in parameters.keys() {
            if VARIABLES.contains(&&**name) {
                return Err(fail(format!("`{name}` is what it is, and cannot be a parameter")));
            }
            if !words(text).any(|word| word == name) {
                return Err(fail(format!("the parameter `{name}` does not occur in it")));
            }
        }
        let formula = Formula::parse(text, &name).map_err(fail)?;
        if formula.varies() == [false; 2] {
            let why = "it depends neither on p nor on margin: nothing can be learnt";
            return Err(fail(why.to_owned()));
        }
        Ok(Function { text: text.clone(), formula })
    }

    /// Value and slopes along `p` and `margin`.
    fn at(&self, variables: [f64; 4], stack: &mut Vec<[f64; 3]>) -> [f64; 3] {
        self.formula.at(variables, stack)
    }

    /// Finite, and with the right slopes, wherever a network may come.
    fn check(&self) -> Result<(), String> {
        let mut stack = Vec::new();
        for p in [1e-6, 1e-3, 0.1, 0.35, 0.5, 0.75, 0.9, 0.999, 1.0 - 1e-6] {
            for margin in [-8.0, -1.3, 0.4, 1.1, 8.0] {
                for (prior, n_classes) in [(0.5, 2.0), (0.01, 10.0)] {
                    let [value, d_p, d_margin] = self.finite_at([p, margin, prior, n_classes])?;
                    let mut at = |p, margin| self.at([p, margin, prior, n_classes], &mut stack);
                    let (h, wide) = (1e-4 * p.min(1.0 - p), 1e-5);
                    let by_p = (at(p + h, margin)[0] - at(p - h, margin)[0]) / (2.0 * h);
                    let by_margin =
                        (at(p, margin + wide)[0] - at(p, margin - wide)[0]) / (2.0 * wide);
                    for (name, slope, difference, noise) in
                        [("p", d_p, by_p, 1e-11 / h), ("margin", d_margin, by_margin, 1e-6)]
                    {
                        let allowed =
                            1e-4 * (slope.abs() + difference.abs()) + noise * (1.0 + value.abs());
                        if allowed < (slope - difference).abs() {
                            return Err(format!(
                                "`{}` has a slope of {slope} along {name} at {}, and rises by {difference}: it is \
                                 not smooth there",
                                begun(&self.text),
                                place([p, margin, prior, n_classes])
                            ));
                        }
                    }
                }
            }
        }
        for margin in [-MARGIN, -100.0, -69.0, -30.0, -17.0, 0.0, 17.0, 30.0, 100.0, MARGIN] {
            let p = (1.0 / (1.0 + libm::exp(-margin))).clamp(P.0, P.1);
            for prior in [0.5, 1e-7, 1.0 - 1e-7] {
                self.finite_at([p, margin, prior, 2.0])?;
            }
        }
        Ok(())
    }

    /// Value and slopes at `variables`, if a network of 32 bits can learn from them.
    fn finite_at(&self, variables: [f64; 4]) -> Result<[f64; 3], String> {
        let all = self.at(variables, &mut Vec::new());
        let [value, d_p, d_margin] = all;
        if [value, d_p * variables[0], d_margin].iter().all(|&x| (x as f32).is_finite()) {
            return Ok(all);
        }
        Err(format!(
            "`{}` is not finite at {}: its value is {}, its slopes {} and {}, and 32 bits end at 3.4e38",
            begun(&self.text),
            place(variables),
            shown(value),
            shown(d_p),
            shown(d_margin)
        ))
    }
}

fn place([p, margin, prior, n_classes]: [f64; 4]) -> String {
    format!("p = {}, margin = {margin}, prior = {}, K = {n_classes}", shown(p), shown(prior))
}

/// A number without rows of zeros.
fn shown(x: f64) -> String {
    if x == 0.0 || (1e-4..1e7).contains(&x.abs()) { x.to_string() } else { format!("{x:e}") }
}

/// A formula as a message shows it: the beginning of a long one.
fn begun(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_owned(),
    }
}

struct Formulated {
    function: Function,
    /// `[n_classes]`.
    priors: Vec<f64>,
}

/// Between what a network's certainty is rounded to.
const P: (f64, f64) = (1e-300, 1.0 - f64::EPSILON / 2.0);

/// The largest margin that a formula sees: `p` is 1e-300 before it is reached.
const MARGIN: f64 = 700.0;

impl<T: Real> Loss<T> for Formulated {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let mut stack = Vec::new();
        let mut rows = batch.logits.rows();
        let n_classes = self.priors.len() as f64;
        out.fill_softmax(batch, |true_class, y, gradient| {
            let z = rows.next().expect("a row for each example");
            let best = (0..z.len())
                .filter(|&k| k != y)
                .reduce(|best, k| if z[best] < z[k] { k } else { best });
            let best = best.expect("two classes or more");
            let p = libm::exp(true_class.ln_p.to_f64()).clamp(P.0, P.1);
            let margin = (z[y].to_f64() - z[best].to_f64()).clamp(-MARGIN, MARGIN);
            let [value, d_p, d_margin] =
                self.function.at([p, margin, self.priors[y], n_classes], &mut stack);
            let along_p = T::of(-d_p * p);
            gradient.iter_mut().for_each(|slope| *slope *= along_p);
            gradient[y] += T::of(d_margin);
            gradient[best] -= T::of(d_margin);
            T::of(value)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::per_example::testing::{TARGETS, evaluate, logits};

    fn why(value: &str, parameters: &[(&str, f64)]) -> String {
        let parameters = parameters.iter().map(|&(name, x)| (name.to_owned(), x)).collect();
        Expression::try_from(Written { value: value.to_owned(), parameters }).unwrap_err()
    }

    #[test]
    fn a_formula_is_the_loss_it_spells() {
        for (written, named) in [
            ("expression = {}", "cross_entropy = {}"),
            (
                "expression = { value = '-(1 - p)^gamma * ln(p)', parameters.gamma = 1.5 }",
                "focal.gamma = 1.5",
            ),
            (
                "expression = { value = '(1 - p^q) / q', parameters.q = 0.7 }",
                "generalized_cross_entropy.q = 0.7",
            ),
            ("expression.value = '-ln(p) + (1 - p)'", "poly_1 = {}"),
            (
                "expression.value = '(1 - margin + sqrt((1 - margin)^2)) / 2'",
                "multiclass_hinge = {}",
            ),
            (
                "expression.value = '-ln(p) / (prior * K)'",
                "weighted_cross_entropy = { scheme.given.weights = [0.458333333333333333, 1.833333333333333333, \
                 3.666666666666666666], reduction = 'mean' }",
            ),
        ] {
            let ours = evaluate(written, &logits(), &TARGETS);
            let theirs = evaluate(named, &logits(), &TARGETS);
            let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
            assert!(near(&ours.losses, &theirs.losses), "{written}: {ours:?} {theirs:?}");
            assert!(near(ours.gradient.values(), theirs.gradient.values()), "{written}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_formula_is_said() {
        for (value, parameters, sentence) in [
            ("-ln(q)", &[][..], "`q` is neither p, margin, prior or K nor one of its parameters"),
            ("-ln(p)", &[("gamma", 2.0)], "the parameter `gamma` does not occur in it"),
            ("-ln(p) * K", &[("K", 2.0)], "`K` is what it is"),
            ("1 + prior", &[], "nothing can be learnt"),
            ("-ln(p", &[], "a parenthesis is never closed"),
            ("-ln(p))", &[], "a parenthesis is closed that was never opened"),
            ("p^2^2", &[], "a power of a power wants parentheses"),
            ("p * -2", &[], "`-` follows `*`: put the second in parentheses"),
            ("1 / (p - p)", &[], "is not finite at p = 1e-6"),
            ("ln(p - 0.5)", &[], "is not finite at p = 1e-6"),
            ("1 / (1 - p)^2", &[], "is not finite at p = 0.9999999999999065, margin = 30"),
            ("1 / p", &[], "is not finite at p = 1e-300, margin = -700"),
            ("exp(-3 * margin)", &[], "is not finite at p = 1e-300, margin = -700"),
            ("exp(-margin)", &[], "and 32 bits end at 3.4e38"),
            ("exp(margin^2)", &[], "is not finite at"),
            ("sqrt(margin^2)", &[], "is not finite at p = 0.5, margin = 0"),
            ("-ln(p) / prior^6", &[], "prior = 1e-7"),
            ("max(0, 1 - margin)", &[], "`max` is no function; there are exp, ln, sqrt"),
            ("p +", &[], "a number or a name is missing at its end"),
            ("", &[], "a number or a name is missing at its end"),
            ("p p", &[], "an operator is missing before `p`"),
            ("ln() + p", &[], "a number or a name is missing before `)`"),
            ("p + 1.2.3", &[], "`1.2.3` is no number"),
            ("p $ 2", &[], "`$` means nothing in a formula"),
        ] {
            let said = why(value, parameters);
            assert!(said.contains(sentence), "{value}: {said}");
        }
    }

    #[test]
    fn a_long_or_deep_formula_is_read_or_refused_and_never_runs_out_of_stack() {
        let read = |value: String| {
            Expression::try_from(Written { value, parameters: BTreeMap::new() }).map(|_| ())
        };
        let sum = |n: usize| vec!["p"; n].join("-");
        assert_eq!(read(sum(100)), Ok(()));
        let product: Vec<String> = (0..80).map(|i| format!("sin(p+{i})")).collect();
        assert_eq!(read(format!("-{}", product.join("*"))), Ok(()));
        let powers: String = (1..=40).map(|i| format!("+0.1*(1-p)^{i}")).collect();
        assert_eq!(read(format!("-ln(p){powers}")), Ok(()));
        assert_eq!(read(format!("{}p{}", "tanh(".repeat(200), ")".repeat(200))), Ok(()));
        assert_eq!(read(format!("{}p{}", "(".repeat(100_000), ")".repeat(100_000))), Ok(()));
        for long in [sum(1_000_000), format!("{}p", "ln ".repeat(100_000)), "-(".repeat(100_000)] {
            let why = read(long).unwrap_err();
            assert!(why.contains("is longer than 1000 numbers, names and operators"), "{why}");
            assert!(why.len() < 300, "{} bytes", why.len());
        }
    }

    #[test]
    fn losses_that_are_finite_to_the_ends_are_read() {
        for (value, parameters) in [
            ("-ln(p)", &[][..]),
            ("-ln(p) / (prior * K)", &[]),
            ("-(1 - p)^gamma * ln(p)", &[("gamma", 0.1)]),
            ("(1 - p^q) / q", &[("q", 0.01)]),
            ("-ln(p) - ln(1 - (1 - p) / 2)", &[]),
            ("1 - tanh(2 * margin)", &[]),
            ("ln(1 + exp(-margin))", &[]),
            ("(1 - margin + sqrt((1 - margin)^2)) / 2", &[]),
            ("(1 - margin)^2", &[]),
        ] {
            let parameters = parameters.iter().map(|&(name, x)| (name.to_owned(), x)).collect();
            let read = Expression::try_from(Written { value: value.to_owned(), parameters });
            assert!(read.is_ok(), "{read:?}");
        }
    }

    #[test]
    fn a_number_is_no_formula() {
        let error = toml::from_str::<crate::losses::LossSpec>("expression = 3").unwrap_err();
        assert!(error.message().contains("expected a formula with its parameters"), "{error}");
    }

    #[test]
    fn certainty_is_finite() {
        let logits = nn::Matrix::from_rows(&[[1e4, -1e4, 0.0], [-1e4, 1e4, 0.0]]);
        let out = evaluate("expression.value = '-(1 - p)^0.5 * ln(p)'", &logits, &[0, 0]);
        assert!(out.losses.iter().chain(out.gradient.values()).all(|x| x.is_finite()), "{out:?}");
    }
}

//! A loss written in the experiment file: any formula of the true class's probability, differentiated
//! symbolically.
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

use exmex::{
    BinOp, Differentiate, Express, FlatEx, MakeOperators, MatchLiteral, Operator,
    literal_matcher_from_pattern, ops_factory,
};
use nn::Real;
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::{Batch, Loss, PerExample, Setting, Traits};

ops_factory!(
    // Functions whose bits do not depend on the platform.
    Operators,
    f64,
    binary("^", 4, false, libm::pow),
    binary("/", 3, false, |a, b| a / b),
    binary("*", 2, true, |a, b| a * b),
    Operator::make_bin_unary(
        "-",
        BinOp { apply: |a, b| a - b, prio: 1, is_commutative: false },
        |a| -a
    ),
    Operator::make_bin_unary(
        "+",
        BinOp { apply: |a, b| a + b, prio: 0, is_commutative: true },
        |a| a
    ),
    Operator::make_unary("exp", libm::exp),
    Operator::make_unary("ln", libm::log),
    Operator::make_unary("sqrt", libm::sqrt),
    Operator::make_unary("sin", libm::sin),
    Operator::make_unary("cos", libm::cos),
    Operator::make_unary("sinh", libm::sinh),
    Operator::make_unary("cosh", libm::cosh),
    Operator::make_unary("tanh", libm::tanh)
);

fn binary(
    name: &'static str,
    prio: i64,
    is_commutative: bool,
    apply: fn(f64, f64) -> f64,
) -> Operator<'static, f64> {
    Operator::make_bin(name, BinOp { apply, prio, is_commutative })
}

literal_matcher_from_pattern!(Numbers, r"^(\.?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?)");

type Formula = FlatEx<f64, Operators, Numbers>;

const FUNCTIONS: [&str; 8] = ["exp", "ln", "sqrt", "sin", "cos", "sinh", "cosh", "tanh"];

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
    fn traits(&self) -> Traits {
        let reads = |variable: &str| words(&self.value).any(|word| word == variable);
        // A formula with a prior is one that corrects for it.
        let reads_counts = reads("prior");
        Traits { reads_counts, ..Traits::softmax(if reads("margin") { 2 } else { 1 }) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        let function = Function::new(self).expect("the formula was read before");
        let counts = setting.counts.get();
        let total: f64 = counts.iter().sum();
        let priors = counts.iter().map(|n| n / total).collect();
        Ok(Box::new(Formulated { function, priors }))
    }
}

/// Names in a formula.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let name = |c: char| c.is_alphanumeric() || c == '_';
    text.split(move |c: char| !name(c))
        .filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

/// A formula with its derivatives.
struct Function {
    text: String,
    value: Formula,
    d_p: Option<Formula>,
    d_margin: Option<Formula>,
    /// What stands for each variable of the formulas, in their order.
    arguments: Vec<Argument>,
}

#[derive(Clone, Copy)]
enum Argument {
    /// One of [`VARIABLES`], by its place.
    Variable(usize),
    Parameter(f64),
}

impl Function {
    fn new(Expression { value: text, parameters }: &Expression) -> Result<Self, String> {
        let fail = |why: String| format!("`{text}` is no formula of a loss: {why}");
        let parsed = Formula::parse(&as_mathematics_reads_it(text).map_err(fail)?);
        let value = parsed.map_err(|error| fail(error.to_string()))?;
        let names: Vec<String> = value.var_names().to_vec();
        for name in parameters.keys() {
            if VARIABLES.contains(&&**name) {
                return Err(fail(format!("`{name}` is what it is, and cannot be a parameter")));
            }
            if !names.contains(name) {
                return Err(fail(format!("the parameter `{name}` does not occur in it")));
            }
        }
        let argument = |name: &String| {
            if let Some(at) = VARIABLES.iter().position(|variable| variable == name) {
                return Ok(Argument::Variable(at));
            }
            let unknown = || {
                fail(format!(
                    "`{name}` is neither p, margin, prior or K nor one of its parameters, as in \
                     parameters.{name} = 1"
                ))
            };
            parameters.get(name).map(|&value| Argument::Parameter(value)).ok_or_else(unknown)
        };
        let arguments = names.iter().map(argument).collect::<Result<Vec<_>, String>>()?;
        let derivative = |variable: &str| {
            let at = names.iter().position(|name| name == variable);
            let derivative = at.map(|at| value.clone().partial(at)).transpose();
            derivative.map_err(|error| fail(format!("it has no derivative: {error}")))
        };
        let (d_p, d_margin) = (derivative("p")?, derivative("margin")?);
        if d_p.is_none() && d_margin.is_none() {
            return Err(fail(
                "it depends neither on p nor on margin: nothing can be learnt".to_owned(),
            ));
        }
        Ok(Function { text: text.clone(), value, d_p, d_margin, arguments })
    }

    /// Value and slopes along `p` and `margin`.
    fn at(&self, variables: [f64; 4], arguments: &mut Vec<f64>) -> [f64; 3] {
        arguments.clear();
        arguments.extend(self.arguments.iter().map(|argument| match *argument {
            Argument::Variable(at) => variables[at],
            Argument::Parameter(value) => value,
        }));
        let of = |formula: &Formula| formula.eval(arguments).unwrap_or(f64::NAN);
        let slope = |formula: &Option<Formula>| formula.as_ref().map_or(0.0, of);
        [of(&self.value), slope(&self.d_p), slope(&self.d_margin)]
    }

    /// Finite, and with the right slopes, wherever a network may come.
    fn check(&self) -> Result<(), String> {
        let mut arguments = Vec::new();
        for p in [1e-6, 1e-3, 0.1, 0.35, 0.5, 0.75, 0.9, 0.999, 1.0 - 1e-6] {
            for margin in [-8.0, -1.3, 0.4, 1.1, 8.0] {
                for (prior, n_classes) in [(0.5, 2.0), (0.01, 10.0)] {
                    let [value, d_p, d_margin] = self.finite_at([p, margin, prior, n_classes])?;
                    let mut at = |p, margin| self.at([p, margin, prior, n_classes], &mut arguments);
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
                                self.text,
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
            self.text,
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

/// The formula with every leading minus sign as a difference from 0: the parser gives a sign more weight than a
/// power, mathematics less.
fn as_mathematics_reads_it(text: &str) -> Result<String, String> {
    let mut read = String::new();
    // The last operator on each level of parentheses, and what came before this character.
    let mut last = vec![' '];
    let mut before = '(';
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        // The sign in 1e-3 is no operator, and the digit in x1 no number.
        let number =
            Numbers::is_literal(rest).filter(|_| !before.is_alphanumeric() && before != '_');
        match c {
            '(' => {
                let name = words(&read).last().filter(|name| read.trim_end().ends_with(name));
                if let Some(name) = name.filter(|name| !FUNCTIONS.contains(name)) {
                    let known = FUNCTIONS.join(", ");
                    return Err(format!("`{name}` is no function; there are {known}"));
                }
                last.push(' ');
            }
            ')' => {
                last.pop();
                if last.is_empty() {
                    return Err("a parenthesis is closed that was never opened".to_owned());
                }
            }
            '-' | '+' if before == '(' => read.push('0'),
            '+' | '-' | '*' | '/' | '^' => {
                if matches!(before, '+' | '-' | '*' | '/' | '^') {
                    return Err(format!("`{c}` follows `{before}`: put the second in parentheses"));
                }
                if let Some(last) = last.last_mut() {
                    if c == '^' && *last == '^' {
                        return Err(
                            "a power of a power wants parentheses: (a^b)^c or a^(b^c)".to_owned()
                        );
                    }
                    *last = c;
                }
            }
            _ => {}
        }
        let token = number.unwrap_or(&rest[..c.len_utf8()]);
        read.push_str(token);
        if !c.is_whitespace() {
            before = c;
        }
        rest = &rest[token.len()..];
    }
    if last.len() == 1 { Ok(read) } else { Err("a parenthesis is never closed".to_owned()) }
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
        let mut arguments = Vec::new();
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
                self.function.at([p, margin, self.priors[y], n_classes], &mut arguments);
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
    fn a_minus_sign_binds_less_than_a_power() {
        let reads = |text: &str| {
            let text = as_mathematics_reads_it(text).unwrap();
            Formula::parse(&text).unwrap().eval(&[]).unwrap()
        };
        assert_eq!(reads("-2^2"), -4.0);
        assert_eq!(reads("3 - 2^2"), -1.0);
        assert_eq!(reads("exp(-1^2 + 1) * 5"), 5.0);
        assert_eq!(reads("8/2/2 - 1 - 1 + 2"), 2.0);
        assert_eq!(reads("2^(-1)"), 0.5);
        assert_eq!(reads("2 * 1e-3 + 1e+3"), 1000.002);
        assert_eq!(reads("1-5e-1*2^2*3"), -5.0);
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
            ("p +", &[], "is no formula of a loss"),
            ("", &[], "is no formula of a loss"),
        ] {
            let said = why(value, parameters);
            assert!(said.contains(sentence), "{value}: {said}");
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

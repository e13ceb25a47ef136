//! What a parameter is drawn from, and the draws.
//!
//! ```text
//! uniform = [a, b]         a + (b - a) u          to a power of ten of at most a thousandth of b - a
//! log_uniform = [a, b]     a (b / a)^u            to three digits
//! integer = [a, b]         a + below(b - a + 1)
//! choice = [...]           the entry below(n)
//! ```
//!
//! `u` is uniform on `[0, 1)`. Numbers are rounded so that tables can be read, and stay between the bounds. The i-th
//! value of a parameter is the i-th of a stream that is named by the seed of the search and the parameter: more settings
//! leave the first ones as they are, and so do other parameters.
//!
//! Source: Bergstra, Bengio. *Random Search for Hyper-Parameter Optimization.* JMLR 2012.

use std::fmt;

use nn::{Stream, Streams};
use serde::Deserialize;
use serde_json::Value;

use crate::selection::Parameter;

/// What a parameter is drawn from.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Space {
    /// A number between two bounds, each as likely: `[0, 5]`.
    Uniform([f64; 2]),
    /// A number between two bounds above 0, each order of magnitude as likely: `[1e-3, 1]`.
    LogUniform([f64; 2]),
    /// A whole number from the first to the second, both included: `[1, 10]`.
    Integer([u32; 2]),
    /// An entry of a list, whatever can stand there: `[32, 64, 128]`.
    Choice(Vec<Value>),
}

impl Space {
    /// What is wrong with it, and what would be right.
    pub(crate) fn mistake(&self) -> Option<(String, &'static str)> {
        let reversed = |low: String, high: String| {
            let message = format!("the bounds have to ascend, and {low} is not below {high}");
            Some((message, "write the lower one first"))
        };
        match self {
            Space::Uniform([low, high]) | Space::LogUniform([low, high])
                if !(low.is_finite() && high.is_finite()) =>
            {
                Some(("the bounds have to be finite".to_owned(), "write two numbers"))
            }
            Space::LogUniform([low, _]) if *low <= 0.0 => Some((
                format!("the logarithm of {low} is no number: log_uniform needs bounds above 0"),
                "give a small number in its place, as in [1e-4, 1], or take uniform",
            )),
            Space::Uniform([low, high]) | Space::LogUniform([low, high]) if high <= low => {
                reversed(low.to_string(), high.to_string())
            }
            Space::Integer([low, high]) if high <= low => {
                reversed(low.to_string(), high.to_string())
            }
            Space::Choice(values) if values.len() < 2 => Some((
                "there is nothing to draw: a choice needs two entries".to_owned(),
                "give more, or write the value where the method stands",
            )),
            _ => None,
        }
    }

    /// Values that have to be right for every value to be: bounds, or all entries.
    pub(crate) fn ends(&self) -> Vec<Value> {
        match self {
            Space::Uniform(bounds) | Space::LogUniform(bounds) => bounds.map(Value::from).to_vec(),
            Space::Integer(bounds) => bounds.map(Value::from).to_vec(),
            Space::Choice(values) => values.clone(),
        }
    }

    /// The first `n` values of the parameter.
    pub(crate) fn draws(&self, parameter: &Parameter, seed: u64, n: usize) -> Vec<Value> {
        let key = format!("seed {seed}");
        let streams = Streams::new(blake3::derive_key("longtail search v1", key.as_bytes()));
        let mut stream = streams.stream(&parameter.to_string());
        (0..n).map(|_| self.draw(&mut stream)).collect()
    }

    fn draw(&self, stream: &mut Stream) -> Value {
        match self {
            Space::Uniform([low, high]) => {
                let drawn = low + (high - low) * stream.uniform();
                Value::from(to_step(drawn, (high - low) / 1000.0).clamp(*low, *high))
            }
            Space::LogUniform([low, high]) => {
                let drawn = low * libm::pow(high / low, stream.uniform());
                Value::from(to_three_digits(drawn).clamp(*low, *high))
            }
            Space::Integer([low, high]) => {
                Value::from(*low as usize + stream.below((high - low) as usize + 1))
            }
            Space::Choice(values) => values[stream.below(values.len())].clone(),
        }
    }
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Space::Uniform([low, high]) => write!(f, "uniform from {low} to {high}"),
            Space::LogUniform([low, high]) => write!(f, "log-uniform from {low} to {high}"),
            Space::Integer([low, high]) => write!(f, "a whole number from {low} to {high}"),
            Space::Choice(values) => {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                write!(f, "one of {}", values.join(", "))
            }
        }
    }
}

/// The multiple that is nearest to `x` of the largest power of ten that is at most `step`.
fn to_step(x: f64, step: f64) -> f64 {
    let written = format!("{step:e}");
    let exponent = written.split_once('e').and_then(|(_, exponent)| exponent.parse::<i32>().ok());
    match exponent.unwrap_or(0) {
        exponent @ ..0 => {
            let decimals = exponent.unsigned_abs() as usize;
            // Of -0.0 it makes 0.
            read_back(&format!("{x:.decimals$}")) + 0.0
        }
        exponent => {
            let step = read_back(&format!("1e{exponent}"));
            (x / step).round() * step + 0.0
        }
    }
}

fn to_three_digits(x: f64) -> f64 {
    read_back(&format!("{x:.2e}"))
}

/// The number that is nearest to what was written.
fn read_back(text: &str) -> f64 {
    text.parse().expect("a number was written")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn space(text: serde_json::Value) -> Space {
        serde_json::from_value(text).unwrap()
    }

    fn draws(space: &Space, parameter: &str, seed: u64, n: usize) -> Vec<Value> {
        space.draws(&parameter.parse().unwrap(), seed, n)
    }

    #[test]
    fn the_draws_are_frozen() {
        let drawn = [
            (json!({ "uniform": [0, 5] }), "loss.focal.gamma"),
            (json!({ "log_uniform": [1e-3, 1] }), "training.optimizer.sgd.learning_rate"),
            (json!({ "integer": [1, 9] }), "model.nearest_neighbors.k"),
            (json!({ "choice": [32, 64, 128] }), "training.batch_size"),
        ]
        .map(|(text, path)| draws(&space(text), path, 0, 6));
        assert_eq!(
            json!(drawn),
            json!([
                [1.199, 4.968, 4.116, 4.694, 3.235, 1.256],
                [0.0503, 0.00651, 0.0366, 0.969, 0.957, 0.00102],
                [1, 9, 2, 4, 7, 7],
                [64, 64, 128, 128, 32, 32],
            ])
        );
    }

    #[test]
    fn more_settings_leave_the_first_ones_and_another_seed_does_not() {
        let space = space(json!({ "log_uniform": [1e-3, 1] }));
        let (few, many) = (draws(&space, "loss.a", 0, 3), draws(&space, "loss.a", 0, 30));
        assert_eq!(few, many[..3]);
        assert_ne!(few, draws(&space, "loss.a", 1, 3));
        assert_ne!(few, draws(&space, "loss.b", 0, 3));
    }

    #[test]
    fn each_order_of_magnitude_is_as_likely_and_each_entry_and_number() {
        let n = 6000;
        let share = |space: Space, is: fn(&Value) -> bool| {
            let drawn = draws(&space, "loss.a", 7, n);
            drawn.iter().filter(|value| is(value)).count() as f64 / n as f64
        };
        let near = |share: f64, expected: f64| (share - expected).abs() < 0.03;
        assert!(near(
            share(space(json!({ "log_uniform": [1e-4, 1] })), |v| v.as_f64().unwrap() < 1e-3),
            0.25
        ));
        assert!(near(
            share(space(json!({ "uniform": [2, 4] })), |v| v.as_f64().unwrap() < 2.5),
            0.25
        ));
        assert!(near(share(space(json!({ "integer": [1, 4] })), |v| *v == json!(4)), 0.25));
        assert!(near(
            share(space(json!({ "choice": ["a", "b", 3, 4] })), |v| *v == json!("b")),
            0.25
        ));
    }

    proptest! {
        #[test]
        fn what_is_drawn_is_between_the_bounds_and_short(
            low in -1e6_f64..1e6,
            width in 1e-6_f64..1e6,
            seed: u64,
        ) {
            let high = low + width;
            prop_assume!(low < high);
            for value in draws(&Space::Uniform([low, high]), "loss.a", seed, 20) {
                let value = value.as_f64().unwrap();
                prop_assert!((low..=high).contains(&value), "{value} of {low} to {high}");
            }
            let (low, high) = (width, width * 1234.5);
            for value in draws(&Space::LogUniform([low, high]), "loss.a", seed, 20) {
                let value = value.as_f64().unwrap();
                prop_assert!((low..=high).contains(&value), "{value} of {low} to {high}");
                let at_a_bound = value == low || value == high;
                prop_assert!(at_a_bound || to_three_digits(value) == value, "{value}");
            }
        }
    }

    #[test]
    fn numbers_are_rounded_to_a_thousandth_of_what_they_are_drawn_from_or_finer() {
        for (x, step, rounded) in [
            (2.345_678, 5.0 / 1000.0, 2.346),
            (0.345_678, 0.5 / 1000.0, 0.3457),
            (100.345_678, 1.0 / 1000.0, 100.346),
            (123_456.7, 5e6 / 1000.0, 123_000.0),
            (-2.5, 1000.0, 0.0),
        ] {
            assert_eq!(to_step(x, step), rounded);
        }
    }
}

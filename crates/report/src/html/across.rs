//! The axis of a parameter that a search draws: bounds, linear or logarithmic as the draws are, or entries of a list.

use experiment::search::space::Space;
use experiment::selection::written;
use serde_json::{Map, Value};

use crate::comparison::printed::number;
use crate::html::scale::Scale;

/// Share of an entry's room in which settings with the same value lie beside each other.
const SPREAD: f64 = 0.6;
/// The golden ratio: its multiples leave no two settings on one place.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// Where values lie.
pub(crate) enum Across {
    /// Numbers between two bounds.
    Numbers { scale: Scale, is_log: bool },
    /// Entries side by side, and how they are called.
    Entries(Vec<(Value, String)>),
}

impl Across {
    /// The axis of what is drawn from `space`, and has the `values`.
    pub(crate) fn new<'v>(space: &Space, values: impl Iterator<Item = &'v Value>) -> Self {
        let numbers = |scale: Scale, is_log: bool| Across::Numbers { scale, is_log };
        match space {
            Space::Uniform([low, high]) => numbers(Scale::linear(*low, *high), false),
            Space::LogUniform([low, high]) => numbers(Scale::logarithmic(*low, *high), true),
            Space::Integer([low, high]) => {
                numbers(Scale::linear(f64::from(*low), f64::from(*high)), false)
            }
            Space::Choice(_) => {
                let mut known: Vec<&Value> = Vec::new();
                for value in values {
                    if !known.contains(&value) {
                        known.push(value);
                    }
                }
                if known.iter().all(|value| value.is_number()) {
                    let size = |value: &Value| value.as_f64().unwrap_or_default();
                    known.sort_by(|a, b| size(a).total_cmp(&size(b)));
                }
                let called = |value: &&Value| ((*value).clone(), called(value, &known));
                Across::Entries(known.iter().map(called).collect())
            }
        }
    }

    /// From 0 at the left end to 1 at the right one, of the `i`-th setting.
    pub(crate) fn place(&self, value: &Value, i: usize) -> Option<f64> {
        match self {
            Across::Numbers { scale, .. } => Some(scale.place(value.as_f64()?)),
            Across::Entries(entries) => {
                let entry = entries.iter().position(|(entry, _)| entry == value)? as f64;
                let beside = SPREAD * ((GOLDEN * (i + 1) as f64).fract() - 0.5);
                Some((entry + 0.5 + beside) / entries.len() as f64)
            }
        }
    }

    /// What is marked, and where; of names so many letters.
    pub(crate) fn ticks(&self, letters: usize) -> Vec<(f64, String)> {
        match self {
            Across::Numbers { scale, is_log } => {
                let text = |tick: f64| {
                    if *is_log { short(tick) } else { number(tick, scale.decimals()) }
                };
                let ticks = scale.written_ticks().into_iter();
                ticks.map(|tick| (scale.place(tick), text(tick))).collect()
            }
            Across::Entries(entries) => {
                let n = entries.len();
                let place = |i: usize| (i as f64 + 0.5) / n as f64;
                let room = letters / n;
                // What differs between names is at either end.
                let cut = |name: &String| -> String {
                    let n_letters = name.chars().count();
                    if n_letters <= room {
                        return name.clone();
                    }
                    let (before, after) = (room / 2, room.saturating_sub(1) / 2);
                    let end = name.chars().skip(n_letters - after);
                    name.chars().take(before).chain(['…']).chain(end).collect()
                };
                entries.iter().enumerate().map(|(i, (_, name))| (place(i), cut(name))).collect()
            }
        }
    }

    /// A value in words.
    pub(crate) fn told(&self, value: &Value) -> String {
        let name = match self {
            Across::Numbers { .. } => None,
            Across::Entries(entries) => entries.iter().find(|(entry, _)| entry == value),
        };
        name.map_or_else(|| written(value), |(_, name)| name.clone())
    }

    pub(crate) fn is_log(&self) -> bool {
        matches!(self, Across::Numbers { is_log: true, .. })
    }
}

/// An entry among others: of a method its name, with the parameters in which it differs from others of the same name.
fn called(value: &Value, all: &[&Value]) -> String {
    let Some((name, parameters)) = method(value) else { return written(value) };
    let alike = all.iter().filter_map(|other| method(other)).filter(|(other, _)| *other == name);
    let alike: Vec<&Map<String, Value>> = alike.map(|(_, parameters)| parameters).collect();
    let differs =
        |key: &str, value: &Value| alike.iter().any(|other| other.get(key) != Some(value));
    let own = parameters.iter().filter(|(key, value)| differs(key, value));
    let own: Vec<String> = own.map(|(key, value)| format!("{key}={}", written(value))).collect();
    if own.is_empty() { name.clone() } else { format!("{name}({})", own.join(", ")) }
}

fn method(value: &Value) -> Option<(&String, &Map<String, Value>)> {
    let map = value.as_object().filter(|map| map.len() == 1)?;
    let (name, parameters) = map.iter().next()?;
    Some((name, parameters.as_object()?))
}

/// A mark of a logarithmic axis: the product of a digit and a power is a little beside what it is written as.
fn short(tick: f64) -> String {
    let tick: f64 = format!("{tick:.1e}").parse().unwrap_or(tick);
    if (1e-4..1e6).contains(&tick) { tick.to_string() } else { format!("{tick:e}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn texts(across: &Across, letters: usize) -> Vec<String> {
        across.ticks(letters).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn what_is_drawn_by_its_order_of_magnitude_lies_by_it() {
        let rates = Across::new(&Space::LogUniform([1e-5, 1e-1]), [].into_iter());
        let middle = rates.place(&json!(1e-3), 0).unwrap();
        assert!((middle - 0.5).abs() < 1e-9 && rates.is_log(), "{middle}");
        assert_eq!(texts(&rates, 0), ["1e-5", "0.0001", "0.001", "0.01", "0.1"]);
        let gammas = Across::new(&Space::Uniform([0.0, 5.0]), [].into_iter());
        let middle = gammas.place(&json!(2.5), 0).unwrap();
        assert!((middle - 0.5).abs() < 1e-9 && !gammas.is_log());
        assert_eq!(gammas.place(&json!("sgd"), 0), None);
    }

    #[test]
    fn entries_lie_side_by_side_numbers_by_size_and_settings_beside_each_other() {
        let space = Space::Choice(vec![json!(64), json!(16)]);
        let values = [json!(64), json!(16), json!(64)];
        let sizes = Across::new(&space, values.iter());
        assert_eq!(texts(&sizes, 40), ["16", "64"]);
        let places: Vec<f64> = (0..9).map(|i| sizes.place(&json!(16), i).unwrap()).collect();
        assert!(places.iter().all(|place| (0.05..0.45).contains(place)), "{places:?}");
        let distinct = places.iter().any(|a| places.iter().filter(|b| *b == a).count() != 1);
        assert!(!distinct, "{places:?}");
        let sgd = |rate: f64| json!({ "sgd": { "rate": rate, "momentum": 0.9 } });
        let methods = [sgd(0.1), json!({ "a_method_of_a_long_name": { "rate": 0.1 } }), sgd(0.2)];
        let across = Across::new(&Space::Choice(methods.to_vec()), methods.iter());
        assert_eq!(texts(&across, 42), ["sgd(rate=0.1)", "a_metho…g_name", "sgd(rate=0.2)"]);
        assert_eq!(across.told(&methods[1]), "a_method_of_a_long_name");
        let two = Across::new(&Space::Choice(methods[..2].to_vec()), methods[..2].iter());
        assert_eq!(two.told(&methods[0]), "sgd");
    }
}

//! Golden files: numbers of other programs, with the tolerance that each file names or a closer one.

use serde_json::Value;

/// The file of this name.
pub(crate) fn file(name: &str) -> Value {
    let path = format!("{}/tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A list of numbers.
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// How far from the expected number is near enough.
#[derive(Clone, Copy)]
pub(crate) struct Tolerance {
    pub(crate) relative: f64,
    pub(crate) absolute: f64,
}

/// How far our numbers are from those of others at most, where these are not of a simulation.
const CLOSEST: f64 = 1e-10;

impl Tolerance {
    /// What the file says, and no more than [`CLOSEST`] relatively.
    pub(crate) fn of(file: &Value) -> Self {
        let part = |name: &str| file["tolerance"][name].as_f64().unwrap();
        Tolerance { relative: part("rel").min(CLOSEST), absolute: part("abs") }
    }

    /// Fails unless `value` is the expected number.
    pub(crate) fn check(&self, what: &str, value: Option<f64>, expected: &Value) {
        let expected = expected.as_f64().unwrap_or_else(|| panic!("{what}: {expected}"));
        let value = value.unwrap_or_else(|| panic!("{what} is undefined, not {expected}"));
        let allowed = self.absolute + self.relative * expected.abs();
        assert!((value - expected).abs() <= allowed, "{what}: {value} is not {expected}");
    }
}

//! Specifications as a reader would write them: TOML, on one line.

use serde_json::Value;

/// A value as it could stand behind `key =`.
pub(super) fn inline(value: &Value) -> String {
    match value {
        Value::Object(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Object(entries) => {
            let entry = |(key, value): (&String, &Value)| format!("{key} = {}", inline(value));
            let entries: Vec<String> =
                entries.iter().filter(|(_, value)| !value.is_null()).map(entry).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(values) => {
            format!("[{}]", values.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        // A method without parameters is written by its name.
        other => other.to_string(),
    }
}

/// The same of a method: `"focal"` where it has no parameters.
pub(super) fn method(value: &Value) -> String {
    match value {
        Value::Object(entries) if entries.len() == 1 => {
            let (name, parameters) = entries.iter().next().expect("there is one");
            match parameters {
                Value::Object(parameters) if parameters.is_empty() => format!("\"{name}\""),
                _ => inline(value),
            }
        }
        _ => inline(value),
    }
}

/// The entries of an object, one a line, with aligned values.
pub(super) fn lines(value: &Value) -> String {
    let Value::Object(entries) = value else { return inline(value) };
    let width = entries.keys().map(String::len).max().unwrap_or(0);
    let line = |(key, value): (&String, &Value)| format!("{key:width$} = {}\n", method(value));
    entries.iter().filter(|(_, value)| !value.is_null()).map(line).collect()
}

/// A trial's specification without fold and seed: the parts of its learner beside the rest.
pub(super) fn of_trial(spec: Value) -> String {
    let Value::Object(mut entries) = spec else { return inline(&spec) };
    entries.remove("fold");
    entries.remove("seed");
    let learner = entries.remove("learner");
    // What learns is a network with axes of its own, or a learner that is one axis.
    match learner {
        Some(Value::Object(learner)) if learner.len() == 1 => match learner.into_iter().next() {
            Some((_, Value::Object(parts))) if parts.contains_key("model") => entries.extend(parts),
            Some((_, model)) => {
                entries.insert("model".to_owned(), model);
            }
            None => {}
        },
        _ => {}
    }
    lines(&Value::Object(entries))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_specification_reads_like_an_experiment_file() {
        let spec = json!({ "loss": { "focal": { "gamma": 2.0 } }, "mining": { "none": {} }, "meta": null });
        assert_eq!(lines(&spec), "loss   = { focal = { gamma = 2.0 } }\nmining = \"none\"\n");
    }
}

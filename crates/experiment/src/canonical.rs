//! JSON as text that does not depend on how it was made: what identities and caches go by.

use serde_json::Value;

/// JSON with sorted keys, no spaces, and the shortest digits that give back every number.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

/// Appends the same to `text`.
pub(crate) fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            text.push('{');
            for (i, (key, value)) in entries.into_iter().enumerate() {
                if i != 0 {
                    text.push(',');
                }
                *text += &Value::from(key.as_str()).to_string();
                text.push(':');
                write_canonical(value, text);
            }
            text.push('}');
        }
        Value::Array(list) => {
            text.push('[');
            for (i, value) in list.iter().enumerate() {
                if i != 0 {
                    text.push(',');
                }
                write_canonical(value, text);
            }
            text.push(']');
        }
        scalar => *text += &scalar.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn canonical_json_sorts_keys_at_every_depth() {
        let value = json!({ "b": { "y": 1, "x": [2.5, null] }, "a": "t" });
        assert_eq!(canonical(&value), r#"{"a":"t","b":{"x":[2.5,null],"y":1}}"#);
    }
}

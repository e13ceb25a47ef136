//! The parameters of a method as an experiment file names them, each with what its struct says of it.

use experiment::model::ModelSpec;
use methods::calibration::CalibrationSpec;
use methods::control::ControlSpec;
use methods::decision::DecisionSpec;
use methods::decoupling::DecouplingSpec;
use methods::losses::LossSpec;
use methods::mining::MiningSpec;
use methods::mixing::MixingSpec;
use methods::pairs::{MemorySpec, PairMiningSpec, PairTermSpec};
use methods::reweighting::ReweightingSpec;
use methods::sampling::SamplingSpec;
use serde::Serialize;
use serde_json::{Map, Value, json};
use strum::IntoEnumIterator;
use toml::ser::ValueSerializer;

/// Every method with its defaults, family by family.
pub(super) fn specifications() -> Value {
    json!({
        "losses": all(LossSpec::iter()),
        "mixing": all(MixingSpec::iter()),
        "mining": all(MiningSpec::iter()),
        "reweighting": all(ReweightingSpec::iter()),
        "control": all(ControlSpec::iter()),
        "decoupling": all(DecouplingSpec::iter()),
        "sampling": all(SamplingSpec::iter()),
        "calibration": all(CalibrationSpec::iter()),
        "decision": all(DecisionSpec::iter()),
        "pair_losses": all(PairTermSpec::iter()),
        "pair_mining": all(PairMiningSpec::iter()),
        "memory": all(MemorySpec::iter()),
        "model": all(ModelSpec::iter()),
    })
}

fn all<S: Serialize>(specifications: impl Iterator<Item = S>) -> Map<String, Value> {
    let named = |specification| match json!(specification) {
        Value::Object(named) => named,
        name => Map::from_iter([(name.as_str().unwrap_or_default().to_owned(), json!({}))]),
    };
    specifications.flat_map(named).collect()
}

/// A value as an experiment file has it.
fn inline(value: &Value) -> String {
    let mut text = String::new();
    let written = value.serialize(ValueSerializer::new(&mut text)).is_ok();
    if written { text } else { value.to_string() }
}

/// The fields of the struct of parameters in `code` as a list; empty if it has none.
pub(super) fn parameters(code: &str, defaults: &Value) -> String {
    let mut list = String::new();
    let mut description = Vec::new();
    let fields = code.lines().skip_while(|line| !line.starts_with("/// Parameters of"));
    let fields = fields.skip_while(|line| !line.starts_with("pub struct"));
    for line in fields.skip(1).map(str::trim).take_while(|line| *line != "}") {
        if let Some(text) = line.strip_prefix("/// ") {
            description.push(text);
        } else if let Some((name, _)) = line.strip_prefix("pub ").and_then(|l| l.split_once(": ")) {
            let text = description.join(" ");
            let default = match (defaults, &defaults[name]) {
                // A loss of boxes is in no experiment file.
                (Value::Null, _) => String::new(),
                _ if text.contains("default") || text.contains("Default") => String::new(),
                (_, Value::Null) => " Not set by default.".to_owned(),
                (_, value) => format!(" Default `{}`.", inline(value)),
            };
            list += &format!("- `{name}`: {text}{default}\n");
            description.clear();
        }
    }
    if list.is_empty() { list } else { format!("\nParameters:\n\n{list}") }
}

//! `--set key=value`: one more line of the experiment, which wins over the file.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::axes::ROWS;
use crate::file::diagnostic::{Diagnostic, syntax};
use crate::file::one_of::asked;
use crate::search::space::Space;
use crate::search::spec::SearchMethod;
use crate::spec::{ProtocolSpec, TrainingSpec};

/// The TOML line that `--set key=value` stands for: a value that is no TOML is taken as a string,
/// so that `--set axes.loss=focal` needs no quotes within quotes.
pub(crate) fn line(set: &str) -> String {
    let Some((key, value)) = set.split_once('=') else { return set.to_owned() };
    let (key, value) = (key.trim(), value.trim());
    if DeValue::parse(value).is_ok() {
        format!("{key} = {value}")
    } else {
        format!("{key} = {}", toml::Value::String(value.to_owned()))
    }
}

/// Lays the table of an override, whose spans begin at `start`, over `table`.
pub(crate) fn merge<'a>(
    table: &mut DeTable<'a>,
    text: &'a str,
    start: usize,
) -> Result<(), Diagnostic> {
    let parsed = DeTable::parse(text).map_err(|error| {
        syntax(&error, start).help("write --set key=value, as in --set training.epochs=5")
    })?;
    overlay(table, shifted_table(parsed.get_ref(), start), &[]);
    Ok(())
}

/// Tables are merged key by key, and so are the parameters of one and the same method; another method, and
/// anything else, replaces what was there. `path` is that of `table`.
pub(crate) fn overlay<'a>(table: &mut DeTable<'a>, over: DeTable<'a>, path: &[&str]) {
    for (key, value) in over {
        let name = key.get_ref().clone();
        let path = [path, &[&*name]].concat();
        if let (Some(DeValue::Table(below)), DeValue::Table(above)) =
            (table.get_mut(&key).map(Spanned::get_mut), value.get_ref())
            && (same_name(below, above) || !names_one(&path))
        {
            overlay(below, above.clone(), &path);
        } else {
            table.remove(&key);
            table.insert(key, value);
        }
    }
}

/// Whether the table at `path`, from the top of the file, is one name with its parameters.
fn names_one(path: &[&str]) -> bool {
    match path {
        ["protocol", rest @ ..] => asked::<ProtocolSpec>(rest),
        ["training", rest @ ..] => asked::<TrainingSpec>(rest),
        ["search", "method", rest @ ..] => asked::<SearchMethod>(rest),
        ["search", "parameters", _, rest @ ..] => asked::<Space>(rest),
        ["axes", axis, rest @ ..] => {
            let row = ROWS.iter().find(|row| row.axis.name() == *axis);
            row.is_some_and(|row| (row.written.names_one)(rest))
        }
        _ => false,
    }
}

/// Whether both tables have one key, and the same.
fn same_name(below: &DeTable<'_>, above: &DeTable<'_>) -> bool {
    below.len() == 1 && above.len() == 1 && below.keys().eq(above.keys())
}

fn shifted_table<'a>(table: &DeTable<'a>, start: usize) -> DeTable<'a> {
    let entries = table.iter().map(|(key, value)| {
        (Spanned::new(moved(key.span(), start), key.get_ref().clone()), shifted(value, start))
    });
    entries.collect()
}

fn shifted<'a>(value: &Spanned<DeValue<'a>>, start: usize) -> Spanned<DeValue<'a>> {
    let inner = match value.get_ref() {
        DeValue::Table(table) => DeValue::Table(shifted_table(table, start)),
        DeValue::Array(array) => {
            DeValue::Array(array.iter().map(|value| shifted(value, start)).collect())
        }
        other => other.clone(),
    };
    Spanned::new(moved(value.span(), start), inner)
}

fn moved(span: Range<usize>, start: usize) -> Range<usize> {
    span.start + start..span.end + start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_word_is_a_string_and_a_number_a_number() {
        assert_eq!(line("training.epochs=5"), "training.epochs = 5");
        assert_eq!(line("axes.loss=focal"), "axes.loss = \"focal\"");
        assert_eq!(line("axes.loss = ['focal', 'ghm_c']"), "axes.loss = ['focal', 'ghm_c']");
    }

    #[test]
    fn an_override_wins_and_keeps_its_siblings() {
        let mut table =
            DeTable::parse("[training]\nepochs = 60\nbatch_size = 32").unwrap().into_inner();
        merge(&mut table, "training.epochs = 5", 100).unwrap();
        let training = &table["training"].get_ref();
        let epochs = training.get("epochs").unwrap();
        assert_eq!(epochs.get_ref().as_integer().unwrap().as_str(), "5");
        assert_eq!(epochs.span(), 118..119);
        assert!(training.get("batch_size").is_some());
    }

    #[test]
    fn another_method_replaces_the_one_there_and_the_same_keeps_its_parameters() {
        let overlaid = |text: &'static str, set: &'static str, path: &[&str]| {
            let mut table = DeTable::parse(text).unwrap().into_inner();
            merge(&mut table, set, 100).unwrap();
            let mut found = DeValue::Table(table);
            for key in path {
                found = found.get(*key).unwrap().get_ref().clone();
            }
            let DeValue::Table(found) = found else { panic!("no table at {path:?}") };
            found.keys().map(|key| key.get_ref().to_string()).collect::<Vec<_>>()
        };
        let sgd = "[training]\noptimizer = { sgd = { learning_rate = 0.1, momentum = 0.5 } }";
        let path = ["training", "optimizer"];
        assert_eq!(overlaid(sgd, "training.optimizer.adamw.weight_decay = 0", &path), ["adamw"]);
        assert_eq!(overlaid(sgd, "training.optimizer = { adamw = {} }", &path), ["adamw"]);
        let kept =
            overlaid(sgd, "training.optimizer.sgd.momentum = 0", &[&path[..], &["sgd"]].concat());
        assert_eq!(kept, ["learning_rate", "momentum"]);
        let smoothed =
            "[axes]\nloss = { label_smoothing = { epsilon = 0.1, loss = { focal.gamma = 1 } } }";
        let path = ["axes", "loss", "label_smoothing"];
        let set = "axes.loss.label_smoothing.loss.poly_1.epsilon = 2";
        assert_eq!(overlaid(smoothed, set, &path), ["epsilon", "loss"]);
        assert_eq!(overlaid(smoothed, set, &[&path[..], &["loss"]].concat()), ["poly_1"]);
        let tailed = "[axes]\ndataset = { glass.profile = { step.ratio = 2 } }";
        let set = "axes.dataset.glass.profile.exponential.ratio = 9";
        assert_eq!(
            overlaid(tailed, set, &["axes", "dataset", "glass", "profile"]),
            ["exponential"]
        );
    }

    #[test]
    fn every_table_that_names_one_of_several_is_known_for_it() {
        for path in [
            "protocol.split",
            "training.optimizer",
            "training.schedule",
            "axes.loss",
            "axes.model",
            "axes.sampling",
            "axes.mining",
            "axes.reweighting",
            "axes.dataset",
            "axes.dataset.glass.profile",
            "axes.loss.weighted_cross_entropy.scheme",
            "axes.loss.label_smoothing.loss",
            "axes.loss.label_smoothing.loss.weighted_cross_entropy.scheme",
            "axes.loss.deferred_reweighting.loss",
            "axes.model.svm.kernel",
            "search.method",
        ] {
            assert!(names_one(&path.split('.').collect::<Vec<_>>()), "{path}");
        }
    }

    #[test]
    fn tables_with_many_keys_are_not() {
        for path in [
            "",
            "experiment",
            "protocol",
            "protocol.meta",
            "protocol.preprocess",
            "protocol.shots",
            "protocol.split.holdout",
            "training",
            "training.optimizer.sgd",
            "axes",
            "axes.loss.focal",
            "axes.loss.expression.parameters",
            "axes.dataset.glass",
            "no.such.table",
        ] {
            assert!(!names_one(&path.split('.').collect::<Vec<_>>()), "{path}");
        }
    }
}

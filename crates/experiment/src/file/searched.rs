//! `[search]`: parameters have to be there, listed nowhere else, and right whatever is drawn; then the settings are
//! drawn, and every choice learns what it is in each of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::axes::AxisRow;
use crate::axis::Axis;
use crate::choice::Choice;
use crate::file::blocks::Block;
use crate::file::diagnostic::Diagnostic;
use crate::file::sections::ReportSpec;
use crate::file::selected::{lacks_validation, on_no_choice, varies};
use crate::file::typed::read;
use crate::search::space::Space;
use crate::search::spec::{Search, SearchSpec};
use crate::selection::Parameter;

/// Settings that are drawn at the most.
const MOST_SETTINGS: usize = 10_000;

/// Reads `[search]`, if there is one, and draws its settings for the choices of `blocks`.
pub(super) fn search(
    table: &DeTable<'_>,
    report: &ReportSpec,
    blocks: &mut [Block],
    mistakes: &mut Vec<Diagnostic>,
) -> Option<(Search, Vec<Parameter>)> {
    let section = table.get("search")?;
    let spec = read::<SearchSpec>(section.clone(), "search").map_err(bounds);
    let spec = spec.map_err(|mistake| mistakes.push(mistake)).ok()?;
    let reading = Reading { spec: &spec, section, report, blocks };
    let found = reading.mistakes();
    let epochs = reading.epochs().first().copied().unwrap_or(1);
    if !found.is_empty() {
        mistakes.extend(found);
        return None;
    }
    let n_settings = spec.method.n_settings(epochs);
    let drawn = draw(&spec, n_settings, &places(section), blocks);
    drawn.map_err(|mistake| mistakes.push(mistake)).ok()?;
    let sentence = spec.sentence(epochs);
    let searched = spec.parameters.keys().cloned().collect();
    let SearchSpec { method, parameters, .. } = spec;
    Some((Search { method, parameters, sentence, span: section.span() }, searched))
}

/// A list that is no pair of bounds.
fn bounds(mistake: Diagnostic) -> Diagnostic {
    if mistake.message.starts_with("an array of length 2 ") {
        let help = "write the lower and the upper one, as in [0, 5]";
        return Diagnostic::new(mistake.span, "two bounds are wanted here").help(help);
    }
    mistake
}

/// Where each parameter stands, and what it is drawn from.
type Places = BTreeMap<Parameter, (Range<usize>, Range<usize>)>;

fn places(section: &Spanned<DeValue<'_>>) -> Places {
    let parameters = section.get_ref().get("parameters").map(Spanned::get_ref);
    let Some(DeValue::Table(parameters)) = parameters else { return Places::new() };
    let place = |(key, value): (&Spanned<_>, &Spanned<_>)| {
        let name: &toml::de::DeString<'_> = key.get_ref();
        Some((name.parse().ok()?, (key.span(), Spanned::<DeValue<'_>>::span(value))))
    };
    parameters.iter().filter_map(place).collect()
}

/// A section, and what it is about.
struct Reading<'r, 'a> {
    spec: &'r SearchSpec,
    section: &'r Spanned<DeValue<'a>>,
    report: &'r ReportSpec,
    blocks: &'r [Block],
}

impl Reading<'_, '_> {
    fn mistakes(&self) -> Vec<Diagnostic> {
        let mut mistakes = Vec::from_iter(self.of_method());
        if self.spec.parameters.is_empty() {
            let mistake = Diagnostic::new(self.section.span(), "no parameter is searched");
            let help =
                "name one, as in parameters = { \"loss.focal.gamma\" = { uniform = [0, 5] } }";
            mistakes.push(mistake.help(help));
        }
        let places = places(self.section);
        for (parameter, space) in &self.spec.parameters {
            let (key, value) = &places[parameter];
            let of_space = space
                .mistake()
                .map(|(message, help)| Diagnostic::new(value.clone(), message).help(help));
            let found = of_space
                .or_else(|| self.out_of_place(parameter, key))
                .or_else(|| self.unfit(parameter, space, value));
            mistakes.extend(found);
        }
        if let (true, Some((key, _))) = (mistakes.is_empty(), places.values().next()) {
            mistakes.extend(lacks_validation(&self.values(Axis::Protocol), key));
        }
        mistakes
    }

    /// A method that there are not the epochs for, or not the room.
    fn of_method(&self) -> Option<Diagnostic> {
        let method = self.section.get_ref().get("method");
        let span = method.map_or_else(|| self.section.span(), Spanned::span);
        let told = |message, help: &str| Some(Diagnostic::new(span, message).help(help));
        let epochs = self.epochs();
        let whole = epochs.first().copied().unwrap_or(1);
        if let Some(least) = self.spec.method.min_epochs() {
            if 1 < epochs.len() {
                let message = "this method divides the epochs among the settings, and training.epochs has several \
                               values";
                return told(
                    message.to_owned(),
                    "give one, or take method = { random.settings = 20 }",
                );
            }
            if self.spec.method.brackets(whole).iter().all(|bracket| bracket.budgets.len() < 2) {
                let message = format!(
                    "of {whole} epochs there is no smaller part of at least {least}, so that every setting would be \
                     trained for all of them"
                );
                return told(
                    message,
                    "lower min_epochs or factor, or take method = { random.settings = 20 }",
                );
            }
        }
        let n_settings = self.spec.method.n_settings(whole);
        if MOST_SETTINGS < n_settings {
            let message = format!(
                "these are {n_settings} settings, and a search has room for {MOST_SETTINGS}"
            );
            return told(message, "draw fewer");
        }
        None
    }

    /// The numbers of epochs that trials have in all.
    fn epochs(&self) -> Vec<usize> {
        let values = self.values(Axis::Training).into_iter();
        let epochs = values.filter_map(|training| training["epochs"].as_u64());
        let epochs: BTreeSet<usize> = epochs.map(|epochs| epochs as usize).collect();
        epochs.into_iter().collect()
    }

    /// What stands on `axis` in any block.
    fn values(&self, axis: Axis) -> Vec<&Value> {
        self.blocks.iter().flat_map(|block| values(block, axis)).collect()
    }

    /// A parameter that nothing has, or that something else decides about too.
    fn out_of_place(&self, parameter: &Parameter, key: &Range<usize>) -> Option<Diagnostic> {
        let values = self.values(parameter.axis);
        if let Some(mistake) = on_no_choice(parameter, &values, key) {
            return Some(mistake);
        }
        let told = |message, help: &str| Some(Diagnostic::new(key.clone(), message).help(help));
        if self.report.select.contains(parameter) {
            let message = format!("`{parameter}` stands in report.select too");
            return told(message, "leave it out there: what is searched is chosen among anyway");
        }
        let searched: Vec<Parameter> = self.spec.parameters.keys().cloned().collect();
        let is_listed = |block| varies(parameter, &self::values(block, parameter.axis), &searched);
        if self.blocks.iter().any(is_listed) {
            let message = format!("`{parameter}` has a list of values where its method stands too");
            return told(message, "write one value there, or none, or leave it out of the search");
        }
        if parameter.is_epochs() && self.spec.method.min_epochs().is_some() {
            let message = format!("`{parameter}` is what this method divides among the settings");
            return told(message, "leave it out, or take method = { random.settings = 20 }");
        }
        let holds = |outer: &&Parameter| {
            let within = |value: &&Value| {
                let (outer, inner) = (outer.place(value), parameter.place(value));
                outer.zip(inner).is_some_and(|(outer, inner)| inner.starts_with(&outer))
            };
            *outer != parameter && values.iter().any(within)
        };
        let outer = searched.iter().find(holds)?;
        let message = format!("`{parameter}` is a part of `{outer}`, which is searched too");
        told(message, "search one of the two")
    }

    /// A value that may be drawn and is none of the parameter.
    fn unfit(&self, parameter: &Parameter, space: &Space, at: &Range<usize>) -> Option<Diagnostic> {
        for value in self.values(parameter.axis) {
            for end in space.ends() {
                let mut value = value.clone();
                if parameter.put(&mut value, end)
                    && let Err(mistake) = typed(parameter.axis, &value)
                {
                    let mistake = Diagnostic { span: at.clone(), ..mistake };
                    let is_whole = mistake.message.contains("a whole number");
                    return Some(match space {
                        Space::Uniform(_) | Space::LogUniform(_) if is_whole => {
                            mistake.help("draw whole numbers, by integer = [1, 10] or by choice")
                        }
                        _ => mistake,
                    });
                }
            }
        }
        None
    }
}

fn values(block: &Block, axis: Axis) -> Vec<&Value> {
    block.choices.get(&axis).into_iter().flatten().map(|choice| &choice.value).collect()
}

/// Draws the settings.
fn draw(
    spec: &SearchSpec,
    n_settings: usize,
    places: &Places,
    blocks: &mut [Block],
) -> Result<(), Diagnostic> {
    let drawn: Vec<(&Parameter, Vec<Value>)> = spec
        .parameters
        .iter()
        .map(|(parameter, space)| (parameter, space.draws(parameter, spec.seed, n_settings)))
        .collect();
    let of_axes = blocks.iter_mut().flat_map(|block| &mut block.choices);
    for (axis, choice) in of_axes.flat_map(|(axis, list)| list.iter_mut().map(|c| (*axis, c))) {
        let has =
            |parameter: &Parameter| parameter.axis == axis && parameter.of(&choice.value).is_some();
        let own: Vec<_> = drawn.iter().filter(|(parameter, _)| has(parameter)).collect();
        let Some((first, _)) = own.first() else { continue };
        let in_setting = |setting: usize| {
            let mut value = choice.value.clone();
            for (parameter, values) in &own {
                parameter.put(&mut value, values[setting].clone());
            }
            let value = typed(axis, &value)
                .map_err(|mistake| Diagnostic { span: places[first].1.clone(), ..mistake })?;
            let (label, span) = (choice.label.clone(), choice.span.clone());
            Ok(Choice { value, label, span, drawn: Vec::new() })
        };
        choice.drawn = (0..n_settings).map(in_setting).collect::<Result<_, _>>()?;
    }
    Ok(())
}

/// `value` as if it had been written in the file.
fn typed(axis: Axis, value: &Value) -> Result<Value, Diagnostic> {
    let text = toml(value).map(|value| value.to_string()).unwrap_or_default();
    let entry = DeValue::parse(&text).expect("what was written as TOML is TOML");
    (AxisRow::of(axis).written.read)(entry, axis)
}

/// The same as TOML, in which what is absent is not written.
fn toml(value: &Value) -> Option<toml::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(truth) => toml::Value::Boolean(*truth),
        Value::Number(number) => number.as_i64().map_or_else(
            || toml::Value::Float(number.as_f64().unwrap_or_default()),
            toml::Value::Integer,
        ),
        Value::String(text) => toml::Value::String(text.clone()),
        Value::Array(list) => toml::Value::Array(list.iter().filter_map(toml).collect()),
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| Some((key.clone(), toml(value)?));
            toml::Value::Table(map.iter().filter_map(entry).collect())
        }
    })
}

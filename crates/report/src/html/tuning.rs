//! What the validation parts say of every candidate, and how often each was chosen: a map over one tuned parameter with a
//! line a row, and a map a row over two.

use std::collections::{BTreeMap, BTreeSet};

use evaluation::Metric;
use evaluation::summary::mean;

use crate::comparison::candidates::Candidate;
use crate::comparison::notes::{capitalised, count};
use crate::comparison::printed::number;
use crate::html::markup::{Attributes, Markup};
use crate::html::table::nearness;
use crate::html::view::View;

/// Values side by side, and maps, at most.
const MOST_ACROSS: usize = 12;
const MOST_MAPS: usize = 6;

/// What was tried.
pub(crate) struct Map {
    pub(crate) title: String,
    /// What stands in the corner.
    pub(crate) corner: String,
    pub(crate) down: Vec<String>,
    pub(crate) across: Vec<String>,
    /// By place down and place across.
    pub(crate) tried: BTreeMap<(usize, usize), Tried>,
}

/// A candidate of a row.
#[derive(Clone, Debug)]
pub(crate) struct Tried {
    /// What the validation parts say; `None` where some candidate of the row has no value on any data set.
    pub(crate) mean: Option<f64>,
    /// In how many runs it was chosen, and of how many.
    pub(crate) chosen: usize,
    pub(crate) of: usize,
    /// Whether no other of its row was chosen more often.
    pub(crate) is_most: bool,
    /// How far it is behind the best of its row.
    behind: Option<f64>,
    /// Of each parameter, as it is written, and where it is one as a number.
    values: Vec<(String, Option<f64>)>,
}

impl Tried {
    /// The mean as it is printed.
    pub(crate) fn shown(&self, decimals: usize) -> String {
        self.mean.map_or_else(|| "–".to_owned(), |mean| number(mean, decimals))
    }

    /// The class of its shade.
    pub(crate) fn shade(&self) -> &'static str {
        self.behind.map_or("p0", nearness)
    }
}

/// The candidates of a row, and the parameters in which they differ.
struct Tuned {
    name: String,
    parameters: Vec<String>,
    tried: Vec<Tried>,
}

pub(super) fn section(view: &View<'_>) -> Option<Markup> {
    let maps = maps(view);
    if maps.is_empty() {
        return None;
    }
    let mut page = Markup::default();
    page.phrase("h2", &[], "What there was to choose from");
    page.element("div", &[("class", &"two")], |page| {
        for map in &maps {
            page.element("div", &[], |page| draw(view, map, page));
        }
    });
    page.phrase("p", &[("class", &"note")], note(view));
    Some(page)
}

fn draw(view: &View<'_>, map: &Map, page: &mut Markup) {
    page.phrase("h3", &[], &map.title);
    let label = format!("Candidates: {}", map.title);
    let region: Attributes<'_> =
        &[("class", &"scroll"), ("tabindex", &"0"), ("role", &"region"), ("aria-label", &label)];
    page.element("div", region, |page| {
        page.literal("<table class=\"heat\"><thead><tr>");
        page.phrase("th", &[("scope", &"col")], &map.corner);
        map.across.iter().for_each(|value| page.phrase("th", &[("scope", &"col")], value));
        page.literal("</tr></thead><tbody>");
        for (j, name) in map.down.iter().enumerate() {
            page.element("tr", &[], |tr| {
                tr.phrase("th", &[("scope", &"row")], name);
                for i in 0..map.across.len() {
                    entry(map.tried.get(&(j, i)), view.subject.comparison.decimals, tr);
                }
            });
        }
        page.literal("</tbody></table>");
    });
}

fn entry(tried: Option<&Tried>, decimals: usize, page: &mut Markup) {
    let Some(tried) = tried else { return page.literal("<td class=\"no\">–</td>") };
    let most = if tried.is_most { " best" } else { "" };
    let class = format!("{}{most}", tried.shade());
    let title = format!("chosen in {} of {}", tried.chosen, count(tried.of, "run"));
    page.element("td", &[("class", &class), ("title", &title)], |td| {
        td.text(tried.shown(decimals));
        td.phrase("small", &[], format!(" {}×", tried.chosen));
    });
}

/// What is shown of each candidate.
pub(crate) fn title(view: &View<'_>) -> String {
    let metrics: BTreeSet<&str> =
        view.groups.candidates.iter().map(|candidate| candidate.metric.title()).collect();
    let metrics: Vec<&str> = metrics.into_iter().collect();
    format!("{} on the validation parts", capitalised(&metrics.join(" or ")))
}

/// What a reader has to know.
pub(crate) fn note(view: &View<'_>) -> String {
    format!(
        "{}: the mean over the runs, then over the data sets on which every candidate of a row has a value; ×: in how many runs a \
         candidate was chosen, bold where no other was more often. The stronger the blue, the nearer to the best of its row: within 0.01, 0.03, \
         0.1 and 0.2. A run chooses for itself, and the test part has no say.",
        title(view)
    )
}

/// The maps; none where nothing was tuned, where a search has drawn the values, and where they are too many.
pub(crate) fn maps(view: &View<'_>) -> Vec<Map> {
    let tuned = tuned(view);
    let mut of_one: Vec<(&str, Vec<&Tuned>)> = Vec::new();
    for row in &tuned {
        let [name] = &row.parameters[..] else { continue };
        match of_one.iter_mut().find(|(known, _)| known == name) {
            Some((_, rows)) => rows.push(row),
            None => of_one.push((name, vec![row])),
        }
    }
    let of_one = of_one.into_iter().map(|(name, rows)| over_one(name, &rows));
    let mut maps: Vec<Map> = of_one.chain(tuned.iter().filter_map(over_two)).collect();
    maps.retain(|map| (2..=MOST_ACROSS).contains(&map.across.len()));
    if MOST_MAPS < maps.len() { Vec::new() } else { maps }
}

/// Rows that are tuned in the same parameter.
fn over_one(name: &str, rows: &[&Tuned]) -> Map {
    let across = values(rows.iter().flat_map(|row| &row.tried), 0);
    let mut tried = BTreeMap::new();
    for (j, row) in rows.iter().enumerate() {
        for one in &row.tried {
            let place = across.iter().position(|value| *value == one.values[0].0);
            tried.extend(place.map(|i| ((j, i), one.clone())));
        }
    }
    Map {
        title: name.to_owned(),
        corner: "row".to_owned(),
        down: rows.iter().map(|row| row.name.clone()).collect(),
        across,
        tried,
    }
}

/// A row that is tuned in two parameters at once; `None` of another, and where values do not meet.
fn over_two(row: &Tuned) -> Option<Map> {
    let [first, second] = &row.parameters[..] else { return None };
    let sides = [values(row.tried.iter(), 0), values(row.tried.iter(), 1)];
    // The longer side goes down.
    let (down, across) = if sides[0].len() < sides[1].len() { (1, 0) } else { (0, 1) };
    let names = [first, second];
    let mut tried = BTreeMap::new();
    for one in &row.tried {
        let place = |side: usize| sides[side].iter().position(|value| *value == one.values[side].0);
        let at = place(down).zip(place(across));
        tried.extend(at.map(|at| (at, one.clone())));
    }
    (sides[0].len() + sides[1].len() <= tried.len()).then(|| Map {
        title: row.name.clone(),
        corner: format!("{} ╲ {}", names[down], names[across]),
        down: sides[down].clone(),
        across: sides[across].clone(),
        tried,
    })
}

/// The values of a parameter: by size, or as they came where some are no numbers.
fn values<'t>(tried: impl Iterator<Item = &'t Tried>, parameter: usize) -> Vec<String> {
    let mut values: Vec<&(String, Option<f64>)> = Vec::new();
    for one in tried {
        let value = &one.values[parameter];
        if !values.iter().any(|known| known.0 == value.0) {
            values.push(value);
        }
    }
    let numbers: Option<Vec<f64>> = values.iter().map(|value| value.1).collect();
    if numbers.is_some() {
        let size = |value: &(String, Option<f64>)| value.1.unwrap_or_default();
        values.sort_by(|a, b| size(a).total_cmp(&size(b)));
    }
    values.into_iter().map(|value| value.0.clone()).collect()
}

/// Candidates with the same values, on all data sets.
struct Alike<'v> {
    candidate: &'v Candidate,
    by_set: BTreeMap<usize, Vec<f64>>,
    chosen: usize,
}

/// The rows that are tuned from a list of values, in the order of the table.
fn tuned(view: &View<'_>) -> Vec<Tuned> {
    let mut places: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for row in 0..view.groups.rows.len() {
        for set in 0..view.sets.len() {
            let variants = view.trials(row, set).map(|i| view.groups.trials[i].variant);
            places.extend(variants.map(|variant| (variant, (row, set))));
        }
    }
    let mut of_rows: BTreeMap<usize, Vec<Alike<'_>>> = BTreeMap::new();
    for candidate in view.groups.candidates.iter().filter(|candidate| !candidate.is_drawn) {
        let Some(&(row, set)) = places.get(&candidate.variant) else { continue };
        let of_row = of_rows.entry(row).or_default();
        let known = of_row.iter().position(|alike| alike.candidate.parts == candidate.parts);
        let place = known.unwrap_or_else(|| {
            of_row.push(Alike { candidate, by_set: BTreeMap::new(), chosen: 0 });
            of_row.len() - 1
        });
        of_row[place].chosen += candidate.chosen;
        of_row[place].by_set.entry(set).or_default().extend(candidate.mean());
    }
    let rows = view.first().rows.iter();
    rows.filter_map(|row| Some(of_row(&row.name, of_rows.get(&row.place)?))).collect()
}

fn of_row(name: &str, alike: &[Alike<'_>]) -> Tuned {
    let parts = &alike[0].candidate.parts;
    let differs = |&part: &usize| {
        alike.iter().any(|other| other.candidate.parts.get(part) != Some(&parts[part]))
    };
    let differing: Vec<usize> = (0..parts.len()).filter(differs).collect();
    let sets: BTreeSet<usize> =
        alike.iter().flat_map(|alike| alike.by_set.keys().copied()).collect();
    let of_set = |alike: &Alike<'_>, set: usize| mean(alike.by_set.get(&set)?.iter().copied());
    let common: Vec<usize> = sets
        .into_iter()
        .filter(|&set| alike.iter().all(|alike| of_set(alike, set).is_some()))
        .collect();
    let over_sets = |alike: &Alike<'_>| mean(common.iter().filter_map(|&set| of_set(alike, set)));
    let means: Vec<Option<f64>> = alike.iter().map(over_sets).collect();
    let best = best(&means, alike[0].candidate.metric);
    let of = alike.iter().map(|alike| alike.chosen).sum();
    let most = alike.iter().map(|alike| alike.chosen).max().unwrap_or_default();
    let tried = alike.iter().zip(means).map(|(alike, mean)| Tried {
        mean,
        chosen: alike.chosen,
        of,
        is_most: alike.chosen == most,
        behind: mean.zip(best).map(|(mean, best)| (best - mean).abs()),
        values: differing.iter().map(|&part| value(alike.candidate, part)).collect(),
    });
    Tuned {
        name: name.to_owned(),
        parameters: differing.iter().map(|&part| parts[part].0.clone()).collect(),
        tried: tried.collect(),
    }
}

fn best(means: &[Option<f64>], metric: Metric) -> Option<f64> {
    let better = |a: f64, b: f64| if metric.higher_is_better() { a.max(b) } else { a.min(b) };
    means.iter().copied().flatten().reduce(better)
}

fn value(candidate: &Candidate, part: usize) -> (String, Option<f64>) {
    let (name, written) = &candidate.parts[part];
    let number = candidate.numbers.iter().find(|(known, _)| known == name);
    (written.clone(), number.map(|(_, number)| *number))
}

//! A verdict for readers: terminal, Markdown for a pull request, annotations for GitHub.

use std::fmt::Write as _;

use comfy_table::presets::{ASCII_MARKDOWN, UTF8_BORDERS_ONLY};
use comfy_table::{CellAlignment, Table};

use crate::comparison::notes::count;
use crate::comparison::printed::number;
use crate::gate::pairs::PairedValue;
use crate::gate::verdict::{ALL_METHODS, Gate, GateLine, Verdict};
use crate::render::markdown::escaped;

/// Lost cells that are named.
const NAMED_CELLS: usize = 10;

/// Decimals of differences: a hundredth of a point.
const DECIMALS: usize = 4;

/// What a reader of annotations has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Look at it: the gate fails.
    Error,
    /// Think about it.
    Warning,
    /// Know it.
    Notice,
}

/// One thing that a gate has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// How bad it is.
    pub severity: Severity,
    /// What it is about: the method.
    pub method: String,
    /// What of it: the metric, or `cells`.
    pub what: String,
    /// What was found, in one sentence.
    pub message: String,
}

impl Annotation {
    /// As GitHub's runners read it: `::error title=...::message`.
    pub fn github(&self) -> String {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Notice => "notice",
        };
        let escaped =
            |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        let title = escaped(&format!("longtail gate: {}, {}", self.method, self.what));
        // A property ends at a comma or a colon.
        let title = title.replace(':', "%3A").replace(',', "%2C");
        format!("::{severity} title={title}::{}\n", escaped(&self.message))
    }
}

impl Gate {
    /// The verdict, in one sentence.
    pub fn headline(&self, strict: bool) -> String {
        let n = |verdict: Verdict| self.lines.iter().filter(|line| line.verdict == verdict).count();
        let (worse, undecided) = (n(Verdict::Worse), n(Verdict::Undecided));
        let all = count(self.lines.len(), "comparison");
        let of_cells = count(self.equal_cells + self.changed_cells, "cell");
        if self.verdict == Verdict::Worse {
            let mut what = Vec::new();
            if worse != 0 {
                let equal = n(Verdict::Equal);
                what.push(format!("{worse} of {all}, of which {equal} are equal bit for bit"));
            }
            if !self.lost.is_empty() {
                what.push(format!("{} lost", count(self.lost.len(), "cell")));
            }
            return format!("FAILED: worse than the baseline: {}.", what.join(", "));
        }
        let passed = if self.passes(strict) { "passed" } else { "FAILED (--strict)" };
        let changed = format!("{} of {of_cells} changed in some number", self.changed_cells);
        match self.verdict {
            Verdict::Equal => format!("passed: {of_cells}, equal bit for bit."),
            Verdict::Undecided => {
                let mut what = Vec::new();
                if undecided != 0 {
                    what.push(format!(
                        "{undecided} of {all} can neither be called worse nor equivalent"
                    ));
                }
                if self.unjudged_cells != 0 {
                    what.push(self.unjudged());
                }
                format!("{passed}, UNDECIDED: {changed}, and {}.", what.join("; "))
            }
            _ => format!(
                "{passed}: {changed}, none of {all} for the worse (±{} is of no interest).",
                shortest(self.rope)
            ),
        }
    }

    fn unjudged(&self) -> String {
        format!("{} changed without a value to compare", count(self.unjudged_cells, "cell"))
    }

    /// What it rests on, for the terminal; `strict` is whether what is undecided fails.
    pub fn terminal(&self, strict: bool) -> String {
        let mut text = self.headline(strict) + "\n";
        self.body(&mut text, UTF8_BORDERS_ONLY, "  ");
        text
    }

    /// The same for the description of a pull request.
    pub fn markdown(&self, strict: bool) -> String {
        let mut text = format!("### longtail gate\n\n**{}**\n\n", self.headline(strict));
        self.body(&mut text, ASCII_MARKDOWN, "- ");
        text
    }

    fn body(&self, text: &mut String, looks: &str, bullet: &str) {
        let written = |text: &str| {
            if looks == ASCII_MARKDOWN { escaped(text) } else { text.to_owned() }
        };
        let changed: Vec<&GateLine> =
            self.lines.iter().filter(|line| line.verdict != Verdict::Equal).collect();
        let n_tested = changed.iter().filter(|line| line.effect.is_some()).count();
        if !changed.is_empty() {
            let _ = writeln!(text, "{}\n\n{}\n", table(&changed, looks), self.legend(n_tested));
        }
        for annotation in self.annotations() {
            if annotation.severity == Severity::Error {
                let Annotation { method, what, message, .. } = annotation;
                let _ =
                    writeln!(text, "{bullet}{}", written(&format!("{method}, {what}: {message}")));
            }
        }
        let new = (self.new_cells != 0)
            .then(|| format!("{} the baseline has not.", count(self.new_cells, "cell")));
        for note in self.notes.iter().chain(new.as_ref()) {
            let _ = writeln!(text, "{bullet}{}", written(note));
        }
    }

    fn legend(&self, n_tested: usize) -> String {
        format!(
            "Change: mean over the data sets, positive is better, with its 90 % interval (paired t over folds and seeds, data \
             set by data set).\nWorse: not within ±{}, and p < 0.05 after Holm over {}. Could see: the decline that\nis called \
             worse in 80 of 100 cases.",
            shortest(self.rope),
            count(n_tested, "comparison"),
        )
    }

    /// What it has found, the worst first.
    pub fn annotations(&self) -> Vec<Annotation> {
        let mut annotations: Vec<Annotation> = self.lines.iter().filter_map(annotation).collect();
        annotations.extend(self.lost_by_method());
        if self.unjudged_cells != 0 {
            annotations.push(Annotation {
                severity: Severity::Warning,
                method: ALL_METHODS.to_owned(),
                what: "cells".to_owned(),
                message: self.unjudged() + ".",
            });
        }
        annotations.sort_by_key(|annotation| match annotation.severity {
            Severity::Error => 0,
            Severity::Warning => 1,
            Severity::Notice => 2,
        });
        annotations
    }

    fn lost_by_method(&self) -> Vec<Annotation> {
        let mut lost = self.lost.clone();
        lost.sort_by(|a, b| a.cell.cmp(&b.cell));
        let of_method = lost.chunk_by(|a, b| a.cell.method == b.cell.method);
        of_method
            .map(|lost| {
                let shown: Vec<String> = lost
                    .iter()
                    .take(NAMED_CELLS)
                    .map(|lost| {
                        let cell = &lost.cell;
                        format!(
                            "{} fold {} seed {} {}",
                            cell.dataset, cell.fold, cell.seed, lost.what
                        )
                    })
                    .collect();
                let more = match lost.len() - shown.len() {
                    0 => String::new(),
                    more => format!("; and {more} more"),
                };
                let n = count(lost.len(), "cell");
                Annotation {
                    severity: Severity::Error,
                    method: lost[0].cell.method.clone(),
                    what: "cells".to_owned(),
                    message: format!("{n} lost: {}{more}.", shown.join("; ")),
                }
            })
            .collect()
    }
}

/// What is to be said of a line; nothing of one that is bit-equal.
fn annotation(line: &GateLine) -> Option<Annotation> {
    let severity = match line.verdict {
        Verdict::Equal => return None,
        Verdict::Equivalent | Verdict::Better => Severity::Notice,
        Verdict::Undecided => Severity::Warning,
        Verdict::Worse => Severity::Error,
    };
    let (method, what) = (line.method.clone(), line.metric.name().to_owned());
    let changed = format!("{} of {} changed", line.changed, count(line.cells, "cell"));
    let Some(effect) = &line.effect else {
        let message = format!("{changed}; too few to test.");
        return Some(Annotation { severity, method, what, message });
    };
    let verdict = named(line.verdict);
    let mut message = format!(
        "{verdict}: {}, p {} after Holm; {changed} on {}; a decline of {} could be seen.",
        signed(effect.mean),
        probability(effect.p_worse),
        count(line.datasets, "data set"),
        number(effect.could_see, DECIMALS),
    );
    if line.verdict != Verdict::Worse {
        message = format!(
            "{verdict}: {} ({} to {}); {changed}; a decline of {} could be seen.",
            signed(effect.mean),
            signed(effect.interval.low),
            signed(effect.interval.high),
            number(effect.could_see, DECIMALS),
        );
    }
    let cells: Vec<String> = line.largest.iter().map(cell).collect();
    if !cells.is_empty() {
        message += &format!(" Most on {}.", cells.join("; "));
    }
    Some(Annotation { severity, method, what, message })
}

/// `ecoli4 fold 2 seed 0: 0.8123 → 0.7411 (longtail replay 3f9a)`.
fn cell(value: &PairedValue) -> String {
    let PairedValue { cell, baseline, candidate, id, .. } = value;
    let replay = id.as_ref().map_or(String::new(), |id| format!(" (longtail replay {id})"));
    format!(
        "{} fold {} seed {}: {} → {}{replay}",
        cell.dataset,
        cell.fold,
        cell.seed,
        number(*baseline, DECIMALS),
        number(*candidate, DECIMALS),
    )
}

fn table(lines: &[&GateLine], looks: &str) -> Table {
    let mut table = Table::new();
    table.load_preset(looks);
    table.set_header([
        "method",
        "metric",
        "cells",
        "changed",
        "change",
        "90 % interval",
        "p worse",
        "could see",
        "verdict",
    ]);
    for line in lines {
        let method = &line.method;
        let method = if looks == ASCII_MARKDOWN { escaped(method) } else { method.clone() };
        let mut row = vec![method, line.metric.name().to_owned()];
        row.extend([line.cells, line.changed].map(|n| n.to_string()));
        match &line.effect {
            Some(effect) => row.extend([
                signed(effect.mean),
                format!("{} to {}", signed(effect.interval.low), signed(effect.interval.high)),
                probability(effect.p_worse).trim_start_matches("= ").to_owned(),
                number(effect.could_see, DECIMALS),
            ]),
            None => row.extend(["—"; 4].map(str::to_owned)),
        }
        let verdict = named(line.verdict);
        let loud = matches!(line.verdict, Verdict::Worse | Verdict::Undecided);
        row.push(if loud { verdict.to_uppercase() } else { verdict.to_owned() });
        table.add_row(row);
    }
    table
        .column_iter_mut()
        .skip(2)
        .take(6)
        .for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}

fn named(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Equal => "equal",
        Verdict::Equivalent => "equivalent",
        Verdict::Better => "better",
        Verdict::Undecided => "undecided",
        Verdict::Worse => "worse",
    }
}

/// With its sign.
fn signed(value: f64) -> String {
    let text = number(value, DECIMALS);
    match text.strip_prefix('-') {
        Some(digits) => format!("\u{2212}{digits}"),
        None => format!("+{text}"),
    }
}

fn probability(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("= {}", number(p, 3)) }
}

fn shortest(value: f64) -> String {
    value.to_string()
}

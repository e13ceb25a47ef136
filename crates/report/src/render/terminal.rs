//! For the terminal: as much detail as the width allows.

use comfy_table::{
    Cell, CellAlignment, ContentArrangement, Row, Table as Grid, TableComponent, presets,
};

use crate::comparison::Comparison;
use crate::comparison::table::MetricTable;
use crate::judgement::paragraph::Span;
use crate::render::folded::folded;
use crate::render::parts;
use crate::render::remarks;
use crate::render::sheet::{self, Entry, Figure, Sheet, SheetKind};
use crate::render::shown::{NOT_ZERO, Shown};

/// Characters a line may have when nobody says how wide the terminal is.
const DEFAULT_WIDTH: u16 = 120;

/// How long a line of a name may be: first comfortable, then as short as it takes.
#[derive(Clone, Copy, Debug)]
struct Folds {
    /// Characters of a line of a label.
    label: usize,
    /// Characters of a line of a column's name, unless its figures take more.
    name: usize,
}

const FOLDS: [Folds; 4] = [
    Folds { label: usize::MAX, name: 10 },
    Folds { label: 24, name: 6 },
    Folds { label: 18, name: 6 },
    Folds { label: 12, name: 6 },
];

/// What marks the best of a column where letters are all alike.
const BEST: &str = "*";

// comfy-table measures what it prints, and escape sequences have no width: these stand for them,
// are measured as nothing, and are replaced afterwards.
const BOLD: char = '\u{200b}';
const PLAIN: char = '\u{200c}';

/// The comparison as text: bold as ANSI escape sequences if `colours`, else the best of a column has a star, and a
/// difference that is told from 0 the sign `≠`; no line of a table longer than `width` characters (default 120) if that can be done.
///
/// Up to 8 data sets, each is a column: with standard deviations if they fit, else without. With
/// more data sets, or too narrow for them, the rows are summed up over the data sets. What is left
/// out stands in `report.md`, and the text says so.
pub fn terminal(comparison: &Comparison, colours: bool, width: Option<u16>) -> String {
    let width = usize::from(width.unwrap_or(DEFAULT_WIDTH));
    let mut lines = answers(comparison, width);
    lines.extend(wrapped(&comparison.description, width));
    let notes = comparison.common.iter().chain(&comparison.notes);
    lines.extend(notes.flat_map(|note| wrapped(note, width)));
    let warnings = comparison.warnings.iter();
    lines.extend(warnings.flat_map(|w| wrapped(&format!("Mind: {}", w.text), width)));
    let mut legend: Vec<&str> = Vec::new();
    for table in &comparison.tables {
        let (view, grid) = best_view(comparison, table, colours, width);
        lines.push(String::new());
        lines.push(format!("{BOLD}{}{PLAIN}", remarks::title(table)));
        lines.extend(grid.lines().map(str::to_owned));
        let remarks = remarks(comparison, table, view);
        lines.extend(remarks.iter().flat_map(|remark| wrapped(remark, width)));
        let fresh = meanings(table, view, colours).into_iter();
        legend.extend(fresh.filter(|line| !legend.contains(line)).collect::<Vec<_>>());
    }
    if !legend.is_empty() {
        lines.push(String::new());
        lines.extend(wrapped(&legend.join(" "), width));
    }
    let shown = Shown::in_terminal(colours);
    let with_parts = comparison.tables.iter().take(1);
    for table in with_parts.filter(|table| !table.judgement.parts.is_empty()) {
        lines.push(String::new());
        lines.extend(wrapped(&format!("{BOLD}{}{PLAIN}", parts::title(table)), width));
        let grid = in_width(&parts::sheet(table, comparison.decimals), colours, width);
        lines.extend(grid.lines().map(str::to_owned));
        lines.extend(wrapped(&parts::remark(table, shown), width));
    }
    for table in comparison.gains.iter().filter(|table| !table.rows.is_empty()) {
        lines.push(String::new());
        lines.push(format!("{BOLD}{}{PLAIN}", remarks::gains_title(table)));
        let grid = in_width(&sheet::gains(table, comparison.decimals), colours, width);
        lines.extend(grid.lines().map(str::to_owned));
        let remarks = remarks::of_gains(table, shown);
        lines.extend(remarks.iter().flat_map(|remark| wrapped(remark, width)));
    }
    let text = lines.join("\n") + "\n";
    if colours {
        text.replace(BOLD, "\u{1b}[1m").replace(PLAIN, "\u{1b}[0m")
    } else {
        text.replace([BOLD, PLAIN], "")
    }
}

/// The question, and what the first metric answers, a paragraph after the other.
fn answers(comparison: &Comparison, width: usize) -> Vec<String> {
    let mut lines = wrapped(&format!("{BOLD}{}{PLAIN}", comparison.question), width);
    for paragraph in comparison.answers() {
        lines.push(String::new());
        let written = |span: &Span| {
            if span.strong { format!("{BOLD}{}{PLAIN}", span.text) } else { span.text.clone() }
        };
        lines.extend(wrapped(&paragraph.spans.iter().map(written).collect::<String>(), width));
    }
    lines.push(String::new());
    lines
}

/// A sheet of differences with labels in as short lines as it takes.
fn in_width(sheet: &Sheet, colours: bool, width: usize) -> String {
    let mark = (!colours).then_some(NOT_ZERO);
    let mut grids = FOLDS.iter().map(|&folds| grid(sheet, mark, folds));
    let fits = |grid: &String| grid.lines().all(|line| visible(line) <= width);
    grids.clone().find(fits).or_else(|| grids.next_back()).unwrap_or_default()
}

/// How much a table shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Full,
    Means,
    Summary,
}

impl View {
    fn kind(self) -> SheetKind {
        if self == View::Summary { SheetKind::Summary } else { SheetKind::DataSets }
    }
}

/// The first view that fits, and its lines; the narrowest if none does.
fn best_view(
    comparison: &Comparison,
    table: &MetricTable,
    colours: bool,
    width: usize,
) -> (View, String) {
    let views: &[View] = if sheet::fits(table) {
        &[View::Full, View::Means, View::Summary]
    } else {
        &[View::Summary]
    };
    let all = 0..table.datasets.len();
    let mut last = (View::Summary, String::new());
    for &view in views {
        let sheet = match view {
            View::Full => sheet::full(comparison, table, all.clone(), true),
            View::Means => sheet::full(comparison, table, all.clone(), false),
            View::Summary => sheet::summary(comparison, table),
        };
        // Labels in many short lines are the last resort.
        let n_folds = if view == View::Summary { FOLDS.len() } else { 2 };
        for &folds in &FOLDS[..n_folds] {
            let grid = grid(&sheet, (!colours).then_some(BEST), folds);
            if grid.lines().all(|line| visible(line) <= width) {
                return (view, grid);
            }
            last = (view, grid);
        }
    }
    last
}

fn visible(line: &str) -> usize {
    line.chars().filter(|&c| c != BOLD && c != PLAIN).count()
}

/// The table with rules above, below and under the header; figures in bold have the `mark`, if letters are all alike.
fn grid(sheet: &Sheet, mark: Option<&'static str>, folds: Folds) -> String {
    let mut grid = Grid::new();
    grid.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for rule in [
        TableComponent::TopBorder,
        TableComponent::TopBorderIntersections,
        TableComponent::HeaderLines,
        TableComponent::MiddleHeaderIntersections,
        TableComponent::BottomBorder,
        TableComponent::BottomBorderIntersections,
    ] {
        grid.set_style(rule, '─');
    }
    let slots: Vec<Slots> = (0..sheet.header.len()).map(|i| Slots::of(sheet, i, mark)).collect();
    grid.set_header(header(sheet, &slots, folds.name));
    for row in &sheet.rows {
        let cells = row.iter().zip(&slots).map(|(entry, slots)| match entry {
            Entry::Label(label) => {
                let label = label.as_deref().unwrap_or("—");
                Cell::new(folded(label, folds.label).join("\n"))
            }
            Entry::Figure(value) => {
                Cell::new(slots.text(value)).set_alignment(CellAlignment::Right)
            }
        });
        grid.add_row(Row::from(cells.collect::<Vec<_>>()));
    }
    grid.column_iter_mut().for_each(|column| {
        column.set_padding((0, 1));
    });
    grid.trim_fmt()
}

/// The names of the columns, long ones in several lines, the last line just above the rule.
fn header(sheet: &Sheet, slots: &[Slots], fold: usize) -> Row {
    let folded = |(name, slots): (&String, &Slots)| folded(name, fold.max(slots.width()));
    let names: Vec<Vec<String>> = sheet.header.iter().zip(slots).map(folded).collect();
    let height = names.iter().map(Vec::len).max().unwrap_or_default();
    let cells = names.iter().enumerate().map(|(i, lines)| {
        let alignment = if i < sheet.n_labels { CellAlignment::Left } else { CellAlignment::Right };
        let text = "\n".repeat(height - lines.len()) + &lines.join("\n");
        Cell::new(text).set_alignment(alignment)
    });
    Row::from(cells.collect::<Vec<_>>())
}

/// Widths of a figure and what follows it in its column, so that the figures stay aligned.
struct Slots {
    figure: usize,
    /// What stands behind a figure in bold; empty in a column without one.
    strong: &'static str,
    deviation: usize,
    mark: usize,
}

impl Slots {
    fn of(sheet: &Sheet, column: usize, mark: Option<&'static str>) -> Self {
        let values = || {
            sheet.rows.iter().filter_map(move |row| match &row[column] {
                Entry::Figure(value) => Some(value),
                Entry::Label(_) => None,
            })
        };
        let length = |text: &Option<String>| text.as_ref().map_or(0, |text| text.chars().count());
        Slots {
            figure: values().map(|value| length(&value.text)).max().unwrap_or_default(),
            strong: mark.filter(|_| values().any(|value| value.is_best)).unwrap_or_default(),
            deviation: values().map(|value| length(&value.deviation)).max().unwrap_or_default(),
            mark: values().map(|value| length(&value.mark)).max().unwrap_or_default(),
        }
    }

    fn text(&self, value: &Figure) -> String {
        let (strong, deviation, mark) = (self.strong_width(), self.deviation, self.mark);
        let letters = superscript(value.mark.as_deref().unwrap_or_default());
        let Some(figure) = &value.text else {
            let rest = self.width() - self.figure;
            return format!("—{letters:rest$}");
        };
        let figure = if value.is_best { format!("{BOLD}{figure}{PLAIN}") } else { figure.clone() };
        let behind = format!("{:strong$}", if value.is_best { self.strong } else { "" });
        let deviation = match &value.deviation {
            _ if deviation == 0 => String::new(),
            Some(text) => format!(" ± {text:>deviation$}"),
            None => " ".repeat(deviation + 3),
        };
        format!("{figure}{behind}{deviation}{letters:mark$}")
    }

    /// Characters of the widest entry.
    fn width(&self) -> usize {
        let deviation = if self.deviation == 0 { 0 } else { self.deviation + 3 };
        self.figure + self.strong_width() + deviation + self.mark
    }

    fn strong_width(&self) -> usize {
        self.strong.chars().count()
    }
}

/// Superscript letters.
fn superscript(letters: &str) -> String {
    const FORMS: [(char, char); 25] = [
        ('a', 'ᵃ'),
        ('b', 'ᵇ'),
        ('c', 'ᶜ'),
        ('d', 'ᵈ'),
        ('e', 'ᵉ'),
        ('f', 'ᶠ'),
        ('g', 'ᵍ'),
        ('h', 'ʰ'),
        ('i', 'ⁱ'),
        ('j', 'ʲ'),
        ('k', 'ᵏ'),
        ('l', 'ˡ'),
        ('m', 'ᵐ'),
        ('n', 'ⁿ'),
        ('o', 'ᵒ'),
        ('p', 'ᵖ'),
        ('r', 'ʳ'),
        ('s', 'ˢ'),
        ('t', 'ᵗ'),
        ('u', 'ᵘ'),
        ('v', 'ᵛ'),
        ('w', 'ʷ'),
        ('x', 'ˣ'),
        ('y', 'ʸ'),
        ('z', 'ᶻ'),
    ];
    let form = |letter: char| {
        FORMS.iter().find(|(plain, _)| *plain == letter).map_or(letter, |form| form.1)
    };
    letters.chars().map(form).collect()
}

fn remarks(comparison: &Comparison, table: &MetricTable, view: View) -> Vec<String> {
    let mut remarks = remarks::of(comparison, table, view.kind());
    if view != View::Summary {
        let notes = remarks::footnotes(table, &(0..table.datasets.len()));
        remarks.extend(notes.iter().map(|(mark, text)| format!("{} {text}.", superscript(mark))));
    }
    remarks
}

/// What marks and names of columns mean, and where to find what is left out.
fn meanings(table: &MetricTable, view: View, colours: bool) -> Vec<&'static str> {
    let some_best =
        table.rows.iter().any(|row| row.is_best || row.cells.iter().any(|cell| cell.is_best));
    let best = if colours { "Bold: best of its column." } else { "*: best of its column." };
    let left_out = match view {
        View::Full => None,
        View::Means => Some("Standard deviations: report.md."),
        View::Summary => Some("Each data set: report.md."),
    };
    let best = some_best.then_some(best);
    let legend = best.into_iter().chain(remarks::legend(table, view.kind()));
    legend.chain(remarks::failures(table)).chain(left_out).collect()
}

/// `text` in lines of at most `width` characters, broken at spaces.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    if visible(text) <= width {
        return vec![text.to_owned()];
    }
    // A probability stays in one piece.
    let text = text.replace(" = ", "\u{a0}=\u{a0}").replace(" < ", "\u{a0}<\u{a0}");
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is a line");
        if line.is_empty() {
            line.push_str(word);
        } else if visible(line) + 1 + visible(word) <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.into_iter().map(|line| line.replace('\u{a0}', " ")).collect()
}

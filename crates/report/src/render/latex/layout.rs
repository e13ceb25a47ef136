//! How a table is fitted to the page of an article: the widths of columns are estimated, and the roomiest layout that
//! fits is taken.

use std::ops::Range;

use crate::comparison::Comparison;
use crate::comparison::table::MetricTable;
use crate::render::folded::folded;
use crate::render::headings::headings;
use crate::render::latex::letters::is_numbered;
use crate::render::sheet::{self, Entry, Figure, Sheet};

/// Width of the text of LaTeX's article class at 10 points, in points.
const PAGE: f64 = 345.0;

/// Characters of a line of a column's name.
pub(super) const FOLDED_NAME: usize = 13;

/// Characters of a line of a label that is folded.
pub(super) const FOLDED_LABEL: usize = 16;

/// Rows that can become columns.
const MOST_COLUMNS: usize = 8;

/// How a float is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub(super) size: Size,
    pub(super) deviations: bool,
    /// Whether long labels stand in several lines.
    pub(super) folded: bool,
}

/// The size of the letters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Size {
    Footnote,
    Script,
    Tiny,
}

/// The floats of a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    pub(super) style: Style,
    /// Methods as columns, data sets as rows.
    pub(super) transposed: bool,
    /// The data sets of each float.
    pub(super) blocks: Vec<Range<usize>>,
}

/// From the roomiest to the narrowest.
const STYLES: [Style; 6] = [
    Style { size: Size::Footnote, deviations: true, folded: false },
    Style { size: Size::Footnote, deviations: true, folded: true },
    Style { size: Size::Script, deviations: true, folded: true },
    Style { size: Size::Footnote, deviations: false, folded: true },
    Style { size: Size::Script, deviations: false, folded: true },
    Style { size: Size::Tiny, deviations: false, folded: true },
];

impl Size {
    /// The command that sets it.
    pub(super) fn command(self) -> &'static str {
        match self {
            Size::Footnote => "\\footnotesize",
            Size::Script => "\\scriptsize",
            Size::Tiny => "\\tiny",
        }
    }

    /// Half the space between columns, in points.
    pub(super) fn column_space(self) -> u32 {
        if self == Size::Footnote { 4 } else { 3 }
    }

    /// Widths relative to Computer Modern at 10 points, whose small sizes are broader than their height says.
    fn scale(self) -> f64 {
        match self {
            Size::Footnote => 0.85,
            Size::Script => 0.80,
            Size::Tiny => 0.68,
        }
    }
}

/// The layout that keeps the most: in one float before several, upright before on its side, with deviations before
/// without.
pub(super) fn layout(comparison: &Comparison, table: &MetricTable) -> Layout {
    let n = table.datasets.len();
    let least = sheet::blocks(n).len();
    let fits = |layout: &Layout| {
        let mut blocks = layout.blocks.iter();
        blocks.all(|block| width(&layout.sheet(comparison, table, block), layout.style) <= PAGE)
    };
    let mut narrowest = Layout { style: STYLES[5], transposed: false, blocks: sheet::blocks(n) };
    for n_blocks in least..=n.max(1) {
        let blocks = sheet::in_blocks(n, n_blocks);
        for transposed in [false, true] {
            if transposed && (1 < n_blocks || MOST_COLUMNS < table.rows.len()) {
                continue;
            }
            for style in STYLES {
                let layout = Layout { style, transposed, blocks: blocks.clone() };
                if fits(&layout) {
                    return layout;
                }
                narrowest = layout;
            }
        }
    }
    narrowest
}

/// The roomiest style, without deviations, in which `sheet` fits.
pub(super) fn style_of(sheet: &Sheet) -> Style {
    let mut styles = STYLES.into_iter().map(|style| Style { deviations: false, ..style });
    styles.find(|style| width(sheet, *style) <= PAGE).unwrap_or(STYLES[5])
}

/// The roomiest style in which a sheet fits with its deviations.
pub(super) fn style_with_deviations(sheet: &Sheet) -> Option<Style> {
    STYLES.into_iter().find(|style| style.deviations && width(sheet, *style) <= PAGE)
}

impl Layout {
    /// The float of the data sets `block`.
    pub(super) fn sheet(
        &self,
        comparison: &Comparison,
        table: &MetricTable,
        block: &Range<usize>,
    ) -> Sheet {
        let sheet = sheet::full(comparison, table, block.clone(), self.style.deviations);
        if self.transposed {
            sheet::transposed(&sheet)
        } else {
            sheet.under(&headings(comparison, table))
        }
    }
}

/// What the table takes of a line, in points.
fn width(sheet: &Sheet, style: Style) -> f64 {
    let columns = sheet.header.iter().enumerate().map(|(i, name)| {
        let name_width = if i < sheet.n_labels {
            letters(name) * style.size.scale()
        } else {
            stacked(name, FOLDED_NAME, style)
        };
        let entries = sheet.rows.iter().map(|row| match &row[i] {
            Entry::Label(Some(label)) if style.folded => stacked(label, FOLDED_LABEL, style),
            Entry::Label(label) => letters(label.as_deref().unwrap_or("—")) * style.size.scale(),
            Entry::Figure(value) => figure(value, style),
        });
        entries.fold(name_width, f64::max)
    });
    let spaces = 2 * style.size.column_space() as usize * sheet.header.len().saturating_sub(1);
    columns.sum::<f64>() + spaces as f64
}

fn stacked(name: &str, at: usize, style: Style) -> f64 {
    let lines = folded(name, at);
    lines.iter().map(|line| letters(line) * style.size.scale()).fold(0.0, f64::max)
}

fn figure(value: &Figure, style: Style) -> f64 {
    /// Bold letters are broader.
    const BOLD: f64 = 1.16;
    /// A raised letter, in points.
    const MARK: f64 = 4.0;
    let scale = style.size.scale() * if value.is_best { BOLD } else { 1.0 };
    let text = letters(value.text.as_deref().unwrap_or("—")) * scale;
    let deviation = value
        .deviation
        .as_ref()
        .map_or(0.0, |deviation| letters(&format!("±{deviation}")) * Size::Tiny.scale() + 3.0);
    let marks = value.mark.as_ref().map_or(0.0, |mark| MARK * mark.len() as f64);
    let interval = value
        .interval
        .as_ref()
        .map_or(0.0, |(low, high)| letters(&format!("[{low}, {high}]")) * Size::Tiny.scale() + 3.0);
    let sign = value.sign.map_or(0.0, |_| MARK);
    text + deviation + interval + sign + marks
}

/// The width of a text in Computer Modern at 10 points.
fn letters(text: &str) -> f64 {
    let width = |c: char| match c {
        'i' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 2.8,
        'f' | 'j' | '-' | ' ' => 3.4,
        'r' | 's' | 't' | '(' | ')' | '[' | ']' | 'I' => 4.0,
        'c' | 'e' | 'z' | '_' => 4.5,
        'a' | 'g' | 'o' | '0'..='9' => 5.0,
        'k' | 'q' | 'v' | 'x' | 'y' => 5.3,
        'w' => 7.2,
        'm' | 'M' | '=' | '+' | '<' | '>' | '±' | '×' | '%' | '@' => 8.4,
        'W' | '—' => 10.3,
        'A'..='Z' => 7.4,
        '†' | '↑' | '↓' => 5.6,
        // `[U+4E2D]`
        c if is_numbered(c) => 44.0,
        _ => 5.6,
    };
    text.chars().map(width).sum()
}

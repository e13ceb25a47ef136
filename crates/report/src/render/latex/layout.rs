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
pub(super) const PAGE: f64 = 345.0;

/// Characters of a line of a column's name.
pub(super) const FOLDED_NAME: usize = 13;

/// Characters of a line of a label.
const WHOLE: usize = usize::MAX;
const FOLDED: usize = 28;
const FOLDED_MORE: usize = 16;

/// Rows that can become columns.
const MOST_COLUMNS: usize = 8;

/// How a float is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub(super) size: Size,
    pub(super) deviations: Deviations,
    /// Characters of a line of a label: longer ones stand in several lines.
    pub(super) label: usize,
}

/// Where deviations and intervals stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Deviations {
    /// In the line of their figure.
    Beside,
    /// In a line of their own.
    Beneath,
    /// There is no room for them.
    LeftOut,
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
    /// What rows are called in one column, in place of a column for each axis.
    pub(super) named: bool,
    /// Methods as columns, data sets as rows.
    pub(super) transposed: bool,
    /// The data sets of each float.
    pub(super) blocks: Vec<Range<usize>>,
}

/// From the roomiest to the narrowest, with deviations.
const WITH_DEVIATIONS: [Style; 5] = [
    Style { size: Size::Footnote, deviations: Deviations::Beside, label: WHOLE },
    Style { size: Size::Footnote, deviations: Deviations::Beside, label: FOLDED },
    Style { size: Size::Script, deviations: Deviations::Beside, label: FOLDED },
    Style { size: Size::Footnote, deviations: Deviations::Beside, label: FOLDED_MORE },
    Style { size: Size::Script, deviations: Deviations::Beside, label: FOLDED_MORE },
];

/// The same, with deviations in a line of their own: tables are twice as high.
const WITH_LINES: [Style; 4] = [
    Style { size: Size::Footnote, deviations: Deviations::Beneath, label: FOLDED },
    Style { size: Size::Footnote, deviations: Deviations::Beneath, label: FOLDED_MORE },
    Style { size: Size::Script, deviations: Deviations::Beneath, label: FOLDED_MORE },
    Style { size: Size::Tiny, deviations: Deviations::Beneath, label: FOLDED_MORE },
];

/// The same without.
const WITHOUT: [Style; 6] = [
    Style { size: Size::Footnote, deviations: Deviations::LeftOut, label: WHOLE },
    Style { size: Size::Footnote, deviations: Deviations::LeftOut, label: FOLDED },
    Style { size: Size::Script, deviations: Deviations::LeftOut, label: FOLDED },
    Style { size: Size::Footnote, deviations: Deviations::LeftOut, label: FOLDED_MORE },
    Style { size: Size::Script, deviations: Deviations::LeftOut, label: FOLDED_MORE },
    NARROWEST,
];

const NARROWEST: Style =
    Style { size: Size::Tiny, deviations: Deviations::LeftOut, label: FOLDED_MORE };

/// For deviations, data sets may stand in so many times as many floats as would be needed without.
const FLOATS_FOR_DEVIATIONS: usize = 2;

impl Style {
    pub(super) fn has_deviations(self) -> bool {
        self.deviations != Deviations::LeftOut
    }
}

impl Size {
    /// The command that sets it.
    pub(super) fn command(self) -> &'static str {
        match self {
            Size::Footnote => "\\footnotesize",
            Size::Script => "\\scriptsize",
            Size::Tiny => "\\tiny",
        }
    }

    /// From one line to the next, in points.
    pub(super) fn line(self) -> f64 {
        match self {
            Size::Footnote => 9.5,
            Size::Script => 8.0,
            Size::Tiny => 6.0,
        }
    }

    /// Half the space between columns, in points.
    pub(super) fn column_space(self) -> u32 {
        match self {
            Size::Footnote => 4,
            Size::Script => 3,
            Size::Tiny => 2,
        }
    }

    /// Widths relative to Computer Modern at 10 points, whose small sizes are broader than their height says.
    pub(super) fn scale(self) -> f64 {
        match self {
            Size::Footnote => 0.85,
            Size::Script => 0.80,
            Size::Tiny => 0.68,
        }
    }
}

/// The layout that keeps the most: with deviations before without, in few floats before many, a label for each axis before
/// one for all, upright before on its side.
pub(super) fn layout(comparison: &Comparison, table: &MetricTable) -> Layout {
    let n = table.datasets.len();
    let least = sheet::blocks(n).len();
    let fits = |layout: &Layout| {
        let mut blocks = layout.blocks.iter();
        blocks.all(|block| width(&layout.sheet(comparison, table, block), layout.style) <= PAGE)
    };
    let mut cells = table.rows.iter().flat_map(|row| &row.cells);
    let deviate = cells.any(|cell| cell.standard_deviation.is_some());
    let most = if deviate { (FLOATS_FOR_DEVIATIONS * least).min(n.max(1)) } else { 0 };
    let with = (least..=most).map(|n_blocks| (n_blocks, &WITH_DEVIATIONS[..]));
    let without = (least..=n.max(1)).map(|n_blocks| (n_blocks, &WITHOUT[..]));
    let narrowest = Layout {
        style: NARROWEST,
        named: true,
        transposed: false,
        blocks: sheet::in_blocks(n, n.max(1)),
    };
    for (n_blocks, styles) in with.chain(without) {
        let blocks = sheet::in_blocks(n, n_blocks);
        for (transposed, named) in [(false, false), (false, true), (true, false), (true, true)] {
            if transposed && (1 < n_blocks || MOST_COLUMNS < table.rows.len()) {
                continue;
            }
            for &style in styles {
                let layout = Layout { style, named, transposed, blocks: blocks.clone() };
                if fits(&layout) {
                    return layout;
                }
            }
        }
    }
    narrowest
}

/// A sheet and the roomiest style in which it fits: with what stands beside its figures, or beneath them, before without, a
/// label for each axis before one for all.
pub(super) fn fitted(sheet: Sheet) -> (Sheet, Style) {
    let of = |sheet: &Sheet, styles: &[Style]| {
        styles.iter().copied().find(|style| width(sheet, *style) <= PAGE)
    };
    let mut bare = sheet.clone();
    bare.without_deviations();
    let forms = |sheet: Sheet| [sheet.by_name(), Some(sheet)].into_iter().rev().flatten();
    let with = forms(sheet.clone()).map(|sheet| (sheet, &WITH_DEVIATIONS[..]));
    let lines = forms(sheet).map(|sheet| (sheet, &WITH_LINES[..]));
    let without = forms(bare.clone()).map(|sheet| (sheet, &WITHOUT[..]));
    let mut known = with.chain(lines).chain(without).filter_map(|(sheet, styles)| {
        let style = of(&sheet, styles)?;
        Some((sheet, style))
    });
    known.next().unwrap_or_else(|| (bare.by_name().unwrap_or(bare), NARROWEST))
}

impl Layout {
    /// The float of the data sets `block`.
    pub(super) fn sheet(
        &self,
        comparison: &Comparison,
        table: &MetricTable,
        block: &Range<usize>,
    ) -> Sheet {
        let mut sheet = sheet::full(comparison, table, block.clone(), self.style.has_deviations());
        if !self.transposed {
            sheet = sheet.under(&headings(comparison, table));
        }
        if self.named {
            sheet = sheet.by_name().unwrap_or(sheet);
        }
        if self.transposed { sheet::transposed(&sheet) } else { sheet }
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
            Entry::Label(label) => stacked(label.as_deref().unwrap_or("—"), style.label, style),
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
    /// What is apart from the figure that it stands behind, in points.
    const APART: f64 = 4.0;
    let scale = style.size.scale() * if value.is_best { BOLD } else { 1.0 };
    let text = letters(value.text.as_deref().unwrap_or("—")) * scale;
    let marks = value.mark.as_ref().map_or(0.0, |mark| MARK * mark.len() as f64);
    let sign = value.sign.map_or(0.0, |_| MARK);
    let own = text + sign + marks;
    let deviation = value.deviation.as_ref().map(|deviation| format!("±{deviation}"));
    let interval = value.interval.as_ref().map(|(low, high)| format!("[{low}, {high}]"));
    let small = deviation.into_iter().chain(interval);
    let small: Vec<f64> = small.map(|text| letters(&text) * Size::Tiny.scale()).collect();
    match style.deviations {
        Deviations::Beneath => small.into_iter().fold(own, f64::max),
        _ => small.into_iter().fold(own, |own, small| own + APART + small),
    }
}

/// The width of a text in Computer Modern at 10 points.
pub(super) fn letters(text: &str) -> f64 {
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

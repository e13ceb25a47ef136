//! What the validation parts say of every candidate for a tuned parameter, and how often each was chosen, as a heat map.

use crate::figures::canvas::{Anchor, Canvas, MARGIN};
use crate::figures::grid::{Entry, Grid};
use crate::html::tuning::{maps, note, title};
use crate::html::view::View;

/// `None` where nothing was tuned from a list of values.
pub(super) fn figure(view: &View<'_>) -> Option<String> {
    let maps = maps(view);
    if maps.is_empty() {
        return None;
    }
    let mut canvas = Canvas::default();
    let title = title(view);
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, &title);
    let mut top = 34.0;
    for map in &maps {
        let entry = |j: usize, i: usize| match map.tried.get(&(j, i)) {
            Some(tried) => Entry {
                shade: tried.shade().to_owned(),
                style: if tried.is_most { "leader" } else { "" },
                text: format!(
                    "{} {}×",
                    tried.shown(view.subject.comparison.decimals),
                    tried.chosen
                ),
            },
            None => Entry { shade: "p0".to_owned(), style: "", text: "–".to_owned() },
        };
        let grid = Grid {
            title: &if map.corner == "row" {
                map.title.clone()
            } else {
                format!("{}: {}", map.title, map.corner)
            },
            down: &map.down.iter().map(String::as_str).collect::<Vec<_>>(),
            across: &map.across.iter().map(String::as_str).collect::<Vec<_>>(),
            entry: &entry,
        };
        top = grid.draw(top, &mut canvas);
    }
    canvas.note(&note(view));
    Some(canvas.finished(&title))
}

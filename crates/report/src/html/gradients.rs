//! Which examples the last steps of a training are made of: by the length of their gradients, and by how much each counts.

use crate::html::lengths::Lengths;
use crate::html::markup::Markup;
use crate::html::ratios::Ratios;
use crate::html::view::View;

pub(super) fn section(view: &View<'_>) -> Result<Markup, String> {
    let (lengths, ratios) = (Lengths::of(view), Ratios::of(view));
    if lengths.is_none() && ratios.is_none() {
        return Err(
            "the last steps of every row are plain ones, or nothing is recorded of them".to_owned()
        );
    }
    let mut page = Markup::default();
    page.phrase("h2", &[], "Which examples the last steps are made of");
    if let Some(lengths) = lengths {
        lengths.write(view, &mut page);
    }
    if let Some(ratios) = ratios {
        ratios.write(view, &mut page);
    }
    Ok(page)
}

//! `longtail replay ID --figures FOLDER`: what a network embeds, in the plane in which it differs most.

use std::path::{Path, PathBuf};

use evaluation::retrieval::Embedded;
use experiment::Axis;
use experiment::audit::Audit;
use experiment::prepare::DataCache;
use experiment::record::Reproducible;
use report::{EmbeddedPart, write_embedded};

use crate::exit::Failure;

/// Draws the embeddings of the test part, `width` numbers each, as PNG too if `png`; the files.
pub(crate) fn draw(
    folder: &Path,
    png: bool,
    trial: &Reproducible,
    (audit, width): (&Audit, usize),
    data: &DataCache,
) -> Result<Vec<PathBuf>, Failure> {
    let spec = &trial.spec;
    let dataset = data.dataset(&spec.dataset.name).map_err(Failure::Run)?;
    let prepared = data.prepared(spec).map_err(Failure::Run)?;
    let labels = [Axis::Loss, Axis::Mining, Axis::Memory].into_iter();
    let labels = labels.filter_map(|axis| spec.label(axis)).filter(|label| label != "none");
    let method: Vec<String> = labels.collect();
    let part = EmbeddedPart {
        method: &format!("{}, {}", spec.dataset, method.join(", ")),
        items: Embedded { embeddings: &audit.test, width, targets: &prepared.test.targets },
        classes: &dataset.classes,
        train_counts: &prepared.train_counts,
    };
    let Some(svg) = write_embedded(folder, &part)? else {
        let message = "--figures: the embeddings of this cell have no plane: they are one point, or one number each";
        return Err(Failure::Run(message.to_owned()));
    };
    #[cfg(feature = "png")]
    if png {
        return Ok(std::iter::once(svg).chain(report::paint_embedded(folder, &part)?).collect());
    }
    #[cfg(not(feature = "png"))]
    let _ = png;
    Ok(vec![svg])
}

//! `longtail replay ID --figures FOLDER`: what a detector learnt from and what it found, on its images.

use std::path::{Path, PathBuf};

use experiment::Axis;
use experiment::audit::Audit;
use experiment::prepare::DataCache;
use experiment::record::Reproducible;
use report::{Detected, Ground, Sought, drawn_images, write_detected};

use crate::exit::Failure;

/// Draws what was learnt from and what was found, as PNG too if `png`; the files.
pub(crate) fn draw(
    folder: &Path,
    png: bool,
    trial: &Reproducible,
    audit: &Audit,
    data: &DataCache,
) -> Result<Vec<PathBuf>, Failure> {
    let spec = &trial.spec;
    let dataset = data.dataset(&spec.dataset.name).map_err(Failure::Run)?;
    let rows = data.parts(spec).map_err(Failure::Run)?;
    let prepared = data.prepared(spec).map_err(Failure::Run)?;
    let (Some(proposed), Some(placed)) = (&dataset.proposed, &prepared.placed) else {
        return Err(Failure::Run(format!("the rows of {} are no proposals", spec.dataset.name)));
    };
    let learnt_objects = proposed.objects_learnt(&rows);
    let objects = &placed.test.objects;
    let drawn = [drawn_images(&learnt_objects), drawn_images(objects)].concat();
    let pictures = data.catalogue().pictures(&spec.dataset.name)?.unwrap_or_default();
    let ground = |name: &str| -> Result<Option<Ground>, Failure> {
        let picture = pictures.iter().find(|picture| picture.name == name);
        let png = picture.map(|picture| picture.image.png()).transpose().map_err(Failure::Run)?;
        Ok(png.map(Ground))
    };
    let mut images = Vec::with_capacity(proposed.images.len());
    for (image, (name, &size)) in (0..).zip(proposed.images.iter().zip(&proposed.extents)) {
        let ground = if drawn.contains(&image) { ground(name)? } else { None };
        images.push(Sought { name, size, ground });
    }
    let counted = counted(audit, prepared.train.targets.len());
    let learnt: Vec<_> = (placed.train.images.iter())
        .zip(&placed.train.bounds)
        .zip(prepared.train.targets.iter().zip(counted))
        .map(|((&image, &bounds), (&target, weight))| (image, bounds, target != 0, weight))
        .collect();
    let label = |axis| spec.label(axis).unwrap_or_default();
    let method = format!("{}, {}", label(Axis::Mining), label(Axis::Loss));
    let detected = Detected {
        method: &method,
        classes: &dataset.classes[1..],
        images: &images,
        learnt: &learnt,
        learnt_objects: &learnt_objects,
        objects,
        found: &audit.found[1],
    };
    let drawn = write_detected(folder, &detected)?;
    #[cfg(feature = "png")]
    if png {
        return Ok([drawn, report::paint_detected(folder, &detected)?].concat());
    }
    #[cfg(not(feature = "png"))]
    let _ = png;
    Ok(drawn)
}

/// How much each of `n` training rows counted in the last epoch, at most.
fn counted(audit: &Audit, n: usize) -> Vec<f32> {
    let mut counted = vec![0.0_f32; n];
    let last = audit.batches.last().map(|batch| batch.epoch);
    for batch in audit.batches.iter().filter(|batch| Some(batch.epoch) == last) {
        for (&example, &weight) in batch.examples.iter().zip(&batch.weights) {
            let known = &mut counted[example as usize];
            *known = known.max(weight);
        }
    }
    counted
}

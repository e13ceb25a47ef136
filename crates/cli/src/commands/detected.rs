//! `longtail replay ID --figures FOLDER`: what a detector learnt from and what it found, on its images.

use std::path::PathBuf;

use experiment::Axis;
use experiment::audit::Audit;
use experiment::prepare::DataCache;
use experiment::record::Reproducible;
use experiment::spec::TrialSpec;
use report::{Detected, Ground, Sought, write_detected};

use crate::args::ReplayArguments;
use crate::exit::Failure;

/// Refuses a trial that finds no objects.
pub(crate) fn can_draw(spec: &TrialSpec) -> Result<(), Failure> {
    if spec.protocol.task.boxes().is_some() {
        return Ok(());
    }
    let message = "--figures: this cell finds no objects, and the figures of a trial are of task = \"detection\"; those of an \
                   experiment are written by `longtail report`";
    Err(Failure::Usage(message.to_owned()))
}

/// Draws the figures of a trial if they are asked for; the files.
pub(crate) fn draw(
    arguments: &ReplayArguments,
    trial: &Reproducible,
    audit: &Audit,
    data: &DataCache,
) -> Result<Vec<PathBuf>, Failure> {
    let Some(folder) = &arguments.figures else { return Ok(Vec::new()) };
    let spec = &trial.spec;
    let dataset = data.dataset(&spec.dataset.name).map_err(Failure::Run)?;
    let rows = data.parts(spec).map_err(Failure::Run)?;
    let prepared = data.prepared(spec).map_err(Failure::Run)?;
    let (Some(proposed), Some(placed)) = (&dataset.proposed, &prepared.placed) else {
        return Err(Failure::Run(format!("the rows of {} are no proposals", spec.dataset.name)));
    };
    let pictures = data.catalogue().pictures(&spec.dataset.name)?.unwrap_or_default();
    let ground = |name: &str| -> Result<Option<Ground>, Failure> {
        let picture = pictures.iter().find(|picture| picture.name == name);
        let png = picture.map(|picture| picture.image.png()).transpose().map_err(Failure::Run)?;
        Ok(png.map(Ground))
    };
    let mut images = Vec::with_capacity(proposed.images.len());
    for (name, &size) in proposed.images.iter().zip(&proposed.extents) {
        images.push(Sought { name, size, ground: ground(name)? });
    }
    let counted = counted(audit, prepared.train.targets.len());
    let learnt: Vec<_> = (placed.train.images.iter())
        .zip(&placed.train.bounds)
        .zip(prepared.train.targets.iter().zip(counted))
        .map(|((&image, &bounds), (&target, weight))| (image, bounds, target != 0, weight))
        .collect();
    // Rows that are no examples are in no training part, and an object may lie next to one of them.
    let of_others = |row: &u32| {
        [&rows.validation, &rows.test].iter().any(|part| part.binary_search(row).is_ok())
    };
    let n_rows = u32::try_from(proposed.of_row.len()).unwrap_or(u32::MAX);
    let of_training: Vec<u32> = (0..n_rows).filter(|row| !of_others(row)).collect();
    let mut learnt_objects = proposed.objects_of(&of_training);
    learnt_objects.retain(|object| placed.train.images.contains(&object.image));
    let label = |axis| spec.label(axis).unwrap_or_default();
    let method = format!("{}, {}", label(Axis::Mining), label(Axis::Loss));
    let detected = Detected {
        method: &method,
        classes: &dataset.classes[1..],
        images: &images,
        learnt: &learnt,
        learnt_objects: &learnt_objects,
        objects: &placed.test.objects,
        found: &audit.found[1],
    };
    let drawn = write_detected(folder, &detected)?;
    #[cfg(feature = "png")]
    if arguments.png {
        return Ok([drawn, report::paint_detected(folder, &detected)?].concat());
    }
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

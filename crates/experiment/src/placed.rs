//! Where the rows of a trial lie, if they are the proposals of a detector: what is learnt of their boxes, and which objects are
//! to be found in the parts that are measured.

use std::sync::Arc;

use boxes::{BoundingBox, DeltaCoder, Object};
use data::{Dataset, Parts, Proposed};
use methods::losses::proposals::{DeltaColumns, LabelBase, Regions};

/// The background is the first class of a data set of proposals.
const LABELS: LabelBase = LabelBase::OneBasedBackgroundFirst;

/// The places of the rows of a trial.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Of the training part.
    pub train: Arc<Regions>,
    /// Of the part that picks the epoch.
    pub validation: PlacedPart,
    /// Of the part that is measured.
    pub test: PlacedPart,
    /// Width and height of each image of the data set.
    pub extents: Vec<(f64, f64)>,
    /// Columns that a network says boxes in.
    pub columns: DeltaColumns,
}

/// The places of the rows of a part that is measured.
#[derive(Clone, Debug)]
pub struct PlacedPart {
    /// The image of each row, `[n_rows]`.
    pub images: Vec<u32>,
    /// Where in it, `[n_rows]`.
    pub bounds: Vec<BoundingBox>,
    /// The objects of these images; those of another part are not asked for.
    pub objects: Vec<Object>,
    /// Images with a row.
    pub n_images: usize,
    /// Rows of the background, without those that are ignored.
    pub n_background: usize,
}

impl Placed {
    /// Those of the `parts` of `dataset`, whose rows are `proposed`.
    pub(crate) fn of(
        dataset: &Dataset,
        proposed: &Proposed,
        parts: &Parts,
        columns: DeltaColumns,
    ) -> Self {
        Placed {
            train: Arc::new(regions(dataset, proposed, &parts.train)),
            validation: PlacedPart::of(dataset, proposed, &parts.validation),
            test: PlacedPart::of(dataset, proposed, &parts.test),
            extents: proposed.extents.clone(),
            columns,
        }
    }

    /// Classes of objects.
    pub fn n_classes(&self) -> usize {
        self.train.n_classes
    }

    /// Columns that a network says boxes in.
    pub fn n_columns(&self) -> usize {
        self.columns.n_columns(self.n_classes())
    }
}

impl PlacedPart {
    fn of(dataset: &Dataset, proposed: &Proposed, rows: &[u32]) -> Self {
        let is_background =
            |&&row: &&u32| dataset.targets[row as usize] == 0 && !proposed.ignored[row as usize];
        let images: Vec<u32> = rows.iter().map(|&row| proposed.of_row[row as usize]).collect();
        let mut is_seen = vec![false; proposed.images.len()];
        images.iter().for_each(|&image| is_seen[image as usize] = true);
        PlacedPart {
            bounds: rows.iter().map(|&row| proposed.bounds[row as usize]).collect(),
            objects: proposed.objects_of(rows),
            n_images: is_seen.into_iter().filter(|seen| *seen).count(),
            n_background: rows.iter().filter(is_background).count(),
            images,
        }
    }
}

/// The places of `rows` and what makes of each the box of its object.
fn regions(dataset: &Dataset, proposed: &Proposed, rows: &[u32]) -> Regions {
    let coder = DeltaCoder::default();
    let n_classes = dataset.classes.len() - 1;
    let mut regions = Regions {
        images: rows.iter().map(|&row| proposed.of_row[row as usize]).collect(),
        bounds: rows.iter().map(|&row| proposed.bounds[row as usize]).collect(),
        deltas: vec![[0.0; 4]; rows.len()],
        labels: LABELS,
        n_classes,
    };
    for (at, &row) in rows.iter().enumerate() {
        let Some(class) = regions.object(dataset.targets[row as usize]) else { continue };
        let object = proposed.object_of(row, class as u32).map(|at| proposed.objects[at].bounds);
        if let Some(object) = object {
            regions.deltas[at] = coder.encode(&regions.bounds[at], &object);
        }
    }
    regions
}

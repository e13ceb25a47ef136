//! Which objects the scenes of a part have, and from which images.

use crate::formats::scenes::ScenesFormat;
use crate::formats::scenes::draws::Draws;
use crate::formats::scenes::images::{SourceImages, Sprite};
use crate::split::given::LEARNT;

/// The objects of the scenes of a part, in the order in which they come.
pub(super) struct Cast<'a> {
    /// Images of each class, in the order in which they come.
    pool: Vec<Vec<&'a Sprite>>,
    /// Classes of the objects.
    classes: Vec<usize>,
    n_taken: usize,
    /// Objects of each class that were taken.
    of_class: Vec<usize>,
}

impl<'a> Cast<'a> {
    /// `n` objects of a part of the images.
    ///
    /// # Errors
    /// If a class has no image there, or there are fewer objects than classes.
    pub(super) fn of(
        scenes: &ScenesFormat,
        images: &'a SourceImages,
        part: &str,
        n: u32,
    ) -> Result<Self, String> {
        let number = u32::from(part != LEARNT);
        let mut pool = images.pool(part)?;
        let mut draws = Draws::new(scenes.seed, number, "images");
        pool.iter_mut().for_each(|of_class| draws.shuffle(of_class));
        let counts = counts(n as usize, pool.len(), scenes.imbalance).ok_or_else(|| {
            format!(
                "the scenes that are {} have {n} objects, and there are {} classes: ask for more scenes",
                if part == LEARNT { "learnt from" } else { "tested" },
                pool.len()
            )
        })?;
        let mut classes: Vec<usize> = (counts.iter().enumerate())
            .flat_map(|(class, &n)| std::iter::repeat_n(class, n))
            .collect();
        Draws::new(scenes.seed, number, "classes").shuffle(&mut classes);
        let of_class = vec![0; pool.len()];
        Ok(Cast { pool, classes, n_taken: 0, of_class })
    }

    /// The class and the image of the next object.
    pub(super) fn next(&mut self) -> (usize, &'a Sprite) {
        let class = self.classes[self.n_taken];
        self.n_taken += 1;
        let images = &self.pool[class];
        let image = images[self.of_class[class] % images.len()];
        self.of_class[class] += 1;
        (class, image)
    }

    /// An image of any class, each as often.
    pub(super) fn any(&self, draws: &mut Draws) -> &'a Sprite {
        let images = &self.pool[draws.below(self.pool.len() as u32) as usize];
        images[draws.below(images.len() as u32) as usize]
    }
}

/// Of `n` objects those of each class, the most frequent first; `None` of fewer objects than classes.
///
/// ```text
/// n_k = 1 + ⌊(n - K) w_k / Σ w⌋, w_k = ρ^(-k / (K - 1)); what is left over goes to the first classes, one each
/// ```
pub(super) fn counts(n: usize, n_classes: usize, imbalance: f64) -> Option<Vec<usize>> {
    let free = n.checked_sub(n_classes)?;
    let last = (n_classes.max(2) - 1) as f64;
    let weights: Vec<f64> =
        (0..n_classes).map(|k| libm::pow(imbalance, -(k as f64) / last)).collect();
    let sum: f64 = weights.iter().sum();
    let mut counts: Vec<usize> =
        weights.iter().map(|w| 1 + (free as f64 * (w / sum)).floor() as usize).collect();
    let left = n - counts.iter().sum::<usize>().min(n);
    counts.iter_mut().take(left).for_each(|count| *count += 1);
    Some(counts)
}

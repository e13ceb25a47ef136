//! Numbers drawn for scenes, from a stream that has a name.

use blake3::{Hasher, OutputReader};

/// What BLAKE3 says of the seed, the scene and a name, without end.
pub(super) struct Draws(OutputReader);

impl Draws {
    pub(super) fn new(seed: u64, scene: u32, name: &str) -> Self {
        let mut hasher = Hasher::new_derive_key("longtail scenes v1");
        hasher.update(&seed.to_le_bytes()).update(&scene.to_le_bytes()).update(name.as_bytes());
        Draws(hasher.finalize_xof())
    }

    /// A number from 0 to `n - 1`: the upper half of a product with 64 bits.
    pub(super) fn below(&mut self, n: u32) -> u32 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        ((u128::from(u64::from_le_bytes(bytes)) * u128::from(n)) >> 64) as u32
    }

    /// Brings `items` into any order.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u32 + 1) as usize);
        }
    }
}

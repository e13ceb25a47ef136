//! Named, counter-based random streams.
//!
//! Every random decision comes from a stream that is found by its name, never from one generator
//! whose state depends on what was drawn before: `stream("init")` is the same whether or not
//! anybody drew from `stream("batches")`. The values are frozen by tests.
//!
//! ```text
//! key(name, index) = BLAKE3 derive_key("longtail stream v1", seed ‖ index ‖ name)
//! stream           = ChaCha8(key)
//! ```

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// The source of all streams of one trial or one split.
#[derive(Clone, Debug)]
pub struct Streams {
    seed: [u8; 32],
}

impl Streams {
    /// Streams that are determined by `seed`.
    pub fn new(seed: [u8; 32]) -> Self {
        Streams { seed }
    }

    /// The streams of something that is made within a trial, a network that teaches another, say.
    pub fn within(&self, name: &str, index: u64) -> Self {
        Streams { seed: self.key("longtail streams within v1", name, index) }
    }

    /// The stream called `name`.
    pub fn stream(&self, name: &str) -> Stream {
        self.indexed(name, 0)
    }

    /// The `index`-th stream called `name`: one for each epoch, say.
    pub fn indexed(&self, name: &str, index: u64) -> Stream {
        let key = self.key("longtail stream v1", name, index);
        Stream { generator: ChaCha8Rng::from_seed(key) }
    }

    fn key(&self, context: &str, name: &str, index: u64) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key(context);
        hasher.update(&self.seed);
        hasher.update(&index.to_le_bytes());
        hasher.update(name.as_bytes());
        *hasher.finalize().as_bytes()
    }
}

/// A sequence of random numbers, the same on every platform.
#[derive(Clone, Debug)]
pub struct Stream {
    generator: ChaCha8Rng,
}

impl Stream {
    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// Uniform on `[0, 1)`, a multiple of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Standard normal, by the method of Box and Muller: two uniforms a number.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(1.0 - self.uniform())).sqrt();
        radius * libm::cos(std::f64::consts::TAU * self.uniform())
    }

    /// Uniform on `0..n`, without bias (Lemire, *Fast Random Integer Generation in an Interval*, 2019).
    ///
    /// # Panics
    /// If `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        assert!(0 < n, "there is no number below 0");
        let n = n as u64;
        let threshold = n.wrapping_neg() % n;
        loop {
            let product = u128::from(self.bits()) * u128::from(n);
            if threshold <= product as u64 {
                return (product >> 64) as usize;
            }
        }
    }

    /// A permutation of `0..n` (Fisher and Yates, last position first).
    pub fn permutation(&mut self, n: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..n as u32).collect();
        self.shuffle(&mut order);
        order
    }

    /// Shuffles in place, as [`Stream::permutation`] does.
    pub fn shuffle(&mut self, items: &mut [u32]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// An index drawn with probability proportional to its weight.
    ///
    /// # Panics
    /// If no weight is above 0.
    pub fn choice(&mut self, weights: &[f64]) -> usize {
        let total: f64 = weights.iter().sum();
        assert!(0.0 < total, "no weight is above 0");
        let mut left = self.uniform() * total;
        let mut last = 0;
        for (i, &weight) in weights.iter().enumerate() {
            if 0.0 < weight {
                if left < weight {
                    return i;
                }
                left -= weight;
                last = i;
            }
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn streams() -> Streams {
        Streams::new([7; 32])
    }

    #[test]
    fn the_values_are_frozen() {
        let mut stream = streams().stream("init");
        let bits = [stream.bits(), stream.bits()];
        let drawn = (stream.uniform(), stream.normal(), stream.below(1000));
        let order = streams().indexed("batches", 3).permutation(8);
        let choices: Vec<usize> = (0..8)
            .scan(streams().stream("c"), |s, _| Some(s.choice(&[0.5, 0.0, 0.25, 0.25])))
            .collect();
        assert_eq!(bits, [7_091_139_438_542_299_016, 362_049_121_589_982_176]);
        assert_eq!(drawn, (0.118_767_590_369_133_09, 0.625_083_505_186_243_4, 855));
        assert_eq!(order, [0, 1, 7, 4, 3, 6, 2, 5]);
        assert_eq!(choices, [0, 0, 0, 0, 2, 0, 0, 0]);
    }

    #[test]
    fn a_stream_does_not_depend_on_others() {
        let alone = streams().stream("init").bits();
        let all = streams();
        let mut other = all.stream("batches");
        other.bits();
        assert_eq!(all.stream("init").bits(), alone);
        assert_ne!(all.stream("batches").bits(), alone);
        assert_ne!(all.indexed("init", 1).bits(), alone);
    }

    #[test]
    fn a_permutation_holds_every_number_once() {
        let mut order = streams().stream("p").permutation(1000);
        order.sort_unstable();
        assert!(order.iter().enumerate().all(|(i, &x)| i as u32 == x));
    }

    #[test]
    fn draws_have_their_moments() {
        let mut stream = streams().stream("moments");
        let n = 100_000;
        let normals: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
        let mean = normals.iter().sum::<f64>() / n as f64;
        let variance = normals.iter().map(|x| x * x).sum::<f64>() / n as f64;
        // Five standard errors: 5 / sqrt(n) and 5 sqrt(2 / n).
        assert!(mean.abs() < 0.016 && (variance - 1.0).abs() < 0.023, "{mean} {variance}");
        let mut counts = [0.0; 3];
        (0..n).for_each(|_| counts[stream.below(3)] += 1.0);
        assert!(counts.iter().all(|c: &f64| (c - n as f64 / 3.0).abs() < 750.0), "{counts:?}");
    }

    #[test]
    fn a_weight_of_zero_is_never_chosen() {
        let mut stream = streams().stream("zero");
        assert!((0..10_000).all(|_| stream.choice(&[0.0, 1.0, 0.0]) == 1));
    }
}

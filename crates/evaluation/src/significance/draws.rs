//! Random numbers of resampling: SplitMix64, which is a counter and a mixer, the same on every machine.
//!
//! ```text
//! state += 0x9E3779B97F4A7C15;   output = mix(state)
//! ```
//!
//! Source: Steele, Lea, Flood, *Fast Splittable Pseudorandom Number Generators*, OOPSLA 2014 (mixer of Stafford, 13).

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Draws {
    state: u64,
}

impl Draws {
    /// The stream of `seed`.
    pub fn new(seed: u64) -> Self {
        Draws { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A whole number below `n`. The bias of a product's upper half is below `n / 2^64`: none for counts of data sets.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// A number above 0 and at most 1, of the 2^53 multiples of 2^-53.
    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// A standard exponential number.
    pub(super) fn exponential(&mut self) -> f64 {
        -libm::log(self.unit())
    }

    /// A number of the gamma distribution of any shape above 0 and of scale 1: exponentials for what is whole, and Ahrens
    /// and Dieter's rejection (GS, 1974) for the fraction that is left.
    pub(super) fn gamma(&mut self, shape: f64) -> f64 {
        if 1.0 <= shape {
            return self.exponential() + if 1.0 < shape { self.gamma(shape - 1.0) } else { 0.0 };
        }
        let bound = 1.0 + shape / std::f64::consts::E;
        loop {
            let p = bound * self.unit();
            if p <= 1.0 {
                let x = libm::pow(p, 1.0 / shape);
                if x <= self.exponential() {
                    return x;
                }
            } else {
                let x = -libm::log((bound - p) / shape);
                if self.unit() <= libm::pow(x, shape - 1.0) {
                    return x;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_splitmix64() {
        // The first outputs of the reference implementation for seed 1234567.
        let mut draws = Draws::new(1_234_567);
        let expected =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([draws.next(), draws.next(), draws.next()], expected);
    }

    #[test]
    fn moments_of_the_gamma_distribution_are_its_shape() {
        for shape in [0.3, 0.5, 1.0, 1.5, 3.0] {
            let mut draws = Draws::new(3);
            let n = 40_000;
            let values: Vec<f64> = (0..n).map(|_| draws.gamma(shape)).collect();
            let mean = values.iter().sum::<f64>() / f64::from(n);
            let variance =
                values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / f64::from(n);
            // Five standard errors of either.
            let error = 5.0 / f64::from(n).sqrt();
            assert!((mean - shape).abs() < error * shape.sqrt(), "{shape}: {mean}");
            let fourth = (2.0 * shape * shape + 6.0 * shape).sqrt();
            assert!((variance - shape).abs() < error * fourth, "{shape}: {variance}");
        }
    }

    #[test]
    fn all_numbers_below_come_about_equally_often() {
        let mut draws = Draws::new(0);
        let mut counts = [0_u32; 7];
        (0..70_000).for_each(|_| counts[draws.below(7)] += 1);
        assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "{counts:?}");
    }
}

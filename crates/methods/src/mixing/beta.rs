//! Numbers of the symmetric Beta distribution.

use std::f64::consts::TAU;

use nn::Stream;

/// One number of Beta(`alpha`, `alpha`), from 0 to 1, `alpha` above 0.
///
/// ```text
/// alpha ≥ 1/2:  (1 + cos(2π V) √(1 - U^{2 / (2 alpha - 1)})) / 2
/// alpha < 1/2:  X / (X + Y),   X = U^{1/alpha}, Y = V^{1/alpha}, drawn until X + Y ≤ 1
/// ```
///
/// with `U`, `V` uniform. The first is Ulrich's, the second Jöhnk's, in logarithms, as a small `alpha` makes powers that
/// are 0 (Devroye, *Non-Uniform Random Variate Generation*, 1986, IX.3.5 and IX.4). Both are exact.
pub(super) fn symmetric_beta(alpha: f64, stream: &mut Stream) -> f64 {
    // In (0, 1], so that there is a logarithm.
    let mut ln_uniform = || libm::log(1.0 - stream.uniform());
    if alpha < 0.5 {
        loop {
            let (ln_x, ln_y) = (ln_uniform() / alpha, ln_uniform() / alpha);
            let ln_sum = ln_x.max(ln_y) + libm::log1p(libm::exp(-(ln_x - ln_y).abs()));
            if ln_sum <= 0.0 {
                return libm::exp(ln_x - ln_sum);
            }
        }
    }
    let radius = (-libm::expm1(ln_uniform() * (2.0 / (2.0 * alpha - 1.0)))).sqrt();
    0.5 * (1.0 + libm::cos(TAU * stream.uniform()) * radius)
}

#[cfg(test)]
mod tests {
    use nn::Streams;

    use super::*;

    #[test]
    fn draws_have_the_moments_of_the_distribution() {
        for alpha in [0.05, 0.2, 0.49, 0.5, 1.0, 3.0, 50.0] {
            let mut stream = Streams::new([4; 32]).stream("beta");
            let n = 40_000;
            let draws: Vec<f64> = (0..n).map(|_| symmetric_beta(alpha, &mut stream)).collect();
            assert!(draws.iter().all(|x| (0.0..=1.0).contains(x)), "{alpha}");
            let moment = |power: i32| {
                draws.iter().map(|x| (2.0 * x - 1.0).powi(power)).sum::<f64>() / f64::from(n)
            };
            // Those of 2X - 1: 0, 1 / (2a + 1), 0, 3 / ((2a + 1)(2a + 3)).
            let second = 1.0 / (2.0 * alpha + 1.0);
            let fourth = 3.0 * second / (2.0 * alpha + 3.0);
            // Five standard errors.
            let bound = |variance: f64| 5.0 * (variance / f64::from(n)).sqrt();
            assert!(moment(1).abs() < bound(second), "{alpha}");
            let spread = fourth - second * second;
            assert!((moment(2) - second).abs() < bound(spread) + 1e-9, "{alpha}: {}", moment(2));
            assert!((moment(4) - fourth).abs() < bound(fourth), "{alpha}: {}", moment(4));
        }
    }

    #[test]
    fn a_tiny_alpha_picks_one_side() {
        let mut stream = Streams::new([4; 32]).stream("beta");
        let draws: Vec<f64> = (0..1000).map(|_| symmetric_beta(1e-4, &mut stream)).collect();
        assert!(draws.iter().all(|x| x.min(1.0 - x) < 0.01));
        let high = draws.iter().filter(|x| 0.5 < **x).count();
        assert!((400..600).contains(&high), "{high}");
    }
}

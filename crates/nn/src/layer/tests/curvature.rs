//! The backward pass in numbers that move is the backward pass, and its slope along a direction.

use super::*;
use crate::Dual;

/// The gradient of `⟨G, z⟩ + ‖z‖² / 2 + ⟨D, h⟩` in the parameters, as `G` and `D` stand still.
fn gradient<T: Real>(network: &Network<T>, training: bool, pass: &mut Pass<T>) -> Vec<T> {
    run(network, training, pass);
    let mut d_logits = random(pass.logits().n_columns(), "d_logits");
    let logits = d_logits.values_mut().iter_mut().zip(pass.logits().values());
    logits.for_each(|(d, &z)| *d += z);
    let d_hidden = pass.last_hidden().map(|hidden| random(hidden.n_columns(), "d_hidden"));
    let mut gradient = Vec::new();
    network.backward(&features(network), &d_logits, d_hidden.as_ref(), pass, &mut gradient);
    gradient
}

#[test]
fn a_backward_pass_in_moving_numbers_is_the_gradient_and_its_slope() {
    let (mut pass, mut moving_pass) = (Pass::default(), Pass::default());
    for (name, network, training) in cases() {
        let mut stream = stream("direction");
        let direction: Vec<f64> = network.parameters().iter().map(|_| stream.normal()).collect();
        let mut moving = network.moving();
        moving.move_along(&network, &direction);
        let found = gradient(&moving, training, &mut moving_pass);
        let still = gradient(&network, training, &mut pass);
        assert!(found.iter().map(|g| g.value).eq(still), "{name}");
        network.tangent(&features(&network), &direction, &mut pass);
        let tangents = pass.logit_tangents().values();
        let size_of_tangents = size(tangents);
        for (z, tangent) in moving_pass.logits().values().iter().zip(tangents) {
            assert!((z.slope - tangent).abs() < 1e-10 * size_of_tangents, "{name}");
        }
        // A difference errs by rounding over its step, and where it steps over a corner: one of three steps does neither.
        let steps = [1e-6, 1e-5, 1e-4];
        let errors = steps.map(|h| {
            let slopes = differences(&network, &direction, training, h);
            let size = size(&slopes);
            let errors = found.iter().zip(&slopes).map(|(g, slope)| (g.slope - slope).abs() / size);
            errors.fold(0.0, f64::max)
        });
        assert!(errors.iter().any(|&error| error < 1e-7), "{name}: {errors:?}");
    }
}

/// The slope of the gradient along `direction`, by differences over four points, which err by `h⁴`.
fn differences(network: &Network<f64>, direction: &[f64], training: bool, h: f64) -> Vec<f64> {
    let mut pass = Pass::default();
    let [a, b, c, d] = [-2.0, -1.0, 1.0, 2.0].map(|steps| {
        let mut moved = network.clone();
        let parameters = moved.parameters_mut().iter_mut().zip(direction);
        parameters.for_each(|(p, d)| *p += steps * h * d);
        gradient(&moved, training, &mut pass)
    });
    (0..a.len()).map(|i| (8.0 * (c[i] - b[i]) - (d[i] - a[i])) / (12.0 * h)).collect()
}

#[test]
fn in_32_bits_the_values_are_those_of_the_network_to_the_bit() {
    let kinds = kinds().into_iter().chain(kinds()).collect::<Vec<_>>();
    let convolved = [Kind::Listed(LayerSpec::Conv2d(kernel(18, 3, 1, 1)))];
    for body in [kinds, [&convolved[..], &[Kind::Listed(conv_block())]].concat()] {
        let network = network::<f32>(INPUT, &body, &heads()[0]);
        let moving = network.moving();
        let found = gradient::<Dual<f32>>(&moving, true, &mut Pass::default());
        let expected = gradient(&network, true, &mut Pass::default());
        assert!(found.iter().map(|g| g.value.to_bits()).eq(expected.iter().map(|g| g.to_bits())));
        assert!(found.iter().all(|g| g.slope == 0.0));
    }
}

//! An example whose gradient is 0 has no part in a backward pass.

use super::*;

/// The gradient of the examples `rows` with the gradients `d_logits`.
fn gradient(network: &Network<f32>, rows: &[u32], d_logits: &Matrix<f32>) -> Vec<f32> {
    let (mut x, mut pass, mut gradient) = (Matrix::default(), Pass::default(), Vec::new());
    x.gather(&features(network), rows);
    network.forward(&x, &mut pass);
    network.backward(&x, d_logits, None, &mut pass, &mut gradient);
    gradient
}

#[test]
fn an_example_without_a_gradient_is_as_if_it_were_not_there() {
    let all: Vec<u32> = (0..N as u32).collect();
    let nothing = [vec![Kind::Listed(LayerSpec::Conv2d(kernel(4, 3, 1, 1)))]];
    for body in longer(&longer(&nothing, &kinds()), &kinds()) {
        let network = network::<f32>(INPUT, &body, &heads()[0]);
        let mut pass = Pass::default();
        run(&network, false, &mut pass);
        for kept in [&[1, 3, 4][..], &[0, 1, 2, 3, 5], &[2], &[]] {
            let mut stream = Streams::new([6; 32]).stream("gradients");
            let mut whole = Matrix::zeros(N, pass.logits().n_columns());
            for &row in kept {
                whole.row_mut(row as usize).fill_with(|| stream.normal() as f32);
            }
            let mut alone = Matrix::default();
            alone.gather(&whole, kept);
            let found = gradient(&network, &all, &whole);
            if kept.is_empty() {
                assert!(found.iter().all(|&g| g == 0.0), "{body:?}");
            } else {
                assert_eq!(found, gradient(&network, kept, &alone), "{body:?} {kept:?}");
            }
        }
    }
}

use nn::{Activation, Architecture, Head, Initialization, LayerSpec, Matrix, Network, Pass, Shape};
use serde_json::json;

use super::*;
use crate::control::{ControlSpec, Controlled};
use crate::examples::Examples;
use crate::losses::{Link, LossSpec, PerExample, Plain, Readout};
use crate::mining::{Mined, MiningSpec};
use crate::mixing::MixingSpec;
use crate::reweighting::{LastLayer, Reweighed, ReweightingSpec};
use crate::sampling::PowerSampling;
use crate::setting::Setting;
use crate::step::{Descent, Methods};

const N_CLASSES: usize = 3;

fn targets() -> Vec<u32> {
    (0..60).map(|i| u32::from(i % 4 == 0) + u32::from(i % 20 == 0)).collect()
}

fn sampling(spec: &MetaSampler, seed: u8) -> MetaSampling {
    let mut sampling = MetaSampling::new(spec, &targets(), N_CLASSES, &Streams::new([seed; 32]));
    sampling.epoch(&Epoch::at(0.0), &Pool::full(60), &mut Batches::new(12));
    sampling
}

fn draw(sampling: &mut MetaSampling, n: usize) -> Vec<u32> {
    let mut rows = vec![0; n];
    sampling.draw(&mut rows);
    rows
}

#[test]
fn a_class_starts_with_the_rate_of_its_power_and_never_leaves_what_comes_back() {
    for power in [0.0, 0.1, 1.0, 2.0] {
        let spec = MetaSampler { initial_power: NonNegative::new(power), ..Default::default() };
        let rates = spec.initial_logits(&[1000, 10, 0, 1]).into_iter().map(sigmoid);
        let rates: Vec<f64> = rates.collect();
        assert!((rates[0] + rates[3] - 1.0).abs() < 1e-12, "{power}: {rates:?}");
        let ratio = rates[1] / rates[0];
        assert!((ratio / libm::pow(100.0, power) - 1.0).abs() < 1e-9, "{power}: {rates:?}");
    }
    let mut far = sampling(
        &MetaSampler { learning_rate: NonNegative::new(1e9), ..MetaSampler::default() },
        1,
    );
    for _ in 0..5 {
        let rows = draw(&mut far, 12);
        far.learn(
            &rows.iter().map(|&row| f64::from(targets()[row as usize]) - 0.5).collect::<Vec<f64>>(),
        );
        assert!(far.logits.iter().all(|psi| psi.abs() <= FARTHEST));
        let sum: f64 = far.probabilities.iter().sum();
        assert!((sum - 1.0).abs() < 1e-12, "{:?}", far.probabilities);
    }
}

#[test]
fn it_draws_what_power_draws_until_it_has_learnt() {
    let (all, mut some) = (Pool::full(60), Pool::full(60));
    some.change(|weights| weights[..7].fill(0.0));
    for (initial_power, q, pool) in
        [(0.0, 1.0, &all), (0.0, 1.0, &some), (0.25, 0.75, &all), (1.0, 0.0, &all)]
    {
        let power = PowerSampling { q: NonNegative::new(q) };
        let initial_power = NonNegative::new(initial_power);
        let spec = MetaSampler { initial_power, ..MetaSampler::default() };
        let streams = Streams::new([4; 32]);
        let mut fixed = Definition::build(&power, &targets(), N_CLASSES, &streams);
        let mut learning = MetaSampling::new(&spec, &targets(), N_CLASSES, &streams);
        let epoch = Epoch { number: 2, ..Epoch::at(0.5) };
        let (mut expected, mut batches) = (Batches::new(16), Batches::new(16));
        fixed.epoch(&epoch, pool, &mut expected);
        learning.epoch(&epoch, pool, &mut batches);
        assert_eq!(batches, expected, "{q}");
        batches.rows.fill(99);
        (0..batches.ends.len()).for_each(|i| learning.draw(batches.batch_mut(i)));
        assert_eq!(batches, expected, "{q}");
    }
}

#[test]
fn losses_read_how_many_rows_a_class_has_however_it_is_drawn() {
    let spec = MetaSampler { initial_power: NonNegative::new(1.0), ..MetaSampler::default() };
    assert_eq!(spec.shown(&[50, 7, 3]), ClassCounts::new(vec![50, 7, 3]));
    let drawn = spec.probabilities(&[50, 7, 3]).unwrap();
    assert!(drawn.iter().all(|p| (p - 1.0 / 3.0).abs() < 1e-12), "{drawn:?}");
}

/// Means and their standard errors of `n` numbers of each of several kinds.
fn means(n: usize, mut numbers: impl FnMut() -> Vec<f64>) -> Vec<(f64, f64)> {
    let drawn: Vec<Vec<f64>> = (0..n).map(|_| numbers()).collect();
    let of = |k: usize| {
        let mean = drawn.iter().map(|x| x[k]).sum::<f64>() / n as f64;
        let variance = drawn.iter().map(|x| (x[k] - mean).powi(2)).sum::<f64>() / n as f64;
        (mean, (variance / n as f64).sqrt())
    };
    (0..drawn[0].len()).map(of).collect()
}

#[test]
fn a_draw_is_relaxed_as_gumbel_numbers_relax_it() {
    let mut sampling = sampling(&MetaSampler::default(), 7);
    let p = sampling.probabilities.clone();
    // Shares, their squares, the winner's share, and how it goes with each winner.
    let told = |winner: usize, s: &[f64]| {
        let of_winner = (0..N_CLASSES).map(|k| if k == winner { s[k] } else { 0.0 });
        s.iter().copied().chain(s.iter().map(|s| s * s)).chain(of_winner).collect::<Vec<f64>>()
    };
    let raced = means(20_000, || {
        draw(&mut sampling, 1);
        told(sampling.winners[0], &sampling.relaxed)
    });
    let mut stream = Streams::new([8; 32]).stream("gumbel");
    let direct = means(20_000, || {
        let mut shares: Vec<f64> =
            p.iter().map(|p| p / -libm::log(1.0 - stream.uniform())).collect();
        let sum: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|s| *s /= sum);
        let winner = (0..N_CLASSES).max_by(|&a, &b| shares[a].total_cmp(&shares[b])).unwrap();
        told(winner, &shares)
    });
    for (i, ((a, of_a), (b, of_b))) in raced.into_iter().zip(direct).enumerate() {
        // Five standard errors.
        assert!((a - b).abs() < 5.0 * of_a.hypot(of_b), "{i}: {a} {b}");
    }
}

/// `s` at other logits, the Gumbel numbers of the draws held still.
fn relaxed_at(sampling: &MetaSampling, logits: &[f64]) -> Vec<f64> {
    let by = sampling.logits.iter().zip(logits).map(|(&old, &new)| sigmoid(new) / sigmoid(old));
    let by: Vec<f64> = by.collect();
    let moved = sampling.relaxed.chunks(N_CLASSES).flat_map(|shares| {
        let moved: Vec<f64> = shares.iter().zip(&by).map(|(s, by)| s * by).collect();
        let sum: f64 = moved.iter().sum();
        moved.into_iter().map(move |s| s / sum)
    });
    moved.collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A network, a batch of it that the sampler has drawn, and a meta set.
struct Toy {
    network: Network<f64>,
    batch: Examples<f64>,
    meta: Examples<f64>,
}

const ETA: f64 = 0.7;
const N: usize = 8;

impl Toy {
    fn new(rows: &[u32]) -> Toy {
        let streams = Streams::new([9; 32]);
        let architecture = Architecture {
            input: Shape::flat(3),
            body: LayerSpec::mlp(&[4], Activation::Tanh, 0.0),
            n_outputs: N_CLASSES,
            initialization: Initialization::XavierNormal,
            head: Head::Affine,
            output_biases: Vec::new(),
        };
        let network = Network::new(architecture, &mut streams.stream("init"));
        let mut stream = streams.stream("features");
        let mut examples = |targets: Vec<u32>| {
            let values = (0..3 * targets.len()).map(|_| stream.normal()).collect();
            Examples { features: Matrix::from_values(3, values), targets }
        };
        let batch = examples(rows.iter().map(|&row| targets()[row as usize]).collect());
        Toy { network, batch, meta: examples(vec![0, 0, 1, 1, 2, 2]) }
    }

    /// Losses and slopes of `examples`, after a forward pass in `pass`.
    fn score(network: &Network<f64>, examples: &Examples<f64>) -> (Pass<f64>, PerExample<f64>) {
        let (mut pass, mut evaluated) = (Pass::default(), PerExample::default());
        network.forward(&examples.features, &mut pass);
        let readout = Readout::plain(Link::Softmax);
        Plain::new(&readout).score(pass.logits(), &examples.targets, &mut evaluated);
        (pass, evaluated)
    }

    /// `Σ_i weights_i ∇_φ ℓ_i` of the last layer, and zeros below.
    fn gradient(network: &Network<f64>, examples: &Examples<f64>, weights: &[f64]) -> Vec<f64> {
        let (mut pass, mut evaluated) = Toy::score(network, examples);
        let mut gradient = Vec::new();
        evaluated.weigh(weights);
        network.backward(&examples.features, &evaluated.gradient, None, &mut pass, &mut gradient);
        let n_below = gradient.len() - network.head().len();
        gradient[..n_below].fill(0.0);
        gradient
    }

    /// The network after the step in which example `i` counts `c_i / N`.
    fn after(&self, c: &[f64]) -> Network<f64> {
        let weights: Vec<f64> = c.iter().map(|c| c / N as f64).collect();
        let gradient = Toy::gradient(&self.network, &self.batch, &weights);
        let mut network = self.network.clone();
        network.parameters_mut().iter_mut().zip(gradient).for_each(|(p, g)| *p -= ETA * g);
        network
    }
}

#[test]
fn the_slope_in_the_logits_is_that_of_single_gradients_and_of_central_differences() {
    let spec = MetaSampler { initial_power: NonNegative::new(0.4), ..MetaSampler::default() };
    for seed in 0..5 {
        let mut sampling = sampling(&spec, seed);
        let toy = Toy::new(&draw(&mut sampling, N));
        let weights = [1.0 / N as f64; N];
        let streams = Streams::new([seed; 32]);
        let readout = Readout::plain(Link::Softmax);
        let of_meta = (toy.meta.clone(), NonZeroUsize::new(6).unwrap());
        let mut last_layer =
            LastLayer::new(toy.network.architecture(), &readout, of_meta, &streams);
        let (pass, evaluated) = Toy::score(&toy.network, &toy.batch);
        last_layer.look(&toy.network, pass.last_hidden().unwrap(), &evaluated, (&weights, ETA));
        sampling.find_gradient(last_layer.slopes());

        let v = Toy::gradient(&toy.after(&[1.0; N]), &toy.meta, &[1.0 / 6.0; 6]);
        let u = |i: usize| {
            let mut alone = Examples::default();
            alone.gather(&toy.batch, &[i as u32]);
            -ETA * dot(&v, &Toy::gradient(&toy.network, &alone, &[1.0])) / N as f64
        };
        let jacobian = |i: usize, m: usize| {
            let (k, s) = (sampling.winners[i], &sampling.relaxed[i * N_CLASSES..][..N_CLASSES]);
            let of_softmax = if m == k { s[k] * (1.0 - s[k]) } else { -s[k] * s[m] };
            of_softmax * (1.0 - sigmoid(sampling.logits[m]))
        };
        let meta_loss = |logits: &[f64]| {
            let moved = relaxed_at(&sampling, logits);
            let at = |i: usize| i * N_CLASSES + sampling.winners[i];
            let c: Vec<f64> =
                (0..N).map(|i| 1.0 + moved[at(i)] - sampling.relaxed[at(i)]).collect();
            let losses = Toy::score(&toy.after(&c), &toy.meta).1.losses;
            losses.iter().sum::<f64>() / 6.0
        };
        for m in 0..N_CLASSES {
            let ours = sampling.gradient[m];
            let single: f64 = (0..N).map(|i| u(i) * jacobian(i, m)).sum();
            assert!((ours - single).abs() < 1e-14, "{m}: {ours} {single}");
            let moved = |by: f64| {
                let mut logits = sampling.logits.clone();
                logits[m] += by;
                meta_loss(&logits)
            };
            let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            // Central differences err by the square of the step and by rounding / step.
            assert!((ours - difference).abs() < 1e-9, "{m}: {ours} {difference}");
            assert!(1e-6 < ours.abs(), "{m}: {ours}");
        }
    }
}

#[test]
fn a_network_that_has_diverged_teaches_nothing() {
    let mut sampling = sampling(&MetaSampler::default(), 1);
    draw(&mut sampling, 4);
    let before = sampling.logits.clone();
    sampling.learn(&[]);
    sampling.learn(&[0.1, f64::NAN, 0.1, 0.1]);
    sampling.learn(&[0.1, f64::INFINITY, 0.1, 0.1]);
    assert_eq!(sampling.logits, before);
    sampling.learn(&[0.1, 0.2, 0.1, 0.1]);
    assert_ne!(sampling.logits, before);
}

/// Of a trial on two clusters, 95 to 5: the network, the optimiser's next step, the next number of the dropout stream, and
/// the probability of the rare class.
fn trained(seed: u8, spec: &MetaSampler, looks: bool) -> (Vec<f64>, Vec<f64>, u64, f64) {
    let streams = Streams::new([seed; 32]);
    let mut stream = streams.stream("features");
    let mut examples = |targets: Vec<u32>| {
        let values = targets.iter().flat_map(|&y| {
            let centre = f64::from(y) * 1.5;
            [centre + stream.normal(), centre + stream.normal()]
        });
        Examples { features: Matrix::from_values(2, values.collect()), targets }
    };
    let train = examples((0..400).map(|i| u32::from(i % 20 == 0)).collect());
    let meta = examples((0..20).map(|i| i % 2).collect());
    let architecture = Architecture {
        input: Shape::flat(2),
        body: LayerSpec::mlp(&[4], Activation::Tanh, 0.2),
        n_outputs: 2,
        initialization: Initialization::XavierNormal,
        head: Head::Affine,
        output_biases: Vec::new(),
    };
    let mut network = Network::new(architecture, &mut streams.stream("init"));
    let readout = Readout::plain(Link::Softmax);
    let counts = ClassCounts::new(vec![380, 20]);
    let setting = Setting { counts: &counts, streams: &streams };
    let loss: LossSpec = crate::named::deserialize(json!("cross_entropy")).unwrap();
    let methods = Methods {
        mixing: MixingSpec::default().build(&setting, None).unwrap(),
        loss: loss.build(&setting).unwrap(),
        mining: MiningSpec::default().build(&Mined {
            targets: &train.targets,
            setting: &setting,
            scores: None,
            readout: &readout,
            background: None,
        }),
        reweighting: ReweightingSpec::default().build(Reweighed {
            meta: None,
            loss: &loss,
            readout: &readout,
            setting: &setting,
        }),
        control: ControlSpec::default().build(&Controlled {
            targets: &train.targets,
            readout: &readout,
            setting: &setting,
        }),
    };
    let mut descent = Descent::new(methods);
    if looks {
        let of_meta = (meta, spec.meta_batch_size);
        let last_layer = LastLayer::new(network.architecture(), &readout, of_meta, &streams);
        descent = descent.looking_ahead(last_layer);
    }
    let mut optimizer = OptimizerSpec::default().build(network.n_parameters());
    let mut sampling = MetaSampling::new(spec, &train.targets, 2, &streams);
    let mut dropout = streams.stream("dropout");
    let (pool, mut batches) = (Pool::full(400), Batches::new(40));
    for number in 0..12 {
        sampling.epoch(&Epoch { number, ..Epoch::at(0.0) }, &pool, &mut batches);
        for i in 0..batches.ends.len() {
            sampling.draw(batches.batch_mut(i));
            let rows = (&*batches.batch_mut(i), &pool);
            descent.step(&mut network, optimizer.as_mut(), &train, rows, 1.0, &mut dropout);
            sampling.learn(descent.meta_slopes());
        }
    }
    let parameters = network.parameters().to_vec();
    let mut next = parameters.clone();
    optimizer.look_ahead(&parameters, &parameters, 1.0, &mut next);
    (parameters, next, dropout.bits(), sampling.probabilities()[1])
}

#[test]
fn looking_moves_no_bit_of_network_optimiser_or_streams() {
    let still = MetaSampler { learning_rate: NonNegative::new(0.0), ..MetaSampler::default() };
    assert_eq!(trained(3, &still, true), trained(3, &still, false));
}

#[test]
fn the_rare_class_is_drawn_more_often_where_the_meta_set_is_balanced() {
    let rare: Vec<f64> =
        (0..12).map(|seed| trained(seed, &MetaSampler::default(), true).3).collect();
    let mean = rare.iter().sum::<f64>() / 12.0;
    // At the start it is 0.05.
    assert!(0.08 < mean, "{mean}: {rare:?}");
}

//! Sampling by class draws classes by the power of their sizes.

use libm::pow;
use methods::losses::Epoch;
use methods::sampling::{Batches, Pool, SamplingSpec};

use crate::batches::streams;
use crate::finding::Finding;
use crate::laws::{EXACT, Law};
use crate::written::written;

pub(super) const LAWS: &[Law] = &[
    Law {
        method: "power",
        states: "P(k) as n_k^q: by classes at 0, by examples at 1",
        allowed: "1e-15; of what is drawn five standard deviations",
        check: |finding| {
            for (toml, q) in [
                ("power.q = 0", 0.0),
                ("power.q = 0.3", 0.3),
                ("power = {}", 0.5),
                ("power.q = 1", 1.0),
                ("power.q = 2", 2.0),
            ] {
                proportional(toml, q, finding);
            }
        },
    },
    Law {
        method: "square_root",
        states: "P(k) as √n_k",
        allowed: "1e-15; of what is drawn five standard deviations",
        check: |finding| proportional("square_root = {}", 0.5, finding),
    },
    Law {
        method: "progressive",
        states: "from P(k) as n_k in the first epoch evenly to 1 / K in the last",
        allowed: "five standard deviations; at the ends what power draws",
        check: progressive,
    },
    Law {
        method: "class_aware",
        states: "each class within a turn of any other, and none of its rows twice before all came once",
        allowed: EXACT,
        check: class_aware,
    },
    Law {
        method: "meta_sampler",
        states: "before it has learnt, P(k) as n_k^(1 - initial_power); at a learning rate of 0 the rows of power",
        allowed: "1e-15; of what is drawn five standard deviations",
        check: meta_sampler,
    },
];

/// The second class has no rows.
const COUNTS: [u32; 4] = [400, 0, 90, 10];
const N: u32 = 500;
const EPOCHS: usize = 9;

/// What each epoch shows.
fn course(toml: &str) -> Vec<Batches> {
    let targets: Vec<u32> = (0..N).map(|row| class_of(row) as u32).collect();
    let mut sampling = written::<SamplingSpec>(toml).build(&targets, COUNTS.len(), &streams());
    let shown = |number: usize| {
        let (pool, mut batches) = (Pool::full(N as usize), Batches::new(50));
        let epoch = Epoch { number, ..Epoch::at(number as f64 / EPOCHS as f64) };
        sampling.epoch(&epoch, &pool, &mut batches);
        batches
    };
    (0..EPOCHS).map(shown).collect()
}

fn class_of(row: u32) -> usize {
    if row < 400 { 0 } else { 2 + usize::from(490 <= row) }
}

/// Compares how often each class is drawn with its probability.
fn compare_draws(what: &str, epochs: &[Batches], expected: [f64; 4], finding: &mut Finding) {
    let mut drawn = [0.0; 4];
    let rows = epochs.iter().flat_map(|batches| &batches.rows);
    rows.for_each(|&row| drawn[class_of(row)] += 1.0);
    let n: f64 = drawn.iter().sum();
    for (class, (drawn, p)) in drawn.into_iter().zip(expected).enumerate() {
        let deviation = (n * p * (1.0 - p)).sqrt();
        let what = || format!("{what}, class {class} among {n} draws");
        finding.compare(&what, drawn, n * p, 5.0 * deviation);
    }
}

/// `n_k^q / Σ_j n_j^q` over the classes that have rows.
fn powers(q: f64) -> [f64; 4] {
    let powers = COUNTS.map(|n| if n == 0 { 0.0 } else { pow(f64::from(n), q) });
    let total: f64 = powers.iter().sum();
    powers.map(|power| power / total)
}

fn proportional(toml: &str, q: f64, finding: &mut Finding) {
    let expected = powers(q);
    let ours = written::<SamplingSpec>(toml).class_probabilities(&COUNTS);
    for (class, (ours, expected)) in ours.into_iter().zip(expected).enumerate() {
        finding.compare(&|| format!("{toml}, class {class}"), ours, expected, 1e-15);
    }
    compare_draws(toml, &course(toml), expected, finding);
}

fn progressive(finding: &mut Finding) {
    let own = course("progressive = {}");
    let (instances, classes) = (powers(1.0), powers(0.0));
    for (number, batches) in own.iter().enumerate() {
        let s = number as f64 / (EPOCHS - 1) as f64;
        let expected = std::array::from_fn(|k| (1.0 - s) * instances[k] + s * classes[k]);
        let epoch = std::slice::from_ref(batches);
        compare_draws(&format!("epoch {number}"), epoch, expected, finding);
    }
    for (number, toml) in [(0, "power.q = 1"), (EPOCHS - 1, "power.q = 0")] {
        let same = own[number] == course(toml)[number];
        finding.require(&|| format!("epoch {number} and that of {toml}"), same);
    }
}

/// The least and the most.
fn range(counts: &[f64]) -> (f64, f64) {
    counts.iter().fold((f64::INFINITY, 0.0), |(least, most), &n| (n.min(least), n.max(most)))
}

fn class_aware(finding: &mut Finding) {
    for turn in [1, 4, 25] {
        let toml = format!("class_aware.samples_per_class = {turn}");
        for (number, batches) in course(&toml).iter().enumerate() {
            let mut shown = vec![0.0; N as usize];
            batches.rows.iter().for_each(|&row| shown[row as usize] += 1.0);
            let of_classes = [&shown[..400], &shown[400..490], &shown[490..]];
            for rows in of_classes {
                let (least, most) = range(rows);
                let what = || format!("{toml}, epoch {number}: one of {} rows", rows.len());
                finding.bound(&what, most, least + 1.0, 0.0);
            }
            let (least, most) = range(&of_classes.map(|rows| rows.iter().sum()));
            let what = || format!("{toml}, epoch {number}: one of the classes");
            finding.bound(&what, most, least + f64::from(turn), 0.0);
        }
    }
}

fn meta_sampler(finding: &mut Finding) {
    for (power, q) in [("0", "1"), ("0.25", "0.75"), ("1", "0"), ("1.5", "-0.5")] {
        let toml = format!("meta_sampler = {{ initial_power = {power}, learning_rate = 0 }}");
        let expected = powers(q.parse().expect("a number"));
        let ours = written::<SamplingSpec>(&toml).class_probabilities(&COUNTS);
        for (class, (ours, expected)) in ours.into_iter().zip(expected).enumerate() {
            finding.compare(&|| format!("{toml}, class {class}"), ours, expected, 1e-15);
        }
        let drawn = drawn_in_turn(&toml);
        compare_draws(&toml, &drawn, expected, finding);
        if !q.starts_with('-') {
            let same = drawn == course(&format!("power.q = {q}"));
            finding.require(&|| format!("{toml} and power.q = {q}"), same);
        }
    }
}

/// What each epoch shows, batch by batch, of a sampling that is told at each that its first row is to be drawn more often.
fn drawn_in_turn(toml: &str) -> Vec<Batches> {
    let targets: Vec<u32> = (0..N).map(|row| class_of(row) as u32).collect();
    let mut sampling = written::<SamplingSpec>(toml).build(&targets, COUNTS.len(), &streams());
    let mut draw = |number: usize| {
        let (pool, mut batches) = (Pool::full(N as usize), Batches::new(50));
        let epoch = Epoch { number, ..Epoch::at(number as f64 / EPOCHS as f64) };
        sampling.epoch(&epoch, &pool, &mut batches);
        for i in 0..batches.ends.len() {
            let rows = batches.batch_mut(i);
            let slopes: Vec<f64> =
                (0..rows.len()).map(|row| -f64::from(u8::from(row == 0))).collect();
            if let Some(learning) = sampling.learning() {
                learning.draw(rows);
                learning.learn(&slopes);
            }
        }
        batches
    };
    (0..EPOCHS).map(&mut draw).collect()
}

//! A curriculum shows the easiest rows first, and more of them as time goes on, until it shows all.

use methods::losses::{Epoch, Link, Readout};
use methods::mining::{Mined, Mining, MiningSpec, Survey};
use methods::sampling::Pool;
use methods::setting::{ClassCounts, Setting, counts_of};
use nn::Matrix;

use crate::batches::streams;
use crate::finding::Finding;
use crate::laws::{EXACT, Law};
use crate::written::written;

pub(super) const LAWS: &[Law] = &[
    Law {
        method: "curriculum",
        states: "rows are added from the start to all of them",
        allowed: EXACT,
        check: pacing,
    },
    Law {
        method: "curriculum",
        states: "the easiest first, the classes in turns, and anti the reverse",
        allowed: EXACT,
        check: order,
    },
];

const N: usize = 100;
const EPOCHS: usize = 50;
const PACINGS: [&str; 7] = ["linear", "quad", "root", "step", "exp", "log", "fixed_exponential"];

/// Of each row: 80 of one class, 15 and 5 of two others.
fn targets() -> Vec<u32> {
    (0..N).map(|row| u32::from(80 <= row) + u32::from(95 <= row)).collect()
}

fn scores() -> Vec<f32> {
    let mut stream = streams().stream("scores");
    (0..N).map(|_| stream.uniform() as f32).collect()
}

/// Whether each row is shown before each epoch.
fn course(toml: &str, scores: &[f32]) -> Vec<Vec<bool>> {
    let (targets, streams) = (targets(), streams());
    let counts = ClassCounts::new(counts_of(&targets, 3));
    let setting = Setting { counts: &counts, streams: &streams };
    let readout = Readout::plain(Link::Softmax);
    let mined = Mined {
        targets: &targets,
        setting: &setting,
        scores: Some(scores),
        readout: &readout,
        background: None,
    };
    let mut miner: Box<dyn Mining<f64>> = written::<MiningSpec>(toml).build(&mined);
    let before = |number: usize| {
        let mut pool = Pool::full(N);
        let epoch = Epoch { number, ..Epoch::at(number as f64 / EPOCHS as f64) };
        miner.pool(&epoch, &Survey { losses: &[], outputs: &Matrix::default() }, &mut pool);
        (0..N as u32).map(|row| pool.shows(row)).collect()
    };
    (0..EPOCHS).map(before).collect()
}

fn n_shown(shown: &[bool]) -> f64 {
    shown.iter().filter(|shown| **shown).count() as f64
}

fn pacing(finding: &mut Finding) {
    let scores = scores();
    for pacing in PACINGS {
        for (start, full_at, order) in [
            (0.05, 0.8, "curriculum"),
            (0.29, 0.5, "anti"),
            (0.2, 0.9, "random"),
            (1.0, 0.8, "curriculum"),
        ] {
            let toml = format!(
                "curriculum = {{ pacing = '{pacing}', start = {start:?}, full_at = {full_at:?}, order = '{order}' }}"
            );
            let course = course(&toml, &scores);
            let first = || format!("{toml}, first epoch");
            finding.compare(&first, n_shown(&course[0]), (start * N as f64).round(), 0.0);
            for pair in course.windows(2) {
                let stays = pair[0].iter().zip(&pair[1]).all(|(before, after)| before <= after);
                finding.require(&|| format!("{toml}: a row is shown no more"), stays);
            }
            for (number, shown) in course.iter().enumerate() {
                if full_at <= number as f64 / EPOCHS as f64 {
                    let what = || format!("{toml}, epoch {number}");
                    finding.compare(&what, n_shown(shown), N as f64, 0.0);
                }
            }
        }
    }
}

/// The hardest row that is shown and the easiest that is not.
fn border(shown: &[bool], scores: &[f32]) -> (f64, f64) {
    let of = |side: bool| {
        let rows = shown.iter().zip(scores).filter(move |(shown, _)| **shown == side);
        rows.map(|(_, &score)| f64::from(score))
    };
    (of(true).fold(f64::NEG_INFINITY, f64::max), of(false).fold(f64::INFINITY, f64::min))
}

fn order(finding: &mut Finding) {
    let (scores, targets) = (scores(), targets());
    let opposite: Vec<f32> = scores.iter().map(|score| -score).collect();
    for shown in course("curriculum.balanced = false", &scores) {
        let (hardest, next) = border(&shown, &scores);
        finding.bound(&|| "a row that is shown and one that is not".to_owned(), hardest, next, 0.0);
    }
    let counts = counts_of(&targets, 3);
    for shown in course("curriculum = {}", &scores) {
        let of_class = |class: usize| {
            let rows = shown.iter().zip(&targets).filter(|(_, target)| **target as usize == class);
            rows.filter(|(shown, _)| **shown).count() as u32
        };
        for (behind, ahead) in [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)] {
            let (few, many) = (of_class(behind), of_class(ahead));
            let what = || format!("{few} rows of class {behind} beside {many} of class {ahead}");
            finding.require(&what, few == counts[behind] || many <= few + 1);
        }
    }
    for balanced in [true, false] {
        let of = |order: &str, scores: &[f32]| {
            course(&format!("curriculum = {{ order = '{order}', balanced = {balanced} }}"), scores)
        };
        let same = of("anti", &scores) == of("curriculum", &opposite);
        finding.require(&|| format!("anti with balanced = {balanced}"), same);
    }
}

//! Miners keep what they say they keep of a batch, and all of it where nothing is to be left out.

use methods::losses::{Batch, Link, PerExample, Plain, Readout};
use methods::mining::{Mined, Mining, MiningSpec, Selection};
use methods::setting::{ClassCounts, Setting, counts_of};
use nn::Matrix;

use crate::batches::streams;
use crate::finding::Finding;
use crate::laws::{EXACT, Law};
use crate::written::written;

pub(super) const LAWS: &[Law] = &[
    Law {
        method: "ohem",
        states: "keeping all is the plain mean",
        allowed: EXACT,
        check: |finding| keeps_all(&["ohem.keep = 1", "ohem.keep.count = 64"], finding),
    },
    Law { method: "ohem", states: "the hardest, and so many", allowed: EXACT, check: ohem },
    Law {
        method: "ohem",
        states: "the mean of what is kept falls as more is kept",
        allowed: "1e-12",
        check: falling,
    },
    Law {
        method: "mmdet_ohem",
        states: "keeping all, of either side, is the plain mean",
        allowed: EXACT,
        check: |finding| keeps_all(&["mmdet_ohem = { keep = 1, positive_share = 1 }"], finding),
    },
    Law {
        method: "mmdet_ohem",
        states: "the hardest of either side, and so many",
        allowed: EXACT,
        check: mmdet_ohem,
    },
    Law {
        method: "negative_ratio",
        states: "without end it is the plain mean",
        allowed: EXACT,
        check: |finding| keeps_all(&["negative_ratio.ratio = 1e300"], finding),
    },
    Law {
        method: "negative_ratio",
        states: "all positives and the hardest negatives, so many to each",
        allowed: EXACT,
        check: negative_ratio,
    },
    Law {
        method: "dense_box",
        states: "without end it is the plain mean",
        allowed: EXACT,
        check: |finding| keeps_all(&["dense_box.ratio = 1e300"], finding),
    },
    Law {
        method: "dense_box",
        states: "all positives and as many negatives, half of them hard",
        allowed: EXACT,
        check: dense_box,
    },
    Law {
        method: "random",
        states: "keeping all is the plain mean",
        allowed: EXACT,
        check: |finding| keeps_all(&["random.keep = 1"], finding),
    },
    Law {
        method: "random",
        states: "so many, whatever the losses and classes",
        allowed: EXACT,
        check: random,
    },
    Law {
        method: "rho_loss",
        states: "by loss, or with nothing held out, it is ohem by cross-entropy",
        allowed: EXACT,
        check: rho_loss,
    },
];

/// A batch whose first class is the negative one: the only other, or the largest of those that are learnt from.
struct Drawn {
    losses: Vec<f64>,
    targets: Vec<u32>,
    logits: Matrix<f64>,
    mass: Vec<f64>,
    n_classes: usize,
}

/// Of two and of three classes, some with ties, each with a positive.
fn batches() -> Vec<Drawn> {
    let mut stream = streams().stream("mining");
    let mut batches = Vec::new();
    for n_classes in [2, 3] {
        for (n, is_tied) in [(1, false), (7, false), (40, false), (64, false), (64, true)] {
            let mut loss = || {
                let loss = 3.0 * stream.uniform();
                if is_tied { (4.0 * loss).floor() / 4.0 } else { loss }
            };
            let losses = (0..n).map(|_| loss()).collect();
            let class = |i: usize| if i == 0 { 1 } else { (i % 5 % n_classes) as u32 };
            let logits = (0..n * n_classes).map(|_| stream.normal()).collect();
            batches.push(Drawn {
                losses,
                targets: (0..n).map(class).collect(),
                logits: Matrix::from_values(n_classes, logits),
                mass: (0..n).map(|i| [1.0, 2.0, 0.5][i % 3]).collect(),
                n_classes,
            });
        }
    }
    batches
}

impl Drawn {
    fn n(&self) -> usize {
        self.losses.len()
    }

    /// What a fresh miner keeps of it.
    fn select(&self, toml: &str) -> Selection<f64> {
        let rows: Vec<u32> =
            [0, 0, 0, 0, 1, 1, 2].iter().map(|y| y % self.n_classes as u32).collect();
        let (counts, streams) = (ClassCounts::new(counts_of(&rows, self.n_classes)), streams());
        let setting = Setting { counts: &counts, streams: &streams };
        let readout = Readout::plain(Link::Softmax);
        let mined = Mined {
            targets: &rows,
            setting: &setting,
            scores: None,
            readout: &readout,
            background: None,
        };
        let mut miner: Box<dyn Mining<f64>> = written::<MiningSpec>(toml).build(&mined);
        let slopes = Matrix::zeros(self.n(), self.n_classes);
        let evaluated = PerExample::new(self.losses.clone(), slopes, self.mass.clone());
        let mut selection = Selection::default();
        miner.select(&Batch::new(&self.logits, &self.targets), &evaluated, &mut selection);
        selection
    }

    fn positives(&self) -> Vec<usize> {
        (0..self.n()).filter(|&i| self.targets[i] != 0).collect()
    }

    fn negatives(&self) -> Vec<usize> {
        (0..self.n()).filter(|&i| self.targets[i] == 0).collect()
    }

    /// Requires that of the examples `among` the `n` hardest are kept, and no other.
    fn require_hardest(
        &self,
        toml: &str,
        (selection, among): (&Selection<f64>, &[usize]),
        n: usize,
        finding: &mut Finding,
    ) {
        let (kept, dropped): (Vec<usize>, Vec<usize>) =
            among.iter().partition(|&&i| selection.weights[i] == 1.0);
        let what = |of: &str| format!("{toml}: {of} of {} examples", among.len());
        finding.compare(&|| what("how many"), kept.len() as f64, n as f64, 0.0);
        let left_out = dropped.iter().all(|&i| selection.weights[i] == 0.0);
        finding.require(&|| what("a weight between 0 and 1"), left_out);
        let losses = |of: &[usize]| of.iter().map(|&i| self.losses[i]).collect::<Vec<f64>>();
        let hardest = losses(&dropped).into_iter().fold(f64::NEG_INFINITY, f64::max);
        let easiest = losses(&kept).into_iter().fold(f64::INFINITY, f64::min);
        finding.bound(&|| what("the hardest left out and the easiest kept"), hardest, easiest, 0.0);
    }

    fn require_all(
        &self,
        toml: &str,
        (selection, among): (&Selection<f64>, &[usize]),
        finding: &mut Finding,
    ) {
        self.require_hardest(toml, (selection, among), among.len(), finding);
    }
}

/// `max(1, ⌈share n⌉)`, of shares whose product is no whole number by a rounding.
fn of_share(share: f64, n: usize) -> usize {
    ((share * n as f64).ceil() as usize).max(1)
}

fn keeps_all(tomls: &[&str], finding: &mut Finding) {
    for batch in batches() {
        let plain = batch.select("none = {}");
        for toml in tomls {
            let own = batch.select(toml);
            finding.compare(&|| format!("{toml}, divisor"), own.divisor, plain.divisor, 0.0);
            let what = || format!("{toml}, weights of {} examples", batch.n());
            finding.require(&what, own.weights == plain.weights);
        }
    }
}

fn ohem(finding: &mut Finding) {
    for batch in batches() {
        let all: Vec<usize> = (0..batch.n()).collect();
        for share in [0.125, 0.25, 0.5, 0.75] {
            let toml = format!("ohem.keep = {share}");
            let selection = batch.select(&toml);
            let n = of_share(share, batch.n());
            batch.require_hardest(&toml, (&selection, &all), n, finding);
            let kept = selection.weights.iter().zip(&batch.mass);
            let mass: f64 = kept.map(|(v, mass)| v * mass).sum();
            finding.compare(&|| format!("{toml}, divisor"), selection.divisor, mass, 0.0);
        }
        for count in [1, 5, 1000] {
            let toml = format!("ohem.keep.count = {count}");
            let selection = (&batch.select(&toml), &*all);
            batch.require_hardest(&toml, selection, count.min(batch.n()), finding);
        }
    }
}

fn falling(finding: &mut Finding) {
    for batch in batches() {
        let mean = |twentieths: u32| {
            let share = f64::from(twentieths) / 20.0;
            let weights = batch.select(&format!("ohem.keep = {share:?}")).weights;
            let total: f64 = weights.iter().zip(&batch.losses).map(|(v, loss)| v * loss).sum();
            total / weights.iter().sum::<f64>()
        };
        let means: Vec<f64> = (1..=20).map(mean).collect();
        for pair in means.windows(2) {
            finding.bound(&|| format!("of {} examples", batch.n()), pair[1], pair[0], 1e-12);
        }
    }
}

fn mmdet_ohem(finding: &mut Finding) {
    for batch in batches() {
        let (positives, negatives) = (batch.positives(), batch.negatives());
        for (share, positive_share, max_ratio) in
            [(0.25, 0.25, None), (0.5, 0.5, None), (0.75, 0.125, Some(2))]
        {
            let ratio = max_ratio.map_or(String::new(), |ratio| format!(", max_ratio = {ratio}"));
            let toml = format!(
                "mmdet_ohem = {{ keep = {share}, positive_share = {positive_share}{ratio} }}"
            );
            let selection = batch.select(&toml);
            let k = of_share(share, batch.n());
            let p = ((positive_share * k as f64) as usize).max(1).min(positives.len());
            let most = max_ratio.map_or(usize::MAX, |ratio| ratio * p.max(1));
            let q = (k - p).min(negatives.len()).min(most);
            batch.require_hardest(&toml, (&selection, &positives), p, finding);
            batch.require_hardest(&toml, (&selection, &negatives), q, finding);
        }
    }
}

fn negative_ratio(finding: &mut Finding) {
    for batch in batches() {
        let (positives, negatives) = (batch.positives(), batch.negatives());
        for ratio in [0.25, 0.5, 1.0, 3.0] {
            let toml = format!("negative_ratio.ratio = {ratio:?}");
            let selection = batch.select(&toml);
            let n = of_share(ratio, positives.len()).min(negatives.len());
            batch.require_all(&toml, (&selection, &positives), finding);
            batch.require_hardest(&toml, (&selection, &negatives), n, finding);
        }
    }
}

fn dense_box(finding: &mut Finding) {
    for batch in batches() {
        let (positives, mut negatives) = (batch.positives(), batch.negatives());
        // Of equals the earlier stays in front.
        negatives.sort_by(|&a, &b| batch.losses[b].total_cmp(&batch.losses[a]));
        for (ratio, hard_share) in [(1.0, 0.01), (0.5, 0.25), (1.0, 0.5)] {
            let toml = format!("dense_box = {{ ratio = {ratio:?}, hard_share = {hard_share} }}");
            let selection = batch.select(&toml);
            batch.require_all(&toml, (&selection, &positives), finding);
            let n = negatives.len();
            let k = of_share(ratio, positives.len()).min(n);
            let n_hard = of_share(hard_share, n).min(n);
            let from_hard = k.div_ceil(2).min(n_hard).max(k.saturating_sub(n - n_hard));
            let (hard, rest) = negatives.split_at(n_hard);
            for (side, expected) in [(hard, from_hard), (rest, k - from_hard)] {
                let kept: f64 = side.iter().map(|&i| selection.weights[i]).sum();
                let what = || format!("{toml}: {kept} of {} negatives", side.len());
                finding.compare(&what, kept, expected as f64, 0.0);
            }
        }
    }
}

fn random(finding: &mut Finding) {
    for mut batch in batches() {
        for share in [0.125, 0.25, 0.5] {
            let toml = format!("random.keep = {share}");
            let selection = batch.select(&toml);
            let kept: f64 = selection.weights.iter().sum();
            let expected = of_share(share, batch.n()) as f64;
            finding.compare(&|| format!("{toml} of {}", batch.n()), kept, expected, 0.0);
            batch.losses.iter_mut().for_each(|loss| *loss = 1.0 / (1.0 + *loss));
            batch.targets.rotate_left(1);
            let same = batch.select(&toml) == selection;
            // What the masses are has not changed.
            finding.require(&|| format!("{toml} with other losses and classes"), same);
        }
    }
}

fn rho_loss(finding: &mut Finding) {
    let readout = Readout::plain(Link::Softmax);
    for mut batch in batches() {
        let mut plain = PerExample::default();
        Plain::new(&readout).score(&batch.logits, &batch.targets, &mut plain);
        for share in [0.125, 0.5, 1.0] {
            let ohem =
                batch.select(&format!("ohem = {{ keep = {share:?}, score = 'cross_entropy' }}"));
            for score in ["loss", "reducible"] {
                let toml = format!("rho_loss = {{ keep = {share:?}, score = '{score}' }}");
                finding.require(&|| format!("{toml} and ohem"), batch.select(&toml) == ohem);
            }
        }
        // The losses that are learnt by do not count.
        batch.losses.clone_from(&plain.losses);
        let (ohem, rho) = (batch.select("ohem.keep = 0.25"), batch.select("rho_loss.keep = 0.25"));
        finding.require(&|| "rho_loss and ohem by its own loss".to_owned(), ohem == rho);
    }
}

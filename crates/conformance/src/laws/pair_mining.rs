//! Pair miners keep the pairs of an anchor that their rule names, each rule written out over all pairs or triplets.

use methods::losses::Epoch;
use methods::mining::Survey;
use methods::pairs::{PairMiningSpec, Pairs, References, negatives};
use methods::sampling::{Batches, Pool};
use methods::setting::{ClassCounts, Setting};
use nn::Matrix;

use crate::batches::streams;
use crate::finding::Finding;
use crate::laws::{EXACT, Law};
use crate::written::written;

pub(super) const LAWS: &[Law] = &[
    law("batch_hard", "the farthest positive and the nearest negative", batch_hard),
    law("semi_hard", "triplets whose negative is farther, by at most the margin", semi_hard),
    law("multi_similarity", "pairs that overlap with the other side, by the margin", overlapping),
    law("pair_margin", "positives beyond one distance, negatives within another", pair_margin),
    law("easy_positive", "the nearest positive, and the negative that goes with it", easy_positive),
    law("distance_weighted", "a negative within the limit for each positive", distance_weighted),
    law("distance_weighted", "negatives in proportion to their weights", proportions),
    law(
        "nearest_negatives",
        "batches have the nearest negatives that there are",
        nearest_negatives,
    ),
    law("random", "so many of either side of an anchor, whatever the cosines", random),
];

const fn law(method: &'static str, states: &'static str, check: fn(&mut Finding)) -> Law {
    Law { method, states, allowed: EXACT, check }
}

const WIDTH: usize = 16;

/// The cosines of an anchor with its references, and which of these are of its class.
#[derive(Clone)]
struct Anchor {
    cosines: Vec<f64>,
    positives: Vec<u32>,
    negatives: Vec<u32>,
}

/// Anchors with several pairs, with ties, without positives, and without negatives.
fn anchors() -> Vec<Anchor> {
    let mut stream = streams().stream("pair mining");
    let mut anchors = Vec::new();
    for (n_positives, n_negatives) in [(1, 1), (4, 9), (9, 4), (0, 6), (6, 0), (30, 60)] {
        for is_tied in [false, true] {
            let mut cosine = || {
                let s = 2.0 * stream.uniform() - 1.0;
                if is_tied { (8.0 * s).round() / 8.0 } else { s }
            };
            let n = n_positives + n_negatives;
            anchors.push(Anchor {
                cosines: (0..n).map(|_| cosine()).collect(),
                positives: (0..n_positives).collect(),
                negatives: (n_positives..n).collect(),
            });
        }
    }
    anchors
}

/// What a miner leaves of an anchor's pairs.
#[derive(Debug, PartialEq)]
struct Kept {
    positives: Vec<u32>,
    negatives: Vec<u32>,
    triplets: Vec<(usize, usize)>,
}

impl Anchor {
    fn cosine(&self, j: u32) -> f64 {
        self.cosines[j as usize]
    }

    fn distance(&self, j: u32) -> f64 {
        libm::sqrt((2.0 * (1.0 - self.cosine(j))).max(0.0))
    }

    fn has_both_sides(&self) -> bool {
        !self.positives.is_empty() && !self.negatives.is_empty()
    }

    fn all(&self) -> Kept {
        self.kept(&written("none = {}"))
    }

    fn kept(&self, spec: &PairMiningSpec) -> Kept {
        let n_positives = self.positives.len();
        let targets: Vec<u32> =
            (0..self.cosines.len()).map(|j| u32::from(n_positives <= j)).collect();
        let rows: Vec<u32> = (0..targets.len() as u32).collect();
        let references = References { embeddings: &[], targets: &targets, rows: &rows };
        let (mut pairs, mut far) = (Pairs::default(), self.cosines.clone());
        pairs.list(0, u32::MAX, references, &mut far);
        let counts = ClassCounts::new(vec![1]);
        let streams = streams();
        let mut miner = spec.build::<f64>(&Setting { counts: &counts, streams: &streams });
        miner.select(WIDTH, &mut pairs, &mut far);
        Kept {
            positives: pairs.positives.iter().map(|&(p, _)| p).collect(),
            negatives: negatives(&far).collect(),
            triplets: pairs.triplets(&far),
        }
    }

    /// Every triplet of which `is_one` holds.
    fn triplets(&self, is_one: impl Fn(u32, u32) -> bool) -> Vec<(usize, usize)> {
        let all = self.positives.iter().flat_map(|&p| self.negatives.iter().map(move |&n| (p, n)));
        all.filter(|&(p, n)| is_one(p, n)).map(|(p, n)| (p as usize, n as usize)).collect()
    }
}

/// Requires of every anchor what `holds` of it and of what the miner leaves.
fn require(finding: &mut Finding, spec: &str, holds: &dyn Fn(&Anchor, &Kept) -> bool) {
    let spec: PairMiningSpec = written(spec);
    for anchor in anchors() {
        let kept = anchor.kept(&spec);
        let what = || format!("{} positives, {kept:?}", anchor.positives.len());
        finding.require(&what, holds(&anchor, &kept));
    }
}

fn batch_hard(finding: &mut Finding) {
    require(finding, "batch_hard = {}", &|anchor, kept| {
        let mut hardest = anchor.triplets(|p, n| {
            anchor.positives.iter().all(|&j| anchor.cosine(p) <= anchor.cosine(j))
                && anchor.negatives.iter().all(|&j| anchor.cosine(j) <= anchor.cosine(n))
        });
        // Of equals the first.
        hardest.truncate(1);
        kept.triplets == hardest
    });
}

fn semi_hard(finding: &mut Finding) {
    require(finding, "semi_hard.margin = 0.3", &|anchor, kept| {
        let expected = anchor.triplets(|p, n| {
            let behind = anchor.distance(n) - anchor.distance(p);
            0.0 < behind && behind <= 0.3
        });
        let of = |j: &dyn Fn(&(usize, usize)) -> usize| {
            let mut side: Vec<u32> = expected.iter().map(|t| j(t) as u32).collect();
            side.sort_unstable();
            side.dedup();
            side
        };
        kept.triplets == expected
            && kept.positives == of(&|t| t.0)
            && kept.negatives == of(&|t| t.1)
    });
}

fn overlapping(finding: &mut Finding) {
    require(finding, "multi_similarity.margin = 0.1", &|anchor, kept| {
        let near = |p: &&u32| {
            anchor.negatives.iter().any(|&n| anchor.cosine(**p) < anchor.cosine(n) + 0.1)
        };
        let far = |n: &&u32| {
            anchor.positives.iter().any(|&p| anchor.cosine(p) - 0.1 < anchor.cosine(**n))
        };
        kept.positives.iter().eq(anchor.positives.iter().filter(near))
            && kept.negatives.iter().eq(anchor.negatives.iter().filter(far))
    });
}

fn pair_margin(finding: &mut Finding) {
    let spec = "pair_margin = { positive_margin = 0.6, negative_margin = 1.1 }";
    require(finding, spec, &|anchor, kept| {
        let far = |j: &&u32| 0.6 < anchor.distance(**j);
        let near = |j: &&u32| anchor.distance(**j) < 1.1;
        kept.positives.iter().eq(anchor.positives.iter().filter(far))
            && kept.negatives.iter().eq(anchor.negatives.iter().filter(near))
    });
}

fn easy_positive(finding: &mut Finding) {
    for (kind, is_semi_hard) in [("hard", false), ("semi_hard", true)] {
        require(finding, &format!("easy_positive.negatives = '{kind}'"), &|anchor, kept| {
            let easiest = anchor
                .positives
                .iter()
                .map(|&p| anchor.cosine(p))
                .fold(f64::NEG_INFINITY, f64::max);
            let fits = |n: &&u32| !is_semi_hard || anchor.cosine(**n) < easiest;
            let hardest =
                anchor.negatives.iter().filter(fits).map(|&n| anchor.cosine(n)).reduce(f64::max);
            let first =
                |side: &[u32], s: f64| side.iter().copied().find(|&j| anchor.cosine(j) == s);
            match hardest.filter(|_| anchor.has_both_sides()) {
                None => kept.positives.is_empty() && kept.negatives.is_empty(),
                Some(hardest) => {
                    kept.positives.first().copied() == first(&anchor.positives, easiest)
                        && kept.negatives.first().copied() == first(&anchor.negatives, hardest)
                        && (kept.positives.len(), kept.negatives.len()) == (1, 1)
                }
            }
        });
    }
}

fn distance_weighted(finding: &mut Finding) {
    require(finding, "distance_weighted.limit = 1.2", &|anchor, kept| {
        let within = |n: usize| anchor.distance(n as u32) < 1.2;
        let any_within = anchor.negatives.iter().any(|&n| within(n as usize));
        let drawn = &kept.triplets;
        let positives = if anchor.has_both_sides() { &anchor.positives[..] } else { &[] };
        drawn.iter().map(|t| t.0 as u32).eq(positives.iter().copied())
            && drawn.iter().all(|&(_, n)| !any_within || within(n))
    });
}

/// Of many draws, a share of each negative that is within five standard deviations of what its weight says.
fn proportions(finding: &mut Finding) {
    const DRAWS: usize = 20_000;
    let distances = [0.3, 0.6, 0.9, 1.2, 1.35, 1.6];
    let n = DRAWS + distances.len();
    let mut cosines = vec![0.0; n];
    for (cosine, d) in cosines[DRAWS..].iter_mut().zip(distances) {
        *cosine = 1.0 - d * d / 2.0;
    }
    let anchor = Anchor {
        cosines,
        positives: (0..DRAWS as u32).collect(),
        negatives: (DRAWS as u32..n as u32).collect(),
    };
    let kept = anchor.kept(&written("distance_weighted = {}"));
    let width = WIDTH as f64;
    let weight = |d: f64| {
        let d = d.max(0.5);
        let density = libm::pow(d, width - 2.0) * libm::pow(1.0 - d * d / 4.0, (width - 3.0) / 2.0);
        1.0 / density
    };
    let weights = distances.map(|d| if d < 1.4 { weight(d) } else { 0.0 });
    let total: f64 = weights.iter().sum();
    for (k, weight) in weights.iter().enumerate() {
        let drawn = kept.triplets.iter().filter(|t| t.1 == DRAWS + k).count() as f64;
        let share = weight / total;
        let (mean, deviation) =
            (share * DRAWS as f64, libm::sqrt(share * (1.0 - share) * DRAWS as f64));
        let what = || format!("negative {k} is drawn {drawn} times, and {mean:.1} are expected");
        finding.require(&what, (drawn - mean).abs() <= 5.0 * deviation);
    }
}

/// Rows of three classes on a plane: those that come into a batch are found by all distances sorted, in turns.
fn nearest_negatives(finding: &mut Finding) {
    const ROWS: u32 = 40;
    let mut stream = streams().stream("nearest negatives");
    let targets: Vec<u32> = (0..ROWS).map(|row| row % 3).collect();
    let angles: Vec<f64> = targets.iter().map(|_| 6.0 * stream.uniform()).collect();
    let points = angles.iter().flat_map(|&a| [3.0 * libm::cos(a), 3.0 * libm::sin(a)]).collect();
    let outputs = Matrix::from_values(2, points);
    let near = |i: u32, j: u32| libm::cos(angles[i as usize] - angles[j as usize]);
    let spec: PairMiningSpec = written("nearest_negatives.share = 0.5");
    let (counts, streams) = (ClassCounts::new(vec![14, 13, 13]), streams());
    let setting = Setting { counts: &counts, streams: &streams };
    let mut miner = spec.of_rows::<f64>(&targets, &setting).expect("it brings in rows");
    let (epoch, survey) = (Epoch::at(0.0), Survey { losses: &[], outputs: &outputs });
    finding.require(&|| "it does not survey".to_owned(), miner.surveys(&epoch));
    miner.pool(&epoch, &survey, &mut Pool::full(ROWS as usize));
    for size in [1, 2, 7, 16] {
        let mut batches = Batches::new(size);
        let drawn: Vec<u32> = (0..size).map(|_| stream.below(ROWS as usize) as u32).collect();
        batches.rows.clone_from(&drawn);
        batches.ends = vec![size];
        miner.arrange(&mut batches);
        let stay = &drawn[..size - size / 2];
        let mut expected = stay.to_vec();
        for turn in (0..).map(|turn| stay[turn % stay.len()]).take(size / 2) {
            let others = (0..ROWS).filter(|&row| targets[row as usize] != targets[turn as usize]);
            let others = others.filter(|row| !expected.contains(row));
            expected.extend(others.max_by(|&a, &b| near(turn, a).total_cmp(&near(turn, b))));
        }
        let what = || format!("of {drawn:?} it makes {:?} and not {expected:?}", batches.rows);
        finding.require(&what, batches.rows == expected);
    }
}

fn random(finding: &mut Finding) {
    require(finding, "random.keep = 0.25", &|anchor, kept| {
        let all = anchor.all();
        let so_many = |kept: &[u32], all: &[u32]| kept.len() == all.len().div_ceil(4);
        let among = |kept: &[u32], all: &[u32]| {
            kept.iter().all(|j| all.contains(j)) && kept.is_sorted_by(|a, b| a < b)
        };
        let blind = Anchor { cosines: vec![0.0; anchor.cosines.len()], ..anchor.clone() };
        so_many(&kept.positives, &all.positives)
            && so_many(&kept.negatives, &all.negatives)
            && among(&kept.positives, &all.positives)
            && among(&kept.negatives, &all.negatives)
            && blind.kept(&written("random.keep = 0.25")) == *kept
    });
    require(finding, "random.keep = 1", &|anchor, kept| anchor.all() == *kept);
}

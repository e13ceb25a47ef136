//! Retrieval: whether the nearest of an embedding are of its class.
//!
//! ```text
//! R(q)          items of the class of q that there are to be found, but q itself
//! Recall@k      share of queries with one of its class among the k nearest;  Precision@1 is Recall@1
//! R-precision   mean of the share of the R nearest that are of its class
//! MAP@R         mean of 1/R Σ_{i=1..R} [the i-th is of its class] · (those of its class among the first i) / i
//! k-NN          the class that most of the k nearest have, of equals that of the nearest of them
//! ```
//!
//! - nearest by Euclidean distance, of equals the first; of embeddings of length 1 that is the order of their cosines
//! - means are over the queries with `R > 0`: one of whose class there is nothing to be found says nothing of an embedding
//! - `k` is cut at the number of items that there are
//!
//! Source: Musgrave, Belongie, Lim, *A Metric Learning Reality Check*, ECCV 2020 (MAP@R, R-precision).
//! Differs: pytorch-metric-learning averages Recall@k in no function of its own; at `k = 1` it is its `precision_at_1`.
//! Trap: Recall@k rises with `k` and with the size of classes by itself: it is compared on the same part alone.

mod clusters;
mod measuring;
mod nearest;
mod principal;
mod sameness;
mod spread;
mod symmetric;

use crate::retrieval::nearest::Finder;
use crate::summary::mean;

pub(crate) use clusters::mutual_information;
pub(crate) use measuring::Retrieved;
pub use measuring::{Classes, Scored, evaluate, score};
pub use principal::Principal;
pub use sameness::sameness;
pub use spread::Spread;

/// Embeddings and their classes.
#[derive(Clone, Copy, Debug)]
pub struct Embedded<'a> {
    /// `[n_items, width]`, row by row.
    pub embeddings: &'a [f64],
    /// Numbers in an embedding, at least 1.
    pub width: usize,
    /// `[n_items]`, each below the number of classes.
    pub targets: &'a [u32],
}

impl<'a> Embedded<'a> {
    fn rows(&self) -> impl Iterator<Item = &'a [f64]> + use<'a> {
        self.embeddings.chunks_exact(self.width)
    }

    fn measurable(&self) -> bool {
        !self.targets.is_empty() && self.embeddings.iter().all(|x| x.is_finite())
    }
}

/// Where queries are looked for.
#[derive(Clone, Copy, Debug)]
pub enum Gallery<'a> {
    /// Among the queries, each but itself.
    Queries,
    /// Among these.
    Others(Embedded<'a>),
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Retrieval {
    /// Queries that something was to be found for.
    pub n_queries: usize,
    /// Recall at each of the `k` that were asked for.
    pub recall_at: Vec<f64>,
    /// R-precision.
    pub r_precision: f64,
    /// MAP@R.
    pub map_at_r: f64,
    /// Recall@1 of the queries of each class, `[n_classes]`; `None` of a class without any.
    pub class_recall_at_1: Vec<Option<f64>>,
    /// Share of the queries of each class that their neighbours vote for, `[n_classes]`.
    pub class_knn: Vec<Option<f64>>,
    /// What the nearest of queries say of each class, `[n_classes]`.
    pub nearest: Vec<NearestOf>,
}

/// A class as the nearest of queries say it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NearestOf {
    /// Queries of the class.
    pub queries: u32,
    /// Queries, of any class, whose nearest is of it.
    pub taken: u32,
    /// Queries of the class whose nearest is of it.
    pub right: u32,
}

impl Retrieval {
    /// Mean of [`Retrieval::class_recall_at_1`] over the classes that `is_meant` picks; `None` unless all of these have
    /// queries, and there is one.
    pub fn macro_recall_at_1(&self, is_meant: impl Fn(usize) -> bool) -> Option<f64> {
        over(&self.class_recall_at_1, is_meant)
    }

    /// Balanced accuracy of the neighbours' vote; `None` unless all classes have queries.
    pub fn knn_balanced_accuracy(&self) -> Option<f64> {
        over(&self.class_knn, |_| true)
    }
}

fn over(classes: &[Option<f64>], is_meant: impl Fn(usize) -> bool) -> Option<f64> {
    let meant = classes.iter().enumerate().filter(|(class, _)| is_meant(*class));
    let values: Option<Vec<f64>> = meant.map(|(_, value)| *value).collect();
    mean(values?.into_iter())
}

/// What is asked of a search.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The `k` of Recall@k, each at least 1.
    pub recall_at: &'a [usize],
    /// Neighbours that vote, at least 1.
    pub voters: usize,
}

/// Looks for `queries`; `None` where there is nothing to be found, or what is no number.
pub fn retrieve(
    queries: Embedded<'_>,
    gallery: Gallery<'_>,
    n_classes: usize,
    asked: Asked<'_>,
) -> Option<Retrieval> {
    let items = match gallery {
        Gallery::Queries => queries,
        Gallery::Others(items) => items,
    };
    if !queries.measurable() || !items.measurable() {
        return None;
    }
    let mut n_items = vec![0_usize; n_classes];
    items.targets.iter().for_each(|&target| n_items[target as usize] += 1);
    let n_own = usize::from(matches!(gallery, Gallery::Queries));
    let most = asked.recall_at.iter().copied().chain([asked.voters]).max().unwrap_or(1);
    let mut finder = Finder::of(items);
    let mut sums = Sums::new(n_classes, asked.recall_at.len());
    for (i, (query, &target)) in queries.rows().zip(queries.targets).enumerate() {
        let n_relevant = n_items[target as usize].saturating_sub(n_own);
        if n_relevant == 0 {
            continue;
        }
        let own = (n_own != 0).then_some(i);
        let found = finder.nearest(query, own, most.max(n_relevant));
        sums.add(target, n_relevant, found, asked);
    }
    sums.means()
}

/// Sums over queries.
struct Sums {
    n_queries: usize,
    recalled: Vec<usize>,
    r_precision: f64,
    map_at_r: f64,
    nearest: Vec<NearestOf>,
    /// Queries of each class that their neighbours vote for.
    voted: Vec<u32>,
    votes: Vec<usize>,
}

impl Sums {
    fn new(n_classes: usize, n_recalls: usize) -> Self {
        Sums {
            n_queries: 0,
            recalled: vec![0; n_recalls],
            r_precision: 0.0,
            map_at_r: 0.0,
            nearest: vec![NearestOf::default(); n_classes],
            voted: vec![0; n_classes],
            votes: vec![0; n_classes],
        }
    }

    /// Adds a query of class `target` whose nearest are of the classes `found`, the nearest first.
    fn add(&mut self, target: u32, n_relevant: usize, found: &[u32], asked: Asked<'_>) {
        self.n_queries += 1;
        let first = found.iter().position(|&class| class == target);
        for (recalled, &k) in self.recalled.iter_mut().zip(asked.recall_at) {
            *recalled += usize::from(first.is_some_and(|first| first < k));
        }
        let (mut hits, mut precisions) = (0_usize, 0.0);
        for (i, &class) in found.iter().take(n_relevant).enumerate() {
            if class == target {
                hits += 1;
                precisions += hits as f64 / (i + 1) as f64;
            }
        }
        self.r_precision += hits as f64 / n_relevant as f64;
        self.map_at_r += precisions / n_relevant as f64;
        let elected = self.elected(&found[..asked.voters.min(found.len())]);
        self.voted[target as usize] += u32::from(elected == target);
        if let Some(&taken) = found.first() {
            self.nearest[taken as usize].taken += 1;
        }
        let of_class = &mut self.nearest[target as usize];
        of_class.queries += 1;
        of_class.right += u32::from(first == Some(0));
    }

    /// The class of most voters, of equals that of the nearest of them.
    fn elected(&mut self, voters: &[u32]) -> u32 {
        self.votes.fill(0);
        voters.iter().for_each(|&class| self.votes[class as usize] += 1);
        let votes = |class: u32| self.votes[class as usize];
        let elected = voters.iter().copied().reduce(|a, b| if votes(a) < votes(b) { b } else { a });
        elected.unwrap_or(u32::MAX)
    }

    fn means(self) -> Option<Retrieval> {
        let Sums { n_queries, recalled, r_precision, map_at_r, nearest, voted, .. } = self;
        if n_queries == 0 {
            return None;
        }
        let n = n_queries as f64;
        let share = |(of_class, n): (&NearestOf, u32)| {
            (of_class.queries != 0).then(|| f64::from(n) / f64::from(of_class.queries))
        };
        let right = nearest.iter().map(|of_class| of_class.right);
        Some(Retrieval {
            n_queries,
            recall_at: recalled.into_iter().map(|recalled| recalled as f64 / n).collect(),
            r_precision: r_precision / n,
            map_at_r: map_at_r / n,
            class_recall_at_1: nearest.iter().zip(right).map(share).collect(),
            class_knn: nearest.iter().zip(voted).map(share).collect(),
            nearest,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ASKED: Asked<'_> = Asked { recall_at: &[1, 2, 4], voters: 3 };

    /// Points on a line.
    fn on_a_line<'a>(embeddings: &'a [f64], targets: &'a [u32]) -> Embedded<'a> {
        Embedded { embeddings, width: 1, targets }
    }

    #[test]
    fn among_themselves_queries_do_not_find_themselves() {
        // The classes that are found, the nearest first: 1 0 1 by 0, 0 0 1 by 1, 1 0 1 by 2.5, 0 1 0 by 9.
        let points = on_a_line(&[0.0, 1.0, 2.5, 9.0], &[0, 1, 0, 1]);
        let found = retrieve(points, Gallery::Queries, 2, ASKED).unwrap();
        assert_eq!(found.n_queries, 4);
        assert_eq!(found.recall_at, [0.0, 0.75, 1.0]);
        assert_eq!((found.r_precision, found.map_at_r), (0.0, 0.0));
        assert_eq!(found.class_recall_at_1, [Some(0.0), Some(0.0)]);
        let of_class = NearestOf { queries: 2, taken: 2, right: 0 };
        assert_eq!(found.nearest, [of_class; 2]);
    }

    #[test]
    fn a_query_of_whose_class_there_is_nothing_does_not_count() {
        let queries = on_a_line(&[0.0, 1.0, 7.0], &[0, 1, 2]);
        let gallery = Gallery::Others(on_a_line(&[0.1, 0.2, 5.0, 1.2], &[0, 0, 0, 1]));
        let found = retrieve(queries, gallery, 3, ASKED).unwrap();
        assert_eq!((found.n_queries, &found.recall_at[..]), (2, &[1.0; 3][..]));
        // 0 finds 0 0 1 0, R = 3: (1 + 1) / 3; 1 finds itself a 1.
        assert!((found.r_precision - 5.0 / 6.0).abs() < 1e-15);
        assert!((found.map_at_r - 5.0 / 6.0).abs() < 1e-15);
        assert_eq!(found.class_recall_at_1, [Some(1.0), Some(1.0), None]);
        assert_eq!(found.class_knn, [Some(1.0), Some(0.0), None], "1 0 0 vote for 0");
        assert_eq!(found.macro_recall_at_1(|class| class != 2), Some(1.0));
        assert_eq!(
            (found.macro_recall_at_1(|_| true), found.knn_balanced_accuracy()),
            (None, None)
        );
        assert_eq!(found.macro_recall_at_1(|_| false), None);
    }

    #[test]
    fn of_as_many_votes_those_of_the_nearest_decide() {
        let elected = |voters: &[u32]| Sums::new(4, 0).elected(voters);
        assert_eq!((elected(&[3, 1, 1, 3, 2]), elected(&[2, 0, 0]), elected(&[1])), (3, 0, 1));
    }

    #[test]
    fn what_is_no_number_or_alone_is_not_measured() {
        let asked = |embeddings: &[f64], targets: &[u32]| {
            retrieve(on_a_line(embeddings, targets), Gallery::Queries, 2, ASKED)
        };
        assert_eq!(asked(&[0.0, f64::NAN], &[0, 0]), None);
        assert_eq!((asked(&[], &[]), asked(&[0.0, 1.0], &[0, 1])), (None, None));
    }

    /// By the definitions, from all distances sorted.
    fn plainly(points: Embedded<'_>, n_classes: usize) -> Option<Retrieval> {
        let n = points.targets.len();
        let of = |i: usize| points.targets[i];
        let mut means: Vec<[f64; 5]> = Vec::new();
        let mut classes = vec![Vec::new(); n_classes];
        for i in 0..n {
            let square = |j: usize| {
                let (a, b) = (
                    &points.embeddings[i * points.width..],
                    &points.embeddings[j * points.width..],
                );
                a[..points.width].iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>()
            };
            let mut others: Vec<usize> = (0..n).filter(|&j| j != i).collect();
            others.sort_by(|&a, &b| square(a).total_cmp(&square(b)));
            let relevant: Vec<bool> = others.iter().map(|&j| of(j) == of(i)).collect();
            let r = relevant.iter().filter(|hit| **hit).count();
            if r == 0 {
                continue;
            }
            let hits = |k: usize| relevant.iter().take(k).filter(|hit| **hit).count() as f64;
            let precisions = (1..=r).filter(|&k| relevant[k - 1]).map(|k| hits(k) / k as f64);
            let recalled = |k| hits(k).min(1.0);
            means.push([
                recalled(1),
                recalled(2),
                recalled(4),
                hits(r) / r as f64,
                precisions.sum::<f64>() / r as f64,
            ]);
            classes[of(i) as usize].push(recalled(1));
        }
        let column = |c: usize| mean(means.iter().map(|row| row[c]));
        Some(Retrieval {
            n_queries: means.len(),
            recall_at: (0..3).map(column).collect::<Option<_>>()?,
            r_precision: column(3)?,
            map_at_r: column(4)?,
            class_recall_at_1: classes.into_iter().map(|class| mean(class.into_iter())).collect(),
            class_knn: Vec::new(),
            nearest: Vec::new(),
        })
    }

    proptest! {
        #[test]
        fn it_is_what_all_sorted_distances_say(
            items in prop::collection::vec((-2..3_i8, -2..3_i8, 0..4_u32), 1..40)
        ) {
            // Whole numbers: many distances are equal.
            let embeddings: Vec<f64> = items.iter().flat_map(|(x, y, _)| [f64::from(*x), f64::from(*y)]).collect();
            let targets: Vec<u32> = items.iter().map(|(_, _, target)| *target).collect();
            let points = Embedded { embeddings: &embeddings, width: 2, targets: &targets };
            let found = retrieve(points, Gallery::Queries, 4, ASKED);
            let found = found.map(|found| Retrieval { class_knn: Vec::new(), ..found });
            match (found, plainly(points, 4)) {
                (None, None) => {}
                (Some(ours), Some(theirs)) => {
                    let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
                    prop_assert_eq!(ours.n_queries, theirs.n_queries);
                    prop_assert!(near(ours.r_precision, theirs.r_precision) && near(ours.map_at_r, theirs.map_at_r));
                    prop_assert!(ours.recall_at.iter().zip(&theirs.recall_at).all(|(a, b)| near(*a, *b)));
                    for (a, b) in ours.class_recall_at_1.iter().zip(&theirs.class_recall_at_1) {
                        prop_assert!(near(a.unwrap_or(-1.0), b.unwrap_or(-1.0)));
                    }
                }
                (ours, theirs) => prop_assert!(false, "{ours:?} {theirs:?}"),
            }
        }
    }
}

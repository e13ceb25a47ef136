//! What boosted trees spend on trees: binning a table, and growing one tree to the gradients of a class.

use baselines::BoostedTrees;
use baselines::boosted_trees::{Binned, Tree};
use divan::Bencher;
use divan::counter::ItemsCount;
use nn::{Stream, Streams};

fn main() {
    divan::main();
}

const N_ROWS: usize = 50_000;

/// A feature of the table before its levels become columns.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Numeric,
    /// With so many levels, of which low ones are more frequent.
    Categorical(usize),
}

/// `n_numeric` features, and `n_categorical` of 8 levels with a column each.
#[derive(Clone, Copy, Debug)]
struct Table {
    n_numeric: usize,
    n_categorical: usize,
}

const TABLES: [Table; 3] = [
    Table { n_numeric: 30, n_categorical: 0 },
    Table { n_numeric: 10, n_categorical: 20 },
    Table { n_numeric: 0, n_categorical: 30 },
];

impl Table {
    /// `[N_ROWS, n_columns]` and the number of columns.
    fn features(self, stream: &mut Stream) -> (Vec<f32>, usize) {
        let kinds =
            [vec![Kind::Numeric; self.n_numeric], vec![Kind::Categorical(8); self.n_categorical]];
        let kinds = kinds.concat();
        let mut features = Vec::new();
        for _ in 0..N_ROWS {
            for kind in &kinds {
                match *kind {
                    Kind::Numeric => features.push(stream.normal() as f32),
                    Kind::Categorical(n_levels) => {
                        let level = (stream.uniform().powi(2) * n_levels as f64) as usize;
                        features
                            .extend((0..n_levels).map(|other| f32::from(u8::from(other == level))));
                    }
                }
            }
        }
        let n_columns = features.len() / N_ROWS;
        (features, n_columns)
    }
}

#[divan::bench(args = TABLES, sample_count = 5, sample_size = 1)]
fn bin(bencher: Bencher<'_, '_>, table: Table) {
    let (features, n_columns) = table.features(&mut Streams::new([0; 32]).stream("table"));
    bencher
        .counter(ItemsCount::new(features.len()))
        .bench_local(|| Binned::new(&features, n_columns));
}

#[divan::bench(args = TABLES, sample_count = 10, sample_size = 1)]
fn grow(bencher: Bencher<'_, '_>, table: Table) {
    let mut stream = Streams::new([0; 32]).stream("table");
    let (features, n_columns) = table.features(&mut stream);
    let data = Binned::new(&features, n_columns);
    // Of a class that a few columns tell something about.
    let residual = |row: &[f32]| {
        let p = 0.1 + 0.8 * f64::from(u8::from(0.5 < row[0])) * stream.uniform();
        (p - f64::from(u8::from(stream.uniform() < 0.3)), p * (1.0 - p))
    };
    let (gradients, hessians): (Vec<f64>, Vec<f64>) =
        features.chunks(n_columns).map(residual).unzip();
    bencher
        .counter(ItemsCount::new(features.len()))
        .bench_local(|| Tree::grow(&data, &gradients, &hessians, &BoostedTrees::default()));
}

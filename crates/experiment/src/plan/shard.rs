//! A part of the cells, for one of several machines.

use std::fmt;
use std::str::FromStr;

use crate::cell_id::CellId;
use crate::trial::TrialCell;

/// A part of the cells, for one of several machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts =
            text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match parts {
            Some((index, count)) if 1 <= index && index <= count => Ok(Shard { index, count }),
            _ => Err(format!("`{text}` is no shard: write i/n with 1 <= i <= n, as in 2/3")),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl Shard {
    /// Whether the cell is in this shard. It depends on the identity alone: any machine can tell.
    pub fn contains(&self, id: CellId) -> bool {
        let digits = &id.to_string()[16..];
        let number = u64::from_str_radix(digits, 16).expect("an identity is hexadecimal");
        self.has(number)
    }

    /// Whether the run (data set, fold and seed) of the cell is in this shard, with all that is trained in it.
    pub fn contains_run(&self, cell: &TrialCell) -> bool {
        let TrialCell { data_digest, split_digest, spec, .. } = cell;
        let run = format!("{data_digest} {split_digest} fold {} seed {}", spec.fold, spec.seed);
        let hash = blake3::derive_key("longtail shard of runs v1", run.as_bytes());
        let (number, _) = hash.split_first_chunk().expect("a hash has 32 bytes");
        self.has(u64::from_le_bytes(*number))
    }

    fn has(&self, number: u64) -> bool {
        number % self.count == self.index - 1
    }
}

//! SMOTE and Tomek links: a small class is filled up with points, and then both rows of every link are left out.
//!
//! ```text
//! rows' = smote(rows);   rows learnt from = rows' without i and j for every link (i, j) of rows'
//! ```
//!
//! - points as `smote` makes them, links as `tomek_links` finds them with `remove = "both"`, made rows among them
//! - `k`: neighbours of a row that points are made towards, 5
//! - once, before the first epoch; then every row that is left is seen once an epoch
//! - how many rows are left, the rows' places decide: a plan takes what `smote` makes, which is the most
//!
//! A class with a single row has no neighbours: no point is made from it. A class all of whose rows would go keeps them.
//!
//! Source: Batista, Prati, Monard, *A Study of the Behavior of Several Methods for Balancing Machine Learning Training
//! Data*, SIGKDD Explorations 6, 2004.
//! Trap: a link has a row of each of two classes, so that classes stay about as equal as SMOTE makes them.

use std::num::NonZeroUsize;
use std::ops::{Range, RangeInclusive};

use nn::Streams;
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::examples::Examples;
use crate::sampling::definition::{Definition, Resampled, Resampling};
use crate::sampling::smote::Smote;
use crate::sampling::tomek_links::{LinkMember, without_links};

/// Parameters of SMOTE with Tomek links.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmoteTomek {
    /// Neighbours of a row that points are made towards; default 5.
    pub k: NonZeroUsize,
}

impl Default for SmoteTomek {
    fn default() -> Self {
        SmoteTomek { k: Smote::default().k }
    }
}

impl Definition for SmoteTomek {
    fn code(&self) -> &'static str {
        include_str!("smote_tomek.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn resampling(&self) -> Option<&dyn Resampling> {
        Some(self)
    }
}

impl SmoteTomek {
    fn smote(&self) -> Smote {
        Smote { k: self.k }
    }
}

impl Resampling for SmoteTomek {
    fn resample(
        &self,
        train: &Examples<f32>,
        one_hot: &[Range<usize>],
        n_classes: usize,
        streams: &Streams,
    ) -> Result<Resampled, MethodError> {
        let filled = self.smote().resample(train, one_hot, n_classes, streams)?;
        let rows = without_links(&filled.examples, n_classes, LinkMember::Both);
        let origins = rows.iter().map(|&row| filled.origins[row as usize]).collect();
        Ok(Resampled { origins, ..Resampled::kept(&filled.examples, rows) })
    }

    fn bounds(&self, counts: &[u32]) -> Vec<RangeInclusive<u32>> {
        let filled = self.smote().bounds(counts);
        filled.into_iter().map(|bounds| (*bounds.end()).min(1)..=*bounds.end()).collect()
    }
}

#[cfg(test)]
mod tests {
    use nn::Matrix;

    use super::*;

    #[test]
    fn what_smote_makes_loses_both_rows_of_its_links_and_origins_stay_those_of_training_rows() {
        let mut stream = Streams::new([4; 32]).stream("rows");
        let values = (0..120).map(|_| stream.normal() as f32).collect();
        let targets: Vec<u32> = (0..60).map(|i| u32::from(i % 5 == 0)).collect();
        let train = Examples { features: Matrix::from_values(2, values), targets };
        let streams = Streams::new([5; 32]);
        let filled = Smote::default().resample(&train, &[], 2, &streams).unwrap();
        let left = SmoteTomek::default().resample(&train, &[], 2, &streams).unwrap();
        let rows = without_links(&filled.examples, 2, LinkMember::Both);
        assert!(rows.len() < filled.origins.len(), "no link");
        assert_eq!(left.origins.len(), rows.len());
        for (at, &row) in rows.iter().enumerate() {
            let values =
                (left.examples.features.row(at), left.examples.targets[at], left.origins[at]);
            let of = row as usize;
            let expected =
                (filled.examples.features.row(of), filled.examples.targets[of], filled.origins[of]);
            assert_eq!(values, expected);
        }
        assert!(left.origins.iter().all(|&origin| origin < 60));
    }
}

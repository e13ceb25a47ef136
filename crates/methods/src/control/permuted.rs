//! Permuted control: the weights of the method, dealt out to examples at random.
//!
//! ```text
//! w'_i = w_{π(i)},   π a random permutation of the batch, another one each step
//! v'_r = v_{ρ(r)},   ρ one random permutation of all training rows, the same in every epoch
//! ```
//!
//! - `w`: the weights of a batch as mining and reweighting give them, zeros too, `[n_examples]`; `v`: the weights that a
//!   miner gives the rows of an epoch, `[n_train]`
//!
//! The step has the weights of the method, and nothing of which examples they are meant for: a gain over it is due to
//! *which* examples weigh. Rows are dealt out once a trial, so that what grows from epoch to epoch still grows.
//!
//! Source: the permutation of a treatment as its own placebo, Fisher, *The Design of Experiments*, 1935; random orders
//! beside curricula: Wu, Dyer, Neyshabur, *When Do Curricula Work?*, ICLR 2021.
//! Trap: a miner that keeps every example of the small class is not compared with its like: where weights are dealt out
//! over all rows, most of those that are kept are of the large class. `permuted_within_class` keeps the classes apart.
//! Trap: a method that looks at the network looks at the control's network: how many rows it keeps can differ.

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::control::Control;
use crate::control::dealt::Dealt;
use crate::control::definition::{Controlled, Definition, Does};

/// Weights dealt out over all. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Permuted {}

impl<T: Real> Definition<T> for Permuted {
    fn code(&self) -> &'static str {
        include_str!("permuted.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn does(&self) -> Does {
        Does::Deals
    }

    fn build(&self, controlled: &Controlled<'_>) -> Box<dyn Control<T>> {
        Box::new(Dealt::new(controlled, |targets, stream| stream.permutation(targets.len())))
    }
}

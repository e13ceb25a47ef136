//! Permuted control within classes: the weights of the method, dealt out at random over the examples of the same class.
//!
//! ```text
//! w'_i = w_{π(i)},   y_{π(i)} = y_i,   π a random permutation of the batch, another one each step
//! v'_r = v_{ρ(r)},   y_{ρ(r)} = y_r,   ρ one random permutation of all training rows, the same in every epoch
//! ```
//!
//! - `w`: the weights of a batch as mining and reweighting give them, zeros too, `[n_examples]`; `v`: the weights that a
//!   miner gives the rows of an epoch, `[n_train]`; `y`: classes
//!
//! Every class has the weight that the method gives it: a gain over this control is more than a weighing of classes.
//!
//! Source: the permutation within strata, Fisher, *The Design of Experiments*, 1935.
//! Trap: a method that looks at the network looks at the control's network: how many rows it keeps can differ.

use nn::{Real, Stream};
use serde::{Deserialize, Serialize};

use crate::control::Control;
use crate::control::dealt::Dealt;
use crate::control::definition::{Controlled, Definition, Does};

/// Weights dealt out within each class. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PermutedWithinClass {}

impl<T: Real> Definition<T> for PermutedWithinClass {
    fn code(&self) -> &'static str {
        include_str!("permuted_within_class.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn does(&self) -> Does {
        Does::DealsWithinClasses
    }

    fn build(&self, controlled: &Controlled<'_>) -> Box<dyn Control<T>> {
        Box::new(Dealt::new(controlled, within_classes))
    }
}

/// A permutation that leaves every example its class.
fn within_classes(targets: &[u32], stream: &mut Stream) -> Vec<u32> {
    let mut by_class: Vec<u32> = (0..targets.len() as u32).collect();
    by_class.sort_by_key(|&i| targets[i as usize]);
    let mut order = vec![0; targets.len()];
    for members in by_class.chunk_by(|&a, &b| targets[a as usize] == targets[b as usize]) {
        let mut from = members.to_vec();
        stream.shuffle(&mut from);
        members.iter().zip(from).for_each(|(&to, from)| order[to as usize] = from);
    }
    order
}

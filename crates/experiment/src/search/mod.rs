//! `[search]`: settings of parameters that are drawn, in place of a grid.
//!
//! ```text
//! spec.rs      what a file asks for
//! space.rs     what a parameter is drawn from, and the draws
//! schedule.rs  how many settings are trained for how many epochs
//! ```
//!
//! A setting is a value of each parameter, the same for every data set, fold and seed. What is drawn stands in the
//! specification of a cell as if it had been written: the cell has the identity that it has in a grid. `plan/searched.rs`
//! makes the cells, `plan/halving.rs` decides which settings go on.

pub mod schedule;
pub mod space;
pub mod spec;

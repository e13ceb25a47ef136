//! The field's methods, one file each, in nine families that combine freely.
//!
//! ```text
//! sampling    which examples meet in a batch
//! mixing      what they are blended with
//! losses      what each prediction costs, and in which direction the cost falls
//! mining      which examples of the batch are learnt from
//! reweighting how much each of them counts
//! control     the same step without what the method knows
//! decoupling  what becomes of the classifier once the features have been learnt
//! calibration after training: what the probabilities become
//! decision    after that: which class they stand for
//! ```
//!
//! Losses of embeddings, which compare examples with one another, stand beside them in [`pairs`].
//!
//! A method has two forms: a *specification*, plain data under the name it has in an experiment file,
//! and the object that [`losses::LossSpec::build`] and its siblings make of it once for each trial.
//! State (the histogram of GHM-C, the walk of L2RW through its meta set) lives in the object.
//!
//! Nothing here reads a file, the clock or the environment.

pub mod augmentation;
pub mod calibration;
pub mod control;
pub mod decision;
pub mod decoupling;
pub mod direction;
mod error;
pub mod examples;
mod header;
pub mod judged;
pub mod lengths;
pub mod losses;
pub mod mining;
pub mod mixing;
pub mod named;
mod pages;
pub mod pairs;
pub mod reweighting;
pub mod sampling;
pub mod setting;
pub mod step;

pub use error::MethodError;
pub use header::header;
pub use pages::{Page, pages};

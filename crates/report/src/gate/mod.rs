//! Are the results of a candidate as good as those of a baseline?
//!
//! Cells are paired by what they are (specification, fold, seed), not by their identities: those hash the versions of what
//! makes the numbers, and a change of code is just what is asked about.
//!
//! ```text
//! snapshot    records -> what each cell is and what it gave        packed: the same as a small file to commit
//! pairs       two snapshots -> values beside each other, cells that were lost
//! verdict     values -> equal, equivalent, better, undecided or worse; Holm over all that changed
//! rehearsal   false alarms and power, on the real spread of a baseline
//! told        the verdict for readers: terminal, Markdown, annotations
//! ```

mod packed;
mod pairs;
mod rehearsal;
mod snapshot;
mod told;
mod verdict;

pub(crate) use pairs::Pairs;
pub use pairs::{CellName, Lost, PairedValue};
pub use rehearsal::{Decline, Rehearsal};
pub use snapshot::{GateSettings, Snapshot};
pub use told::{Annotation, Severity};
pub use verdict::{Effect, Gate, GateLine, Verdict};

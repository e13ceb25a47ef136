//! What is done to the cells of a column before anything is learnt from them: `[treat.COLUMN]` of a `dataset.toml`.
//!
//! ```text
//! missing   = [-999, "unknown"]       cells that stand for a missing value, besides those of the format
//! merge     = { ill = ["Ill", "2"] }  cells that are another one in other words; of the class as of a feature
//! thousands = ","                     the mark between groups of three digits
//! decimal   = ","                     the mark before decimals; default that of the format
//! currency  = "$"                     before or behind an amount; (5.00) is a loss
//! percent   = true                    7.5% is 0.075
//! date      = "day_month_year"        days since 1970-01-01,
//! since     = "2020-01-01"            or since another day,
//! parts     = true                    or columns NAME_year, NAME_month, NAME_day, NAME_weekday and, with times, NAME_hour
//! ```
//!
//! In this order: missing, merge, then number or date. The column is read as text; what it holds after that is inferred
//! as of any other, unless it is pinned. A cell that is not what is said of it is an error in its place, and so is a
//! mark or a name that no cell has.

pub(crate) mod amount;
mod column;
pub(crate) mod date;
pub(crate) mod keys;
pub(crate) mod mark;
pub(crate) mod read;

#[cfg(test)]
mod tests;

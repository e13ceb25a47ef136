//! What an experiment file asks of a search.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::Range;

use serde::Deserialize;

use crate::search::space::Space;
use crate::selection::Parameter;

/// A search that could be read.
#[derive(Clone, Debug)]
pub struct Search {
    /// How many settings are drawn, and how long each is trained.
    pub method: SearchMethod,
    /// What each parameter is drawn from.
    pub parameters: BTreeMap<Parameter, Space>,
    /// What is searched and how, in one sentence.
    pub sentence: String,
    /// Its place in the source.
    pub(crate) span: Range<usize>,
}

/// `[search]`: parameters that are drawn in place of a grid; the validation part of each run chooses among the settings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchSpec {
    /// What each parameter is drawn from, by its path on an axis, in quotes:
    /// `"training.optimizer.sgd.learning_rate" = { log_uniform = [1e-3, 1] }`.
    pub parameters: BTreeMap<Parameter, Space>,
    /// How many settings are drawn, and how long each is trained.
    pub method: SearchMethod,
    /// Another one draws others; default 0.
    #[serde(default)]
    pub seed: u64,
}

/// How many settings are drawn, and how long each is trained.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchMethod {
    /// Every setting is trained for all epochs.
    Random(Random),
    /// All settings are trained for few epochs, the best of them for more, until few are trained for all.
    SuccessiveHalving(SuccessiveHalving),
    /// Several halvings: the first of many settings from the fewest epochs, the last of few settings for all epochs.
    Hyperband(Hyperband),
}

/// Parameters of [`SearchMethod::Random`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Random {
    /// How many are drawn.
    pub settings: NonZeroUsize,
}

/// Parameters of [`SearchMethod::SuccessiveHalving`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuccessiveHalving {
    /// How many are drawn.
    pub settings: NonZeroUsize,
    /// One in so many goes on, for so many times the epochs; default 3.
    #[serde(default)]
    pub factor: Factor,
    /// No setting is trained for fewer epochs.
    pub min_epochs: NonZeroUsize,
}

/// Parameters of [`SearchMethod::Hyperband`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hyperband {
    /// One in so many goes on, for so many times the epochs; default 3.
    #[serde(default)]
    pub factor: Factor,
    /// No setting is trained for fewer epochs.
    pub min_epochs: NonZeroUsize,
}

/// A whole number of at least 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "usize")]
pub struct Factor(usize);

impl Factor {
    /// The number.
    pub fn get(self) -> usize {
        self.0
    }
}

impl Default for Factor {
    fn default() -> Self {
        Factor(3)
    }
}

impl TryFrom<usize> for Factor {
    type Error = String;

    fn try_from(n: usize) -> Result<Self, String> {
        if 2 <= n { Ok(Factor(n)) } else { Err(format!("{n} is not a whole number of at least 2")) }
    }
}

impl SearchMethod {
    /// Whether what settings gave decides which of them go on.
    pub fn halves(&self) -> bool {
        !matches!(self, SearchMethod::Random(_))
    }

    fn name(&self) -> &'static str {
        match self {
            SearchMethod::Random(_) => "random",
            SearchMethod::SuccessiveHalving(_) => "successive halving",
            SearchMethod::Hyperband(_) => "Hyperband",
        }
    }
}

impl SearchSpec {
    /// What is drawn, from what, and how many settings are trained for how many of `epochs` in all, in one sentence.
    pub(crate) fn sentence(&self, epochs: usize) -> String {
        let drawn = self.parameters.iter().map(|(path, space)| format!("{path} {space}"));
        let drawn: Vec<String> = drawn.collect();
        let brackets = self.method.brackets(epochs).into_iter().map(|bracket| {
            let rungs = bracket.rungs(bracket.settings.len()).into_iter().enumerate();
            let rungs = rungs.map(|(i, rung)| match (i, self.method.min_epochs()) {
                (_, None) => format!("{} settings", rung.settings),
                (0, _) if rung.epochs == 1 => format!("{} settings for 1 epoch", rung.settings),
                (0, _) => format!("{} settings for {} epochs", rung.settings, rung.epochs),
                _ => format!("the best {} for {}", rung.settings, rung.epochs),
            });
            rungs.collect::<Vec<_>>().join(", ")
        });
        let brackets: Vec<String> = brackets.collect();
        format!(
            "Searched ({}, seed {}): {}; {}.",
            self.method.name(),
            self.seed,
            brackets.join("; "),
            drawn.join(", ")
        )
    }
}

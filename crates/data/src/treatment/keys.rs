//! What `[treat.COLUMN]` says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::treatment::amount::Amount;
use crate::treatment::date::{Day, Order, PARTS};
use crate::treatment::mark::Mark;

/// What is done to a column, as `[treat.COLUMN]` says it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Keys", into = "Keys")]
pub struct Treatment {
    /// Cells that stand for a missing value.
    pub missing: Vec<Mark>,
    /// Cells that are another one in other words, under the one that they become.
    pub merge: BTreeMap<String, Vec<Mark>>,
    /// What the others are read as; `None` reads them as they are.
    pub reading: Option<ReadAs>,
}

/// What cells are read as.
#[derive(Clone, Debug, PartialEq)]
pub enum ReadAs {
    /// Numbers in a dress.
    Amount(Amount),
    /// Days since a day.
    Days(Order, Option<Day>),
    /// A column for each part of a date.
    Parts(Order),
}

/// Treatments by the names of their columns.
pub type Treatments = BTreeMap<String, Treatment>;

/// The keys as they stand in the file.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Keys {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<Mark>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    merge: BTreeMap<String, Vec<Mark>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thousands: Option<char>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decimal: Option<char>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    percent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<Order>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Day>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    parts: bool,
}

impl TryFrom<Keys> for Treatment {
    type Error = String;

    fn try_from(keys: Keys) -> Result<Self, String> {
        let Keys { missing, merge, thousands, decimal, currency, percent, .. } = keys;
        let Keys { date, since, parts, .. } = keys;
        let amount = Amount { thousands, decimal, currency, percent };
        let is_amount = amount != Amount::default();
        let reading = match (date, since) {
            (Some(_), _) if is_amount => {
                let message = "a date has no thousands, decimal, currency or percent: leave out these, or date";
                return Err(message.to_owned());
            }
            (None, Some(_)) => return Err("since goes with date: add date".to_owned()),
            (None, None) if parts => return Err("parts goes with date: add date".to_owned()),
            (Some(_), Some(_)) if parts => {
                return Err(
                    "parts of a date count from no day: leave out since or parts".to_owned()
                );
            }
            (Some(order), None) if parts => Some(ReadAs::Parts(order)),
            (Some(order), since) => Some(ReadAs::Days(order, since)),
            (None, None) => is_amount.then_some(ReadAs::Amount(amount)),
        };
        if let Some(ReadAs::Amount(amount)) = &reading {
            amount.check()?;
        }
        let mut met: Vec<(&String, &Mark)> = Vec::new();
        for (into, mark) in
            merge.iter().flat_map(|(into, marks)| marks.iter().map(move |m| (into, m)))
        {
            if merge.contains_key(mark.text()) {
                return Err(format!("merge: {mark} is merged, and others are merged into it"));
            }
            // `1.0` and `+1` may both become `1`.
            if met.iter().any(|(other, earlier)| *other != into && earlier.means(mark.text())) {
                return Err(format!("merge: {mark} is merged twice"));
            }
            met.push((into, mark));
        }
        Ok(Treatment { missing, merge, reading })
    }
}

impl From<Treatment> for Keys {
    fn from(treatment: Treatment) -> Self {
        let Treatment { missing, merge, reading } = treatment;
        let keys = Keys { missing, merge, ..Keys::default() };
        match reading {
            None => keys,
            Some(ReadAs::Amount(amount)) => {
                let Amount { thousands, decimal, currency, percent } = amount;
                Keys { thousands, decimal, currency, percent, ..keys }
            }
            Some(ReadAs::Days(order, since)) => Keys { date: Some(order), since, ..keys },
            Some(ReadAs::Parts(order)) => Keys { date: Some(order), parts: true, ..keys },
        }
    }
}

/// `[treat.NAME]`, as TOML writes the name.
pub fn treat_header(column: &str) -> String {
    let keys = BTreeMap::from([(column, 0)]);
    let line = toml::to_string(&keys).expect("a number under a key is plain data");
    format!("[treat.{}]", line.trim_end().trim_end_matches(" = 0"))
}

impl Treatment {
    /// Whether the treated column `of` becomes several, of which one is called `name`.
    pub fn makes(&self, of: &str, name: &str) -> bool {
        let part = name.strip_prefix(of).and_then(|part| part.strip_prefix('_'));
        matches!(self.reading, Some(ReadAs::Parts(_)))
            && part.is_some_and(|part| PARTS.contains(&part))
    }

    /// Its keys with their values, as lines of TOML.
    pub fn lines(&self) -> Vec<String> {
        let value = toml::Value::try_from(self).expect("a treatment is plain data");
        let toml::Value::Table(keys) = value else { unreachable!("a treatment has keys") };
        keys.into_iter().map(|(key, value)| format!("{key} = {value}")).collect()
    }
}

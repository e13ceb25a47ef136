//! `[report] labels`: what a paper calls the rows and the data sets.

use std::collections::{BTreeMap, BTreeSet};

use crate::comparison::Comparison;
use crate::comparison::gains::GainsTable;
use crate::comparison::table::MetricTable;

impl Comparison {
    /// The same with other names for labels of rows and for data sets; labels that nothing has are noted.
    pub(crate) fn renamed(mut self, names: &BTreeMap<String, String>) -> Self {
        let mut used = BTreeSet::new();
        let of_gains = self.gains.iter_mut().flat_map(of_gains);
        for label in self.tables.iter_mut().flat_map(shown).chain(of_gains) {
            if let Some((known, name)) = names.get_key_value(label.as_str()) {
                used.insert(known);
                label.clone_from(name);
            }
        }
        for table in &mut self.tables {
            for row in &mut table.rows {
                row.name = row.named.written(&self.axes, &row.labels);
            }
        }
        for table in &mut self.gains {
            for row in &mut table.rows {
                row.write_name(&table.axes);
            }
        }
        let unused: Vec<String> = names
            .keys()
            .filter(|known| !used.contains(known))
            .map(|known| format!("`{known}`"))
            .collect();
        if !unused.is_empty() {
            self.notes.push(format!(
                "No row and no data set is called {}, as [report] labels says.",
                unused.join(", ")
            ));
        }
        self
    }
}

fn of_gains(table: &mut GainsTable) -> impl Iterator<Item = &mut String> {
    let of_rows = table.rows.iter_mut().flat_map(|row| row.labels.iter_mut().flatten());
    of_rows.chain(&mut table.controls).chain(&mut table.datasets)
}

fn shown(table: &mut MetricTable) -> impl Iterator<Item = &mut String> {
    let of_rows = table.rows.iter_mut().flat_map(|row| row.labels.iter_mut().flatten());
    let parts = table.judgement.parts.iter_mut();
    let of_parts = parts.flat_map(|part| [&mut part.from, &mut part.label]);
    of_rows.chain(&mut table.datasets).chain(of_parts)
}

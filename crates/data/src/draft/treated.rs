//! A file read again, with what can be read in one way alone.

use std::path::Path;

use crate::describe::summary::DatasetSummary;
use crate::error::DataError;
use crate::inspect::Inspection;
use crate::treatment::keys::Treatments;

/// A file of data, read with the treatments that are certain and those that were asked for.
#[derive(Clone, Debug)]
pub struct Treated {
    /// The file as it was understood.
    pub inspection: Inspection,
    /// What is in it.
    pub summary: DatasetSummary,
    /// What was done to its columns.
    pub treat: Treatments,
}

impl Treated {
    /// The file at `path`, of which is known what `inspection` and `summary` say.
    ///
    /// # Errors
    /// If it cannot be treated so.
    pub fn of(
        path: &Path,
        inspection: Inspection,
        summary: DatasetSummary,
        asked: Treatments,
    ) -> Result<Self, DataError> {
        let certain = summary.columns.iter().filter_map(|column| {
            let proposal = column.proposal.as_ref().filter(|proposal| proposal.is_certain)?;
            Some((column.name.clone(), proposal.treatment.clone()))
        });
        let treat: Treatments = certain.chain(asked).collect();
        if treat.is_empty() {
            return Ok(Treated { inspection, summary, treat });
        }
        let inspection = inspection.treated(path, &treat)?;
        let summary = DatasetSummary::of(&inspection.dataset, Some(&inspection.format));
        Ok(Treated { inspection, summary, treat })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_read_in_one_way_alone_is_read_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        let rows: String = (0..40).map(|i| format!("{i}.5%,{}\n", i % 2)).collect();
        std::fs::write(&path, format!("share,y\n{rows}")).unwrap();
        let inspection = Inspection::of(&path, Some("y")).unwrap();
        let summary = DatasetSummary::of(&inspection.dataset, Some(&inspection.format));
        assert_eq!(summary.columns[0].kind, "categorical");
        let treated = Treated::of(&path, inspection, summary, Treatments::new()).unwrap();
        assert_eq!(treated.treat["share"].lines(), ["percent = true"]);
        assert_eq!(treated.summary.columns[0].kind, "numeric");
    }
}

//! What tests of several files begin with.

use data::Catalogue;

use crate::file::ExperimentFile;
use crate::plan::Plan;
use crate::prepare::DataCache;

/// The plan of the experiment file `text` on the embedded data, and the data.
pub(crate) fn planned(text: &str) -> (Plan, DataCache) {
    let data = DataCache::new(Catalogue::embedded());
    let file = ExperimentFile::parse("test.toml", text, &[], data.catalogue()).unwrap();
    (Plan::new(&file, &data).unwrap(), data)
}

//! Sets of images that are published as files, and what these hold.

use crate::catalogue::dataset_file::DatasetFile;
use crate::formats::format::Format;
use crate::formats::idx::{IdxFormat, IdxPair};
use crate::formats::images::FASHION;
use crate::formats::kind::Kinds;
use crate::formats::labels::Unlabelled;
use crate::roles::Roles;
use crate::treatment::keys::Treatments;

/// A set that is published as four files in IDX, as MNIST is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedSet {
    /// The name in an experiment file.
    pub name: &'static str,
    /// Images and labels of the training part, then of the test part.
    pub files: [PublishedContent; 4],
    /// Names of the classes, in the order of the labels.
    pub classes: &'static [&'static str],
    /// Who to cite.
    pub citation: &'static str,
    /// Licence of the data.
    pub licence: &'static str,
    /// Where the files can be had.
    pub whence: &'static str,
    /// Two classes of it, each a set of its own: its name, and the labels.
    pub pairs: &'static [(&'static str, [usize; 2])],
}

/// What a file holds, unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedContent {
    /// Its name, without `.gz`.
    pub name: &'static str,
    /// Its length.
    pub bytes: u64,
    /// Its BLAKE3.
    pub blake3: &'static str,
}

/// The sets that are known.
const PUBLISHED: [PublishedSet; 1] = [PublishedSet {
    name: "fashion-mnist",
    files: [
        PublishedContent {
            name: "train-images-idx3-ubyte",
            bytes: 47_040_016,
            blake3: "feaca08b36e07f8d504641a929bff1554884ef73964323e44e59e39a986b4c9e",
        },
        PublishedContent {
            name: "train-labels-idx1-ubyte",
            bytes: 60_008,
            blake3: "b4d9ea8013b029ef778c95ea7de31195ef443589877589523ad330db2829ebd6",
        },
        PublishedContent {
            name: "t10k-images-idx3-ubyte",
            bytes: 7_840_016,
            blake3: "a19b8c1e5f798e5a6fa7229093b630c04a620179497a1fa3a71e7334fb59a30b",
        },
        PublishedContent {
            name: "t10k-labels-idx1-ubyte",
            bytes: 10_008,
            blake3: "0a067399ed18bcc9d7dc26832b3b8e4481abf2d33fee04c611e90b9061296b90",
        },
    ],
    classes: &FASHION,
    citation: "Xiao, Rasul, Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms, \
               arXiv:1708.07747, 2017",
    licence: "MIT",
    whence: "Debian's package dataset-fashion-mnist has its files in /usr/share/datasets/fashion-mnist",
    pairs: &[("fashion-mnist-coat-shirt", [4, 6])],
}];

impl PublishedSet {
    /// The set called `name`, if it is known.
    pub fn named(name: &str) -> Option<Self> {
        PUBLISHED.into_iter().find(|set| set.name == name)
    }

    /// The names of all.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PUBLISHED.iter().map(|set| set.name)
    }

    /// Whether `name` is that of a set, or of a pair of classes of one.
    pub fn has(name: &str) -> bool {
        PUBLISHED
            .iter()
            .any(|set| set.name == name || set.pairs.iter().any(|(pair, _)| *pair == name))
    }

    /// What a `dataset.toml` says of it, and one of each of its pairs, where its `files` are in a folder of its name beside
    /// them: their names there, in the order of [`PublishedSet::files`].
    pub fn described(&self, files: &[String; 4]) -> (DatasetFile, Vec<DatasetFile>) {
        let pair = |(name, classes): &(&str, [usize; 2])| self.named_as(name, Some(classes), files);
        (self.named_as(self.name, None, files), self.pairs.iter().map(pair).collect())
    }

    /// The same of some classes.
    fn named_as(
        &self,
        name: &str,
        classes: Option<&[usize; 2]>,
        [images, labels, test_images, test_labels]: &[String; 4],
    ) -> DatasetFile {
        let is_in = |label: usize| classes.is_none_or(|classes| classes.contains(&label));
        let class = |(label, name): (usize, &&str)| {
            if is_in(label) { (*name).to_owned() } else { String::new() }
        };
        DatasetFile {
            name: name.to_owned(),
            file: format!("{}/{images}", self.name),
            blake3: None,
            target: Some("label".to_owned()),
            positive: None,
            unlabelled: classes.map(|_| Unlabelled::Drop),
            twins: None,
            family: Some(self.name.to_owned()),
            citation: Some(self.citation.to_owned()),
            licence: Some(self.licence.to_owned()),
            note: None,
            facts: None,
            official_folds: None,
            roles: Roles::default(),
            regions: None,
            format: Format::Idx(IdxFormat {
                labels: labels.clone(),
                classes: self.classes.iter().enumerate().map(class).collect(),
                test: Some(IdxPair { images: test_images.clone(), labels: test_labels.clone() }),
            }),
            columns: Kinds::new(),
            treat: Treatments::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_names_two_classes_and_leaves_out_the_others() {
        let set = PublishedSet::named("fashion-mnist").unwrap();
        let files = set.files.map(|file| format!("{}.gz", file.name));
        let (whole, pairs) = set.described(&files);
        let [pair] = &pairs[..] else { panic!("one pair") };
        assert_eq!((whole.name.as_str(), whole.unlabelled), ("fashion-mnist", None));
        assert_eq!(whole.file, "fashion-mnist/train-images-idx3-ubyte.gz");
        let Format::Idx(IdxFormat { classes, test, .. }) = &pair.format else { panic!("IDX") };
        assert_eq!(test.as_ref().unwrap().labels, "t10k-labels-idx1-ubyte.gz");
        let named = classes.iter().map(String::as_str).filter(|class| !class.is_empty());
        let named: Vec<&str> = named.collect();
        assert_eq!((classes.len(), named), (10, vec!["Coat", "Shirt"]));
        assert_eq!(pair.unlabelled, Some(Unlabelled::Drop));
        assert!(PublishedSet::has(&pair.name) && !PublishedSet::has("fashion"));
        let written = toml::to_string(pair).unwrap();
        assert_eq!(toml::from_str::<DatasetFile>(&written).unwrap(), *pair);
    }
}

//! The files that stand beside a file of images in IDX, by their names.
//!
//! ```text
//! train-images-idx3-ubyte.gz      train-labels-idx1-ubyte.gz     their labels
//! t10k-images-idx3-ubyte.gz       t10k-labels-idx1-ubyte.gz      the published test part, also called test
//! ```
//!
//! Any of them may be packed or not.

use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::formats::idx::{IdxFormat, IdxPair};

/// What `images` in a name has to become to be the name of the labels.
const IMAGES: [(&str, &str); 2] = [("images", "labels"), ("idx3", "idx1")];

/// What `train` in a name may be called in that of the test part.
const TESTS: [&str; 2] = ["t10k", "test"];

/// The format of the file of images at `path`, whose labels are in `labels` if that is said.
///
/// # Errors
/// If its labels are not found.
pub(super) fn idx(path: &Path, labels: Option<&Path>) -> Result<IdxFormat, DataError> {
    let failed = |message| DataError::Binary { file: path.display().to_string(), message };
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let labels = if let Some(labels) = labels {
        seen_from(path, labels).map_err(failed)?
    } else {
        let named = labels_of(name);
        beside(path, named.as_deref()).ok_or_else(|| failed(unlabelled(name, named)))?
    };
    let test = |of: &&str| {
        let images = beside(path, Some(&replaced(name, "train", of)?))?;
        let labels = beside(path, Some(&replaced(&labels, "train", of)?))?;
        Some(IdxPair { images, labels })
    };
    Ok(IdxFormat { test: TESTS.iter().find_map(test), labels, classes: Vec::new() })
}

/// What is missing: the labels, or the images.
fn unlabelled(name: &str, named: Option<String>) -> String {
    let images = replaced(name, "labels", "images");
    match (named, images) {
        (Some(named), _) => {
            format!(
                "images in IDX, and their labels are not beside them as {named}: add --labels FILE"
            )
        }
        (None, Some(images)) => format!(
            "labels in IDX: name the file of their images, as in {}, and these are found beside it",
            images.replace("idx1", "idx3")
        ),
        (None, None) => {
            "IDX holds images or labels: name the file of images, and the other with --labels FILE"
                .to_owned()
        }
    }
}

/// The name of the labels of a file of images.
fn labels_of(name: &str) -> Option<String> {
    let [(images, labels), (three, one)] = IMAGES;
    Some(replaced(name, images, labels)?.replace(three, one))
}

fn replaced(name: &str, what: &str, by: &str) -> Option<String> {
    name.contains(what).then(|| name.replacen(what, by, 1))
}

/// The name of a file beside `path` that is called `name`, with or without the ending of gzip.
fn beside(path: &Path, name: Option<&str>) -> Option<String> {
    let name = name?;
    let other = match name.strip_suffix(".gz") {
        Some(plain) => plain.to_owned(),
        None => format!("{name}.gz"),
    };
    [name.to_owned(), other].into_iter().find(|name| path.with_file_name(name).is_file())
}

/// `labels` as seen from the folder of `path`: its name alone if it is in there.
fn seen_from(path: &Path, labels: &Path) -> Result<String, String> {
    let whole = |path: &Path| std::fs::canonicalize(path);
    let found = whole(labels)
        .map_err(|error| format!("its labels, {}, cannot be read ({error})", labels.display()))?;
    let folder: Option<PathBuf> =
        whole(path).ok().and_then(|images| images.parent().map(Path::to_owned));
    let seen = folder.and_then(|folder| found.strip_prefix(folder).ok().map(Path::to_owned));
    let seen = seen.unwrap_or(found);
    seen.to_str().map(str::to_owned).ok_or_else(|| "the path of its labels is no text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[&str], labels: Option<&str>) -> Result<IdxFormat, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("in")).unwrap();
        let path = |name: &str| folder.path().join(name);
        files.iter().for_each(|name| std::fs::write(path(name), "").unwrap());
        let labels = labels.map(path);
        let found = idx(&path(files[0]), labels.as_deref());
        found.map_err(|error| {
            error.to_string().replace(&format!("{}/", folder.path().display()), "")
        })
    }

    #[test]
    fn labels_and_the_test_part_are_found_by_their_names() {
        let published = [
            "train-images-idx3-ubyte.gz",
            "train-labels-idx1-ubyte.gz",
            "t10k-images-idx3-ubyte",
            "t10k-labels-idx1-ubyte.gz",
        ];
        let format = of(&published, None).unwrap();
        assert_eq!(format.labels, published[1]);
        let test = format.test.unwrap();
        assert_eq!([test.images, test.labels], [published[2], published[3]]);
        // Half of a part is none, and a test part has none of its own.
        assert_eq!(of(&published[..3], None).unwrap().test, None);
        let alone = of(&["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"], None).unwrap();
        assert_eq!((alone.labels.as_str(), alone.test), ("t10k-labels-idx1-ubyte", None));
        let own = [
            "my-train-images.idx",
            "my-train-labels.idx",
            "my-test-images.idx",
            "my-test-labels.idx",
        ];
        assert_eq!(of(&own, None).unwrap().test.unwrap().images, own[2]);
    }

    #[test]
    fn labels_that_are_named_are_those() {
        let format = of(&["x.idx", "y.idx"], Some("y.idx")).unwrap();
        assert_eq!((format.labels.as_str(), format.test), ("y.idx", None));
        assert_eq!(of(&["x.idx", "in/y.idx"], Some("in/y.idx")).unwrap().labels, "in/y.idx");
        let elsewhere = of(&["in/x.idx", "y.idx"], Some("y.idx")).unwrap().labels;
        assert!(Path::new(&elsewhere).is_absolute() && elsewhere.ends_with("y.idx"), "{elsewhere}");
        assert!(
            of(&["x.idx"], Some("y.idx"))
                .unwrap_err()
                .starts_with("x.idx: its labels, y.idx, cannot")
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = |name: &str| of(&[name], None).unwrap_err();
        assert_eq!(
            error("train-images-idx3-ubyte.gz"),
            "train-images-idx3-ubyte.gz: images in IDX, and their labels are not beside them as \
             train-labels-idx1-ubyte.gz: add --labels FILE"
        );
        assert!(error("t10k-labels-idx1-ubyte").contains("as in t10k-images-idx3-ubyte, and"));
        assert!(
            error("x.idx").contains("name the file of images, and the other with --labels FILE")
        );
    }
}

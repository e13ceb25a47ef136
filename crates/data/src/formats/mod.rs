//! Readers, one file a format. They give columns; which of them holds the class is decided later.

pub(crate) mod arff;
pub(crate) mod attributes;
pub(crate) mod bounds;
pub(crate) mod boxes;
pub(crate) mod cells;
pub(crate) mod content;
pub(crate) mod csv;
pub(crate) mod declared;
pub(crate) mod encoding;
pub(crate) mod format;
pub(crate) mod frame;
pub(crate) mod idx;
pub(crate) mod image_folder;
pub(crate) mod images;
pub(crate) mod keel;
pub(crate) mod kind;
pub(crate) mod labelled;
pub(crate) mod labels;
pub(crate) mod libsvm;
pub(crate) mod lines;
pub(crate) mod npy;
pub(crate) mod npz;
pub(crate) mod parquet;
pub(crate) mod picture;
pub(crate) mod quotes;
pub(crate) mod scenes;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod truths;
pub(crate) mod whitespace;
pub(crate) mod windows;

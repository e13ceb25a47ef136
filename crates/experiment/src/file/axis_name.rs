//! The names of axes, as keys of a file.

use strum::IntoEnumIterator;
use toml::Spanned;
use toml::de::DeString;

use crate::axis::Axis;
use crate::file::diagnostic::{Diagnostic, did_you_mean};

/// The axis that a key names.
pub(crate) fn axis_of(key: &Spanned<DeString<'_>>) -> Result<Axis, Diagnostic> {
    let name = key.get_ref().as_ref();
    Axis::iter().find(|axis| axis.name() == name).ok_or_else(|| {
        Diagnostic::new(key.span(), format!("there is no axis `{name}`")).help(axis_meant(name))
    })
}

/// What may be meant by `name`, which is no axis.
pub(crate) fn axis_meant(name: &str) -> String {
    let names: Vec<&str> = Axis::iter().map(Axis::name).collect();
    did_you_mean(name, names.iter().copied())
        .unwrap_or_else(|| format!("axes are {}", names.join(", ")))
}

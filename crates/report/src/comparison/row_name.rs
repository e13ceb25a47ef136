//! What a row is called: `focal + ohem(keep=0.5)`.

use std::collections::BTreeMap;

use experiment::Axis;

use crate::comparison::trial::Label;

/// Which labels make the name of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowName {
    /// Places among the axes.
    places: Vec<usize>,
    /// Whether axes are named too.
    with_axes: bool,
}

impl RowName {
    /// Of rows with these labels on `axes`. What adds nothing to a training is left out, unless nothing is left; where two
    /// rows would be called alike, axes are named too. With a `base`, from which all rows depart, a row is called by what
    /// it changes.
    pub(crate) fn of_all(axes: &[Axis], rows: &[Vec<Label>], base: Option<&[Label]>) -> Vec<Self> {
        let name = |labels: &Vec<Label>| match base {
            Some(base) if base != labels => RowName::departing(axes, labels, base),
            _ => RowName::whole(axes, labels),
        };
        let mut names: Vec<RowName> = rows.iter().map(name).collect();
        let mut written: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (row, (name, labels)) in names.iter().zip(rows).enumerate() {
            written.entry(name.written(axes, labels)).or_default().push(row);
        }
        for row in written.into_values().filter(|alike| 1 < alike.len()).flatten() {
            names[row].with_axes = true;
        }
        names
    }

    fn whole(axes: &[Axis], labels: &[Label]) -> Self {
        let adds = |place: &usize| {
            labels[*place].as_ref().is_some_and(|label| !adds_nothing(axes[*place], label))
        };
        match (0..axes.len()).filter(adds).collect::<Vec<usize>>() {
            none if none.is_empty() => {
                RowName { places: axes.iter().take(1).map(|_| 0).collect(), with_axes: true }
            }
            places => RowName { places, with_axes: false },
        }
    }

    /// What is taken away has the name of its axis: `mining none`.
    fn departing(axes: &[Axis], labels: &[Label], base: &[Label]) -> Self {
        let takes_away = |place: usize| {
            labels[place].as_ref().is_some_and(|label| adds_nothing(axes[place], label))
        };
        let departs = |place: &usize| {
            let is_new = base[*place].is_none() && takes_away(*place);
            labels[*place].is_some() && labels[*place] != base[*place] && !is_new
        };
        let places: Vec<usize> = (0..axes.len()).filter(departs).collect();
        if places.is_empty() {
            return RowName::whole(axes, labels);
        }
        RowName { with_axes: places.iter().any(|&place| takes_away(place)), places }
    }

    /// The name of a row with these labels.
    pub(crate) fn written(&self, axes: &[Axis], labels: &[Label]) -> String {
        let part = |&place: &usize| {
            let label = labels[place].as_deref().unwrap_or("—");
            if self.with_axes { format!("{} {label}", axes[place]) } else { label.to_owned() }
        };
        self.places.iter().map(part).collect::<Vec<_>>().join(" + ")
    }

    /// The same without parameters, and without what is nothing else: `focal + ohem`.
    pub(crate) fn bare(&self, axes: &[Axis], labels: &[Label]) -> String {
        let methods = self.places.iter().filter(|&&place| !is_section(axes[place]));
        let names = methods.map(|&place| method_of(labels[place].as_deref().unwrap_or("—")));
        names.collect::<Vec<_>>().join(" + ")
    }
}

/// The name of the method that a label is of.
pub(crate) fn method_of(label: &str) -> &str {
    label.split('(').next().unwrap_or_default()
}

/// What stands on such an axis has no name of its own.
fn is_section(axis: Axis) -> bool {
    matches!(axis, Axis::Training | Axis::Protocol)
}

/// Whether `label` is the choice on its axis that leaves plain training as it is.
fn adds_nothing(axis: Axis, label: &str) -> bool {
    match axis {
        Axis::Mining | Axis::Reweighting => label == "none",
        Axis::Sampling => label == "instance_balanced",
        _ => axis.is_silent(label),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AXES: [Axis; 3] = [Axis::Loss, Axis::Mining, Axis::Reweighting];

    fn names(axes: &[Axis], rows: &[&[&str]]) -> Vec<String> {
        let label = |label: &&str| (*label != "—").then(|| (*label).to_owned());
        let rows: Vec<Vec<Label>> =
            rows.iter().map(|row| row.iter().map(label).collect()).collect();
        let names = RowName::of_all(axes, &rows, None);
        names.iter().zip(&rows).map(|(name, labels)| name.written(axes, labels)).collect()
    }

    #[test]
    fn a_row_is_called_by_what_it_adds() {
        let rows: [&[&str]; 3] = [
            &["focal", "none", "none"],
            &["focal", "ohem(keep=0.5)", "l2rw"],
            &["—", "none", "none"],
        ];
        assert_eq!(names(&AXES, &rows), ["focal", "focal + ohem(keep=0.5) + l2rw", "loss —"]);
        assert_eq!(names(&AXES[1..2], &[&["none"], &["random"]]), ["mining none", "random"]);
    }

    #[test]
    fn a_row_of_an_ablation_is_called_by_what_it_changes() {
        let axes = [Axis::Model, Axis::Loss, Axis::Mining, Axis::Control];
        let row = |labels: [&str; 4]| -> Vec<Label> {
            labels.iter().map(|label| (*label != "—").then(|| (*label).to_owned())).collect()
        };
        let names = |base: [&str; 4], rows: &[[&str; 4]]| -> Vec<String> {
            let rows: Vec<Vec<Label>> = rows.iter().map(|&labels| row(labels)).collect();
            let names = RowName::of_all(&axes, &rows, Some(&row(base)));
            names.iter().zip(&rows).map(|(name, labels)| name.written(&axes, labels)).collect()
        };
        let plain = ["mlp", "cross_entropy", "none", "none"];
        let rows = [
            plain,
            ["mlp", "focal", "none", "none"],
            ["mlp", "cross_entropy", "ohem", "permuted"],
            ["nearest_neighbors", "—", "—", "—"],
        ];
        let called = ["mlp + cross_entropy", "focal", "ohem + permuted", "nearest_neighbors"];
        assert_eq!(names(plain, &rows), called);
        let full = ["mlp", "focal", "ohem", "none"];
        let rows =
            [full, ["mlp", "focal", "none", "none"], ["mlp", "cross_entropy", "none", "none"]];
        let called = ["mlp + focal + ohem", "mining none", "loss cross_entropy + mining none"];
        assert_eq!(names(full, &rows), called);
        let classical = ["nearest_neighbors", "—", "—", "—"];
        assert_eq!(names(classical, &[plain]), ["mlp + cross_entropy"]);
    }

    #[test]
    fn a_bare_name_has_no_parameters() {
        let axes = [Axis::Loss, Axis::Mining, Axis::Training];
        let labels = ["focal(gamma=2)", "ohem(keep=0.5)", "batch_size=16"];
        let labels: Vec<Label> = labels.map(|label| Some(label.to_owned())).to_vec();
        let name = &RowName::of_all(&axes, std::slice::from_ref(&labels), None)[0];
        assert_eq!(name.bare(&axes, &labels), "focal + ohem");
    }

    #[test]
    fn two_rows_are_never_called_alike() {
        let rows: [&[&str]; 2] = [&["focal", "random", "none"], &["focal", "none", "random"]];
        assert_eq!(
            names(&AXES, &rows),
            ["loss focal + mining random", "loss focal + reweighting random"]
        );
    }
}

//! Rows that belong together, and that a split takes apart all the same.

use crate::split::SplitSpec;
use crate::split::rows::Rows;

impl SplitSpec {
    /// The group of the set, if some rows of one value of it are tested while others are learnt from.
    pub fn takes_apart<'a>(&self, rows: &Rows<'a>) -> Option<&'a str> {
        let group = rows.group?;
        // What cannot be split is told elsewhere.
        let groups = rows.values(group).ok()?.of_row;
        let column = |name: &str| rows.values(name).ok().map(|values| values.of_row);
        let is_parted = match self {
            SplitSpec::StratifiedKFold(_) => any_repeats(&groups),
            SplitSpec::ClassDisjoint(_) => differs(&groups, rows.targets),
            SplitSpec::Holdout(holdout) => match &holdout.group {
                None => any_repeats(&groups),
                Some(own) => own != group && differs(&groups, &column(own)?),
            },
            SplitSpec::GroupKFold(k_fold) => match &k_fold.group {
                Some(own) if own != group => differs(&groups, &column(own)?),
                _ => false,
            },
            SplitSpec::Given(given) => given.sides(rows).any(|sides| differs(&groups, &sides)),
            SplitSpec::OfficialFolds(_) => rows.folds.iter().any(|folds| differs(&groups, folds)),
        };
        is_parted.then_some(group)
    }
}

/// Whether some group has several rows.
fn any_repeats(groups: &[u32]) -> bool {
    let rows: Vec<u32> = (0..groups.len() as u32).collect();
    differs(groups, &rows)
}

/// Whether rows of one group differ in their part.
fn differs(groups: &[u32], parts: &[u32]) -> bool {
    let mut part_of = vec![None; groups.iter().max().map_or(0, |&last| last as usize + 1)];
    groups
        .iter()
        .zip(parts)
        .any(|(&group, part)| *part_of[group as usize].get_or_insert(part) != part)
}

//! Values by their keys, in the order in which the keys come.

use std::collections::BTreeMap;

/// A list of keys with a value each, found without looking through the list.
pub(crate) struct InOrder<K, V> {
    places: BTreeMap<K, usize>,
    entries: Vec<(K, V)>,
}

impl<K: Ord + Clone, V: Default> InOrder<K, V> {
    pub(crate) fn new() -> Self {
        InOrder { places: BTreeMap::new(), entries: Vec::new() }
    }

    /// The value of `key`, behind all others if it is new.
    pub(crate) fn of(&mut self, key: K) -> &mut V {
        let next = self.entries.len();
        let place = *self.places.entry(key.clone()).or_insert(next);
        if place == next {
            self.entries.push((key, V::default()));
        }
        &mut self.entries[place].1
    }
}

impl<K, V> IntoIterator for InOrder<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::InOrder;

    #[test]
    fn keys_stay_in_the_order_in_which_they_come() {
        let mut lists: InOrder<&str, Vec<u32>> = InOrder::new();
        for (key, value) in [("b", 1), ("a", 2), ("b", 3)] {
            lists.of(key).push(value);
        }
        assert_eq!(lists.into_iter().collect::<Vec<_>>(), [("b", vec![1, 3]), ("a", vec![2])]);
    }
}

//! Things that are made once and shared between threads.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock};

/// The latest of them, by key.
pub(crate) struct Slots<T> {
    keeping: usize,
    slots: Mutex<VecDeque<(String, Slot<T>)>>,
}

/// Filled once; others who need the same wait for it.
type Slot<T> = Arc<OnceLock<Result<T, String>>>;

impl<T: Clone> Slots<T> {
    /// None yet, and never more than `keeping`.
    pub(crate) fn keeping(keeping: usize) -> Self {
        Slots { keeping, slots: Mutex::new(VecDeque::new()) }
    }

    /// That of `key`, made by `make` if it is not there. What cannot be made is not tried again.
    pub(crate) fn get(
        &self,
        key: String,
        make: impl FnOnce() -> Result<T, String>,
    ) -> Result<T, String> {
        let slot = self.slot(key);
        slot.get_or_init(make).clone()
    }

    fn slot(&self, key: String) -> Slot<T> {
        let mut slots = self.slots.lock().expect("no thread panics while it holds this");
        if let Some((_, slot)) = slots.iter().find(|(known, _)| *known == key) {
            return slot.clone();
        }
        if slots.len() == self.keeping {
            slots.pop_front();
        }
        let slot = Slot::default();
        slots.push_back((key, slot.clone()));
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_made_once() {
        let slots = Slots::keeping(2);
        let mut made = Vec::new();
        for key in ["a", "b", "a", "c", "b", "a"] {
            let value = slots.get(key.to_owned(), || {
                made.push(key);
                Ok(key.to_uppercase())
            });
            assert_eq!(value.unwrap(), key.to_uppercase());
        }
        assert_eq!(made, ["a", "b", "c", "a"]);
    }

    #[test]
    fn a_failure_is_kept_too() {
        let slots: Slots<u8> = Slots::keeping(1);
        assert_eq!(slots.get("a".to_owned(), || Err("no".to_owned())), Err("no".to_owned()));
        assert_eq!(slots.get("a".to_owned(), || Ok(1)), Err("no".to_owned()));
    }
}

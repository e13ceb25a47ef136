//! The name of a cell, as records, files and people have it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Names one cell: the first 128 bits of a BLAKE3 hash, in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CellId(u128);

impl CellId {
    /// The first bits of `hash`.
    pub(crate) fn from_hash(hash: &[u8; 32]) -> Self {
        let (first, _) = hash.split_first_chunk().expect("a hash has more bytes");
        CellId(u128::from_be_bytes(*first))
    }

    /// The first ten digits: what people type and tables show.
    pub fn short(&self) -> String {
        self.to_string()[..10].to_owned()
    }
}

impl fmt::Display for CellId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In one piece: tables write a million of them.
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 32];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0.to_be_bytes()) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for CellId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CellId({self})")
    }
}

impl FromStr for CellId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("`{text}` is not a cell's identity: 32 hexadecimal digits");
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(refuse());
        }
        u128::from_str_radix(text, 16).map(CellId).map_err(|_| refuse())
    }
}

impl TryFrom<String> for CellId {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<CellId> for String {
    fn from(id: CellId) -> String {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_survives_its_text() {
        let mut hash = [7; 32];
        (hash[0], hash[15]) = (0, 0xef);
        let id = CellId::from_hash(&hash);
        assert_eq!(id.to_string(), "000707070707070707070707070707ef");
        assert_eq!(id.short(), "0007070707");
        assert_eq!(id.to_string().parse::<CellId>().unwrap(), id);
        assert_eq!("000707070707070707070707070707EF".parse::<CellId>().unwrap(), id);
        for other in ["xyz", "+00707070707070707070707070707ef", "0007", &"0".repeat(33)] {
            assert!(other.parse::<CellId>().is_err(), "{other}");
        }
    }

    #[test]
    fn identities_are_in_the_order_of_their_texts() {
        let ids = [[1; 32], [0xff; 32], [0; 32]].map(|hash| CellId::from_hash(&hash));
        let (mut sorted, mut by_text) = (ids, ids);
        sorted.sort();
        by_text.sort_by_key(CellId::to_string);
        assert_eq!(sorted, by_text);
    }
}

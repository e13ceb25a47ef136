//! On which machines a learner gives the same bits.

/// Where the same cell gives the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reproducibility {
    /// On every machine.
    Everywhere,
    /// On machines with the same platform library; the reason in one sentence.
    SamePlatform(&'static str),
}

impl Reproducibility {
    /// Why bits are not promised everywhere, if they are not.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Reproducibility::Everywhere => None,
            Reproducibility::SamePlatform(reason) => Some(reason),
        }
    }
}

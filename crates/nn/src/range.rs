//! Numbers whose range is checked when a file is read, and so never again.
//!
//! Each type refuses what is out of range with a sentence that says what is allowed; in an
//! experiment file the error lands on the number itself.

use serde::{Deserialize, Serialize};

macro_rules! ranged {
    ($(#[$doc:meta])* $name:ident, $allowed:expr, $phrase:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(try_from = "f64", into = "f64")]
        pub struct $name(f64);

        impl $name {
            #[doc = concat!("`x`, a literal that is ", $phrase, ".")]
            ///
            /// # Panics
            /// If it is not.
            pub fn new(x: f64) -> Self {
                Self::try_from(x).unwrap_or_else(|error| panic!("{error}"))
            }

            /// The number.
            pub const fn get(self) -> f64 {
                self.0
            }
        }

        impl TryFrom<f64> for $name {
            type Error = String;
            fn try_from(x: f64) -> Result<Self, String> {
                let allowed: fn(f64) -> bool = $allowed;
                if allowed(x) { Ok($name(x)) } else { Err(format!("{x} is not {}", $phrase)) }
            }
        }

        impl From<$name> for f64 {
            fn from(x: $name) -> f64 {
                x.0
            }
        }
    };
}

ranged!(
    /// A finite number of at least 0.
    NonNegative,
    |x| 0.0 <= x && x.is_finite(),
    "a finite number of at least 0"
);
ranged!(
    /// A finite number above 0.
    Positive,
    |x| 0.0 < x && x.is_finite(),
    "a finite number above 0"
);
ranged!(
    /// A finite number above 1.
    AboveOne,
    |x| 1.0 < x && x.is_finite(),
    "a finite number above 1"
);
ranged!(
    /// A share above 0 and at most 1.
    Fraction,
    |x| 0.0 < x && x <= 1.0,
    "a share above 0 and at most 1"
);
ranged!(
    /// A number of at least 0 and below 1.
    BelowOne,
    |x| (0.0..1.0).contains(&x),
    "a number of at least 0 and below 1"
);

impl BelowOne {
    /// Whether it is 0: a share that nothing has.
    pub fn is_zero(&self) -> bool {
        self.0 == 0.0
    }
}

ranged!(
    /// A number between 0 and 1, both excluded.
    OpenUnit,
    |x| 0.0 < x && x < 1.0,
    "a number between 0 and 1, both excluded"
);
ranged!(
    /// A finite number.
    Finite,
    f64::is_finite,
    "a finite number"
);
ranged!(
    /// A finite number of at least -1.
    AtLeastMinusOne,
    |x| -1.0 <= x && x.is_finite(),
    "a finite number of at least -1"
);
ranged!(
    /// A number from 0 to 1, both included.
    UnitInterval,
    |x| (0.0..=1.0).contains(&x),
    "a number from 0 to 1"
);

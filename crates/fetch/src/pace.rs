//! How much a server may send, and how slowly.
//!
//! ```text
//! a file whose length is announced      at most 16 GiB
//! a file of unknown length              at most 2 GiB: it may have no end
//! a description                         at most 8 MiB
//! everything                            at least 1 KiB a second, over each minute
//! ```
//!
//! A time-out of each read is no bound: one byte every few seconds is never too late.

use std::time::{Duration, Instant};

use crate::error::FetchError;

/// No description is longer; the longest of OpenML's have some hundred kilobytes.
pub(crate) const LONGEST_DESCRIPTION: u64 = 8 << 20;
/// Of a file that is announced to be longer, not one byte is asked for.
pub(crate) const LONGEST_FILE: u64 = 16 << 30;
const LONGEST_UNANNOUNCED_FILE: u64 = 2 << 30;
const SLOWEST_BYTES_A_SECOND: u64 = 1 << 10;

/// The longest file of which so many bytes are announced.
pub(crate) fn longest(announced: Option<u64>) -> u64 {
    if announced.is_some() { LONGEST_FILE } else { LONGEST_UNANNOUNCED_FILE }
}

/// Watches one answer.
pub(crate) struct Pace<'a> {
    url: &'a str,
    received: u64,
    longest: u64,
    /// The time over which slowness is measured.
    window: Duration,
    since: Instant,
    in_window: u64,
}

impl<'a> Pace<'a> {
    /// An answer of which `received` bytes are there already.
    pub(crate) fn new(url: &'a str, received: u64, longest: u64, window: Duration) -> Self {
        Pace { url, received, longest, window, since: Instant::now(), in_window: 0 }
    }

    /// `n` more bytes have come.
    pub(crate) fn came(&mut self, n: usize) -> Result<(), FetchError> {
        self.received += n as u64;
        self.in_window += n as u64;
        if self.received > self.longest {
            return Err(FetchError::TooLong { url: self.url.to_owned(), longest: self.longest });
        }
        let seconds = self.since.elapsed();
        if seconds >= self.window {
            let least = SLOWEST_BYTES_A_SECOND as f64 * seconds.as_secs_f64();
            if (self.in_window as f64) < least {
                return Err(FetchError::Slow {
                    url: self.url.to_owned(),
                    received: self.received,
                    seconds: self.window.as_secs_f64(),
                });
            }
            self.since = Instant::now();
            self.in_window = 0;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_ends_at_its_bound() {
        let mut pace = Pace::new("u", 5, 10, Duration::MAX);
        pace.came(5).unwrap();
        assert!(matches!(pace.came(1), Err(FetchError::TooLong { longest: 10, .. })));
    }

    #[test]
    fn what_drips_is_too_slow_and_what_flows_is_not() {
        let mut pace = Pace::new("u", 0, u64::MAX, Duration::ZERO);
        pace.since -= Duration::from_secs(10);
        pace.came(20 << 10).unwrap();
        pace.since -= Duration::from_secs(10);
        assert!(matches!(pace.came(9 << 10), Err(FetchError::Slow { .. })));
    }
}

//! Signals that end a run: Ctrl-C, and what clusters, containers and closed terminals send.
//!
//! The first lets the cells under way finish; a second Ctrl-C or SIGTERM ends the program at once. A terminal that
//! closes may send SIGHUP twice, so that no number of those ends it at once, and a run under `nohup` sees none.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use crate::exit::INTERRUPTED;
use crate::output::Output;

/// Whether a run was asked to end.
#[derive(Clone)]
pub(crate) struct Stop {
    /// Read by the run: no further cell is begun.
    pub(crate) asked: Arc<AtomicBool>,
    stage: Arc<AtomicU8>,
    output: Output,
}

/// What a run is about: before its cells there is nothing to finish.
const PLANNING: u8 = 0;
const CELLS: u8 = 1;
const TABLES: u8 = 2;

impl Stop {
    /// Listens from now on. To be called before the program has other threads.
    ///
    /// # Errors
    /// If the system does not let us.
    pub(crate) fn listen(output: Output) -> io::Result<Self> {
        let stop = Stop { asked: Arc::default(), stage: Arc::new(AtomicU8::new(PLANNING)), output };
        stop.clone().catch()?;
        Ok(stop)
    }

    /// Cells are run from now on.
    pub(crate) fn cells(&self) {
        self.stage.store(CELLS, Ordering::SeqCst);
    }

    /// No cell is under way any more.
    pub(crate) fn tables(&self) {
        self.stage.store(TABLES, Ordering::SeqCst);
    }

    /// A signal came.
    fn ask(&self, may_end_at_once: bool) {
        let again = self.asked.swap(true, Ordering::SeqCst);
        let what = match self.stage.load(Ordering::SeqCst) {
            PLANNING => std::process::exit(i32::from(INTERRUPTED)),
            _ if again && may_end_at_once => std::process::exit(i32::from(INTERRUPTED)),
            _ if again => return,
            CELLS => "finishing the cells under way",
            _ => "no cell is under way; the tables are being made",
        };
        self.output.note(&format!("\n{what}; press Ctrl-C again to stop at once"));
    }

    /// The signals are blocked in this thread, and so in those to come, and one thread waits for them.
    #[cfg(unix)]
    fn catch(self) -> io::Result<()> {
        use nix::sys::signal::{SigSet, Signal};

        let mut signals = SigSet::empty();
        signals.add(Signal::SIGINT);
        signals.add(Signal::SIGTERM);
        if !hangup_is_ignored() {
            signals.add(Signal::SIGHUP);
        }
        signals.thread_block()?;
        let wait = move || {
            while let Ok(signal) = signals.wait() {
                self.ask(signal != Signal::SIGHUP);
            }
        };
        std::thread::Builder::new().name("signals".to_owned()).spawn(wait)?;
        Ok(())
    }

    #[cfg(not(unix))]
    fn catch(self) -> io::Result<()> {
        ctrlc::set_handler(move || self.ask(true)).map_err(io::Error::other)
    }
}

/// Whether whoever started the program wants it to outlive the terminal, as `nohup` does. Known on Linux.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores_hangup(&status))
}

/// Bit 0 of the mask of ignored signals is SIGHUP, signal 1.
#[cfg(unix)]
fn ignores_hangup(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}

#[cfg(all(test, unix))]
mod tests {
    use super::ignores_hangup;

    #[test]
    fn an_ignored_hangup_is_read_from_the_mask() {
        assert!(ignores_hangup("Name:\tx\nSigIgn:\t0000000000001001\nSigCgt:\t0"));
        assert!(!ignores_hangup("Name:\tx\nSigIgn:\t0000000000001000\nSigCgt:\t1"));
        assert!(!ignores_hangup(""));
    }
}

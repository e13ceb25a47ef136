//! Runs the cells of a plan on all threads, longest first, and keeps every finished one.

use std::any::Any;
use std::cell::RefCell;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use crate::audit::Audit;
use crate::prepare::DataCache;
use crate::record::{Outcome, Timings, TrialRecord};
use crate::store::{GROUP_WINDOW, Store};
use crate::trial::{Cell, host, record, run_trial};

/// What became of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Cells that trained all their epochs.
    pub completed: usize,
    /// Cells that diverged.
    pub diverged: usize,
    /// Cells that failed.
    pub failed: usize,
    /// Cells left over because the run was interrupted.
    pub left: usize,
}

impl Summary {
    fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Completed => self.completed += 1,
            Outcome::Diverged { .. } => self.diverged += 1,
            Outcome::Failed { .. } => self.failed += 1,
        }
    }
}

/// Runs `cells` in the order given on `threads` threads. `listen` is called for every cell after its
/// record is durable. When `interrupted` becomes true, cells under way are finished and kept, and no
/// other is begun.
///
/// # Errors
/// If a record cannot be kept; no further cell is begun then, and what was kept stays.
pub fn run(
    cells: &[Cell],
    data: &DataCache,
    store: &Store,
    threads: usize,
    interrupted: &AtomicBool,
    listen: &mut (dyn FnMut(&TrialRecord) + Send),
) -> io::Result<Summary> {
    let mut summary = Summary { left: cells.len(), ..Summary::default() };
    if cells.is_empty() {
        return Ok(summary);
    }
    let mut writer = store.writer()?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| io::Error::other(format!("cannot start {threads} threads: {error}")))?;
    let quiet = QuietPanics::install();
    let next = AtomicUsize::new(0);
    let broken = AtomicBool::new(false);
    let (sender, receiver) = channel::<TrialRecord>();

    let kept = std::thread::scope(|scope| {
        let (writer, summary, broken) = (&mut writer, &mut summary, &broken);
        let keeper = scope.spawn(move || {
            let mut keep = |records: &[TrialRecord]| -> io::Result<()> {
                writer.commit(records)?;
                for record in records {
                    summary.count(&record.trial.outcome);
                    summary.left -= 1;
                    listen(record);
                }
                Ok(())
            };
            let kept = keep_all(&receiver, &mut keep);
            broken.store(kept.is_err(), Ordering::SeqCst);
            kept
        });
        let work = |sender: Sender<TrialRecord>| {
            while !interrupted.load(Ordering::SeqCst) && !broken.load(Ordering::SeqCst) {
                let Some(cell) = cells.get(next.fetch_add(1, Ordering::SeqCst)) else { break };
                // The keeper is gone only when the store is broken: then nothing can be kept.
                if sender.send(run_caught(cell, data, None)).is_err() {
                    break;
                }
            }
        };
        pool.broadcast(|_| work(sender.clone()));
        drop(sender);
        keeper.join().expect("the keeper does not panic")
    });
    drop(quiet);
    kept.map(|()| summary)
}

/// Commits records in groups: those that arrive within a short time share one sync.
fn keep_all(
    receiver: &Receiver<TrialRecord>,
    keep: &mut dyn FnMut(&[TrialRecord]) -> io::Result<()>,
) -> io::Result<()> {
    while let Ok(first) = receiver.recv() {
        let mut group = vec![first];
        let deadline = Instant::now() + GROUP_WINDOW;
        let wait = || deadline.saturating_duration_since(Instant::now());
        while let Ok(record) = receiver.recv_timeout(wait()) {
            group.push(record);
        }
        keep(&group)?;
    }
    Ok(())
}

/// Runs a cell; a panic in it becomes its outcome.
pub(crate) fn run_caught(cell: &Cell, data: &DataCache, audit: Option<&mut Audit>) -> TrialRecord {
    let start = Instant::now();
    panic::catch_unwind(AssertUnwindSafe(|| run_trial(cell, data, audit))).unwrap_or_else(
        |payload| {
            let message = LAST_PANIC.take().unwrap_or_else(|| panic_text(payload.as_ref()));
            let wall_seconds = start.elapsed().as_secs_f64();
            let outcome = Outcome::Failed { message: format!("a bug: {message}") };
            record(cell, outcome, None, Timings { wall_seconds, ..host() })
        },
    )
}

thread_local! {
    /// What the panic hook saw on this thread: the only place where a panic's location is known.
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

type Hook = Box<dyn Fn(&panic::PanicHookInfo<'_>) + Sync + Send>;

/// While it lives, panics are noted for the record instead of being printed over the progress bar.
struct QuietPanics(Option<Hook>);

impl QuietPanics {
    fn install() -> Self {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(|info| {
            let place = info.location().map_or_else(String::new, |at| {
                let file = at.file().rsplit(['/', '\\']).next().unwrap_or_default();
                format!(" ({file}:{})", at.line())
            });
            let text = panic_text(info.payload());
            LAST_PANIC.set(Some(format!("{text}{place}")));
        }));
        QuietPanics(Some(previous))
    }
}

impl Drop for QuietPanics {
    fn drop(&mut self) {
        if let Some(previous) = self.0.take()
            && !std::thread::panicking()
        {
            panic::set_hook(previous);
        }
    }
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a message".to_owned())
}

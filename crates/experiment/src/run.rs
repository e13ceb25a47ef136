//! Runs the cells of a plan on all threads, longest first, and keeps every finished one.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, Once};
use std::thread;
use std::time::Instant;

use crate::audit::Audit;
use crate::cell_id::CellId;
use crate::claims::Claims;
use crate::memory::Room;
use crate::prepare::DataCache;
use crate::queue::{News, Next, PAUSE, Queue};
use crate::record::{Outcome, Timings, TrialRecord};
use crate::store::{Contents, GROUP_WINDOW, SegmentWriter, Store, Watch};
use crate::trained::Trainings;
use crate::trial::{TrialCell, host, record, run_among, run_trial};

/// What became of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Cells that trained all their epochs.
    pub completed: usize,
    /// Cells that diverged.
    pub diverged: usize,
    /// Cells that failed.
    pub failed: usize,
    /// Cells that another run finished meanwhile.
    pub elsewhere: usize,
    /// Cells left over because the run was interrupted.
    pub left: usize,
}

impl Summary {
    /// Adds what became of other cells.
    pub fn add(&mut self, other: &Summary) {
        self.completed += other.completed;
        self.diverged += other.diverged;
        self.failed += other.failed;
        self.elsewhere += other.elsewhere;
        self.left += other.left;
    }

    fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Completed => self.completed += 1,
            Outcome::Diverged { .. } => self.diverged += 1,
            Outcome::Failed { .. } => self.failed += 1,
        }
    }
}

/// What a run tells while it goes on.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A cell is finished and durable.
    Finished(&'a TrialRecord),
    /// Another run is at work on the same cells in this store. Each leaves to the other what that has begun.
    AnotherRun,
    /// Another run has finished this cell.
    Elsewhere(CellId),
    /// All that is left, so many cells, is under way in other runs; they are waited for, and taken over if their run dies.
    Waiting(usize),
}

/// What threads tell the keeper of records.
enum Message {
    Finished(Box<TrialRecord>),
    News(News),
}

/// What a run may have of the machine.
#[derive(Debug)]
pub struct Means {
    /// Cells under way at once, at the most.
    pub threads: usize,
    /// The memory that they share: fewer are under way where more do not fit.
    pub room: Room,
}

/// Runs `cells` in the order given, but for those that are in the store and not in `known`: other runs have finished them
/// since it was read. `listen` hears of a cell after its record is durable. When `interrupted` becomes true, cells under
/// way are finished and kept, and no other is begun.
///
/// # Errors
/// If a record cannot be kept, or is no longer in the store; no further cell is begun then, and what was kept stays.
pub fn run(
    cells: &[TrialCell],
    data: &DataCache,
    store: &Store,
    known: &Contents,
    means: &Means,
    interrupted: &AtomicBool,
    listen: &mut (dyn FnMut(Event<'_>) + Send),
) -> io::Result<Summary> {
    let mut summary = Summary { left: cells.len(), ..Summary::default() };
    if cells.is_empty() {
        return Ok(summary);
    }
    let mut writer = store.writer()?;
    let watch = Watch::new(store, known, writer.path());
    let crew = Crew {
        queue: Mutex::new(Queue::new(cells, Claims::join(store.folder()).ok(), watch)),
        data,
        room: &means.room,
        interrupted,
        broken: AtomicBool::new(false),
    };
    let threads = means.threads;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| io::Error::other(format!("cannot start {threads} threads: {error}")))?;
    note_panics();
    let (sender, receiver) = channel::<Message>();

    let kept = std::thread::scope(|scope| {
        let (writer, summary, broken) = (&mut writer, &mut summary, &crew.broken);
        let keeper = scope.spawn(move || {
            let kept = keep_all(&receiver, &mut Keeper { writer, summary, listen });
            broken.store(kept.is_err(), Ordering::SeqCst);
            kept
        });
        pool.broadcast(|_| crew.work(&sender));
        drop(sender);
        keeper.join().expect("the keeper does not panic")
    });
    // Its claims end behind the last record.
    drop(crew);
    kept.and_then(|()| writer.check()).map(|()| summary)
}

/// What the threads that run cells have in common.
struct Crew<'a> {
    queue: Mutex<Queue<'a>>,
    data: &'a DataCache,
    room: &'a Room,
    interrupted: &'a AtomicBool,
    /// Whether records cannot be kept any more.
    broken: AtomicBool,
}

impl<'a> Crew<'a> {
    /// Runs one cell after another as long as there are any.
    fn work(&self, sender: &Sender<Message>) {
        while !self.is_interrupted() && !self.broken.load(Ordering::SeqCst) {
            match self.next(sender) {
                Next::Run(family) => self.run(&family, sender),
                Next::Wait => thread::sleep(PAUSE),
                Next::End => break,
            }
        }
    }

    /// Runs cells that share a training, up to an interruption.
    fn run(&self, family: &[&TrialCell], sender: &Sender<Message>) {
        let bytes = family.iter().map(|cell| cell.bytes).max().unwrap_or_default();
        let _taken = self.room.take(bytes);
        // A first stage that no cell ends with is one more.
        let trainings = (1 < family.len()).then(|| Trainings::keeping(family.len() + 1));
        for cell in family {
            if self.is_interrupted() || self.broken.load(Ordering::SeqCst) {
                break;
            }
            let record = caught(cell, || run_among(cell, self.data, trainings.as_ref(), None));
            // The keeper is gone only when the store is broken.
            drop(sender.send(Message::Finished(Box::new(record))));
        }
    }

    fn next(&self, sender: &Sender<Message>) -> Next<'a> {
        let mut queue = self.queue.lock().expect("no thread panics while it holds the queue");
        // The keeper is gone only when the store is broken: then nobody listens.
        queue.next(&mut |news| drop(sender.send(Message::News(news))))
    }

    fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }
}

/// Makes records durable, counts, and tells.
struct Keeper<'a> {
    writer: &'a mut SegmentWriter,
    summary: &'a mut Summary,
    listen: &'a mut (dyn FnMut(Event<'_>) + Send),
}

impl Keeper<'_> {
    fn keep(&mut self, records: &[TrialRecord]) -> io::Result<()> {
        self.writer.commit(records)?;
        for record in records {
            self.summary.count(&record.trial.outcome);
            self.summary.left -= 1;
            (self.listen)(Event::Finished(record));
        }
        Ok(())
    }

    fn tell(&mut self, news: News) {
        (self.listen)(match news {
            News::Another => Event::AnotherRun,
            News::Waiting(cells) => Event::Waiting(cells),
            News::Finished(cell) => {
                self.summary.elsewhere += 1;
                self.summary.left -= 1;
                Event::Elsewhere(cell)
            }
        });
    }
}

/// Commits records in groups: those that arrive within a short time share one sync.
fn keep_all(receiver: &Receiver<Message>, keeper: &mut Keeper<'_>) -> io::Result<()> {
    while let Ok(first) = receiver.recv() {
        let mut group = Vec::new();
        let mut take = |message, keeper: &mut Keeper<'_>| match message {
            Message::Finished(record) => group.push(*record),
            Message::News(news) => keeper.tell(news),
        };
        take(first, keeper);
        let deadline = Instant::now() + GROUP_WINDOW;
        let wait = || deadline.saturating_duration_since(Instant::now());
        while let Ok(message) = receiver.recv_timeout(wait()) {
            take(message, keeper);
        }
        if !group.is_empty() {
            keeper.keep(&group)?;
        }
    }
    Ok(())
}

/// Runs a cell; a panic in it becomes its outcome.
pub(crate) fn run_caught(
    cell: &TrialCell,
    data: &DataCache,
    audit: Option<&mut Audit>,
) -> TrialRecord {
    caught(cell, || run_trial(cell, data, audit))
}

fn caught(cell: &TrialCell, trial: impl FnOnce() -> TrialRecord) -> TrialRecord {
    let start = Instant::now();
    IN_A_CELL.set(true);
    let ended = panic::catch_unwind(AssertUnwindSafe(trial));
    IN_A_CELL.set(false);
    ended.unwrap_or_else(|payload| {
        let message = format!("a bug: {}", panic_text(payload.as_ref()));
        let wall_seconds = start.elapsed().as_secs_f64();
        let panicked_at = LAST_PANIC.take();
        let timings = Timings { wall_seconds, panicked_at, ..host() };
        record(cell, Outcome::Failed { message }, None, timings)
    })
}

thread_local! {
    /// Whether this thread is at work on a cell.
    static IN_A_CELL: Cell<bool> = const { Cell::new(false) };
    /// Where this thread panicked last in a cell: only the panic hook is told.
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From now on, panics in cells are noted for the record instead of being printed over the progress bar; all others are
/// printed as ever.
fn note_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IN_A_CELL.get() {
                return others(info);
            }
            LAST_PANIC.set(info.location().map(|at| {
                let file = at.file().rsplit(['/', '\\']).next().unwrap_or_default();
                format!("{file}:{}", at.line())
            }));
        }));
    });
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::planned;

    #[test]
    fn two_panics_at_different_places_are_the_same_failure() {
        let (cell, _) = planned();
        note_panics();
        let one = caught(&cell, || panic!("no {}", 1));
        let two = caught(&cell, || panic!("no {}", 1));
        assert_eq!(one.trial, two.trial);
        let message = "a bug: no 1".to_owned();
        assert_eq!(one.trial.outcome, Outcome::Failed { message });
        let [one, two] = [one, two].map(|record| record.timings.panicked_at.unwrap());
        assert!(one.starts_with("run.rs:") && one != two, "{one}, {two}");
        // What panics beside a cell is none of its record's business, and is not kept from whoever reads.
        assert!(panic::catch_unwind(|| panic!("beside a cell, on purpose")).is_err());
        assert_eq!(LAST_PANIC.take(), None);
    }
}

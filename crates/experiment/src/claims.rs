//! Which cells other runs of the same store are at, so that none does what another has begun.
//!
//! ```text
//! results/<experiment>/at-work/board    `<run> <cell>`, one line a cell that was begun
//! results/<experiment>/at-work/<run>    empty, and locked as long as the run lives
//! ```
//!
//! The board is locked while a cell is claimed, never longer. A claim holds as long as the lock of its run, which the
//! system frees however the run ends: a crash leaves files behind, but no claim. Nothing of this decides about results:
//! where locks cannot be had, or mean nothing, cells are run twice and their records merged.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::atomic::random_name;
use crate::cell_id::CellId;

const FOLDER: &str = "at-work";
const BOARD: &str = "board";

/// The last line of a board that is about to be removed.
const CLOSED: &str = "closed\n";

/// A board is locked for less than a millisecond at a time: whoever holds it for longer was stopped.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_micros(500);

/// How often a folder may go that its last user has just left.
const TRIES: usize = 10;

/// The claims of one run, which end when it is dropped.
#[derive(Debug)]
pub(crate) struct Claims {
    folder: PathBuf,
    run: String,
    /// Locked as long as this run lives.
    presence: File,
    board: File,
    read_to: u64,
    /// What other living runs have begun, whether or not they have finished it.
    begun: BTreeMap<CellId, String>,
    others: BTreeSet<String>,
}

/// The board, locked and read.
pub(crate) struct Turn<'a> {
    claims: &'a mut Claims,
    someone_left: bool,
}

impl Claims {
    /// Joins the runs that are at work in the store at `folder`.
    ///
    /// # Errors
    /// Where there are no locks, or the folder cannot be written.
    pub(crate) fn join(folder: &Path) -> io::Result<Self> {
        let folder = folder.join(FOLDER);
        let mut tries = TRIES;
        let board = loop {
            let board = fs::create_dir_all(&folder).and_then(|()| open_board(&folder));
            tries -= 1;
            match board {
                Err(error) if error.kind() == io::ErrorKind::NotFound && tries > 0 => {}
                board => break board?,
            }
        };
        let run = format!("{:016x}", random_name());
        let presence = OpenOptions::new().write(true).create_new(true).open(folder.join(&run))?;
        // In the way can only be somebody who asks whether it is locked.
        patiently(&presence)?;
        let (begun, others) = (BTreeMap::new(), BTreeSet::new());
        let claims = Claims { folder, run, presence, board, read_to: 0, begun, others };
        if claims.is_alone() {
            claims.board.set_len(0)?;
        }
        claims.board.unlock()?;
        Ok(claims)
    }

    /// Locks the board, reads what is new on it, and forgets the claims of runs that have ended.
    pub(crate) fn turn(&mut self) -> io::Result<Turn<'_>> {
        patiently(&self.board)?;
        let mut turn = Turn { claims: self, someone_left: false };
        turn.read()?;
        Ok(turn)
    }

    /// Whether no other run lives; what dead ones left is removed.
    fn is_alone(&self) -> bool {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let others = names.filter(|name| *name != BOARD && *name != self.run);
        let living = others.filter(|name| {
            let path = self.folder.join(name);
            is_alive(&path) || fs::remove_file(path).is_err()
        });
        living.count() == 0
    }

    fn leave(&mut self) -> io::Result<()> {
        patiently(&self.board)?;
        self.presence.unlock()?;
        fs::remove_file(self.folder.join(&self.run))?;
        if self.is_alone() {
            // Whoever waits for this board finds it closed, and makes a new one.
            self.board.write_all(CLOSED.as_bytes())?;
            fs::remove_file(self.folder.join(BOARD))?;
            fs::remove_dir(&self.folder)?;
        }
        self.board.unlock()
    }
}

impl Drop for Claims {
    fn drop(&mut self) {
        // What cannot be removed claims nothing.
        let _ = self.leave();
    }
}

impl Turn<'_> {
    fn read(&mut self) -> io::Result<()> {
        let claims = &mut *self.claims;
        let mut new = Vec::new();
        claims.board.seek(SeekFrom::Start(claims.read_to))?;
        claims.board.read_to_end(&mut new)?;
        claims.read_to += new.len() as u64;
        // A line that was cut off claims nothing.
        for line in new.split(|byte| *byte == b'\n') {
            let line = str::from_utf8(line).unwrap_or_default();
            if let Some((run, cell)) = line.split_once(' ')
                && let Ok(cell) = cell.parse()
                && run != claims.run
            {
                claims.begun.insert(cell, run.to_owned());
                claims.others.insert(run.to_owned());
            }
        }
        let (living, gone): (BTreeSet<_>, BTreeSet<_>) = std::mem::take(&mut claims.others)
            .into_iter()
            .partition(|run| is_alive(&claims.folder.join(run)));
        claims.begun.retain(|_, run| !gone.contains(run));
        claims.others = living;
        self.someone_left = !gone.is_empty();
        Ok(())
    }

    /// Whether a run that had begun something has ended since the last turn, so that all it will ever have finished is in
    /// its segment.
    pub(crate) fn someone_left(&self) -> bool {
        self.someone_left
    }

    /// Whether another run is at `cell`, or was and lives.
    pub(crate) fn begun_by_other(&self, cell: CellId) -> bool {
        self.claims.begun.contains_key(&cell)
    }

    /// Claims `cell` for this run.
    pub(crate) fn claim(&mut self, cell: CellId) -> io::Result<()> {
        let line = format!("{} {cell}\n", self.claims.run);
        self.claims.board.write_all(line.as_bytes())?;
        self.claims.read_to += line.len() as u64;
        Ok(())
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let _ = self.claims.board.unlock();
    }
}

/// How many runs are at work in the store at `folder`, as far as locks tell.
pub(crate) fn at_work(folder: &Path) -> usize {
    let entries = fs::read_dir(folder.join(FOLDER)).into_iter().flatten().flatten();
    let runs = entries.filter(|entry| entry.file_name() != BOARD);
    runs.filter(|entry| is_alive(&entry.path())).count()
}

/// The board, locked.
fn open_board(folder: &Path) -> io::Result<File> {
    let path = folder.join(BOARD);
    let is_closed = |text: &[u8]| text.ends_with(CLOSED.as_bytes());
    loop {
        if fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(io::Error::other("the board is no ordinary file"));
        }
        let mut board = OpenOptions::new().read(true).append(true).create(true).open(&path)?;
        patiently(&board)?;
        let mut text = Vec::new();
        board.read_to_end(&mut text)?;
        if !is_closed(&text) {
            return Ok(board);
        }
        // Removed already, unless whoever closed it was killed at that moment.
        if fs::read(&path).is_ok_and(|text| is_closed(&text)) {
            fs::remove_file(&path)?;
        }
    }
}

fn patiently(file: &File) -> io::Result<()> {
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => sleep(PAUSE),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether somebody holds the lock of the file at `path`.
fn is_alive(path: &Path) -> bool {
    let is_file = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let is_locked = |file: File| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
    is_file && File::open(path).is_ok_and(is_locked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(number: u8) -> CellId {
        format!("{number:032x}").parse().unwrap()
    }

    fn take(claims: &mut Claims, number: u8) -> bool {
        let mut turn = claims.turn().unwrap();
        let is_free = !turn.begun_by_other(cell(number));
        if is_free {
            turn.claim(cell(number)).unwrap();
        }
        is_free
    }

    #[test]
    fn a_cell_is_begun_by_one_of_several_and_is_free_again_when_that_one_ends() {
        let store = tempfile::tempdir().unwrap();
        let join = || Claims::join(store.path()).unwrap();
        let (mut one, mut two) = (join(), join());
        assert_eq!(at_work(store.path()), 2);
        assert!(take(&mut one, 1) && !take(&mut two, 1) && take(&mut two, 2));
        let mut late = join();
        assert!(!take(&mut late, 1) && !take(&mut late, 2) && take(&mut late, 3));
        drop(one);
        assert!(late.turn().unwrap().someone_left());
        assert!(take(&mut late, 1) && !take(&mut two, 1));
        drop((two, late));
        assert_eq!(fs::read_dir(store.path()).unwrap().count(), 0, "nothing is left behind");
    }

    #[test]
    fn what_a_crash_left_claims_nothing_and_goes() {
        let store = tempfile::tempdir().unwrap();
        let folder = store.path().join(FOLDER);
        for board in [format!("00ff {}\n00ff {}", cell(1), cell(2)), CLOSED.to_owned()] {
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("00ff"), "").unwrap();
            fs::write(folder.join(BOARD), board).unwrap();
            assert_eq!(at_work(store.path()), 0);
            let mut claims = Claims::join(store.path()).unwrap();
            assert!(take(&mut claims, 1) && take(&mut claims, 2));
        }
        assert_eq!(fs::read_dir(store.path()).unwrap().count(), 0);
    }

    #[test]
    fn many_runs_share_cells_without_beginning_one_twice() {
        let store = tempfile::tempdir().unwrap();
        let taken = std::thread::scope(|scope| {
            let run = || {
                let mut claims = Claims::join(store.path()).unwrap();
                let taken = (0..100).filter(|number| take(&mut claims, *number)).collect();
                (claims, taken)
            };
            let runs: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
            // No run ends, and frees what it took, before all have tried everything.
            let runs = runs.into_iter().map(|run| run.join().unwrap());
            runs.collect::<Vec<(Claims, Vec<u8>)>>()
        });
        let mut all: Vec<u8> = taken.into_iter().flat_map(|(_, taken)| taken).collect();
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<u8>>());
    }
}

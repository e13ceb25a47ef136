//! Which cell a run begins next, if other runs of the same cells are at work in the store.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use crate::cell_id::CellId;
use crate::claims::Claims;
use crate::store::Watch;
use crate::trial::TrialCell;

/// How long to wait before looking again whether another run has finished a cell.
pub(crate) const PAUSE: Duration = Duration::from_millis(50);

/// The cells of a run that are not finished.
pub(crate) struct Queue<'a> {
    /// None where there are no locks: then every cell is begun here.
    claims: Option<Claims>,
    watch: Watch,
    looked: Option<Instant>,
    free: VecDeque<&'a TrialCell>,
    /// Begun by other runs.
    elsewhere: Vec<&'a TrialCell>,
    has_met_another: bool,
    is_waiting: bool,
}

/// What a thread does next.
pub(crate) enum Next<'a> {
    Run(&'a TrialCell),
    /// Everything that is left is under way in other runs: ask again after [`PAUSE`].
    Wait,
    End,
}

/// What is to be told of other runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum News {
    /// Another run is at work on the same cells.
    Another,
    /// Another run has finished this cell.
    Finished(CellId),
    /// Nothing is left but this many cells that are under way in other runs.
    Waiting(usize),
}

impl<'a> Queue<'a> {
    /// All `cells`, but for those that `watch` finds finished.
    pub(crate) fn new(cells: &'a [TrialCell], claims: Option<Claims>, mut watch: Watch) -> Self {
        watch.look();
        Queue {
            claims,
            watch,
            looked: None,
            free: cells.iter().collect(),
            elsewhere: Vec::new(),
            has_met_another: false,
            is_waiting: false,
        }
    }

    pub(crate) fn next(&mut self, tell: &mut dyn FnMut(News)) -> Next<'a> {
        if let Some(mut claims) = self.claims.take() {
            if let Ok(next) = self.shared(&mut claims, tell) {
                self.claims = Some(claims);
                return next;
            }
            // Without claims, what others have begun may be run twice: better than not at all.
            self.free.extend(self.elsewhere.drain(..));
        }
        while let Some(cell) = self.free.pop_front() {
            if !self.is_finished(cell, tell) {
                return Next::Run(cell);
            }
        }
        Next::End
    }

    fn shared(&mut self, claims: &mut Claims, tell: &mut dyn FnMut(News)) -> io::Result<Next<'a>> {
        let mut turn = claims.turn()?;
        if turn.someone_left() {
            self.watch.look();
        }
        while let Some(cell) = self.free.pop_front() {
            if turn.begun_by_other(cell.id) {
                self.meet_another(tell);
                self.elsewhere.push(cell);
            } else if !self.is_finished(cell, tell) {
                turn.claim(cell.id)?;
                return Ok(Next::Run(cell));
            }
        }
        if self.looked.is_none_or(|looked| looked.elapsed() >= PAUSE) {
            self.watch.look();
            self.looked = Some(Instant::now());
        }
        for cell in std::mem::take(&mut self.elsewhere) {
            if !self.is_finished(cell, tell) {
                self.elsewhere.push(cell);
            }
        }
        if let Some(i) = self.elsewhere.iter().position(|cell| !turn.begun_by_other(cell.id)) {
            let cell = self.elsewhere.remove(i);
            turn.claim(cell.id)?;
            return Ok(Next::Run(cell));
        }
        if self.elsewhere.is_empty() {
            return Ok(Next::End);
        }
        if !self.is_waiting {
            self.is_waiting = true;
            tell(News::Waiting(self.elsewhere.len()));
        }
        Ok(Next::Wait)
    }

    fn is_finished(&mut self, cell: &TrialCell, tell: &mut dyn FnMut(News)) -> bool {
        let is_finished = self.watch.is_finished(cell.id);
        if is_finished {
            self.meet_another(tell);
            tell(News::Finished(cell.id));
        }
        is_finished
    }

    fn meet_another(&mut self, tell: &mut dyn FnMut(News)) {
        if !self.has_met_another {
            self.has_met_another = true;
            tell(News::Another);
        }
    }
}

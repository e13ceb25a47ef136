//! Which cell a run begins next, if other runs of the same cells are at work in the store.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::time::{Duration, Instant};

use crate::cell_id::CellId;
use crate::claims::{Claims, Turn};
use crate::spec::TrialSpec;
use crate::store::Watch;
use crate::trained::training_key;
use crate::trial::TrialCell;

/// How long to wait before looking again whether another run has finished a cell.
pub(crate) const PAUSE: Duration = Duration::from_millis(50);

/// Cells that share a training: one thread runs them one after the other.
pub(crate) type Family<'a> = Vec<&'a TrialCell>;

/// The cells of a run that are not finished.
pub(crate) struct Queue<'a> {
    /// None where there are no locks: then every cell is begun here.
    claims: Option<Claims>,
    watch: Watch,
    looked: Option<Instant>,
    /// Families that nobody has begun, each of cells that share a training.
    free: VecDeque<Family<'a>>,
    /// Begun by other runs.
    elsewhere: Vec<&'a TrialCell>,
    has_met_another: bool,
    is_waiting: bool,
}

/// What a thread does next.
pub(crate) enum Next<'a> {
    Run(Family<'a>),
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
            free: families(cells).into(),
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
            self.free.extend(self.elsewhere.drain(..).map(|cell| vec![cell]));
        }
        while let Some(mut family) = self.free.pop_front() {
            family.retain(|cell| !self.is_finished(cell, tell));
            if !family.is_empty() {
                return Next::Run(family);
            }
        }
        Next::End
    }

    fn shared(&mut self, claims: &mut Claims, tell: &mut dyn FnMut(News)) -> io::Result<Next<'a>> {
        let mut turn = claims.turn()?;
        if turn.someone_left() {
            self.watch.look();
        }
        while let Some(family) = self.free.pop_front() {
            let mut own = Family::new();
            for cell in family {
                if turn.begun_by_other(cell.id) {
                    self.meet_another(tell);
                    self.elsewhere.push(cell);
                } else if !self.is_finished(cell, tell) {
                    own.push(cell);
                }
            }
            if !own.is_empty() {
                return self.claimed(&mut turn, own);
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
            return self.claimed(&mut turn, vec![cell]);
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

    /// Claims `family` to be run; where it cannot be claimed, it is free again.
    fn claimed(&mut self, turn: &mut Turn<'_>, family: Family<'a>) -> io::Result<Next<'a>> {
        let claimed = family.iter().try_for_each(|cell| turn.claim(cell.id));
        if claimed.is_err() {
            self.free.push_front(family);
            return claimed.map(|()| Next::End);
        }
        Ok(Next::Run(family))
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

/// `cells` by the first stage they share, each family where its first cell stands. Where nothing acts after that, every
/// cell has its own.
fn families(cells: &[TrialCell]) -> Vec<Family<'_>> {
    let shares = |spec: &TrialSpec| spec.acts_after_training() || spec.has_second_stage();
    if !cells.iter().any(|cell| shares(&cell.spec)) {
        return cells.iter().map(|cell| vec![cell]).collect();
    }
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut families: Vec<Family<'_>> = Vec::new();
    for cell in cells {
        let place = *places.entry(training_key(&cell.spec.first_stage())).or_insert(families.len());
        if place == families.len() {
            families.push(Family::new());
        }
        families[place].push(cell);
    }
    families
}

//! How far a run is: share of the work, cells done, diverged, failed, time left. A bar on a terminal, elsewhere a line
//! every half minute.

use std::collections::BTreeMap;

use experiment::CellId;
use experiment::pace::{Pace, Work};
use experiment::plan::PlannedCell;
use experiment::record::{Outcome, TrialRecord};
use indicatif::{ProgressBar, ProgressStyle};

use crate::lines::Lines;
use crate::output::Output;
use crate::words::{count, duration};

/// Steps of the bar.
const STEPS: u64 = 1000;

/// Shows how far a run is.
pub(crate) struct Progress<'a> {
    bar: ProgressBar,
    output: Output,
    lines: Option<Lines>,
    cells: BTreeMap<CellId, &'a PlannedCell>,
    /// Cells that are done or known to be done now, and those that are still to be chosen.
    n_cells: usize,
    work: Work<'a>,
    threads: usize,
    so_far: SoFar,
}

/// What a run has done so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SoFar {
    done: usize,
    diverged: usize,
    failed: usize,
    /// Processor time.
    spent: f64,
}

impl SoFar {
    fn cells(&self) -> usize {
        self.done + self.diverged + self.failed
    }
}

impl<'a> Progress<'a> {
    /// Nothing of `cells` is done yet, and `to_come` will follow them: as many, and such. Before them the run did what is
    /// `so_far`.
    pub(crate) fn new(
        cells: &[&'a PlannedCell],
        to_come: &[&'a PlannedCell],
        so_far: SoFar,
        pace: Pace,
        threads: usize,
        output: Output,
    ) -> Self {
        let bar =
            if output.draws_progress() { ProgressBar::new(STEPS) } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}")
            .expect("the template is valid");
        bar.set_style(style.progress_chars("━╸─"));
        let progress = Progress {
            bar,
            output,
            lines: output.writes_progress().then(|| Lines::begin(output)),
            cells: cells.iter().map(|planned| (planned.cell.id, *planned)).collect(),
            n_cells: so_far.cells() + cells.len() + to_come.len(),
            work: Work::new(pace, cells.iter().chain(to_come).copied(), so_far.spent),
            threads,
            so_far,
        };
        progress.show();
        progress
    }

    /// One more cell is durable.
    pub(crate) fn finished(&mut self, record: &TrialRecord) {
        match record.trial.outcome {
            Outcome::Completed => self.so_far.done += 1,
            Outcome::Diverged { .. } => self.so_far.diverged += 1,
            Outcome::Failed { .. } => self.so_far.failed += 1,
        }
        if let Some(planned) = self.cells.get(&record.trial.id) {
            let whole = record.trial.outcome == Outcome::Completed;
            self.work.done(planned, record.timings.wall_seconds, whole);
            self.so_far.spent += record.timings.wall_seconds;
        }
        self.show();
    }

    /// One more cell was finished by another run.
    pub(crate) fn finished_elsewhere(&mut self, id: CellId) {
        self.so_far.done += 1;
        if let Some(planned) = self.cells.get(&id) {
            self.work.done(planned, 0.0, false);
        }
        self.show();
    }

    /// Says something above the bar.
    pub(crate) fn note(&self, text: &str) {
        self.bar.suspend(|| self.output.note(text));
    }

    fn show(&self) {
        let text = self.text();
        self.bar.set_position((self.work.share() * STEPS as f64) as u64);
        self.bar.set_message(text.clone());
        if let Some(lines) = &self.lines {
            lines.say(text);
        }
    }

    /// `12 of 50 cells, 1 failed; about 3 min 20 s left`.
    fn text(&self) -> String {
        let SoFar { diverged, failed, .. } = &self.so_far;
        let (n_cells, n_done) = (self.n_cells, self.so_far.cells());
        let mut text = format!("{n_done} of {}", count(n_cells, "cell"));
        if *diverged != 0 {
            text += &format!(", {diverged} diverged");
        }
        if *failed != 0 {
            text += &format!(", {failed} failed");
        }
        let n_left = n_cells.saturating_sub(n_done);
        if n_left != 0 {
            let seconds = self.work.seconds_left() / self.threads.min(n_left) as f64;
            let about = if seconds < 0.5 { "" } else { "about " };
            text += &format!("; {about}{} left", duration(seconds));
        }
        text
    }

    /// Removes the bar; what the run has done by now.
    pub(crate) fn clear(&self) -> SoFar {
        self.bar.finish_and_clear();
        self.so_far
    }
}

//! The progress bar: share of the estimated work, cells done, diverged, failed, time left.

use experiment::record::{Outcome, TrialRecord};
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::Output;

/// Shows how far a run is.
pub(crate) struct Progress {
    bar: ProgressBar,
    output: Output,
    n_cells: usize,
    done: usize,
    diverged: usize,
    failed: usize,
}

impl Progress {
    /// A bar over `n_cells` cells of `cost` estimated seconds.
    pub(crate) fn new(n_cells: usize, cost: f64, output: Output) -> Self {
        let bar = if output.draws_progress() {
            ProgressBar::new(milliseconds(cost))
        } else {
            ProgressBar::hidden()
        };
        let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}  {eta} left")
            .expect("the template is valid");
        bar.set_style(style.progress_chars("━╸─"));
        let progress = Progress { bar, output, n_cells, done: 0, diverged: 0, failed: 0 };
        progress.show();
        progress
    }

    /// One more cell is durable.
    pub(crate) fn finished(&mut self, record: &TrialRecord, cost: f64) {
        match record.trial.outcome {
            Outcome::Completed => self.done += 1,
            Outcome::Diverged { .. } => self.diverged += 1,
            Outcome::Failed { .. } => self.failed += 1,
        }
        self.show();
        self.bar.inc(milliseconds(cost));
    }

    /// One more cell was finished by another run.
    pub(crate) fn finished_elsewhere(&mut self, cost: f64) {
        self.done += 1;
        self.show();
        self.bar.inc(milliseconds(cost));
    }

    /// Says something above the bar.
    pub(crate) fn note(&self, text: &str) {
        self.bar.suspend(|| self.output.note(text));
    }

    fn show(&self) {
        let Progress { n_cells, done, diverged, failed, .. } = self;
        let mut message = format!("{} of {n_cells} cells", done + diverged + failed);
        if *diverged != 0 {
            message += &format!(", {diverged} diverged");
        }
        if *failed != 0 {
            message += &format!(", {failed} failed");
        }
        self.bar.set_message(message);
    }

    /// Removes the bar.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1000.0).ceil() as u64
}

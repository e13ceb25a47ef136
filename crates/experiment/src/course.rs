//! The course of a trial: what has happened so far, and which round was the best. Once, for every learner.

use methods::losses::Epoch;

use crate::learner::Learner;
use crate::record::{History, Outcome};
use crate::task::Scored;

/// History, best round, divergence.
pub(crate) struct Course {
    n_rounds: usize,
    /// Rounds of the stage before this one.
    n_before: usize,
    /// Share of the rounds before which none is picked.
    acts_from: f64,
    higher_is_better: bool,
    /// Of the classes of the validation part after the round before.
    recalls: Vec<Option<f64>>,
    /// The best score so far, and its round.
    best: Option<(f64, usize)>,
    history: History,
    outcome: Outcome,
}

impl Course {
    /// Before the first of `n_rounds`. Rounds before the share `acts_from` of them are not picked as the best.
    pub(crate) fn new(n_rounds: usize, acts_from: f64, higher_is_better: bool) -> Self {
        Course {
            n_rounds,
            n_before: 0,
            acts_from,
            higher_is_better,
            recalls: Vec::new(),
            best: None,
            history: History::default(),
            outcome: Outcome::Completed,
        }
    }

    /// Before the first of `n_rounds` of a second stage, whose history goes on from that of the first. What is picked is
    /// one of its own rounds.
    pub(crate) fn after(history: History, n_rounds: usize, higher_is_better: bool) -> Self {
        let n_before = history.loss.len();
        Course { n_before, history, ..Course::new(n_rounds, 0.0, higher_is_better) }
    }

    fn progress(&self, round: usize) -> f64 {
        round as f64 / self.n_rounds as f64
    }

    /// What is known before `round`.
    pub(crate) fn epoch(&self, round: usize) -> Epoch<'_> {
        Epoch { number: round, progress: self.progress(round), recalls: &self.recalls }
    }

    /// Takes note of the loss of `round`; whether the learner has diverged in it.
    pub(crate) fn diverged(&mut self, round: usize, loss: f64, learner: &dyn Learner) -> bool {
        let loss = loss as f32;
        self.history.loss.push(loss.is_finite().then_some(loss));
        self.history.drift.push(learner.drift().map(|drift| drift as f32));
        let diverged = !learner.is_finite();
        if diverged {
            self.outcome = Outcome::Diverged { epoch: self.n_before + round, reason: None };
        }
        diverged
    }

    /// Takes note of what the validation part says of `round`; whether the learner has collapsed in it.
    pub(crate) fn collapsed(&mut self, round: usize, scored: &Scored) -> bool {
        let Some(reason) = scored.collapsed.clone() else { return false };
        self.outcome = Outcome::Diverged { epoch: self.n_before + round, reason: Some(reason) };
        true
    }

    /// Takes note of what the validation part says of `round`. The learner is kept if it is the best so far of
    /// the rounds in which its loss acted, the earliest of equals.
    pub(crate) fn offer(&mut self, round: usize, scored: Scored, learner: &mut dyn Learner) {
        self.history.validation.push(scored.value);
        self.recalls = scored.recalls;
        let Some(score) = scored.value else { return };
        let better = |best: f64| if self.higher_is_better { best < score } else { score < best };
        if self.acts_from <= self.progress(round) && self.best.is_none_or(|(best, _)| better(best))
        {
            self.best = Some((score, self.n_before + round));
            learner.keep();
        }
    }

    /// The last round that was begun; `None` for a learner without rounds.
    pub(crate) fn last_round(&self) -> Option<usize> {
        self.history.loss.len().checked_sub(1)
    }

    /// The round that was kept; the last, if none was.
    pub(crate) fn best_round(&self) -> Option<usize> {
        self.best.map_or(self.last_round(), |(_, round)| Some(round))
    }

    /// How the trial ended, and what happened in its rounds.
    pub(crate) fn finish(mut self) -> (Outcome, History) {
        if self.history.drift.iter().all(Option::is_none) {
            self.history.drift.clear();
        }
        (self.outcome, self.history)
    }
}

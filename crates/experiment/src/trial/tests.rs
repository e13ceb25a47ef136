use methods::losses::Epoch;

use super::*;
use crate::learner::Outputs;
use crate::prepare::Examples;
use crate::testing::planned;

/// A learner that notes what is asked of it. After round `n` it gives each class of the validation part the
/// probability `certainty[n]`, if that is the class of the example.
struct Noted<'a> {
    parts: &'a Prepared,
    certainty: Vec<f64>,
    diverges_in: Option<usize>,
    rounds: usize,
    events: Vec<String>,
}

impl Learner for Noted<'_> {
    fn n_rounds(&self) -> usize {
        self.certainty.len()
    }

    fn round(&mut self, epoch: &Epoch<'_>, _: Option<&mut Audit>) -> f64 {
        self.events.push(format!("round {}", epoch.number));
        self.rounds = epoch.number + 1;
        1.0
    }

    fn outputs(&mut self, part: &Examples, out: &mut Outputs) -> Result<(), String> {
        let is_test = std::ptr::eq(part, &raw const self.parts.test);
        self.events.push(if is_test { "test" } else { "validation" }.to_owned());
        out.values.reshape(part.targets.len(), 2);
        let certainty = self.certainty[self.rounds - 1];
        for (row, &y) in out.values.rows_mut().zip(&part.targets) {
            row.fill(1.0 - certainty);
            row[y as usize] = certainty;
        }
        Ok(())
    }

    fn is_finite(&self) -> bool {
        self.diverges_in.is_none_or(|round| self.rounds <= round)
    }

    fn keep(&mut self) {
        self.events.push("keep".to_owned());
    }

    fn back_to_kept(&mut self) {
        self.events.push("back".to_owned());
    }
}

fn followed(
    certainty: &[f64],
    acts_from: f64,
    diverges_in: Option<usize>,
) -> (Outcome, Results, Vec<String>) {
    let text = "[experiment]\nname = \"order\"\n[protocol]\nsplit = { holdout.test = 0.3 }\n\
                [axes]\ndataset = [\"glass2\"]\nmodel = \"prior\"\n";
    let (plan, data) = planned(text);
    let spec = plan.cells[0].cell.spec.clone();
    let parts = data.prepared(&spec).unwrap();
    let counts = spec.sampling.expected_counts(&parts.train_counts);
    let mut task = Classification::new(&spec, &parts, &counts).unwrap();
    let certainty = certainty.to_vec();
    let (rounds, events) = (0, Vec::new());
    let mut learner = Noted { parts: &parts, certainty, diverges_in, rounds, events };
    let course = Course::new(learner.n_rounds(), acts_from, true);
    let (outcome, results) = follow(course, &mut learner, &mut task, &parts, None).unwrap();
    (outcome, results, learner.events)
}

#[test]
fn the_test_part_is_read_when_every_round_is_done() {
    let (outcome, results, events) = followed(&[0.2, 0.9, 0.4], 0.0, None);
    assert_eq!(outcome, Outcome::Completed);
    let rounds = "round 0, validation, keep, round 1, validation, keep, round 2, validation";
    let measures = "validation, test, back, validation, test";
    assert_eq!(events.join(", "), format!("{rounds}, {measures}"));
    assert_eq!((results.last.epoch, results.best.epoch), (Some(2), Some(1)));
}

#[test]
fn what_is_best_after_the_last_round_is_measured_once() {
    let (_, results, events) = followed(&[0.2, 0.9], 0.0, None);
    assert_eq!(events.iter().filter(|event| *event == "test").count(), 1);
    assert_eq!(results.best, results.last);
}

#[test]
fn the_earliest_of_equal_rounds_in_which_the_loss_acts_is_the_best() {
    assert_eq!(followed(&[0.9, 0.9, 0.2, 0.2], 0.0, None).1.best.epoch, Some(0));
    assert_eq!(followed(&[0.9, 0.9, 0.2, 0.2], 0.5, None).1.best.epoch, Some(2));
    assert_eq!(followed(&[0.9, 0.9, 0.2, 0.2], 1.0, None).1.best.epoch, Some(3));
}

#[test]
fn nothing_follows_the_round_in_which_a_learner_diverges() {
    let (outcome, results, events) = followed(&[0.9, 0.2, 0.9], 0.0, Some(1));
    assert_eq!(outcome, Outcome::Diverged { epoch: 1 });
    assert!(!events.contains(&"round 2".to_owned()));
    assert_eq!((results.last.epoch, results.best.epoch), (Some(1), Some(0)));
    assert_eq!((results.history.loss.len(), results.history.validation.len()), (2, 1));
}

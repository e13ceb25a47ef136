use crate::audit::Audit;
use crate::record::{Outcome, Results, TrialRecord};
use crate::testing::planned;
use crate::trial::run_trial;

const EPOCHS: usize = 6;

/// The record of the one cell with `decoupling`, and what it did.
fn ran(decoupling: &str, more: &str) -> (TrialRecord, Audit) {
    let text = format!(
        "[experiment]\nname = \"t\"\n[protocol]\nsplit = {{ holdout.test = 0.3 }}\n[training]\nepochs = {EPOCHS}\n\
         batch_size = 32\n{more}\n[axes]\ndataset = [\"newthyroid\"]\n\
         model = [{{ mlp = {{ hidden = [[8, 5]], dropout = 0.2 }} }}]\nmining = [{{ ohem.keep = 0.5 }}]\n\
         decoupling = [{decoupling}]\n"
    );
    let (plan, data) = planned(&text);
    let mut audit = Audit::default();
    let record = run_trial(&plan.cells[0].cell, &data, Some(&mut audit));
    (record, audit)
}

fn results(record: &TrialRecord) -> &Results {
    record.trial.results.as_deref().unwrap_or_else(|| panic!("{:?}", record.trial.outcome))
}

/// Parameters of the head: 5 weights and a bias for each of 3 classes.
const HEAD: usize = 6 * 3;

#[test]
fn the_features_of_the_best_epoch_stay_and_the_rounds_follow_in_the_history() {
    let (alone, of_one_stage) = ran("\"none\"", "");
    let (body, head) =
        of_one_stage.best_parameters.split_at(of_one_stage.best_parameters.len() - HEAD);
    assert!(results(&alone).selection.is_some());
    for (decoupling, n_rounds) in [
        ("\"crt\"", 10),
        ("{ lws.epochs = 4 }", 4),
        ("\"tau_norm\"", 21),
        ("{ tau_norm.tau = 1 }", 1),
    ] {
        let (record, audit) = ran(decoupling, "");
        let (results, alone) = (results(&record), results(&alone));
        assert_eq!(audit.initial_parameters, of_one_stage.initial_parameters, "{decoupling}");
        for parameters in [&audit.best_parameters, &audit.last_parameters] {
            let (own_body, own_head) = parameters.split_at(body.len());
            assert_eq!(own_body, body, "{decoupling}");
            assert_ne!(own_head, head, "{decoupling}");
        }
        let history = &results.history;
        assert_eq!(history.loss.len(), EPOCHS + n_rounds, "{decoupling}");
        assert_eq!(history.validation.len(), EPOCHS + n_rounds, "{decoupling}");
        assert_eq!(history.loss[..EPOCHS], alone.history.loss, "{decoupling}");
        assert_eq!(history.validation[..EPOCHS], alone.history.validation, "{decoupling}");
        let learns = !decoupling.contains("tau_norm");
        assert!(history.loss[EPOCHS..].iter().all(|loss| loss.is_some() == learns));
        assert!((EPOCHS..EPOCHS + n_rounds).contains(&results.best.epoch.unwrap()));
        assert_eq!(results.last.epoch, Some(EPOCHS + n_rounds - 1));
        assert_eq!(results.weights, alone.weights, "those of the first stage");
        assert_eq!(results.selection, alone.selection, "that of the first stage");
        let of_second = audit.batches.iter().filter(|batch| EPOCHS <= batch.epoch);
        assert_eq!(of_second.count() != 0, learns, "{decoupling}");
        assert_eq!(ran(decoupling, "").0.trial, record.trial, "{decoupling}");
    }
}

#[test]
fn the_smallest_of_equally_good_exponents_is_picked() {
    let (record, _) = ran("\"tau_norm\"", "");
    let results = results(&record);
    let tried: Vec<f64> = results.history.validation[EPOCHS..].iter().map(|v| v.unwrap()).collect();
    let best = tried.iter().copied().fold(f64::MIN, f64::max);
    let first = tried.iter().position(|&score| score == best).unwrap();
    assert!(tried.iter().any(|&score| score != best));
    assert_eq!(results.best.epoch, Some(EPOCHS + first));
    let given = |tau: usize| {
        let (record, _) = ran(&format!("{{ tau_norm.tau = {}.{} }}", tau / 10, tau % 10), "");
        record.trial.results.unwrap().parameters_digest
    };
    assert_eq!(given(first), results.parameters_digest);
}

#[test]
fn scales_that_hardly_learn_leave_the_validation_score_of_the_best_epoch() {
    let (record, _) = ran("{ lws.learning_rate = 1e-12 }", "");
    let results = results(&record);
    let validation = &results.history.validation;
    let best = validation[..EPOCHS].iter().flatten().copied().fold(f64::MIN, f64::max);
    assert!(validation[EPOCHS..].iter().all(|score| *score == Some(best)), "{validation:?}");
}

#[test]
fn nothing_follows_a_first_stage_that_diverges() {
    let (record, _) = ran("\"crt\"", "optimizer = { sgd.learning_rate = 1e30 }");
    let Outcome::Diverged { epoch, .. } = record.trial.outcome else { panic!("it should diverge") };
    assert_eq!(results(&record).history.loss.len(), epoch + 1);
    assert!(epoch < EPOCHS);
}

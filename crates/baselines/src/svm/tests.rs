use super::*;
use crate::BaselineSpec;
use crate::classifier::Classifier;

/// Ten rows of class 1 in the fringe of ninety of class 0, on a line with a little noise.
fn rare() -> (Vec<f64>, Vec<u32>) {
    let targets: Vec<u32> = (0..100).map(|i| u32::from(i % 10 == 0)).collect();
    let place = |(i, &target): (usize, &u32)| {
        let spread = (i * 37 % 100) as f64 / 50.0 - 1.0;
        if target == 1 { 1.0 + 0.5 * spread } else { spread }
    };
    (targets.iter().enumerate().map(place).collect(), targets)
}

fn fitted(spec: Svm, features: &[f64], targets: &[u32], n_classes: usize) -> Classifier {
    let examples = TrainingSet { n_features: 1, features, targets, n_classes, seed: 1 };
    BaselineSpec::Svm(spec).fit(&examples).unwrap()
}

fn balanced(kernel: Kernel) -> Svm {
    Svm { kernel, class_weight: ClassWeight::Balanced, ..Svm::default() }
}

#[test]
fn a_class_is_predicted_on_its_side_of_the_boundary() {
    let (features, targets) = rare();
    for kernel in [Kernel::Linear, Kernel::Rbf] {
        for class_weight in [ClassWeight::None, ClassWeight::Balanced] {
            let spec = Svm { kernel: kernel.clone(), class_weight, ..Svm::default() };
            let rows = |values| view(Features { n_columns: 1, values }).unwrap();
            let labels = CompactLabels {
                present: vec![0, 1],
                compact: targets.iter().map(|&y| y as usize).collect(),
            };
            let records = rows(&features).to_owned();
            let machine = spec.machine(&records, &labels, 1).unwrap();
            let grid: Vec<f64> = (-200..=200).map(|i| f64::from(i) / 100.0).collect();
            let sums = weighted_sums(&machine.solution, &rows(&grid));
            let p = fitted(spec, &features, &targets, 2).probabilities(&grid).unwrap();
            for (p, sum) in p.chunks(2).zip(sums) {
                let f = sum - machine.solution.rho;
                assert_eq!(0.0 < f, p[0] < p[1], "{kernel:?} {class_weight:?}: f {f}, p {p:?}");
            }
        }
    }
}

#[test]
fn balanced_weights_find_most_of_a_rare_class() {
    let (features, targets) = rare();
    for kernel in [Kernel::Linear, Kernel::Rbf] {
        let p = fitted(balanced(kernel), &features, &targets, 2).probabilities(&features).unwrap();
        let found = |class: u32| {
            let rows = p.chunks(2).zip(&targets).filter(|(_, y)| **y == class);
            rows.filter(|(p, _)| (p[0] < p[1]) == (class == 1)).count()
        };
        // Half of class 1 lies beyond class 0, whose fringe of a quarter is given up for the rest.
        assert!(8 <= found(1) && 60 <= found(0), "{} of 10, {} of 90", found(1), found(0));
    }
}

#[test]
fn of_several_machines_the_surest_wins_and_shares_sum_to_one() {
    let features: Vec<f64> =
        (0..60).map(|i| f64::from(i % 3) * 4.0 + f64::from(i % 5) * 0.1).collect();
    let targets: Vec<u32> = (0..60).map(|i| i % 3).collect();
    let p = fitted(balanced(Kernel::Rbf), &features, &targets, 3).probabilities(&[0.2, 4.2, 8.2]);
    for (class, row) in p.unwrap().chunks(3).enumerate() {
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(row.iter().enumerate().all(|(k, p)| k == class || *p < row[class]), "{row:?}");
    }
}

#[test]
fn a_loose_tolerance_leaves_a_violation_that_a_tight_one_does_not() {
    let (features, targets) = rare();
    let records = view(Features { n_columns: 1, values: &features }).unwrap().to_owned();
    let yes: Vec<bool> = targets.iter().map(|&y| y == 1).collect();
    let violation = |tolerance: f64| {
        let spec = Svm { tolerance: Positive::new(tolerance), ..Svm::default() };
        let compact = targets.iter().map(|&y| y as usize).collect();
        let machine =
            spec.machine(&records, &CompactLabels { present: vec![0, 1], compact }, 1).unwrap();
        assert!(machine.converged, "{tolerance}");
        let sums = weighted_sums(&machine.solution, &records.view());
        optimality::violation(&machine.solution.alpha, &sums, &yes, yes.iter().map(|_| 1.0))
    };
    let (loose, tight) = (violation(0.5), violation(1e-6));
    assert!(1e-3 < loose && loose <= 0.5, "{loose}");
    assert!(tight <= 1.1e-6, "{tight}");
}

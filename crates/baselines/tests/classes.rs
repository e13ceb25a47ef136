//! The class with the largest probability, the first of equals, is the one that the learner itself predicts:
//! every metric of classes takes that one.

use baselines::{
    BaselineSpec, ClassWeight, GaussianNaiveBayes, Kernel, NearestNeighbors, NeighborWeights, Svm,
    TrainingSet,
};
use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};
use ndarray::{Array1, Array2};
use nn::Streams;
use smartcore::linalg::basic::matrix::DenseMatrix;
use strum::IntoEnumIterator;

/// Overlapping classes of 60, 30 and 10 rows, on a coarse grid so that many distances and votes are equal.
struct Data {
    features: Vec<f64>,
    targets: Vec<u32>,
    n_classes: usize,
}

const N_FEATURES: usize = 2;

impl Data {
    fn of(n_classes: usize) -> Data {
        let mut stream = Streams::new([4; 32]).stream("data");
        let class_of =
            |i: usize| if i < 60 { 0 } else { (1 + usize::from(90 <= i)).min(n_classes - 1) };
        let targets: Vec<u32> = (0..100).map(|i| class_of(i) as u32).collect();
        let mut place = |y: u32| (4.0 * (stream.normal() + 0.8 * f64::from(y))).round() / 4.0;
        let features = targets.iter().flat_map(|&y| [place(y), place(y)]).collect();
        Data { features, targets, n_classes }
    }

    fn records(&self) -> Array2<f64> {
        Array2::from_shape_vec((self.targets.len(), N_FEATURES), self.features.clone()).unwrap()
    }

    fn labels(&self) -> Array1<usize> {
        self.targets.iter().map(|&y| y as usize).collect()
    }

    /// The most probable class of every row.
    fn most_probable(&self, spec: &BaselineSpec) -> Vec<usize> {
        let Data { features, targets, n_classes } = self;
        let examples = TrainingSet {
            n_features: N_FEATURES,
            features,
            targets,
            n_classes: *n_classes,
            seed: 3,
        };
        let p = spec.fit(&examples).unwrap().probabilities(features).unwrap();
        let first_of_largest = |row: &[f64]| {
            let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            row.iter().position(|&p| p == largest).unwrap()
        };
        p.chunks(*n_classes).map(first_of_largest).collect()
    }
}

/// What the library's own learner predicts; `None` of learners that are written here, or built of shares or
/// draws, to which the library has no class of its own.
fn predicted(spec: &BaselineSpec, data: &Data) -> Option<Vec<usize>> {
    let records = data.records();
    match spec {
        BaselineSpec::GaussianNaiveBayes(GaussianNaiveBayes { smoothing }) => {
            let learner = linfa_bayes::GaussianNb::params().var_smoothing(smoothing.get());
            let dataset = DatasetBase::new(records.clone(), data.labels());
            Some(learner.fit(&dataset).unwrap().predict(&records).to_vec())
        }
        BaselineSpec::Svm(svm) => Some(side(svm, data)),
        BaselineSpec::NearestNeighbors(NearestNeighbors { k, weights }) => {
            use smartcore::neighbors::KNNWeightFunction;
            use smartcore::neighbors::knn_classifier::{KNNClassifier, KNNClassifierParameters};
            let weight = match weights {
                NeighborWeights::Uniform => KNNWeightFunction::Uniform,
                NeighborWeights::Distance => KNNWeightFunction::Distance,
            };
            let rows = DenseMatrix::new(100, N_FEATURES, data.features.clone(), false).unwrap();
            let parameters = KNNClassifierParameters::default()
                .with_k(k.get())
                .with_weight(weight)
                .with_algorithm(smartcore::algorithm::neighbour::KNNAlgorithmName::LinearSearch);
            let labels = data.labels().to_vec();
            Some(KNNClassifier::fit(&rows, &labels, parameters).unwrap().predict(&rows).unwrap())
        }
        BaselineSpec::LogisticRegression(_)
        | BaselineSpec::DecisionTree(_)
        | BaselineSpec::RandomForest(_)
        | BaselineSpec::ExtraTrees(_)
        | BaselineSpec::Stratified(_) => None,
        BaselineSpec::Prior(_) => Some(vec![0; 100]),
    }
}

/// The side of a machine of two classes, as LIBSVM and scikit-learn predict it.
fn side(svm: &Svm, data: &Data) -> Vec<usize> {
    let records = data.records();
    let targets = data.targets.iter().map(|&y| y == 1).collect::<Array1<bool>>();
    let n_positive = targets.iter().filter(|&&yes| yes).count() as f64;
    let (positive, negative) = match svm.class_weight {
        ClassWeight::None => (1.0, 1.0),
        ClassWeight::Balanced => (50.0 / n_positive, 50.0 / (100.0 - n_positive)),
    };
    let parameters = linfa_svm::Svm::<f64, bool>::params()
        .pos_neg_weights(svm.c.get() * positive, svm.c.get() * negative)
        .eps(svm.tolerance.get());
    let parameters = match &svm.kernel {
        Kernel::Linear => parameters.linear_kernel(),
        Kernel::RbfGamma(gamma) => parameters.gaussian_kernel(1.0 / gamma.get()),
        Kernel::Rbf => unreachable!("a gamma of the data is not asked for here"),
    };
    let machine = parameters.fit(&DatasetBase::new(records.view(), targets.view())).unwrap();
    let sides: Array1<bool> = machine.predict(&records);
    sides.iter().map(|&yes| usize::from(yes)).collect()
}

#[test]
fn the_most_probable_class_is_the_one_that_the_learner_predicts() {
    let k = |k| std::num::NonZeroUsize::new(k).unwrap();
    let neighbors =
        |n, weights| BaselineSpec::NearestNeighbors(NearestNeighbors { k: k(n), weights });
    let svm =
        |kernel, class_weight| BaselineSpec::Svm(Svm { kernel, class_weight, ..Svm::default() });
    let rbf = || Kernel::RbfGamma(nn::range::Positive::new(0.5));
    let mut specs: Vec<BaselineSpec> =
        BaselineSpec::iter().filter(|spec| !matches!(spec, BaselineSpec::Svm(_))).collect();
    specs.extend([
        neighbors(4, NeighborWeights::Uniform),
        neighbors(4, NeighborWeights::Distance),
        svm(rbf(), ClassWeight::None),
        svm(rbf(), ClassWeight::Balanced),
        svm(Kernel::Linear, ClassWeight::None),
        svm(Kernel::Linear, ClassWeight::Balanced),
    ]);
    for n_classes in [2, 3] {
        let data = Data::of(n_classes);
        // A machine tells two classes apart; of more, each has a machine of its own.
        let asked = |spec: &&BaselineSpec| n_classes == 2 || !matches!(spec, BaselineSpec::Svm(_));
        for spec in specs.iter().filter(asked) {
            if let Some(predicted) = predicted(spec, &data) {
                assert_eq!(data.most_probable(spec), predicted, "{spec:?}, {n_classes} classes");
            }
        }
    }
}

//! What a loss has to say for itself: its numbers, and what the rest of the program must provide.

use nn::{Head, Real};

use crate::MethodError;
use crate::header::header;
use crate::losses::{Batch, Link, LossSpec, PerExample, Readout, Reduction};
use crate::setting::ClassCounts;
use crate::setting::Setting;

/// What a loss needs and what it can be combined with.
#[derive(Clone, Debug, PartialEq)]
pub struct Traits {
    /// Raised whenever the numbers of the loss change.
    pub version: u32,
    /// How logits are read as probabilities.
    pub link: Link,
    /// What logits are multiplied by before they are read.
    pub scale: f64,
    /// Whether single examples have a loss.
    pub level: Level,
    /// What a batch's sum of losses is divided by.
    pub reduction: Reduction,
    /// The last layer the loss is made for.
    pub head: Head,
    /// What a network should say before it has learnt anything.
    pub start: InitialProbability,
    /// Whether the loss corrects for the frequencies of the classes.
    pub reads_counts: bool,
    /// Whether the loss wants to know how well each class is recognised.
    pub reads_recalls: bool,
    /// Whether it is defined for two classes only.
    pub two_classes: bool,
    /// Share of the epochs after which it acts. Before, it is another loss, whose networks are not its own: no
    /// epoch of that time is picked as the best.
    pub acts_from: f64,
}

impl Traits {
    /// A loss for each example on a softmax.
    pub(crate) fn softmax(version: u32) -> Self {
        Traits {
            version,
            link: Link::Softmax,
            scale: 1.0,
            level: Level::Example,
            reduction: Reduction::Mean,
            head: Head::Affine,
            start: InitialProbability::Even,
            reads_counts: false,
            reads_recalls: false,
            two_classes: false,
            acts_from: 0.0,
        }
    }

    /// A loss for each example on sigmoids.
    pub(crate) fn sigmoid(version: u32) -> Self {
        let reduction = Reduction::Rows;
        Traits { link: Link::Sigmoid, reduction, ..Traits::softmax(version) }
    }

    /// Logits as they are, but for their scale.
    pub(crate) fn readout(&self) -> Readout {
        Readout { scale: self.scale, ..Readout::plain(self.link) }
    }
}

/// What a loss can be taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Of every example.
    Example,
    /// Of a batch as a whole: its examples cannot be mined or weighed by their losses.
    Batch,
}

/// The probability at which a fresh network starts.
///
/// ```text
/// sigmoids              b_k = ln(p / (1 - p))                   σ(b_k) = p
///   of proposals        b_0 = -b_k, for the background          σ(b_0) = 1 - p
/// softmax, of proposals b_0 = ln(K (1 - p) / p), others 0       Σ_k≥1 softmax(b)_k = p
/// ```
///
/// - `p`: of each class under sigmoids, of all `K` classes of objects together under a softmax
/// - where no layer before it says anything: weights of the last layer are drawn as those of any other
///
/// Source: Lin, Goyal, Girshick, He, Dollár, *Focal Loss for Dense Object Detection*, ICCV 2017, for sigmoids; that for a softmax as
/// in Detectron's `get_retinanet_bias_init`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum InitialProbability {
    /// A half of each sigmoid, all classes alike of a softmax.
    Even,
    /// One over the number of classes.
    OneClassInAll,
    /// As given; of proposals the probability of an object.
    Given(f64),
}

impl InitialProbability {
    /// Raised when the biases of what says boxes too change.
    pub const VERSION: u32 = 1;

    /// The biases of a last layer that says `n_logits` of proposals, of which the background is the first class.
    pub fn biases_of_proposals(self, link: Link, n_logits: usize) -> Vec<f64> {
        let bias = self.bias(n_logits);
        let mut biases = vec![bias; n_logits];
        match (self, link) {
            (InitialProbability::Given(p), Link::Softmax) => {
                biases.fill(0.0);
                biases[0] = libm::log((n_logits - 1) as f64) + libm::log1p(-p) - libm::log(p);
            }
            // A single logit is that of the objects.
            (InitialProbability::Given(_), Link::Sigmoid) if n_logits != 1 => biases[0] = -bias,
            _ => {}
        }
        biases
    }

    /// The bias of a last layer with `n_outputs` logits: `ln(p / (1 - p))`.
    pub fn bias(self, n_outputs: usize) -> f64 {
        let p = match self {
            InitialProbability::Even => return 0.0,
            // A single logit chooses between two classes.
            InitialProbability::OneClassInAll => 1.0 / n_outputs.max(2) as f64,
            InitialProbability::Given(p) => p,
        };
        libm::log(p) - libm::log1p(-p)
    }
}

/// A loss with its state, if it has any.
pub trait Loss<T: Real>: Send {
    /// Told before the first batch of each epoch.
    fn begin_epoch(&mut self, _epoch: &Epoch<'_>) {}

    /// How near the embeddings that it remembers were, over the epoch, to what has become of them: the mean of their cosines.
    /// `None` of a loss without a memory, and where nothing came back while it was remembered.
    fn drift(&self) -> Option<f64> {
        None
    }

    /// Fills `out` with the loss of every example, neither mined nor reduced.
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>);
}

/// An epoch of a network, a round of boosted trees: how far the training is.
#[derive(Clone, Copy, Debug)]
pub struct Epoch<'a> {
    /// Its number, from 0.
    pub number: usize,
    /// Share of the epochs that is done before it, from 0 to below 1.
    pub progress: f64,
    /// Share of the validation examples of each class that the network recognises; empty before the
    /// first epoch, and for a loss that does not ask for it.
    pub recalls: &'a [Option<f64>],
}

impl Epoch<'_> {
    /// An epoch of which no more than `progress` is known, as where a loss is looked at without a training.
    pub fn at(progress: f64) -> Self {
        Epoch { number: 0, progress, recalls: &[] }
    }

    /// How far it is on the way from the first epoch, 0, to the last, 1. Of an epoch of which no more than `progress` is
    /// known it is that.
    pub fn along(&self) -> f64 {
        if self.number == 0 {
            return self.progress;
        }
        let number = self.number as f64;
        number / ((number / self.progress).round() - 1.0)
    }
}

/// A loss as an experiment file writes it. It answers for itself: nothing else knows its name.
pub(crate) trait Definition {
    /// Its file.
    const CODE: &'static str;

    /// What it is, in Markdown.
    fn page(&self) -> String {
        header(Self::CODE)
    }

    /// What it needs.
    fn traits(&self) -> Traits;

    /// The loss for a given setting.
    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T>;

    /// How logits of a network that has learnt by it are read as probabilities.
    fn readout(&self, _: &ClassCounts) -> Result<Readout, MethodError> {
        Ok(self.traits().readout())
    }

    /// The loss that it wraps.
    fn wrapped(&self) -> Option<&LossSpec> {
        None
    }

    /// Whether it reads the last hidden activations.
    fn reads_hidden(&self) -> bool {
        false
    }

    /// Whether it has a slope at the last hidden activations, not at the logits alone.
    fn slopes_hidden(&self) -> bool {
        false
    }

    /// Whether it draws random numbers.
    fn draws(&self) -> bool {
        false
    }

    /// Whether it weighs classes by weights that the reader has given.
    fn has_given_weights(&self) -> bool {
        false
    }

    /// Whether it moves the balance of the classes by itself, apart from what it wraps.
    fn moves_the_balance(&self) -> bool {
        self.traits().reads_counts || self.has_given_weights()
    }

    /// What it is besides a function of an example's logits and label, apart from what it wraps. A common factor
    /// of the batch, and what is told before an epoch, do not count.
    fn beyond_its_label(&self) -> Option<&'static str> {
        (self.traits().level == Level::Batch).then_some("is a loss of whole batches")
    }

    /// Why its slopes are not differentiated once more, apart from what it wraps: they are not those of a function of
    /// an example's logits and label, or not found in numbers that can move.
    fn not_twice(&self) -> Option<&'static str> {
        self.beyond_its_label()
    }
}

/// A loss, or why its parameters do not fit the classes.
pub(crate) type Built<T> = Result<Box<dyn Loss<T>>, MethodError>;

/// Numbers as the type that trains.
pub(crate) fn reals<T: Real>(values: impl IntoIterator<Item = f64>) -> Vec<T> {
    values.into_iter().map(T::of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn::Matrix;

    /// What a network says of three or two classes whose logits are its biases.
    fn said(start: InitialProbability, link: Link, n_classes: usize) -> Vec<f64> {
        let biases = start.biases_of_proposals(link, link.n_outputs(n_classes));
        let mut p = Vec::new();
        let logits = Matrix::from_values(biases.len(), biases);
        Readout::plain(link).probabilities(&logits, n_classes, &mut p);
        p
    }

    #[test]
    fn of_proposals_a_fresh_network_says_an_object_at_the_prior() {
        // Logits of 64 bits and a sum of at most five shares.
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-15, "{a}, not {b}");
        for prior in [1e-6, 0.01, 0.3, 0.9] {
            let start = InitialProbability::Given(prior);
            for n_classes in [2, 3, 5] {
                let p = said(start, Link::Softmax, n_classes);
                near(p[1..].iter().sum(), prior);
                p[2..].iter().for_each(|&other| near(other, p[1]));
                let biases = start.biases_of_proposals(Link::Sigmoid, n_classes);
                near((-biases[0]).sigmoid(), prior);
                biases[1..].iter().for_each(|&b| near(b.sigmoid(), prior));
            }
            near(said(start, Link::Sigmoid, 2)[1], prior);
        }
    }

    #[test]
    fn without_a_prior_all_start_alike() {
        for link in [Link::Softmax, Link::Sigmoid] {
            assert_eq!(InitialProbability::Even.biases_of_proposals(link, 3), [0.0; 3]);
        }
        let even = InitialProbability::OneClassInAll.biases_of_proposals(Link::Sigmoid, 4);
        assert!(even.iter().all(|b| (b.sigmoid() - 0.25).abs() < 1e-15));
    }
}

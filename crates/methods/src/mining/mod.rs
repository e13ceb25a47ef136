//! Mining: which examples of a batch are learnt from.

mod curriculum;
mod definition;
mod dense_box;
mod folds;
mod hard_rounds;
mod hardness;
mod images;
pub(crate) mod kept;
mod loss_tracking;
mod mentor_net;
mod mmdet_ohem;
mod near_duplicates;
mod negative_ratio;
mod none;
mod ohem;
mod overlapping;
mod random;
mod rho_loss;
mod scope;
mod self_paced;
mod sides;
#[cfg(test)]
mod testing;

pub use curriculum::{Curriculum, CurriculumOrder, CurriculumScores, Pacing};
pub use definition::{Acts, Mined, Scores};
pub use dense_box::DenseBox;
pub use folds::Folds;
pub use hard_rounds::{Added, HardRounds, HardestAdded, Negatives};
pub use kept::Kept;
pub use loss_tracking::LossTracking;
pub use mentor_net::MentorNet;
pub use mmdet_ohem::MmdetOhem;
pub use negative_ratio::NegativeRatio;
pub use none::NoMining;
pub use ohem::{Ohem, OhemScore};
pub use random::RandomMining;
pub use rho_loss::{RhoLoss, RhoScore};
pub use scope::Scope;
pub use self_paced::regularizer::{
    Mixture2Regularizer, MixtureRegularizer, PolynomialRegularizer, Regularizer, SpldRegularizer,
};
pub use self_paced::{LambdaGrowth, MultiplicativeGrowth, QuantileGrowth, SelfPaced};

use nn::{Matrix, Real};
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::losses::{Batch, Epoch, PerExample};
use crate::mining::definition::Definition;
use crate::sampling::{Batches, Pool};

/// Every way of mining, under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MiningSpec {
    /// See [`NoMining`].
    None(NoMining),
    /// See [`Ohem`].
    Ohem(Ohem),
    /// See [`MmdetOhem`].
    MmdetOhem(MmdetOhem),
    /// See [`RandomMining`].
    Random(RandomMining),
    /// See [`NegativeRatio`].
    NegativeRatio(NegativeRatio),
    /// See [`DenseBox`].
    DenseBox(DenseBox),
    /// See [`HardRounds`].
    HardRounds(HardRounds),
    /// See [`RhoLoss`].
    RhoLoss(RhoLoss),
    /// See [`SelfPaced`].
    SelfPaced(SelfPaced),
    /// See [`MentorNet`].
    MentorNet(MentorNet),
    /// See [`LossTracking`].
    LossTracking(LossTracking),
    /// See [`Curriculum`].
    Curriculum(Curriculum),
}

impl MiningSpec {
    fn definition<T: Real>(&self) -> &dyn Definition<T> {
        match self {
            MiningSpec::None(mining) => mining,
            MiningSpec::Ohem(mining) => mining,
            MiningSpec::MmdetOhem(mining) => mining,
            MiningSpec::Random(mining) => mining,
            MiningSpec::NegativeRatio(mining) => mining,
            MiningSpec::DenseBox(mining) => mining,
            MiningSpec::HardRounds(mining) => mining,
            MiningSpec::RhoLoss(mining) => mining,
            MiningSpec::SelfPaced(mining) => mining,
            MiningSpec::MentorNet(mining) => mining,
            MiningSpec::LossTracking(mining) => mining,
            MiningSpec::Curriculum(mining) => mining,
        }
    }

    /// The miner of one trial.
    pub fn build<T: Real>(&self, mined: &Mined<'_>) -> Box<dyn Mining<T>> {
        self.definition().build(mined)
    }

    /// What it changes.
    pub fn acts(&self) -> Acts {
        self.definition::<f64>().acts()
    }

    /// Whether it keeps every example of the small classes, whatever it does with the others.
    pub fn keeps_positives(&self) -> bool {
        self.definition::<f64>().keeps_positives()
    }

    /// The scores of rows that it needs, if it does.
    pub fn scores(&self) -> Option<Scores> {
        self.definition::<f64>().scores()
    }

    /// Raised whenever the selections of this method change.
    pub fn version(&self) -> u32 {
        self.definition::<f64>().version()
    }

    /// The number of examples that it keeps of every batch that has so many, if it is one.
    pub fn count(&self) -> Option<u32> {
        self.definition::<f64>().count()
    }

    /// Whether an epoch may show no row of a class that has some, `counts`: the rows of each class.
    pub fn may_leave_out_a_class(&self, counts: &[u32]) -> bool {
        self.definition::<f64>().may_leave_out_a_class(counts)
    }

    /// The parameter by which it asks where in an image rows lie, if it does.
    pub fn needs_regions(&self) -> Option<&'static str> {
        self.definition::<f64>().needs_regions()
    }

    /// What the reader of a plan should know of it.
    pub fn note(&self) -> Option<&'static str> {
        self.definition::<f64>().note()
    }

    /// Its file.
    pub(crate) fn code(&self) -> &'static str {
        self.definition::<f64>().code()
    }

    /// The name in an experiment file.
    pub fn name(&self) -> &'static str {
        self.into()
    }
}

/// Which examples are learnt from: `L = Σ_i weights_i losses_i / divisor`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection<T> {
    /// From 0, left out, to 1, kept; `[n_examples]`.
    pub weights: Vec<T>,
    /// `Σ_i weights_i mass_i`. If it is 0 there is nothing to learn, and the step is skipped.
    pub divisor: T,
}

impl<T: Real> Selection<T> {
    /// Keeps the examples at `positions` and no other; `mass` is what each of the batch adds to the divisor.
    pub(crate) fn keep(&mut self, positions: &[u32], mass: &[T]) {
        self.weights.clear();
        self.weights.resize(mass.len(), T::ZERO);
        for &i in positions {
            self.weights[i as usize] = T::ONE;
        }
        // In the order of the batch, so that keeping all is the plain mean to the last bit.
        let kept = self.weights.iter().zip(mass).filter(|(v, _)| T::ZERO < **v);
        self.divisor = kept.map(|(_, &mass)| mass).sum();
    }

    /// Keeps every example of a batch; `mass` is what each adds to the divisor.
    fn keep_all(&mut self, mass: &[T]) {
        self.weights.clear();
        self.weights.resize(mass.len(), T::ONE);
        self.divisor = mass.iter().copied().sum();
    }

    /// Divides by `least` where what is kept would divide by less.
    pub(crate) fn divide_by_at_least(&mut self, least: T) {
        if self.divisor < least {
            self.divisor = least;
        }
    }

    /// Multiplies the weight of each example by that of its row; `mass` is what each adds to the divisor.
    pub(crate) fn weigh(&mut self, by: impl Iterator<Item = f64>, mass: &[T]) {
        self.weights.iter_mut().zip(by).for_each(|(v, by)| *v *= T::of(by));
        self.divisor = self.weights.iter().zip(mass).map(|(&v, &mass)| v * mass).sum();
    }
}

/// What is known of all training rows before an epoch, under the network as it is and without dropout.
#[derive(Clone, Copy, Debug)]
pub struct Survey<'a, T> {
    /// The plain loss of each row, `[n_train]`; empty without a survey, and where single examples have no loss.
    pub losses: &'a [T],
    /// Its logits, `[n_train, n_outputs]`.
    pub outputs: &'a Matrix<T>,
}

/// A miner with its workspace.
pub trait Mining<T: Real>: Send {
    /// Whether it wants to know the plain losses and the outputs of all training rows before `epoch`.
    fn surveys(&self, _epoch: &Epoch<'_>) -> bool {
        false
    }

    /// Weighs the rows of an epoch, or leaves them out. `pool` is full. What was surveyed is read, never
    /// differentiated.
    fn pool(&mut self, _epoch: &Epoch<'_>, _survey: &Survey<'_, T>, _pool: &mut Pool) {}

    /// Changes the rows of an epoch's batches, which are drawn from the pool: each batch keeps its size.
    fn arrange(&mut self, _batches: &mut Batches) {}

    /// Fills `selection` for a `batch` that a loss has `evaluated`: with every example, unless the miner knows better.
    fn select(
        &mut self,
        _batch: &Batch<'_, T>,
        evaluated: &PerExample<T>,
        selection: &mut Selection<T>,
    ) {
        selection.keep_all(&evaluated.mass);
    }
}

//! What can be wrong with a method's parameters once the classes are known.

/// A method that does not fit the classes it is built for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MethodError {
    /// A list with one entry for each class has another length.
    #[error("`{parameter}` has {given} weights, and there are {n_classes} classes")]
    WrongLength {
        /// Where the list stands in an experiment file.
        parameter: &'static str,
        /// Its length.
        given: usize,
        /// The length it needs.
        n_classes: usize,
    },
    /// One number cannot weigh more than two classes against each other.
    #[error(
        "`focal.alpha` as one number weighs class 1 against class 0, and there are {n_classes} classes: \
         list a weight for each class"
    )]
    ScalarAlpha {
        /// Number of classes.
        n_classes: usize,
    },
    /// A parameter of the sigmoid form in the softmax form, where it would be ignored.
    #[error(
        "`{parameter}` means nothing in the softmax form: add form = \"sigmoid\", or leave it out"
    )]
    SigmoidOnly {
        /// Where it stands in an experiment file.
        parameter: &'static str,
    },
    /// A label of a detector that is no class.
    #[error(
        "label {label} of example {example} is none of {n_classes} classes, nor the background, nor -1, \
         which is left out"
    )]
    LabelOutOfRange {
        /// The label.
        label: i64,
        /// The example, counted from 0.
        example: usize,
        /// Number of classes without the background.
        n_classes: usize,
    },
    /// No class would be learnt.
    #[error("`{parameter}` gives every class that has examples a weight of 0")]
    NothingWeighs {
        /// Where the weights stand in an experiment file.
        parameter: &'static str,
    },
    /// A loss whose logits are shifted by the logarithm of a count that is 0.
    #[error(
        "`{loss}` takes the logarithm of the classes' counts, and class {class} has no training example"
    )]
    EmptyClass {
        /// The loss.
        loss: &'static str,
        /// The class, counted from 0.
        class: usize,
    },
    /// Costs that choose nothing.
    #[error("`{parameter}` makes no mistake cost anything")]
    NothingCosts {
        /// Where the costs stand in an experiment file.
        parameter: &'static str,
    },
    /// A method that is defined for two classes.
    #[error("`{method}` is defined for two classes only")]
    TwoClasses {
        /// The method.
        method: &'static str,
    },
    /// A method that cuts and pastes.
    #[error("`{method}` cuts boxes out of images, and the rows are not known to be images")]
    NoImages {
        /// The method.
        method: &'static str,
    },
    /// Temperatures for which the loss has no slope.
    #[error("`bi_tempered` needs t1 <= t2, and t1 = {t1}, t2 = {t2}")]
    Temperatures {
        /// Of the logarithm.
        t1: f64,
        /// Of the softmax.
        t2: f64,
    },
    /// A wrapper that needs the losses of examples.
    #[error("`{wrapper}` weighs examples by their losses, and `{loss}` is a loss of whole batches")]
    NoExampleLoss {
        /// The wrapper.
        wrapper: &'static str,
        /// What it should wrap.
        loss: &'static str,
    },
    /// A wrapper that tries other labels.
    #[error(
        "`{wrapper}` asks for the loss of an example under other labels, and there is none: `{loss}` {because}"
    )]
    NoLabelFunction {
        /// The wrapper.
        wrapper: &'static str,
        /// What it should wrap.
        loss: &'static str,
        /// What it is besides a function of logits and label.
        because: &'static str,
    },
}

impl MethodError {
    /// Whether the method is sound and only has no meaning for these classes or rows.
    pub fn is_out_of_place(&self) -> bool {
        matches!(self, MethodError::TwoClasses { .. } | MethodError::NoImages { .. })
    }
}

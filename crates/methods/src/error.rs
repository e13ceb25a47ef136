//! What can be wrong with a method's parameters once the classes are known.

/// A method that does not fit the classes it is built for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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
    /// No class would be learnt.
    #[error("`{parameter}` gives every class that has examples a weight of 0")]
    NothingWeighs {
        /// Where the weights stand in an experiment file.
        parameter: &'static str,
    },
}

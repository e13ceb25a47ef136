//! What the losses of a batch are divided by to be one number.

/// `L = Σ losses_i / Σ mass_i`; the reduction says what the masses are.
///
/// | reduction | divisor | mass of an example | elsewhere |
/// |---|---|---|---|
/// | `Mean` | number of examples | 1 | PyTorch's `mean` |
/// | `Rows` | number of examples, each with the sum over its logits | 1 | the equalization losses; `pos` of class-balanced sigmoids, where every row has one positive |
/// | `WeightedMean` | sum of the weights of the examples' classes | its class's weight | PyTorch's `mean` with `weight=` |
/// | `ValidElements` | number of logits that count | how many of its own do | GHM-C |
/// | `Objects` | number of proposals of objects, at least 1 | 1, of background 0 | focal loss in detectors (RetinaNet) |
/// | none of ours: `sum` | 1 | | asymmetric loss: a learning rate as many times larger as a batch has examples; ours is `Rows` |
/// | none of ours: `avg_nonzero` | number of examples whose loss is above 0 | | losses of embeddings |
///
/// Every example of a loss of whole batches has the batch's loss: its mean is that loss. Mining and reweighting
/// put a divisor of their own in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Every example counts alike.
    Mean,
    /// Every example counts alike, with the sum over its logits.
    Rows,
    /// An example counts as much as its class.
    WeightedMean,
    /// An example counts as much as it has logits that count.
    ValidElements,
    /// A proposal of an object counts, background does not: the loss of both is shared among the objects. Beside a loss of boxes
    /// alone; elsewhere it is `Mean`.
    Objects,
}

//! Networks that learn from pairs: what is of single examples acts nowhere in their steps.

use methods::control::{ControlSpec, Controlled};
use methods::losses::{Link, LossSpec, Readout};
use methods::mining::{Mined, MiningSpec};
use methods::mixing::MixingSpec;
use methods::reweighting::{Reweighed, ReweightingSpec};
use methods::setting::Setting;
use methods::step::Methods;
use nn::{Architecture, Network};

use crate::learner::Learnt;
use crate::learner::network::{Says, Surveyor, Trained, Trainer};
use crate::spec::PairLearner;

impl<'a> Trainer<'a> {
    /// A network of this architecture, whose outputs are embeddings.
    pub(crate) fn of_pairs(
        learner: &'a PairLearner,
        architecture: Architecture,
        learnt: Learnt<'a>,
        setting: &Setting<'a>,
    ) -> Result<Self, String> {
        // Nobody reads outputs as probabilities: neither mining of examples nor reweighting does anything here.
        let readout = &Readout::plain(Link::Softmax);
        let (targets, loss) = (&learnt.train.targets, &LossSpec::default());
        let mined = Mined { targets, setting, scores: None, readout, background: None };
        let of_rows = learner.mining.of_rows(targets, setting);
        let survey = of_rows.is_some().then(|| Surveyor::new(None));
        let reweighting = Reweighed { meta: None, loss, readout, setting };
        let controlled = Controlled { targets, readout, setting };
        let plain = Box::new(learner.pair_loss().plainly().build(setting));
        let control = learner.control.of_batches(plain);
        let mixing = MixingSpec::default().build(setting, None);
        let methods = Methods {
            mixing: mixing.map_err(|error| error.to_string())?,
            loss: Box::new(learner.pair_loss().build(setting)),
            mining: of_rows.unwrap_or_else(|| MiningSpec::default().build(&mined)),
            reweighting: ReweightingSpec::default().build(reweighting),
            control: control.unwrap_or_else(|| ControlSpec::default().build(&controlled)),
        };
        let network = Network::new(architecture, &mut setting.streams.stream("init"));
        let trained = Trained { network, says: Says::Logits, training: &learner.training, methods };
        let plainly = Trainer::plainly(trained, learnt, setting, false);
        Ok(Trainer { survey, ..plainly })
    }
}

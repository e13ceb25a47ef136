//! The documentation of every method, from the header of its file.

use strum::IntoEnumIterator;

use crate::calibration::CalibrationSpec;
use crate::control::ControlSpec;
use crate::decision::DecisionSpec;
use crate::decoupling::DecouplingSpec;
use crate::header::header;
use crate::losses::LossSpec;
use crate::losses::proposals::BoxLossSpec;
use crate::mining::MiningSpec;
use crate::mixing::MixingSpec;
use crate::pairs::{MemorySpec, PairMiningSpec, PairTermSpec};
use crate::reweighting::ReweightingSpec;
use crate::sampling::SamplingSpec;

/// What a method's file says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// `losses`, `mixing`, `mining`, `reweighting`, `control`, `decoupling`, `sampling`, `calibration`, `decision` or `memory`;
    /// `pair_losses` and `pair_mining` for what stands on the axes of losses and mining where embeddings are compared; `boxes`
    /// for a loss of boxes, which is on no axis of an experiment.
    pub family: &'static str,
    /// The name in an experiment file, or of `longtail check`.
    pub name: &'static str,
    /// The page, in Markdown.
    pub text: String,
    /// The file, in which the parameters are described.
    pub code: &'static str,
}

impl Page {
    /// The first sentence: what the method does.
    pub fn summary(&self) -> String {
        joined(self.text.lines().take_while(|line| !line.is_empty()))
    }

    /// Who published the method; empty if the page does not say.
    pub fn source(&self) -> String {
        let lines = self.text.lines().skip_while(|line| !line.starts_with("Source: "));
        let next = |line: &&str| {
            !line.is_empty() && !line.starts_with("Differs: ") && !line.starts_with("Trap: ")
        };
        joined(lines.take_while(next)).trim_start_matches("Source: ").to_owned()
    }
}

fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.collect::<Vec<_>>().join(" ")
}

/// One page for every method, family by family, in the order of their specifications.
pub fn pages() -> Vec<Page> {
    let page = |family, name, code| Page { family, name, text: header(code), code };
    let loss = |loss: LossSpec| Page {
        family: "losses",
        name: loss.name(),
        text: loss.page(),
        code: loss.code(),
    };
    let mut pages: Vec<Page> = LossSpec::iter().map(loss).collect();
    pages.extend(BoxLossSpec::iter().map(|spec| page("boxes", spec.name(), spec.code())));
    pages.extend(MixingSpec::iter().map(|spec| page("mixing", spec.name(), spec.code())));
    pages.extend(MiningSpec::iter().map(|spec| page("mining", spec.name(), spec.code())));
    pages.extend(ReweightingSpec::iter().map(|spec| page("reweighting", spec.name(), spec.code())));
    pages.extend(ControlSpec::iter().map(|spec| page("control", spec.name(), spec.code())));
    pages.extend(DecouplingSpec::iter().map(|spec| page("decoupling", spec.name(), spec.code())));
    pages.extend(SamplingSpec::iter().map(|spec| page("sampling", spec.name(), spec.code())));
    pages.extend(PairTermSpec::iter().map(|spec| page("pair_losses", spec.name(), spec.code())));
    pages.extend(PairMiningSpec::iter().map(|spec| page("pair_mining", spec.name(), spec.code())));
    pages.extend(MemorySpec::iter().map(|spec| page("memory", spec.name(), spec.code())));
    pages.extend(CalibrationSpec::iter().map(|spec| page("calibration", spec.name(), spec.code())));
    pages.extend(DecisionSpec::iter().map(|spec| page("decision", spec.name(), spec.code())));
    pages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_a_sentence_a_formula_and_a_source() {
        for page in pages() {
            let (summary, source) = (page.summary(), page.source());
            assert!(summary.ends_with('.') && summary.contains(": "), "{}: {summary}", page.name);
            assert!(page.text.contains("```text\n"), "{} has no formula", page.name);
            assert!(10 < source.len() && source.ends_with('.'), "{}: {source}", page.name);
        }
    }

    #[test]
    fn a_source_ends_where_the_differences_begin() {
        let pages = pages();
        let ohem = pages.iter().find(|page| page.name == "ohem").unwrap();
        assert_eq!(
            ohem.source(),
            "Shrivastava, Gupta, Girshick, *Training Region-based Object Detectors with Online Hard \
             Example Mining*, CVPR 2016."
        );
        assert!(ohem.summary().starts_with("Online hard example mining: only the hardest share"));
    }
}

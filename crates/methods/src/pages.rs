//! The documentation of every method, from the head of its file.

/// What a method's file says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// `losses`, `mining`, `reweighting` or `sampling`; `boxes` for a loss of boxes, which is on no axis of
    /// an experiment.
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
    let page = |family, name, code| Page { family, name, text: head(code), code };
    let class_weights = head(include_str!("losses/class_weights.rs"));
    let mut weighted =
        page("losses", "weighted_cross_entropy", include_str!("losses/weighted_cross_entropy.rs"));
    weighted.text.push_str("\n## Schemes\n\n");
    weighted.text.push_str(&class_weights);
    vec![
        page("losses", "cross_entropy", include_str!("losses/cross_entropy.rs")),
        page("losses", "binary_cross_entropy", include_str!("losses/binary_cross_entropy.rs")),
        weighted,
        page("losses", "class_balanced", include_str!("losses/class_balanced.rs")),
        page("losses", "focal", include_str!("losses/focal.rs")),
        page("losses", "focal_star", include_str!("losses/focal_star.rs")),
        page("losses", "ghm_c", include_str!("losses/ghm_c.rs")),
        page("losses", "ghm_softmax", include_str!("losses/ghm_softmax.rs")),
        page("losses", "ldam", include_str!("losses/ldam.rs")),
        page("losses", "deferred_reweighting", include_str!("losses/deferred_reweighting.rs")),
        page("losses", "logit_adjustment", include_str!("losses/logit_adjustment.rs")),
        page(
            "losses",
            "logit_adjustment_posthoc",
            include_str!("losses/logit_adjustment_posthoc.rs"),
        ),
        page("losses", "balanced_softmax", include_str!("losses/balanced_softmax.rs")),
        page("losses", "vector_scaling", include_str!("losses/vector_scaling.rs")),
        page(
            "losses",
            "class_dependent_temperature",
            include_str!("losses/class_dependent_temperature.rs"),
        ),
        page("losses", "equalization", include_str!("losses/equalization.rs")),
        page("losses", "softmax_equalization", include_str!("losses/softmax_equalization.rs")),
        page("losses", "equalization_v2", include_str!("losses/equalization_v2.rs")),
        page("losses", "seesaw", include_str!("losses/seesaw.rs")),
        page("losses", "asymmetric", include_str!("losses/asymmetric.rs")),
        page(
            "losses",
            "asymmetric_single_label",
            include_str!("losses/asymmetric_single_label.rs"),
        ),
        page("losses", "poly_1", include_str!("losses/poly_1.rs")),
        page("losses", "label_smoothing", include_str!("losses/label_smoothing.rs")),
        page("losses", "label_aware_smoothing", include_str!("losses/label_aware_smoothing.rs")),
        page(
            "losses",
            "generalized_cross_entropy",
            include_str!("losses/generalized_cross_entropy.rs"),
        ),
        page(
            "losses",
            "symmetric_cross_entropy",
            include_str!("losses/symmetric_cross_entropy.rs"),
        ),
        page("losses", "bi_tempered", include_str!("losses/bi_tempered.rs")),
        page("losses", "influence_balanced", include_str!("losses/influence_balanced.rs")),
        page("losses", "tversky", include_str!("losses/tversky.rs")),
        page("losses", "dice", include_str!("losses/dice.rs")),
        page("losses", "f_beta", include_str!("losses/f_beta.rs")),
        page("losses", "self_adjusting_dice", include_str!("losses/self_adjusting_dice.rs")),
        page("losses", "auc_margin", include_str!("losses/auc_margin.rs")),
        page("losses", "pairwise_auc", include_str!("losses/pairwise_auc.rs")),
        page("losses", "average_precision", include_str!("losses/average_precision.rs")),
        page("losses", "hinge", include_str!("losses/hinge.rs")),
        page("losses", "multiclass_hinge", include_str!("losses/multiclass_hinge.rs")),
        page("losses", "super_loss", include_str!("losses/super_loss.rs")),
        page("losses", "class_difficulty", include_str!("losses/class_difficulty.rs")),
        page(
            "losses",
            "truncated_cross_entropy",
            include_str!("losses/truncated_cross_entropy.rs"),
        ),
        page("losses", "expression", include_str!("losses/expression.rs")),
        page("boxes", "ghm_r", include_str!("losses/ghm_r.rs")),
        page("mining", "none", include_str!("mining/none.rs")),
        page("mining", "ohem", include_str!("mining/ohem.rs")),
        page("reweighting", "none", include_str!("reweighting/none.rs")),
        page("reweighting", "l2rw", include_str!("reweighting/l2rw.rs")),
        page("sampling", "instance_balanced", include_str!("sampling/instance_balanced.rs")),
        page("sampling", "class_balanced", include_str!("sampling/class_balanced.rs")),
        page("sampling", "square_root", include_str!("sampling/square_root.rs")),
        page("sampling", "random_oversampling", include_str!("sampling/random_oversampling.rs")),
        page("sampling", "random_undersampling", include_str!("sampling/random_undersampling.rs")),
    ]
}

/// The page that the `//!` lines of a source file are.
pub fn head(file: &str) -> String {
    let lines = file.lines().map_while(|line| line.strip_prefix("//!"));
    lines.flat_map(|line| [line.strip_prefix(' ').unwrap_or(line), "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::LossSpec;
    use crate::mining::MiningSpec;
    use crate::reweighting::ReweightingSpec;
    use crate::sampling::SamplingSpec;
    use strum::IntoEnumIterator;

    #[test]
    fn every_method_has_its_page() {
        let names = |family: &str| -> Vec<&str> {
            pages().iter().filter(|page| page.family == family).map(|page| page.name).collect()
        };
        assert_eq!(names("losses"), LossSpec::iter().map(|spec| spec.name()).collect::<Vec<_>>());
        assert_eq!(names("boxes"), ["ghm_r"]);
        assert_eq!(names("mining"), MiningSpec::iter().map(|spec| spec.name()).collect::<Vec<_>>());
        assert_eq!(
            names("reweighting"),
            ReweightingSpec::iter().map(|spec| spec.name()).collect::<Vec<_>>()
        );
        assert_eq!(
            names("sampling"),
            SamplingSpec::iter().map(|spec| spec.name()).collect::<Vec<_>>()
        );
    }

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

//! Values and gradients of published implementations. Each file names what produced its numbers, and the
//! tolerance.

mod batches;
mod case;
mod heads;
mod judged;
mod pairs;
mod single;
mod stateful;

use serde_json::{Value, json};

use self::case::GoldenCase;
use crate::finding::{Finding, Proof};

/// One file, and how its cases are run.
struct Suite {
    /// The loss it is about, by its name in an experiment file.
    loss: &'static str,
    text: &'static str,
    run: fn(&mut GoldenCase<'_>),
}

macro_rules! suite {
    ($loss:literal, $file:literal, $run:expr) => {
        Suite { loss: $loss, text: include_str!(concat!("../golden/", $file, ".json")), run: $run }
    };
}

fn suites() -> Vec<Suite> {
    vec![
        suite!("cross_entropy", "ce", |case| case.softmax(&|_| json!({"cross_entropy": {}}))),
        suite!("binary_cross_entropy", "bce", |case| {
            case.elements(&|_| json!({"binary_cross_entropy": {}}));
        }),
        suite!("weighted_cross_entropy", "weighted_ce", single::weighted_cross_entropy),
        suite!("weighted_cross_entropy", "effective_number_weights", single::effective_number),
        suite!("class_balanced", "class_balanced", single::class_balanced),
        suite!("focal", "focal_softmax", |case| {
            case.softmax(&|p| json!({"focal": {"gamma": p["gamma"]}}));
        }),
        suite!("focal", "focal_sigmoid", |case| {
            let form = |p: &Value| json!({"form": "sigmoid", "gamma": p["gamma"]});
            case.elements(&|p| json!({"focal": single::with_alpha(form(p), p)}));
        }),
        suite!("focal_star", "focal_star", |case| {
            let spec = |p: &Value| json!({"focal_star": single::with_alpha(json!({"gamma": p["gamma"]}), p)});
            case.elements(&spec);
        }),
        suite!("ghm_c", "ghm_c", stateful::ghm_c),
        suite!("ghm_r", "ghm_r", stateful::ghm_r),
        suite!("ldam", "ldam", |case| {
            let spec = |p: &Value| json!({"ldam": {"max_margin": p["max_m"], "scale": p["s"]}});
            case.softmax(&spec);
        }),
        suite!("ldam", "ldam_cosine_head", heads::cosine_head),
        suite!("logit_adjustment", "logit_adjustment_loss", |case| {
            // The official constant under the logarithm is left out of ours.
            if case.params["eps"] == 0.0 {
                case.softmax(&|p| json!({"logit_adjustment": {"tau": p["tau"]}}));
            }
        }),
        suite!("logit_adjustment_posthoc", "logit_adjustment_posthoc", heads::posthoc),
        suite!("balanced_softmax", "balanced_softmax", |case| {
            case.softmax(&|_| json!({"balanced_softmax": {}}));
        }),
        suite!("vector_scaling", "vs_loss", |case| {
            let spec =
                |p: &Value| json!({"vector_scaling": {"gamma": p["gamma"], "tau": p["tau"]}});
            case.softmax(&spec);
        }),
        suite!("equalization", "eql", single::equalization),
        suite!("equalization_v2", "eqlv2", stateful::equalization_v2),
        suite!("seesaw", "seesaw", stateful::seesaw),
        suite!("asymmetric", "asl", |case| case.elements(&single::asymmetric)),
        suite!("asymmetric", "asl_unclamped", |case| case.elements(&single::asymmetric)),
        suite!("asymmetric_single_label", "asl_single_label", |case| {
            case.softmax(&|p| {
                let (neg, pos) = (&p["gamma_neg"], &p["gamma_pos"]);
                json!({"asymmetric_single_label":
                    {"gamma_neg": neg, "gamma_pos": pos, "smoothing": p["eps"]}})
            });
        }),
        suite!("poly_1", "poly1", |case| {
            case.softmax(&|p| json!({"poly_1": {"epsilon": p["epsilon"]}}));
        }),
        suite!("poly_1", "poly1_focal_sigmoid", |case| {
            case.elements(&|p| {
                json!({"poly_1": {"form": "sigmoid", "epsilon": p["epsilon"],
                    "gamma": p["gamma"], "alpha": p["alpha"]}})
            });
        }),
        suite!("label_smoothing", "label_smoothing", |case| {
            case.softmax(&|p| json!({"label_smoothing": {"epsilon": p["epsilon"]}}));
        }),
        suite!("generalized_cross_entropy", "gce", |case| {
            case.softmax(&|p| json!({"generalized_cross_entropy": {"q": p["q"]}}));
        }),
        suite!("generalized_cross_entropy", "gce_truncated", single::truncated),
        suite!("symmetric_cross_entropy", "sce", |case| {
            let spec = json!({"symmetric_cross_entropy":
                {"alpha": case.params["alpha"], "beta": case.params["beta"]}});
            case.mean(&spec, "mean", "grad_mean");
        }),
        suite!("bi_tempered", "bi_tempered", single::bi_tempered),
        suite!("influence_balanced", "ib", single::influence_balanced),
        suite!("tversky", "tversky_dice_fbeta", |case| batches::overlap(case, "tversky")),
        suite!("f_beta", "tversky_dice_fbeta", |case| batches::overlap(case, "f_beta")),
        suite!("dice", "tversky_dice_fbeta", |case| {
            batches::dice_softmax(case);
            batches::overlap(case, "dice");
        }),
        suite!("auc_margin", "auc_surrogates", batches::auc_margin),
        suite!("pairwise_auc", "auc_surrogates", batches::pairwise_auc),
        suite!("proxy_anchor", "proxy_anchor", heads::proxy_anchor),
        suite!("hinge", "hinge", single::hinge),
        suite!("multiclass_hinge", "hinge", single::multiclass_hinge),
        suite!("super_loss", "superloss", |case| {
            let spec = json!({"super_loss": {"lambda": case.params["lambda"]}});
            case.mean(&spec, "mean", "grad_mean");
        }),
        suite!("super_loss", "superloss_moving_tau", stateful::super_loss),
    ]
}

pub(crate) fn check(wanted: &dyn Fn(&str) -> bool, found: &mut dyn FnMut(Finding)) {
    for suite in suites().into_iter().chain(pairs::suites()).filter(|suite| wanted(suite.loss)) {
        found(suite.check());
    }
}

impl Suite {
    fn check(&self) -> Finding {
        let file: Value = serde_json::from_str(self.text).expect("golden files are well-formed");
        let tolerance = |name: &str| file["tolerance"][name].as_f64().expect("a tolerance");
        let (relative, absolute) = (tolerance("rel"), tolerance("abs"));
        let source = file["source"].as_str().unwrap_or_default();
        // `repository@commit:path`, or a sentence: the first words say who it was.
        let source = source.split(['@', '(', ';', ',']).next().unwrap_or_default().trim();
        let allowed = format!("{relative:e} relative, {absolute:e} absolute");
        let mut finding = Finding::new(self.loss, Proof::Golden, source, &allowed);
        for case in file["cases"].as_array().expect("a list of cases") {
            (self.run)(&mut GoldenCase {
                finding: &mut finding,
                relative,
                absolute,
                name: case["name"].as_str().unwrap_or_default(),
                params: &case["params"],
                inputs: &case["inputs"],
                expected: &case["expected"],
            });
        }
        finding
    }
}

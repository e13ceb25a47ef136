//! Tests of SciPy, statsmodels and baycomp, with the tolerances their files name.

mod support;

use evaluation::significance::{
    Alternative, BayesSettings, Null, Zeros, against_control, average_ranks, bayes_correlated_t,
    bayes_signed_rank, benjamini_hochberg, bootstrap, cliffs_delta, corrected_resampled_t,
    critical_difference, elo, five_by_two, friedman, hedges_g, holm, hommel, nemenyi, paired_t,
    sign_test, signed_rank, signed_rank_against, skillings_mack, studentized_range_quantile,
    studentized_range_sf,
};
use serde_json::Value;
use support::{Tolerance, file, numbers};

fn cases(file: &Value) -> &[Value] {
    file["cases"].as_array().unwrap()
}

#[test]
fn friedman_is_scipys() {
    let file = file("stats_friedman_nemenyi");
    let tolerance = Tolerance::of(&file);
    for case in file["cases"].as_array().unwrap() {
        let rows = case["inputs"]["scores_datasets_x_methods"].as_array().unwrap();
        let scores: Vec<Vec<f64>> = rows.iter().map(numbers).collect();
        let (test, expected) = (friedman(&scores).unwrap(), &case["expected"]);
        tolerance.check("chi2", Some(test.chi_square), &expected["friedman_chi2_tie_corrected"]);
        tolerance.check("p", Some(test.p_value), &expected["friedman_p"]);
        tolerance.check("F", test.f, &expected["iman_davenport_from_corrected"]["F"]);
        tolerance.check(
            "F p",
            Some(test.f_p_value),
            &expected["iman_davenport_from_corrected"]["p"],
        );
        let agreement = Some(test.concordance);
        tolerance.check("W", agreement, &expected["kendall_w_from_corrected"]);
        for (rank, expected) in
            average_ranks(&scores, true).into_iter().zip(numbers(&expected["average_ranks"]))
        {
            assert!((rank - expected).abs() < 1e-12);
        }
    }
}

#[test]
fn the_exact_signed_rank_test_is_scipys() {
    let file = file("stats_pairwise");
    let tolerance = Tolerance::of(&file);
    let mut n_checked = 0;
    for case in cases(&file) {
        let (name, expected) = (case["name"].as_str().unwrap(), &case["expected"]);
        let d = numbers(&expected["differences"]);
        for (key, alternative) in [
            ("wilcoxon_exact_two-sided", Alternative::TwoSided),
            ("wilcoxon_exact_greater", Alternative::Greater),
            ("wilcoxon_exact_less", Alternative::Less),
        ] {
            let Some(expected) = expected.get(key) else { continue };
            for zeros in [Zeros::Pratt, Zeros::Wilcox, Zeros::ZSplit] {
                let test = signed_rank_against(&d, zeros, alternative, Null::Exact).unwrap();
                tolerance.check(&format!("{name} {key}"), Some(test.p_value), &expected["p"]);
                n_checked += 1;
            }
        }
        // Ties and zeros: by an enumeration of all signs, which SciPy does not do.
        let test = signed_rank(&d, Zeros::Wilcox).unwrap();
        tolerance.check(name, Some(test.w_plus), &expected["w_plus"]);
        tolerance.check(name, Some(test.w_minus), &expected["w_minus"]);
        if let Some(counted) = expected.get("wilcoxon_exact_permutation_zeros_dropped") {
            tolerance.check(name, Some(test.p_value), &counted["p_two_sided"]);
            tolerance.check(name, Some(test.w_plus.min(test.w_minus)), &counted["statistic"]);
            n_checked += 1;
        }
    }
    assert_eq!(n_checked, 43);
}

#[test]
fn the_normal_signed_rank_test_is_scipys() {
    let file = file("stats_pairwise");
    let tolerance = Tolerance::of(&file);
    for case in cases(&file) {
        let d = numbers(&case["expected"]["differences"]);
        for (key, zeros) in
            [("wilcox", Zeros::Wilcox), ("pratt", Zeros::Pratt), ("zsplit", Zeros::ZSplit)]
        {
            for (end, continuity) in [("", false), ("_continuity", true)] {
                let what = format!("{} {key}{end}", case["name"]);
                let expected = &case["expected"][format!("wilcoxon_normal_{key}{end}")];
                let null = Null::Normal { continuity };
                let test = signed_rank_against(&d, zeros, Alternative::TwoSided, null);
                if expected["p"] == "NaN" {
                    assert_eq!(test, None, "{what}");
                    continue;
                }
                tolerance.check(&what, test.map(|test| test.p_value), &expected["p"]);
                let statistic = test.map(|test| test.w_plus.min(test.w_minus));
                tolerance.check(&what, statistic, &expected["statistic"]);
            }
        }
    }
}

#[test]
fn the_paired_t_test_is_scipys() {
    let file = file("stats_pairwise");
    let tolerance = Tolerance::of(&file);
    for case in cases(&file) {
        let (name, expected) = (case["name"].as_str().unwrap(), &case["expected"]["paired_t"]);
        let test = paired_t(&numbers(&case["expected"]["differences"])).unwrap();
        if expected.is_null() {
            // NaN in SciPy: ours says that nothing differs.
            assert_eq!((test.t, test.p_value), (0.0, 1.0), "{name}");
            continue;
        }
        tolerance.check(name, Some(test.t), &expected["t"]);
        tolerance.check(name, Some(test.degrees), &expected["df"]);
        tolerance.check(name, Some(test.p_value), &expected["p"]);
    }
}

#[test]
fn the_corrected_t_test_is_the_formula() {
    let file = file("stats_corrected_t");
    let tolerance = Tolerance::of(&file);
    for case in cases(&file) {
        let (name, expected) = (case["name"].as_str().unwrap(), &case["expected"]);
        let d = numbers(&case["inputs"]["differences"]);
        let ratio = expected["test_train_ratio"].as_f64().unwrap();
        let test = corrected_resampled_t(&d, ratio).unwrap();
        tolerance.check(name, Some(test.mean), &expected["mean"]);
        tolerance.check(name, Some(test.t), &expected["t"]);
        tolerance.check(name, Some(test.degrees), &expected["df"]);
        tolerance.check(name, Some(test.p_value), &expected["p_two_sided"]);
    }
}

#[test]
fn adjusted_p_values_are_those_of_statsmodels() {
    let file = file("stats_multiple_testing");
    let tolerance = Tolerance::of(&file);
    for case in cases(&file) {
        let p = numbers(&case["inputs"]["p"]);
        for (key, adjusted) in
            [("holm", holm(&p)), ("hommel", hommel(&p)), ("fdr_bh", benjamini_hochberg(&p))]
        {
            for (i, p) in adjusted.into_iter().enumerate() {
                let what = format!("{} {key} {i}", case["name"]);
                tolerance.check(&what, Some(p), &case["expected"][key][i]);
            }
        }
    }
}

#[test]
fn nemenyi_is_scipys_and_the_control_comparison_statsmodels() {
    let file = file("stats_friedman_nemenyi");
    let tolerance = Tolerance::of(&file);
    for case in cases(&file) {
        let (name, expected) = (case["name"].as_str().unwrap(), &case["expected"]);
        let n = case["inputs"]["scores_datasets_x_methods"].as_array().unwrap().len();
        let ranks = numbers(&expected["average_ranks"]);
        for (alpha, expected) in expected["nemenyi_cd"].as_object().unwrap() {
            let value = critical_difference(ranks.len(), n, alpha.parse().unwrap());
            tolerance.check(name, value, &expected["critical_difference"]);
        }
        for (a, row) in nemenyi(&ranks, n).into_iter().enumerate() {
            for (b, p) in row.into_iter().enumerate() {
                tolerance.check(
                    name,
                    Some(p),
                    &expected["nemenyi_p_scipy_studentized_range"][a][b],
                );
            }
        }
        let expected = &expected["control_comparison"];
        let mut tests = against_control(&ranks, 0, n);
        assert_eq!((expected["control"].as_u64(), tests.remove(0)), (Some(0), (0.0, 1.0)));
        let p: Vec<f64> = tests.iter().map(|test| test.1).collect();
        let adjusted = [holm(&p), hommel(&p), benjamini_hochberg(&p)];
        for (i, (z, p)) in tests.into_iter().enumerate() {
            tolerance.check(name, Some(z), &expected["z"][i]);
            tolerance.check(name, Some(p), &expected["p"][i]);
            for (key, adjusted) in ["holm", "hommel", "fdr_bh"].into_iter().zip(&adjusted) {
                tolerance.check(key, Some(adjusted[i]), &expected[key][i]);
            }
        }
    }
}

#[test]
fn the_studentised_range_is_scipys() {
    let file = file("stats_studentized_range");
    let tolerance = Tolerance::of(&file);
    for case in cases(&file) {
        let k = case["params"]["k"].as_u64().unwrap() as usize;
        for (i, q) in numbers(&case["inputs"]["q"]).into_iter().enumerate() {
            let what = format!("k {k} q {q}");
            let p = Some(studentized_range_sf(q, k));
            if case["name"].as_str().unwrap().starts_with("deep") {
                let relative = Tolerance { absolute: 0.0, ..tolerance };
                relative.check(&what, p, &case["expected"]["survival"][i]);
            } else {
                tolerance.check(&what, p, &case["expected"]["survival"][i]);
            }
        }
        for (i, alpha) in numbers(&case["inputs"]["alpha"]).into_iter().enumerate() {
            let quantile = studentized_range_quantile(alpha, k);
            let what = format!("k {k} alpha {alpha}");
            tolerance.check(&what, quantile, &case["expected"]["quantile"][i]);
        }
    }
}

#[test]
fn the_sign_test_and_cliffs_delta_are_scipys() {
    let file = file("stats_pairwise");
    let tolerance = Tolerance::of(&file);
    for case in cases(&file) {
        let (name, expected) = (case["name"].as_str().unwrap(), &case["expected"]);
        let (a, b) = (numbers(&case["inputs"]["a"]), numbers(&case["inputs"]["b"]));
        tolerance.check(name, cliffs_delta(&a, &b), &expected["cliffs_delta"]);
        let test = sign_test(&numbers(&expected["differences"])).unwrap();
        let Some(expected) = expected.get("sign_test") else {
            // No coin was thrown: NaN in SciPy.
            assert_eq!((test.wins, test.losses, test.p_value), (0, 0, 1.0), "{name}");
            continue;
        };
        tolerance.check(name, Some(test.p_value), &expected["p"]);
        let counts = [("wins", test.wins), ("losses", test.losses), ("ties_dropped", test.ties)];
        for (key, count) in counts {
            assert_eq!(Some(count as u64), expected[key].as_u64(), "{name} {key}");
        }
    }
}

#[test]
fn posteriors_are_those_of_baycomp() {
    let file = file("stats_corrected_t");
    let tolerance = Tolerance::of(&file);
    for case in cases(&file) {
        let (name, expected) = (case["name"].as_str().unwrap(), &case["expected"]);
        let ratio = expected["test_train_ratio"].as_f64().unwrap();
        let test = corrected_resampled_t(&numbers(&case["inputs"]["differences"]), ratio).unwrap();
        let posterior = bayes_correlated_t(&test, 0.0).unwrap();
        let of_sides = &expected["bayes_correlated_t_rope0.0"];
        tolerance.check(name, Some(posterior.better), &of_sides[0]);
        tolerance.check(name, Some(posterior.worse), &of_sides[1]);
        let posterior = bayes_correlated_t(&test, 0.01).unwrap();
        for (i, p) in [posterior.better, posterior.same, posterior.worse].into_iter().enumerate() {
            tolerance.check(name, Some(p), &expected["bayes_correlated_t_rope0.01"][i]);
        }
    }
}

#[test]
fn signed_rank_posteriors_are_those_of_baycomp_within_the_error_of_drawing() {
    let file = file("stats_bayes_signed_rank");
    let tolerance = Tolerance::of(&file);
    for case in cases(&file) {
        let (name, inputs) = (case["name"].as_str().unwrap(), &case["inputs"]);
        let (a, b) = (numbers(&inputs["a"]), numbers(&inputs["b"]));
        let differences: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
        let rope = case["params"]["rope"].as_f64().unwrap();
        let settings = BayesSettings { rope, n_draws: 20_000, ..BayesSettings::default() };
        let posterior = bayes_signed_rank(&differences, &settings).unwrap();
        assert!(posterior.error < 0.004, "{name}");
        let expected = &case["expected"]["signed_rank_probs_mean_of_runs"];
        let mut values = vec![posterior.better, posterior.same, posterior.worse];
        if rope == 0.0 {
            assert_eq!(values.remove(1), 0.0, "{name}");
        }
        for (i, p) in values.into_iter().enumerate() {
            tolerance.check(name, Some(p), &expected[i]);
        }
    }
}

fn gappy(rows: &Value) -> Vec<Vec<Option<f64>>> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row.as_array().unwrap().iter().map(Value::as_f64).collect()).collect()
}

#[test]
fn further_statistics_are_their_published_formulas() {
    let file = file("stats_further");
    let tolerance = Tolerance::of(&file);
    for case in cases(&file) {
        let (name, inputs, expected) =
            (case["name"].as_str().unwrap(), &case["inputs"], &case["expected"]);
        if name.starts_with("five_by_two") {
            let rows = inputs["differences"].as_array().unwrap().iter().map(numbers);
            let pairs: Vec<[f64; 2]> = rows.map(|row| [row[0], row[1]]).collect();
            let test = five_by_two(&pairs.try_into().unwrap()).unwrap();
            tolerance.check(name, Some(test.f), &expected["f"]);
            tolerance.check(name, Some(test.p_value), &expected["p"]);
        } else if name.starts_with("hedges") {
            let g = hedges_g(&numbers(&inputs["a"]), &numbers(&inputs["b"]));
            tolerance.check(name, g, &expected["g"]);
        } else if name.starts_with("skillings_mack") {
            let test = skillings_mack(&gappy(&inputs["scores"])).unwrap();
            tolerance.check(name, Some(test.statistic), &expected["statistic"]);
            tolerance.check(name, Some(test.degrees), &expected["df"]);
            tolerance.check(name, Some(test.p_value), &expected["p"]);
        } else if name.starts_with("bradley_terry") {
            let wins: Vec<Vec<f64>> =
                inputs["wins"].as_array().unwrap().iter().map(numbers).collect();
            for (i, points) in elo(&wins, 0.0).unwrap().into_iter().enumerate() {
                let logarithm = points / 400.0 * std::f64::consts::LN_10;
                tolerance.check(name, Some(logarithm), &expected["log_strength"][i]);
            }
        } else {
            check_bootstrap(name, &numbers(&inputs["values"]), expected);
        }
    }
}

fn check_bootstrap(name: &str, values: &[f64], expected: &Value) {
    let drawn = Tolerance { relative: 0.0, absolute: 0.01 };
    let families: Vec<Vec<usize>> = (0..values.len()).map(|i| vec![i]).collect();
    let mean = |sets: &[usize]| sets.iter().map(|&i| values[i]).sum::<f64>() / sets.len() as f64;
    let replicates = bootstrap(&families, 100_000, 1, mean).unwrap();
    for (interval, key) in
        [(replicates.percentile(0.05), "percentile"), (replicates.bca(0.05).unwrap(), "bca")]
    {
        drawn.check(name, Some(interval.low), &expected[key][0]);
        drawn.check(name, Some(interval.high), &expected[key][1]);
    }
}

use super::*;

#[test]
fn every_method_is_what_it_says_it_is() {
    let findings = check(&|_| true, Given::default(), &mut |_| {});
    let failed: Vec<&Finding> = findings.iter().filter(|finding| !finding.passed()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    let of = |proof| findings.iter().filter(|finding| finding.proof == proof).count();
    assert!(findings.iter().filter(|f| f.proof == Proof::Golden).all(|f| 0 < f.compared));
    assert!(30 < of(Proof::Golden) && of(Proof::Stability) == of(Proof::Precision));
}

#[test]
fn every_loss_but_a_written_one_is_held_to_its_formula_at_500_digits() {
    let mut held = Vec::new();
    precise::check(&|_| true, &mut |finding| held.push(finding.method));
    let missing = |name: &str| name != "expression" && !held.iter().any(|held| held == name);
    let missing: Vec<&str> = corners().iter().map(LossSpec::name).filter(|&n| missing(n)).collect();
    assert!(missing.is_empty(), "add to golden/precise.py: {missing:?}");
}

#[test]
fn a_number_that_is_wrong_fails_its_finding() {
    let mut finding = Finding::new("focal", Proof::Golden, "a file", "1e-6");
    finding.compare(&|| "near".to_owned(), 1.0, 1.0 + 5e-7, 1e-6);
    assert!(finding.passed() && (finding.worst - 0.5).abs() < 1e-6);
    finding.compare(&|| "far".to_owned(), f64::NAN, 1.0, 1e-6);
    assert!(
        !finding.passed() && finding.failures == ["far: NaNe0, not 1e0"]
            || finding.failures == ["far: NaN, not 1e0"]
    );
}

#[test]
fn every_catalogued_mistake_can_be_made() {
    #[derive(serde::Deserialize)]
    struct Catalogue {
        mutant: Vec<Mutant>,
    }
    #[derive(serde::Deserialize)]
    struct Mutant {
        file: String,
        find: String,
        replace: String,
    }
    let catalogue: Catalogue = toml::from_str(include_str!("../mutants.toml")).unwrap();
    assert!(40 <= catalogue.mutant.len());
    let methods = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../methods/src");
    for Mutant { file, find, replace } in &catalogue.mutant {
        let source = std::fs::read_to_string(methods.join(file)).unwrap();
        assert_eq!(source.matches(find.as_str()).count(), 1, "{file}: {find}");
        assert!(find != replace, "{file}: {find}");
    }
}

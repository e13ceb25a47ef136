use super::*;

#[test]
fn every_loss_is_what_it_says_it_is() {
    let findings = check(&|_| true, Vec::new(), &mut |_| {});
    let failed: Vec<&Finding> = findings.iter().filter(|finding| !finding.passed()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    let of = |proof| findings.iter().filter(|finding| finding.proof == proof).count();
    assert!(findings.iter().filter(|f| f.proof == Proof::Golden).all(|f| 0 < f.compared));
    assert!(30 < of(Proof::Golden) && of(Proof::Stability) == of(Proof::Precision));
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

//! The documentation of every test, from the head of its file.

/// The name of each test, or of what tests are made of, and its file.
pub fn pages() -> [(&'static str, &'static str); 19] {
    [
        ("friedman", include_str!("friedman.rs")),
        ("skillings_mack", include_str!("skillings_mack.rs")),
        ("nemenyi", include_str!("nemenyi.rs")),
        ("studentized_range", include_str!("studentized_range.rs")),
        ("against_control", include_str!("control.rs")),
        ("wilcoxon", include_str!("wilcoxon.rs")),
        ("signed_rank_null", include_str!("signed_rank_null.rs")),
        ("hodges_lehmann", include_str!("hodges_lehmann.rs")),
        ("sign_test", include_str!("sign_test.rs")),
        ("corrected_resampled_t", include_str!("resampled.rs")),
        ("stratified", include_str!("stratified.rs")),
        ("five_by_two", include_str!("five_by_two.rs")),
        ("holm", include_str!("adjust.rs")),
        ("least_p", include_str!("design.rs")),
        ("effect_size", include_str!("effect_size.rs")),
        ("bayes", include_str!("bayes.rs")),
        ("bradley_terry", include_str!("bradley_terry.rs")),
        ("bootstrap", include_str!("bootstrap.rs")),
        ("draws", include_str!("draws.rs")),
    ]
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_that_names_a_source_has_a_page() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/significance");
        let mut n = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let code = fs::read_to_string(&path).unwrap();
            if code.lines().any(|line| line.starts_with("//! Source: ")) {
                n += 1;
                let known = pages().iter().any(|(_, known)| *known == code);
                assert!(known, "{} has no page: name it here", path.display());
            }
        }
        assert_eq!(n, pages().len());
    }
}

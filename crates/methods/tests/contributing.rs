//! What CONTRIBUTING says of adding a method is all there is to it.

use std::fs;
use std::path::Path;

use methods::losses::LossSpec;
use methods::sampling::SamplingSpec;
use strum::IntoEnumIterator;

/// `focal_star` as a variant of an enumeration.
fn camel(name: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('_').map(capital).collect()
}

/// The lines of `text`, but for attributes, that name the method as it stands in an experiment file, as a variant or as
/// a type, which says what it is where a loss has the same name.
fn naming<'a>(text: &'a str, method: &str) -> Vec<&'a str> {
    let variant = camel(method);
    let sampling = format!("{variant}Sampling");
    let names = |line: &&str| {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        !line.trim_start().starts_with("#[")
            && words.any(|word| [method, &variant, &sampling].contains(&word))
    };
    text.lines().filter(names).collect()
}

#[test]
fn a_new_loss_is_a_file_five_lines_and_its_corners() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let read = |file: &str| fs::read_to_string(source.join(file)).unwrap();
    let list = read("losses/mod.rs");
    let corners = read("losses/corners.toml");
    let elsewhere = ["losses/definition.rs", "losses/link.rs", "step.rs", "setting.rs"];
    for loss in LossSpec::iter().map(|loss| loss.name()) {
        assert!(source.join(format!("losses/{loss}.rs")).is_file(), "{loss} has no file");
        // `mod`, `pub use`, the variant with its link, a line of `each!`.
        let lines = naming(&list, loss);
        assert!((4..=5).contains(&lines.len()), "{loss}: {lines:#?}");
        assert!(!naming(&corners, loss).is_empty(), "{loss} has no corners");
        assert!(!read("pages.rs").contains(&format!("losses/{loss}.rs")), "{loss} in pages.rs");
        for file in elsewhere {
            let text = read(file);
            let code = text.split("#[cfg(test)]").next().unwrap();
            let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            let code = code.collect::<Vec<_>>().join("\n");
            assert!(naming(&code, loss).is_empty(), "{loss} stands in {file}: {code}");
        }
    }
}

#[test]
fn a_new_sampler_is_a_file_and_five_lines() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let read = |file: &str| fs::read_to_string(source.join(file)).unwrap();
    let list = read("sampling/mod.rs");
    for sampler in SamplingSpec::iter().map(|sampler| sampler.name()) {
        assert!(source.join(format!("sampling/{sampler}.rs")).is_file(), "{sampler} has no file");
        // `mod`, `pub use`, the variant with its link, a line of `definition`.
        let lines = naming(&list, sampler);
        assert_eq!(lines.len(), 5, "{sampler}: {lines:#?}");
        let pages = read("pages.rs");
        let pages = pages.split("#[cfg(test)]").next().unwrap();
        assert!(naming(pages, sampler).is_empty(), "{sampler} stands in pages.rs");
    }
}

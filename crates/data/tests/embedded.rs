//! Every embedded data set is what the catalogue says.

use data::{Catalogue, Column, MetaSpec, PartsSpec, PreprocessSpec, Preprocessor, SplitSpec};

/// A fixed scramble: the tests need any permutation.
fn permutation(_: &str, n: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    order.sort_by_key(|i| i.wrapping_mul(2_654_435_761));
    order
}

#[test]
fn every_set_has_the_rows_features_and_counts_of_the_catalogue() {
    let catalogue = Catalogue::embedded();
    assert_eq!(catalogue.entries().len(), 67);
    for entry in catalogue.entries() {
        let dataset = catalogue.load(&entry.name).unwrap();
        let name = &entry.name;
        assert_eq!(dataset.targets.len(), entry.rows, "{name}: rows");
        assert_eq!(
            dataset.columns.len(),
            entry.n_numeric + entry.n_categorical,
            "{name}: features"
        );
        if entry.parent.is_none() {
            let numeric =
                dataset.columns.iter().filter(|c| matches!(c, Column::Numeric { .. })).count();
            assert_eq!(numeric, entry.n_numeric, "{name}: numeric features");
        }
        let missing: usize = dataset.columns.iter().map(Column::n_missing).sum();
        assert_eq!(missing, entry.missing_cells, "{name}: missing cells");
        assert_eq!(dataset.classes.len(), entry.n_classes(), "{name}: classes");
        for (class, count) in dataset.classes.iter().zip(dataset.class_counts()) {
            assert_eq!(entry.counts[class], count, "{name}: {class}");
        }
        assert_eq!(dataset.image.is_some(), entry.is_image(), "{name}: images");
        if let Some(positive) = &entry.positive {
            assert_eq!(dataset.classes[1], *positive, "{name}: the positive class");
        }
    }
}

#[test]
fn every_set_is_split_and_prepared_to_finite_numbers() {
    let catalogue = Catalogue::embedded();
    let spec = PartsSpec {
        split: SplitSpec::default(),
        profile: None,
        meta: Some(MetaSpec::default()),
        validation: 0.2,
    };
    for name in catalogue.names() {
        let dataset = catalogue.load(&name).unwrap();
        let (parts, _) = spec.parts(&dataset.rows(), 0, &mut permutation).unwrap();
        let preprocessor =
            Preprocessor::fit(&dataset, &parts.train, &[], &PreprocessSpec::default(), true);
        for rows in [&parts.train, &parts.meta, &parts.validation, &parts.test] {
            let features = preprocessor.transform(&dataset, rows);
            assert_eq!(features.values.len(), rows.len() * features.n_columns, "{name}");
            assert!(features.values.iter().all(|x| x.is_finite()), "{name}");
            // Pixels stay where they are, those that are never drawn on too.
            assert!(dataset.image.is_none() || features.n_columns == 784, "{name}");
        }
    }
}

#[test]
fn every_file_has_the_digest_of_the_catalogue_and_an_attribution() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/starter");
    let attribution = std::fs::read_to_string(format!("{folder}/ATTRIBUTION.md")).unwrap();
    for entry in Catalogue::embedded().entries() {
        let (Some(file), Some(digest)) = (&entry.file, &entry.blake3) else { continue };
        let file = match entry.name.as_str() {
            _ if entry.is_image() => format!("{file}/train-images-idx3-ubyte.gz"),
            "neon-trees-mini" => format!("{file}/OSBS_029.png"),
            _ => file.clone(),
        };
        let bytes = std::fs::read(format!("{folder}/{file}")).unwrap();
        assert_eq!(blake3::hash(&bytes).to_hex().as_str(), digest, "{file}");
        assert!(attribution.contains(&format!("## {}\n", entry.name)), "{}", entry.name);
    }
}

#[test]
fn groups_hold_what_they_say() {
    let catalogue = Catalogue::embedded();
    let size = |group| catalogue.group(group).unwrap().len();
    assert_eq!(size("binary") + size("multiclass") + size("image"), size("all"));
    assert!(40 < size("binary") && 15 < size("multiclass") && size("image") == 1);
    assert_eq!(catalogue.group("binaries"), None);
}

#[test]
fn pictures_with_boxes_are_windows_and_no_set_of_a_group() {
    let catalogue = Catalogue::embedded();
    let set = catalogue.load("neon-trees-mini").unwrap();
    let proposed = set.proposed.as_ref().unwrap();
    assert_eq!(set.classes, ["background", "Tree"]);
    assert_eq!(proposed.images, ["OSBS_029.png", "SOAP_061.png"]);
    assert_eq!(proposed.objects.len(), 98);
    assert_eq!(proposed.extents, [(400.0, 400.0); 2]);
    let pictures = catalogue.pictures("neon-trees-mini").unwrap().unwrap();
    assert!(pictures.iter().map(|picture| &picture.name).eq(&proposed.images));
    assert!(pictures.iter().all(|p| p.image.size == [400, 400] && p.image.channels == 3));
    assert_eq!(catalogue.pictures("ecoli4").unwrap(), None);
    let is_in = |group| catalogue.group(group).unwrap().contains(&"neon-trees-mini".to_owned());
    assert_eq!(Catalogue::GROUPS.map(is_in), [false; 4]);
}

#[test]
fn an_unknown_name_is_an_error() {
    let error = Catalogue::embedded().load("ecoli5").unwrap_err();
    assert_eq!(error.to_string(), "there is no data set `ecoli5`");
}

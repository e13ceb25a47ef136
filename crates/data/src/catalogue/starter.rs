//! The bytes of the embedded data sets.

/// The catalogue of the embedded data sets.
pub(crate) const CATALOGUE: &str = include_str!("../../starter/catalogue.toml");

/// The embedded files by their names in the catalogue.
pub(crate) const FILES: &[(&str, &[u8])] = &[
    ("tabular/abalone.parquet", include_bytes!("../../starter/tabular/abalone.parquet")),
    ("tabular/balance.parquet", include_bytes!("../../starter/tabular/balance.parquet")),
    ("tabular/car.parquet", include_bytes!("../../starter/tabular/car.parquet")),
    ("tabular/cleveland-0_vs_4.csv", include_bytes!("../../starter/tabular/cleveland-0_vs_4.csv")),
    ("tabular/dermatology.parquet", include_bytes!("../../starter/tabular/dermatology.parquet")),
    ("tabular/ecoli.parquet", include_bytes!("../../starter/tabular/ecoli.parquet")),
    ("tabular/fars.parquet", include_bytes!("../../starter/tabular/fars.parquet")),
    ("tabular/flare.parquet", include_bytes!("../../starter/tabular/flare.parquet")),
    ("tabular/glass.parquet", include_bytes!("../../starter/tabular/glass.parquet")),
    ("tabular/haberman.csv", include_bytes!("../../starter/tabular/haberman.csv")),
    ("tabular/hypothyroid.parquet", include_bytes!("../../starter/tabular/hypothyroid.parquet")),
    ("tabular/kr-vs-k.parquet", include_bytes!("../../starter/tabular/kr-vs-k.parquet")),
    ("tabular/lymphography.parquet", include_bytes!("../../starter/tabular/lymphography.parquet")),
    ("tabular/newthyroid.parquet", include_bytes!("../../starter/tabular/newthyroid.parquet")),
    ("tabular/nursery.parquet", include_bytes!("../../starter/tabular/nursery.parquet")),
    ("tabular/page-blocks.parquet", include_bytes!("../../starter/tabular/page-blocks.parquet")),
    ("tabular/pima.csv", include_bytes!("../../starter/tabular/pima.csv")),
    ("tabular/segment0.csv", include_bytes!("../../starter/tabular/segment0.csv")),
    ("tabular/shuttle.parquet", include_bytes!("../../starter/tabular/shuttle.parquet")),
    ("tabular/soybean.parquet", include_bytes!("../../starter/tabular/soybean.parquet")),
    ("tabular/vowel0.csv", include_bytes!("../../starter/tabular/vowel0.csv")),
    (
        "tabular/winequality-red.parquet",
        include_bytes!("../../starter/tabular/winequality-red.parquet"),
    ),
    ("tabular/wisconsin.csv", include_bytes!("../../starter/tabular/wisconsin.csv")),
    ("tabular/yeast.parquet", include_bytes!("../../starter/tabular/yeast.parquet")),
    ("tabular/zoo.parquet", include_bytes!("../../starter/tabular/zoo.parquet")),
    (
        "image/fashion-mnist-lt-mini/train-images-idx3-ubyte.gz",
        include_bytes!("../../starter/image/fashion-mnist-lt-mini/train-images-idx3-ubyte.gz"),
    ),
    (
        "image/fashion-mnist-lt-mini/train-labels-idx1-ubyte.gz",
        include_bytes!("../../starter/image/fashion-mnist-lt-mini/train-labels-idx1-ubyte.gz"),
    ),
    (
        "image/fashion-mnist-lt-mini/t10k-images-idx3-ubyte.gz",
        include_bytes!("../../starter/image/fashion-mnist-lt-mini/t10k-images-idx3-ubyte.gz"),
    ),
    (
        "image/fashion-mnist-lt-mini/t10k-labels-idx1-ubyte.gz",
        include_bytes!("../../starter/image/fashion-mnist-lt-mini/t10k-labels-idx1-ubyte.gz"),
    ),
    (
        "detection/neon-trees-mini/OSBS_029.png",
        include_bytes!("../../starter/detection/neon-trees-mini/OSBS_029.png"),
    ),
    (
        "detection/neon-trees-mini/SOAP_061.png",
        include_bytes!("../../starter/detection/neon-trees-mini/SOAP_061.png"),
    ),
    (
        "detection/neon-trees-mini/boxes.csv",
        include_bytes!("../../starter/detection/neon-trees-mini/boxes.csv"),
    ),
];

# List the recipes.
default:
    @just --list

# Run an experiment: what is missing of it, then its comparison.
run-grid FILE="experiments/ablation.toml" *FLAGS:
    cargo run --release -- run {{FILE}} {{FLAGS}}

# Every test.
test:
    cargo test --workspace

# What has to hold before a change lands: formatting, lints, documentation.
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Benchmarks of the kernels, the training step, the trees and the cells per second.
bench *FILTER:
    cargo bench -p nn -- {{FILTER}}
    cargo bench -p methods -- {{FILTER}}
    cargo bench -p baselines -- {{FILTER}}
    cargo bench -p evaluation -- {{FILTER}}
    cargo bench -p experiment -- {{FILTER}}
    cargo bench -p report -- {{FILTER}}

# Format the code.
fmt:
    cargo fmt --all

# Five minutes of experiments/long-tail.toml: one ratio and two seeds. It wants `longtail datasets fetch fashion-mnist` before.
long-tail-small:
    cargo run --release -- run experiments/long-tail.toml --set experiment.name=long-tail-small --set 'experiment.seeds=[0, 1]' \
        --set 'axes.dataset=[{ fashion-mnist.profile = { exponential = { ratio = 100, largest = 1250 } } }]'

# Rebuild tables and comparison from what is recorded.
report FILE="experiments/ablation.toml" *FLAGS:
    cargo run --release -- report {{FILE}} {{FLAGS}}

# Are the numbers of this repository what they were? `just gate --accept` makes them the baseline.
gate *FLAGS:
    rm -rf target/gate
    cargo run --release -- run experiments/quickstart.toml --quiet --results target/gate > /dev/null
    cargo run --release -- gate --results target/gate --baseline results/baseline {{FLAGS}}

# Is what the README shows of quickstart and of controls what they print?
shown:
    rm -rf target/shown && mkdir -p target/shown
    for name in quickstart controls; do \
        cargo run --release -- run experiments/$name.toml --quiet --results target/shown > target/shown/$name.txt || exit 1; done
    LONGTAIL_SHOWN=target/shown cargo test -p longtail --test program -- --ignored the_readme_shows

# False alarms of 10,000 gates over the baseline in which nothing is worse, and the declines that gates find.
gate-power *ARGS:
    cargo run --release -p report --example gate_power -- {{ARGS}}

# Build every catalogued mistake into a copy of the methods, and count those that the checks notice.
mutants *FILE:
    cargo run -p conformance --example mutants -- {{FILE}}

# Feed every reader damaged files for so many seconds each; what it finds is kept in proptest-regressions.
fuzz SECONDS="600":
    #!/usr/bin/env bash
    set -eu
    cargo test -p data --lib --no-run
    cargo test -q -p data --lib -- --list 2>/dev/null | sed -n 's/: test$//p' | grep damage | while read -r reader; do
        code=0
        PROPTEST_CASES=4000000000 timeout {{SECONDS}} cargo test -q -p data --lib -- --exact "$reader" || code=$?
        # 124: the time was over and nothing was found.
        [ "$code" -eq 124 ] || { echo "$reader: a file that it cannot bear"; exit 1; }
        echo "$reader: nothing found in {{SECONDS}} s"
    done

# The book in target/book/html: guides, every key of a file, a page a method. It wants mdBook (cargo install mdbook --locked).
book:
    #!/usr/bin/env bash
    set -eu
    book=target/book
    rm -rf $book
    mkdir -p $book/src
    cp -r docs/. $book/src
    mv $book/src/book.toml $book
    # mdBook renders README.md as index.html, and leaves links to it as they are.
    find $book/src -name '*.md' ! -name SUMMARY.md -exec sed -i 's|/README\.md)|/index.md)|g' {} +
    { echo "# Every key of an experiment file"; echo; cargo run -q -p longtail -- keys; } > $book/src/keys.md
    cargo run -q -p longtail -- methods --book $book/src/methods
    for page in docs/decisions/[a-z]*.md; do
        echo "  - [$(sed -n '1s/^# //p' "$page")](${page#docs/})" >> $book/src/SUMMARY.md
    done
    { echo; echo "# Reference"; echo; echo "- [Every key of an experiment file](keys.md)"; } >> $book/src/SUMMARY.md
    sed 's|](|](methods/|' $book/src/methods/SUMMARY.md >> $book/src/SUMMARY.md
    mdbook build $book

# The tests of `report --png`, which CI leaves out: resvg changes features of crates below Polars, which is built once more.
paint:
    cargo test -p report --features png --lib --test comparison figures

# The pictures of the guides to detection and to retrieval: two cells of experiments/detection.toml on one scene, and two of
# experiments/retrieval-embedded.toml on one set.
pictures:
    cargo run --release -- run experiments/detection.toml
    cargo run --release -- replay fdacfee4ab --experiment detection --figures target/pictures/ohem
    cargo run --release -- replay d1a1f8c1c8 --experiment detection --figures target/pictures/random
    cp target/pictures/ohem/learnt-1-scene-001.svg docs/images/learnt-ohem.svg
    cp target/pictures/random/learnt-1-scene-001.svg docs/images/learnt-random.svg
    cp target/pictures/ohem/found-61-scene-061.svg docs/images/found-ohem.svg
    cargo run --release -- run experiments/retrieval-embedded.toml
    cargo run --release -- replay 51146e7a7a --experiment retrieval-embedded --figures target/pictures/batch-hard
    cargo run --release -- replay a6fe61b7e9 --experiment retrieval-embedded --figures target/pictures/semi-hard
    cp target/pictures/batch-hard/embeddings.svg docs/images/embedded-batch-hard.svg
    cp target/pictures/semi-hard/embeddings.svg docs/images/embedded-semi-hard.svg

# The pictures that the README shows: quickstart's page in headless Chromium, and a figure of it.
screenshot:
    cargo run --release -- run experiments/quickstart.toml
    chromium --headless --no-sandbox --hide-scrollbars --virtual-time-budget=5000 --window-size=1400,640 \
        --screenshot=docs/images/report.png "file://$PWD/results/quickstart/report.html"
    cp results/quickstart/figures/classes.svg docs/images

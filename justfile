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

# Benchmarks of the kernels, the training step and the cells per second.
bench *FILTER:
    cargo bench -p nn -- {{FILTER}}
    cargo bench -p methods -- {{FILTER}}
    cargo bench -p experiment -- {{FILTER}}

# Format the code.
fmt:
    cargo fmt --all

# Rebuild tables and comparison from what is recorded.
report FILE="experiments/ablation.toml" *FLAGS:
    cargo run --release -- report {{FILE}} {{FLAGS}}

# Build every catalogued mistake into a copy of the losses, and count those that `longtail check` notices.
mutants *FILE:
    cargo run -p conformance --example mutants -- {{FILE}}

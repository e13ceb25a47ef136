//! The header of a source file, which is the page of what it holds.

/// The page that the `//!` lines of a source file are.
pub fn header(file: &str) -> String {
    let lines = file.lines().map_while(|line| line.strip_prefix("//!"));
    lines.flat_map(|line| [line.strip_prefix(' ').unwrap_or(line), "\n"]).collect()
}

//! Which names can be those of folders on every system.

/// Longer names leave no room for what stands beside them: systems allow 255 bytes.
const LONGEST: usize = 100;

/// Whether `name` can be a folder's name everywhere.
///
/// # Errors
/// Why not, and what to do, each in a sentence.
pub fn folder_name(name: &str) -> Result<(), (String, &'static str)> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if LONGEST < name.chars().count() {
        let start: String = name.chars().take(20).collect();
        let message = format!(
            "the name that begins with {start:?} has {} characters, and a folder's has {LONGEST} at the most",
            name.chars().count()
        );
        return Err((message, "choose a shorter name"));
    }
    if name.is_empty() || name.starts_with('.') || name.ends_with('.') || !name.chars().all(allowed)
    {
        let message = format!("the name {name:?} cannot be a folder's name everywhere");
        return Err((message, "use letters, digits, `-`, `_` and `.`, as in \"focal-ablation\""));
    }
    if is_device(name) {
        let message = format!("the name {name:?} is that of a device on Windows");
        return Err((message, "choose another name, as in \"focal-ablation\""));
    }
    Ok(())
}

/// `con`, `NUL.x`, `com1`: whatever stands behind a dot.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let numbered =
        |prefix| stem.strip_prefix(prefix).is_some_and(|n| matches!(n.as_bytes(), [b'1'..=b'9']));
    ["con", "prn", "aux", "nul"].contains(&stem.as_str()) || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::folder_name;

    #[test]
    fn devices_dots_and_long_names_are_no_folders() {
        for name in ["focal-ablation", "a.b", "console", "com", "com10", "nul_1", &"x".repeat(100)]
        {
            assert_eq!(folder_name(name), Ok(()), "{name}");
        }
        for name in
            ["", ".a", "a.", "a b", "a/b", "é", "NUL", "con", "Com1", "lpt9.txt", &"x".repeat(101)]
        {
            assert!(folder_name(name).is_err(), "{name}");
        }
    }
}

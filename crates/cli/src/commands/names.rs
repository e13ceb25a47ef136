//! Names of data sets, made of those of files.

use experiment::file::folder_name;

/// Whether `name` can name a folder, a data set and a row of a table: ASCII letters, digits, `-` and `_`.
pub(crate) fn is_plain(name: &str) -> bool {
    !name.contains('.') && folder_name(name).is_ok()
}

/// A plain name that one can still read: `my data – größe (1)` becomes `my_data_groesse_1`.
pub(crate) fn plain(name: &str) -> String {
    if is_plain(name) {
        return name.to_owned();
    }
    let spelt: String = name.chars().map(spelt).collect();
    let words: Vec<&str> = spelt.split('_').filter(|word| !word.is_empty()).collect();
    let joined: String = words.join("_").chars().take(60).collect();
    match joined.as_str() {
        "" => "dataset".to_owned(),
        name if is_plain(name) => joined,
        // A device's name.
        name => format!("{name}_data"),
    }
}

/// A character in ASCII: letters as they are spelt without their marks, `_` for what is between words.
fn spelt(c: char) -> String {
    let letters = match c {
        'À'..='Ã' | 'Å' => "A",
        'Ä' | 'Æ' => "Ae",
        'Ç' => "C",
        'È'..='Ë' => "E",
        'Ì'..='Ï' => "I",
        'Ñ' => "N",
        'Ò'..='Õ' => "O",
        'Ö' | 'Ø' | 'Œ' => "Oe",
        'Ù'..='Û' => "U",
        'Ü' => "Ue",
        'à'..='ã' | 'å' => "a",
        'ä' | 'æ' => "ae",
        'ç' => "c",
        'è'..='ë' => "e",
        'ì'..='ï' => "i",
        'ñ' => "n",
        'ò'..='õ' => "o",
        'ö' | 'ø' | 'œ' => "oe",
        'ù'..='û' => "u",
        'ü' => "ue",
        'ý' | 'ÿ' => "y",
        'ß' => "ss",
        // Marks that stand behind their letter, as in names of files on a Mac.
        '\u{300}'..='\u{36f}' => "",
        _ if c.is_ascii_alphanumeric() || c == '-' => return c.to_string(),
        _ => "_",
    };
    letters.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_stay_readable() {
        for (name, expected) in [
            ("churn-2024_v2", "churn-2024_v2"),
            ("_odd__name_", "_odd__name_"),
            ("my data – größe (1)", "my_data_groesse_1"),
            ("Übung.v2", "Uebung_v2"),
            ("cafe\u{301} crème", "cafe_creme"),
            (".hidden", "hidden"),
            ("данные", "dataset"),
            ("", "dataset"),
        ] {
            assert_eq!(plain(name), expected, "{name:?}");
            assert!(is_plain(&plain(name)), "{name:?}");
        }
    }
}

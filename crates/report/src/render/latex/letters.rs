//! Letters as pdfLaTeX, LuaLaTeX and XeLaTeX all read them.
//!
//! What the fonts of pdfLaTeX have stands as it is, and Greek as mathematics. Of anything else pdfLaTeX shows the number,
//! `[U+4E2D]`; LuaLaTeX and XeLaTeX, which know `\Umathcode`, show the letter itself, if the document's font has it.

use std::fmt::Write;

/// Latin letters with accents, and signs, for which the fonts of every LaTeX have a glyph.
const KNOWN: &str = "¡£§©®°¶·¿–‘’“”…ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿĀāĂăĆćĈĉĊċČčĎďĒēĔĕĖėĚě\
    ĜĝĞğĠġĤĥĨĩĪīĬĭİıĴĵĹĺĽľŁłŃńŇňŌōŎŏŐőŒœŔŕŘřŚśŜŝŞşŠšŢţŤťŨũŪūŬŭŮůŰűŴŵŶŷŸŹźŻżŽž";

/// Greek letters and signs, and what they are in mathematics.
const MATHEMATICS: &str = r"α\alpha β\beta γ\gamma δ\delta ε\varepsilon ζ\zeta η\eta θ\theta ι\iota κ\kappa λ\lambda μ\mu µ\mu ν\nu ξ\xi
    οo π\pi ρ\rho ς\varsigma σ\sigma τ\tau υ\upsilon φ\varphi χ\chi ψ\psi ω\omega
    Α\mathrm{A} Β\mathrm{B} Γ\Gamma Δ\Delta Ε\mathrm{E} Ζ\mathrm{Z} Η\mathrm{H} Θ\Theta Ι\mathrm{I} Κ\mathrm{K} Λ\Lambda Μ\mathrm{M}
    Ν\mathrm{N} Ξ\Xi Ο\mathrm{O} Π\Pi Ρ\mathrm{P} Σ\Sigma Τ\mathrm{T} Υ\Upsilon Φ\Phi Χ\mathrm{X} Ψ\Psi Ω\Omega
    −- ≤\leq ≥\geq ≈\approx →\rightarrow ∞\infty";

/// What a letter is called in mathematics.
fn mathematics(letter: char) -> Option<&'static str> {
    MATHEMATICS.split_whitespace().find_map(|entry| entry.strip_prefix(letter))
}

/// Whether pdfLaTeX shows the number of a letter in its place.
pub(super) fn is_numbered(letter: char) -> bool {
    let is_plain = letter.is_ascii() || letter.is_whitespace() || KNOWN.contains(letter);
    !is_plain && mathematics(letter).is_none()
}

/// Adds a letter that is no command of LaTeX, and may be in none of its fonts.
pub(super) fn push(letter: char, text: &mut String) {
    if letter.is_ascii() || KNOWN.contains(letter) {
        text.push(letter);
    } else if let Some(name) = mathematics(letter) {
        let _ = write!(text, "${name}$");
    } else if letter.is_whitespace() {
        text.push(' ');
    } else {
        let number = u32::from(letter);
        let _ =
            write!(text, "\\ifdefined\\Umathcode {letter}\\else{{[}}U+{number:04X}{{]}}\\fi{{}}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(text: &str) -> String {
        let mut out = String::new();
        text.chars().for_each(|letter| push(letter, &mut out));
        out
    }

    #[test]
    fn latin_stays_and_greek_is_mathematics() {
        assert_eq!(pushed("Müller, Łódź"), "Müller, Łódź");
        assert_eq!(pushed("γ=2 Ω"), r"$\gamma$=2 $\Omega$");
    }

    #[test]
    fn what_a_font_may_not_have_is_shown_by_its_number_there() {
        assert_eq!(pushed("中"), r"\ifdefined\Umathcode 中\else{[}U+4E2D{]}\fi{}");
    }
}

//! NumPy's `.npy`: one array of numbers or of strings.
//!
//! ```text
//! 0x93 N U M P Y, version (major, minor), length of the header (little-endian: 2 bytes in version
//! 1, 4 bytes in versions 2 and 3), header, items
//!
//! header = {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } and spaces
//! descr  = byte order (`<`, `>`, or `|` where there is none), kind, size
//! kind   = f i u b (numbers, truth values), U (characters of 4 bytes), S (bytes)
//! ```
//!
//! Understood: keys in any order, `3L` for 3 (Python 2), shorter strings filled up with NUL, items
//! in Fortran order. Refused: Python objects (reading a pickle runs code), items with named fields,
//! whole numbers beyond 2^53 (a float would change them), strings that are not Unicode.
//!
//! The crate npyz reads all of this too, but allocates whatever the header asks for and panics on
//! brackets that are nested deeply.
//!
//! Source: the documentation of `numpy.lib.format`.

use crate::error::DataError;
use crate::formats::bounds::Bound;
use crate::formats::cells::texts::Texts;

/// An array.
#[derive(Debug, PartialEq)]
pub(crate) struct NpyArray {
    /// Its sizes, the number of rows first; never empty.
    pub(crate) shape: Vec<usize>,
    pub(crate) values: ArrayValues,
    /// Whether its items are truth values, which are 0 and 1.
    pub(crate) is_truths: bool,
}

/// The items of an array in C order: the last index changes first.
#[derive(Debug, PartialEq)]
pub(crate) enum ArrayValues {
    Numbers(Vec<f64>),
    Texts(Texts),
}

/// NumPy's own bound.
const MAX_RANK: usize = 64;

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(file: &str, bytes: &[u8], bound: Bound) -> Result<NpyArray, DataError> {
    array(bytes, bound).map_err(|message| DataError::Binary { file: file.to_owned(), message })
}

fn array(bytes: &[u8], bound: Bound) -> Result<NpyArray, String> {
    let (header, data) = parts(bytes)?;
    let Header { descr, fortran, shape } = parse(header)?;
    let item = Item::new(&descr)?;
    if shape.is_empty() {
        return Err("it is a single value, not an array".to_owned());
    }
    if shape.len() > MAX_RANK {
        return Err(format!("it has {} axes; NumPy allows {MAX_RANK}", shape.len()));
    }
    let count = shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
    let expected = count.and_then(|count| count.checked_mul(item.size));
    let (Some(count), true) = (count, expected == Some(data.len())) else {
        return Err(format!(
            "{} bytes follow the header, not items of {} bytes in the shape {shape:?}",
            data.len(),
            item.size
        ));
    };
    bound.check(count, count / shape[0].max(1))?;
    let items = (0..count).map(|i| {
        let at = if fortran { fortran_position(i, &shape, count) } else { i };
        &data[at * item.size..][..item.size]
    });
    let at = |i: usize| move |message: String| format!("item {i} (in C order, from 0) {message}");
    let values = if matches!(item.kind, 'U' | 'S') {
        let mut texts = Texts::default();
        for (i, bytes) in items.enumerate() {
            texts.push(&item.text(bytes).map_err(at(i))?);
        }
        ArrayValues::Texts(texts)
    } else {
        let numbers = items.enumerate().map(|(i, bytes)| item.number(bytes).map_err(at(i)));
        ArrayValues::Numbers(numbers.collect::<Result<_, _>>()?)
    };
    Ok(NpyArray { shape, values, is_truths: item.kind == 'b' })
}

/// The header and the items.
fn parts(bytes: &[u8]) -> Result<(&str, &[u8]), String> {
    let no_array = "a NumPy array begins with 0x93, NUMPY and its version";
    let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or(no_array)?;
    let ([major, _], rest) = rest.split_first_chunk::<2>().ok_or(no_array)?;
    let cut = "the file ends in the header";
    let (length, rest) = match major {
        1 => {
            let (length, rest) = rest.split_first_chunk().ok_or(cut)?;
            (usize::from(u16::from_le_bytes(*length)), rest)
        }
        2 | 3 => {
            let (length, rest) = rest.split_first_chunk().ok_or(cut)?;
            (u32::from_le_bytes(*length) as usize, rest)
        }
        other => return Err(format!("version {other} is none of 1, 2 and 3")),
    };
    let (header, data) = rest.split_at_checked(length).ok_or(cut)?;
    let header = str::from_utf8(header).map_err(|_| "the header is no text")?;
    Ok((header, data))
}

/// Where the item is stored in Fortran order that is `i`-th of `count` in C order.
fn fortran_position(i: usize, shape: &[usize], count: usize) -> usize {
    let (mut rest, mut stride, mut position) = (i, count, 0);
    for &size in shape.iter().rev() {
        stride /= size;
        position += rest % size * stride;
        rest /= size;
    }
    position
}

struct Header {
    descr: String,
    fortran: bool,
    shape: Vec<usize>,
}

fn parse(text: &str) -> Result<Header, String> {
    let mut rest = Rest(text);
    let (mut descr, mut fortran, mut shape) = (None, None, None);
    rest.expect("{")?;
    while !rest.take("}") {
        let key = rest.string()?;
        rest.expect(":")?;
        match key {
            "descr" if rest.take("[") => {
                return Err("its items have named fields: save one array a field".to_owned());
            }
            "descr" => descr = Some(rest.string()?.to_owned()),
            "fortran_order" if rest.take("True") => fortran = Some(true),
            "fortran_order" if rest.take("False") => fortran = Some(false),
            "fortran_order" => return Err(rest.expected("True or False")),
            "shape" => shape = Some(rest.shape()?),
            _ => return Err(format!("the header has the key `{key}`, which means nothing here")),
        }
        if !rest.take(",") {
            rest.expect("}")?;
            break;
        }
    }
    let missing = |key: &str| format!("the header has no `{key}`");
    Ok(Header {
        descr: descr.ok_or_else(|| missing("descr"))?,
        fortran: fortran.ok_or_else(|| missing("fortran_order"))?,
        shape: shape.ok_or_else(|| missing("shape"))?,
    })
}

/// What of a header is not read yet.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn take(&mut self, token: &str) -> bool {
        let rest = self.0.trim_start().strip_prefix(token);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.take(token) { Ok(()) } else { Err(self.expected(&format!("`{token}`"))) }
    }

    fn string(&mut self) -> Result<&'a str, String> {
        let quote = if self.take("\"") { '"' } else { '\'' };
        if quote == '\'' && !self.take("'") {
            return Err(self.expected("a string"));
        }
        let (string, rest) =
            self.0.split_once(quote).ok_or("a string in the header does not end")?;
        self.0 = rest;
        Ok(string)
    }

    fn shape(&mut self) -> Result<Vec<usize>, String> {
        self.expect("(")?;
        let mut shape = Vec::new();
        while !self.take(")") {
            let rest = self.0.trim_start();
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let size = rest[..end].parse().map_err(|_| self.expected("a size"))?;
            shape.push(size);
            self.0 = rest[end..].strip_prefix('L').unwrap_or(&rest[end..]);
            if !self.take(",") {
                self.expect(")")?;
                break;
            }
        }
        Ok(shape)
    }

    fn expected(&self, what: &str) -> String {
        let found: String = self.0.trim().chars().take(20).collect();
        format!("the header goes on with `{found}` where {what} is expected")
    }
}

/// What an item is.
struct Item {
    kind: char,
    /// In bytes, at least 1.
    size: usize,
    big_endian: bool,
}

impl Item {
    fn new(descr: &str) -> Result<Self, String> {
        if descr.trim_start_matches(['|', '<', '>', '=']).starts_with('O') {
            return Err("its items are Python objects (a pickle), and reading those can run any \
                        code: save numbers or strings, as by `array.astype(str)`"
                .to_owned());
        }
        let unknown =
            || format!("its items are `{descr}`; f4, f8, i1 to i8, u1 to u8, b1, U and S are read");
        let mut characters = descr.chars();
        let (order, kind) = (characters.next(), characters.next().ok_or_else(unknown)?);
        let size: usize = characters.as_str().parse().map_err(|_| unknown())?;
        let known = match kind {
            'f' => matches!(size, 4 | 8),
            'i' | 'u' => matches!(size, 1 | 2 | 4 | 8),
            'b' => size == 1,
            'U' | 'S' => size > 0,
            _ => false,
        };
        let has_order = matches!(order, Some('<' | '>'));
        let needs_order = kind != 'S' && (size > 1 || kind == 'U');
        let size = if kind == 'U' { size.checked_mul(4) } else { Some(size) };
        match size {
            Some(size) if known && (has_order || order == Some('|') && !needs_order) => {
                Ok(Item { kind, size, big_endian: order == Some('>') })
            }
            _ => Err(unknown()),
        }
    }

    fn bits(&self, bytes: &[u8]) -> u64 {
        let add = |bits, &byte| bits << 8 | u64::from(byte);
        if self.big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
    }

    fn number(&self, bytes: &[u8]) -> Result<f64, String> {
        let bits = self.bits(bytes);
        let inexact = |number: &str| format!("is {number}: beyond 2^53 a float is not exact");
        match (self.kind, self.size) {
            ('f', 4) => Ok(f64::from(f32::from_bits(bits as u32))),
            ('f', _) => Ok(f64::from_bits(bits)),
            ('i', _) => {
                let unused = 64 - 8 * self.size;
                let number = (bits << unused).cast_signed() >> unused;
                let exact = number.unsigned_abs() <= 1 << 53;
                exact.then_some(number as f64).ok_or_else(|| inexact(&number.to_string()))
            }
            ('b', _) if bits > 1 => Err(format!("is {bits}, no truth value (0 or 1)")),
            _ => (bits <= 1 << 53).then_some(bits as f64).ok_or_else(|| inexact(&bits.to_string())),
        }
    }

    fn text(&self, bytes: &[u8]) -> Result<String, String> {
        let text = if self.kind == 'S' {
            str::from_utf8(bytes).map(str::to_owned).map_err(|_| "is not UTF-8".to_owned())?
        } else {
            let character = |bytes: &[u8]| {
                let code = self.bits(bytes) as u32;
                char::from_u32(code).ok_or_else(|| format!("has {code:#x}, no Unicode character"))
            };
            bytes.chunks_exact(4).map(character).collect::<Result<_, _>>()?
        };
        Ok(text.trim_end_matches('\0').to_owned())
    }
}

#[cfg(test)]
mod tests;

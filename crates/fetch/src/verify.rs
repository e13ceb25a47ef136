//! Whether a file is the one that was expected.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use md5::{Digest, Md5};

use crate::description::Remote;
use crate::error::FetchError;

/// What is compared of a file.
pub(crate) struct Content {
    pub(crate) blake3: String,
    pub(crate) md5: Option<String>,
}

/// A digest that is not the one that was expected.
pub(crate) struct Mismatch {
    pub(crate) algorithm: &'static str,
    pub(crate) expected: String,
    pub(crate) found: String,
}

/// The digests of a file; MD5 only where it is compared.
pub(crate) fn content(path: &Path, with_md5: bool) -> io::Result<Content> {
    let mut file = File::open(path)?;
    let mut blake3 = blake3::Hasher::new();
    let mut md5 = with_md5.then(Md5::new);
    let mut buffer = vec![0; 64 << 10];
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        blake3.update(&buffer[..n]);
        if let Some(md5) = &mut md5 {
            md5.update(&buffer[..n]);
        }
    }
    Ok(Content {
        blake3: blake3.finalize().to_hex().to_string(),
        md5: md5.map(|md5| format!("{:032x}", u128::from_be_bytes(md5.finalize().into()))),
    })
}

/// The first digest that is not the one that the caller or OpenML expects.
pub(crate) fn mismatch(
    content: &Content,
    remote: &Remote,
    digest: Option<&str>,
) -> Option<Mismatch> {
    let pairs =
        [("BLAKE3", digest, Some(&content.blake3)), ("MD5", remote.md5, content.md5.as_ref())];
    pairs.into_iter().find_map(|(algorithm, expected, found)| {
        let (expected, found) = expected.zip(found)?;
        (expected != found).then(|| Mismatch {
            algorithm,
            expected: expected.to_owned(),
            found: found.clone(),
        })
    })
}

/// Whether a file begins and ends as Parquet does; a page of a portal or of an error does not.
pub(crate) fn is_parquet(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() < 12 {
        return Ok(false);
    }
    let mut ends = [0; 8];
    file.read_exact(&mut ends[..4])?;
    file.seek(SeekFrom::End(-4))?;
    file.read_exact(&mut ends[4..])?;
    Ok(ends == *b"PAR1PAR1")
}

/// Whether a file has the two declarations that every ARFF has; a page of a portal or of an error, and nothing at all,
/// do not.
pub(crate) fn is_arff(path: &Path) -> io::Result<bool> {
    let mut lines = BufReader::new(File::open(path)?);
    let mut declarations = ["@relation", "@data"].into_iter().peekable();
    let mut line = Vec::new();
    while let Some(expected) = declarations.peek() {
        line.clear();
        // Longer than any declaration is, and as much as one may keep of a line that has no end.
        if lines.by_ref().take(64 << 10).read_until(b'\n', &mut line)? == 0 {
            return Ok(false);
        }
        let text = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&line).trim_ascii_start();
        if text.len() >= expected.len()
            && text[..expected.len()].eq_ignore_ascii_case(expected.as_bytes())
        {
            declarations.next();
        }
    }
    Ok(true)
}

/// The digest in small digits, if it can be one.
pub(crate) fn blake3_digits(digest: &str) -> Result<String, FetchError> {
    if digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(digest.to_ascii_lowercase());
    }
    Err(FetchError::InvalidDigest { digest: digest.to_owned() })
}

//! What a file of Polars claims to hold, held against what there is of it.
//!
//! Polars asks for the memory that a file's counts call for before it looks at the values, and a process that is
//! refused memory ends. So the counts of a damaged file are found out here first; that the values are what they
//! should be is left to Polars.

use std::fmt::Display;
use std::io::Cursor;

use polars_arrow_format::ipc::planus::ReadAsRoot;
use polars_arrow_format::ipc::{BlockRef, FooterRef, MessageHeaderRef, MessageRef, RecordBatchRef};
use polars_parquet::parquet::compression::DecompressionContext;
use polars_parquet::parquet::encoding::{Encoding as Written, uleb128};
use polars_parquet::parquet::metadata::ColumnChunkMetadata;
use polars_parquet::parquet::page::{Page, split_buffer};
use polars_parquet::parquet::read::{PageReader, decompress};
use polars_parquet::read::read_metadata;
use polars_parquet_format::thrift::protocol::TCompactInputProtocol;
use polars_parquet_format::{Encoding, FileMetaData, PageHeader};

use crate::formats::bounds::{Bound, at_most};

/// Bytes that a value takes in memory at most, beside the text of long ones.
const WIDEST: usize = 16;

/// What Thrift counts for a byte at most: itself, and an entry of a list by the size of its place.
const PER_BYTE: usize = 1 + size_of::<usize>();

/// Bytes that a packed one can stand for: Zstandard repeats one over a block of 128 KiB with a head of three.
const BEST_RATIO: usize = 1 << 15;

/// So many bytes may be packed into any number: there is always memory for them. Pages of 1 MiB are usual.
const SMALL: usize = 1 << 24;

/// Polars trusts the lengths in it, and finding them takes reading it.
const UNREAD: &str = "is encoded as DELTA_BYTE_ARRAY, which is not read: write it with another encoding, or pin \
                      it as ignored";

/// That the lists in the footer of a Parquet file are no longer than the footer.
pub(super) fn check_parquet_footer(bytes: &[u8]) -> Result<(), String> {
    let footer = footer(bytes, b"PAR1")?;
    let most = footer.len().saturating_mul(PER_BYTE);
    FileMetaData::read_from_in_protocol(&mut TCompactInputProtocol::new(footer, most))
        .map_err(text)?;
    Ok(())
}

/// That the columns `wanted` of a Parquet file whose footer is sound have as many values in each row group as it has
/// rows, and their pages together no more.
pub(super) fn check_parquet(bytes: &[u8], wanted: &[String], bound: Bound) -> Result<(), String> {
    let metadata = read_metadata(&mut Cursor::new(bytes)).map_err(text)?;
    let mut n_rows = 0_usize;
    let mut n_bytes = 0_usize;
    for group in &metadata.row_groups {
        n_rows = n_rows.saturating_add(group.num_rows());
        for name in wanted {
            let chunks = group.columns_under_root_iter(name).into_iter().flatten();
            for chunk in chunks {
                check_chunk(bytes, chunk, group.num_rows(), &mut n_bytes)
                    .map_err(|reason| format!("the column `{name}` {reason}"))?;
                at_most(n_bytes, bound.bytes(), "bytes")?;
            }
        }
        bound.check_rows(n_rows, wanted.len())?;
    }
    check_memory(n_rows.saturating_mul(wanted.len()))
}

fn check_chunk(
    bytes: &[u8],
    chunk: &ColumnChunkMetadata,
    n_rows: usize,
    n_bytes: &mut usize,
) -> Result<(), String> {
    if usize::try_from(chunk.num_values()) != Ok(n_rows) {
        return Err(format!("has {} values in {n_rows} rows", chunk.num_values()));
    }
    let range = chunk.byte_range();
    let content = within(bytes, range.start, range.end.checked_sub(range.start));
    let content = content.ok_or("lies outside the file")?;
    if check_pages(content, n_rows, n_bytes)? {
        check_differences(content, chunk)?;
    }
    Ok(())
}

/// That pages have as many values as there are rows; whether some of them hold differences. What they are unpacked is
/// added to `n_bytes`.
fn check_pages(mut rest: &[u8], n_rows: usize, n_bytes: &mut usize) -> Result<bool, String> {
    let mut left = n_rows;
    let mut has_differences = false;
    let mut is_first = true;
    // Polars looks whether the first page is a dictionary even if there are no rows.
    while 0 < left || (is_first && !rest.is_empty()) {
        let most = rest.len().saturating_mul(PER_BYTE);
        let mut header = TCompactInputProtocol::new(&mut rest, most);
        let header = PageHeader::read_from_in_protocol(&mut header).map_err(text)?;
        let packed = usize::try_from(header.compressed_page_size).map_err(text)?;
        let size = usize::try_from(header.uncompressed_page_size).map_err(text)?;
        rest = rest.get(packed..).ok_or("has a page that goes on behind it")?;
        check_ratio(size, packed)?;
        *n_bytes = n_bytes.saturating_add(size);
        if let Some(dictionary) = header.dictionary_page_header {
            let n_values = usize::try_from(dictionary.num_values).map_err(text)?;
            if n_values > size {
                return Err(format!("has a dictionary of {n_values} values in {size} bytes"));
            }
        }
        let v1 = header.data_page_header.map(|header| (header.num_values, header.encoding));
        let v2 = header.data_page_header_v2.map(|header| (header.num_values, header.encoding));
        for (n_values, encoding) in v1.into_iter().chain(v2) {
            let n_values = usize::try_from(n_values).map_err(text)?;
            left = left.checked_sub(n_values).ok_or("has more values than rows")?;
            match encoding {
                Encoding::DELTA_BINARY_PACKED | Encoding::DELTA_LENGTH_BYTE_ARRAY => {
                    has_differences = true;
                }
                Encoding::DELTA_BYTE_ARRAY => return Err(UNREAD.to_owned()),
                _ => {}
            }
        }
        is_first = false;
    }
    Ok(has_differences)
}

/// That pages hold no more differences than values.
fn check_differences(content: &[u8], chunk: &ColumnChunkMetadata) -> Result<(), String> {
    let content = Cursor::new(content.to_vec().into());
    let mut context = DecompressionContext::Unset;
    for page in PageReader::new(content, chunk, Vec::new(), usize::MAX) {
        let page = decompress(page.map_err(text)?, &mut Vec::new(), &mut context);
        let Page::Data(page) = page.map_err(text)? else { continue };
        if matches!(page.encoding(), Written::DeltaBinaryPacked | Written::DeltaLengthByteArray) {
            let mut rest = split_buffer(&page).map_err(text)?.values;
            let mut number = || {
                let (number, n_bytes) = uleb128::decode(rest);
                rest = rest.get(n_bytes..).unwrap_or_default();
                number
            };
            let (_per_block, _blocks, n_differences) = (number(), number(), number());
            let n_values = page.num_values();
            if n_differences > n_values as u64 {
                return Err(format!("has {n_differences} differences between {n_values} values"));
            }
        }
    }
    Ok(())
}

/// That the arrays of an Arrow file lie in it, and that there is memory for what they hold.
pub(super) fn check_ipc(bytes: &[u8], bound: Bound) -> Result<(), String> {
    let footer = FooterRef::read_as_root(footer(bytes, b"ARROW1")?).map_err(text)?;
    let batches = footer.record_batches().map_err(text)?.into_iter().flatten();
    let dictionaries = footer.dictionaries().map_err(text)?.into_iter().flatten();
    let mut claimed = Claimed::default();
    batches.chain(dictionaries).try_for_each(|block| {
        check_block(bytes, block, &mut claimed)?;
        bound.check(claimed.values, claimed.columns)?;
        at_most(claimed.bytes, bound.bytes(), "bytes")
    })
}

/// What the batches of an Arrow file claim to hold.
#[derive(Default)]
struct Claimed {
    values: usize,
    columns: usize,
    bytes: usize,
}

fn check_block(bytes: &[u8], block: BlockRef<'_>, claimed: &mut Claimed) -> Result<(), String> {
    const OUTSIDE: &str = "a part of the table lies outside the file";
    let begin = u64::try_from(block.offset()).map_err(text)?;
    let mut message = usize::try_from(begin).ok().and_then(|at| bytes.get(at..)).ok_or(OUTSIDE)?;
    if let Some(rest) = message.strip_prefix(&[0xff; 4]) {
        message = rest;
    }
    let (length, message) = message.split_first_chunk().ok_or(OUTSIDE)?;
    let length = u32::from_le_bytes(*length);
    let message = within(message, 0, Some(u64::from(length))).ok_or(OUTSIDE)?;
    let header = MessageRef::read_as_root(message).and_then(|message| message.header());
    let batch = match header.map_err(text)? {
        Some(MessageHeaderRef::RecordBatch(batch)) => batch,
        Some(MessageHeaderRef::DictionaryBatch(batch)) => {
            batch.data().map_err(text)?.ok_or("a dictionary has no content")?
        }
        _ => return Err("a part of the table is none".to_owned()),
    };
    let body = u64::try_from(block.meta_data_length()).ok().and_then(|n| begin.checked_add(n));
    check_batch(bytes, body.ok_or(OUTSIDE)?, batch, claimed)
}

fn check_batch(
    bytes: &[u8],
    body: u64,
    batch: RecordBatchRef<'_>,
    claimed: &mut Claimed,
) -> Result<(), String> {
    let (mut n_values, mut n_columns) = (0_usize, 0);
    for node in batch.nodes().map_err(text)?.into_iter().flatten() {
        n_values = n_values.saturating_add(usize::try_from(node.length()).map_err(text)?);
        n_columns += 1;
    }
    check_memory(n_values)?;
    claimed.values = claimed.values.saturating_add(n_values);
    claimed.columns = claimed.columns.max(n_columns);
    let is_compressed = batch.compression().map_err(text)?.is_some();
    for buffer in batch.buffers().map_err(text)?.into_iter().flatten() {
        let length = u64::try_from(buffer.length()).ok();
        let start = u64::try_from(buffer.offset()).ok().and_then(|at| body.checked_add(at));
        let content = start.and_then(|start| within(bytes, start, length));
        let content = content.ok_or("an array lies outside the file")?;
        if let Some((length, _)) = content.split_first_chunk().filter(|_| is_compressed) {
            // -1 says that it is not compressed after all.
            let size = usize::try_from(i64::from_le_bytes(*length).max(0)).map_err(text)?;
            check_ratio(size, content.len())?;
            claimed.bytes = claimed.bytes.saturating_add(size);
        }
    }
    Ok(())
}

fn check_ratio(size: usize, packed: usize) -> Result<(), String> {
    if size > packed.saturating_mul(BEST_RATIO).max(SMALL) {
        return Err(format!("has {size} bytes packed into {packed}"));
    }
    Ok(())
}

/// That there is memory for so many values. It is given back untouched.
fn check_memory(n_values: usize) -> Result<(), String> {
    Vec::<u8>::new()
        .try_reserve_exact(n_values.saturating_mul(WIDEST))
        .map_err(|_| format!("there is no memory for {n_values} values, as many as it claims"))
}

/// What stands before the length of the footer and the mark that ends a file.
fn footer<'a>(bytes: &'a [u8], mark: &[u8]) -> Result<&'a [u8], String> {
    let footer = bytes.strip_suffix(mark).and_then(|rest| {
        let (rest, length) = rest.split_last_chunk()?;
        rest.get(rest.len().checked_sub(u32::from_le_bytes(*length) as usize)?..)
    });
    footer.ok_or_else(|| "it does not end as one".to_owned())
}

fn within(bytes: &[u8], start: u64, length: Option<u64>) -> Option<&[u8]> {
    let start = usize::try_from(start).ok()?;
    bytes.get(start..start.checked_add(usize::try_from(length?).ok()?)?)
}

fn text(error: impl Display) -> String {
    error.to_string()
}

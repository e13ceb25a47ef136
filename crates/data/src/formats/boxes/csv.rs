//! Boxes as comma-separated values, a row a box.
//!
//! ```text
//! image_path,xmin,ymin,xmax,ymax,label
//! OSBS_029.tif,203,67,227,90,Tree
//! ```
//!
//! The header names the columns, in any order and case: the image (`image`, `image_path`,
//! `filename` or `image_id`), the edges (`xmin`, `ymin`, `xmax`, `ymax` or `x1`, `y1`, `x2`, `y2`)
//! and the class (`label`, `class` or `name`). Other columns are left alone, so are blank lines and
//! blanks around a cell. Understood: quotes, CRLF, a byte order mark.
//!
//! Source: RFC 4180; the header is that of the DeepForest annotations.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::{GroundTruthBox, Names, edges, in_bound, text, wrong};
use crate::DataError;
use crate::formats::bounds::Bound;

/// What the columns hold and what they may be called.
const ROLES: [(&str, &[&str]); 6] = [
    ("the image", &["image", "image_path", "filename", "image_id"]),
    ("the class", &["label", "class", "name"]),
    ("the left edge", &["xmin", "x1"]),
    ("the upper edge", &["ymin", "y1"]),
    ("the right edge", &["xmax", "x2"]),
    ("the lower edge", &["ymax", "y2"]),
];

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(
    file: &str,
    bytes: &[u8],
    bound: Bound,
) -> Result<Vec<GroundTruthBox>, DataError> {
    let text = text(file, bytes)?;
    let located = |record: &StringRecord, column: usize, message: String| {
        let start = record.position().map_or(0, |position| position.byte() as usize);
        wrong(file, text, cell_at(text, start, column), message)
    };
    let malformed = |error: csv::Error| {
        let at = error.position().map_or(0, |position| position.byte() as usize);
        wrong(file, text, at, format!("this is no CSV table ({error})"))
    };
    let mut builder = ReaderBuilder::new();
    let builder = builder.has_headers(false).flexible(true).trim(Trim::All);
    let mut records = builder.from_reader(text.as_bytes()).into_records();
    let header = records.next().transpose().map_err(malformed)?.unwrap_or_default();
    let roles = roles(&header).map_err(|(column, message)| located(&header, column, message))?;
    let names = roles.map(|column| &header[column]);
    let (mut boxes, mut shared) = (Vec::new(), Names::default());
    for record in records {
        let record = record.map_err(malformed)?;
        if record.len() != header.len() {
            let message = format!("{} cells, but the header has {}", record.len(), header.len());
            return Err(located(&record, 0, message));
        }
        let [image, class, cells @ ..] = roles.map(|column| &record[column]);
        for (role, cell) in [image, class].into_iter().enumerate() {
            if cell.is_empty() {
                let message = format!("`{}` is empty: {} is missing", names[role], ROLES[role].0);
                return Err(located(&record, roles[role], message));
            }
        }
        let [_, _, edge_names @ ..] = names;
        let [x1, y1, x2, y2] = edges(edge_names, cells)
            .map_err(|(edge, message)| located(&record, roles[2 + edge], message))?;
        let (image, class) = (shared.shared(image), shared.shared(class));
        in_bound(bound, &boxes, &shared).map_err(|message| located(&record, 0, message))?;
        boxes.push(GroundTruthBox { image, class, x1, y1, x2, y2, difficult: false });
    }
    Ok(boxes)
}

/// The columns of the [`ROLES`], or which column of the header is wrong and why.
fn roles(header: &StringRecord) -> Result<[usize; 6], (usize, String)> {
    let mut columns = [0; 6];
    for (role, (what, names)) in ROLES.into_iter().enumerate() {
        let is_one = |cell: &str| names.iter().any(|name| name.eq_ignore_ascii_case(cell));
        let mut found = header.iter().enumerate().filter(|(_, cell)| is_one(cell));
        let Some((column, first)) = found.next() else {
            let names = names.join("`, `");
            return Err((0, format!("the header names no column for {what}: one of `{names}`")));
        };
        if let Some((second, name)) = found.next() {
            return Err((second, format!("`{first}` and `{name}` are both {what}")));
        }
        columns[role] = column;
    }
    Ok(columns)
}

/// The byte at which a cell begins, of the record that begins at the byte `start`.
fn cell_at(text: &str, start: usize, column: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let record = rest.trim_start_matches(['\r', '\n']);
    let (mut left, mut begins, mut has_quotes, mut is_quoted) = (column, true, false, false);
    let mut at = text.len() - record.len();
    for c in record.chars() {
        if left == 0 && !(c == ' ' || c == '\t') {
            break;
        }
        match c {
            '"' if begins || has_quotes => (has_quotes, is_quoted) = (true, !is_quoted),
            ',' if !is_quoted => left -= 1,
            _ => {}
        }
        begins = c == ',' && !is_quoted;
        has_quotes &= !begins;
        at += c.len_utf8();
    }
    at
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::testing::{cases, damaged};

    const TREES: &[u8] = include_bytes!("../../../tests/samples/boxes_image_path_xmin.csv");

    fn error(text: &str) -> String {
        read("t.csv", text.as_bytes(), Bound::of(0)).unwrap_err().to_string()
    }

    fn tree() -> GroundTruthBox {
        let (image, class) = ("OSBS_029.tif".into(), "Tree".into());
        let [x1, y1, x2, y2] = [203.0, 67.0, 227.0, 90.0];
        GroundTruthBox { image, class, x1, y1, x2, y2, difficult: false }
    }

    #[test]
    fn a_real_file_is_read() {
        let boxes = read("t.csv", TREES, Bound::of(0)).unwrap();
        assert_eq!(boxes.len(), 61);
        assert_eq!(boxes[0], tree());
    }

    #[test]
    fn columns_are_found_in_any_order_and_case() {
        for text in [
            "Name,X2,Y2,X1,Y1,Filename\nTree,227,90,203,67,OSBS_029.tif\n",
            "\u{feff}IMAGE_ID, id, xMin, y1, xmax, YMAX, class\r\n\r\n\"OSBS_029.tif\" ,7, 203 ,67,227,9e1,Tree",
        ] {
            assert_eq!(read("t.csv", text.as_bytes(), Bound::of(0)), Ok(vec![tree()]), "{text}");
        }
        assert_eq!(read("t.csv", b"image,x1,y1,x2,y2,label", Bound::of(0)), Ok(Vec::new()));
    }

    #[test]
    fn a_header_without_a_column_is_refused() {
        let message = "the header names no column for the image: one of `image`, `image_path`, \
                       `filename`, `image_id`";
        assert_eq!(error("a.png,1,2,3,4,cat\n"), format!("t.csv:1:1: {message}"));
        assert_eq!(error(""), format!("t.csv:1:1: {message}"));
        let message = "`xmin` and `x1` are both the left edge";
        assert_eq!(error("image,label,xmin,\"x1\",y1,x2,y2\n"), format!("t.csv:1:18: {message}"));
    }

    #[test]
    fn mistakes_are_located_in_their_line() {
        let in_row =
            |row: &str| error(&format!("image,x1,y1,x2,y2,label\r\na,1,2,3,4,b\r\n{row}\r\n"));
        let no_number = "`x2` is `x`, which is no finite number";
        assert_eq!(in_row("é,1,2,x,4,b"), format!("t.csv:3:7: {no_number}"));
        assert_eq!(in_row("\r\na , 1 , 2 , x ,4,b"), format!("t.csv:4:13: {no_number}"));
        assert_eq!(in_row("\"a,\"\"\",1,2,\"x\",4,b"), format!("t.csv:3:12: {no_number}"));
        assert_eq!(in_row("\"a\nb\",1,2,x,4,b"), format!("t.csv:4:8: {no_number}"));
        assert!(in_row("a,1,2,inf,4,b").starts_with("t.csv:3:7: `x2` is `inf`"));
        assert!(in_row("a,1,5,3,4,b").starts_with("t.csv:3:9: the box is empty: `y2` is 4, not"));
        assert!(in_row("a,,,,,").starts_with("t.csv:3:7: `label` is empty: the class is missing"));
        assert!(in_row(",1,2,3,4,b").starts_with("t.csv:3:1: `image` is empty: the image is"));
        assert_eq!(in_row("a,1,2,3"), "t.csv:3:1: 4 cells, but the header has 6");
    }

    proptest! {
        #![proptest_config(cases(500))]

        #[test]
        fn damaged_files_are_read_or_refused(bytes in damaged(TREES)) {
            let _ = read("t.csv", &bytes, Bound::of(0));
        }
    }
}

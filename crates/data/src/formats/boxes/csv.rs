//! Boxes as comma-separated values, a row a box.
//!
//! ```text
//! image_path,xmin,ymin,xmax,ymax,label
//! OSBS_029.tif,203,67,227,90,Tree
//! ```
//!
//! The header names the columns, in any order and case: the image (`image`, `image_path`,
//! `filename` or `image_id`), the edges (`xmin`, `ymin`, `xmax`, `ymax` or `x1`, `y1`, `x2`, `y2`)
//! and the class (`label`, `class` or `name`). Two more may be there, of 0 and 1: `difficult`, and `iscrowd` or `crowd` of a box
//! around many objects. Other columns are left alone, so are blank lines and blanks around a cell. Understood: quotes, CRLF, a byte order mark.
//!
//! Source: RFC 4180; the header is that of the DeepForest annotations.

use boxes::Standing;

use super::{GroundTruthBox, SharedNames, edges, in_bound, mark, text, wrong};
use crate::error::DataError;
use crate::formats::bounds::Bound;
use crate::formats::cells::chunks::Wrong;
use crate::formats::csv::format::CsvFormat;
use crate::formats::csv::records::{Cells, chunks, record};
use crate::formats::csv::text::line_and_column;

/// What the columns hold and what they may be called.
const ROLES: [(&str, &[&str]); 6] = [
    ("the image", &["image", "image_path", "filename", "image_id"]),
    ("the class", &["label", "class", "name"]),
    ("the left edge", &["xmin", "x1"]),
    ("the upper edge", &["ymin", "y1"]),
    ("the right edge", &["xmax", "x2"]),
    ("the lower edge", &["ymax", "y2"]),
];

/// Marks that a box may have, and what those are called that say so.
const MARKS: [(Standing, &[&str]); 2] =
    [(Standing::Difficult, &["difficult"]), (Standing::Crowd, &["iscrowd", "crowd"])];

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(
    file: &str,
    bytes: &[u8],
    bound: Bound,
) -> Result<Vec<GroundTruthBox>, DataError> {
    let text = text(file, bytes)?;
    let at = |at: usize, message: String| wrong(file, text, at, message);
    let malformed = |wrong: Wrong| at(wrong.at.unwrap_or(0), wrong.message);
    let format = CsvFormat::default();
    let place = |byte: usize| {
        let (line, column) = line_and_column(text, byte);
        format!("{line}:{column}")
    };
    chunks(text, 0, &format, 1, place).map_err(malformed)?;
    let mut cells = Cells::of(text, &format);
    let header = record(&mut cells, text).map_err(malformed)?.unwrap_or_default();
    let roles = roles(&header.texts)
        .map_err(|(column, message)| at(header.cells.get(column).copied().unwrap_or(0), message))?;
    let names = roles.map(|column| header.texts[column].as_str());
    let marks = marks(&header.texts);
    let (mut boxes, mut shared) = (Vec::new(), SharedNames::default());
    while let Some(record) = record(&mut cells, text).map_err(malformed)? {
        let located = |column: usize, message: String| at(record.cells[column], message);
        if record.cells.len() != header.cells.len() {
            let (n, expected) = (record.cells.len(), header.cells.len());
            return Err(located(0, format!("{n} cells, but the header has {expected}")));
        }
        let [image, class, edge_cells @ ..] = roles.map(|column| record.texts[column].as_str());
        for (role, cell) in [image, class].into_iter().enumerate() {
            if cell.is_empty() {
                let message = format!("`{}` is empty: {} is missing", names[role], ROLES[role].0);
                return Err(located(roles[role], message));
            }
        }
        let [_, _, edge_names @ ..] = names;
        let [x1, y1, x2, y2] = edges(edge_names, edge_cells)
            .map_err(|(edge, message)| located(roles[2 + edge], message))?;
        let (image, class) = (shared.shared(image), shared.shared(class));
        in_bound(bound, &boxes, &shared).map_err(|message| located(0, message))?;
        let standing = standing(&marks, &header.texts, &record.texts)
            .map_err(|(column, message)| located(column, message))?;
        boxes.push(GroundTruthBox { image, class, x1, y1, x2, y2, standing });
    }
    Ok(boxes)
}

/// The columns of the [`ROLES`], or which column of the header is wrong and why.
fn roles(header: &[String]) -> Result<[usize; 6], (usize, String)> {
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

/// The columns of [`MARKS`] that the header has.
fn marks(header: &[String]) -> Vec<(Standing, usize)> {
    let columns = MARKS.iter().flat_map(|(standing, names)| {
        let is_one = |cell: &String| names.iter().any(|name| name.eq_ignore_ascii_case(cell));
        let found = header.iter().enumerate().filter(move |(_, cell)| is_one(cell));
        found.map(|(column, _)| (*standing, column))
    });
    columns.collect()
}

/// What the marks of a row say: of several the last; or which column is wrong and why.
fn standing(
    marks: &[(Standing, usize)],
    header: &[String],
    row: &[String],
) -> Result<Standing, (usize, String)> {
    let mut standing = Standing::Counts;
    for &(marked, column) in marks {
        match mark(&row[column]) {
            Some(true) => standing = marked,
            Some(false) => {}
            None => {
                let message = format!("`{}` is `{}`, neither 0 nor 1", header[column], row[column]);
                return Err((column, message));
            }
        }
    }
    Ok(standing)
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
        GroundTruthBox { image, class, x1, y1, x2, y2, standing: Standing::Counts }
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
    fn marks_say_what_is_not_to_be_found() {
        let text = "image,x1,y1,x2,y2,label,difficult,IsCrowd\na,1,2,3,4,b,0,0\na,1,2,3,4,b,true,\na,1,2,3,4,b,,1\n";
        let boxes = read("t.csv", text.as_bytes(), Bound::of(0)).unwrap();
        let standing: Vec<Standing> = boxes.iter().map(|found| found.standing).collect();
        assert_eq!(standing, [Standing::Counts, Standing::Difficult, Standing::Crowd]);
        assert_eq!(
            error("image,x1,y1,x2,y2,label,crowd\na,1,2,3,4,b,some\n"),
            "t.csv:2:13: `crowd` is `some`, neither 0 nor 1"
        );
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
        assert!(
            in_row("\"a\"b,1,2,3,4,c").starts_with("t.csv:3:4: text after a closing quotation")
        );
        assert!(
            in_row("\"a,1,2,3,4,c").starts_with("t.csv:3:1: this quotation mark is not closed")
        );
    }

    proptest! {
        #![proptest_config(cases(500))]

        #[test]
        fn damaged_files_are_read_or_refused(bytes in damaged(TREES)) {
            let _ = read("t.csv", &bytes, Bound::of(0));
        }
    }
}

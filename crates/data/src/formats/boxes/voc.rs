//! Boxes as Pascal VOC writes them: XML, one file an image.
//!
//! ```text
//! <annotation>
//!   <filename>SOAP_061.png</filename>
//!   <object>
//!     <name>Dead</name> <difficult>0</difficult>
//!     <bndbox> <xmin>149</xmin> <ymin>105</ymin> <xmax>173</xmax> <ymax>129</ymax> </bndbox>
//!   </object>
//! </annotation>
//! ```
//!
//! Elements may come in any order; those not named here are left alone, as are the parts of an
//! object, which have names and boxes of their own. `difficult` is 0 or 1 (also true or false), and
//! 0 where it is absent. An image without objects has no boxes. The text is UTF-8; entities that a
//! document declares for itself are not known.
//!
//! Source: Everingham and Winn. *The PASCAL Visual Object Classes Challenge 2012 Development Kit.*

use std::sync::Arc;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;

use boxes::Standing;

use super::{GroundTruthBox, SharedNames, edges, in_bound, mark, text, wrong};
use crate::error::DataError;
use crate::formats::bounds::Bound;

/// An element that has begun.
struct Open {
    name: String,
    /// The byte at which it begins.
    at: usize,
    /// The byte at which its content begins.
    content_at: usize,
    /// Its text so far.
    content: String,
}

/// The content of an element, and the byte at which that begins.
type Field = Option<(String, usize)>;

#[derive(Default)]
struct Object {
    class: Field,
    difficult: Field,
    edges: [Field; 4],
}

/// Elements that are inside each other.
const DEEPEST: usize = 100;

const EDGES: [&str; 4] = ["xmin", "ymin", "xmax", "ymax"];

/// A mistake, and the byte at which it begins.
type Wrong = (usize, String);

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(
    file: &str,
    bytes: &[u8],
    bound: Bound,
) -> Result<Vec<GroundTruthBox>, DataError> {
    let text = text(file, bytes)?;
    boxes(text, bound).map_err(|(at, message)| wrong(file, text, at, message))
}

fn boxes(text: &str, bound: Bound) -> Result<Vec<GroundTruthBox>, Wrong> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Open> = Vec::new();
    let mut image: Field = None;
    let mut object = Object::default();
    let (mut boxes, mut shared) = (Vec::new(), SharedNames::default());
    let mut root = None;
    loop {
        let at = reader.buffer_position() as usize;
        let event = reader.read_event().map_err(|error| {
            (reader.error_position() as usize, format!("this is no XML ({error})"))
        })?;
        match event {
            Event::Start(tag) => {
                let content_at = reader.buffer_position() as usize;
                let name = tag.name().0.to_owned();
                if let Some(message) = misplaced(&name, open.len(), root.is_some()) {
                    return Err((at, message));
                }
                root = root.or(Some(at));
                open.push(Open { name, at, content_at, content: String::new() });
            }
            Event::End(_) => {
                let path: Vec<&str> = open.iter().take(5).map(|open| &*open.name).collect();
                let field = match path[..] {
                    ["annotation", "filename"] => Some(&mut image),
                    ["annotation", "object", "name"] => Some(&mut object.class),
                    ["annotation", "object", "difficult"] => Some(&mut object.difficult),
                    ["annotation", "object", "bndbox", edge] => {
                        let edge = EDGES.iter().position(|name| *name == edge);
                        edge.map(|edge| &mut object.edges[edge])
                    }
                    _ => None,
                };
                let is_object = path == ["annotation", "object"];
                let Some(closed) = open.pop() else { continue };
                if is_object {
                    let object = std::mem::take(&mut object);
                    boxes.push(ground_truth(object, closed.at, &mut shared)?);
                    in_bound(bound, &boxes, &shared).map_err(|message| (closed.at, message))?;
                } else if let Some(field) = field {
                    fill(field, &closed, text)?;
                }
            }
            Event::Eof => break,
            other => {
                if let Some(open) = open.last_mut() {
                    add(&other, &mut open.content).map_err(|message| (at, message))?;
                }
            }
        }
    }
    if let Some(open) = open.last() {
        return Err((open.at, format!("`<{}>` is not closed", open.name)));
    }
    let root = root.ok_or_else(|| (0, "no `<annotation>` is here".to_owned()))?;
    let (image, _) = needed(image, "annotation", "filename", root)?;
    let image: Arc<str> = Arc::from(image);
    boxes.iter_mut().for_each(|found: &mut GroundTruthBox| found.image.clone_from(&image));
    Ok(boxes)
}

/// Why an element cannot stand inside `depth` others, if it cannot.
fn misplaced(name: &str, depth: usize, has_root: bool) -> Option<String> {
    if depth == 0 && (has_root || name != "annotation") {
        Some(format!("`<{name}>` where one `<annotation>` is expected"))
    } else if depth == DEEPEST {
        Some(format!("`<{name}>` is inside {DEEPEST} others: no annotation is"))
    } else {
        None
    }
}

/// Adds the text of an event to the content of the element that it is in.
fn add(event: &Event<'_>, content: &mut String) -> Result<(), String> {
    match event {
        Event::Text(text) => content.push_str(text),
        Event::CData(text) => content.push_str(text),
        Event::GeneralRef(name) => {
            let reference = format!("&{};", &**name);
            let text = unescape(&reference).map_err(|_| format!("`{reference}` is not known"))?;
            content.push_str(&text);
        }
        _ => {}
    }
    Ok(())
}

fn fill(field: &mut Field, closed: &Open, text: &str) -> Result<(), Wrong> {
    if field.is_some() {
        return Err((closed.at, format!("a second `<{}>`", closed.name)));
    }
    let rest = text.get(closed.content_at..).unwrap_or_default();
    let at = text.len() - rest.trim_start().len();
    *field = Some((closed.content.trim().to_owned(), at));
    Ok(())
}

/// The content of `name`, which the element `parent` at `at` needs to have.
fn needed(field: Field, parent: &str, name: &str, at: usize) -> Result<(String, usize), Wrong> {
    match field {
        Some((content, at)) if content.is_empty() => Err((at, format!("`<{name}>` is empty"))),
        Some(field) => Ok(field),
        None => Err((at, format!("this `<{parent}>` has no `<{name}>`"))),
    }
}

/// The box of the object at `at`, but for the image.
fn ground_truth(
    object: Object,
    at: usize,
    shared: &mut SharedNames,
) -> Result<GroundTruthBox, Wrong> {
    let (class, _) = needed(object.class, "object", "name", at)?;
    let standing = match object.difficult {
        None => Standing::Counts,
        Some((content, at)) => match mark(&content) {
            Some(true) => Standing::Difficult,
            Some(false) if !content.is_empty() => Standing::Counts,
            _ => return Err((at, format!("`<difficult>` is `{content}`, neither 0 nor 1"))),
        },
    };
    let mut found = Vec::new();
    for (field, name) in object.edges.into_iter().zip(EDGES) {
        found.push(needed(field, "object", name, at)?);
    }
    let cells = std::array::from_fn(|edge| &*found[edge].0);
    let [x1, y1, x2, y2] =
        edges(EDGES, cells).map_err(|(edge, message)| (found[edge].1, message))?;
    let (image, class) = (shared.shared(""), shared.shared(&class));
    Ok(GroundTruthBox { image, class, x1, y1, x2, y2, standing })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::testing::{cases, damaged};

    const TREES: &[u8] = include_bytes!("../../../tests/samples/voc_two_class.xml");
    const BOX: &str = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3.5</xmax><ymax>4</ymax></bndbox>";

    fn document(object: &str) -> String {
        format!("<annotation>\n<object>{object}</object>\n<filename>a.png</filename></annotation>")
    }

    fn error(text: &str) -> String {
        read("t.xml", text.as_bytes(), Bound::of(0)).unwrap_err().to_string()
    }

    #[test]
    fn a_real_file_is_read() {
        let boxes = read("t.xml", TREES, Bound::of(0)).unwrap();
        assert_eq!(boxes.len(), 37);
        let [x1, y1, x2, y2] = [149.0, 105.0, 173.0, 129.0];
        let (image, class) = ("SOAP_061.png".into(), "Dead".into());
        let standing = Standing::Counts;
        assert_eq!(boxes[0], GroundTruthBox { image, class, x1, y1, x2, y2, standing });
        assert!(boxes.iter().all(|found| &*found.image == "SOAP_061.png"));
        assert!(boxes.iter().any(|found| &*found.class == "Alive"));
    }

    #[test]
    fn difficult_objects_are_marked() {
        for (mark, expected) in [("0", false), ("1", true), (" True ", true), ("false", false)] {
            let object = format!("{BOX}<difficult>{mark}</difficult><name>a</name>");
            let standing =
                read("t", document(&object).as_bytes(), Bound::of(0)).unwrap()[0].standing;
            assert_eq!(standing == Standing::Difficult, expected);
        }
        let object = format!("{BOX}<difficult>\n maybe</difficult><name>a</name>");
        assert_eq!(
            error(&document(&object)),
            "t.xml:3:2: `<difficult>` is `maybe`, neither 0 nor 1"
        );
    }

    #[test]
    fn xml_may_be_written_in_many_ways() {
        let object = format!(
            "<!-- n --><part><name>head</name>{BOX}</part><name>a &amp; <!-- n -->&#98;<![CDATA[<c>]]>\
             </name>{BOX}<pose/>"
        );
        let text = format!(
            "\u{feff}<?xml version=\"1.0\"?>\r\n<!DOCTYPE annotation>{}\n",
            document(&object)
        );
        let boxes = read("t.xml", text.as_bytes(), Bound::of(0)).unwrap();
        assert_eq!((boxes.len(), &*boxes[0].class, boxes[0].x2), (1, "a & b<c>", 3.5));
    }

    #[test]
    fn an_image_may_have_no_objects() {
        let text = b"<annotation><filename>a.png</filename></annotation>";
        assert_eq!(read("t.xml", text, Bound::of(0)), Ok(Vec::new()));
    }

    #[test]
    fn wrong_boxes_are_located() {
        let object = |from: &str, to: &str| {
            document(&format!("\n <name>a</name>\n {BOX}").replace(from, to))
        };
        let wrong = |from, to| error(&object(from, to));
        assert_eq!(wrong("3.5", " inf"), "t.xml:4:45: `xmax` is `inf`, which is no finite number");
        assert_eq!(wrong(">2<", "><"), "t.xml:4:30: `<ymin>` is empty");
        let empty = "the box is empty: `ymax` is 4, not above the `ymin` 4";
        assert_eq!(wrong(">2<", ">4<"), format!("t.xml:4:60: {empty}"));
        assert_eq!(wrong("<ymin>2</ymin>", ""), "t.xml:2:1: this `<object>` has no `<ymin>`");
        assert_eq!(wrong("<name>a</name>", ""), "t.xml:2:1: this `<object>` has no `<name>`");
        assert_eq!(wrong("<name>a</name>", "<name> </name>"), "t.xml:3:9: `<name>` is empty");
        assert_eq!(wrong("<name>a", "<name>b</name><name>a"), "t.xml:3:16: a second `<name>`");
        assert_eq!(wrong(">a<", ">é&own;<"), "t.xml:3:9: `&own;` is not known");
    }

    #[test]
    fn other_documents_are_refused() {
        assert_eq!(error(""), "t.xml:1:1: no `<annotation>` is here");
        assert_eq!(error("\n<html/>"), "t.xml:2:1: `<html>` where one `<annotation>` is expected");
        assert_eq!(error("<annotation>\n"), "t.xml:1:1: `<annotation>` is not closed");
        assert_eq!(error("<annotation/>"), "t.xml:1:1: this `<annotation>` has no `<filename>`");
        assert!(error("<annotation>\n </object>").starts_with("t.xml:2:2: this is no XML ("));
        assert!(
            error("<annotation/><annotation/>").starts_with("t.xml:1:14: `<annotation>` where")
        );
        assert!(error("<annotation>\n<!-- ").starts_with("t.xml:2:1: this is no XML ("));
    }

    #[test]
    fn elements_nested_deeply_are_no_trouble() {
        let nested = "<annotation>".repeat(1 << 18);
        assert_eq!(
            error(&nested),
            "t.xml:1:1201: `<annotation>` is inside 100 others: no annotation is"
        );
    }

    #[test]
    fn no_more_boxes_are_kept_than_the_bound_allows() {
        let object = format!("<object><name>a</name>{BOX}</object>\n");
        let text =
            format!("<annotation><filename>a.png</filename>\n{}</annotation>", object.repeat(3));
        let read = |n_cells| read("t.xml", text.as_bytes(), Bound::of_cells(n_cells));
        assert_eq!(read(48).unwrap().len(), 3);
        assert!(read(32).unwrap_err().to_string().starts_with("t.xml:4:1: more than the 32 cells"));
    }

    proptest! {
        #![proptest_config(cases(500))]

        #[test]
        fn damaged_files_are_read_or_refused(bytes in damaged(TREES)) {
            let _ = read("t.xml", &bytes, Bound::of(0));
        }
    }
}

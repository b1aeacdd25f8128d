//! When two CLIXML texts say the same.

use std::collections::HashMap;

use crate::node::Node;

/// One text for all that say the same: objects are numbered as they appear, references to type names are replaced by
/// the names, numbers and escapes are written one way, and what is empty is left out where leaving it out says the
/// same.
pub fn canonical(xml: &str) -> Result<String, quick_xml::Error> {
    let mut canonical = Canonical::default();
    canonical.node(&Node::parse(xml)?);
    Ok(canonical.out)
}

#[derive(Default)]
struct Canonical {
    out: String,
    objects: HashMap<String, usize>,
    types: HashMap<String, String>,
}

impl Canonical {
    fn node(&mut self, node: &Node) {
        match node.name.as_str() {
            "TN" => {
                let names: Vec<_> = node.children.iter().map(|name| text(&name.text)).collect();
                let names = format!("<TN {names:?}>");
                let id = node.attribute("RefId").unwrap_or_default();
                self.types.insert(id.to_owned(), names.clone());
                self.out.push_str(&names);
            }
            "TNRef" => {
                let id = node.attribute("RefId").unwrap_or_default();
                let names = self.types.get(id).map_or("<TN unknown>", |names| names);
                self.out.push_str(names);
            }
            "Props" | "MS" if node.children.is_empty() => {}
            _ => self.element(node),
        }
    }

    fn element(&mut self, node: &Node) {
        let name = node.name.as_str();
        self.out.push_str(&format!("<{name}"));
        let mut attributes: Vec<_> = node.attributes.iter().collect();
        attributes.sort();
        for (key, value) in attributes.into_iter().filter(|(key, _)| key != "RefId") {
            self.out.push_str(&format!(" {key}={:?}", text(value)));
        }
        if ["Obj", "Ref"].contains(&name) {
            let next = self.objects.len();
            let id = node.attribute("RefId").map(str::to_owned);
            let id = id.unwrap_or_else(|| format!("without, {next}"));
            let number = *self.objects.entry(id).or_insert(next);
            self.out.push_str(&format!(" #{number}"));
        }
        self.out.push('>');
        match node.children.as_slice() {
            [] if name != "Obj" => self.out.push_str(&content(name, &node.text)),
            children => children.iter().for_each(|child| self.node(child)),
        }
        self.out.push_str(&format!("</{name}>\n"));
    }
}

fn content(element: &str, own: &str) -> String {
    match element {
        "Db" | "Sg" => match own.parse::<f64>() {
            Ok(number) => format!("{number:e}"),
            Err(_) => own.to_owned(),
        },
        "G" => own.to_lowercase(),
        _ => text(own),
    }
}

/// Text with every escape undone and everything but printable ASCII written as UTF-16 numbers.
fn text(escaped: &str) -> String {
    let units: Vec<u16> = escaped.encode_utf16().collect();
    let mut rest = units.as_slice();
    let mut out = String::new();
    while let [first, others @ ..] = rest {
        let (unit, after) = match escape(rest) {
            Some(unit) => (unit, &rest[7..]),
            None => (*first, others),
        };
        match unit {
            0x20..=0x7E => out.push(char::from(unit as u8)),
            _ => out.push_str(&format!("{{{unit:04x}}}")),
        }
        rest = after;
    }
    out
}

/// `_x`, four hexadecimal digits, `_`.
fn escape(units: &[u16]) -> Option<u16> {
    let escape = String::from_utf16(units.get(..7)?).ok()?.to_lowercase();
    let digits = escape.strip_prefix("_x")?.strip_suffix('_')?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex
        .then(|| u16::from_str_radix(digits, 16).ok())
        .flatten()
}

#[test]
fn what_differs_in_meaning_differs() {
    let same = |one, other| canonical(one).unwrap() == canonical(other).unwrap();
    for (one, other) in [
        ("<S>a</S>", " <S>a</S>"),
        ("<S></S>", "<S/>"),
        ("<S>_x000a_😀</S>", "<S>&#10;_xD83D__xDE00_</S>"),
        ("<Db>1E+20</Db>", "<Db>100000000000000000000</Db>"),
        (
            r#"<Obj RefId="4"><TN RefId="1"><T>A</T></TN><MS/></Obj>"#,
            r#"<Obj RefId="0"> <TN RefId="0"><T>A</T></TN></Obj>"#,
        ),
        (
            r#"<Obj RefId="0"><LST><Obj RefId="1"/><Ref RefId="1"/></LST></Obj>"#,
            r#"<Obj RefId="5"><LST><Obj RefId="3"/><Ref RefId="3"/></LST></Obj>"#,
        ),
    ] {
        assert!(same(one, other), "{one} {other}");
    }
    for (one, other) in [
        ("<S>a</S>", "<S>a </S>"),
        ("<S>1</S>", "<I32>1</I32>"),
        ("<S>_x005F_x000A_</S>", "<S>_x000A_</S>"),
        ("<S/>", r#"<S N="a"/>"#),
        (
            r#"<Obj RefId="0"><LST><Obj RefId="1"/><Ref RefId="1"/></LST></Obj>"#,
            r#"<Obj RefId="0"><LST><Obj RefId="1"/><Ref RefId="0"/></LST></Obj>"#,
        ),
        (
            r#"<Obj RefId="0"><LST><S>1</S></LST></Obj>"#,
            r#"<Obj RefId="0"><QUE><S>1</S></QUE></Obj>"#,
        ),
    ] {
        assert!(!same(one, other), "{one} {other}");
    }
}

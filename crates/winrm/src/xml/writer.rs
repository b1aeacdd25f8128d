//! From [`Element`] to text.

use std::collections::BTreeSet;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};

use super::XML;
use super::element::{Element, Name};

/// Well-known namespaces and the prefixes they get. XML's own is known without being named.
pub type Prefixes = [(&'static str, &'static str)];

type Bindings = BTreeSet<(&'static str, &'static str)>;

impl Element {
    /// The element as a document of its own, without an XML declaration. Well-known namespaces get their `prefixes`,
    /// declared on the outermost element; others are declared where they occur.
    pub fn to_xml(&self, prefixes: &Prefixes) -> String {
        let mut bindings = Bindings::new();
        self.collect_bindings(prefixes, &mut bindings);
        bindings.remove(&(XML, "xml"));
        let mut writer = Writer::new(Vec::new());
        self.write(&mut writer, "", prefixes, &bindings)
            .expect("writing to memory does not fail");
        String::from_utf8(writer.into_inner()).expect("made of strings only")
    }

    fn collect_bindings(&self, prefixes: &Prefixes, bindings: &mut Bindings) {
        let names = std::iter::once(&self.name).chain(self.attributes.iter().map(|(name, _)| name));
        bindings.extend(names.filter_map(|name| well_known(prefixes, name)));
        for child in &self.children {
            child.collect_bindings(prefixes, bindings);
        }
    }

    /// `inherited` is the default namespace around the element; `declare` is empty for all but the outermost one.
    fn write(
        &self,
        writer: &mut Writer<Vec<u8>>,
        inherited: &str,
        prefixes: &Prefixes,
        declare: &Bindings,
    ) -> io::Result<()> {
        let (tag, default) = match well_known(prefixes, &self.name) {
            Some((_, prefix)) => (format!("{prefix}:{}", self.name.local), inherited),
            None => (self.name.local.to_string(), self.name.namespace.as_ref()),
        };
        let mut start = BytesStart::new(tag.as_str());
        if default != inherited {
            start.push_attribute(("xmlns", default));
        }
        for (namespace, prefix) in declare {
            start.push_attribute((format!("xmlns:{prefix}").as_str(), *namespace));
        }
        for (index, (name, value)) in self.attributes.iter().enumerate() {
            push_attribute(&mut start, prefixes, index, name, value);
        }
        if self.children.is_empty() && self.text.is_empty() {
            return writer.write_event(Event::Empty(start));
        }
        writer.write_event(Event::Start(start))?;
        writer.write_event(Event::Text(BytesText::new(&self.text)))?;
        for child in &self.children {
            child.write(writer, default, prefixes, &Bindings::new())?;
        }
        writer.write_event(Event::End(BytesEnd::new(tag)))
    }
}

/// The namespace and prefix of a name in a well-known namespace.
fn well_known(prefixes: &Prefixes, name: &Name) -> Option<(&'static str, &'static str)> {
    let mut known = prefixes.iter().chain(&[(XML, "xml")]);
    known
        .find(|(namespace, _)| *namespace == name.namespace)
        .copied()
}

/// An attribute cannot use the default namespace: one in a lesser-known namespace gets a prefix of its own.
fn push_attribute(
    start: &mut BytesStart<'_>,
    prefixes: &Prefixes,
    index: usize,
    name: &Name,
    value: &str,
) {
    let local = &name.local;
    let key = match well_known(prefixes, name) {
        Some((_, prefix)) => format!("{prefix}:{local}"),
        None if name.namespace.is_empty() => local.to_string(),
        None => {
            start.push_attribute((format!("xmlns:n{index}").as_str(), name.namespace.as_ref()));
            format!("n{index}:{local}")
        }
    };
    start.push_attribute((key.as_str(), value));
}

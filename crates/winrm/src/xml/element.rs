//! A small XML tree: what an envelope is made of and read into.

use std::borrow::Cow;

/// A name with its namespace; an empty namespace means none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    /// The namespace's URI, or nothing.
    pub namespace: Cow<'static, str>,
    /// The name without a prefix.
    pub local: Cow<'static, str>,
}

impl Name {
    /// Whether this is `local` in `namespace`.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.namespace == namespace && self.local == local
    }
}

/// An element with its attributes, its children, and its own text as one string: a SOAP envelope has no use for the
/// order of text and children within one element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// What it is called.
    pub name: Name,
    /// In document order; namespace declarations are not among them.
    pub attributes: Vec<(Name, String)>,
    /// In document order.
    pub children: Vec<Element>,
    pub(super) text: String,
    pub(super) value_name: Option<Name>,
}

impl Element {
    /// An empty element.
    pub fn new(namespace: &'static str, local: &'static str) -> Self {
        Self::named(Name {
            namespace: namespace.into(),
            local: local.into(),
        })
    }

    pub(super) fn named(name: Name) -> Self {
        Self {
            name,
            attributes: Vec::new(),
            children: Vec::new(),
            text: String::new(),
            value_name: None,
        }
    }

    /// With an attribute that has no namespace.
    pub fn attribute(self, local: &'static str, value: impl Into<String>) -> Self {
        self.attribute_in("", local, value)
    }

    /// With an attribute in a namespace.
    pub fn attribute_in(
        mut self,
        namespace: &'static str,
        local: &'static str,
        value: impl Into<String>,
    ) -> Self {
        let name = Name {
            namespace: namespace.into(),
            local: local.into(),
        };
        self.attributes.push((name, value.into()));
        self
    }

    /// With one child more.
    pub fn child(mut self, child: Element) -> Self {
        self.children.push(child);
        self
    }

    /// With several children more.
    pub fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children);
        self
    }

    /// With this text.
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// The element's own text, without the white space around it.
    pub fn text(&self) -> &str {
        self.text.trim()
    }

    /// The text read as a qualified name (`w:TimedOut`), resolved with the namespaces in scope where it stood.
    /// Only for elements that were parsed.
    pub fn value_name(&self) -> Option<&Name> {
        self.value_name.as_ref()
    }

    /// The first child of that name.
    pub fn get(&self, namespace: &str, local: &str) -> Option<&Element> {
        self.children
            .iter()
            .find(|child| child.name.is(namespace, local))
    }

    /// All children of that name.
    pub fn all<'e>(
        &'e self,
        namespace: &'e str,
        local: &'e str,
    ) -> impl Iterator<Item = &'e Element> {
        self.children
            .iter()
            .filter(move |child| child.name.is(namespace, local))
    }

    /// The value of an attribute that has no namespace.
    pub fn attr(&self, local: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(name, _)| name.is("", local))
            .map(|(_, value)| value.as_str())
    }
}

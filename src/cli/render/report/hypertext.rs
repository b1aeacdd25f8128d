//! HTML as a type: what came from elsewhere gets into it by being escaped, and in no other way.

use quick_xml::escape::escape;

use crate::cli::text::plain;

/// A piece of a page.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Html(String);

/// A piece of a page, of our own making.
pub fn own(markup: &'static str) -> Html {
    Html(markup.to_owned())
}

/// Anybody's words. What nobody would see, or what would turn the direction of writing, is marked.
pub fn text(words: &str) -> Html {
    Html(escape(plain(words)).into_owned())
}

/// An element; attributes hold anybody's words.
pub fn element(
    name: &'static str,
    attributes: &[(&'static str, &str)],
    inside: impl IntoIterator<Item = Html>,
) -> Html {
    let mut html = begin(name, attributes);
    html.0.push('>');
    html.extend(inside);
    html.0.extend(["</", name, ">"]);
    html
}

/// An element that has no inside, in SVG.
pub fn shape(name: &'static str, attributes: &[(&'static str, &str)]) -> Html {
    let mut html = begin(name, attributes);
    html.0.push_str("/>");
    html
}

fn begin(name: &'static str, attributes: &[(&'static str, &str)]) -> Html {
    let mut html = own("<");
    html.0.push_str(name);
    for (attribute, value) in attributes {
        html.0.extend([" ", attribute, "=\"", &text(value).0, "\""]);
    }
    html
}

impl Html {
    /// As it is written.
    pub fn into_text(self) -> String {
        self.0
    }
}

impl Extend<Html> for Html {
    fn extend<T: IntoIterator<Item = Html>>(&mut self, pieces: T) {
        self.0.extend(pieces.into_iter().map(|piece| piece.0));
    }
}

impl FromIterator<Html> for Html {
    fn from_iter<T: IntoIterator<Item = Html>>(pieces: T) -> Self {
        let mut html = Self::default();
        html.extend(pieces);
        html
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_somebody_is_called_is_text() {
        for (words, written) in [
            (
                "<script>alert(1)</script>",
                "&lt;script&gt;alert(1)&lt;/script&gt;",
            ),
            ("a & b &amp; c", "a &amp; b &amp;amp; c"),
            ("\" onload='x'", "&quot; onload=&apos;x&apos;"),
            ("fdp\u{202e}exe", "fdp&lt;U+202E&gt;exe"),
            ("\u{1b}[2J\u{0}", "&lt;U+001B&gt;[2J&lt;U+0000&gt;"),
            ("two\r\nlines", "two  lines"),
            ("-->]]>{{x}}", "--&gt;]]&gt;{{x}}"),
        ] {
            assert_eq!(text(words), Html(written.into()));
            let element = element("p", &[("title", words)], [text(words)]);
            let expected = format!("<p title=\"{written}\">{written}</p>");
            assert_eq!(element.into_text(), expected);
        }
    }
}

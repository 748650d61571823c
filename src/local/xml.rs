//! The little XML that the older services speak: documents read into elements, and text escaped.
//! Knows no service and no operation.

/// An element with what is in it; attributes and namespaces are not kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// The name without its namespace prefix.
    pub name: String,
    /// The text directly inside.
    pub text: String,
    /// The elements directly inside.
    pub children: Vec<Element>,
}

/// How deep elements may be nested; no request of a service comes near it.
const DEPTH: usize = 32;

impl Element {
    /// The elements of that name directly inside.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first element of that name directly inside.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first element of that name.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }
}

/// The root of a document; none when it is not well-formed enough to be understood.
pub fn parse(document: &str) -> Option<Element> {
    let mut rest = document;
    let mut open = vec![Element::default()];
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at_checked(at)?;
        open.last_mut()?.text.push_str(&unescape(text));
        if let Some(comment) = tag.strip_prefix("<!--") {
            rest = comment.split_once("-->")?.1;
            continue;
        }
        let (inside, after) = tag.strip_prefix('<')?.split_once('>')?;
        rest = after;
        if inside.starts_with(['?', '!']) {
            continue;
        }
        if let Some(name) = inside.strip_prefix('/') {
            let closed = open.pop()?;
            if closed.name != local_name(name) {
                return None;
            }
            open.last_mut()?.children.push(closed);
            continue;
        }
        let (tag, empty) = inside.strip_suffix('/').map_or((inside, false), |tag| (tag, true));
        let element = Element { name: local_name(tag).to_owned(), ..Element::default() };
        if element.name.is_empty() || open.len() > DEPTH {
            return None;
        }
        match empty {
            true => open.last_mut()?.children.push(element),
            false => open.push(element),
        }
    }
    let document = open.pop().filter(|_| open.is_empty())?;
    document.children.into_iter().next()
}

/// A text as it stands in a document.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

fn local_name(tag: &str) -> &str {
    let name = tag.split_whitespace().next().unwrap_or_default();
    name.rsplit(':').next().unwrap_or(name)
}

fn unescape(text: &str) -> String {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';').unwrap_or((part, ""));
        let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        let letter = match entity {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => match (entity.strip_prefix("#x"), entity.strip_prefix('#')) {
                (Some(digits), _) => number(digits, 16),
                (None, Some(digits)) => number(digits, 10),
                (None, None) => None,
            },
        };
        plain.extend(letter);
        plain.push_str(rest);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_into_elements() {
        let document = "<?xml version=\"1.0\"?>\n<!-- a > b --><Delete xmlns=\"http://x\"><Object><Key>a&amp;&#98;</Key>\
                        </Object><Object><Key>c</Key></Object><Quiet/></Delete>";
        let root = parse(document).unwrap();
        let keys: Vec<&str> = root.all("Object").filter_map(|object| object.text_of("Key")).collect();
        assert_eq!((root.name.as_str(), keys), ("Delete", vec!["a&b", "c"]));
        assert_eq!(root.text_of("Quiet"), Some(""));
        for broken in ["", "<a>", "<a></b>", "text", "</a>", "<>", "<a", &"<a>".repeat(100)] {
            assert_eq!(parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn text_survives_a_document() {
        let text = "a<b>&\"c\"\r\n'd'";
        assert_eq!(parse(&format!("<a>{}</a>", escape(text))).unwrap().text, text);
    }
}

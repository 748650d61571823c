//! Addresses of modules, resources and instances: one type and one string form for every message, file and flag.
//! Knows nothing of what stands at an address.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::Name;

/// The key of an instance: the position of `count` or the key of `for_each`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceKey {
    /// `[0]`
    Int(u64),
    /// `["a"]`
    Str(Name),
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InstanceKey::Int(i) => write!(f, "[{i}]"),
            InstanceKey::Str(s) => write!(f, "[{}]", quote(s)),
        }
    }
}

/// A string in quotes as HCL writes it.
fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for (i, c) in text.char_indices() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if text[i + 1..].starts_with('{') => {
                out.push(c);
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether a resource is managed or a data source. Data sources sort first, as in Terraform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// A `data` block.
    Data,
    /// A `resource` block.
    Managed,
}

/// A module, or an instance of one when the steps carry keys. The empty address is the root module.
///
/// Addresses sort by depth first, as Terraform lists them, so that a module always comes after the one that calls it.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct ModuleAddr(Arc<[(Name, Option<InstanceKey>)]>);

impl Ord for ModuleAddr {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for ModuleAddr {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl ModuleAddr {
    /// The steps from the root.
    pub fn steps(&self) -> &[(Name, Option<InstanceKey>)] {
        &self.0
    }

    /// Whether it is the root module.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The address of a child.
    #[must_use]
    pub fn child(&self, name: Name, key: Option<InstanceKey>) -> ModuleAddr {
        ModuleAddr(self.0.iter().cloned().chain([(name, key)]).collect())
    }

    /// The module that calls this one, and the last step; `None` for the root module.
    pub fn parent(&self) -> Option<(ModuleAddr, &(Name, Option<InstanceKey>))> {
        let (last, rest) = self.0.split_last()?;
        Some((ModuleAddr(rest.into()), last))
    }

    /// The module as configuration knows it: without instance keys.
    #[must_use]
    pub fn path(&self) -> ModuleAddr {
        if self.0.iter().all(|(_, key)| key.is_none()) {
            return self.clone();
        }
        ModuleAddr(self.0.iter().map(|(name, _)| (name.clone(), None)).collect())
    }

    /// The path with every module on the way, from the outermost to this one; nothing for the root module.
    pub fn ancestry(&self) -> impl Iterator<Item = ModuleAddr> {
        (1..=self.0.len()).map(|n| ModuleAddr(self.0[..n].into()))
    }

    /// The address of something that stands in this module: `var.region`, `module.a.var.region`.
    pub fn address_of(&self, what: impl fmt::Display) -> String {
        if self.is_root() { what.to_string() } else { format!("{self}.{what}") }
    }

    /// Whether this is the other module or lies within it. A step without a key stands for every instance.
    pub fn is_within(&self, other: &ModuleAddr) -> bool {
        self.0.len() >= other.0.len()
            && self
                .0
                .iter()
                .zip(other.0.iter())
                .all(|(own, outer)| own.0 == outer.0 && (outer.1.is_none() || own.1 == outer.1))
    }
}

impl fmt::Display for ModuleAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, key)) in self.0.iter().enumerate() {
            write!(f, "{}module.{name}", if i == 0 { "" } else { "." })?;
            if let Some(key) = key {
                write!(f, "{key}")?;
            }
        }
        Ok(())
    }
}

/// A resource: `module.m.aws_lambda_function.this`, `data.archive_file.code`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceAddr {
    /// Where it stands.
    pub module: ModuleAddr,
    /// Managed or data.
    pub mode: Mode,
    /// `aws_lambda_function`
    pub type_name: Name,
    /// The name given in configuration.
    pub name: Name,
}

impl ResourceAddr {
    /// A resource of the root module.
    pub fn root(mode: Mode, type_name: impl Into<Name>, name: impl Into<Name>) -> Self {
        ResourceAddr { module: ModuleAddr::default(), mode, type_name: type_name.into(), name: name.into() }
    }

    /// The resource as configuration knows it: in a module without instance keys.
    #[must_use]
    pub fn config(&self) -> Self {
        self.within(&self.module.path())
    }

    /// The resource of the same name in another module.
    #[must_use]
    pub fn within(&self, module: &ModuleAddr) -> Self {
        ResourceAddr {
            module: module.clone(),
            mode: self.mode,
            type_name: self.type_name.clone(),
            name: self.name.clone(),
        }
    }

    /// An instance of the resource.
    pub fn instance(&self, key: Option<InstanceKey>) -> InstanceAddr {
        InstanceAddr { resource: self.clone(), key }
    }
}

impl fmt::Display for ResourceAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        if self.mode == Mode::Data {
            f.write_str("data.")?;
        }
        write!(f, "{}.{}", self.type_name, self.name)
    }
}

/// An instance of a resource: `aws_lambda_function.this["a"]`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceAddr {
    /// The resource.
    pub resource: ResourceAddr,
    /// Its key, with `count` or `for_each`.
    pub key: Option<InstanceKey>,
}

impl fmt::Display for InstanceAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.resource)?;
        match &self.key {
            Some(key) => write!(f, "{key}"),
            None => Ok(()),
        }
    }
}

macro_rules! debug_as_display {
    ($($ty:ty),*) => {$(
        impl fmt::Debug for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}
debug_as_display!(ModuleAddr, ResourceAddr, InstanceAddr);

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AddressError(String);

impl FromStr for ModuleAddr {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut parser = Parser { text, at: 0 };
        let module = parser.module()?;
        if parser.continued() {
            return Err(parser.error("expected a name"));
        }
        parser.end()?;
        Ok(module)
    }
}

impl FromStr for InstanceAddr {
    type Err = AddressError;

    /// Reads the form that [`InstanceAddr`] prints; a leading `resource.` is accepted.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut parser = Parser { text, at: 0 };
        let module = parser.module()?;
        if !module.is_root() && !parser.continued() {
            return Err(parser.error("expected '.'"));
        }
        let mut first = parser.name()?;
        let mode = if first == "data" { Mode::Data } else { Mode::Managed };
        if first == "data" || first == "resource" {
            parser.expect('.')?;
            first = parser.name()?;
        }
        // What begins with these words is another address.
        if mode == Mode::Managed && ["data", "resource", "module"].contains(&first) {
            return Err(parser.error("a resource type cannot have this name"));
        }
        if !parser.eat('.') {
            return Err(AddressError(
                "A resource address must have a resource type and a name, such as aws_lambda_function.api."
                    .into(),
            ));
        }
        let name = parser.name()?;
        let key = parser.key()?;
        parser.end()?;
        let resource = ResourceAddr { module, mode, type_name: first.into(), name: name.into() };
        Ok(InstanceAddr { resource, key })
    }
}

impl FromStr for ResourceAddr {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let instance: InstanceAddr = text.parse()?;
        match instance.key {
            None => Ok(instance.resource),
            Some(key) => Err(AddressError(format!("An instance key ({key}) is not allowed here."))),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn eat(&mut self, c: char) -> bool {
        let hit = self.rest().starts_with(c);
        if hit {
            self.at += c.len_utf8();
        }
        hit
    }

    fn expect(&mut self, c: char) -> Result<(), AddressError> {
        if self.eat(c) { Ok(()) } else { Err(self.error(&format!("expected {c:?}"))) }
    }

    fn end(&self) -> Result<(), AddressError> {
        if self.rest().is_empty() { Ok(()) } else { Err(self.error("unexpected text")) }
    }

    fn error(&self, what: &str) -> AddressError {
        AddressError(format!("Invalid address {:?}: {what} at character {}.", self.text, self.at + 1))
    }

    fn name(&mut self) -> Result<&'a str, AddressError> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(rest.len());
        if end == 0 || rest.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            return Err(self.error("expected a name"));
        }
        self.at += end;
        Ok(&rest[..end])
    }

    fn module(&mut self) -> Result<ModuleAddr, AddressError> {
        let mut module = ModuleAddr::default();
        while self.rest().starts_with("module.") {
            self.at += "module.".len();
            let name = self.name()?;
            let key = self.key()?;
            module = module.child(name.into(), key);
            if !self.eat('.') {
                break;
            }
        }
        Ok(module)
    }

    /// Whether a dot was read last, after which something must follow.
    fn continued(&self) -> bool {
        self.text.get(..self.at).is_some_and(|read| read.ends_with('.'))
    }

    fn key(&mut self) -> Result<Option<InstanceKey>, AddressError> {
        if !self.eat('[') {
            return Ok(None);
        }
        let key = if self.eat('"') {
            InstanceKey::Str(self.quoted()?.into())
        } else {
            let rest = self.rest();
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            self.at += end;
            InstanceKey::Int(rest[..end].parse().map_err(|_| self.error("expected an instance key"))?)
        };
        self.expect(']')?;
        Ok(Some(key))
    }

    fn quoted(&mut self) -> Result<String, AddressError> {
        let mut out = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((i, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += i + 1;
                    return Ok(out);
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => out.push('\n'),
                    Some((_, 'r')) => out.push('\r'),
                    Some((_, 't')) => out.push('\t'),
                    Some((_, c @ ('"' | '\\'))) => out.push(c),
                    _ => return Err(self.error("unknown escape")),
                },
                '$' | '%' if self.rest()[i + 1..].starts_with(c) && self.rest()[i + 2..].starts_with('{') => {
                    out.push(c);
                    chars.next();
                }
                c => out.push(c),
            }
        }
        Err(self.error("unclosed quote"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_be_read() {
        for text in [
            "aws_lambda_function.this",
            "aws_lambda_function.this[0]",
            "aws_lambda_function.this[\"a b\\\"c\"]",
            "aws_lambda_function.this[\"$${x}\"]",
            "data.archive_file.code",
            "module.a.module.b[\"k\"].data.aws_region.current",
        ] {
            let address: InstanceAddr = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn what_would_be_printed_differently_is_refused() {
        for text in [
            "module.a[0]aws_region.current",
            "module.a[\"k\"]module.a[\"k\"]",
            "module.a.",
            "module.a.module",
            "resource.data.x",
            "resource.resource.x",
            "resource.module.x",
            "data.x",
        ] {
            assert!(text.parse::<InstanceAddr>().is_err(), "{text}");
        }
        assert!("module.a.".parse::<ModuleAddr>().is_err());
        assert!("data.module.x".parse::<InstanceAddr>().is_ok());
        assert!("resource.aws_region.x".parse::<InstanceAddr>().is_ok());
    }

    #[test]
    fn modules_know_where_they_lie() {
        let module = |text: &str| text.parse::<ModuleAddr>().unwrap();
        let inner = module("module.a[\"x\"].module.b[0]");
        assert_eq!(inner.path().to_string(), "module.a.module.b");
        assert_eq!(inner.parent().unwrap().0.to_string(), "module.a[\"x\"]");
        let ancestry: Vec<String> = inner.ancestry().map(|m| m.to_string()).collect();
        assert_eq!(ancestry, ["module.a[\"x\"]", "module.a[\"x\"].module.b[0]"]);
        for (outer, within) in [
            ("module.a", true),
            ("module.a[\"x\"]", true),
            ("module.a[\"y\"]", false),
            ("module.a.module.b[0]", true),
            ("module.a.module.b[1]", false),
            ("module.b", false),
        ] {
            assert_eq!(inner.is_within(&module(outer)), within, "{outer}");
        }
        assert!(inner.is_within(&ModuleAddr::default()));
        assert_eq!(inner.address_of("var.x"), "module.a[\"x\"].module.b[0].var.x");
        assert_eq!(ModuleAddr::default().address_of("var.x"), "var.x");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "aws_lambda_function", "a.b.c", "a.b[", "a.b[x]", "a.b[\"x]", "1a.b", "a.b[0]]", "é"]
        {
            assert!(text.parse::<InstanceAddr>().is_err(), "{text}");
        }
    }

    #[test]
    fn data_sources_come_first_and_keys_in_order() {
        let mut addresses: Vec<InstanceAddr> =
            ["b.x[10]", "module.a.module.b.a.a", "b.x[2]", "a.y", "data.z.z", "module.m.a.a"]
                .map(|a| a.parse().unwrap())
                .to_vec();
        addresses.sort();
        let printed: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        assert_eq!(
            printed,
            ["data.z.z", "a.y", "b.x[2]", "b.x[10]", "module.m.a.a", "module.a.module.b.a.a"]
        );
    }
}

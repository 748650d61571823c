//! `Pattern`: the objects that an address of a `moved` or `removed` block means, in every instance of the module that says it.
//! Knows nothing of what is done with them.

use std::fmt;

use crate::base::{InstanceAddr, InstanceKey, Mode, ModuleAddr, Name, ResourceAddr};
use crate::config::MoveEndpoint;

/// Which instances of a module or resource are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Keys {
    All,
    /// The one with this key, or without any.
    One(Option<InstanceKey>),
}

impl Keys {
    fn cover(&self, key: &Option<InstanceKey>) -> bool {
        match self {
            Keys::All => true,
            Keys::One(own) => own == key,
        }
    }

    fn meet(&self, other: &Keys) -> bool {
        match other {
            Keys::All => true,
            Keys::One(key) => self.cover(key),
        }
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Keys::One(Some(key)) => key.fmt(f),
            _ => Ok(()),
        }
    }
}

/// Modules or resource instances, from the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    steps: Vec<(Name, Keys)>,
    /// Type, name and keys of a resource; `None` for a module and all that is in it.
    thing: Option<(Mode, Name, Name, Keys)>,
}

impl Pattern {
    /// What `endpoint` means in module `at`. Where it ends without a key it means all instances if `whole`; on the way there,
    /// a step without a key is exactly that, unless `all`.
    pub(super) fn new(at: &ModuleAddr, endpoint: &MoveEndpoint, whole: bool, all: bool) -> Self {
        let last = |key: &Option<InstanceKey>| if whole { Keys::All } else { Keys::One(key.clone()) };
        let way = |(name, key): &(Name, Option<InstanceKey>)| {
            (name.clone(), if all { Keys::All } else { Keys::One(key.clone()) })
        };
        let mut steps: Vec<_> = at.steps().iter().map(|(name, _)| (name.clone(), Keys::All)).collect();
        let (module, thing) = match endpoint {
            MoveEndpoint::Module(module) => (module, None),
            MoveEndpoint::Resource(resource) => (&resource.module, Some((resource, &None))),
            MoveEndpoint::Instance(instance) => {
                (&instance.resource.module, Some((&instance.resource, &instance.key)))
            }
        };
        steps.extend(module.steps().iter().map(way));
        if let (None, Some((_, key)), Some(end)) = (thing, module.steps().last(), steps.last_mut()) {
            end.1 = last(key);
        }
        let thing = thing.map(|(r, key)| (r.mode, r.type_name.clone(), r.name.clone(), last(key)));
        Pattern { steps, thing }
    }

    pub(super) fn is_module(&self) -> bool {
        self.thing.is_none()
    }

    /// Whether it means all instances of what it names.
    pub(super) fn is_whole(&self) -> bool {
        let end = self.thing.as_ref().map(|thing| &thing.3).or(self.steps.last().map(|step| &step.1));
        end == Some(&Keys::All)
    }

    /// The kind of a resource.
    pub(super) fn kind(&self) -> Option<(Mode, &Name)> {
        self.thing.as_ref().map(|thing| (thing.0, &thing.1))
    }

    /// The module, or that of the resource, as configuration knows it.
    pub(super) fn path(&self) -> ModuleAddr {
        self.steps.iter().fold(ModuleAddr::default(), |path, (name, _)| path.child(name.clone(), None))
    }

    /// The resource as configuration knows it.
    pub(super) fn resource(&self) -> Option<ResourceAddr> {
        let (mode, type_name, name, _) = self.thing.clone()?;
        Some(ResourceAddr { module: self.path(), mode, type_name, name })
    }

    /// Whether an instance of a module is one of these, or lies in one.
    pub(super) fn covers_module(&self, module: &ModuleAddr) -> bool {
        let steps = module.steps();
        steps.len() >= self.steps.len()
            && self.steps.iter().zip(steps).all(|(own, step)| own.0 == step.0 && own.1.cover(&step.1))
    }

    /// Whether an instance of a resource is meant.
    pub(super) fn covers(&self, addr: &InstanceAddr) -> bool {
        let InstanceAddr { resource, key } = addr;
        self.covers_module(&resource.module)
            && self.thing.as_ref().is_none_or(|(mode, type_name, name, keys)| {
                resource.module.steps().len() == self.steps.len()
                    && resource.mode == *mode
                    && resource.type_name == *type_name
                    && resource.name == *name
                    && keys.cover(key)
            })
    }

    /// The address in `self` that is to `self` what `addr`, which `from` covers, is to `from`; and the whole of what moves:
    /// a module, a resource or an instance.
    pub(super) fn translate(&self, from: &Pattern, at: usize, addr: &InstanceAddr) -> (Unit, InstanceAddr) {
        let old = addr.resource.module.steps();
        let base = old.iter().take(at).cloned();
        let mut steps: Vec<(Name, Option<InstanceKey>)> = base.collect();
        for (name, keys) in self.steps.iter().skip(at) {
            let key = match keys {
                Keys::One(key) => key.clone(),
                Keys::All => old.get(from.steps.len().saturating_sub(1)).and_then(|(_, key)| key.clone()),
            };
            steps.push((name.clone(), key));
        }
        let module = |steps: &[(Name, Option<InstanceKey>)]| {
            steps.iter().fold(ModuleAddr::default(), |m, (name, key)| m.child(name.clone(), key.clone()))
        };
        let Some((mode, type_name, name, keys)) = &self.thing else {
            let unit = Unit::Module(module(old.get(..from.steps.len()).unwrap_or(old)), module(&steps));
            steps.extend(old.iter().skip(from.steps.len()).cloned());
            return (unit, addr.resource.within(&module(&steps)).instance(addr.key.clone()));
        };
        let resource = ResourceAddr {
            module: module(&steps),
            mode: *mode,
            type_name: type_name.clone(),
            name: name.clone(),
        };
        match keys {
            Keys::All => {
                let to = resource.instance(addr.key.clone());
                (Unit::Resource(addr.resource.clone(), resource), to)
            }
            Keys::One(key) => {
                let to = resource.instance(key.clone());
                (Unit::Instance(addr.clone(), to.clone()), to)
            }
        }
    }

    fn steps_meet(&self, outer: &Pattern) -> bool {
        self.steps.len() >= outer.steps.len()
            && self.steps.iter().zip(&outer.steps).all(|(a, b)| a.0 == b.0 && a.1.meet(&b.1))
    }

    /// Whether some of it may be the other, or in the other.
    pub(super) fn meets(&self, other: &Pattern) -> bool {
        self.steps_meet(other)
            && match (&self.thing, &other.thing) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(a), Some(b)) => {
                    self.steps.len() == other.steps.len()
                        && (a.0, &a.1, &a.2) == (b.0, &b.1, &b.2)
                        && a.3.meet(&b.3)
                }
            }
    }

    /// Whether some of it may be in the other, a module, without being it.
    pub(super) fn is_inside(&self, other: &Pattern) -> bool {
        other.is_module()
            && self.steps_meet(other)
            && (self.thing.is_some() || self.steps.len() > other.steps.len())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, keys)) in self.steps.iter().enumerate() {
            write!(f, "{}module.{name}{keys}", if i == 0 { "" } else { "." })?;
        }
        let Some((mode, type_name, name, keys)) = &self.thing else { return Ok(()) };
        let dot = if self.steps.is_empty() { "" } else { "." };
        let data = if *mode == Mode::Data { "data." } else { "" };
        write!(f, "{dot}{data}{type_name}.{name}{keys}")
    }
}

/// What moves as one, from where to where: all of it, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    Module(ModuleAddr, ModuleAddr),
    Resource(ResourceAddr, ResourceAddr),
    Instance(InstanceAddr, InstanceAddr),
}

impl Unit {
    /// Whether an object stands where it is to go.
    pub(super) fn is_blocked_by(&self, addr: &InstanceAddr) -> bool {
        match self {
            Unit::Module(_, to) => addr.resource.module.steps().starts_with(to.steps()),
            Unit::Resource(_, to) => addr.resource == *to,
            Unit::Instance(_, to) => addr == to,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unit::Module(from, to) => write!(f, "{from} could not move to {to}"),
            Unit::Resource(from, to) => write!(f, "{from} could not move to {to}"),
            Unit::Instance(from, to) => write!(f, "{from} could not move to {to}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pattern said in a module, where an address ends as it is written if it has a key, or else in all instances.
    fn pattern(at: &str, text: &str) -> Pattern {
        written(at, text, !text.ends_with(']'), false)
    }

    fn written(at: &str, text: &str, whole: bool, all: bool) -> Pattern {
        let endpoint = match text.parse::<ModuleAddr>() {
            Ok(module) => MoveEndpoint::Module(module),
            Err(_) => {
                let instance = text.parse::<InstanceAddr>().unwrap();
                match instance.key {
                    None => MoveEndpoint::Resource(instance.resource),
                    Some(_) => MoveEndpoint::Instance(instance),
                }
            }
        };
        Pattern::new(&module(at), &endpoint, whole, all)
    }

    fn module(text: &str) -> ModuleAddr {
        if text.is_empty() { ModuleAddr::default() } else { text.parse().unwrap() }
    }

    #[test]
    fn what_an_address_covers() {
        for (at, of, addr, covered) in [
            ("", "t.a", "t.a", true),
            ("", "t.a", "t.a[0]", true),
            ("", "t.a", "t.b", false),
            ("", "t.a", "data.t.a", false),
            ("", "t.a", "module.m.t.a", false),
            ("", "t.a[0]", "t.a[0]", true),
            ("", "t.a[0]", "t.a", false),
            ("", "module.m", "module.m[\"k\"].module.n.t.a", true),
            ("", "module.m[0]", "module.m[0].t.a", true),
            ("", "module.m[0]", "module.m[1].t.a", false),
            ("", "module.m", "module.n.t.a", false),
            // On the way, no key means that there is none.
            ("", "module.m.t.a", "module.m.t.a[1]", true),
            ("", "module.m.t.a", "module.m[0].t.a", false),
            // What a module says is said in each of its instances.
            ("module.m", "t.a", "module.m[\"k\"].t.a", true),
            ("module.m", "t.a", "t.a", false),
        ] {
            assert_eq!(pattern(at, of).covers(&addr.parse().unwrap()), covered, "{at} {of} {addr}");
        }
        let anywhere = written("", "module.m.t.a", true, true);
        assert!(anywhere.covers(&"module.m[0].t.a".parse().unwrap()));
        let single = written("", "t.a", false, false);
        assert!(single.covers(&"t.a".parse().unwrap()) && !single.covers(&"t.a[0]".parse().unwrap()));
    }

    #[test]
    fn where_an_object_goes() {
        for (at, from, to, old, new, said) in [
            ("", "t.a", "t.b", "t.a[1]", "t.b[1]", "t.a could not move to t.b"),
            ("", "t.a", "module.m.t.a", "t.a", "module.m.t.a", "t.a could not move to module.m.t.a"),
            ("", "t.a[0]", "t.b[\"k\"]", "t.a[0]", "t.b[\"k\"]", "t.a[0] could not move to t.b[\"k\"]"),
            (
                "",
                "module.m",
                "module.n",
                "module.m[0].t.a[2]",
                "module.n[0].t.a[2]",
                "module.m[0] could not move to module.n[0]",
            ),
            (
                "",
                "module.m[0]",
                "module.m[\"k\"]",
                "module.m[0].module.i.t.a",
                "module.m[\"k\"].module.i.t.a",
                "module.m[0] could not move to module.m[\"k\"]",
            ),
            (
                "module.m",
                "t.a",
                "module.i.t.a",
                "module.m[1].t.a",
                "module.m[1].module.i.t.a",
                "module.m[1].t.a could not move to module.m[1].module.i.t.a",
            ),
        ] {
            let (from, to, at) = (pattern(at, from), pattern(at, to), module(at).steps().len());
            let (unit, moved) = to.translate(&from, at, &old.parse().unwrap());
            assert_eq!((moved.to_string(), unit.to_string()), (new.to_owned(), said.to_owned()));
            assert!(unit.is_blocked_by(&moved) && !unit.is_blocked_by(&old.parse().unwrap()), "{new}");
        }
    }

    #[test]
    fn what_may_be_the_same_or_inside() {
        for (one, other, meets, inside) in [
            ("t.a", "t.a", true, false),
            ("t.a", "t.a[0]", true, false),
            ("t.a[0]", "t.a[1]", false, false),
            ("t.a", "t.b", false, false),
            ("module.m.t.a", "module.m", true, true),
            ("module.m", "module.m.t.a", false, false),
            ("module.m", "module.m[0]", true, false),
            ("module.m.module.n", "module.m", true, true),
            ("module.n", "module.m", false, false),
        ] {
            let (one, other) = (pattern("", one), pattern("", other));
            assert_eq!((one.meets(&other), one.is_inside(&other)), (meets, inside), "{one} {other}");
        }
    }
}

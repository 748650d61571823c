//! What a function of the table is made of: its name, parameters, result type and body.
//! Knows nothing of single functions or of how the rules are applied.

use crate::base::{Entries, Number, Type, Value};
use crate::lang::FunctionEnv;
use crate::lang::effort::{Effort, Exhausted};

/// One built-in function.
pub(super) struct Function {
    pub name: &'static str,
    /// One sentence that says what the function gives.
    pub doc: &'static str,
    pub params: Vec<Param>,
    /// Takes all further arguments.
    pub rest: Option<Param>,
    pub returns: Returns,
    pub body: Body,
}

/// The work itself, over values that have passed the rules.
pub(super) type Body = fn(&Args) -> Result<Value, Fault>;

/// The type of the result.
pub(super) enum Returns {
    Fixed(Type),
    /// Decided by the arguments, of which some may still be unknown.
    Of(fn(&Args) -> Result<Type, Fault>),
}

/// One parameter.
pub(super) struct Param {
    pub name: &'static str,
    /// Arguments are converted to this type.
    pub ty: Type,
    /// Whether null is handed through instead of refused.
    pub null: bool,
    /// Whether an unknown of unknown type is handed to the result type's function.
    pub dynamic: bool,
    pub unknowns: Unknowns,
    pub marks: Marks,
}

/// What an unknown argument does.
pub(super) enum Unknowns {
    /// The result is unknown if the argument itself is.
    Stop,
    /// The result is unknown if anything in the argument is.
    StopDeep,
    /// The body sees it.
    Through,
}

/// What a sensitive mark does.
pub(super) enum Marks {
    /// The result is marked if anything in the argument is; the body sees no mark.
    Deep,
    /// The result is marked if the argument itself is; marks of its elements stay where they are.
    Own,
    /// The body sees all marks.
    Through,
}

/// Starts the declaration of a function.
pub(super) fn function(name: &'static str, doc: &'static str) -> Function {
    Function {
        name,
        doc,
        params: Vec::new(),
        rest: None,
        returns: Returns::Fixed(Type::Dynamic),
        body: |_| Err(Fault::new("this function has no body")),
    }
}

impl Function {
    /// The parameter of each argument position; endless with a rest parameter.
    pub fn parameters(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().chain(std::iter::repeat_with(|| self.rest.as_ref()).map_while(|p| p))
    }

    /// Adds a parameter; the modifiers below apply to the one that was added last.
    pub fn param(mut self, name: &'static str, ty: Type) -> Self {
        self.params.push(Param::new(name, ty));
        self
    }

    /// Adds a parameter of type string.
    pub fn text(self, name: &'static str) -> Self {
        self.param(name, Type::String)
    }

    /// Adds a parameter of type number.
    pub fn number(self, name: &'static str) -> Self {
        self.param(name, Type::Number)
    }

    /// Adds a parameter of any type.
    pub fn any(self, name: &'static str) -> Self {
        self.param(name, Type::Dynamic)
    }

    /// Takes any number of further arguments.
    pub fn rest(mut self, name: &'static str, ty: Type) -> Self {
        self.rest = Some(Param::new(name, ty));
        self
    }

    fn last(mut self, change: impl FnOnce(&mut Param)) -> Self {
        if let Some(param) = self.rest.as_mut().or(self.params.last_mut()) {
            change(param);
        }
        self
    }

    /// Null is handed through.
    pub fn or_null(self) -> Self {
        self.last(|p| p.null = true)
    }

    /// Unknown is handed through, whatever its type.
    pub fn or_unknown(self) -> Self {
        self.last(|p| (p.unknowns, p.dynamic) = (Unknowns::Through, true))
    }

    /// An unknown of unknown type does not keep the result's type from being decided.
    pub fn or_dynamic(self) -> Self {
        self.last(|p| p.dynamic = true)
    }

    /// Anything unknown in the argument makes the result unknown.
    pub fn wholly_known(self) -> Self {
        self.last(|p| p.unknowns = Unknowns::StopDeep)
    }

    /// Marks of elements stay on the elements.
    pub fn marks_inside(self) -> Self {
        self.last(|p| p.marks = Marks::Own)
    }

    /// All marks are handed through.
    pub fn marks_through(self) -> Self {
        self.last(|p| p.marks = Marks::Through)
    }

    /// Completes the declaration with a result type that is always the same.
    pub fn gives(mut self, ty: Type, body: Body) -> Self {
        (self.returns, self.body) = (Returns::Fixed(ty), body);
        self
    }

    /// Completes the declaration with a result type that depends on the arguments.
    pub fn gives_of(mut self, ty: fn(&Args) -> Result<Type, Fault>, body: Body) -> Self {
        (self.returns, self.body) = (Returns::Of(ty), body);
        self
    }
}

impl Param {
    fn new(name: &'static str, ty: Type) -> Self {
        Param { name, ty, null: false, dynamic: false, unknowns: Unknowns::Stop, marks: Marks::Deep }
    }
}

/// The arguments of one call. The readers give a neutral value where the declaration rules another type out.
pub(super) struct Args<'a> {
    pub values: &'a [Value],
    /// The type that the result must have.
    pub returns: Type,
    pub env: &'a FunctionEnv,
    /// What is left to the evaluation, for bodies that may take longer than their arguments and result tell.
    pub effort: &'a Effort,
}

impl Args<'_> {
    pub fn value(&self, at: usize) -> &Value {
        self.values.get(at).unwrap_or(&Value::NULL)
    }

    /// The arguments from a position on.
    pub fn from(&self, at: usize) -> &[Value] {
        self.values.get(at..).unwrap_or_default()
    }

    pub fn text(&self, at: usize) -> &str {
        self.value(at).as_str().unwrap_or_default()
    }

    pub fn number(&self, at: usize) -> &Number {
        self.value(at).as_number().unwrap_or(&Number::ZERO)
    }

    pub fn items(&self, at: usize) -> &[Value] {
        self.value(at).as_items().unwrap_or_default()
    }

    pub fn entries(&self, at: usize) -> &Entries {
        self.value(at).as_entries().unwrap_or(const { &Entries::EMPTY })
    }

    /// A number that must be whole.
    pub fn whole(&self, at: usize) -> Result<i64, Fault> {
        self.number(at).as_i64().ok_or_else(|| Fault::new(WHOLE))
    }

    /// The element type of the list, set or map that the result must be.
    pub fn element(&self) -> Type {
        element_of(&self.returns)
    }
}

/// The element type of a list, set or map type; [`Type::Dynamic`] of any other.
pub(super) fn element_of(ty: &Type) -> Type {
    match ty {
        Type::List(t) | Type::Set(t) | Type::Map(t) => Type::clone(t),
        _ => Type::Dynamic,
    }
}

/// What is said of a number that must be a whole one.
pub(super) const WHOLE: &str =
    "value must be a whole number, between -9223372036854775808 and 9223372036854775807";

/// Refuses a text or collection that would take more than 256 MiB, before it is made.
pub(super) fn check_size(bytes: usize) -> Result<(), Fault> {
    const MOST: usize = 256 << 20;
    if bytes <= MOST { Ok(()) } else { Err(Fault::new("the result would be larger than 256 MiB")) }
}

/// What is wrong with a call; the sentence's full stop and its beginning are added by the table.
pub(super) struct Fault {
    pub argument: Option<usize>,
    message: String,
    /// Text from an argument, shown for the first `{input}` in the message unless it is sensitive.
    input: Option<String>,
}

impl From<Exhausted> for Fault {
    fn from(_: Exhausted) -> Self {
        Fault::new("it takes more time than any configuration needs, so it was given up")
    }
}

impl Fault {
    /// A fault of the call as a whole. The message must not contain anything of the arguments.
    pub fn new(message: impl Into<String>) -> Self {
        Fault { argument: None, message: message.into(), input: None }
    }

    /// A fault whose message holds text from an argument, in the place of its first `{input}`.
    pub fn about(message: impl Into<String>, input: impl Into<String>) -> Self {
        Fault { argument: None, message: message.into(), input: Some(input.into()) }
    }

    /// Blames one argument.
    pub fn at(mut self, argument: usize) -> Self {
        self.argument = Some(argument);
        self
    }

    /// Says where the fault occurred; then no single argument is to blame.
    pub fn within(self, place: &str) -> Self {
        Fault { argument: None, message: format!("{place}{}", self.message), ..self }
    }

    /// The message; what it quotes of the arguments is withheld when some of them are sensitive.
    pub fn text(&self, sensitive: bool) -> String {
        match &self.input {
            None => self.message.clone(),
            Some(_) if sensitive => self.message.replacen("{input}", "(sensitive value)", 1),
            Some(input) => self.message.replacen("{input}", input, 1),
        }
    }
}

//! A text that is not said yet.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;

/// Values for the placeholders of a text, made by [`args!`](crate::args).
#[derive(Debug, Clone, Default)]
pub struct Args(Vec<(&'static str, Value)>);

/// A text by id and values, for who does not know the language yet: errors, notices, ways on.
#[derive(Debug, Clone)]
pub struct Message {
    id: Cow<'static, str>,
    args: Args,
}

/// A value for a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Words.
    Text(String),
    /// A number, which chooses the plural form.
    Number(i64),
}

/// What can stand for a placeholder.
pub trait Arg {
    /// The value.
    fn to_value(&self) -> Value;
}

/// Values for a text: `args![name = person, count = 3]`.
#[macro_export]
macro_rules! args {
    ($($name:ident = $value:expr),* $(,)?) => {
        $crate::texts::Args::default()$(.and(stringify!($name), &$value))*
    };
}

impl Args {
    /// One value more.
    #[must_use]
    pub fn and(mut self, name: &'static str, value: impl Arg) -> Self {
        self.0.push((name, value.to_value()));
        self
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(super) fn values(&self) -> HashMap<&'static str, FluentValue<'_>> {
        let fluent = |value| match value {
            &Value::Number(number) => FluentValue::from(number),
            Value::Text(text) => FluentValue::from(text.as_str()),
        };
        self.0
            .iter()
            .map(|(name, value)| (*name, fluent(value)))
            .collect()
    }
}

impl Message {
    /// The text with this id.
    pub fn new(id: impl Into<Cow<'static, str>>) -> Self {
        Self {
            id: id.into(),
            args: Args::default(),
        }
    }

    /// Gives a value to a placeholder.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl Arg) -> Self {
        self.args = self.args.and(name, value);
        self
    }

    /// The Fluent id.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn args(&self) -> &Args {
        &self.args
    }
}

impl From<&'static str> for Message {
    fn from(id: &'static str) -> Self {
        Self::new(id)
    }
}

impl Arg for str {
    fn to_value(&self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl Arg for String {
    fn to_value(&self) -> Value {
        self.as_str().to_value()
    }
}

impl Arg for Cow<'_, str> {
    fn to_value(&self) -> Value {
        self.as_ref().to_value()
    }
}

impl<T: Arg + ?Sized> Arg for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Arg for $number {
            fn to_value(&self) -> Value {
                Value::Number(i64::try_from(*self).unwrap_or(i64::MAX))
            }
        }
    )*};
}

numbers!(i32 i64 u8 u16 u32 u64 usize);

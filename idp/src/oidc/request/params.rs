//! Parameters of a request, some of which may stand twice though they must not.

/// The decoded pairs of a query or form.
#[derive(Clone, Copy, Debug)]
pub struct Params<'a>(&'a [(String, String)]);

impl<'a> Params<'a> {
    /// Looks at these pairs.
    pub const fn new(pairs: &'a [(String, String)]) -> Self {
        Self(pairs)
    }

    /// The value when it stands exactly once. An empty value counts as left out (RFC 6749, 3.1).
    pub fn one(&self, name: &str) -> Option<&'a str> {
        let mut values = self.all(name);
        let first = values.next();
        if values.next().is_some() { None } else { first }
    }

    /// Every value that is not empty.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &'a str> {
        let pairs = self.0;
        let name = name.to_owned();
        pairs
            .iter()
            .filter(move |(key, value)| *key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Whether one of these names stands more than once (RFC 6749, 3.1).
    pub fn any_twice(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.all(name).nth(1).is_some())
    }
}

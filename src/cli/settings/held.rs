//! A setting, and where it comes from.

/// Where a setting comes from, the first that says something: what stands higher here decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A flag.
    CommandLine,
    /// This environment variable.
    Variable(&'static str),
    /// The profile.
    Profile,
    /// The configuration file, outside of profiles.
    File,
    /// The last `mapisweep login`.
    Login,
    /// Nobody says anything else.
    Default,
}

/// A value, and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Held<T> {
    /// What holds.
    pub value: T,
    /// Who says so.
    pub from: Origin,
}

/// The first of these that there is.
pub fn first<T>(choices: impl IntoIterator<Item = (Option<T>, Origin)>) -> Option<Held<T>> {
    let mut there = choices
        .into_iter()
        .filter_map(|(value, from)| value.map(|value| Held { value, from }));
    there.next()
}

/// The same, with what holds where there is none.
pub fn first_or<T>(choices: impl IntoIterator<Item = (Option<T>, Origin)>, default: T) -> Held<T> {
    first(choices).unwrap_or(Held {
        value: default,
        from: Origin::Default,
    })
}

//! The configuration file: profiles, protected addresses, defaults.

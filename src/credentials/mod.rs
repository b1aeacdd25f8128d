//! Where a password comes from: standard input, environment, OS keyring, prompt.

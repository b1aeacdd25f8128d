//! The recorded answers, read by the program's own types.

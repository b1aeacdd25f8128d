//! What the fuzz targets share: a [`machine`] for the helper to run on. What they fuzz is in crates that touch nothing
//! outside, so that they build in a fraction of the command's time.
#![forbid(unsafe_code)]

pub mod machine;

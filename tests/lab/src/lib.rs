//! Simulated Exchange servers: see DESIGN. Nothing here is Windows.
#![forbid(unsafe_code)]

//! The logic of the mapisweep helper, without Windows: arguments, matching, reporting.
#![no_std]
#![forbid(unsafe_code)]

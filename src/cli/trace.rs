//! `-v`, `-vv`, `-vvv`: what mapisweep does, on standard error.
//!
//! No password can appear here, for two reasons: only mapisweep's own events are let through, not those of the
//! libraries beneath it; and inside mapisweep a password is a `SecretString`, which shows nothing of itself.
//! `RUST_LOG` is not read, so that nobody can open that gate by accident.

use std::sync::Arc;

use tracing::Level;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use super::printer::{Printer, TraceWriter};

/// Starts tracing for a number of `v`s. A second call in one process changes nothing.
pub fn start(printer: &Arc<Printer>, verbosity: u8) {
    let level = match verbosity {
        0 => return,
        1 => Level::INFO,
        2 => Level::DEBUG,
        _ => Level::TRACE,
    };
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(TraceWriter(Arc::clone(printer)))
        .with_ansi(true) // the printer drops colours where they are not wanted
        .with_target(verbosity > 1)
        .without_time()
        .with_filter(Targets::new().with_target("mapisweep", level));
    // an embedding program may have set its own
    _ = tracing_subscriber::registry().with(layer).try_init();
}

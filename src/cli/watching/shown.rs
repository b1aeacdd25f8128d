//! Where what is known is shown: on a screen that is kept up to date, as tables or events as it changes.

use jiff::Timestamp;

use super::{
    known::{Near, Watched},
    live::Live,
};
use crate::cli::{
    Context,
    args::Format,
    render::watch::{Watch, record},
};

/// Where it is shown, and what was shown last.
pub struct Shown<'a> {
    /// The terminal, and the format.
    pub context: &'a Context,
    live: Option<Live>,
    /// What the last table said.
    last: Option<String>,
}

impl<'a> Shown<'a> {
    /// Shows what a first look has brought.
    pub fn begin(context: &'a Context, watched: &Watched) -> Self {
        let is_table = context.format == Format::Table;
        let mut shown = Self {
            context,
            live: is_table.then(|| Live::begin(&context.printer)).flatten(),
            last: None,
        };
        let now = Timestamp::now();
        context.output.keep(&Watch { watched, now });
        shown.table(watched);
        shown
    }

    /// Shows what one reading has brought.
    pub fn reading(&mut self, watched: &Watched, server: &str, gone: &[Near]) {
        if let Some(known) = watched.of(server) {
            let output = &self.context.output;
            output.tell(|time| record::lines(known, gone, time));
        }
        self.table(watched);
    }

    /// The live table, if that is it, as it is now.
    pub fn draw(&mut self, watched: &Watched) {
        if let Some(live) = &mut self.live {
            let now = Timestamp::now();
            live.draw(|page, lines| Watch { watched, now }.within(page, lines));
        }
    }

    /// Whether anybody may see it still.
    pub fn is_read(&self) -> bool {
        self.context.printer.is_read()
    }

    /// The last table stays on the screen.
    pub fn end(&mut self, watched: &Watched) {
        if self.live.take().is_some() {
            let now = Timestamp::now();
            self.context.output.show(&Watch { watched, now });
        }
    }

    /// A table for people, where it says something else than the one before.
    fn table(&mut self, watched: &Watched) {
        if self.context.format != Format::Table {
            return;
        }
        if self.live.is_some() {
            return self.draw(watched);
        }
        let now = Timestamp::now();
        let watch = Watch { watched, now };
        let said = watch.fingerprint();
        let is_first = self.last.is_none();
        if self.last.replace(said.clone()) == Some(said) {
            return;
        }
        if !is_first {
            self.context.printer.result("\n");
        }
        self.context.output.show(&watch);
    }
}

/// Whether the terminal was made wider or narrower.
pub struct Resized {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Resized {
    /// From now on.
    pub fn new() -> Self {
        Self {
            #[cfg(unix)]
            signal: {
                use tokio::signal::unix::{SignalKind, signal};
                signal(SignalKind::window_change()).ok()
            },
        }
    }

    /// Waits until it was; for ever where that is not told.
    pub async fn came(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}

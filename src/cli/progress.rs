//! One bar a server, on standard error, while something is being done there.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

use super::printer::Printer;
use crate::servers::host::{Observer, Step};

/// What is being done on each server, shown and remembered.
pub struct Progress {
    printer: Arc<Printer>,
    servers: Mutex<BTreeMap<String, At>>,
}

struct At {
    step: Step,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Nothing is being done yet.
    pub fn new(printer: Arc<Printer>) -> Self {
        Self {
            printer,
            servers: Mutex::default(),
        }
    }

    /// Takes the bars away, before a result or a question is shown.
    pub fn clear(&self) {
        for at in self.servers().values_mut() {
            if let Some(bar) = at.bar.take() {
                bar.finish_and_clear();
            }
        }
    }

    /// Servers where something may still be left, and what is being done there.
    pub fn unfinished(&self) -> Vec<(String, Step)> {
        let servers = self.servers();
        let unfinished = servers.iter().filter(|(_, at)| at.step != Step::Finished);
        unfinished
            .map(|(server, at)| (server.clone(), at.step))
            .collect()
    }

    fn servers(&self) -> MutexGuard<'_, BTreeMap<String, At>> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Progress {
    fn step(&self, server: &str, step: Step) {
        tracing::info!(server, "{}", describe(step));
        let mut servers = self.servers();
        let at = servers
            .entry(server.to_owned())
            .or_insert(At { step, bar: None });
        at.step = step;
        if step == Step::Finished {
            if let Some(bar) = at.bar.take() {
                bar.finish_and_clear();
            }
            return;
        }
        let bar = at.bar.get_or_insert_with(|| {
            let bar = self.printer.bars().add(ProgressBar::new_spinner());
            bar.set_style(style());
            bar.set_prefix(server.to_owned());
            bar.set_message(describe(step));
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        bar.set_message(describe(step));
    }
}

/// What a person calls a step.
pub fn describe(step: Step) -> &'static str {
    match step {
        Step::SigningIn => "signing in",
        Step::Recognising => "recognising the server",
        Step::ReadingLogons => "reading the logons",
        Step::ListingConnections => "listing the connections",
        Step::Closing => "closing connections",
        Step::Verifying => "reading the logons again",
        Step::CleaningUp => "cleaning up",
        Step::Finished => "finished",
    }
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{spinner} {prefix}  {msg} {elapsed}");
    style.unwrap_or_else(|_| ProgressStyle::default_spinner())
}

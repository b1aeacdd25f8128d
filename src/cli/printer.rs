//! The one owner of standard output and standard error.
//!
//! Results go to standard output, everything else to standard error. Nothing else in mapisweep writes to either but the
//! [`Bars`] it holds, so that progress bars, traces and messages never run into one another, and that a terminal is told
//! nothing but text and our few colours: whoever makes a text sees to what came from elsewhere in it, and what was
//! forgotten ends here.

use std::{
    io::{self, IsTerminal, Write},
    os::fd::AsFd,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anstream::{AutoStream, ColorChoice, adapter::strip_str};
use indicatif::MultiProgress;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    termios::tcgetwinsize,
};
use tracing_subscriber::fmt::MakeWriter;

use super::{
    args::{Color, Global},
    kept::Kept,
    render::table::Page,
    style::ERROR,
    text::{coloured_lines, lines},
};

/// The terminal, or whatever stands in its place.
pub struct Printer {
    color: ColorChoice,
    quiet: bool,
    verbose: bool,
    stdout: Mutex<AutoStream<io::Stdout>>,
    /// Why standard output takes no more; known also while somebody waits for it to take something.
    broken: Mutex<Option<io::Error>>,
    bars: MultiProgress,
    kept: Kept,
}

impl Printer {
    /// As the global options want it.
    pub fn new(options: &Global) -> Self {
        let color = match options.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        let stream = AutoStream::new(io::stdout(), color);
        let bars = MultiProgress::new();
        if options.quiet {
            bars.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        }
        Self {
            color,
            quiet: options.quiet,
            verbose: options.verbose > 0,
            stdout: Mutex::new(stream),
            broken: Mutex::default(),
            bars,
            kept: Kept::default(),
        }
    }

    /// Where progress bars are drawn: standard error, and only on a terminal.
    pub fn bars(&self) -> &MultiProgress {
        &self.bars
    }

    /// Whether anybody sees them.
    pub fn draws_bars(&self) -> bool {
        !self.bars.is_hidden()
    }

    /// A result, on standard output. Once nobody reads it any more (`| head`), the rest is dropped in silence: what
    /// is being done does not depend on being watched.
    pub fn result(&self, text: &str) {
        // no records are no line, and not an empty one
        if text.is_empty() {
            return;
        }
        let write = || self.write(|stream| write_text(stream, &coloured_lines(text)));
        match self.shows_results() {
            true => self.bars.suspend(write),
            // a reader who takes his time holds up no bar and no message
            false => write(),
        }
    }

    /// The first letters of a result that follows later, so that it is known early whether it can be written. Not on a
    /// terminal, which has no end, and where bars would run into them.
    pub fn begin_result(&self, letters: &str) {
        self.write(|stream| {
            stream.write_all(letters.as_bytes())?;
            stream.flush()
        });
    }

    fn write(&self, write: impl FnOnce(&mut AutoStream<io::Stdout>) -> io::Result<()>) {
        let mut stream = self.stdout.lock().unwrap_or_else(PoisonError::into_inner);
        if self.broken().is_none() {
            let written = write(&mut stream);
            *self.broken() = written.err();
        }
    }

    /// What a person wants to know beside the result; not with `-q`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.stderr(&lines(text));
        }
    }

    /// The same of something that is done as it is said: what others have to say because of that comes after it, however
    /// soon they know.
    pub fn note_as(&self, text: &str, act: impl FnOnce()) {
        if self.quiet {
            return act();
        }
        let text = lines(text);
        if self.kept.keep(&text) {
            return act();
        }
        self.bars.suspend(|| {
            // before it is written, for that may take for ever
            act();
            self.write_stderr(&text);
        });
    }

    /// The same in colours.
    pub fn coloured_note(&self, text: &str) {
        if !self.quiet {
            self.stderr(&coloured_lines(text));
        }
    }

    /// What has to be known before a person answers; always said.
    pub fn warning(&self, text: &str) {
        self.stderr(&lines(text));
    }

    /// What only `-v` asks for.
    pub fn detail(&self, text: &str) {
        if self.verbose {
            self.stderr(&lines(text));
        }
    }

    /// What went wrong; always said.
    pub fn error(&self, text: &str) {
        self.stderr(&format!("{ERROR}error:{ERROR:#} {}", lines(text)));
    }

    /// What results are written on: how wide the terminal is now.
    pub fn page(&self) -> Page {
        page(io::stdout())
    }

    /// The same of what is said beside them.
    pub fn page_beside_results(&self) -> Page {
        page(io::stderr())
    }

    /// Whether who sits at the terminal sees the results.
    pub fn shows_results(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// What a question is about; always said, as the question is.
    pub fn beside_question(&self, text: &str) {
        self.stderr(&coloured_lines(text));
    }

    /// Asks a question that a following line of standard input answers; the cursor stays behind it.
    pub fn question(&self, text: &str) {
        self.bars.suspend(|| {
            let mut stream = AutoStream::new(io::stderr(), self.color);
            // standard error may be closed; there is nowhere left to say so
            _ = write!(stream, "{}", lines(text)).and_then(|()| stream.flush());
        });
    }

    /// Whether standard output takes what is written: not once its reader has left, or a disk is full.
    pub fn is_read(&self) -> bool {
        self.broken().is_none() && !has_left(io::stdout())
    }

    /// How many lines the terminal has that results go to, and how many cells a line; `None` where it is no terminal, or one
    /// that cannot have its screen taken over.
    pub fn screen(&self) -> Option<(usize, usize)> {
        let is_simple = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let size = tcgetwinsize(io::stdout()).ok().filter(|_| !is_simple)?;
        let is_known = size.ws_row > 0 && size.ws_col > 0;
        is_known.then(|| (size.ws_row.into(), size.ws_col.into()))
    }

    /// What is said from now on is kept, for a live table has the screen; until it is [free](Self::free_screen).
    pub fn take_screen(&self) {
        self.kept.begin();
    }

    /// What was said last while it is taken.
    pub fn said_last(&self, most: usize) -> Vec<String> {
        self.kept.last(most)
    }

    /// The screen is free again: what was kept is said.
    pub fn free_screen(&self) {
        let said = self.kept.end();
        if said.left_out > 0 {
            let left_out = said.left_out;
            self.stderr(&format!("{left_out} earlier messages are left out."));
        }
        for text in said.texts {
            self.stderr(&text);
        }
    }

    /// Writes to the terminal that results go to, orders and all. Colours go where they are not wanted.
    pub fn draw(&self, before: &str, text: &str, after: &str) {
        let stream = self.stdout.lock().unwrap_or_else(PoisonError::into_inner);
        let text = match stream.current_choice() {
            ColorChoice::Never => strip_str(text).to_string(),
            _ => text.to_owned(),
        };
        let mut terminal = io::stdout().lock();
        let drawn = terminal.write_all([before, &text, after].concat().as_bytes());
        if let Err(error) = drawn.and_then(|()| terminal.flush()) {
            self.broken().get_or_insert(error);
        }
    }

    /// Why standard output could not be written, unless its reader just left.
    pub fn output_failure(&self) -> Option<String> {
        let broken = self.broken();
        let broken = broken.as_ref()?;
        (broken.kind() != io::ErrorKind::BrokenPipe).then(|| broken.to_string())
    }

    /// Why standard output takes no more, also where its reader just left.
    pub fn output_end(&self) -> Option<String> {
        self.broken().as_ref().map(ToString::to_string)
    }

    fn broken(&self) -> MutexGuard<'_, Option<io::Error>> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stderr(&self, text: &str) {
        if self.kept.keep(text) {
            return;
        }
        self.bars.suspend(|| self.write_stderr(text));
    }

    fn write_stderr(&self, text: &str) {
        let mut stream = AutoStream::new(io::stderr(), self.color);
        // standard error may be closed; there is nowhere left to say so
        _ = write_text(&mut stream, text);
    }
}

/// What the command line's parser has to say: help on standard output, a mistake on standard error. What was typed stands
/// in it. False where standard output cannot be written, which is said; not where its reader just left.
pub fn tell(error: &clap::Error) -> bool {
    let text = error.render().ansi().to_string();
    let text = coloured_lines(&text);
    let mut stderr = AutoStream::auto(io::stderr());
    if error.use_stderr() {
        // nowhere is left to say that this could not be said
        _ = write_text(&mut stderr, &text);
        return true;
    }
    match write_text(&mut AutoStream::auto(io::stdout()), &text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let said =
                format!("{ERROR}error:{ERROR:#} standard output cannot be written: {error}\n");
            _ = write_text(&mut stderr, &said);
            false
        }
        _ => true,
    }
}

/// A line on standard output, where there is no printer yet.
pub fn say(line: &str) {
    // nowhere is left to say that this could not be said
    _ = write_text(&mut AutoStream::auto(io::stdout()), &lines(line));
}

/// Whether whoever reads a pipe is known to have left; nothing has to be written for that.
fn has_left(reader: impl AsFd) -> bool {
    let mut polled = [PollFd::new(&reader, PollFlags::empty())];
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let is_polled = poll(&mut polled, Some(&at_once)).is_ok();
    let gone = PollFlags::ERR | PollFlags::HUP;
    is_polled && polled.iter().any(|it| it.revents().intersects(gone))
}

/// A terminal that does not know how wide it is cuts nothing either.
fn page(stream: impl AsFd) -> Page {
    match tcgetwinsize(stream) {
        Ok(size) if size.ws_col > 0 => Page::of_width(size.ws_col.into()),
        _ => Page::ENDLESS,
    }
}

/// A text and the end of its last line.
fn write_text(stream: &mut impl Write, text: &str) -> io::Result<()> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    writeln!(stream, "{text}")?;
    stream.flush()
}

/// Traces go through the printer, so that they do not tear progress bars.
#[derive(Clone)]
pub struct TraceWriter(pub Arc<Printer>);

impl Write for TraceWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(line);
        self.0.stderr(&coloured_lines(&line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for TraceWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

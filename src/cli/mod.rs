//! Arguments, verbs, the printer, progress, advice: everything that meets the terminal.

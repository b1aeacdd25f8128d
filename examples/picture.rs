//! What a terminal showed, as a picture: coloured text on standard input, SVG on standard output. See `scripts/picture`.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout)]

use std::io::{Read, Result, stdin};

fn main() -> Result<()> {
    let mut shown = String::new();
    stdin().read_to_string(&mut shown)?;
    print!("{}", anstyle_svg::Term::new().render_svg(shown.trim_end()));
    Ok(())
}

//! CSV, which people open in spreadsheets: a cell is text that can be seen, or a number, and never a formula.

use mapisweep_core::text::visible;
use serde::Serialize;

/// A head line, where it has one, and a line for each record; nothing where there is none.
pub fn csv(records: &[impl Serialize], has_head: bool) -> String {
    let mut writer = csv::WriterBuilder::new();
    let mut writer = writer.has_headers(has_head).from_writer(Vec::new());
    for record in records {
        // writing to memory does not fail, and the records are flat
        _ = writer.serialize(record);
    }
    let written = writer.into_inner().unwrap_or_default();
    // which cells are text is known only now: a record says itself how it is written
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).from_reader(&written[..]);
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in reader.records().flatten() {
        _ = writer.write_record(record.iter().map(cell));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// A cell that a spreadsheet takes for what it is.
fn cell(text: &str) -> String {
    let text = visible(text);
    // the wide ones are typed in East Asia, and mean the same there
    let begins_formula = text.starts_with([
        '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]);
    match begins_formula && !is_number(&text) && !is_flag(&text) {
        true => format!("'{text}"),
        false => text,
    }
}

/// `--all`: one of ours, which programs read; without a cell or a call in it, it computes nothing.
fn is_flag(text: &str) -> bool {
    let word = text.strip_prefix("--");
    word.is_some_and(|word| {
        word.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    })
}

fn is_number(text: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    text.chars().all(is_digit) && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_text_or_a_number() {
        for (text, shown) in [
            ("JSMITH-LT", "JSMITH-LT"),
            ("", ""),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+SUM(1,2)", "'+SUM(1,2)"),
            ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
            ("@SUM(1)", "'@SUM(1)"),
            ("\u{ff1d}1+1", "'\u{ff1d}1+1"),
            ("\t=1", "<U+0009>=1"),
            ("\r=1", "<U+000D>=1"),
            ("two\nlines", "two<U+000A>lines"),
            ("\u{1b}[2J", "<U+001B>[2J"),
            ("a=b", "a=b"),
            ("--include-shared", "--include-shared"),
            ("--A1", "'--A1"),
            ("-5", "-5"),
            ("+5.25", "+5.25"),
            ("-1e5", "-1e5"),
            ("-", "'-"),
            ("-inf", "'-inf"),
            ("-1-1", "'-1-1"),
        ] {
            assert_eq!(cell(text), shown, "{text:?}");
        }
    }

    #[test]
    fn numbers_stay_numbers() {
        #[derive(Serialize)]
        struct Record {
            text: &'static str,
            number: i64,
            fraction: f64,
            none: Option<u32>,
        }
        let record = |text| Record {
            text,
            number: -3,
            fraction: -0.5,
            none: None,
        };
        assert_eq!(
            csv(&[record("=1"), record("two\r\nlines, \"quoted\"")], true),
            "text,number,fraction,none\n'=1,-3,-0.5,\n\"two<U+000D><U+000A>lines, \"\"quoted\"\"\",-3,-0.5,\n"
        );
    }
}

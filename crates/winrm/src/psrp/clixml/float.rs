//! Floating-point numbers as .NET writes them (\[MS-PSRP\] 2.2.5.1.14, 2.2.5.1.15).

/// The text of a `<Db>`: 15 digits if the number survives that, else 17.
pub(super) fn double(number: f64) -> String {
    let short = format!("{number:.14e}");
    let written = match short.parse() == Ok(number) {
        true => general(&short, 15),
        false => general(&format!("{number:.16e}"), 17),
    };
    special(number).unwrap_or(written)
}

/// The text of a `<Sg>`: 7 digits if the number survives that, else 9.
pub(super) fn single(number: f32) -> String {
    let short = format!("{number:.6e}");
    let written = match short.parse() == Ok(number) {
        true => general(&short, 7),
        false => general(&format!("{number:.8e}"), 9),
    };
    special(number.into()).unwrap_or(written)
}

/// What XML Schema has words for.
fn special(number: f64) -> Option<String> {
    let word = match number {
        f64::INFINITY => "INF",
        f64::NEG_INFINITY => "-INF",
        _ if number.is_nan() => "NaN",
        _ => return None,
    };
    Some(word.to_owned())
}

/// .NET's general format from Rust's scientific one: `-1.2000e21` becomes `-1.2E+21`. Numbers of at most `precision`
/// digits before the decimal point, or three zeros behind it, are written without an exponent.
fn general(scientific: &str, precision: i32) -> String {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(mantissa) => ("-", mantissa),
        None => ("", mantissa),
    };
    let digits = mantissa.replace('.', "");
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    if -5 < exponent && exponent < precision {
        return format!("{sign}{}", positional(digits, exponent));
    }
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    let exponent = exponent.unsigned_abs();
    format!("{sign}{first}{point}{rest}E{exponent_sign}{exponent:02}")
}

/// Digits whose first stands for `10^exponent`, written without an exponent.
fn positional(digits: &str, exponent: i32) -> String {
    let Ok(exponent) = usize::try_from(exponent) else {
        let zeros = exponent.unsigned_abs() as usize - 1;
        return format!("0.{:0<zeros$}{digits}", "");
    };
    let whole = exponent + 1;
    match digits.split_at_checked(whole) {
        Some((digits, "")) => digits.to_owned(),
        Some((whole, fraction)) => format!("{whole}.{fraction}"),
        None => format!("{digits:0<whole$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_written_as_windows_powershell_writes_them() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-12.5, "-12.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1.0 / 3.0, "0.33333333333333331"),
            (123_456_789_012_345.0, "123456789012345"),
            (1_234_567_890_123_456.0, "1234567890123456"),
            (1e15, "1E+15"),
            (1.5e300, "1.5E+300"),
            (0.0001, "0.0001"),
            (0.00001, "1E-05"),
            (-2.5e-7, "-2.5E-07"),
            (f64::MAX, "1.7976931348623157E+308"),
            (5e-324, "4.94065645841247E-324"),
            (f64::INFINITY, "INF"),
            (f64::NEG_INFINITY, "-INF"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(double(number), text);
        }
    }

    #[test]
    fn singles_are_shorter() {
        for (number, text) in [
            (12.34, "12.34"),
            (16_777_216.0, "16777216"),
            (1e7, "1E+07"),
            (0.1, "0.1"),
            (f32::MAX, "3.40282347E+38"),
            (f32::NEG_INFINITY, "-INF"),
        ] {
            assert_eq!(single(number), text);
        }
    }
}

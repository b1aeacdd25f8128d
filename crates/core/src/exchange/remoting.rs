//! How a server's WinRM is set up, as it says itself.

use super::setting::Setting;
use crate::batch::{Question, Row};

const STACK: &str = "ServiceStackVersion";
const VALUE: &str = "Value";

/// Asks which WinRM it is.
pub fn stack_version() -> Question {
    Question::of("Get-ItemProperty", &[STACK]).parameter(
        "Path",
        r"HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN",
    )
}

/// Reads it: `2.0`, `3.0`.
pub fn stack_version_from_row(row: &Row) -> Option<String> {
    row.text(STACK)
}

/// Asks whether messages are taken that nothing seals.
pub fn allows_unencrypted() -> Question {
    setting(r"WSMan:\localhost\Service\AllowUnencrypted")
}

/// Reads it.
pub fn allows_unencrypted_from_row(row: &Row) -> Option<bool> {
    match row.text(VALUE)?.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Asks how many shells one user may have open.
pub fn shells_per_user() -> Question {
    setting(r"WSMan:\localhost\Shell\MaxShellsPerUser")
}

/// Reads it.
pub fn shells_per_user_from_row(row: &Row) -> Option<u64> {
    match Setting::of(row, VALUE) {
        Setting::Number(shells) => Some(shells),
        Setting::NotSet | Setting::NotUnderstood => None,
    }
}

fn setting(path: &str) -> Question {
    Question::of("Get-Item", &[VALUE]).parameter("Path", path)
}

#[cfg(test)]
mod tests {
    use mapisweep_winrm::psrp::clixml::{Object, Value};

    use super::*;

    #[test]
    fn settings_are_texts() {
        let row = |value: &str| {
            let mut object = Object::default();
            object.extended.push((VALUE.to_owned(), Value::from(value)));
            Row::of_object(&shells_per_user(), &object.into())
        };
        for (text, truth, number) in [
            ("true", Some(true), None),
            ("False", Some(false), None),
            ("5", None, Some(5)),
            ("", None, None),
        ] {
            assert_eq!(allows_unencrypted_from_row(&row(text)), truth, "{text}");
            assert_eq!(shells_per_user_from_row(&row(text)), number, "{text}");
        }
    }
}

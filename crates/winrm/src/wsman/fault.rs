//! What a server says when it refuses or fails.

use std::fmt;

use super::names;
use crate::xml::{Element, Name};

/// The numbers that decide what to do next. Servers write them signed, unsigned or in hexadecimal, and those of Windows
/// itself also wrapped in an HRESULT; here they are unsigned and unwrapped.
pub mod number {
    /// ERROR_ACCESS_DENIED: not an administrator, or an administrator without the elevated token.
    pub const ACCESS_DENIED: u32 = 5;
    /// ERROR_INVALID_PARAMETER.
    pub const INVALID_PARAMETER: u32 = 87;
    /// ERROR_BUSY: the earlier Send is still being read; send again.
    pub const BUSY: u32 = 170;
    /// ERROR_OPERATION_ABORTED.
    pub const ABORTED: u32 = 995;
    /// ERROR_WSMAN_OPERATION_TIMEDOUT: no output within the time asked for. Not an error of a Receive.
    pub const TIMED_OUT: u32 = 0x8033_8029;
    /// ERROR_WSMAN_UNEXPECTED_SELECTORS: no such shell (any more).
    pub const SHELL_NOT_FOUND: u32 = 0x8033_805B;
    /// ERROR_WSMAN_QUOTA_MAX_SHELLS: this user has as many shells as allowed.
    pub const TOO_MANY_SHELLS: u32 = 0x8033_81A5;
    /// ERROR_WSMAN_QUOTA_MAX_OPERATIONS: this user has as many operations running as allowed.
    pub const TOO_MANY_OPERATIONS: u32 = 0x8033_81A6;
    /// ERROR_WSMAN_QUOTA_USER: this user has asked for too much in too short a time.
    pub const USER_LOAD: u32 = 0x8033_81A7;
    /// ERROR_WSMAN_QUOTA_SYSTEM: all users together have.
    pub const SYSTEM_LOAD: u32 = 0x8033_81A8;
    /// There is no such resource: PowerShell remoting is off, or the endpoint is a wrong one.
    pub const NO_SUCH_RESOURCE: u32 = 0x8033_803B;
    /// The PowerShell plug-in: the server does not speak this version of the remoting protocol.
    pub const PROTOCOL_VERSION: u32 = 0x8054_0BC5;
}

/// A SOAP fault with whatever detail Windows or OMI put into it. The texts are the server's own, in its language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fault {
    /// Whose mistake: `Sender`, `Receiver`, `MustUnderstand`, or what the server writes instead.
    pub code: String,
    /// What kind, with its namespace: `{wsman}TimedOut`, `{wsman}QuotaLimit`, `{addressing}DestinationUnreachable`.
    pub subcode: Option<Name>,
    /// The general sentence for that kind.
    pub reason: String,
    /// The number Windows gives; see [`number`].
    pub number: Option<u32>,
    /// The particular sentence: what exactly was wrong.
    pub message: Option<String>,
    /// The machine that says so, as it calls itself.
    pub machine: Option<String>,
    /// What the plug-in behind the service said, where it was one.
    pub provider: Option<ProviderFault>,
}

/// A fault of the plug-in that serves a resource: PowerShell's, Exchange's, WMI's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProviderFault {
    /// The plug-in's name, such as `microsoft.powershell`.
    pub name: String,
    /// Its own number.
    pub number: Option<u32>,
    /// Its own words.
    pub message: Option<String>,
}

impl Fault {
    /// Reads `s:Fault`. Nothing in it is required: whatever is there is kept.
    pub(super) fn read(fault: &Element) -> Self {
        let code = fault.get(names::SOAP, "Code");
        let value = |code: &Element| {
            let value = code.get(names::SOAP, "Value")?;
            Some(value.value_name().cloned().unwrap_or_else(|| Name {
                namespace: "".into(),
                local: value.text().to_owned().into(),
            }))
        };
        let reason = fault
            .get(names::SOAP, "Reason")
            .and_then(|reason| reason.get(names::SOAP, "Text"));
        let mut read = Self {
            code: code
                .and_then(value)
                .map(|name| name.local.into_owned())
                .unwrap_or_default(),
            subcode: code.and_then(|code| value(code.get(names::SOAP, "Subcode")?)),
            reason: reason.map(sentence).unwrap_or_default(),
            ..Self::default()
        };
        if let Some(detail) = fault.get(names::SOAP, "Detail") {
            if let Some(wsman) = detail.get(names::WSMAN_FAULT, "WSManFault") {
                read.add_wsman(wsman);
            }
            if let Some(wmi) = detail.get(names::WMI_ERROR, "MSFT_WmiError") {
                read.add_wmi(wmi);
            }
        }
        read
    }

    /// \[MS-WSMV\] 2.2.4.43.
    fn add_wsman(&mut self, fault: &Element) {
        self.number = fault.attr("Code").and_then(parse_number);
        self.machine = fault
            .attr("Machine")
            .filter(|machine| !machine.is_empty())
            .map(str::to_owned);
        if let Some(message) = fault.get(names::WSMAN_FAULT, "Message") {
            self.message = non_empty(sentence(message));
            self.provider = message
                .get(names::WSMAN_FAULT, "ProviderFault")
                .map(ProviderFault::read);
        }
    }

    fn add_wmi(&mut self, error: &Element) {
        let field = |local| {
            error
                .get(names::WMI_ERROR, local)
                .map(sentence)
                .and_then(non_empty)
        };
        let number = field("error_Code").as_deref().and_then(parse_number);
        let hresult = field("MessageID").and_then(|id| parse_number(id.strip_prefix("HRESULT ")?));
        self.number = self
            .number
            .or(number.filter(|number| *number != 0))
            .or(hresult);
        self.message = self
            .message
            .take()
            .or(field("Message"))
            .or(field("error_WindowsErrorMessage"));
    }

    /// Whether this number was given, by the service or by the plug-in behind it.
    pub fn is(&self, number: u32) -> bool {
        let provider = self.provider.as_ref().and_then(|provider| provider.number);
        self.number == Some(number) || provider == Some(number)
    }

    /// Whether it only says that the time asked for has passed.
    pub fn is_timeout(&self) -> bool {
        self.is(number::TIMED_OUT) || self.is_kind(names::WSMAN, "TimedOut")
    }

    /// Whether it says that the shell does not exist (any more).
    pub fn is_shell_gone(&self) -> bool {
        self.is(number::SHELL_NOT_FOUND)
    }

    /// Whether the subcode is `local` in `namespace`.
    pub fn is_kind(&self, namespace: &str, local: &str) -> bool {
        self.subcode
            .as_ref()
            .is_some_and(|kind| kind.is(namespace, local))
    }

    /// The most particular thing the server said, in its own words; empty if it gave no reason at all.
    pub fn words(&self) -> &str {
        let provider = self
            .provider
            .as_ref()
            .and_then(|provider| provider.message.as_deref());
        provider.or(self.message.as_deref()).unwrap_or(&self.reason)
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.words() {
            "" => write!(f, "the server gave no reason")?,
            words => write!(f, "{}", words.trim_end_matches('.'))?,
        }
        match (self.number, &self.subcode) {
            (Some(number), _) => write!(f, " (WSMan {number})"),
            (None, Some(kind)) => write!(f, " ({})", kind.local),
            (None, None) if self.code.is_empty() => Ok(()),
            (None, None) => write!(f, " ({})", self.code),
        }
    }
}

impl ProviderFault {
    /// Its text stands in it directly or in a fault nested within.
    fn read(fault: &Element) -> Self {
        let nested = fault.get(names::WSMAN_FAULT, "WSManFault");
        let message = nested.and_then(|nested| nested.get(names::WSMAN_FAULT, "Message"));
        Self {
            name: fault.attr("provider").unwrap_or_default().trim().to_owned(),
            number: nested
                .and_then(|nested| nested.attr("Code"))
                .and_then(parse_number),
            message: non_empty(sentence(message.unwrap_or(fault))),
        }
    }
}

/// An element's text in one line: faults are met indented and broken into lines.
fn sentence(element: &Element) -> String {
    element
        .text()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn non_empty(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// `2150858793`, `-2144108503` and `0x80338029` are the same number; `0x80070005` is 5.
fn parse_number(text: &str) -> Option<u32> {
    parse_any(text.trim()).map(unwrapped)
}

/// What Windows itself says, without the HRESULT around it (`FACILITY_WIN32`).
fn unwrapped(number: u32) -> u32 {
    match number >> 16 {
        0x8007 => number & 0xFFFF,
        _ => number,
    }
}

fn parse_any(text: &str) -> Option<u32> {
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u32::from_str_radix(hex, 16).ok();
    }
    let signed = |text: &str| text.parse().ok().map(i32::cast_unsigned);
    text.parse().ok().or_else(|| signed(text))
}

//! SOAP as WinRM speaks it, the server's side: requests in, responses and faults out. \[MS-WSMV\]

mod element;
mod fault;
mod request;
mod response;

pub(crate) use element::Element;
pub(crate) use fault::Fault;
pub(crate) use request::{Request, action, upper};
pub(crate) use response::{Node, envelope};

/// Namespaces, with the prefixes that Windows gives them.
pub(crate) mod ns {
    pub const SOAP: &str = "http://www.w3.org/2003/05/soap-envelope";
    pub const ADDRESSING: &str = "http://schemas.xmlsoap.org/ws/2004/08/addressing";
    pub const TRANSFER: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer";
    pub const WSMAN: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd";
    pub const WSMAN_MS: &str = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd";
    pub const SHELL: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
    pub const FAULT: &str = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault";
    pub const WMI_ERROR: &str = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError";
    pub const POWERSHELL: &str = "http://schemas.microsoft.com/powershell";
}

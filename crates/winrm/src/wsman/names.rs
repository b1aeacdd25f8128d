//! Namespaces, actions and resources.

/// SOAP 1.2.
pub const SOAP: &str = "http://www.w3.org/2003/05/soap-envelope";
/// WS-Addressing, August 2004.
pub const ADDRESSING: &str = "http://schemas.xmlsoap.org/ws/2004/08/addressing";
/// WS-Transfer, September 2004.
pub const TRANSFER: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer";
/// WS-Management (DMTF).
pub const WSMAN: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd";
/// Microsoft's additions to WS-Management.
pub const WSMV: &str = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd";
/// The remote shell.
pub const SHELL: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
/// The detail of a WS-Management fault.
pub const WSMAN_FAULT: &str = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault";
/// The other detail that Windows puts into a fault: a CIM error instance.
pub const WMI_ERROR: &str = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError";
/// What PowerShell adds to the Create request.
pub const POWERSHELL: &str = "http://schemas.microsoft.com/powershell";

/// The prefixes that Windows itself uses.
pub const PREFIXES: [(&str, &str); 6] = [
    (ADDRESSING, "a"),
    (WSMV, "p"),
    (SHELL, "rsp"),
    (SOAP, "s"),
    (WSMAN, "w"),
    (TRANSFER, "x"),
];

/// The reply comes back on the same connection.
pub const ANONYMOUS: &str = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous";

/// Every server's own PowerShell.
pub const RESOURCE_POWERSHELL: &str =
    "http://schemas.microsoft.com/powershell/Microsoft.PowerShell";
/// The cmdlets of Exchange 2010 and later, offered at the path `/PowerShell/`.
pub const RESOURCE_EXCHANGE: &str = "http://schemas.microsoft.com/powershell/Microsoft.Exchange";

/// wxf:Create.
pub const ACTION_CREATE: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create";
/// wxf:Delete.
pub const ACTION_DELETE: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete";
/// \[MS-WSMV\] 3.1.4.11.
pub const ACTION_COMMAND: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Command";
/// \[MS-WSMV\] 3.1.4.13.
pub const ACTION_SEND: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Send";
/// \[MS-WSMV\] 3.1.4.14.
pub const ACTION_RECEIVE: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Receive";
/// \[MS-WSMV\] 3.1.4.12.
pub const ACTION_SIGNAL: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Signal";

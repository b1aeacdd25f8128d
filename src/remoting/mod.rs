//! PowerShell remoting ([MS-PSRP]) without I/O.

//! WS-Management ([MS-WSMV]) without I/O.

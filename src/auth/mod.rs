//! NTLM and Basic: tokens in, tokens out; seal and unseal. No I/O.

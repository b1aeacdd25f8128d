//! WinRM's limits.

/// How much one user may ask of one server's WinRM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Shells one user may have open (`MaxShellsPerUser`).
    pub shells_per_user: usize,
    /// Operations one user may have (`MaxConcurrentOperationsPerUser`): requests that are being worked on, and commands
    /// until they are terminated or their shell is deleted, ended or not.
    pub operations_per_user: usize,
    /// Largest SOAP envelope, either way, in bytes (`MaxEnvelopeSizeKb`).
    pub envelope_size: usize,
}

impl Quotas {
    /// Windows Server 2008 and 2008 R2 as installed; the lab's default.
    pub const WINRM_2: Self = Self {
        shells_per_user: 5,
        operations_per_user: 15,
        envelope_size: 150 * 1024,
    };

    /// Windows Server 2012 and later as installed.
    pub const WINRM_3: Self = Self {
        shells_per_user: 30,
        operations_per_user: 1500,
        envelope_size: 500 * 1024,
    };
}

impl Default for Quotas {
    fn default() -> Self {
        Self::WINRM_2
    }
}

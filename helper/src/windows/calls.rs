//! The calls of Windows that are imported: all that the exe asks of the system, but for [`crate::nsi`].
//!
//! Server 2003 x64 has every one of them. `helper/README.md` says why each is here, `tests/pe.rs` that there is no
//! other. The signatures are those of Microsoft's documentation.

#![allow(non_snake_case)]

use core::ffi::c_void;
use core::mem::{size_of, zeroed};

/// `HANDLE`, `HMODULE`, and other things that are only passed on.
pub type Handle = *mut c_void;

pub const INVALID_HANDLE: Handle = usize::MAX as Handle;

#[link(name = "kernel32")]
extern "system" {
    pub fn ExitProcess(code: u32) -> !;
    pub fn GetCommandLineW() -> *const u16;
    pub fn GetLastError() -> u32;
    pub fn Sleep(milliseconds: u32);

    pub fn GetProcessHeap() -> Handle;
    pub fn HeapAlloc(heap: Handle, flags: u32, bytes: usize) -> *mut c_void;
    pub fn HeapReAlloc(heap: Handle, flags: u32, block: *mut c_void, bytes: usize) -> *mut c_void;

    pub fn GetStdHandle(which: u32) -> Handle;
    pub fn ReadFile(
        file: Handle,
        buffer: *mut u8,
        length: u32,
        count: *mut u32,
        overlapped: *mut c_void,
    ) -> i32;
    pub fn WriteFile(
        file: Handle,
        buffer: *const u8,
        length: u32,
        count: *mut u32,
        overlapped: *mut c_void,
    ) -> i32;
    pub fn CloseHandle(handle: Handle) -> i32;

    pub fn CreateToolhelp32Snapshot(flags: u32, pid: u32) -> Handle;
    pub fn Process32FirstW(snapshot: Handle, entry: *mut ProcessEntry) -> i32;
    pub fn Process32NextW(snapshot: Handle, entry: *mut ProcessEntry) -> i32;

    pub fn GetModuleHandleA(name: *const u8) -> Handle;
    pub fn GetProcAddress(library: Handle, name: *const u8) -> *const c_void;
}

#[link(name = "iphlpapi")]
extern "system" {
    pub fn GetExtendedTcpTable(
        table: *mut u32,
        size: *mut u32,
        sorted: i32,
        family: u32,
        class: u32,
        reserved: u32,
    ) -> u32;
    pub fn SetTcpEntry(row: *const [u32; 5]) -> u32;
}

#[link(name = "advapi32")]
extern "system" {
    pub fn CheckTokenMembership(token: Handle, sid: *const [u32; 4], member: *mut i32) -> i32;
}

/// `PROCESSENTRY32W`
#[repr(C)]
pub struct ProcessEntry {
    pub size: u32,
    pub usage: u32,
    pub pid: u32,
    pub heap: usize,
    pub module: u32,
    pub threads: u32,
    pub parent: u32,
    pub priority: i32,
    pub flags: u32,
    pub image: [u16; 260],
}

// what the system's own headers say for x64
const _: () = assert!(size_of::<ProcessEntry>() == 568);

impl ProcessEntry {
    /// One that says its size, to be filled in.
    pub fn new() -> Self {
        // SAFETY: all its fields are numbers.
        let empty: ProcessEntry = unsafe { zeroed() };
        ProcessEntry {
            size: size_of::<ProcessEntry>() as u32,
            ..empty
        }
    }
}

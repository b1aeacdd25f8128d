//! Memory from the process's own heap.

use core::alloc::{GlobalAlloc, Layout};

use crate::calls::{GetProcessHeap, HeapAlloc, HeapReAlloc};

#[global_allocator]
static HEAP: ProcessHeap = ProcessHeap;

struct ProcessHeap;

/// What the heap aligns every block to, on x64.
const ALIGNMENT: usize = 16;
const ZEROED: u32 = 8;

// SAFETY: the heap hands out blocks of at least the size asked for, which stay where they are until they are resized,
// and it is made for many threads. What it cannot align is refused.
unsafe impl GlobalAlloc for ProcessHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        allocate(layout, 0)
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        allocate(layout, ZEROED)
    }

    /// The end of the process gives all back. It lives for seconds, and uses its large blocks again and again.
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}

    unsafe fn realloc(&self, block: *mut u8, _: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller got `block` from this heap; its alignment is that of every block.
        unsafe { HeapReAlloc(GetProcessHeap(), 0, block.cast(), size).cast() }
    }
}

fn allocate(layout: Layout, flags: u32) -> *mut u8 {
    if layout.align() > ALIGNMENT {
        return core::ptr::null_mut();
    }
    // SAFETY: the process's heap is there from its first to its last moment.
    unsafe { HeapAlloc(GetProcessHeap(), flags, layout.size()).cast() }
}

//! What keeps a password out of files that nobody asked for: images of a process's memory, written when it dies.

use rustix::process::{Resource, Rlimit, setrlimit};

/// From now on no image of this process's memory is written, not by the kernel and not by a program that it would call.
/// Where that is refused, all is as it was.
pub fn is_never_dumped() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};

        _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

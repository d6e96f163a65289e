//! What happens at a page that is gone.
#![expect(unsafe_code, reason = "a signal handler, and the memory that it maps, are the system's own interface")]

use super::table;
use libc::{c_int, c_void, siginfo_t};
use std::mem::zeroed;
use std::ptr;
use std::sync::OnceLock;

/// What the handler must know, set before it is installed.
struct Installed {
    /// What was done at SIGBUS before: the standard library's own handler tells a stack overflow by it.
    previous: libc::sigaction,
    page_bytes: usize,
}

// A signal handler has no other way to know.
static INSTALLED: OnceLock<Installed> = OnceLock::new();

/// Makes [`on_bus_error`] the process's handler; once. A system that refuses keeps the handler that it has.
pub(super) fn install() {
    INSTALLED.get_or_init(|| {
        // SAFETY: all zeros is a `sigaction` (the default action, an empty mask). `sigaction` with a null new action only writes
        // what is set now to `previous`, and `sysconf` only returns a number.
        let (previous, page_bytes) = unsafe {
            let mut previous = zeroed();
            libc::sigaction(libc::SIGBUS, ptr::null(), &raw mut previous);
            (previous, libc::sysconf(libc::_SC_PAGESIZE))
        };
        Installed { previous, page_bytes: usize::try_from(page_bytes).unwrap_or(1 << 12) }
    });
    // SAFETY: as above; `on_bus_error` has the signature that SA_SIGINFO asks for, lives as long as the process, and does only
    // what a signal handler may (see there). With SA_ONSTACK it runs on the stack that the standard library gives each thread
    // for signals, so that it also comes to its end where the thread's own stack is what has overflowed.
    unsafe {
        let mut ours: libc::sigaction = zeroed();
        ours.sa_sigaction = on_bus_error as extern "C" fn(c_int, *mut siginfo_t, *mut c_void) as usize;
        ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigaction(libc::SIGBUS, &raw const ours, ptr::null_mut());
    }
}

/// Puts zeros in the place of the pages of a map from the one that is gone to the last. Whatever is not ours is left to the handler
/// from before: it is set again, and the instruction, which is then repeated, faults once more.
///
/// Only touches atomics and calls `mmap` and `sigaction`: both are safe in a signal handler, where nothing may lock or allocate
/// (POSIX lists `sigaction`; `mmap` is a bare system call on all systems that Rust's standard library supports).
extern "C" fn on_bus_error(_signal: c_int, info: *mut siginfo_t, _context: *mut c_void) {
    let Some(Installed { previous, page_bytes }) = INSTALLED.get() else { return };
    // SAFETY: the system passes a valid `siginfo_t` to handlers with SA_SIGINFO, and SIGBUS has an address.
    let address = unsafe { (*info).si_addr() }.addr();
    let page = address & !(page_bytes - 1);
    if table::lose(address).is_some_and(|end| zero(page, end)) {
        return;
    }
    // SAFETY: `previous` is what the system gave us.
    unsafe { libc::sigaction(libc::SIGBUS, previous, ptr::null_mut()) };
}

/// Whether zeros are now in the place of what was mapped at these addresses.
fn zero(start: usize, end: usize) -> bool {
    let (protection, flags) = (libc::PROT_READ, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED);
    let place = ptr::without_provenance_mut(start);
    // SAFETY: the table says that `start..end` is the end of a map of ours, and the map is there as long as its entry: the thread
    // that has touched it, and now waits in this handler, holds it. A map begins at a page, so that the page of an address in
    // it lies inside; its last page is its own to the end. So nothing but this map is replaced, by memory that can be read as
    // before, is freed with it as before, and whose bytes any reader of plain integers can take.
    let mapped = unsafe { libc::mmap(place, end.saturating_sub(start), protection, flags, -1, 0) };
    mapped != libc::MAP_FAILED
}

//! What the kernel says of its clock.
//!
//! Unsafe, since `adjtimex` has no safe wrapper in a maintained crate, and a record without the state
//! of the clock that dated it is worth less. The call only reads (`modes` is 0), needs no privilege and touches nothing but the
//! structure that it is given.

/// The state of the system clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Whether a time source (NTP, PTP) disciplined the clock lately.
    pub synchronised: bool,
    /// The largest error that the kernel admits, in microseconds.
    pub max_error_us: u64,
}

/// Asks the kernel. `None` where it does not say.
#[cfg(target_os = "linux")]
#[must_use]
pub fn state() -> Option<State> {
    // SAFETY: `timex` is plain integers, for which zero is a value; with `modes` 0 the kernel only writes into the structure,
    // which outlives the call.
    #[expect(unsafe_code, reason = "no safe wrapper exists; see the crate's documentation")]
    let (answer, timex) = unsafe {
        let mut timex: libc::timex = std::mem::zeroed();
        (libc::adjtimex(&raw mut timex), timex)
    };
    if answer < 0 {
        return None;
    }
    let synchronised = answer != libc::TIME_ERROR && timex.status & libc::STA_UNSYNC == 0;
    Some(State { synchronised, max_error_us: u64::try_from(timex.maxerror).ok()? })
}

/// Asks the kernel. `None` where it does not say.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn state() -> Option<State> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn the_kernel_answers() {
        let state = super::state().expect("adjtimex with modes 0 needs no privilege");
        assert!(
            !state.synchronised || state.max_error_us < 16_000_000,
            "a synchronised clock knows its error: {state:?}"
        );
    }
}

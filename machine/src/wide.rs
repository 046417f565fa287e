//! Loops compiled for what the processor has: 32 bytes side by side instead of 16, and bits counted by its own instructions.
//!
//! Unsafe, since the language lets a function use more of the processor than it was built for only on the caller's word that it is there.
//! Without, the fingerprints of a large picture and a wide search take twice as long (`benches/find`).

/// Something to do. Its body must be `#[inline(always)]`, and so must whatever shall gain by it.
pub trait Work {
    /// What comes of it.
    type Output;
    /// Does it.
    fn work(self) -> Self::Output;
}

/// Does it with AVX-512 or AVX2 where the processor has them. The outcome is the same: no steps are joined or reordered that round.
#[inline]
pub fn widely<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        let has_avx2 = has!("avx2") && has!("popcnt");
        if has_avx2 && has!("avx512bw") && has!("avx512vl") && has!("avx512vpopcntdq") {
            // SAFETY: the processor has all of it, as was just asked.
            #[expect(unsafe_code, reason = "see the module's documentation")]
            return unsafe { with_avx512(work) };
        }
        if has_avx2 {
            // SAFETY: the processor has both, as was just asked.
            #[expect(unsafe_code, reason = "see the module's documentation")]
            return unsafe { with_avx2(work) };
        }
    }
    work.work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt,avx512bw,avx512vl,avx512vpopcntdq")]
fn with_avx512<W: Work>(work: W) -> W::Output {
    work.work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt")]
fn with_avx2<W: Work>(work: W) -> W::Output {
    work.work()
}

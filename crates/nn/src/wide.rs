//! Loops, compiled for the widest vectors of the machine.

use pulp::{Arch, Simd, WithSimd};

/// The widest vectors of the machine.
#[cfg(not(test))]
pub(crate) fn arch() -> Arch {
    Arch::new()
}

#[cfg(test)]
pub(crate) use tests::arch;

/// Runs `work` where the compiler may use the machine's widest vectors. The closure must be
/// `#[inline(always)]`: one that stays a call is compiled for the oldest processors.
///
/// A closure handed to [`Arch::dispatch`] itself is called through a function of the compiler's own, which stays a call.
pub fn wide(work: impl FnMut()) {
    arch().dispatch(Wide(work));
}

struct Wide<F>(F);

impl<F: FnMut()> WithSimd for Wide<F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        (self.0)();
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static CHOSEN: Cell<Option<Arch>> = const { Cell::new(None) };
    }

    pub(crate) fn arch() -> Arch {
        CHOSEN.get().unwrap_or_default()
    }

    /// Every kind of vectors that this machine has, with its name.
    pub(crate) fn every_arch() -> Vec<(&'static str, Arch)> {
        let mut all = vec![("scalar", Arch::Scalar)];
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(pulp::x86::V3::try_new().map(|avx2| ("AVX2", Arch::V3(avx2))));
            all.extend(pulp::x86::V4::try_new().map(|avx512| ("AVX-512", Arch::V4(avx512))));
        }
        #[cfg(target_arch = "aarch64")]
        all.push(("the machine's", Arch::new()));
        all
    }

    /// Runs `work` with all of this thread's loops and products on those vectors.
    pub(crate) fn on<R>(arch: Arch, work: impl FnOnce() -> R) -> R {
        let before = CHOSEN.replace(Some(arch));
        let result = work();
        CHOSEN.set(before);
        result
    }
}

//! Plain loops, compiled for the widest vectors of the machine.

use pulp::{Arch, Simd, WithSimd};

/// Runs `work` where the compiler may use the machine's widest vectors. The closure must be
/// `#[inline(always)]`: one that stays a call is compiled for the oldest processors.
///
/// A closure handed to [`Arch::dispatch`] itself is called through a function of the compiler's own, which stays a call.
pub(crate) fn wide(work: impl FnMut()) {
    Arch::new().dispatch(Wide(work));
}

struct Wide<F>(F);

impl<F: FnMut()> WithSimd for Wide<F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        (self.0)();
    }
}

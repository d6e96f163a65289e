//! The choice between ways to compute one thing, by the instructions that the machine has: made once, at run time.

use std::fmt;

/// The functions of one task, compiled for one instruction set. The implementor says what they are; a [`Kernel`] hands them out.
pub trait Functions: Copy {
    /// The names of all instruction sets that there are functions for, the fastest first, the last of them `scalar`.
    const NAMES: &'static [&'static str];

    /// Those that run on every machine.
    fn scalar() -> Self;

    /// Those of the instruction sets that this machine was found to have, by name, the fastest first; without `scalar`.
    fn vectorised() -> Vec<(&'static str, Self)>;
}

/// A way to compute something on this machine. All kernels of one task give the same results.
#[derive(Clone, Copy)]
pub struct Kernel<F> {
    name: &'static str,
    /// From [`Functions::scalar`] or [`Functions::vectorised`] alone: so the machine has what they need.
    functions: F,
}

impl<F: Functions> Kernel<F> {
    /// The names of all kernels, the fastest first, whether this machine has them or not.
    pub const NAMES: &'static [&'static str] = F::NAMES;

    /// The kernels that this machine can run, the fastest first; `scalar` is always the last of them.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let vectorised = F::vectorised().into_iter().map(|(name, functions)| Self { name, functions });
        vectorised.chain([Self::scalar()]).collect()
    }

    /// The fastest kernel of this machine.
    #[must_use]
    pub fn best() -> Self {
        Self::available().first().copied().unwrap_or_else(Self::scalar)
    }

    /// The kernel's instruction set: one of [`Kernel::NAMES`].
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Functions that this machine has the instructions for.
    pub(crate) fn functions(&self) -> &F {
        &self.functions
    }

    fn scalar() -> Self {
        Self { name: "scalar", functions: F::scalar() }
    }
}

impl<F> fmt::Debug for Kernel<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kernel").field(&self.name).finish()
    }
}

/// Asserts that kernels are listed fastest first and end with `scalar`, and names those that this machine has not.
#[cfg(test)]
#[expect(clippy::print_stderr, reason = "a kernel that is not tested here must be known")]
pub(crate) fn assert_listed<F: Functions>() {
    let found: Vec<&str> = Kernel::<F>::available().iter().map(Kernel::name).collect();
    let known: Vec<&str> = F::NAMES.iter().copied().filter(|name| found.contains(name)).collect();
    assert_eq!(found, known);
    assert_eq!(found.last(), Some(&"scalar"));
    assert_eq!(Kernel::<F>::best().name(), found[0]);
    for missing in F::NAMES.iter().filter(|name| !found.contains(name)) {
        eprintln!("not tested: this machine has no {missing}");
    }
}

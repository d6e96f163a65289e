//! Other kernels than the machine's best, for who compares them.

use super::{Index, Kernel};
use crate::sketch;
use crate::text::{self, Normalized};

impl Index {
    /// The same index, scanned with the kernels of an instruction set of [`text::Kernel::NAMES`]; what has no kernel for it
    /// uses the next slower one. None if the machine has it not.
    #[doc(hidden)]
    #[must_use]
    pub fn with_kernels(self, name: &str) -> Option<Self> {
        let text = text::Kernel::available().into_iter().find(|kernel| kernel.name() == name)?;
        let filter = Kernel::available().into_iter().find(|kernel| !is_faster(kernel.name(), name))?;
        let sketch = sketch::Kernel::available().into_iter().find(|kernel| !is_faster(kernel.name(), name))?;
        let segments = self.segments.into_iter().map(|segment| segment.with_kernel(filter)).collect();
        Some(Self { segments, sketcher: self.sketcher.with_kernel(sketch), text, ..self })
    }

    /// An empty text, to be normalised as this index is scanned.
    #[must_use]
    pub fn normalized(&self) -> Normalized {
        Normalized::with_kernel(self.text)
    }
}

/// Whether one instruction set comes before another.
fn is_faster(one: &str, other: &str) -> bool {
    let place = |name| text::Kernel::NAMES.iter().position(|known| *known == name);
    place(one) < place(other)
}

#[cfg(test)]
mod tests {
    use crate::detect::{MatchOptions, Matcher};
    use crate::index::{Index, Parameters, Provenance};
    use crate::{sketch, text};

    #[test]
    fn an_index_is_scanned_with_the_kernels_that_are_asked_for_and_finds_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let answer = "Basalt is a dark volcanic rock that forms when lava rich in iron and magnesium cools quickly at the surface.";
        let references = [(answer, Provenance::default())];
        let path = folder.path().join("rf");
        Index::build(&path, Parameters::new(0.5, 0.99).unwrap(), references).unwrap();
        for kernel in text::Kernel::available() {
            let index = Index::open(&path).unwrap().with_kernels(kernel.name()).unwrap();
            let sketch = sketch::Kernel::available().iter().any(|other| other.name() == kernel.name());
            assert_eq!(index.normalized().kernel().name(), kernel.name());
            assert!(!sketch || index.sketcher().kernel().name() == kernel.name());
            let mut found = Vec::new();
            Matcher::new(&index, MatchOptions::default()).unwrap().find(&answer.to_uppercase(), &mut found);
            assert_eq!(found.len(), 1, "{}", kernel.name());
        }
        assert!(Index::open(&path).unwrap().with_kernels("mmx").is_none());
    }
}

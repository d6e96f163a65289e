//! The strings of a segment on their way to their file.

use super::output::FileWriter;
use super::spill::{Budget, Later};
use crate::error::{Error, Result};
use crate::index::format::Shape;
use crate::index::manifest::FileEntry;
use crate::index::secret::Secret;
use std::collections::HashMap;

/// Strings that are remembered at a time, and their longest. Which these are decides what is written twice, so that it must
/// depend on nothing but the references: not on the memory.
const REMEMBERED: usize = 1 << 16;
const LONGEST: usize = 256;

/// Numbers strings in the order of their first use; number 0 is the empty string. Names of models and the like, which come
/// again and again, are written once; of many different strings, some may be written more than once.
#[derive(Debug)]
pub(super) struct StringsWriter {
    file: FileWriter,
    /// Where each string ends.
    ends: Later,
    numbers: HashMap<String, u32>,
    count: u64,
    /// Of a private index: what seals the strings.
    secret: Option<Secret>,
}

impl StringsWriter {
    pub(super) fn new(file: FileWriter, budget: &Budget, secret: Option<Secret>) -> Result<Self> {
        let mut new = Self { file, ends: Later::new(budget), numbers: HashMap::new(), count: 0, secret };
        new.ends.push(&0_u64.to_le_bytes())?;
        new.append("")?;
        Ok(new)
    }

    /// The number of a string that is not expected again.
    pub(super) fn push(&mut self, string: &str) -> Result<u32> {
        if string.is_empty() { Ok(0) } else { self.append(string) }
    }

    /// The number of a string that is expected again.
    pub(super) fn number(&mut self, string: &str) -> Result<u32> {
        if string.is_empty() || string.len() > LONGEST {
            return self.push(string);
        }
        if let Some(number) = self.numbers.get(string) {
            return Ok(*number);
        }
        if self.numbers.len() == REMEMBERED {
            self.numbers.clear();
        }
        let number = self.append(string)?;
        self.numbers.insert(string.to_owned(), number);
        Ok(number)
    }

    fn append(&mut self, string: &str) -> Result<u32> {
        let too_many = |_| Error::request("more than 2^32 names of provenance in one index", "build several indexes");
        let number = u32::try_from(self.count).map_err(too_many)?;
        self.count += 1;
        match &self.secret {
            Some(secret) => self.file.write(&secret.seal(string.as_bytes()))?,
            None => self.file.write(string.as_bytes())?,
        }
        self.ends.push(&self.file.len().to_le_bytes())?;
        Ok(number)
    }

    /// Writes where the strings end, and finishes the file.
    pub(super) fn finish(self) -> Result<FileEntry> {
        let mut file = self.file;
        self.ends.take(&mut |bytes| file.write(bytes))?;
        file.finish(Shape { count: self.count, bucket_bits: 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::build::spill::LEAST_MEMORY;
    use crate::index::format::Kind;
    use crate::index::strings::Strings;

    #[test]
    fn strings_come_back_by_number_and_few_are_written_twice() {
        let folder = tempfile::tempdir().unwrap();
        let budget = Budget::new(LEAST_MEMORY, &folder.path().join("rf"));
        let file = FileWriter::create(folder.path(), Kind::Strings).unwrap();
        let mut writer = StringsWriter::new(file, &budget, None).unwrap();
        let many: Vec<String> = (0..REMEMBERED + 9).map(|number| number.to_string()).collect();
        let strings = ["openai", "", "gpt-4", "openai", "モデル"].into_iter().chain(many.iter().map(String::as_str));
        let strings: Vec<&str> = strings.chain(["openai"]).collect();
        let numbers: Vec<u32> = strings.iter().map(|string| writer.number(string).unwrap()).collect();
        let id = writer.push("openai").unwrap();
        writer.finish().unwrap();
        let file = Strings::open(&folder.path().join(Kind::Strings.file_name()), None).unwrap();
        for (string, number) in strings.iter().zip(&numbers) {
            assert_eq!(file.get(*number), *string);
        }
        assert_eq!((numbers[1], numbers[0], numbers[0] == numbers[3]), (0, 1, true));
        assert!(numbers.last() > Some(&(REMEMBERED as u32)), "forgotten among many others, and written again");
        assert_eq!((file.get(id), file.get(u32::MAX)), ("openai", ""));
    }
}

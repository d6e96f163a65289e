//! Files that are texts themselves through the matcher: each is a record.

use super::unit::Found;
use super::unit_result::{Place, UnitResult};
use super::worker::Worker;
use crate::error::Result;
use crate::shard::FilesShard;
use std::sync::Arc;

/// What stands for a column where the record is the text.
pub(super) const WHOLE: &str = "";

impl Worker<'_> {
    /// Examines a text file, or those in an archive.
    pub(super) fn examine_files(&mut self, shard: &FilesShard, result: &mut UnitResult<'_>) -> Result<()> {
        let column: Arc<str> = WHOLE.into();
        let mut matches = Vec::new();
        result.other_members += shard.read(&mut |file| {
            result.records += 1;
            let place = Place { row: file.number, column: &column, text_index: 0, visit: 0 };
            let text = match simdutf8::basic::from_utf8(file.bytes) {
                Ok(text) => text,
                Err(e) => {
                    let name = if file.member.is_empty() { String::new() } else { format!("member {}: ", file.member) };
                    result.skip(place, "invalid UTF-8", format!("{name}{e}"));
                    return Ok(());
                }
            };
            if result.count(text, place) {
                self.matcher.find(text, &mut matches);
                let before = result.matches.len();
                result.report(text, place, &matches, None);
                let member: Arc<str> = file.member.into();
                let found: &mut [Found] = result.matches.get_mut(before..).unwrap_or_default();
                found.iter_mut().for_each(|found| found.member = member.clone());
                matches.clear();
            }
            Ok(())
        })?;
        Ok(())
    }
}

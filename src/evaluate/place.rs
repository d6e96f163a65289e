//! Which shards of the scan labels are about.

use super::labels::{Label, Labels, ShardKey};
use crate::error::{Error, Result};
use crate::sink::summary::{ShardSummary, Summary};
use std::collections::HashMap;
use std::path::Path;

/// The shards of a scan, and the file of the labels.
pub(super) struct Scanned<'s> {
    shards: &'s [ShardSummary],
    by_name: HashMap<&'s str, usize>,
    /// The shards that a label can name by number: all but the labels themselves, which may lie among them.
    numbered: Vec<usize>,
    labels: &'s Path,
}

/// A label and the number of its shard in the summary.
pub(super) type Placed = (usize, Label);

/// The shards that are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    /// For each shard of the summary, whether it is.
    pub shards: Vec<bool>,
    /// Their names.
    pub names: Vec<String>,
    /// Their records.
    pub records: u64,
    /// All of them were examined.
    pub complete: bool,
}

impl<'s> Scanned<'s> {
    pub(super) fn new(summary: &'s Summary, labels: &'s Path) -> Self {
        let own = labels.canonicalize().ok();
        let is_other = |shard: &ShardSummary| own.is_none() || shard.path.canonicalize().ok() != own;
        let shards = &summary.shards;
        Self {
            shards,
            by_name: shards.iter().enumerate().map(|(at, shard)| (shard.shard.as_str(), at)).collect(),
            numbered: (0..shards.len()).filter(|&at| shards.get(at).is_some_and(is_other)).collect(),
            labels,
        }
    }

    /// The shard of this relative path.
    pub(super) fn exact(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// Puts labels to their shards, in the order of shards and rows; those of shards that were not asked for are left out.
    pub(super) fn place(&self, labels: Labels, asked: Option<&str>) -> Result<(Vec<Placed>, Scope)> {
        let asked = asked.map(|name| self.named(name)).transpose()?;
        let sidecar = labels.sidecar;
        let first = labels.rows.first().ok_or_else(|| Error::content(self.labels, "labels", "none"))?;
        let of_all = match (asked, &first.shard) {
            (None, None) => Some(self.of_the_file()?),
            (asked, _) => asked,
        };
        let mut placed = Vec::with_capacity(labels.rows.len());
        for label in labels.rows {
            let shard = label.shard.as_ref().map(|key| self.find(key)).transpose()?.or(of_all);
            if let Some(shard) = shard.filter(|shard| of_all.is_none_or(|wanted| wanted == *shard)) {
                placed.push((shard, label));
            }
        }
        placed.sort_by_key(|(shard, label)| (*shard, label.row));
        let scope = self.scope(of_all);
        let fits = |labels: u64| if sidecar { labels <= scope.records } else { labels == scope.records };
        if !fits(distinct_rows(&placed)) {
            let found = format!("{} of {}", scope.records, scope.names.join(", "));
            let expected = format!("as many records in the scan as labels ({})", placed.len());
            return Err(Error::content(self.labels, expected, found).help(super::read::HELP));
        }
        Ok((placed, scope))
    }

    fn find(&self, key: &ShardKey) -> Result<usize> {
        match key {
            ShardKey::Name(name) => self.named(name),
            ShardKey::Index(number) => self.numbered.get(*number).copied().ok_or_else(|| {
                let found = format!("{} shards in the scan", self.numbered.len());
                Error::content(self.labels, format!("a shard {number} (from 0)"), found).help(super::read::HELP)
            }),
        }
    }

    /// The shard of this relative path, or the only one of which it is the end.
    fn named(&self, name: &str) -> Result<usize> {
        if let Some(shard) = self.exact(name) {
            return Ok(shard);
        }
        let ends = |shard: &ShardSummary| shard.shard.strip_suffix(name).is_some_and(|start| start.ends_with('/'));
        let mut ending = self.shards.iter().enumerate().filter(|(_, shard)| ends(shard));
        let problem = match (ending.next(), ending.next()) {
            (Some((shard, _)), None) => return Ok(shard),
            (None, _) => "the scan has no such shard",
            (Some(_), Some(_)) => "the scan has several shards of that name",
        };
        let example = self.shards.first().map_or("", |shard| &shard.shard);
        Err(Error::request(
            format!("{name}: {problem}"),
            format!("name shards by their relative path, as in {example}"),
        ))
    }

    /// The shard for labels that name none: the only one, or that of the same name as their file.
    fn of_the_file(&self) -> Result<usize> {
        if self.shards.len() == 1 {
            return Ok(0);
        }
        let name = self.labels.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        self.named(&name).map_err(|_| {
            let problem = format!("it is not clear which of the {} shards these labels are about", self.shards.len());
            Error::request(problem, "name it with --shard")
        })
    }

    fn scope(&self, only: Option<usize>) -> Scope {
        let inside = |at: usize| only.map_or_else(|| self.numbered.binary_search(&at).is_ok(), |only| only == at);
        let shards: Vec<bool> = (0..self.shards.len()).map(inside).collect();
        let mut scope = Scope { shards, names: Vec::new(), records: 0, complete: true };
        for (shard, _) in self.shards.iter().zip(&scope.shards).filter(|(_, inside)| **inside) {
            scope.names.push(shard.shard.clone());
            scope.records += shard.records;
            scope.complete &= shard.examined && shard.skipped_records == 0;
        }
        scope
    }
}

/// How many records have labels.
pub(super) fn distinct_rows(placed: &[Placed]) -> u64 {
    placed.chunk_by(|(a, first), (b, second)| (a, first.row) == (b, second.row)).count() as u64
}

#[cfg(test)]
mod tests {
    use super::super::labels::Class;
    use super::*;

    fn summary(shards: &[(&str, u64)]) -> Summary {
        let shard = |&(name, records): &(&str, u64)| ShardSummary {
            shard: name.to_owned(),
            path: name.into(),
            records,
            examined: true,
            ..ShardSummary::default()
        };
        Summary { shards: shards.iter().map(shard).collect(), ..Summary::default() }
    }

    fn labels(keys: &[(Option<ShardKey>, u64)], sidecar: bool) -> Labels {
        let label = |(shard, row): &(Option<ShardKey>, u64)| Label {
            class: Class::Contaminated,
            kind: String::new(),
            shard: shard.clone(),
            row: *row,
            references: Vec::new(),
            spans: Vec::new(),
            text_index: None,
        };
        Labels { rows: keys.iter().map(label).collect(), sidecar }
    }

    type Outcome = std::result::Result<(Vec<(usize, u64)>, Vec<String>), String>;

    fn place(shards: &[(&str, u64)], labels: Labels, file: &str, asked: Option<&str>) -> Outcome {
        let summary = summary(shards);
        let (placed, scope) =
            Scanned::new(&summary, Path::new(file)).place(labels, asked).map_err(|error| error.to_string())?;
        Ok((placed.iter().map(|(shard, label)| (*shard, label.row)).collect(), scope.names))
    }

    #[test]
    fn labels_that_name_no_shard_are_about_the_only_one_that_of_their_name_or_that_asked_for() {
        let flat = || labels(&[(None, 0), (None, 1)], false);
        let names = |shards, file, asked| place(shards, flat(), file, asked).map(|(_, names)| names);
        assert_eq!(names(&[("a", 2)], "x", None).unwrap(), ["a"]);
        assert_eq!(names(&[("a", 2), ("f/x", 2)], "g/x", None).unwrap(), ["f/x"]);
        assert_eq!(names(&[("a", 2), ("f/x", 2)], "g/y", Some("x")).unwrap(), ["f/x"]);
        assert!(names(&[("a", 2), ("b", 2)], "x", None).unwrap_err().contains("not clear which of the 2 shards"));
        assert!(names(&[("f/x", 2), ("g/x", 2)], "y", Some("x")).unwrap_err().contains("several"));
        assert!(names(&[("f/xx", 2)], "y", Some("x")).unwrap_err().contains("no such shard"));
        assert!(names(&[("a", 3)], "x", None).unwrap_err().contains("labels (2), found 3 of a"), "another shard's");
    }

    #[test]
    fn sidecars_name_shards_by_number_or_name_and_are_about_all() {
        let shards = [("a/p", 5), ("b/q", 5), ("c/r", 5)];
        let index = |at| Some(ShardKey::Index(at));
        let sidecar = || labels(&[(index(2), 3), (index(0), 4), (index(2), 1)], true);
        let (placed, names) = place(&shards, sidecar(), "x", None).unwrap();
        assert_eq!((placed, names.len()), (vec![(0, 4), (2, 1), (2, 3)], 3), "in order");
        let (placed, names) = place(&shards, sidecar(), "x", Some("r")).unwrap();
        assert_eq!((placed, names), (vec![(2, 1), (2, 3)], vec!["c/r".to_owned()]));
        let named = labels(&[(Some(ShardKey::Name("q".to_owned())), 0)], true);
        assert_eq!(place(&shards, named, "x", None).unwrap().0, [(1, 0)]);
        assert!(place(&shards, labels(&[(index(3), 0)], true), "x", None).unwrap_err().contains("3 shards"));
        let many = labels(&(0..6).map(|row| (index(0), row)).collect::<Vec<_>>(), true);
        assert!(place(&shards, many, "x", Some("p")).unwrap_err().contains("labels (6), found 5"));
    }

    #[test]
    fn the_labels_themselves_are_no_shard_with_a_number() {
        let folder = tempfile::tempdir().unwrap();
        let files = ["labels", "p"].map(|name| folder.path().join(name).display().to_string());
        files.iter().for_each(|file| std::fs::write(file, "").unwrap());
        let shards = files.each_ref().map(|file| (file.as_str(), 5));
        let (placed, names) =
            place(&shards, labels(&[(Some(ShardKey::Index(0)), 0)], true), shards[0].0, None).unwrap();
        assert_eq!((placed, names.as_slice()), (vec![(1, 0)], &files[1..]));
    }
}

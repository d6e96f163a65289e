//! Which columns hold a reference's text and provenance, and the walk over the files.

use crate::error::{Error, Result};
use crate::index::{PROVENANCE_FIELDS, Provenance};
use crate::shard::{ColumnPath, Format, Io, ShardFile};

/// Columns that hold a model's output by convention, in the order of preference. Chat columns are not among them: they hold
/// people's turns as well, and must be named.
pub const TEXT_COLUMNS: [&str; 8] =
    ["text", "content", "output", "response", "completion", "answer", "generation", "generated_text"];

/// Provenance fields in the order of [`Provenance::fields`], each with the columns that hold it by convention.
pub const FIELDS: [(&str, &[&str]); PROVENANCE_FIELDS] = [
    ("id", &["id", "uuid", "reference_id", "key"]),
    ("vendor", &["vendor", "provider", "organization"]),
    ("model", &["model", "model_name", "generator", "model_id"]),
    ("source", &["source", "dataset", "repo", "url"]),
    ("licence", &["licence", "license"]),
    ("kind", &["kind", "type", "category"]),
    ("date", &["date", "timestamp", "created_at", "created"]),
    ("tool", &["tool"]),
    ("tool_version", &["tool_version"]),
    ("session", &["session", "session_id"]),
    ("path", &["path"]),
];

/// Columns that hold what a person asked, by convention.
pub const PROMPT_COLUMNS: [&str; 5] = ["prompt", "instruction", "question", "query", "input"];

/// What is known of all references of a build, whatever their files say: `--set vendor=openai`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    values: [Option<String>; PROVENANCE_FIELDS],
}

impl Known {
    /// Reads `field=value` pairs.
    ///
    /// # Errors
    /// A pair without `=`, or a field that does not exist.
    pub fn parse<'a>(pairs: impl IntoIterator<Item = &'a String>) -> Result<Self> {
        let mut known = Self::default();
        for pair in pairs {
            let help = || format!("write field=value with one of {}", FIELDS.map(|(name, _)| name).join(", "));
            let Some((field, value)) = pair.split_once('=') else {
                return Err(Error::request(format!("--set {}: there is no =", pair.escape_debug()), help()));
            };
            let slot = FIELDS.iter().zip(&mut known.values).find(|((name, _), _)| *name == field);
            match slot {
                Some((_, slot)) => *slot = Some(value.to_owned()),
                None => {
                    return Err(Error::request(format!("--set: there is no field {}", field.escape_debug()), help()));
                }
            }
        }
        Ok(known)
    }
}

/// Reads reference files.
#[derive(Debug, Clone, Default)]
pub struct References {
    /// The columns of the text; none: by convention, one a file.
    pub columns: Vec<ColumnPath>,
    /// The column of the prompt; none: all conventional ones that a file has.
    pub prompt: Option<ColumnPath>,
    /// What `--set` says. The file's own columns come first.
    pub known: Known,
    /// How files are read.
    pub io: Io,
}

/// One text with the fields that its file gives it; empty where it gives none.
pub(super) struct Row<'a> {
    pub text: &'a str,
    /// What it answers; empty where that is not known.
    pub prompt: &'a str,
    /// Which of the texts of its row it is; `None` where rows have one text.
    pub index: Option<u32>,
    pub fields: &'a [String; PROVENANCE_FIELDS],
}

/// A reference as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferenceText<'a> {
    /// The text.
    pub text: &'a str,
    /// What it answers; empty where that is not known.
    pub prompt: &'a str,
    /// Where it is from.
    pub provenance: Provenance<'a>,
}

impl References {
    /// Hands out every text of the files with its provenance; returns how many there were.
    ///
    /// # Errors
    /// A file, row or line that cannot be read, a column that is missing, and whatever `add` returns.
    pub fn read(&self, files: &[ShardFile], add: &mut dyn FnMut(ReferenceText<'_>) -> Result<()>) -> Result<u64> {
        let mut texts = 0;
        for file in files {
            let mut take = |row: Row<'_>| {
                texts += 1;
                self.complete(&row, add)
            };
            match file.format {
                Format::Parquet => super::parquet::read(file, self, &mut take)?,
                Format::Text | Format::Archive(_) => {
                    return Err(Error::content(
                        &file.path,
                        "references in Parquet or JSON Lines",
                        "a text file or an archive",
                    ));
                }
                Format::JsonLines(compression) => super::json::read(file, compression, self, &mut take)?,
            }
        }
        Ok(texts)
    }

    fn complete(&self, row: &Row<'_>, add: &mut dyn FnMut(ReferenceText<'_>) -> Result<()>) -> Result<()> {
        let mut fields = row.fields.each_ref().map(String::as_str);
        for (field, known) in fields.iter_mut().zip(&self.known.values) {
            if let (true, Some(known)) = (field.is_empty(), known) {
                *field = known;
            }
        }
        let provenance = Provenance::from_fields(fields);
        let numbered = row.index.filter(|_| !provenance.id.is_empty());
        let numbered = numbered.map(|index| format!("{}#{index}", provenance.id));
        let id = numbered.as_deref().unwrap_or(provenance.id);
        add(ReferenceText { text: row.text, prompt: row.prompt, provenance: Provenance { id, ..provenance } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::PROVENANCE_NAMES;

    #[test]
    fn fields_have_the_names_and_the_order_of_the_index() {
        assert_eq!(FIELDS.map(|(name, _)| name), PROVENANCE_NAMES);
    }

    #[test]
    fn set_takes_known_fields_only() {
        let parse = |pair: &str| Known::parse([&pair.to_owned()]);
        assert_eq!(parse("vendor=open=ai").unwrap().values[1].as_deref(), Some("open=ai"));
        for bad in ["vendor", "vendr=x", "=x"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}

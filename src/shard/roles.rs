//! Whose words the texts of a chat are, by the field beside them.
//!
//! A turn of a chat is an element of a list with its text (`messages[].content`) and, beside that, who said it
//! (`messages[].role`, `conversations[].from`). A text of which nobody says whose it is counts as everybody's.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::shard::column::{ColumnPath, Step};
use crate::shard::{JsonColumns, ParquetShard, TextColumn};

/// Names of the field that says who spoke.
const FIELDS: [&str; 4] = ["role", "from", "author", "speaker"];

/// Names that data sets give to the same role, the usual one first.
const ALIASES: [&[&str]; 2] =
    [&["assistant", "gpt", "model", "bot", "chatbot", "ai", "chatgpt", "bard", "bing"], &["user", "human", "prompter"]];

/// The roles whose texts are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles(BTreeSet<String>);

impl Roles {
    /// These roles, in any case, under all names that they go by.
    #[must_use]
    pub fn new(names: &[String]) -> Self {
        let mut roles = BTreeSet::new();
        for name in names.iter().map(|name| name.trim().to_lowercase()) {
            let aliases = ALIASES.iter().filter(|aliases| aliases.contains(&name.as_str()));
            roles.extend(aliases.flat_map(|aliases| aliases.iter().map(|&alias| alias.to_owned())));
            roles.insert(name);
        }
        Self(roles)
    }

    /// Whether a text of this role is wanted.
    #[must_use]
    pub fn want(&self, role: &str) -> bool {
        self.0.contains(&role.trim().to_lowercase())
    }
}

/// The fields beside a text that may say whose it is; none for a text that is no field of a list's elements.
fn beside(path: &ColumnPath) -> Vec<ColumnPath> {
    let [turns @ .., Step::Elements, Step::Field(_)] = path.steps() else { return Vec::new() };
    let sibling = |name: &&str| {
        let steps = turns.iter().cloned().chain([Step::Elements, Step::Field((*name).to_owned())]);
        ColumnPath::from_steps(steps.collect())
    };
    FIELDS.iter().map(sibling).collect()
}

impl ParquetShard {
    /// The texts of a column in a row group that somebody else said, by row and index, ascending.
    ///
    /// # Errors
    /// As [`read_batches`](Self::read_batches), of the column with the roles.
    pub fn other_roles(&self, group: usize, column: &TextColumn, roles: &Roles) -> Result<Vec<(u64, u32)>> {
        let mut others = Vec::new();
        let Some(beside) = beside(column.path()).iter().find_map(|path| self.resolve(path).ok()) else {
            return Ok(others);
        };
        self.read_texts(group, &beside, &mut |role| {
            if std::str::from_utf8(role.bytes).is_ok_and(|name| !roles.want(name)) {
                others.push((role.row, role.index));
            }
            Ok(())
        })?;
        Ok(others)
    }
}

/// The roles in JSON lines.
#[derive(Debug, Clone)]
pub struct JsonRoles {
    roles: Roles,
    json: JsonColumns,
    /// For each field that may hold roles, the column that it is beside.
    columns: Vec<usize>,
}

impl JsonRoles {
    /// The roles of the texts in these columns.
    #[must_use]
    pub fn new(roles: Roles, columns: &[ColumnPath]) -> Self {
        let fields =
            columns.iter().enumerate().flat_map(|(column, path)| beside(path).into_iter().map(move |f| (column, f)));
        let (columns, fields) = fields.unzip();
        Self { roles, json: JsonColumns::new(fields), columns }
    }

    /// The texts of a line that somebody else said, by column and index.
    #[must_use]
    pub fn others(&self, line: &[u8]) -> BTreeSet<(usize, u32)> {
        let mut others = BTreeSet::new();
        // A line without such fields, or that is no JSON, names nobody; what is wrong with it is found with its texts.
        let _ = self.json.texts(line, &mut |field, index, role| {
            if let Some(&column) = self.columns.get(field).filter(|_| !self.roles.want(role)) {
                others.insert((column, index));
            }
        });
        others
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn others(roles: &[&str], columns: &[&str], line: &str) -> Vec<(usize, u32)> {
        let roles = Roles::new(&roles.iter().map(|&role| role.to_owned()).collect::<Vec<_>>());
        let columns: Vec<ColumnPath> = columns.iter().map(|path| path.parse().unwrap()).collect();
        JsonRoles::new(roles, &columns).others(line.as_bytes()).into_iter().collect()
    }

    #[test]
    fn what_others_said_is_known_by_the_field_beside_it() {
        let chat = r#"{"messages": [{"role": "system", "content": "s"}, {"content": "u", "role": "User"}, {"role": "assistant", "content": "a"}, {"content": "?"}, {"role": null, "content": "?"}]}"#;
        assert_eq!(others(&["assistant"], &["messages[].content"], chat), [(0, 0), (0, 1)]);
        assert_eq!(others(&["assistant", "user"], &["text", "messages[].content"], chat), [(1, 0)]);
        let share = r#"{"conversations": [{"from": "human", "value": "u"}, {"from": "gpt", "value": "a"}]}"#;
        assert_eq!(others(&["assistant"], &["conversations[].value"], share), [(0, 0)]);
        assert_eq!(others(&["user"], &["conversations[].value"], share), [(0, 1)]);
    }

    #[test]
    fn texts_without_roles_are_everybodys() {
        assert_eq!(others(&["assistant"], &["text"], r#"{"text": "t", "role": "user"}"#), []);
        assert_eq!(others(&["assistant"], &["m[].c"], r#"{"m": [{"c": "t"}, {"c": "t", "role": 3}]}"#), []);
        assert_eq!(others(&["assistant"], &["m[].c"], "no JSON"), []);
    }
}

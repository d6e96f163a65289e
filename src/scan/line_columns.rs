//! The columns of JSON Lines, and what is said of a line that has none of them.

use super::SCANNED_COLUMNS;
use crate::shard::{ColumnPath, JsonColumns, JsonRoles, Roles};
use std::sync::Arc;

/// Columns of JSON Lines with their names.
pub(super) struct LineColumns {
    pub json: JsonColumns,
    pub names: Vec<Arc<str>>,
    pub roles: Option<JsonRoles>,
}

impl LineColumns {
    pub(super) fn new(paths: Vec<ColumnPath>, roles: Option<&Roles>) -> Self {
        let names = paths.iter().map(|path| path.to_string().into()).collect();
        let roles = roles.map(|roles| JsonRoles::new(roles.clone(), &paths));
        Self { json: JsonColumns::new(paths), names, roles }
    }
}

/// What is wrong with a line in which no column is found by convention.
pub(super) fn without_column(line: &[u8]) -> (&'static str, String) {
    match JsonColumns::new(Vec::new()).texts(line, &mut |_, _, _| {}) {
        Err(problem) => (problem.reason(), problem.to_string()),
        Ok(()) => (
            "missing column",
            format!("none of the text fields {}; name it with --columns", SCANNED_COLUMNS.join(", ")),
        ),
    }
}

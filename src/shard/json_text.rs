//! The texts of one JSON line: a walk along the paths that are asked for, past everything else.

use serde::de::DeserializeSeed;

use crate::shard::column::{ColumnPath, Step};
use crate::shard::json_walk::{At, ColumnState, Walk};
use crate::shard::line_problem::LineProblem;

/// The columns to take from each line.
#[derive(Debug, Clone)]
pub struct JsonColumns {
    paths: Vec<ColumnPath>,
    root: Node,
}

/// One step of all paths at once. The paths through a node are the columns below it.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    pub(super) fields: Vec<(String, Node)>,
    pub(super) elements: Option<Box<Node>>,
    /// Columns of which the path ends here: here their texts are.
    pub(super) ends: Vec<usize>,
    /// All columns below, those that end here included.
    pub(super) below: Vec<usize>,
    /// Columns for which the elements of this node, a list, are the innermost list of the path.
    pub(super) slots: Vec<usize>,
}

impl JsonColumns {
    /// Prepares the walk along these paths; a column is known by its position in the list.
    #[must_use]
    pub fn new(paths: Vec<ColumnPath>) -> Self {
        let mut root = Node::default();
        for (column, path) in paths.iter().enumerate() {
            root.add(column, path.steps());
        }
        Self { paths, root }
    }

    /// The paths, in the order in which they were given.
    #[must_use]
    pub fn paths(&self) -> &[ColumnPath] {
        &self.paths
    }

    pub(super) fn root(&self) -> &Node {
        &self.root
    }

    /// Visits the texts of a line in the order in which they are written: the column, the ordinal among the elements
    /// of the innermost list (0 outside lists; null elements are counted) and the text, borrowed from the line where
    /// it has no escapes.
    ///
    /// A null is no text, wherever on the path it is. A field that only some of the elements of a list have (a chat
    /// turn with a tool call instead of content) is like a null in the others. A field that is written twice in an
    /// object is visited twice.
    ///
    /// # Errors
    /// The first problem with the line, after the texts have been visited that could be.
    pub fn texts(&self, line: &[u8], visit: &mut dyn FnMut(usize, u32, &str)) -> std::result::Result<(), LineProblem> {
        let found = self.walk(line, visit).map_err(LineProblem::Json)?;
        for (column, state) in found.iter().enumerate() {
            if let Some(found) = state.not_text {
                return Err(LineProblem::NotText { column, found });
            }
            if state.lacking && !state.reached {
                return Err(LineProblem::Missing(column));
            }
        }
        Ok(())
    }

    /// The first of these logical paths that is in the line, as a text, a null or a list of them; usually asked of the
    /// first line of a file.
    #[must_use]
    pub fn default_column(names: &[&str], line: &[u8]) -> Option<ColumnPath> {
        let columns = Self::new(names.iter().filter_map(|name| name.parse().ok()).collect());
        let found = columns.walk(line, &mut |_, _, _| {}).ok()?;
        let first = found.iter().position(|state| state.reached && state.not_text.is_none())?;
        columns.paths.into_iter().nth(first)
    }

    fn walk(&self, line: &[u8], visit: &mut dyn FnMut(usize, u32, &str)) -> Result<Vec<ColumnState>, String> {
        // All at once is faster than string by string, and fields that are skipped are then checked as well.
        let line = simdutf8::basic::from_utf8(line).map_err(|_| match simdutf8::compat::from_utf8(line) {
            Err(error) => format!("invalid UTF-8 after byte {}", error.valid_up_to()),
            Ok(_) => "invalid UTF-8".to_owned(),
        })?;
        // Some editors begin a file with a byte order mark.
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        let mut walk = Walk { columns: vec![ColumnState::default(); self.paths.len()], visit };
        let mut json = serde_json::Deserializer::from_str(line);
        At { node: &self.root, walk: &mut walk }
            .deserialize(&mut json)
            .and_then(|()| json.end())
            // The parser sees one line only; which one is known to the caller.
            .map_err(|error| error.to_string().replace(" at line 1 column ", " at byte "))?;
        Ok(walk.columns)
    }
}

impl Node {
    fn add(&mut self, column: usize, steps: &[Step]) {
        self.below.push(column);
        match steps.split_first() {
            None => self.ends.push(column),
            Some((Step::Elements, rest)) => {
                if !rest.contains(&Step::Elements) {
                    self.slots.push(column);
                }
                self.elements.get_or_insert_default().add(column, rest);
            }
            Some((Step::Field(name), rest)) => {
                if let Some((_, child)) = self.fields.iter_mut().find(|(field, _)| field == name) {
                    return child.add(column, rest);
                }
                let mut child = Self::default();
                child.add(column, rest);
                self.fields.push((name.clone(), child));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Found = (usize, u32, String);

    fn texts(paths: &[&str], line: impl AsRef<[u8]>) -> (Vec<Found>, Result<(), LineProblem>) {
        let columns = JsonColumns::new(paths.iter().map(|path| path.parse().unwrap()).collect());
        let mut found = Vec::new();
        let result =
            columns.texts(line.as_ref(), &mut |column, index, text| found.push((column, index, text.to_owned())));
        (found, result)
    }

    fn found(column: usize, index: u32, text: &str) -> Found {
        (column, index, text.to_owned())
    }

    #[test]
    fn only_the_asked_for_fields_are_visited() {
        let line = r#"{"id": 7, "text": "one\ntwo", "meta": {"text": "no", "deep": [1, {"text": 2}]}, "title": "T"}"#;
        let (texts, result) = texts(&["title", "text", "meta.text"], line);
        assert_eq!(texts, [found(1, 0, "one\ntwo"), found(2, 0, "no"), found(0, 0, "T")]);
        assert_eq!(result, Ok(()));
    }

    #[test]
    fn list_elements_are_numbered_and_nulls_keep_their_number() {
        let line = r#"{"m": [{"c": "a"}, null, {"c": null}, {"x": 1}, {"c": "b"}], "t": [null, "x", "y"]}"#;
        let (texts, result) = texts(&["m[].c", "t[]"], line);
        assert_eq!(texts, [found(0, 0, "a"), found(0, 4, "b"), found(1, 1, "x"), found(1, 2, "y")]);
        assert_eq!(result, Ok(()));
    }

    #[test]
    fn slots_of_nested_lists_are_counted_through_the_record() {
        let (texts, result) =
            texts(&["a[].b[]", "l[][]"], r#"{"a":[{"b":["p","q"]},{"b":[]},{"b":["r"]}],"l":[["s"],["t"]]}"#);
        assert_eq!(texts, [found(0, 0, "p"), found(0, 1, "q"), found(0, 2, "r"), found(1, 0, "s"), found(1, 1, "t")]);
        assert_eq!(result, Ok(()));
    }

    #[test]
    fn nulls_and_empty_lists_are_no_problem() {
        for line in [r#"{"m": null}"#, r#"{"m": []}"#, r#"{"m": [null]}"#, r#"{"m": [{"c": null}]}"#, "null"] {
            assert_eq!(texts(&["m[].c"], line), (vec![], Ok(())), "{line}");
        }
    }

    #[test]
    fn a_field_that_no_element_has_is_missing() {
        for line in [r"{}", r#"{"m": [{"x": 1}, {}]}"#] {
            assert_eq!(texts(&["m[].c"], line).1, Err(LineProblem::Missing(0)), "{line}");
        }
        assert_eq!(texts(&["a", "b"], r#"{"a": "x"}"#), (vec![found(0, 0, "x")], Err(LineProblem::Missing(1))));
    }

    #[test]
    fn what_is_not_text_is_named() {
        let cases = [
            (r#"{"a": {"b": 1.5}}"#, "a number"),
            (r#"{"a": {"b": -1}}"#, "a number"),
            (r#"{"a": {"b": true}}"#, "true or false"),
            (r#"{"a": {"b": ["x"]}}"#, "a list"),
            (r#"{"a": {"b": {"x": 1}}}"#, "an object"),
            (r#"{"a": "x"}"#, "a string"),
            (r#"{"a": [{"b": "x"}]}"#, "a list"),
            ("3", "a number"),
            ("[]", "a list"),
        ];
        for (line, what) in cases {
            assert_eq!(texts(&["a.b"], line), (vec![], Err(LineProblem::NotText { column: 0, found: what })), "{line}");
        }
        let object = texts(&["a[]"], r#"{"a": {}}"#).1;
        assert_eq!(object, Err(LineProblem::NotText { column: 0, found: "an object" }));
    }

    #[test]
    fn what_is_not_json_is_reported_as_such() {
        let lines: [&[u8]; 8] = [
            b"{",
            b"",
            b"{\"text\": \"a\"} x",
            b"{\"text\": \"a\"}{}",
            b"{\"text\": \"\xff\"}",
            b"{\"text\": \"a\", \"other\": \"\xc3\"}",
            b"{\"text\": \"a\\ud800\"}",
            b"{text: 1}",
        ];
        for line in lines {
            let result = texts(&["text"], line).1;
            assert!(matches!(result, Err(LineProblem::Json(_))), "{}: {result:?}", line.escape_ascii());
        }
    }

    #[test]
    fn a_carriage_return_at_the_end_is_white_space() {
        assert_eq!(texts(&["text"], "{\"text\": \"a\"}\r"), (vec![found(0, 0, "a")], Ok(())));
    }

    #[test]
    fn the_default_column_is_the_first_conventional_one_that_holds_text() {
        let names = ["text", "content", "messages[].content", "output"];
        let cases = [
            (r#"{"output": "o", "content": "c"}"#, Some("content")),
            (r#"{"text": 5, "output": "o"}"#, Some("output")),
            (r#"{"text": null, "output": "o"}"#, Some("text")),
            (r#"{"messages": [{"role": "user"}, {"content": "c"}]}"#, Some("messages[].content")),
            (r#"{"id": 1}"#, None),
            ("{", None),
        ];
        for (line, expected) in cases {
            let column = JsonColumns::default_column(&names, line.as_bytes()).map(|path| path.to_string());
            assert_eq!(column.as_deref(), expected, "{line}");
        }
    }

    /// The definition: all texts under `m[].c`, by way of a parsed value.
    fn slow(line: &str) -> Vec<Found> {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let list = value["m"].as_array().cloned().unwrap_or_default();
        let numbered = (0..).zip(&list);
        numbered.filter_map(|(index, turn)| turn["c"].as_str().map(|text| found(0, index, text))).collect()
    }

    proptest! {
        #[test]
        fn the_walk_agrees_with_a_parsed_value(turns in prop::collection::vec(prop::option::of(prop::option::of(".{0,8}")), 0..6)) {
            let list: Vec<_> = turns
                .iter()
                .map(|turn| turn.as_ref().map_or(serde_json::Value::Null, |text| serde_json::json!({"r": "x", "c": text})))
                .collect();
            let line = serde_json::json!({"before": [1, {"c": "no"}], "m": list}).to_string();
            prop_assert_eq!(texts(&["m[].c"], &line), (slow(&line), Ok(())));
        }

        #[test]
        fn no_line_makes_the_walk_panic(line in r#"[{}\[\]":,mc1n\\]{0,12}"#) {
            let _ = texts(&["m[].c", "m", "m[]"], line);
        }
    }
}

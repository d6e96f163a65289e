//! From the leaves of a Parquet schema to logical paths, and back.
//!
//! Writers store one and the same list as `messages.list.element.content`, `messages.bag.array_element.content`,
//! `messages.list.array.content`, `messages.array.content` or a bare repeated field. Every leaf is given its logical
//! path once, by the LIST annotation and the format's backward-compatibility rules; a column is then found by equality.

use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor, Type};

use crate::shard::column::{ColumnPath, Step};

/// A text column of one shard, resolved: which leaf it is and what its levels mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextColumn {
    pub(super) path: ColumnPath,
    pub(super) leaf: usize,
    /// At this definition level a value is there.
    pub(super) max_def: i16,
    /// 0 in a flat column.
    pub(super) max_rep: i16,
    /// From this definition level on, a slot of the innermost list is there, if only with a null in it.
    pub(super) slot_def: i16,
}

impl TextColumn {
    /// The logical path.
    #[must_use]
    pub fn path(&self) -> &ColumnPath {
        &self.path
    }

    /// The position among the leaf columns of the file, from 0: that of the column chunk in each row group.
    #[must_use]
    pub fn leaf(&self) -> usize {
        self.leaf
    }
}

/// A leaf column under its logical path.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) path: ColumnPath,
    /// What the leaf holds, or in words what it holds instead of text.
    pub(super) text: Result<TextColumn, String>,
}

/// All leaves, in the order of the column chunks.
pub(super) fn leaves(schema: &SchemaDescriptor) -> Vec<Leaf> {
    let mut paths = Vec::with_capacity(schema.num_columns());
    for field in schema.root_schema().get_fields() {
        walk_field(field, &mut Vec::new(), &mut paths);
    }
    let described = paths.into_iter().zip(schema.columns()).enumerate();
    described.map(|(leaf, (path, column))| Leaf { text: text_column(leaf, &path, column), path }).collect()
}

/// The column as a text column, or what it is instead.
fn text_column(leaf: usize, path: &ColumnPath, column: &ColumnDescriptor) -> Result<TextColumn, String> {
    if column.physical_type() != Physical::BYTE_ARRAY {
        return Err(column.physical_type().to_string());
    }
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::String | LogicalType::Enum | LogicalType::Json), _)
        | (None, ConvertedType::NONE | ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON) => {}
        (Some(logical), _) => return Err(format!("BYTE_ARRAY holding {logical:?}")),
        (None, converted) => return Err(format!("BYTE_ARRAY holding {converted}")),
    }
    Ok(TextColumn {
        path: path.clone(),
        leaf,
        max_def: column.max_def_level(),
        max_rep: column.max_rep_level(),
        slot_def: column.repeated_ancestor_def_level(),
    })
}

/// A named field: its name, `[]` if it is repeated without being part of an annotated list, then what is inside.
fn walk_field(field: &Type, steps: &mut Vec<Step>, paths: &mut Vec<ColumnPath>) {
    let depth = steps.len();
    steps.push(Step::Field(field.name().to_owned()));
    if is_repeated(field) {
        steps.push(Step::Elements);
    }
    walk_content(field, steps, paths);
    steps.truncate(depth);
}

/// What is inside a field whose own name has been dealt with.
fn walk_content(node: &Type, steps: &mut Vec<Step>, paths: &mut Vec<ColumnPath>) {
    if node.is_primitive() {
        paths.push(ColumnPath::from_steps(steps.clone()));
    } else if let Some(element) = list_element(node) {
        steps.push(Step::Elements);
        walk_content(element, steps, paths);
        steps.pop();
    } else {
        for field in node.get_fields() {
            walk_field(field, steps, paths);
        }
    }
}

/// The element of an annotated list; of a map, its group of key and value.
///
/// A well-formed list is `group (LIST) { repeated group { element } }`. By the rules for older writers, the repeated
/// field is itself the element when it is no group, has several fields, has a repeated field, or goes by one of two
/// names.
fn list_element(node: &Type) -> Option<&Type> {
    let [repeated] = node.get_fields() else { return None };
    if !is_repeated(repeated) {
        return None;
    }
    match (node.get_basic_info().logical_type_ref(), node.get_basic_info().converted_type()) {
        (Some(LogicalType::Map), _) | (_, ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE) => return Some(repeated),
        (Some(LogicalType::List), _) | (_, ConvertedType::LIST) => {}
        _ => return None,
    }
    if repeated.is_primitive() {
        return Some(repeated);
    }
    match repeated.get_fields() {
        [only] if !is_repeated(only) && !is_element_name(repeated.name(), node.name()) => Some(only),
        _ => Some(repeated),
    }
}

/// Whether the repeated group of a list goes by a name that older writers give to an element with one field.
fn is_element_name(repeated: &str, list: &str) -> bool {
    repeated == "array" || repeated.strip_suffix("_tuple") == Some(list)
}

/// Whether a field is repeated; the root has no repetition at all.
fn is_repeated(field: &Type) -> bool {
    let info = field.get_basic_info();
    info.has_repetition() && info.repetition() == Repetition::REPEATED
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::schema::parser::parse_message_type;

    use super::*;

    fn paths_of(message: &str) -> Vec<String> {
        let schema = SchemaDescriptor::new(Arc::new(parse_message_type(message).unwrap()));
        leaves(&schema).iter().map(|leaf| leaf.path.to_string()).collect()
    }

    #[test]
    fn every_writers_list_of_structs_has_the_same_logical_path() {
        let shapes = [
            "optional group messages (LIST) { repeated group list { optional group element { optional binary content (UTF8); } } }",
            "optional group messages (LIST) { repeated group bag { optional group array_element { optional binary content (UTF8); } } }",
            "optional group messages (LIST) { repeated group list { optional group array { optional binary content (UTF8); } } }",
            "optional group messages (LIST) { repeated group array { optional binary content (UTF8); } }",
            "optional group messages (LIST) { repeated group messages_tuple { optional binary content (UTF8); } }",
            "repeated group messages { optional binary content (UTF8); }",
        ];
        for shape in shapes {
            assert_eq!(paths_of(&format!("message m {{ {shape} }}")), ["messages[].content"], "{shape}");
        }
    }

    #[test]
    fn every_writers_list_of_texts_has_the_same_logical_path() {
        let shapes = [
            "optional group texts (LIST) { repeated group list { optional binary element (UTF8); } }",
            "optional group texts (LIST) { repeated binary array (UTF8); }",
            "repeated binary texts (UTF8);",
        ];
        for shape in shapes {
            assert_eq!(paths_of(&format!("message m {{ {shape} }}")), ["texts[]"], "{shape}");
        }
    }

    #[test]
    fn structs_maps_and_nested_lists_are_walked_in_leaf_order() {
        let message = "message m {
            required group a { optional binary b.c (UTF8); required int64 n; }
            optional group m (MAP) { repeated group key_value { required binary key (UTF8); optional binary value (UTF8); } }
            optional group l (LIST) { repeated group list { optional group element (LIST) {
                repeated group list { optional binary element (UTF8); } } } }
            optional group s (LIST) { repeated group element { optional binary x; optional binary y (DECIMAL(9, 2)); } }
        }";
        assert_eq!(
            paths_of(message),
            [r"a.b\.c", "a.n", "m[].key", "m[].value", "l[][]", "s[].x", "s[].y"],
            "one path a leaf"
        );
        let schema = SchemaDescriptor::new(Arc::new(parse_message_type(message).unwrap()));
        let not_text: Vec<_> = leaves(&schema).into_iter().filter_map(|leaf| leaf.text.err()).collect();
        assert_eq!(not_text.len(), 2, "{not_text:?}");
        assert_eq!(not_text[0], "INT64");
        assert!(not_text[1].contains("DECIMAL") || not_text[1].contains("Decimal"), "{}", not_text[1]);
    }
}

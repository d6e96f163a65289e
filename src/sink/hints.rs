//! Key-value metadata that describes a shard's columns, and must describe added ones too.

use arrow_schema::{DataType, Field, FieldRef, Schema, TimeUnit};
use parquet::arrow::{ARROW_SCHEMA_META_KEY, encode_arrow_schema, parquet_to_arrow_schema};
use parquet::file::metadata::{FileMetaData, KeyValue};
use serde_json::{Map, Value, json};

/// The key under which Hugging Face `datasets` keeps its features.
const HUGGINGFACE: &str = "huggingface";

/// The file's key-value metadata, with `fields` described wherever the file's own columns are.
pub(super) fn with_fields(file: &FileMetaData, fields: &[Field]) -> Result<Option<Vec<KeyValue>>, String> {
    let Some(pairs) = file.key_value_metadata() else { return Ok(None) };
    let extended = pairs.iter().map(|pair| {
        let value = match (pair.key.as_str(), &pair.value) {
            (ARROW_SCHEMA_META_KEY, Some(_)) => Some(arrow_schema(file, pair, fields)?),
            (HUGGINGFACE, Some(text)) => Some(features(text, fields)?),
            (_, value) => value.clone(),
        };
        Ok(KeyValue { key: pair.key.clone(), value })
    });
    extended.collect::<Result<_, _>>().map(Some)
}

/// The Arrow schema, with its own metadata and no other, and the new fields at the end.
///
/// Its metadata has a `huggingface` of its own, and pyarrow (so `datasets`) looks at that one first.
fn arrow_schema(file: &FileMetaData, pair: &KeyValue, fields: &[Field]) -> Result<String, String> {
    let own = vec![pair.clone()];
    let old = parquet_to_arrow_schema(file.schema_descr(), Some(&own))
        .map_err(|e| format!("{ARROW_SCHEMA_META_KEY} cannot be read: {e}"))?;
    let all: Vec<FieldRef> = old.fields().iter().cloned().chain(fields.iter().cloned().map(FieldRef::new)).collect();
    let mut metadata = old.metadata().clone();
    if let Some(text) = metadata.get_mut(HUGGINGFACE) {
        *text = features(text, fields)?;
    }
    Ok(encode_arrow_schema(&Schema::new_with_metadata(all, metadata)))
}

/// The `huggingface` JSON with a feature for each new field; unchanged where it lists no features.
fn features(text: &str, fields: &[Field]) -> Result<String, String> {
    let mut root: Value = serde_json::from_str(text).map_err(|e| format!("{HUGGINGFACE} metadata: {e}"))?;
    let Some(known) = root.pointer_mut("/info/features").and_then(Value::as_object_mut) else {
        return Ok(text.to_owned());
    };
    for field in fields {
        known.insert(field.name().clone(), feature(field.data_type())?);
    }
    Ok(root.to_string())
}

/// A type as `datasets` writes it. A list is `[item]`: versions 3.6 and 5.2 both load that.
fn feature(data_type: &DataType) -> Result<Value, String> {
    let dtype = match data_type {
        DataType::List(item) | DataType::LargeList(item) => return Ok(json!([feature(item.data_type())?])),
        DataType::Struct(members) => {
            let members = members.iter().map(|member| Ok((member.name().clone(), feature(member.data_type())?)));
            return members.collect::<Result<Map<_, _>, String>>().map(Value::Object);
        }
        DataType::Dictionary(_, values) => return feature(values),
        DataType::Boolean => "bool",
        DataType::Int8 => "int8",
        DataType::Int16 => "int16",
        DataType::Int32 => "int32",
        DataType::Int64 => "int64",
        DataType::UInt8 => "uint8",
        DataType::UInt16 => "uint16",
        DataType::UInt32 => "uint32",
        DataType::UInt64 => "uint64",
        DataType::Float32 => "float32",
        DataType::Float64 => "float64",
        DataType::Utf8 => "string",
        DataType::LargeUtf8 => "large_string",
        DataType::Binary => "binary",
        DataType::Timestamp(TimeUnit::Microsecond, None) => "timestamp[us]",
        other => return Err(format!("{HUGGINGFACE} metadata has no word for {other}")),
    };
    Ok(json!({ "dtype": dtype, "_type": "Value" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_columns_become_features_behind_the_old_ones() {
        let matches = DataType::Struct(vec![Field::new("similarity", DataType::Float64, false)].into());
        let fields = [
            Field::new("verdict", DataType::Utf8, true),
            Field::new("matches", DataType::List(Field::new("item", matches, true).into()), true),
        ];
        let old = r#"{"info":{"features":{"z":{"dtype":"string","_type":"Value"}}},"fingerprint":"1"}"#;
        let new = concat!(
            r#"{"info":{"features":{"z":{"dtype":"string","_type":"Value"},"verdict":{"dtype":"string","_type":"Value"},"#,
            r#""matches":[{"similarity":{"dtype":"float64","_type":"Value"}}]}},"fingerprint":"1"}"#
        );
        assert_eq!(features(old, &fields).unwrap(), new);
        assert_eq!(features(r#"{ "info": 1 }"#, &fields).unwrap(), r#"{ "info": 1 }"#);
        assert!(features("{", &fields).is_err());
    }
}

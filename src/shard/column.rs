//! Logical column paths: `text`, `messages[].content`, `a.b[].c`.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// Where a text is in a record, in terms of the data and not of how a file format stores it.
///
/// Names are separated by dots, and `[]` after a name means each element of that list. A backslash takes the
/// meaning from the character after it: `meta\.text` is one name with a dot in it.
///
/// ```
/// use ringfence::shard::ColumnPath;
///
/// let path: ColumnPath = "messages[].content".parse()?;
/// assert_eq!(path.to_string(), "messages[].content");
/// # Ok::<(), ringfence::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnPath {
    steps: Vec<Step>,
}

/// One step of a [`ColumnPath`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Into the field of this name.
    Field(String),
    /// Into each element of a list.
    Elements,
}

impl ColumnPath {
    /// The path of these steps; the first one should be a field.
    pub(super) fn from_steps(steps: Vec<Step>) -> Self {
        Self { steps }
    }

    /// The steps from the record inwards.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether a record may have several texts under this path.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.steps.contains(&Step::Elements)
    }
}

impl FromStr for ColumnPath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bad = |why: &str| {
            Error::request(
                format!("column path `{text}`: {why}"),
                r"write names with dots between them and [] for the elements of a list, as in text or messages[].content; \ before a dot that belongs to a name",
            )
        };
        let mut steps = Vec::new();
        let mut name = String::new();
        let mut chars = text.chars().peekable();
        // After `[]` only a dot, another `[]` or the end may come: then there is no name to finish.
        let mut after_elements = false;
        while let Some(c) = chars.next() {
            match c {
                '.' | '[' if name.is_empty() && !after_elements => return Err(bad("a name is empty")),
                '.' => {
                    push_name(&mut steps, &mut name);
                    after_elements = false;
                    if chars.peek().is_none() {
                        return Err(bad("it ends in a dot"));
                    }
                }
                '[' => {
                    if chars.next() != Some(']') {
                        return Err(bad("only [] is known, for all elements of a list"));
                    }
                    push_name(&mut steps, &mut name);
                    steps.push(Step::Elements);
                    after_elements = true;
                }
                _ if after_elements => return Err(bad("after [] a dot is missing")),
                '\\' => name.push(chars.next().ok_or_else(|| bad("it ends in a lone backslash"))?),
                _ => name.push(c),
            }
        }
        push_name(&mut steps, &mut name);
        if steps.is_empty() { Err(bad("it is empty")) } else { Ok(Self { steps }) }
    }
}

/// Ends the name that is being collected, if there is one.
fn push_name(steps: &mut Vec<Step>, name: &mut String) {
    if !name.is_empty() {
        steps.push(Step::Field(std::mem::take(name)));
    }
}

impl fmt::Display for ColumnPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.steps.iter().enumerate() {
            match step {
                Step::Elements => f.write_str("[]")?,
                Step::Field(name) => {
                    if position > 0 {
                        f.write_str(".")?;
                    }
                    for c in name.chars() {
                        if matches!(c, '.' | '[' | '\\') {
                            f.write_str("\\")?;
                        }
                        write!(f, "{c}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn field(name: &str) -> Step {
        Step::Field(name.to_owned())
    }

    #[test]
    fn paths_are_read_step_by_step() {
        let cases: [(&str, Vec<Step>); 6] = [
            ("text", vec![field("text")]),
            ("messages[].content", vec![field("messages"), Step::Elements, field("content")]),
            ("a.b[].c", vec![field("a"), field("b"), Step::Elements, field("c")]),
            ("a[][]", vec![field("a"), Step::Elements, Step::Elements]),
            (r"meta\.text", vec![field("meta.text")]),
            (r"a\[\]\\", vec![field(r"a[]\")]),
        ];
        for (text, steps) in cases {
            assert_eq!(text.parse::<ColumnPath>().unwrap().steps(), steps, "{text}");
        }
    }

    #[test]
    fn a_bad_path_is_refused_with_the_reason() {
        let cases = [
            ("", "empty"),
            (".a", "a name is empty"),
            ("a..b", "a name is empty"),
            ("[]", "a name is empty"),
            ("a.[]", "a name is empty"),
            ("a.", "ends in a dot"),
            ("a[0]", "only []"),
            ("a[", "only []"),
            ("a[]b", "a dot is missing"),
            ("a\\", "lone backslash"),
        ];
        for (text, reason) in cases {
            let error = text.parse::<ColumnPath>().unwrap_err();
            assert!(error.to_string().contains(reason), "{text}: {error}");
            assert!(error.advice().is_some());
        }
    }

    proptest! {
        #[test]
        fn what_is_displayed_is_read_back(names in prop::collection::vec((r"[a-z.\[\]\\é ]{1,4}", 0_usize..3), 1..4)) {
            let mut steps = Vec::new();
            for (name, lists) in names {
                steps.push(Step::Field(name));
                steps.extend(std::iter::repeat_n(Step::Elements, lists));
            }
            let path = ColumnPath::from_steps(steps);
            prop_assert_eq!(path.to_string().parse::<ColumnPath>().unwrap(), path);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in r"[a.\[\]\\]{0,8}") {
            let _ = text.parse::<ColumnPath>();
        }
    }
}

//! The walk through one JSON line: a `serde` visitor at each value that a path leads to, `IgnoredAny` for all others.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::shard::json_text::Node;

/// What a line has shown of one column.
#[derive(Debug, Clone, Default)]
pub(super) struct ColumnState {
    /// Slots of the innermost list so far.
    slots: u32,
    /// The end of the path was met at least once, or a null was on the way.
    pub(super) reached: bool,
    /// Some object on the way lacks the field.
    pub(super) lacking: bool,
    pub(super) not_text: Option<&'static str>,
}

/// The walk through one line.
pub(super) struct Walk<'v> {
    pub(super) columns: Vec<ColumnState>,
    pub(super) visit: &'v mut dyn FnMut(usize, u32, &str),
}

impl Walk<'_> {
    fn mark(&mut self, columns: &[usize], change: impl Fn(&mut ColumnState)) {
        for column in columns {
            if let Some(state) = self.columns.get_mut(*column) {
                change(state);
            }
        }
    }

    /// Notes that these columns have something else than they should; what was found first is kept.
    fn not_text(&mut self, columns: &[usize], found: &'static str) {
        self.mark(columns, |state| state.not_text = state.not_text.or(Some(found)));
    }
}

/// A value that is about to be read, and where on the paths it is.
pub(super) struct At<'n, 'w, 'v> {
    pub(super) node: &'n Node,
    pub(super) walk: &'w mut Walk<'v>,
}

impl<'de> DeserializeSeed<'de> for At<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl At<'_, '_, '_> {
    fn scalar(self, found: &'static str) {
        self.walk.not_text(&self.node.below, found);
    }
}

impl<'de> Visitor<'de> for At<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        for column in &self.node.below {
            if !self.node.ends.contains(column) {
                self.walk.not_text(&[*column], "a string");
            } else if let Some(state) = self.walk.columns.get_mut(*column) {
                state.reached = true;
                (self.walk.visit)(*column, state.slots.saturating_sub(1), text);
            }
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.walk.mark(&self.node.below, |state| state.reached = true);
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.scalar("true or false");
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.scalar("a number");
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.scalar("a number");
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.scalar("a number");
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { node, walk } = self;
        let wanted = node.elements.as_deref();
        let lost: Vec<usize> = outside(&node.below, wanted);
        walk.not_text(&lost, "a list");
        let Some(element) = wanted else {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        };
        loop {
            walk.mark(&node.slots, |state| state.slots = state.slots.saturating_add(1));
            if list.next_element_seed(At { node: element, walk })?.is_none() {
                // That was the end, and no slot.
                walk.mark(&node.slots, |state| state.slots = state.slots.saturating_sub(1));
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let Self { node, walk } = self;
        walk.not_text(&node.ends, "an object");
        if let Some(elements) = &node.elements {
            walk.not_text(&elements.below, "an object");
        }
        let mut met = vec![false; node.fields.len()];
        while let Some(key) = object.next_key_seed(FieldOf(node))? {
            match key.and_then(|field| node.fields.get(field).map(|(_, child)| (field, child))) {
                Some((field, child)) => {
                    object.next_value_seed(At { node: child, walk })?;
                    if let Some(met) = met.get_mut(field) {
                        *met = true;
                    }
                }
                None => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        for ((_, child), _) in node.fields.iter().zip(met).filter(|(_, met)| !met) {
            walk.mark(&child.below, |state| state.lacking = true);
        }
        Ok(())
    }
}

/// The columns that are not below `wanted`.
fn outside(columns: &[usize], wanted: Option<&Node>) -> Vec<usize> {
    let inside = wanted.map_or(&[] as &[usize], |node| &node.below);
    columns.iter().filter(|column| !inside.contains(column)).copied().collect()
}

/// Reads a key as the position of the field of that name, without copying it.
struct FieldOf<'n>(&'n Node);

impl<'de> DeserializeSeed<'de> for FieldOf<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for FieldOf<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E>(self, key: &str) -> Result<Option<usize>, E> {
        Ok(self.0.fields.iter().position(|(name, _)| name == key))
    }
}

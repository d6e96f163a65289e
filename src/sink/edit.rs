//! What a rewrite changes: which rows stay, and what becomes of their texts.

/// Which rows of a row group stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Every row.
    All,
    /// No row.
    None,
    /// The rows with `true`: one for each row of the group.
    Rows(Vec<bool>),
}

/// Where in its file a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The row group.
    pub group: usize,
    /// The leaf column.
    pub column: usize,
    /// The row in its group.
    pub row: usize,
    /// Which of the row's list elements, nulls counted; 0 outside lists.
    pub index: u32,
}

/// The changes to one shard. By default none but the selection.
pub trait Edit {
    /// The rows that stay; asked once per row group, in order, before anything else about the group.
    fn rows(&mut self, group: usize) -> Selection;

    /// Whether texts of a column chunk are replaced. It must hold byte arrays.
    fn touches(&self, _group: usize, _column: usize) -> bool {
        false
    }

    /// What stands in place of a text; none: it stays. Asked for each text of the column chunks that are touched, in order.
    fn replace(&mut self, _place: Place, _text: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// Rows only.
impl<F: FnMut(usize) -> Selection> Edit for F {
    fn rows(&mut self, group: usize) -> Selection {
        self(group)
    }
}

/// What an edit does to one row group.
pub(super) struct Changes {
    /// For each row whether it stays.
    pub(super) keep: Vec<bool>,
    /// For each column whether texts of it are replaced.
    pub(super) touched: Vec<bool>,
}

impl Changes {
    pub(super) fn kept(&self) -> usize {
        self.keep.iter().filter(|&&keep| keep).count()
    }

    pub(super) fn touches(&self, column: usize) -> bool {
        self.touched.get(column) == Some(&true)
    }

    /// Whether the column cannot be copied as it is.
    pub(super) fn encodes(&self, column: usize) -> bool {
        self.touches(column) || self.keep.contains(&false)
    }

    /// Whether nothing changes at all.
    pub(super) fn is_none(&self) -> bool {
        !self.keep.contains(&false) && !self.touched.contains(&true)
    }
}

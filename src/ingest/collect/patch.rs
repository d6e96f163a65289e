//! Patches: what they add, file by file. Lines of context and lines that go are human text.
//!
//! Two grammars: that of `apply_patch` (`*** Begin Patch`, `*** Add File: p`, `*** Update File: p`, `@@`, lines that begin with a
//! blank, `-` or `+`), and unified diffs (`--- a/p`, `+++ b/p`, `@@ -1,2 +1,3 @@`). A hunk is an edit of its old lines to its new
//! ones, so that a line that was only indented or moved is not the model's.

use super::edit::inserted;

/// What a patch adds to one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Added {
    pub(super) path: String,
    pub(super) text: String,
}

const BEGIN: &str = "*** Begin Patch";
const END: &str = "*** End Patch";

/// A text with a patch in it: what stands before, the patch, and what stands behind.
pub(super) fn find_patch(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_at(text.find(BEGIN)?);
    let end = rest.find(END).map_or(rest.len(), |at| at + END.len());
    let (patch, after) = rest.split_at(end);
    Some((before, patch, after))
}

/// Whether a text is a unified diff.
pub(super) fn is_unified(text: &str) -> bool {
    let mut lines = text.lines();
    let has = |start: &str, lines: &mut std::str::Lines<'_>| lines.any(|line| line.starts_with(start));
    has("--- ", &mut lines) && lines.next().is_some_and(|line| line.starts_with("+++ ")) && has("@@", &mut lines)
}

/// What an `apply_patch` patch adds.
pub(super) fn added(patch: &str) -> Vec<Added> {
    let mut reading = Reading::default();
    for line in patch.lines() {
        let path = |name: &str| line.strip_prefix("*** ")?.strip_prefix(name)?.strip_prefix(" File: ");
        if let Some(path) = path("Add").or_else(|| path("Update")).or_else(|| path("Delete")) {
            reading.begin_file(path.trim());
        } else if let Some(path) = line.strip_prefix("*** Move to: ") {
            path.trim().clone_into(&mut reading.file.path);
        } else if line.starts_with("@@") || line.starts_with("***") {
            reading.end_hunk();
        } else {
            reading.line(line);
        }
    }
    reading.finish()
}

/// What a unified diff adds.
pub(super) fn added_unified(diff: &str) -> Vec<Added> {
    let (mut reading, mut in_hunk) = (Reading::default(), false);
    let mut lines = diff.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("--- ") && lines.peek().is_some_and(|next| next.starts_with("+++ ")) {
            let name = lines.next().and_then(|line| line.strip_prefix("+++ ")).unwrap_or_default();
            let name = name.split('\t').next().unwrap_or_default().trim();
            reading.begin_file(name.strip_prefix("b/").unwrap_or(name));
            in_hunk = false;
        } else if line.starts_with("@@") {
            reading.end_hunk();
            in_hunk = true;
        } else if line.starts_with("diff ") || line.starts_with("index ") {
            reading.end_hunk();
            in_hunk = false;
        } else if in_hunk {
            reading.line(line);
        }
    }
    reading.finish()
}

#[derive(Default)]
struct Reading {
    done: Vec<Added>,
    file: Added,
    old: String,
    new: String,
}

impl Reading {
    fn line(&mut self, line: &str) {
        let (old, new) = match line.split_at_checked(1) {
            Some(("+", rest)) => (None, Some(rest)),
            Some(("-", rest)) => (Some(rest), None),
            Some((" ", rest)) => (Some(rest), Some(rest)),
            // An empty line of context may have lost its blank; anything else is none of the grammar.
            None => (Some(""), Some("")),
            Some(_) => (None, None),
        };
        for (side, line) in [(&mut self.old, old), (&mut self.new, new)] {
            side.extend(line.into_iter().flat_map(|line| [line, "\n"]));
        }
    }

    fn end_hunk(&mut self) {
        let text = inserted(&std::mem::take(&mut self.old), &std::mem::take(&mut self.new));
        if !text.is_empty() {
            if !self.file.text.is_empty() {
                self.file.text.push('\n');
            }
            self.file.text += &text;
        }
    }

    fn begin_file(&mut self, path: &str) {
        self.end_hunk();
        let file = std::mem::replace(&mut self.file, Added { path: path.to_owned(), text: String::new() });
        self.done.extend(Some(file).filter(|file| !file.text.is_empty()));
    }

    fn finish(mut self) -> Vec<Added> {
        self.begin_file("");
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(added: Vec<Added>) -> Vec<(String, String)> {
        added.into_iter().map(|added| (added.path, added.text)).collect()
    }

    #[test]
    fn only_added_lines_are_taken_and_each_file_has_its_own() {
        let patch = "*** Begin Patch\n*** Update File: a.rs\n*** Move to: b.rs\n@@ fn main\n fn main() {\n-    old_call_of_the_human();\n+    model_call();\n }\n\
            @@\n     let kept = \"human context of some length\";\n+    tail();\n*** Delete File: gone.rs\n*** Add File: new.rs\n+first\n+second\n*** End Patch";
        let script = format!("apply_patch <<'EOF'\n{patch}\nEOF");
        assert_eq!(find_patch(&script), Some(("apply_patch <<'EOF'\n", patch, "\nEOF")));
        let expected = [("b.rs", "    model_call\n    tail();"), ("new.rs", "first\nsecond")];
        assert_eq!(pairs(added(patch)), expected.map(|(path, text)| (path.to_owned(), text.to_owned())));
    }

    #[test]
    fn unified_diffs_are_read_too() {
        let diff = "diff --git a/x.c b/x.c\nindex 1..2\n--- a/x.c\n+++ b/x.c\n@@ -1,3 +1,4 @@\n int main(void)\n {\n+    puts(\"a model wrote this\");\n }\n--- /dev/null\n+++ b/y\n@@ -0,0 +1 @@\n+-- y\n\\ No newline at end of file\n";
        assert!(is_unified(diff) && !is_unified("- a\n+ b\n"));
        let expected = [("x.c", "    puts(\"a model wrote this\");"), ("y", "-- y")];
        assert_eq!(pairs(added_unified(diff)), expected.map(|(path, text)| (path.to_owned(), text.to_owned())));
    }

    #[test]
    fn a_patch_that_was_cut_off_is_read_as_far_as_it_goes() {
        let patch = "*** Begin Patch\n*** Add File: a\n+one\n+tw";
        assert_eq!(pairs(added(patch)), [("a".to_owned(), "one\ntw".to_owned())]);
        assert_eq!(find_patch(patch), Some(("", patch, "")));
        assert!(added("no patch at all\n").is_empty());
    }
}

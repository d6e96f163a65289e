//! Tool calls: what a model writes by calling a tool.
//!
//! A call is known by the shape of its arguments, not by the tool's name: names differ between assistants and versions, while
//! a path beside a content, an old text beside a new one, a patch or a command line mean the same everywhere.

use super::edit::inserted;
use super::found::Found;
use super::json::{first_text, list, text};
use super::patch::{added, added_unified, find_patch, is_unified};
use super::search_replace;
use super::written::{Kind, Origin};
use serde_json::Value;

const PATHS: [&str; 10] = [
    "file_path",
    "path",
    "filePath",
    "absolute_path",
    "notebook_path",
    "target_file",
    "filepath",
    "relative_workspace_path",
    "filename",
    "uri",
];
const OLD: [&str; 6] = ["old_string", "old_str", "oldString", "oldText", "old_text", "search"];
const NEW: [&str; 6] = ["new_string", "new_str", "newString", "newText", "new_text", "replace"];
const CONTENTS: [&str; 9] = [
    "content",
    "contents",
    "file_text",
    "new_source",
    "fileContent",
    "code_edit",
    "code",
    "script",
    "insert_line_text",
];
const PATCHES: [&str; 5] = ["patch", "input", "patchText", "patch_text", "diff"];
const COMMANDS: [&str; 3] = ["command", "cmd", "CommandLine"];
/// What a model tells another one, or a person.
const PROSE: [&str; 4] = ["plan", "prompt", "message", "result"];
/// Values of `command` that are no command line but a verb of a file editor.
const VERBS: [&str; 5] = ["view", "create", "str_replace", "insert", "undo_edit"];

/// Takes what the model wrote out of a call; a call without such a text is counted under the tool's name.
pub(super) fn take(tool: &str, arguments: &Value, origin: &Origin, found: &mut Found<'_>) {
    let parsed = arguments.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok()).filter(Value::is_object);
    let arguments = parsed.as_ref().unwrap_or(arguments);
    let mut call = Call { origin, found, taken: false };
    match arguments {
        Value::String(text) if find_patch(text).is_some() => call.command(text),
        // The input of a tool that takes free text is a program; what begins with a brace is JSON that was cut off.
        Value::String(text) if !text.trim_start().starts_with('{') => call.text(Kind::Code, "", text),
        Value::Object(_) => call.object(arguments),
        _ => {}
    }
    if !call.taken {
        found.call_without_text(tool);
    }
}

struct Call<'c, 'f> {
    origin: &'c Origin,
    found: &'c mut Found<'f>,
    taken: bool,
}

impl Call<'_, '_> {
    fn text(&mut self, kind: Kind, path: &str, text: &str) {
        self.taken = true;
        self.found.text(self.origin, kind, path, text);
    }

    fn object(&mut self, arguments: &Value) {
        let path = first_text(arguments, &PATHS);
        for edit in [arguments].into_iter().chain(list(arguments, "edits")) {
            self.edit(path, edit);
        }
        for name in PATCHES {
            self.patch(path, text(arguments, name));
        }
        if self.taken {
            return;
        }
        let content = first_text(arguments, &CONTENTS);
        let command = COMMANDS.iter().find_map(|name| arguments.get(name)).and_then(command_line);
        if !content.is_empty() {
            self.text(if path.is_empty() { Kind::Chat } else { Kind::Code }, path, content);
        } else if let Some(command) = command.filter(|command| !VERBS.contains(&command.as_str())) {
            self.command(&command);
        } else if let Some(prose) = Some(first_text(arguments, &PROSE)).filter(|prose| !prose.is_empty()) {
            self.text(Kind::Chat, "", prose);
        }
    }

    fn edit(&mut self, path: &str, edit: &Value) {
        let new = NEW.iter().find_map(|name| edit.get(name).and_then(Value::as_str));
        if let Some(new) = new {
            let path = Some(first_text(edit, &PATHS)).filter(|path| !path.is_empty()).unwrap_or(path);
            let old = first_text(edit, &OLD);
            self.found.edited(old, new);
            self.text(Kind::Edit, path, &inserted(old, new));
        }
    }

    fn patch(&mut self, path: &str, patch: &str) {
        if patch.is_empty() {
            return;
        }
        let (_, blocks) = search_replace::split(patch);
        for block in &blocks {
            let path = if block.path.is_empty() { path } else { &block.path };
            self.text(Kind::Edit, path, &inserted(&block.search, &block.replace));
        }
        if find_patch(patch).is_some() {
            self.command(patch);
        } else if is_unified(patch) {
            for file in added_unified(patch) {
                self.text(Kind::Patch, &file.path, &file.text);
            }
            self.taken = true;
        }
    }

    /// A command line, which may hold patches: of these, only what they add.
    fn command(&mut self, command: &str) {
        let (mut rest, mut without) = (command, String::new());
        while let Some((before, patch, after)) = find_patch(rest) {
            for file in added(patch) {
                self.text(Kind::Patch, &file.path, &file.text);
            }
            without.push_str(before);
            rest = after;
        }
        without.push_str(rest);
        let is_wrapper = rest.len() < command.len() && without.trim_start().starts_with("apply_patch");
        self.taken = true;
        if !is_wrapper {
            self.text(Kind::Command, "", &without);
        }
    }
}

/// A command line as a text; of a shell with its script as arguments (`bash -lc SCRIPT`), the script.
pub(super) fn command_line(command: &Value) -> Option<String> {
    let words: Vec<&str> = match command {
        Value::String(command) => return Some(command.clone()),
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    match words.as_slice() {
        [_, flags, script] if flags.starts_with('-') && flags.ends_with('c') => Some((*script).to_owned()),
        ["apply_patch", patch] => Some((*patch).to_owned()),
        words => Some(words.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::collect::readers::testing::Taken;
    use serde_json::json;

    fn texts(arguments: Value) -> Vec<(Kind, String, String)> {
        let mut taken = Taken::default();
        taken.run(|found| take("tool", &arguments, &Origin::of("t"), found));
        taken.texts.into_iter().map(|text| (text.kind, text.path, text.text)).collect()
    }

    fn one(kind: Kind, path: &str, text: &str) -> Vec<(Kind, String, String)> {
        vec![(kind, path.to_owned(), text.to_owned())]
    }

    #[test]
    fn calls_are_known_by_their_arguments() {
        for (arguments, expected) in [
            (json!({"file_path": "a.rs", "content": "fn a() {}"}), one(Kind::Code, "a.rs", "fn a() {}")),
            (
                json!({"path": "a", "old_str": "", "new_str": "b c", "command": "str_replace"}),
                one(Kind::Edit, "a", "b c"),
            ),
            (json!({"command": "create", "path": "a", "file_text": "x"}), one(Kind::Code, "a", "x")),
            (json!({"command": ["bash", "-lc", "ls -l"], "workdir": "/"}), one(Kind::Command, "", "ls -l")),
            (json!("{\"cmd\":\"git status\"}"), one(Kind::Command, "", "git status")),
            (json!({"notebook_path": "n.ipynb", "new_source": "1 + 1"}), one(Kind::Code, "n.ipynb", "1 + 1")),
            (json!({"plan": "1. Read. 2. Write."}), one(Kind::Chat, "", "1. Read. 2. Write.")),
            (json!("*** Begin Patch\n*** Add File: f\n+new\n*** End Patch"), one(Kind::Patch, "f", "new")),
            (
                json!({"command": ["apply_patch", "*** Begin Patch\n*** Add File: f\n+new\n*** End Patch"]}),
                one(Kind::Patch, "f", "new"),
            ),
            (json!({"patch": "*** Begin Patch\n*** Add File: f\n+new\n*** End Patch"}), one(Kind::Patch, "f", "new")),
            (json!("const x = await run();"), one(Kind::Code, "", "const x = await run();")),
        ] {
            assert_eq!(texts(arguments.clone()), expected, "{arguments}");
        }
    }

    #[test]
    fn a_patch_inside_a_script_is_taken_apart() {
        let script = "cd src && apply_patch <<'EOF'\n*** Begin Patch\n*** Update File: f\n@@\n human\n+model\n*** End Patch\nEOF\nmake";
        let expected = [("patch", "model"), ("command", "cd src && apply_patch <<'EOF'\n\nEOF\nmake")];
        let found: Vec<_> =
            texts(json!({"cmd": script})).into_iter().map(|(kind, _, text)| (kind.name(), text)).collect();
        assert_eq!(found, expected.map(|(kind, text)| (kind, text.to_owned())));
    }

    #[test]
    fn calls_that_write_nothing_are_counted_by_tool() {
        let mut taken = Taken::default();
        for arguments in [json!({"pattern": "x", "path": "src"}), json!({"todos": []}), json!("{\"cut"), json!(7)] {
            taken.run(|found| take("Grep", &arguments, &Origin::of("t"), found));
        }
        assert_eq!((taken.texts.len(), taken.tally.calls_without_text["Grep"]), (0, 4));
    }

    #[test]
    fn every_edit_of_a_list_is_taken() {
        let edits = json!({"file_path": "f", "edits": [{"old_string": "a", "new_string": "b"}, {"old_string": "c", "new_string": "c"}]});
        assert_eq!(texts(edits), one(Kind::Edit, "f", "b"));
    }
}

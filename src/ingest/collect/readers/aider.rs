//! Aider: `.aider.chat.history.md` in the folder of a repository.
//!
//! Lines that begin with `#### ` are a person's, those that begin with `> ` the program's, `# aider chat started at` begins a
//! session; the rest is the model's, behind a blank line: only the first line of what the program says is marked, and lines
//! that follow it at once (a map of the repository, say) are its too. The model's SEARCH/REPLACE blocks are edits, its diffs are patches. The model is known from the
//! program's banner only.

use super::{Head, Reader, Session};
use crate::ingest::collect::edit::inserted;
use crate::ingest::collect::found::Found;
use crate::ingest::collect::patch::{added_unified, is_unified};
use crate::ingest::collect::search_replace::split;
use crate::ingest::collect::times::from_text;
use crate::ingest::collect::written::{Kind, Origin};

const START: &str = "# aider chat started at ";

pub(super) struct Aider;

impl Reader for Aider {
    fn name(&self) -> &'static str {
        "aider"
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let marks = [START, "> Aider v", "> Tokens: "];
        head.any_line(|line| marks.iter().any(|mark| line.starts_with(mark)))
    }

    fn session(&self, _name: &str) -> Box<dyn Session> {
        Box::new(History { origin: Origin::of("aider"), message: String::new(), speaker: Speaker::Model })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Speaker {
    Model,
    /// The program, a line ago.
    Program,
    /// The program, in lines that are not marked.
    ProgramStill,
}

struct History {
    speaker: Speaker,
    origin: Origin,
    /// What the model has said since somebody else spoke.
    message: String,
}

impl Session for History {
    fn line(&mut self, line: &str, found: &mut Found<'_>) {
        if let Some(started) = line.strip_prefix(START) {
            self.end_message(Speaker::Model, found);
            let timestamp = from_text(started);
            self.origin = Origin { session: started.trim().to_owned(), timestamp, ..Origin::of("aider") };
        } else if let Some(said) = line.strip_prefix("> ") {
            self.end_message(Speaker::Program, found);
            self.banner(said.trim(), found);
        } else if line.starts_with("####") {
            self.end_message(Speaker::Model, found);
        } else {
            self.speaker = match self.speaker {
                Speaker::Program if line.trim().is_empty() => Speaker::Model,
                Speaker::Program => Speaker::ProgramStill,
                speaker => speaker,
            };
            if self.speaker == Speaker::Model {
                self.message.push_str(line);
                self.message.push('\n');
            }
        }
    }

    fn finish(&mut self, found: &mut Found<'_>) {
        self.end_message(Speaker::Model, found);
    }
}

impl History {
    /// `Aider v0.47.2`, `Models: claude-3-5-sonnet-20240620 with diff edit format, weak model ...`
    fn banner(&mut self, said: &str, found: &mut Found<'_>) {
        if let Some(version) = said.strip_prefix("Aider v") {
            version.clone_into(&mut self.origin.tool_version);
            found.version(version);
        }
        let model = ["Models: ", "Model: ", "Main model: "].iter().find_map(|mark| said.strip_prefix(mark));
        if let Some(model) = model.and_then(|rest| rest.split([' ', ',']).next()) {
            model.clone_into(&mut self.origin.model);
            self.origin.vendor.clear();
            self.origin.settle_vendor("");
        }
    }

    fn end_message(&mut self, next: Speaker, found: &mut Found<'_>) {
        self.speaker = next;
        let message = std::mem::take(&mut self.message);
        if message.trim().is_empty() {
            return;
        }
        let (prose, blocks) = split(&message);
        let (prose, diffs) = without_diffs(&prose);
        found.text(&self.origin, Kind::Chat, "", prose.trim_matches('\n'));
        for block in blocks {
            found.edited(&block.search, &block.replace);
            found.text(&self.origin, Kind::Edit, &block.path, &inserted(&block.search, &block.replace));
        }
        for file in diffs.iter().flat_map(|diff| added_unified(diff)) {
            found.text(&self.origin, Kind::Patch, &file.path, &file.text);
        }
    }
}

/// A text without its fenced unified diffs, and these: they hold lines of the file as it was.
fn without_diffs(text: &str) -> (String, Vec<String>) {
    let (mut prose, mut diffs) = (Vec::new(), Vec::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim_end() != "```diff" {
            prose.push(line);
            continue;
        }
        let block: Vec<&str> = lines.by_ref().take_while(|line| line.trim_end() != "```").collect();
        let diff = block.join("\n");
        if is_unified(&diff) {
            diffs.push(diff);
        } else {
            prose.extend([&[line][..], &block, &["```"]].concat());
        }
    }
    (prose.join("\n"), diffs)
}

#[cfg(test)]
mod tests {
    use crate::ingest::collect::readers::testing::fixture;

    #[test]
    fn the_models_words_and_edits_are_taken() {
        let taken = fixture("aider.md");
        assert_eq!(taken.format, Some("aider"));
        let expected = [
            ("chat", "I'll count only the lines with content:\n\n\nBlank lines no longer count."),
            ("edit", "            if not line.strip():  # nothing on it\n                continue"),
            ("chat", "As a diff:\n\n\nThat is all."),
            ("patch", "    print(\"a line of the model\")"),
        ];
        assert_eq!(taken.pairs(), expected);
        let edit = &taken.texts[1];
        assert_eq!(
            (edit.path.as_str(), edit.origin.model.as_str()),
            ("scripts/blame.py", "claude-3-5-sonnet-20240620")
        );
        assert_eq!((edit.origin.vendor.as_str(), edit.origin.tool_version.as_str()), ("anthropic", "0.47.2-dev"));
        assert_eq!(edit.origin.timestamp, "2024-08-06T10:27:06");
        assert_eq!(taken.texts[3].path, "b.py");
    }
}

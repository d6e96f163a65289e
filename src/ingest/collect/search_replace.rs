//! SEARCH/REPLACE blocks in an assistant's text, as Aider and Cline ask their models for.
//!
//! ````text
//! src/main.rs
//! ```rust
//! <<<<<<< SEARCH
//! what stands there
//! =======
//! what shall stand there
//! >>>>>>> REPLACE
//! ```
//! ````

/// One block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// The file named before the block; empty if none is.
    pub(super) path: String,
    pub(super) search: String,
    pub(super) replace: String,
}

/// The blocks of a text, and the text without them, their fences and the names of their files.
pub(super) fn split(text: &str) -> (String, Vec<Block>) {
    let (mut prose, mut blocks): (Vec<&str>, Vec<Block>) = (Vec::new(), Vec::new());
    let mut lines = text.lines();
    let mut path = String::new();
    while let Some(line) = lines.next() {
        if !is_start(line) {
            let closes = line.trim_start().starts_with("```") && prose.last() == Some(&TAKEN);
            if !closes {
                prose.push(line);
            }
            continue;
        }
        if let Some(named) = take_path(&mut prose) {
            path = named;
        }
        let (mut search, mut replace, mut behind, mut complete) = (String::new(), String::new(), false, false);
        for line in lines.by_ref() {
            if is_end(line) {
                complete = true;
                break;
            }
            if !behind && is_middle(line) {
                behind = true;
                continue;
            }
            let side = if behind { &mut replace } else { &mut search };
            side.push_str(line);
            side.push('\n');
        }
        // Without its end, what stands in the second half may be no longer the file's text.
        if complete || behind {
            blocks.push(Block { path: path.clone(), search, replace });
        }
        prose.push(TAKEN);
    }
    prose.retain(|line| *line != TAKEN);
    (prose.join("\n"), blocks)
}

/// Stands for a block in the lines of prose; no line has a line feed.
const TAKEN: &str = "\n";

fn is_start(line: &str) -> bool {
    let rest = line.trim_start_matches(['<', '-']);
    (5..=10).contains(&(line.len() - rest.len())) && rest.trim().trim_end_matches('>') == "SEARCH"
}

fn is_middle(line: &str) -> bool {
    let line = line.trim_end();
    (5..=10).contains(&line.len()) && line.bytes().all(|byte| byte == b'=')
}

fn is_end(line: &str) -> bool {
    let rest = line.trim_start_matches(['>', '+']);
    (5..=10).contains(&(line.len() - rest.len())) && rest.trim().trim_end_matches('<') == "REPLACE"
}

/// Takes the opening fence and the name of the file off the end of the prose.
fn take_path(prose: &mut Vec<&str>) -> Option<String> {
    if !prose.last().is_some_and(|line| line.trim_start().starts_with("```")) {
        return None;
    }
    prose.pop();
    let named = prose.last().map(|line| line.trim().trim_matches(['*', '`', ':']))?;
    let is_path = !named.is_empty() && !named.contains(char::is_whitespace) && named.contains(['.', '/']);
    is_path.then(|| {
        let named = named.to_owned();
        prose.pop();
        named
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_out_with_their_paths_and_the_prose_stays() {
        let text =
            "I change it:\n\nsrc/a.py\n```python\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n```\n\nDone.\n";
        let (prose, blocks) = split(text);
        assert_eq!(prose, "I change it:\n\n\nDone.");
        let block = Block { path: "src/a.py".to_owned(), search: "old\n".to_owned(), replace: "new\n".to_owned() };
        assert_eq!(blocks, [block]);
    }

    #[test]
    fn other_marks_and_several_blocks_in_a_fence() {
        let text = "a.js\n```\n------- SEARCH\n1\n=======\n2\n+++++++ REPLACE\n------- SEARCH\n3\n=======\n4\n+++++++ REPLACE\n```\nEnd";
        let (prose, blocks) = split(text);
        assert_eq!(prose, "End");
        let found: Vec<_> = blocks.iter().map(|b| (b.path.as_str(), b.search.as_str(), b.replace.as_str())).collect();
        assert_eq!(found, [("a.js", "1\n", "2\n"), ("a.js", "3\n", "4\n")]);
    }

    #[test]
    fn a_block_that_was_cut_off_in_its_search_is_nobodys() {
        let (prose, blocks) = split("a.js\n```\n<<<<<<< SEARCH\nhuman text");
        assert_eq!((prose.as_str(), blocks.len()), ("", 0));
        let plain = "Heading\n=======\n\ntext\n```sh\nls\n```";
        assert_eq!(split(plain), (plain.to_owned(), Vec::new()));
    }
}

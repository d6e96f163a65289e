//! Just enough reading of Rust: what is code, and which paths it names.
//!
//! 1. [`blank`] overwrites comments, strings and character literals with spaces; lines stay where they were.
//! 2. [`without_tests`] does the same to items under `#[cfg(test)]`.
//! 3. [`paths`] lists every path with its line, groups taken apart: `a::{b, c}` is `a::b` and `a::c`.

/// The source with everything that is not code replaced by spaces.
pub(crate) fn blank(source: &str) -> String {
    let ascii: String = source.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
    let (mut rest, mut out) = (ascii.as_str(), String::new());
    while let Some(c) = rest.chars().next() {
        let in_word = out.ends_with(is_word);
        let length = match c {
            '/' => comment(rest),
            '"' => string(rest),
            '\'' => character(rest),
            'r' | 'b' | 'c' if !in_word => raw_string(rest),
            _ => 0,
        };
        let (head, tail) = rest.split_at(length.max(1));
        if length == 0 {
            out.push_str(head)
        } else {
            erase(head, &mut out)
        }
        rest = tail;
    }
    out
}

fn erase(text: &str, out: &mut String) {
    out.extend(text.chars().map(|c| if c == '\n' { c } else { ' ' }));
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the comment that `text` begins with; 0 if it begins with none. So for the next three.
fn comment(text: &str) -> usize {
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if !text.starts_with("/*") {
        return 0;
    }
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = text.split_at(at).1;
        let (step, change) = if rest.starts_with("/*") {
            (2, 1)
        } else if rest.starts_with("*/") {
            (2, -1)
        } else {
            (1, 0)
        };
        depth += change;
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// A lone quote is a lifetime.
fn character(text: &str) -> usize {
    if text.starts_with("'\\") {
        let rest = text.split_at(text.len().min(3)).1;
        return rest.find('\'').map_or(text.len(), |at| at + 4);
    }
    if text.chars().nth(2) == Some('\'') { 3 } else { 0 }
}

fn raw_string(text: &str) -> usize {
    let Some(body) = ["r", "br", "cr"].iter().find_map(|start| text.strip_prefix(start)) else { return 0 };
    let open = body.trim_start_matches('#');
    let Some(inside) = open.strip_prefix('"') else { return 0 };
    let close = format!("\"{}", "#".repeat(body.len() - open.len()));
    let length = inside.find(&close).map_or(inside.len(), |at| at + close.len());
    text.len() - inside.len() + length
}

/// The code with each item under `#[cfg(test)]` replaced by spaces. Takes blanked code.
pub(crate) fn without_tests(code: &str) -> String {
    let (mut rest, mut out) = (code, String::new());
    while let Some(at) = rest.find("#[cfg(test)]").into_iter().chain(rest.find("#[cfg(all(test")).min() {
        let (before, item) = rest.split_at(at);
        out.push_str(before);
        let (item, after) = item.split_at(item_length(item));
        erase(item, &mut out);
        rest = after;
    }
    out + rest
}

/// The modules that stand in files of their own and are under `#[cfg(test)]`. Takes blanked code.
pub(crate) fn test_modules(code: &str) -> Vec<String> {
    let items = code.split("#[cfg(test)]").skip(1).map(|after| after.split_at(item_length(after)).0.trim());
    items.filter_map(|item| Some(item.strip_prefix("mod ")?.strip_suffix(';')?.to_owned())).collect()
}

/// To the `;` or the closing brace that ends the item.
fn item_length(item: &str) -> usize {
    let mut depth = 0;
    for (at, c) in item.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 && matches!(c, ';' | '}') {
            return at + 1;
        }
    }
    item.len()
}

/// Every path in blanked code, with its line; a single name is a path too, and a macro keeps its `!`.
pub(crate) fn paths(code: &str) -> Vec<(usize, String)> {
    let mut reader = Reader { rest: code, line: 1, found: Vec::new() };
    let mut before = ' ';
    while let Some(c) = reader.rest.chars().next() {
        if is_word(c) && !c.is_ascii_digit() && !matches!(before, '.' | ':' | '\'') {
            reader.tree("");
            before = ' ';
        } else if is_word(c) {
            reader.word();
            before = ' ';
        } else {
            // `a: b` is no path, `::b` goes on one.
            before = if c == ' ' && before == ':' { ' ' } else { c };
            reader.step(c.len_utf8());
        }
    }
    reader.found
}

/// The paths of the one `use` tree that the code begins with.
pub(crate) fn tree(code: &str) -> Vec<String> {
    let mut reader = Reader { rest: code, line: 1, found: Vec::new() };
    reader.tree("");
    reader.found.into_iter().map(|(_, path)| path).collect()
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    found: Vec<(usize, String)>,
}

impl<'a> Reader<'a> {
    fn step(&mut self, length: usize) -> &'a str {
        let (head, tail) = self.rest.split_at(length);
        self.line += head.matches('\n').count();
        self.rest = tail;
        head
    }

    fn spaces(&mut self) {
        self.step(self.rest.len() - self.rest.trim_start().len());
    }

    fn word(&mut self) -> &'a str {
        self.step(self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len()))
    }

    fn eat(&mut self, what: &str) -> bool {
        let there = self.rest.starts_with(what);
        self.step(if there { what.len() } else { 0 });
        there
    }

    fn tree(&mut self, prefix: &str) {
        let line = self.line;
        if self.eat("{") {
            return self.group(prefix);
        }
        let name = if self.eat("*") { "*" } else { self.word() };
        let path = format!("{prefix}{name}");
        if self.rest.starts_with("::") && !self.rest.starts_with("::<") {
            self.step(2);
            return self.tree(&format!("{path}::"));
        }
        let mark = if self.rest.starts_with('!') && !self.rest.starts_with("!=") { "!" } else { "" };
        self.found.push((line, format!("{path}{mark}")));
    }

    fn group(&mut self, prefix: &str) {
        loop {
            self.spaces();
            if self.rest.is_empty() || self.eat("}") {
                return;
            }
            let before = self.rest.len();
            self.tree(prefix);
            self.spaces();
            if self.eat("as ") {
                self.word();
                self.spaces();
            }
            if !self.eat(",") && before == self.rest.len() {
                self.step(1);
            }
        }
    }
}

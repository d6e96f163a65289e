//! What README.md and docs/ show of the command line is what it does.
//!
//! 1. Every ```` ```console ```` block of a document is run, in order, in one new folder with a copy of `fixtures/` in it and the
//!    binary first on the path as `ringfence`; `cargo run --release --` means the same binary.
//! 2. A line that begins with `$ ` is a command for bash; lines that begin with `> ` go on with it. It must end with 0: a command
//!    that is to fail is followed by `; echo "exit code $?"`.
//! 3. The lines up to the next command must be what it printed on both streams. Times and speeds may differ; a line `...` stands
//!    for any lines, `[..]` for the rest of a line that cannot be known.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A command and what the document says that it prints.
#[derive(Debug, Default, PartialEq)]
struct Step {
    line: usize,
    command: String,
    shown: Vec<String>,
}

#[test]
fn the_console_blocks_of_the_readme_do_what_they_show() {
    run("README.md", 5);
}

#[test]
fn the_console_blocks_of_the_guide_do_what_they_show() {
    run("docs/guide.md", 10);
}

#[test]
fn no_other_document_has_console_blocks_that_nobody_runs() {
    for name in documents("docs").into_iter().chain(["CHANGELOG.md".to_owned(), "fixtures/README.md".to_owned()]) {
        let text = fs::read_to_string(Path::new(ROOT).join(&name)).unwrap();
        assert!(
            name == "docs/guide.md" || steps(&text).is_empty(),
            "{name} has console blocks: run them in tests/readme.rs"
        );
    }
}

/// A block of `sh` is for people: its commands are not run here, but they must be there to be run.
#[test]
fn scripts_that_documents_name_are_there() {
    use std::os::unix::fs::PermissionsExt;
    let mut seen = 0;
    for name in documents("docs").into_iter().chain(["README.md".to_owned()]) {
        let text = fs::read_to_string(Path::new(ROOT).join(&name)).unwrap();
        for command in blocks(&text, "sh").iter().map(|(_, line)| line.split(' ').next().unwrap_or_default()) {
            if command.starts_with("scripts/") {
                let facts = fs::metadata(Path::new(ROOT).join(command)).expect(command);
                assert_ne!(facts.permissions().mode() & 0o111, 0, "{name}: {command} cannot be run");
                seen += 1;
            }
        }
    }
    assert!(seen > 0, "no document names a script");
}

fn documents(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(Path::new(ROOT).join(folder)).unwrap();
    let names = entries.map(|entry| format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap()));
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".md")).collect();
    names.sort();
    names
}

fn run(document: &str, least: usize) {
    let text = fs::read_to_string(Path::new(ROOT).join(document)).unwrap();
    let steps = steps(&text);
    assert!(steps.len() >= least, "{document} has only {} commands", steps.len());
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(ROOT).join("fixtures"), &folder.path().join("fixtures"));
    let mut faults = Vec::new();
    for step in steps {
        let (printed, ended_well) = execute(&step.command, folder.path());
        if !ended_well {
            faults.push(format!("{document}:{}: failed: {}\n{printed}", step.line, step.command));
        } else if !fits(&step.shown, &printed.lines().collect::<Vec<_>>()) {
            let shown = step.shown.join("\n");
            faults
                .push(format!("{document}:{}: {}\n-- shown\n{shown}\n-- printed\n{printed}", step.line, step.command));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n\n"));
}

fn execute(command: &str, folder: &Path) -> (String, bool) {
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_ringfence"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let command = command.replace("cargo run --release --", "ringfence");
    let script = format!("exec 2>&1\n{command}");
    let mut bash = Command::new("bash");
    bash.args(["-o", "pipefail", "-c", &script]).current_dir(folder).env("PATH", path).stdin(Stdio::null());
    let output = bash.output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.success())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

/// The lines inside the blocks of a language, with their numbers from 1.
fn blocks<'a>(document: &'a str, language: &str) -> Vec<(usize, &'a str)> {
    let mut inside = None;
    let mut lines = Vec::new();
    for (number, line) in document.lines().enumerate() {
        match (line.strip_prefix("```"), inside) {
            (Some(opened), None) => inside = Some(opened),
            (Some(_), Some(_)) => inside = None,
            (None, Some(opened)) if opened == language => lines.push((number + 1, line)),
            _ => {}
        }
    }
    lines
}

fn steps(document: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (number, line) in blocks(document, "console") {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => {
                steps.push(Step { line: number, command: command.to_owned(), shown: Vec::new() });
            }
            (None, Some(step)) => match line.strip_prefix("> ") {
                Some(more) if step.shown.is_empty() => step.command += &format!("\n{more}"),
                _ => step.shown.push(line.to_owned()),
            },
            (None, None) => panic!("line {number}: a console block begins with a command"),
        }
    }
    // Blank lines between blocks and at the end of an output mean nothing.
    for step in &mut steps {
        while step.shown.last().is_some_and(|line| line.trim().is_empty()) {
            step.shown.pop();
        }
    }
    steps
}

fn fits(shown: &[String], printed: &[&str]) -> bool {
    let printed = match printed {
        [rest @ .., last] if last.trim().is_empty() => return fits(shown, rest),
        all => all,
    };
    match shown.split_first() {
        None => printed.is_empty(),
        Some((elided, rest)) if elided == "..." => (0..=printed.len()).any(|at| fits(rest, &printed[at..])),
        Some((line, rest)) => {
            printed.split_first().is_some_and(|(first, after)| line_fits(line, first) && fits(rest, after))
        }
    }
}

fn line_fits(shown: &str, printed: &str) -> bool {
    let (shown, printed) = (without_speed(shown), without_speed(printed));
    let mut parts = shown.trim_end().split("[..]");
    let Some(mut rest) = parts.next().and_then(|start| printed.trim_end().strip_prefix(start)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((end, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(end)
}

/// `0.0 s, 53.2 MB/s` at the end of a line becomes `[time], [speed]`: both differ from run to run.
fn without_speed(line: &str) -> String {
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    let words: Vec<&str> = line.split(' ').collect();
    if let [start @ .., seconds, "s,", speed, unit] = &words[..]
        && is_number(seconds)
        && is_number(speed)
        && ["B/s", "kB/s", "MB/s", "GB/s"].contains(unit)
    {
        return format!("{} [time], [speed]", start.join(" "));
    }
    line.to_owned()
}

#[test]
fn commands_and_their_output_are_told_apart() {
    let document = "```sh\n$ not this\n```\ntext\n```console\n$ a \\\n> b\nout\n\nmore\n\n$ c\n```\n";
    let step = |line, command: &str, shown: &[&str]| Step {
        line,
        command: command.to_owned(),
        shown: shown.iter().map(|&line| line.to_owned()).collect(),
    };
    assert_eq!(steps(document), [step(6, "a \\\nb", &["out", "", "more"]), step(12, "c", &[])]);
}

#[test]
fn only_what_may_differ_may_differ() {
    let fits = |shown: &str, printed: &str| {
        fits(&shown.lines().map(str::to_owned).collect::<Vec<_>>(), &printed.lines().collect::<Vec<_>>())
    };
    for (shown, printed) in [
        ("a\nb", "a\nb\n"),
        ("read 1.5 MB, 0.0 s, 74.1 MB/s", "read 1.5 MB, 12.3 s, 1.0 kB/s"),
        ("a\n...\nd", "a\nb\nc\nd"),
        ("a\n...", "a"),
        ("id [..], path [..]x", "id 17, path /a/bx"),
    ] {
        assert!(fits(shown, printed), "{shown:?} {printed:?}");
    }
    for (shown, printed) in [
        ("a", "a\nb"),
        ("a\nb", "a"),
        ("read 1.5 MB, 0.0 s, 74.1 MB/s", "read 1.6 MB, 0.0 s, 74.1 MB/s"),
        ("read 0.0 s, 74.1 MB/s", "read 0.0 s, fast MB/s"),
        ("a\n...\nd", "a\nb\nc"),
        ("id [..]x", "id 17"),
        ("", "a"),
    ] {
        assert!(!fits(shown, printed), "{shown:?} {printed:?}");
    }
}

#[test]
fn a_command_that_fails_or_prints_something_else_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(execute("echo out; echo err >&2", folder.path()), ("out\nerr\n".to_owned(), true));
    assert!(!execute("ringfence scan --out x missing --index none", folder.path()).1);
    assert!(execute("cargo run --release -- --version", folder.path()).0.starts_with("ringfence "));
}

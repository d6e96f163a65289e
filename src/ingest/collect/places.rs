//! Where the assistants of this machine keep their logs.

use serde::Serialize;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A folder that an assistant keeps logs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The assistant.
    pub tool: &'static str,
    /// The folder.
    pub folder: PathBuf,
    /// Whether it is there.
    pub exists: bool,
}

/// The usual folders of all known assistants. Aider and SpecStory keep their logs in the folders that people work in: these must
/// be named.
#[must_use]
pub fn places() -> Vec<Place> {
    let mut places = of(&|name| env::var_os(name), env::home_dir());
    for place in &mut places {
        place.exists = place.folder.is_dir();
    }
    places
}

/// The same for an environment; the variables are those that the assistants document.
fn of(variable: &dyn Fn(&str) -> Option<OsString>, home: Option<PathBuf>) -> Vec<Place> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = home.unwrap_or_default();
    let config = set("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
    let data = set("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local/share"));
    let mut folders: Vec<(&'static str, PathBuf)> = Vec::new();
    let named = set("CLAUDE_CONFIG_DIR")
        .map(|list| list.to_string_lossy().split(',').map(|one| PathBuf::from(one.trim())).collect());
    let claude: Vec<PathBuf> = named.unwrap_or_else(|| vec![home.join(".claude"), config.join("claude")]);
    folders.extend(claude.into_iter().map(|folder| ("claude-code", folder.join("projects"))));
    let codex = set("CODEX_HOME").unwrap_or_else(|| home.join(".codex"));
    folders.extend(["sessions", "archived_sessions"].map(|name| ("codex", codex.join(name))));
    folders.push(("gemini-cli", home.join(".gemini/tmp")));
    let copilot = set("COPILOT_HOME").unwrap_or_else(|| home.join(".copilot"));
    folders.extend(["session-state", "history-session-state"].map(|name| ("copilot-cli", copilot.join(name))));
    folders.push(("pi", set("PI_CODING_AGENT_DIR").unwrap_or_else(|| home.join(".pi/agent")).join("sessions")));
    folders.push(("continue", set("CONTINUE_GLOBAL_DIR").unwrap_or_else(|| home.join(".continue")).join("sessions")));
    folders.push(("opencode", data.join("opencode/storage")));
    folders.push(("cline", home.join(".cline/data/tasks")));
    let editors = [&config, &home.join("Library/Application Support")].map(|folder| folder.join("Code/User"));
    for user in editors.iter().chain(&[home.join(".vscode-server/data/User")]) {
        let storage = user.join("globalStorage");
        folders.push(("cline", storage.join("saoudrizwan.claude-dev/tasks")));
        folders.push(("copilot-chat", storage.join("emptyWindowChatSessions")));
        folders.extend(workspaces(&user.join("workspaceStorage")).map(|folder| ("copilot-chat", folder)));
    }
    folders.into_iter().map(|(tool, folder)| Place { tool, folder, exists: false }).collect()
}

/// The chats of each workspace of an editor.
fn workspaces(storage: &Path) -> impl Iterator<Item = PathBuf> {
    let mut found: Vec<PathBuf> =
        storage.read_dir().into_iter().flatten().flatten().map(|entry| entry.path().join("chatSessions")).collect();
    found.retain(|folder| folder.is_dir());
    found.sort();
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(tool: &str, variables: &[(&str, &str)]) -> Vec<String> {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
        let places = of(&variable, Some(PathBuf::from("/h")));
        places.into_iter().filter(|place| place.tool == tool).map(|place| place.folder.display().to_string()).collect()
    }

    #[test]
    fn the_environment_moves_folders() {
        assert_eq!(folders("claude-code", &[]), ["/h/.claude/projects", "/h/.config/claude/projects"]);
        assert_eq!(folders("claude-code", &[("CLAUDE_CONFIG_DIR", "/a, /b")]), ["/a/projects", "/b/projects"]);
        assert_eq!(folders("codex", &[]), ["/h/.codex/sessions", "/h/.codex/archived_sessions"]);
        assert_eq!(folders("codex", &[("CODEX_HOME", "/c")]), ["/c/sessions", "/c/archived_sessions"]);
        assert_eq!(folders("opencode", &[("XDG_DATA_HOME", "/d")]), ["/d/opencode/storage"]);
    }
}

//! The one error type: which path, what was expected, what was found, what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why something could not be done, in words that let a person act.
#[derive(Debug)]
pub enum Error {
    /// The operating system refused an operation on a path.
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was being done, as a verb: `open`, `read`, `rename`.
        action: &'static str,
        /// The system's own reason.
        source: io::Error,
    },
    /// A file was read, but it does not hold what it should.
    Content {
        /// The file.
        path: PathBuf,
        /// Where in the file: `row group 3`, `line 17`, `header`; empty for the file as a whole.
        place: String,
        /// What a good file would hold there.
        expected: String,
        /// What was there instead.
        found: String,
        /// What the reader of this message can do.
        help: String,
    },
    /// A request that cannot be carried out as asked.
    Request {
        /// What is wrong with the request.
        problem: String,
        /// What the reader of this message can do.
        help: String,
    },
}

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// For `map_err` on I/O: `File::open(p).map_err(Error::io("open", p))`.
    pub fn io(action: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io { path, action, source }
    }

    /// A file whose content is not as it should be; add [`Error::at`] and [`Error::help`] where they are known.
    pub fn content(path: impl AsRef<Path>, expected: impl Into<String>, found: impl fmt::Display) -> Self {
        Self::Content {
            path: path.as_ref().to_path_buf(),
            place: String::new(),
            expected: expected.into(),
            found: found.to_string(),
            help: String::new(),
        }
    }

    /// A request that cannot be carried out.
    pub fn request(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Request { problem: problem.into(), help: help.into() }
    }

    /// The same error with the place inside the file.
    #[must_use]
    pub fn at(mut self, at: impl Into<String>) -> Self {
        if let Self::Content { place, .. } = &mut self {
            *place = at.into();
        }
        self
    }

    /// The same error with advice.
    #[must_use]
    pub fn help(mut self, advice: impl Into<String>) -> Self {
        match &mut self {
            Self::Content { help, .. } | Self::Request { help, .. } => *help = advice.into(),
            Self::Io { .. } => {}
        }
        self
    }

    /// What the reader can do, if anything is known.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        match self {
            Self::Content { help, .. } | Self::Request { help, .. } if !help.is_empty() => Some(help),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, action, source } => write!(f, "{}: cannot {action}: {source}", path.display()),
            Self::Content { path, place, expected, found, .. } => {
                write!(f, "{}: ", path.display())?;
                if !place.is_empty() {
                    write!(f, "{place}: ")?;
                }
                write!(f, "expected {expected}, found {found}")
            }
            Self::Request { problem, .. } => f.write_str(problem),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

//! How a command ended, as its client is told on the error stream.

use serde_json::{Value, json};

/// The end of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    Exit(u8),
    /// It has no exit code: it never ran, or was cut off.
    Error(String),
}

impl Ending {
    /// From the fourth protocol on: an object.
    pub fn object(&self) -> Value {
        let (reason, cause) = match self {
            Self::Exit(0) => return json!({ "metadata": {}, "status": "Success" }),
            Self::Exit(code) => {
                ("NonZeroExitCode", json!({ "reason": "ExitCode", "message": code.to_string() }))
            }
            Self::Error(message) => ("InternalError", json!({ "message": message })),
        };
        json!({
            "metadata": {},
            "status": "Failure",
            "message": self.message(),
            "reason": reason,
            "details": { "causes": [cause] },
        })
    }

    /// Before: words, and none for success.
    pub fn message(&self) -> String {
        match self {
            Self::Exit(0) => String::new(),
            Self::Exit(code) => {
                format!("command terminated with non-zero exit code: exit status {code}")
            }
            Self::Error(message) => message.clone(),
        }
    }
}

//! Lua scripts.

/// A script's source and the name Redis knows it by.
#[derive(Debug, Clone)]
pub struct Script {
    source: &'static str,
    sha1: String,
}

impl Script {
    /// Takes the source as it will be sent.
    pub fn new(source: &'static str) -> Self {
        Self {
            source,
            sha1: fred::util::sha1_hash(source),
        }
    }

    /// Its source.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// The hash that `EVALSHA` takes.
    pub fn sha1(&self) -> &str {
        &self.sha1
    }
}

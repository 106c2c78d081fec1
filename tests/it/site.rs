//! A folder with a store in which commands are run as an operator runs them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A store with the demonstration's partners, providers and claims, in a folder of its own.
pub(crate) struct Site {
    folder: tempfile::TempDir,
    has_settings: bool,
}

impl Site {
    /// With these settings, or the defaults.
    pub(crate) fn new(settings: Option<&str>) -> Site {
        let folder = tempfile::tempdir().unwrap();
        let site = Site { folder, has_settings: settings.is_some() };
        if let Some(settings) = settings {
            fs::write(site.path("server.toml"), settings).unwrap();
        }
        site.succeed(&["store", "load", "--demo"]);
        site
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Runs a command on the store.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_x12gate"));
        command.args(args).current_dir(self.folder.path());
        command.env("X12GATE_STORE", self.path("store.db"));
        match self.has_settings {
            true => command.env("X12GATE_CONFIG", self.path("server.toml")),
            false => command.env_remove("X12GATE_CONFIG"),
        };
        command.output().unwrap()
    }

    /// What a command prints that does what it was asked for.
    pub(crate) fn succeed(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command says that refuses, and prints nothing.
    pub(crate) fn refuse(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    }

    /// What a command prints as JSON, line by line.
    pub(crate) fn json(&self, args: &[&str]) -> Vec<Value> {
        let said = self.succeed(&[args, &["--format", "json"]].concat());
        said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

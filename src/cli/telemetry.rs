//! The log and the panic hook. What is logged is decided where it happens; this module decides how it is written.
//!
//! Ids, counts, codes and control numbers are logged, message text never: an interchange is one wide event
//! (`gateway`), and a panic says where it happened but not with what.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use x12gate::config::{Log, LogFormat};

/// Sends events to standard error in the form that `log` sets. The first call wins; later ones change nothing.
pub(super) fn start(log: &Log) {
    let filter = EnvFilter::try_new(&log.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let base = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(BoxMakeWriter::new(std::io::stderr))
        // A line that cannot be written is lost, and nothing else: telling so on standard error fails in the same way.
        .log_internal_errors(false)
        .with_target(false);
    let started = match log.format {
        LogFormat::Json => base.json().flatten_event(true).try_init(),
        LogFormat::Text => base.with_ansi(std::io::stderr().is_terminal()).try_init(),
    };
    // A subscriber, of a test perhaps, is already installed: it stays.
    drop(started);
    install_panic_hook();
}

/// Replaces the panic message, which may quote a value, by its place.
pub(super) fn install_panic_hook() {
    std::panic::set_hook(Box::new(|panic| {
        let (file, line) = panic.location().map_or(("?", 0), |at| (at.file(), at.line()));
        tracing::error!(file, line, "internal error: a task panicked");
    }));
}

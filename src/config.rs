//! Settings, read from TOML; every knob is documented in `config/server.toml`.

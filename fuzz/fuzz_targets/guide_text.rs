//! Any text is a guide, an overlay, codes or editions, or an error with a line; never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use x12gate::guide::Registry;

fuzz_target!(|data: &str| {
    let _ = Registry::new().add_text("fuzz", data);
});

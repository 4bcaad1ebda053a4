//! Gives what libFuzzer makes up to one parser, which `FUZZ_TARGET` names.

#![no_main]

#[path = "../targets.rs"]
mod targets;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    targets::named(&name).unwrap_or_else(|| panic!("FUZZ_TARGET is none of the parsers: {name:?}"))
});

fuzz_target!(|bytes: &[u8]| TARGET(bytes));

//! The target `imports`. Knows nothing of what it does; see `tests/fuzz/targets.rs`.
#![no_main]

#[path = "../../tests/fuzz/targets.rs"]
#[expect(dead_code, reason = "each program drives one of them")]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::imports(data));

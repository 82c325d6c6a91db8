//! How the program is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |of: &str, what: &str| std::env::var_os(of).is_some_and(|value| value == what);
    // Where its own addresses are to be put in, as 21 kB instead of 2 MB. glibc reads that from 2.36 on, which Debian 12 has.
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

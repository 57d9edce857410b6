//! Finds the official schemas and the captured messages that tests hold ours against. They are not ours to hand on and lie beside
//! the repository, or where `CITY_SHARED` says. Where they are not, those tests are ignored, and counted as such.

use std::path::PathBuf;

fn main() {
    println!("cargo:rustc-check-cfg=cfg(official)");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CITY_SHARED");
    let crates = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var_os("CITY_SHARED").map(PathBuf::from);
    let beside = ["../../shared", "../../../shared"].map(|path| crates.join(path));
    let candidates = named.into_iter().chain(beside);
    let found = candidates.filter(|folder| folder.join("schemas/saml").is_dir());
    if let Some(folder) = found.into_iter().next() {
        println!("cargo:rustc-cfg=official");
        println!("cargo:rustc-env=CITY_SHARED_FOLDER={}", folder.display());
    }
}

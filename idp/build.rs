//! New files are seen by cargo only when their folder is named.

fn main() {
    println!("cargo:rerun-if-changed=locales");
    println!("cargo:rerun-if-changed=templates");
    println!("cargo:rerun-if-changed=../migrations/idp");
}

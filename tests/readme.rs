//! The README's programs are those of `examples/`, as long as it says, and they work.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

fn root(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn the_readme_shows_the_examples_as_they_are() {
    let readme = fs::read_to_string(root("README.md")).unwrap();
    for (name, lines) in [("hello_client", 45), ("hello_server", 40)] {
        let code = fs::read_to_string(root(&format!("examples/{name}.rs"))).unwrap();
        assert!(code.lines().count() < lines, "{name} is longer than it says");
        assert!(readme.contains(&format!("```rust\n{code}```")), "README.md differs from {name}");
    }
}

#[test]
fn the_readmes_client_reads_from_its_server() {
    // This test's own program lies in target/PROFILE/deps, the examples in target/PROFILE/examples.
    let this = std::env::current_exe().unwrap();
    let examples = this.ancestors().nth(2).unwrap().join("examples");
    let mut server = Command::new(examples.join("hello_server"))
        .arg("127.0.0.1:0")
        .stdout(Stdio::piped())
        .spawn()
        .expect("run the whole of `cargo test`, or `cargo build --examples` first");
    let mut first = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let address = first.trim().strip_prefix("listening on ").unwrap();
    let client = Command::new(examples.join("hello_client")).arg(address).output();
    server.kill().unwrap();
    server.wait().unwrap();
    let client = client.unwrap();
    let text = String::from_utf8_lossy(&client.stdout).into_owned();
    assert!(client.status.success(), "{text}");
    assert!(text.contains("this is /hello"), "{text}");
}

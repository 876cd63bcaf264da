//! Every requirement of `requirements.txt` that a test can show is cited by a test.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// How the numbers begin: Draft 1, SPDY/2, SPDY/3 and 3.1, 3.1 alone, Speed+Mobility.
const PREFIXES: [&str; 5] = ["S1-", "S2-", "S3-", "S31-", "SM-"];

/// A file by its path below the root of the repository.
struct File {
    path: String,
    text: String,
}

/// What is wrong with the list, or between it and the files that cite it.
fn faults(list: &str, files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut kept_by = BTreeMap::new();
    for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let fields: Vec<_> = line.splitn(4, '|').map(str::trim).collect();
        let [number, strength, keeper, wording] = fields[..] else {
            faults.push(format!("not four fields: {line}"));
            continue;
        };
        if kept_by.insert(number, keeper).is_some() {
            faults.push(format!("{number} is there twice"));
        }
        let rest = PREFIXES.iter().find_map(|prefix| number.strip_prefix(prefix));
        let strengths: &[_] = match rest.map(str::as_bytes) {
            Some([b'A', b'0'..=b'9', b'0'..=b'9']) => &["DECIDED"],
            Some([b'0'..=b'9', b'0'..=b'9', b'0'..=b'9']) => {
                &["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"]
            }
            _ => {
                faults.push(format!("{number} is no number"));
                continue;
            }
        };
        if !strengths.contains(&strength) {
            faults.push(format!("{number} has the strength {strength}"));
        }
        if !["test", "application"].contains(&keeper) {
            faults.push(format!("{number} is kept by {keeper}"));
        }
        if wording.is_empty() {
            faults.push(format!("{number} has no wording"));
        }
    }

    let mut cited = BTreeSet::new();
    for file in files {
        for number in citations(&file.text) {
            if !kept_by.contains_key(number) {
                faults.push(format!("{} cites {number}, which is not listed", file.path));
            }
        }
        cited.extend(test_parts(file).flat_map(citations));
    }
    let uncited =
        kept_by.iter().filter(|&(number, keeper)| *keeper == "test" && !cited.contains(number));
    faults.extend(uncited.map(|(number, _)| format!("{number} is cited by no test")));
    faults
}

/// The numbers in a text, well-formed or not; the `nnn` of a pattern is none.
fn citations(text: &str) -> impl Iterator<Item = &str> {
    let is_end = |c: char| !c.is_ascii_alphanumeric();
    let numbers = PREFIXES.iter().flat_map(move |prefix| {
        text.match_indices(prefix).map(move |(start, _)| {
            let rest = &text[start..];
            let len = rest[prefix.len()..].find(is_end).unwrap_or(rest.len() - prefix.len());
            &rest[..prefix.len() + len]
        })
    });
    numbers.filter(|number| !number.ends_with(|c: char| c.is_ascii_lowercase()))
}

/// The lines of a file in which a citation says that something is tested: in Rust the comments
/// that document nothing, and in `src` only those of the unit tests.
fn test_parts(file: &File) -> impl Iterator<Item = &str> {
    let (folder, name) = file.path.rsplit_once('/').unwrap_or_default();
    let (stem, extension) = name.rsplit_once('.').unwrap_or_default();
    let inline = || file.text.find("\nmod tests {").map(|start| &file.text[start..]);
    let part = match (folder.split('/').next(), extension) {
        (Some("src"), "rs") if stem != "tests" => inline().unwrap_or_default(),
        (Some("src"), "rs") | (Some("testvectors"), "txt") => &file.text,
        (Some("tests"), "rs") if folder != "tests/common" => &file.text,
        (Some("tests"), "py") if stem.starts_with("test_") => &file.text,
        _ => "",
    };
    part.lines().filter_map(move |line| {
        if extension != "rs" {
            return Some(line);
        }
        let (_, comment) = line.split_once("//")?;
        (!comment.starts_with(['/', '!'])).then_some(comment)
    })
}

/// The files below a folder that may cite a requirement.
fn read(folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, files);
            continue;
        }
        let text_files = ["rs", "py", "txt"].map(|extension| Some(extension.as_ref()));
        let is_this = path.ends_with("tests/requirements.rs");
        let is_list = path.ends_with("tests/requirements.txt");
        if text_files.contains(&path.extension()) && !is_this && !is_list {
            let parts = path.strip_prefix(ROOT).unwrap().iter();
            let path_text = parts.map(|part| part.to_str().unwrap()).collect::<Vec<_>>().join("/");
            files.push(File { path: path_text, text: fs::read_to_string(&path).unwrap() });
        }
    }
}

#[test]
fn every_requirement_is_cited_by_a_test() {
    let root = Path::new(ROOT);
    let list = fs::read_to_string(root.join("tests/requirements.txt")).unwrap();
    let mut files = Vec::new();
    for folder in ["src", "tests", "testvectors"] {
        read(&root.join(folder), &mut files);
    }
    let faults = faults(&list, &files);
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn file(path: &str, text: &str) -> File {
    File { path: path.into(), text: text.into() }
}

#[test]
fn a_list_that_is_wrong_is_refused() {
    let list = "# comment\n\n\
        S1-001 | MUST | application | a reason with a | in it\n\
        S1-001 | MAY | application | again\n\
        S1-002 | must | application | wording\n\
        S1-003 | DECIDED | application | wording\n\
        S1-A01 | MUST | application | wording\n\
        S1-004 | SHOULD NOT | application |\n\
        S1-005 | MUST NOT | nobody | wording\n\
        S1-6 | MUST | application | wording\n\
        S31-A1 | DECIDED | application | wording\n\
        S4-001 | MUST | application | wording\n\
        S1-007 | MUST | application\n\
        S31-A01 | DECIDED | application | wording\n";
    let expected = [
        "S1-001 is there twice",
        "S1-002 has the strength must",
        "S1-003 has the strength DECIDED",
        "S1-A01 has the strength MUST",
        "S1-004 has no wording",
        "S1-005 is kept by nobody",
        "S1-6 is no number",
        "S31-A1 is no number",
        "S4-001 is no number",
        "not four fields: S1-007 | MUST | application",
    ];
    assert_eq!(faults(list, &[]), expected);
}

#[test]
fn a_requirement_that_no_test_cites_is_named() {
    let list = (1..=9).map(|n| format!("S1-00{n} | MUST | test | wording\n")).collect::<String>()
        + "S1-A01 | DECIDED | test | wording\n\
           S1-010 | SHOULD | application | reason\n";
    let files = [
        file("tests/one.rs", "// S1-001, S1-A01: why\n/// S1-002\n//! S1-003\nlet s = \"S1-004\";"),
        file("tests/common/mod.rs", "// S1-005"),
        file("tests/interop/helper.py", "# S1-006"),
        file("src/a.rs", "// S1-007\nmod tests;\n"),
        file("testvectors/generate.py", "# S1-008"),
    ];
    let uncited = (2..=9).map(|n| format!("S1-00{n} is cited by no test"));
    assert!(faults(&list, &files).into_iter().eq(uncited));
}

#[test]
fn citations_count_in_tests_of_every_kind() {
    let list = (1..=5).map(|n| format!("S1-00{n} | MUST | test | wording\n")).collect::<String>()
        + "S2-001 | MUST | test | wording\n\
           S3-001 | MUST | test | wording\n\
           S31-001 | MUST | test | wording\n";
    let files = [
        file("tests/one.rs", "// S1-001, S2-001, S3-001 and S31-001\n"),
        file("tests/interop/test_it.py", "def test(): # S1-002"),
        file("src/a.rs", "fn a() {}\nmod tests {\n    // S1-003\n}"),
        file("src/a/tests.rs", "// S1-004 (section)"),
        file("testvectors/draft1/a.txt", "# What it shows (S1-005)."),
    ];
    assert_eq!(faults(&list, &files), [""; 0]);
}

#[test]
fn a_number_that_is_not_listed_is_named_with_its_file() {
    let list = "S1-001 | MAY | application | reason\n";
    let files = [
        file("src/a.rs", "/// S1-001, S1-002\n"),
        file("tests/common/mod.rs", "// S1-0012 and S1-A1, in the form S1-nnn"),
        file("tests/two.rs", "// S31-001 is not the S3-001 that is missing, nor is S2-001 here"),
    ];
    let expected = [
        "src/a.rs cites S1-002, which is not listed",
        "tests/common/mod.rs cites S1-0012, which is not listed",
        "tests/common/mod.rs cites S1-A1, which is not listed",
        "tests/two.rs cites S2-001, which is not listed",
        "tests/two.rs cites S3-001, which is not listed",
        "tests/two.rs cites S31-001, which is not listed",
    ];
    assert_eq!(faults(list, &files), expected);
}

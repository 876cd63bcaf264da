//! The files of `testvectors/`; their README describes the format.
#![allow(dead_code, reason = "every test file uses its own part")]

use std::path::Path;

use spdy::Version;

/// Each version's directory, and how many files there are at least.
pub const DIRECTORIES: [(Version, &str, usize); 5] = [
    (Version::Draft1, "draft1", 90),
    (Version::Spdy2, "spdy2", 100),
    (Version::Spdy3, "spdy3", 100),
    (Version::Spdy3_1, "spdy3_1", 40),
    (Version::SpeedMobility, "speed_mobility", 15),
];

pub struct Vector {
    pub version: Version,
    pub name: String,
    pub wire: Vec<u8>,
    pub lines: Vec<String>,
}

pub fn vectors() -> Vec<Vector> {
    DIRECTORIES
        .iter()
        .flat_map(|&(version, directory, least)| read(version, directory, least))
        .collect()
}

fn read(version: Version, directory: &str, least: usize) -> Vec<Vector> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testvectors").join(directory);
    let entries = std::fs::read_dir(path).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= least, "only {} files were found in {directory}", paths.len());
    paths.iter().map(|path| load(version, directory, path)).collect()
}

fn load(version: Version, directory: &str, path: &Path) -> Vector {
    let name = format!("{directory}/{}", path.file_stem().unwrap().to_string_lossy());
    let text = std::fs::read_to_string(path).unwrap();
    let (mut wire, mut lines, mut section) = (Vec::new(), Vec::new(), "");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match (section, line.strip_prefix("  ")) {
            (_, None) => section = line,
            ("bytes", Some(hex)) => wire.extend(hex.split(' ').map(|byte| {
                u8::from_str_radix(byte, 16).unwrap_or_else(|_| panic!("{name}: {hex}"))
            })),
            ("frames", Some(line)) => lines.push(line.to_owned()),
            _ => panic!("{name}: a line outside `bytes` and `frames`: {line}"),
        }
    }
    Vector { version, name, wire, lines }
}

//! The house rules of the source: layers, sizes, pages and opening sentences. Reads the text of the files; builds nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Lines a file may have.
const FILE_LINES_MAX: usize = 700;

/// Lines a function may have, from its signature to its closing brace.
const FUNCTION_LINES_MAX: usize = 100;

/// A source file and its lines.
struct Source {
    /// Relative to the package, with `/`.
    path: String,
    text: String,
}

impl Source {
    /// The module under `src` that the file belongs to: `wire` for `src/wire/tape.rs`.
    fn module(&self) -> Option<&str> {
        let inner = self.path.strip_prefix("src/")?;
        Some(inner.split('/').next().unwrap_or(inner).trim_end_matches(".rs"))
    }

    /// True for a file that is compiled for tests only.
    fn is_test(&self) -> bool {
        let stem = self.path.trim_end_matches(".rs");
        stem.ends_with("tests") || stem.ends_with("_tests") || stem.contains("/tests/")
    }

    /// The lines before the unit tests at the end of the file.
    fn production(&self) -> &str {
        match self.text.find("#[cfg(test)]\nmod tests {") {
            Some(end) => &self.text[..end],
            None => &self.text,
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder of the package.
fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of sources") {
            let path: PathBuf = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                let path = path.strip_prefix(root()).expect("inside the package");
                found.push(Source { path: path.to_string_lossy().replace('\\', "/"), text });
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds sources");
    found
}

/// The layers of ARCHITECTURE.md: the number of the layer of each module, lowest first.
fn layers() -> BTreeMap<String, usize> {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let section = page.split("\n## Layers\n").nth(1).expect("a section called Layers");
    let section = section.split("\n## ").next().unwrap_or(section);
    let rows = section.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let mut layers = BTreeMap::new();
    for (number, row) in rows.enumerate() {
        let modules = row.split('|').nth(2).expect("a second column");
        for module in modules.split('`').skip(1).step_by(2) {
            let before = layers.insert(module.to_owned(), number);
            assert!(before.is_none(), "{module} stands in two layers");
        }
    }
    layers
}

/// The modules of the crate that a line names: `crate::wire::Tape` and `x12gate::wire::Tape` name `wire`.
fn named(line: &str) -> BTreeSet<&str> {
    let code = line.split("//").next().unwrap_or(line);
    let mut found = BTreeSet::new();
    for root in ["crate::", "x12gate::"] {
        for rest in code.split(root).skip(1) {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            found.insert(&rest[..end.unwrap_or(rest.len())]);
        }
    }
    found
}

#[test]
fn imports_point_to_lower_layers() {
    let layers = layers();
    let mut upward = Vec::new();
    let mut unknown = BTreeSet::new();
    for source in sources("src") {
        let Some(module) = source.module().filter(|module| !matches!(*module, "lib" | "main"))
        else {
            continue;
        };
        let Some(own) = layers.get(module) else {
            unknown.insert(module.to_owned());
            continue;
        };
        if source.is_test() {
            continue;
        }
        for (number, line) in (1..).zip(source.production().lines()) {
            let names = named(line).into_iter().filter(|name| *name != module);
            let above = names.filter(|name| layers.get(*name).is_some_and(|layer| layer >= own));
            upward
                .extend(above.map(|name| format!("{}:{number}: {module} -> {name}", source.path)));
        }
    }
    assert!(unknown.is_empty(), "modules without a layer in ARCHITECTURE.md: {unknown:?}");
    assert!(upward.is_empty(), "imports that do not point downward:\n{}", upward.join("\n"));
}

#[test]
fn every_layer_of_the_table_is_there() {
    let modules: BTreeSet<String> =
        sources("src").iter().filter_map(|source| source.module().map(str::to_owned)).collect();
    for module in layers().keys() {
        assert!(modules.contains(module), "ARCHITECTURE.md names {module}, which is not in src");
    }
}

#[test]
fn files_and_functions_are_short() {
    let mut long = Vec::new();
    for folder in ["src", "tests", "benches"] {
        for source in sources(folder) {
            let lines: Vec<&str> = source.text.lines().collect();
            if lines.len() > FILE_LINES_MAX {
                long.push(format!("{}: {} lines", source.path, lines.len()));
            }
            for (start, length) in functions(&lines) {
                if length > FUNCTION_LINES_MAX {
                    let head = lines[start].trim();
                    long.push(format!("{}:{}: {length} lines: {head}", source.path, start + 1));
                }
            }
        }
    }
    assert!(long.is_empty(), "too long:\n{}", long.join("\n"));
}

/// Where functions begin, and how many lines they have. The sources are formatted, so that a function ends at the first
/// closing brace that is indented like its signature.
fn functions<'l>(lines: &'l [&'l str]) -> impl Iterator<Item = (usize, usize)> + 'l {
    lines.iter().enumerate().filter_map(|(start, line)| {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        let mut words = code.split_whitespace().skip_while(|word| {
            word.starts_with("pub")
                || word.starts_with("crate::")
                || matches!(*word, "const" | "async" | "unsafe")
        });
        if words.next() != Some("fn") || line.trim_end().ends_with(';') {
            return None;
        }
        let is_end = |line: &&str| line.trim_end() == format!("{:indent$}}}", "");
        let length = lines[start..].iter().position(is_end)? + 1;
        Some((start, length))
    })
}

#[test]
fn every_module_begins_with_a_sentence() {
    for folder in ["src", "tests", "benches"] {
        for source in sources(folder) {
            let first = source.text.lines().next().unwrap_or_default();
            let words = first.strip_prefix("//! ").unwrap_or_default().split_whitespace().count();
            assert!(
                words >= 3,
                "{} begins without a sentence that says what it is for",
                source.path
            );
        }
    }
}

#[test]
fn every_finding_code_has_a_page() {
    let pages: BTreeSet<String> = fs::read_dir(root().join("tests/checks"))
        .expect("the folder of pages")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    for code in x12gate::finding::Code::ALL {
        let page = crate::checks::file_name(*code);
        assert!(pages.contains(&page), "{page} is missing");
    }
}

#[test]
fn the_reader_of_functions_counts_lines() {
    let text = "impl A {\n    pub(in crate::a) async fn b() {\n        c();\n    }\n\n    fn d();\n}\nfn e() {\n}\n";
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(functions(&lines).collect::<Vec<_>>(), [(1, 3), (7, 2)]);
}

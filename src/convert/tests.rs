//! Converting to JSON and back is the identity, whatever the bytes and however they are cut.

use std::path::Path;

use proptest::prelude::*;

use super::{ToJson, ToX12};
use crate::guide::Registry;

/// Pushes `input` in chunks through `feed`, as a command does.
fn push(
    input: &[u8],
    chunk: usize,
    mut feed: impl FnMut(&[u8], bool, &mut Vec<u8>) -> usize,
) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut start, mut stop) = (0, 0);
    loop {
        stop = (stop + chunk).min(input.len());
        let end = stop == input.len();
        start += feed(&input[start..stop], end, &mut out);
        if end {
            return out;
        }
    }
}

fn json(input: &[u8], chunk: usize, registry: Option<&Registry>) -> Vec<u8> {
    let mut to = ToJson::new(registry);
    push(input, chunk, |buffer, end, out| to.feed(buffer, end, out))
}

fn x12(input: &[u8], chunk: usize) -> Vec<u8> {
    let mut to = ToX12::new();
    push(input, chunk, |buffer, end, out| to.feed(buffer, end, out).expect("our own JSON"))
}

fn fixtures() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut all = Vec::new();
    for folder in ["valid", "quirks", "demo/requests"] {
        let folder = std::fs::read_dir(root.join(folder)).expect("fixtures");
        all.extend(folder.map(|entry| std::fs::read(entry.expect("entry").path()).expect("file")));
    }
    all
}

#[test]
fn every_fixture_comes_back() {
    for text in fixtures() {
        let lines = json(&text, usize::MAX / 2, Some(Registry::embedded()));
        assert_eq!(x12(&lines, usize::MAX / 2), text);
        assert_eq!(json(&text, 97, Some(Registry::embedded())), lines, "chunks change nothing");
        assert_eq!(x12(&lines, 1 << 12), text);
    }
}

#[test]
fn the_public_corpus_comes_back() {
    let Some(root) = std::env::var_os("X12GATE_CORPUS") else { return };
    let mut open = vec![std::path::PathBuf::from(root)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).expect("a folder").map(|e| e.expect("it").path()));
            continue;
        }
        let text = std::fs::read(&path).expect("a file");
        let lines = json(&text, 1 << 20, Some(Registry::embedded()));
        assert!(x12(&lines, 1 << 22) == text, "{}", path.display());
    }
}

const ISA: &str = "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        \
                   *260105*0930*^*00501*000000101*0*T*:~";

#[test]
fn a_line_for_each_piece_with_what_cannot_be_seen_kept() {
    let text = [ISA.as_bytes(), b"\nGS*HS~\n\nST*270*1~\nN*a:b*c^d:e*\xff~SE", b" \n"].concat();
    let lines = String::from_utf8(json(&text, 1000, None)).expect("JSON is UTF-8");
    let lines: Vec<&str> = lines.lines().collect();
    assert!(lines[0].starts_with(
        r#"{"interchange":"000000101","delimiters":{"element":"*","component":":","repetition":"^","terminator":"~"},"layout":"\n","segment":{"tag":"ISA","elements":["00","#
    ), "{}", lines[0]);
    assert_eq!(lines[1], r#"{"segment":{"tag":"GS","elements":["HS"]}}"#);
    assert_eq!(
        lines[2],
        concat!(
            r#"{"set":"270","control":"1","segments":["#,
            r#"{"tag":"ST","elements":["270","1"],"before":"\n\n"},"#,
            r#"{"tag":"N","elements":[["a","b"],{"repetitions":["c",["d","e"]]},"ÿ"],"encoding":"latin1"},"#,
            r#"{"tag":"SE \n","elements":[],"before":"","unterminated":true}]}"#
        )
    );
    assert_eq!(x12(lines.join("\n").as_bytes(), 1000), text);
}

#[test]
fn binary_data_come_back_whatever_they_are() {
    for binary in
        ["BIN*6*\n~*:^\u{7f}", "BDS*ASC*4*\u{e9}~~", "BIN*0*", "BIN*7*to~short", "BIN*x*\u{0}~"]
    {
        let text = format!("{ISA}GS*PI~ST*275*1~{binary}~SE*3*1~GE*1*1~IEA*1*1~");
        let lines = json(text.as_bytes(), 50, None);
        assert_eq!(x12(&lines, 64), text.as_bytes(), "{binary:?}");
    }
    let lines = json(format!("{ISA}ST*275*1~BIN*3*a~b~SE*3*1~").as_bytes(), 1000, None);
    let lines = String::from_utf8(lines).expect("JSON is UTF-8");
    assert!(lines.contains(r#"{"tag":"BIN","elements":["3",{"binary":"YX5i"}]}"#), "{lines}");
}

#[test]
fn segments_say_their_loop_where_a_guide_is_known() {
    let text = fixtures();
    let all = text.iter().flat_map(|text| json(text, 1 << 20, Some(Registry::embedded())));
    let all = String::from_utf8(all.collect()).expect("JSON is UTF-8");
    assert!(all.contains(r#"{"tag":"EQ","loop":"2110C","elements":["30"]}"#));
}

#[test]
fn what_would_break_the_envelope_is_refused() {
    let lines = json(ISA.as_bytes(), 1000, None);
    let refused = |line: &str| {
        let mut to = ToX12::new();
        let text = [&lines, line.as_bytes()].concat();
        to.feed(&text, true, &mut Vec::new()).expect_err("refused").to_string()
    };
    assert_eq!(
        refused(r#"{"segment":{"tag":"N","elements":["a~b"]}}"#),
        "object 2: a value contains a separator in use"
    );
    assert_eq!(refused(r#"{"segment":{"tag":"N"#), "object 2: truncated");
    assert!(refused(r#"{"set":"270"}"#).starts_with("object 2: it has none of segment"));
    assert_eq!(
        refused(r#"{"segment":{"tag":"REF","elements":[{"binary":"YX5i"}]}}"#),
        "object 2: binary data is not allowed here"
    );
    assert_eq!(
        refused(r#"{"segment":{"tag":"BIN","elements":["3",{"binary":"a~b"}]}}"#),
        "object 2: binary data is not base64"
    );
    let mut to = ToX12::new();
    let early = to.feed(br#"{"segment":{"tag":"N"}}"#, true, &mut Vec::new());
    assert_eq!(early.map_err(|e| e.why), Err("a segment comes before any interchange"));
}

proptest! {
    #[test]
    fn any_bytes_come_back(text in proptest::collection::vec(any::<u8>(), 0..400), chunk in 1usize..500) {
        prop_assert_eq!(x12(&json(&text, chunk, None), 1 << 20), text);
    }

    #[test]
    fn any_interchange_comes_back(
        seps in proptest::array::uniform4(any::<u8>()),
        words in proptest::collection::vec(prop_oneof![
            Just("ISA".as_bytes().to_vec()), Just(b"\x01".to_vec()), Just(b"~".to_vec()), Just(b"*".to_vec()),
            Just(b"ST*270*1~".to_vec()), Just(b"GS*".to_vec()), Just(b"\r\n".to_vec()), Just(b"SE*".to_vec()),
            Just(b"IEA*1*1~".to_vec()), Just(b":^\xe9\xc3\xa9".to_vec()), Just(b"GE*".to_vec()), Just(Vec::new()),
            proptest::collection::vec(any::<u8>(), 0..6),
        ], 0..60),
        plain in any::<bool>(),
        chunk in 1usize..500,
    ) {
        let seps = if plain { *b"*:^~" } else { seps };
        let swap = |b: &u8| b"*:^~".iter().position(|s| s == b).map_or(*b, |at| seps[at]);
        let mut text = Vec::new();
        for word in [vec![ISA.as_bytes().to_vec()], words].concat() {
            // An empty word is another interchange.
            let word = if word.is_empty() { ISA.as_bytes().to_vec() } else { word };
            text.extend(word.iter().map(swap));
        }
        let lines = json(&text, chunk, None);
        prop_assert_eq!(x12(&lines, 1 << 20), text);
    }
}

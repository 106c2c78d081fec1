//! Interchanges are cut wherever the input is cut.

use super::*;
use crate::wire::Tape;
use proptest::prelude::*;

const ISA: &str = "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        *260105*0930*^*00501*000000101*0*T*:~";

/// Kind and text of every piece, fed in chunks of these sizes (repeated).
fn pieces(input: &[u8], chunks: &[usize], limits: FrameLimits) -> Vec<(PieceKind, Vec<u8>, bool)> {
    let mut framer = Framer::new(limits);
    let mut buffer: Vec<u8> = Vec::new();
    let mut sizes = chunks.iter().cycle();
    let mut fed = 0;
    let mut found: Vec<(PieceKind, Vec<u8>, bool)> = Vec::new();
    for _ in 0..100_000 {
        let end = fed == input.len();
        match framer.next(&buffer, end) {
            Framed::NeedMore { consumed } => {
                assert!(!end, "asked for more after the end");
                buffer.drain(..consumed);
                let more = (*sizes.next().unwrap()).min(input.len() - fed);
                buffer.extend_from_slice(&input[fed..fed + more]);
                fed += more;
            }
            Framed::Piece(piece) => {
                let mut text = buffer[piece.span.clone()].to_vec();
                // Garbage may come in several runs, cut where the chunks were, and blanks between runs are dropped.
                if piece.kind == PieceKind::Garbage {
                    text.retain(|b| !is_layout(*b));
                }
                match found.last_mut() {
                    Some((PieceKind::Garbage, before, _)) if piece.kind == PieceKind::Garbage => {
                        before.extend(text);
                    }
                    _ => found.push((piece.kind, text, piece.terminated)),
                }
                buffer.drain(..piece.consumed);
            }
            Framed::End => return found,
        }
    }
    panic!("the framer does not end");
}

fn kinds(input: &str) -> Vec<PieceKind> {
    pieces(input.as_bytes(), &[7], FrameLimits::default()).into_iter().map(|p| p.0).collect()
}

const SET: PieceKind = PieceKind::Set { start: true, end: true };
const HEADER: PieceKind = PieceKind::Isa { fault: None };

#[test]
fn whole_interchange() {
    let text = format!("\u{feff}{ISA}\r\nGS*HS~\n ST*270*1~\nBHT*1~SE*2*1~GE*1*1~IEA*1*1~\n\n");
    assert_eq!(kinds(&text), [HEADER, PieceKind::Gs, SET, PieceKind::Ge, PieceKind::Iea]);
}

#[test]
fn garbage_before_between_and_after() {
    let text = format!("junk{ISA}IEA*0*1~more junk{ISA}IEA*0*1~the end");
    let g = PieceKind::Garbage;
    assert_eq!(kinds(&text), [g, HEADER, PieceKind::Iea, g, HEADER, PieceKind::Iea, g]);
}

#[test]
fn two_interchanges_with_other_delimiters() {
    let other = ISA.replace('*', "|").replace('~', "\n").replace('^', "!");
    let text = format!(
        "{ISA}GS*HS~ST*270*1~SE*2*1~GE*1*1~IEA*1*1~{other}GS|HS\nST|270|1\nSE|2|1\nGE|1|1\nIEA|1|1\n"
    );
    let one = [HEADER, PieceKind::Gs, SET, PieceKind::Ge, PieceKind::Iea];
    assert_eq!(kinds(&text), [one, one].concat());
}

#[test]
fn missing_trailers_do_not_swallow_what_follows() {
    let text = format!("{ISA}GS*HS~ST*270*1~BHT*1~ST*270*2~SE*2*2~GE*1*1~{ISA}IEA*0*1~");
    assert_eq!(
        kinds(&text),
        [HEADER, PieceKind::Gs, SET, SET, PieceKind::Ge, HEADER, PieceKind::Iea]
    );
}

#[test]
fn truncated_in_a_segment() {
    let text = format!("{ISA}GS*HS~ST*270*1~BHT*0022*1");
    let found = pieces(text.as_bytes(), &[5], FrameLimits::default());
    assert_eq!(found.last().unwrap(), &(SET, b"ST*270*1~BHT*0022*1".to_vec(), false));
}

#[test]
fn last_terminator_missing() {
    let found = pieces(format!("{ISA}IEA*0*1").as_bytes(), &[9], FrameLimits::default());
    assert_eq!(found.last().unwrap(), &(PieceKind::Iea, b"IEA*0*1".to_vec(), false));
}

#[test]
fn collapsed_isa_is_framed_with_its_fault() {
    let isa = "ISA*00**00**ZZ*A*ZZ*B*260105*0930*^*00501*000000101*0*T*:~";
    let found = pieces(format!("{isa}IEA*0*1~").as_bytes(), &[3], FrameLimits::default());
    assert!(matches!(found[0].0, PieceKind::Isa { fault: Some(_) }));
    assert_eq!(found[1].0, PieceKind::Iea);
}

#[test]
fn a_segment_over_the_limit_is_skipped_and_a_long_set_comes_in_parts() {
    let limits = FrameLimits {
        segment_bytes_max: 120,
        binary_bytes_max: 60,
        part_bytes_max: 30,
        fragments: false,
    };
    let long = "X".repeat(500);
    let text = format!(
        "{ISA}GS*HS~ST*270*1~MSG*{long}~EQ*30~EQ*31~EQ*32~EQ*33~EQ*34~EQ*35~SE*9*1~GE*1*1~IEA*1*1~"
    );
    let found = pieces(text.as_bytes(), &[11], limits);
    let kinds: Vec<_> = found.iter().map(|p| p.0).collect();
    let part = |start, end| PieceKind::Set { start, end };
    assert_eq!(
        kinds,
        [
            HEADER,
            PieceKind::Gs,
            part(true, false),
            PieceKind::Oversized,
            part(false, false),
            part(false, true),
            PieceKind::Ge,
            PieceKind::Iea
        ]
    );
}

#[test]
fn blanks_without_end_are_not_held() {
    let limits = FrameLimits {
        segment_bytes_max: 200,
        binary_bytes_max: 200,
        part_bytes_max: 300,
        fragments: false,
    };
    for before in [ISA.to_owned(), format!("{ISA}GS*HS~ST*270*1~BHT*1~")] {
        let mut framer = Framer::new(limits);
        let mut buffer = before.into_bytes();
        let mut longest = 0;
        for _ in 0..100 {
            buffer.extend_from_slice(&[b' '; 64]);
            loop {
                match framer.next(&buffer, false) {
                    Framed::Piece(piece) => drop(buffer.drain(..piece.consumed)),
                    Framed::NeedMore { consumed } => {
                        buffer.drain(..consumed);
                        break;
                    }
                    Framed::End => unreachable!("more is to come"),
                }
            }
            longest = longest.max(buffer.len());
        }
        assert!(longest < 700, "{longest} bytes were held");
    }
}

#[test]
fn binary_data_hide_their_terminators() {
    for binary in ["BIN*26*ISA~ST*1~SE*1~GE*1~IEA*1*1", "BDS*B64*26*ISA~ST*1~SE*1~GE*1~IEA*1*1"] {
        let text = format!("{ISA}GS*PI~ST*275*1~{binary}~SE*3*1~GE*1*1~IEA*1*1~");
        assert_eq!(
            kinds(&text),
            [HEADER, PieceKind::Gs, SET, PieceKind::Ge, PieceKind::Iea],
            "{binary}"
        );
    }
}

#[test]
fn a_wrong_length_spoils_nothing_else() {
    for length in ["1", "25", "27", "900", "x", "-26"] {
        let text = format!(
            "{ISA}GS*PI~ST*275*1~BIN*{length}*no~more~than, plain~text~.~\n  LX*2~SE*4*1~GE*1*1~IEA*1*1~"
        );
        let found = pieces(text.as_bytes(), &[13], FrameLimits::default());
        let kinds: Vec<_> = found.iter().map(|p| p.0).collect();
        assert_eq!(kinds, [HEADER, PieceKind::Gs, SET, PieceKind::Ge, PieceKind::Iea], "{length}");
    }
}

#[test]
fn binary_data_over_the_limit_are_skipped_whole() {
    let limits = FrameLimits { binary_bytes_max: 20, ..FrameLimits::default() };
    let data = "SE*1~GE*1~".repeat(5);
    let text = format!("{ISA}GS*PI~ST*275*1~BIN*50*{data}~LX*1~SE*4*1~GE*1*1~IEA*1*1~");
    let found = pieces(text.as_bytes(), &[7], limits);
    // Data that look like segments cannot be distinguished from them once they are not measured.
    assert_eq!(found[3], (PieceKind::Oversized, b"BIN*50*".to_vec(), true));
    let text = text.replace("SE*1~GE*1~", "plain text");
    let found = pieces(text.as_bytes(), &[7], limits);
    let kinds: Vec<_> = found.iter().map(|p| p.0).collect();
    let part = |start, end| PieceKind::Set { start, end };
    assert_eq!(
        kinds[2..],
        [part(true, false), PieceKind::Oversized, part(false, true), PieceKind::Ge, PieceKind::Iea]
    );
}

#[test]
fn an_input_that_ends_in_binary_data() {
    let found =
        pieces(format!("{ISA}GS*PI~ST*275*1~BIN*50*a~b").as_bytes(), &[5], FrameLimits::default());
    assert_eq!(found.last().unwrap(), &(SET, b"ST*275*1~BIN*50*a~b".to_vec(), false));
}

/// The segments of all sets, as the tape cuts the pieces.
fn segments(input: &[u8], part_bytes_max: usize) -> Vec<Vec<u8>> {
    let limits = FrameLimits { part_bytes_max, ..FrameLimits::default() };
    let mut tape = Tape::default();
    let mut found = Vec::new();
    for (kind, text, _) in pieces(input, &[usize::MAX], limits) {
        if matches!(kind, PieceKind::Set { .. }) {
            tape.fill(&text, Delimiters::STANDARD);
            found.extend(tape.segments(&text).map(|segment| segment.bytes().to_vec()));
        }
    }
    found
}

proptest! {
    #[test]
    fn framer_and_tape_cut_alike(
        body in proptest::collection::vec(
            prop_oneof![
                Just("ST*275*1~"), Just("LX*1~\r\n"), Just("SE*2*1~"), Just("GE*1*1~"), Just("BIN*4*a~b*~"),
                Just("BIN*"), Just("9*"), Just("30*"), Just("BDS*B64*3*abc~"), Just("BDS*ASC*x*"), Just("~"),
                Just("~AB"), Just(" \n"), Just("data"), Just("ISA"), Just("*"),
            ], 0..25),
    ) {
        let text = format!("{ISA}GS*PI~{}", body.concat());
        prop_assert_eq!(segments(text.as_bytes(), 1), segments(text.as_bytes(), usize::MAX));
    }

    #[test]
    fn any_split_gives_the_same_pieces(
        body in proptest::collection::vec(
            prop_oneof![
                Just("GS*HS~"), Just("ST*270*1~"), Just("BHT*0022~\r\n"), Just("SE*2*1~"), Just("GE*1*1~"), Just("IEA*1*1~"),
                Just(ISA), Just("junk"), Just("~"), Just(" \n"), Just("TA1*1~"), Just("ISA"), Just("ISA*0~"),
                Just("BIN*4*a~b*~"), Just("BIN*"), Just("12*"), Just("70*"), Just("BDS*B64*3*"), Just("BDS*ASC*x*"),
                Just("BIN*9999*"), Just("BIN*12345678901234567890*"), Just("~   \n AB*"),
                Just("MSG*AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA~"),
            ], 0..25),
        chunks in proptest::collection::vec(1usize..40, 1..6),
    ) {
        let text = format!("{ISA}{}", body.concat());
        let limits = FrameLimits { segment_bytes_max: 110, binary_bytes_max: 60, part_bytes_max: 40, fragments: false };
        prop_assert_eq!(pieces(text.as_bytes(), &chunks, limits), pieces(text.as_bytes(), &[usize::MAX], limits));
    }
}

const FRAGMENTS: FrameLimits = FrameLimits {
    segment_bytes_max: 4096,
    binary_bytes_max: 4096,
    part_bytes_max: 4096,
    fragments: true,
};

#[test]
fn sets_without_an_isa_are_framed_where_wanted() {
    let text = format!(
        "Example 1\nST*270*1~BHT*1~SE*3*1~\n\nExample 2: see ST*1\nST|270|2!\r\nSE|2|2!\r\n{ISA}IEA*0*1~\
         GS*HS*A*B*20260105*0930*1*X*005010X279A1~ST*270*3~SE*2*3~GE*1*1~"
    );
    let g = PieceKind::Garbage;
    let wanted = [g, SET, g, SET, HEADER, PieceKind::Iea, PieceKind::Gs, SET, PieceKind::Ge];
    for chunk in [1, 2, 3, 50, 1000] {
        let found = pieces(text.as_bytes(), &[chunk], FRAGMENTS);
        let kinds: Vec<_> = found.iter().map(|piece| piece.0).collect();
        assert_eq!(kinds, wanted, "in chunks of {chunk}");
        assert_eq!(found[3].1, b"ST|270|2!\r\nSE|2|2!");
    }
    assert_eq!(kinds("ST*270*1~SE*2*1~"), [g], "only where wanted");
}

proptest! {
    #[test]
    fn fragments_do_not_depend_on_the_chunks(parts in proptest::collection::vec(prop_oneof![
        Just("ST*270*1~".to_owned()),
        Just("ST|837|2!\r\n".to_owned()),
        Just("SE*2*1~\n".to_owned()),
        Just("GS*HS*A*B*20260105*0930*1*X*005010X279A1~\n".to_owned()),
        Just("GE*1*1~".to_owned()),
        Just(ISA.to_owned()),
        Just("IEA*0*1~".to_owned()),
        "[A-T*~|!\n ]{0,12}",
        Just("CLM*1*2***11>B>1~EB*1**30!1~".to_owned()),
    ], 0..12), chunk in 1_usize..40) {
        let text = parts.concat();
        let whole = pieces(text.as_bytes(), &[usize::MAX >> 1], FRAGMENTS);
        prop_assert_eq!(pieces(text.as_bytes(), &[chunk], FRAGMENTS), whole);
    }
}

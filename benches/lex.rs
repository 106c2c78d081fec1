//! How fast segments, elements and components are found: gigabytes a second on one core, over a mapped file.
//!
//! `cargo bench --bench lex`, or with the name of a file to walk it once and count, for comparisons from outside.

use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use x12gate::wire::{Delimiters, FrameLimits, Framed, Framer, PieceKind, Tape};

const FILE_BYTES: usize = 100_000_000;
const RUNS: usize = 9;

fn main() -> std::io::Result<()> {
    if let Some(path) = std::env::args_os().skip(1).find(|arg| Path::new(arg).is_file()) {
        #[expect(unsafe_code, reason = "whoever names the file leaves it alone while it is read")]
        let map = unsafe { memmap2::Mmap::map(&std::fs::File::open(path)?)? };
        let sets = memchr::memmem::find_iter(&map[..], b"ST*").count();
        println!("{} elements and components, {sets} sets", walk(&map));
        return Ok(());
    }
    let mut file = tempfile::tempfile()?;
    file.write_all(&claims(FILE_BYTES))?;
    // Mapped as the tools map it: reading into a fresh buffer would cost more than the lexing.
    #[expect(unsafe_code, reason = "the file is ours and nobody else writes to it")]
    let map = unsafe { memmap2::Mmap::map(&file)? };
    for (name, run) in [
        ("index and walk every element", walk as fn(&[u8]) -> u64),
        ("the same in 64 KiB sets, framed", framed),
    ] {
        let mut seconds: Vec<f64> = (0..RUNS)
            .map(|_| {
                let start = Instant::now();
                black_box(run(&map));
                start.elapsed().as_secs_f64()
            })
            .collect();
        seconds.sort_by(f64::total_cmp);
        let median = seconds[RUNS / 2];
        println!(
            "{name:<34} {:.2} GB/s  ({} elements and components)",
            map.len() as f64 / median / 1e9,
            run(&map)
        );
    }
    Ok(())
}

/// Indexes in pieces that stay in the cache and visits every element; gives how many there are.
fn walk(text: &[u8]) -> u64 {
    let mut tape = Tape::default();
    let mut count = 0;
    let mut start = 0;
    while start < text.len() {
        let end = (start + (64 << 10)).min(text.len());
        // Back to the end of the last whole segment.
        let end = memchr::memrchr(b'~', &text[start..end]).map_or(end, |at| start + at + 1);
        tape.fill(&text[start..end], Delimiters::STANDARD);
        count += visit(&tape, &text[start..end]);
        start = end;
    }
    count
}

fn framed(text: &[u8]) -> u64 {
    let mut framer =
        Framer::new(FrameLimits { part_bytes_max: 64 << 10, ..FrameLimits::default() });
    let mut tape = Tape::default();
    let mut count = 0;
    let mut start = 0;
    while let Framed::Piece(piece) = framer.next(&text[start..], true) {
        if let PieceKind::Set { .. } = piece.kind {
            let set = &text[start + piece.span.start..start + piece.span.end];
            tape.fill(set, piece.delimiters);
            count += visit(&tape, set);
        }
        start += piece.consumed;
    }
    count
}

fn visit(tape: &Tape, text: &[u8]) -> u64 {
    let mut count = 0;
    let mut tags = 0_u32;
    for segment in tape.segments(text) {
        tags ^= segment.tag().packed();
        for element in segment.elements() {
            count += if element.simple { 1 } else { element.components().count() as u64 };
        }
    }
    black_box(tags);
    count
}

/// One 837-shaped set of this many bytes: 22 bytes a segment, a separator every four bytes.
fn claims(bytes: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes + 2000);
    out.extend_from_slice(b"ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        *260105*0930*^*00501*000000101*0*T*:~");
    out.extend_from_slice(
        b"GS*HC*SUBMITTER1*PAYERGW*20260105*0930*101*X*005010X222A1~ST*837*0001*005010X222A1~",
    );
    let mut claim = 0_u32;
    while out.len() < bytes {
        claim += 1;
        let _ = write!(
            out,
            "HL*{claim}*1*22*0~SBR*P*18*******HM~NM1*IL*1*DOE*JANE****MI*S{claim:09}01~N3*2 ELM ST~N4*BOSTON*MA*02111~\
             DMG*D8*19800115*F~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~CLM*PT{claim}*250***11:B:1*Y*A*Y*Y~HI*ABK:Z01419~\
             LX*1~SV1*HC:G0101*250*UN*1***1~DTP*472*D8*20251201~REF*6R*1~LX*2~SV1*HC:G0008*25*UN*1***1~DTP*472*D8*20251201~REF*6R*2~"
        );
    }
    out.extend_from_slice(b"SE*1*0001~GE*1*101~IEA*1*000000101~");
    out
}

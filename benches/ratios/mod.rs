//! What an operation costs as a share of what finding the elements of the same bytes costs, measured in turns in one run: machines
//! differ by a factor of two, shares do not. One table, printed and written as `target/bench/ratios.csv`.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use x12gate::wire::{FrameLimits, Framed, Framer, PieceKind, Tape};

/// Rounds of a measurement, whose median counts.
const ROUNDS: usize = 5;

/// An operation, measured.
struct Ratio {
    operation: String,
    /// Millions of bytes a second on one thread.
    mb_per_s: f64,
    /// The same as a share of the lexer's, from 0 to 1.
    share_of_lexer: f64,
    /// The speed on two threads by that on one; none for what uses one only.
    two_over_one: Option<f64>,
    /// Most memory of the process while it ran.
    peak_mib: f64,
}

/// The table.
#[derive(Default)]
pub(crate) struct Ratios {
    rows: Vec<Ratio>,
}

impl Ratios {
    /// Measures an operation over a text: the lexer, the operation on one thread and, where it can use two, on two, in turns.
    /// `run` takes the number of threads.
    pub(crate) fn measure(
        &mut self,
        operation: &str,
        text: &memmap2::Mmap,
        uses_threads: bool,
        run: &mut dyn FnMut(usize),
    ) {
        let (mut lexer, mut one, mut two) = (Vec::new(), Vec::new(), Vec::new());
        let mut peak = 0.0_f64;
        for _ in 0..ROUNDS {
            lexer.push(seconds(|| {
                std::hint::black_box(elements(text));
            }));
            super::let_go(text, 0, text.len());
            super::forget_peak();
            one.push(seconds(|| run(1)));
            if uses_threads {
                two.push(seconds(|| run(2)));
            }
            peak = peak.max(super::peak_mib());
        }
        let (lexer, one) = (median(lexer), median(one));
        let row = Ratio {
            operation: operation.to_owned(),
            mb_per_s: text.len() as f64 / one / 1e6,
            share_of_lexer: lexer / one,
            two_over_one: uses_threads.then(|| one / median(two)),
            peak_mib: peak,
        };
        if self.rows.is_empty() {
            println!(
                "{:<30}{:>10}{:>18}{:>16}{:>10}",
                "operation", "MB/s", "share of lexer", "two over one", "peak MiB"
            );
        }
        let two = row.two_over_one.map_or_else(|| "-".to_owned(), |two| format!("{two:.2}"));
        println!(
            "{:<30}{:>10.0}{:>16.1} %{two:>16}{:>10.1}",
            row.operation,
            row.mb_per_s,
            row.share_of_lexer * 100.0,
            row.peak_mib
        );
        self.rows.push(row);
    }

    /// Writes the table for programs.
    pub(crate) fn write(&self) -> std::io::Result<()> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../bench");
        std::fs::create_dir_all(&folder)?;
        let path = folder.join("ratios.csv");
        let mut file = std::io::BufWriter::new(std::fs::File::create(&path)?);
        writeln!(file, "operation,mb_per_s,share_of_lexer,two_over_one,peak_mib")?;
        for row in &self.rows {
            let two = row.two_over_one.map_or_else(String::new, |two| format!("{two:.3}"));
            writeln!(
                file,
                "{},{:.1},{:.4},{two},{:.1}",
                row.operation, row.mb_per_s, row.share_of_lexer, row.peak_mib
            )?;
        }
        file.flush()?;
        println!("written to {}", path.display());
        Ok(())
    }
}

fn seconds(run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_secs_f64()
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// The lexer: frames, indexes and visits every element and component; gives how many there are.
fn elements(text: &[u8]) -> u64 {
    let limits = FrameLimits { part_bytes_max: 64 << 10, ..FrameLimits::default() };
    let (mut framer, mut tape) = (Framer::new(limits), Tape::default());
    let (mut count, mut start, mut tags) = (0, 0, 0_u32);
    while let Framed::Piece(piece) = framer.next(&text[start..], true) {
        if let PieceKind::Set { .. } = piece.kind {
            let set = &text[start + piece.span.start..start + piece.span.end];
            tape.fill(set, piece.delimiters);
            for segment in tape.segments(set) {
                tags ^= segment.tag().packed();
                for element in segment.elements() {
                    count += if element.simple { 1 } else { element.components().count() as u64 };
                }
            }
        }
        start += piece.consumed;
    }
    std::hint::black_box(tags);
    count
}

//! x12gate: a HIPAA X12 transaction processor that stands in for a health plan's provider portal.
//!
//! ```text
//! transport -> frame -> lex -> walk(dict + guide) -> loop tree -> txn::read -> service + store
//!                 |        |          |                                              |
//!                 +- TA1   +-- findings (SNIP 1-7) --> 999 / 277CA / AAA              v
//! transport <------------------------- emit <---------------------------- txn::write
//! ```
//!
//! # Features
//!
//! With `default-features = false` the crate is the pure core, [`wire`] to [`txn`]: bytes in, findings and typed
//! transactions out. It brings no SQL, no async runtime, no command line and no I/O. The feature `gateway` adds what a payer
//! needs around it (the store, the answers, the portal's views, the transports), `generate` synthetic interchanges for load
//! tests, `typed` the export to the structs of another crate, and `cli` (the default) what the binary needs.
//!
//! # Segments out of bytes
//!
//! A [`wire::Tape`] is an index over complete segments; elements are cut from it on demand and nothing is copied. For an
//! input of unknown make, [`wire::Framer`] finds the interchanges and their separators first.
//!
//! ```
//! use x12gate::wire::{Delimiters, Tape};
//!
//! let text = b"EB*1**30^98~DTP*291*D8*20260105~";
//! let mut tape = Tape::default();
//! tape.fill(text, Delimiters::STANDARD);
//! let benefit = tape.segment(text, 0);
//! let types = benefit.element(3).expect("EB03");
//! assert_eq!(types.repetitions().map(|one| one.bytes).collect::<Vec<_>>(), [b"30", b"98"]);
//! assert_eq!(tape.segment(text, 1).value(3), b"20260105");
//! ```
//!
//! # What is wrong with a file
//!
//! [`check::findings`] says what is wrong with an input. A [`finding::Finding`] holds a code, a place and numbers, never a
//! value.
//!
//! ```
//! use x12gate::check::findings;
//! use x12gate::finding::Policy;
//! use x12gate::guide::Registry;
//!
//! // The trace names no company.
//! let text = std::fs::read_to_string("fixtures/valid/270_subscriber.edi")?;
//! let text = text.replace("TRN*1*TRACE0001*9SUBMITTER~", "TRN*1*TRACE0001~");
//! for found in findings(text.as_bytes(), Registry::embedded(), &Policy::default()) {
//!     assert_eq!(found.finding.code.entry().id, "X12-2201");
//!     println!("{}: {}", found.place(), found.message());
//! }
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! For inputs that do not fit into memory, [`check::Stream`] takes bytes as they come and reports to a [`check::Sink`] what it
//! finds; [`check::check_input`] does the same on several threads. A set that was checked brings the parts of its 999, which
//! [`txn::ack::FunctionalAck`] writes; the example of [`check::Sink`] does so.
//!
//! # Loops, and values read from them
//!
//! [`check::SetChecker`] leaves the loops of a set as a tree; [`txn::eligibility`] reads it into values, and writes
//! values as segments through a [`wire::Emitter`].
//!
//! ```
//! use x12gate::check::{GroupHeader, SetChecker, SetPlace};
//! use x12gate::finding::Policy;
//! use x12gate::guide::Registry;
//! use x12gate::txn::eligibility::Inquiry;
//! use x12gate::wire::{Delimiters, Emitter};
//!
//! let file = std::fs::read_to_string("fixtures/valid/270_subscriber.edi")?;
//! let set = &file[file.find("ST*").expect("an ST")..file.find("GE*").expect("a GE")];
//! let group = GroupHeader {
//!     functional: "HS".into(),
//!     version: "005010X279A1".into(),
//!     ..GroupHeader::default()
//! };
//! let mut checker = SetChecker::new(Registry::embedded(), &Policy::default()).with_tree();
//! let place =
//!     SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
//! let (report, walked) = checker.walk(set.as_bytes(), place);
//! assert!(report.is_accepted());
//!
//! let root = walked.expect("a guide is known").root();
//! let source = root.child("2000A").and_then(|level| level.child("2100A")).expect("a payer");
//! assert_eq!(source.first("NM1").expect("its name").value(3), b"SAMPLE HEALTH PLAN");
//!
//! let inquiry = Inquiry::read(root);
//! assert_eq!(inquiry.patients(), 1);
//! let mut out = Emitter::new(Delimiters::STANDARD);
//! inquiry.write(&mut out).expect("what was read can be written");
//! assert!(out.bytes().starts_with(b"ST*270*0001*005010X279A1~BHT*0022*13*TX0001"));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Guides of your own
//!
//! Guides, code tables and companion guides are text, and [`guide::Registry`] takes more of them at run time.
//!
//! ```
//! use x12gate::guide::Registry;
//!
//! let mut registry = Registry::new();
//! let overlay = "overlay acme  on 005010X279A1  set 270  Acme Health Plan\n2100C/NM109  require\n";
//! registry.add_text("acme.overlay", overlay)?;
//! let acme = registry.overlaid("acme").expect("it was added");
//! assert_eq!(&*acme.guide(b"270", b"005010X279A1").expect("the 270").overlay, "acme");
//! # Ok::<(), x12gate::dict::TextError>(())
//! ```
//!
//! # X12 as JSON, and back
//!
//! ```
//! # #[cfg(feature = "gateway")] {
//! use x12gate::convert::{ToJson, ToX12};
//!
//! let x12 = std::fs::read("fixtures/valid/270_subscriber.edi").expect("the fixture");
//! let (mut json, mut back) = (Vec::new(), Vec::new());
//! ToJson::new(None).feed(&x12, true, &mut json);
//! ToX12::new().feed(&json, true, &mut back).expect("what we wrote");
//! assert_eq!(back, x12);
//! # }
//! ```

pub mod acknowledge;
pub mod check;
pub mod dict;
pub mod finding;
pub mod guide;
#[cfg(feature = "typed")]
pub mod interop;
pub(crate) mod phi;
pub mod segments;
pub mod split;
pub mod tree;
pub mod txn;
pub mod wire;

#[cfg(feature = "gateway")]
pub mod access;
#[cfg(feature = "gateway")]
pub mod activity;
#[cfg(feature = "gateway")]
pub mod answer;
#[cfg(feature = "gateway")]
pub mod config;
#[cfg(feature = "gateway")]
pub mod convert;
#[cfg(feature = "gateway")]
pub mod gateway;
#[cfg(feature = "generate")]
pub mod generate;
#[cfg(feature = "gateway")]
pub mod measure;
#[cfg(feature = "gateway")]
pub mod partner;
#[cfg(feature = "gateway")]
pub mod portal;
#[cfg(feature = "gateway")]
pub mod report;
#[cfg(feature = "gateway")]
pub mod rewrite;
#[cfg(feature = "gateway")]
pub mod store;
#[cfg(feature = "gateway")]
pub mod transport;

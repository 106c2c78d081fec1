//! The members in memory: their text, and an index to it. Never changes; a newer one takes its place.

use std::sync::Arc;

use crate::phi::redacted;
use crate::store::normalise_name;
use crate::store::packed::{SECTION, Sections, person, person_id};
use crate::store::probe::{KeyKind, Probe, each_probe, name_key, sort_members};
use crate::store::{
    FamilyRange, MemberFile, MemberPages, MemberSearch, Relationship, Result, StoreError,
};

use super::index::{Index, key_hash};
use super::text::SharedTexts;

/// What cannot be in a snapshot that was read without an error.
fn corrupt() -> StoreError {
    StoreError::Corrupt { what: "snapshot" }
}

/// All members as one load left them.
pub(super) struct MembersInMemory {
    /// The generation of members it was read at.
    pub(super) generation: u64,
    parts: Vec<Part>,
    index: Index,
}

redacted!(MembersInMemory { generation });

/// A run of members that was read by one connection.
#[derive(Default)]
struct Part {
    /// Members before this part.
    first: u32,
    text: String,
    /// Where each member's text ends.
    ends: Vec<u64>,
    shared: SharedTexts,
    /// Hashes of all keys, with the member's number in this part; taken by the index.
    keys: Vec<(u64, u32)>,
}

redacted!(Part { first });

impl MembersInMemory {
    /// Reads all members, on all read connections at once.
    pub(super) async fn read(pages: &Arc<dyn MemberPages>) -> Result<Self> {
        loop {
            let generation = pages.generation().await?;
            let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(64));
            let ranges = pages.ranges(cores as u32).await?;
            let tasks = ranges.into_iter().map(|range| {
                let pages = pages.clone();
                async move {
                    let part = tokio::spawn(async move { Part::read(&*pages, &range).await });
                    part.await.map_err(|_| StoreError::Gone)?
                }
            });
            let parts = futures_util::future::try_join_all(tasks).await?;
            // A load in between may have been seen by one connection and not by the other.
            if pages.generation().await? == generation {
                return Self::of(generation, parts);
            }
        }
    }

    fn of(generation: u64, mut parts: Vec<Part>) -> Result<Self> {
        let mut count = 0;
        for part in &mut parts {
            part.first = u32::try_from(count).map_err(|_| corrupt())?;
            count += part.ends.len();
        }
        u32::try_from(count + 1).map_err(|_| corrupt())?;
        let mut entries = Vec::with_capacity(parts.iter().map(|part| part.keys.len()).sum());
        for part in &mut parts {
            let first = part.first;
            let keys = std::mem::take(&mut part.keys).into_iter();
            entries.extend(keys.map(|(hash, number)| (hash, first + number)));
        }
        Ok(Self { generation, parts, index: Index::of(entries.into_iter()) })
    }

    /// How many members there are.
    pub(super) fn count(&self) -> usize {
        self.parts.iter().map(|part| part.ends.len()).sum()
    }

    /// Bytes they take.
    pub(super) fn bytes(&self) -> usize {
        let parts = self.parts.iter().map(|part| {
            part.text.capacity() + part.ends.capacity() * size_of::<u64>() + part.shared.bytes()
        });
        parts.sum::<usize>() + self.index.bytes()
    }

    /// See [`crate::store::Members::find`].
    pub(super) fn find_members(&self, searches: &[MemberSearch]) -> Result<Vec<Vec<MemberFile>>> {
        let mut scratch = Scratch::default();
        let mut results = Vec::with_capacity(searches.len());
        for search in searches {
            let mut files = Vec::new();
            let mut failed = None;
            each_probe(search, |probe| {
                if let Err(error) = self.find(&probe, &mut scratch, &mut files) {
                    failed = Some(error);
                }
            });
            if let Some(error) = failed {
                return Err(error);
            }
            sort_members(&mut files);
            results.push(files);
        }
        Ok(results)
    }

    /// See [`crate::store::Members::families`].
    pub(super) fn find_families(&self, subscribers: &[Box<str>]) -> Result<Vec<Vec<MemberFile>>> {
        let mut scratch = Scratch::default();
        let mut results = Vec::with_capacity(subscribers.len());
        for subscriber in subscribers {
            let probe = Probe { kind: KeyKind::Family, key: (&**subscriber).into(), prefix: None };
            let mut files = Vec::new();
            self.find(&probe, &mut scratch, &mut files)?;
            sort_members(&mut files);
            results.push(files);
        }
        Ok(results)
    }

    fn find(
        &self,
        probe: &Probe<'_>,
        scratch: &mut Scratch,
        files: &mut Vec<MemberFile>,
    ) -> Result<()> {
        // Persons are kept under their families.
        let (kind, key) = match probe.kind {
            KeyKind::Person => match probe.key.split_at_checked(probe.key.len().wrapping_sub(2)) {
                Some((family, _)) => (KeyKind::Family, family),
                None => return Ok(()),
            },
            kind => (kind, &*probe.key),
        };
        for number in self.index.find(key_hash(kind, key)) {
            self.write_out(number, &mut scratch.file)?;
            let sections = cut(&scratch.file)?;
            if !holds_key(sections.person, probe)? {
                continue;
            }
            let mut file = sections.unpack()?;
            if !probe.admits(&file.member) {
                continue;
            }
            if file.member.relationship != Relationship::Myself {
                let family = &file.member.subscriber;
                file.subscriber = self.subscriber(family, &mut scratch.other)?.map(Box::new);
            }
            files.push(file);
        }
        Ok(())
    }

    /// The subscriber of a family.
    fn subscriber(
        &self,
        family: &str,
        scratch: &mut String,
    ) -> Result<Option<crate::store::Member>> {
        for number in self.index.find(key_hash(KeyKind::Family, family)) {
            self.write_out(number, scratch)?;
            let packed = cut(scratch)?.person;
            if person_id(packed)?.0 == family {
                let member = person(packed)?;
                if member.relationship == Relationship::Myself {
                    return Ok(Some(member));
                }
            }
        }
        Ok(None)
    }

    /// The text of a member, with everything shared written out.
    fn write_out(&self, number: u32, out: &mut String) -> Result<()> {
        let part = self.parts.partition_point(|part| part.first <= number).checked_sub(1);
        let part = part.and_then(|part| self.parts.get(part)).ok_or_else(corrupt)?;
        let index = (number - part.first) as usize;
        let end = *part.ends.get(index).ok_or_else(corrupt)? as usize;
        let start = index.checked_sub(1).map_or(0, |before| part.ends[before] as usize);
        out.clear();
        part.shared.write_out(part.text.get(start..end).ok_or_else(corrupt)?, out);
        Ok(())
    }
}

/// Text that is used again from look-up to look-up.
#[derive(Default)]
struct Scratch {
    file: String,
    other: String,
}

impl Part {
    async fn read(pages: &dyn MemberPages, range: &FamilyRange) -> Result<Self> {
        let mut part = Self::default();
        let mut take = |file: &str| part.take(&Sections::cut(file)?);
        pages.read(range, &mut take).await?;
        part.shared.finish();
        part.text.shrink_to_fit();
        part.ends.shrink_to_fit();
        Ok(part)
    }

    /// Takes in one member, whose key section is the name key.
    fn take(&mut self, file: &Sections<'_>) -> Result<()> {
        let number = u32::try_from(self.ends.len()).map_err(|_| corrupt())?;
        let (subscriber, _) = person_id(file.person)?;
        self.keys.push((key_hash(KeyKind::Family, subscriber), number));
        self.keys.push((key_hash(KeyKind::Name, file.key), number));
        let mut ids = file.person.rsplit(crate::store::packed::FIELD);
        for kind in [KeyKind::MedicareId, KeyKind::Card, KeyKind::Ssn] {
            let id = ids.next().ok_or_else(corrupt)?;
            if !id.is_empty() {
                self.keys.push((key_hash(kind, id), number));
            }
        }
        self.shared.shorten(file, &mut self.text);
        self.ends.push(self.text.len() as u64);
        Ok(())
    }
}

/// Cuts a member's text, which has no key and no subscriber.
fn cut(file: &str) -> Result<Sections<'_>> {
    let mut sections = file.split(SECTION);
    let mut next = || sections.next().ok_or_else(corrupt);
    Ok(Sections {
        key: "",
        person: next()?,
        subscriber: "",
        coverage: next()?,
        accumulators: next()?,
        other: next()?,
    })
}

/// True when the person has the key, and not only one of the same hash.
fn holds_key(packed: &str, probe: &Probe<'_>) -> Result<bool> {
    let (subscriber, suffix) = person_id(packed)?;
    let same = |id: &Option<Box<str>>| id.as_deref() == Some(&*probe.key);
    Ok(match probe.kind {
        KeyKind::Family => subscriber == probe.key,
        KeyKind::Person => {
            probe.key.strip_suffix(suffix).is_some_and(|family| family == subscriber)
        }
        KeyKind::Name => {
            let member = person(packed)?;
            let (last, first) = (normalise_name(&member.last), normalise_name(&member.first));
            name_key(&last, &first, member.birth) == probe.key
        }
        KeyKind::Ssn => same(&person(packed)?.ssn),
        KeyKind::Card => same(&person(packed)?.card),
        KeyKind::MedicareId => same(&person(packed)?.medicare_id),
    })
}

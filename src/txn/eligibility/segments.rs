//! The segments the 270 and 271 share, one `read_` and one `write_` each.
//!
//! Reading takes what is there and forgives the rest. Writing keeps to the lengths and repeats of the
//! guide: text is made fit (see [`super::text`]), an optional element that cannot be made fit is left out,
//! and a repeat over the maximum is dropped, because a rejected answer helps nobody.

use super::parts::*;
use super::text::{exact, upper};
use crate::tree::LoopRef;
use crate::wire::value::{d8_text, date_d8, period_rd8, rd8_text, time_tm, tm_text, whole_number};
use crate::wire::{Code, EmitError, Emitter, Segment};
use std::borrow::Cow;

/// The text of an element, with anything that is not UTF-8 replaced.
pub(super) fn text(bytes: &[u8]) -> Box<str> {
    String::from_utf8_lossy(bytes).into()
}

/// The code in an element.
pub(super) fn code(segment: Segment<'_>, position: usize) -> Code {
    Code::from_bytes(segment.value(position))
}

/// Fits an identifier to `chars_max`, or leaves it out when fewer than `chars_min` remain.
pub(super) fn fit<'t>(
    value: &'t str,
    chars_min: usize,
    chars_max: usize,
    out: &Emitter,
) -> Cow<'t, str> {
    let fitted = exact(value, chars_max, out.delimiters());
    if fitted.len() < chars_min { Cow::Borrowed("") } else { fitted }
}

pub(super) fn read_header(segment: Segment<'_>) -> Header {
    Header {
        purpose: code(segment, 2),
        reference: text(segment.value(3)),
        date: Sent::from_element(segment.value(4), date_d8),
        time: Sent::from_element(segment.value(5), time_tm),
        kind: code(segment, 6),
    }
}

pub(super) fn write_header(header: &Header, out: &mut Emitter) -> Result<(), EmitError> {
    out.enter("ST");
    let reference = fit(&header.reference, 1, 50, out);
    let date = header.date.value().map(d8_text);
    let time = header.time.value().map(tm_text);
    out.segment("BHT")
        .text("0022")
        .text(header.purpose.as_str())
        .text(&reference)
        .maybe(date.as_ref().map(|d| d.as_str()))
        .maybe(time.as_ref().map(|t| t.as_str()))
        .text(header.kind.as_str())
        .end()
}

pub(super) fn read_name(segment: Segment<'_>) -> Name {
    let mut elements = segment.elements();
    let mut next = || elements.next().map_or(&b""[..], |e| e.bytes);
    let (entity, kind) = (Code::from_bytes(next()), Code::from_bytes(next()));
    let (last, first, middle) = (text(next()), text(next()), text(next()));
    let _prefix = next();
    let suffix = text(next());
    let (id_qualifier, id) = (Code::from_bytes(next()), text(next()));
    Name { entity, kind, last, first, middle, suffix, id_qualifier, id }
}

/// Writes NM1; an id without a qualifier, or the reverse, is left out, because each needs the other.
pub(super) fn write_name(name: &Name, out: &mut Emitter) -> Result<(), EmitError> {
    let delimiters = out.delimiters();
    let id = fit(&name.id, 2, 80, out);
    let has_id = !id.is_empty() && !name.id_qualifier.is_empty();
    let given = |text, chars_max| match name.kind == "1" {
        true => upper(text, chars_max, delimiters),
        false => Cow::Borrowed(""),
    };
    let (first, middle, suffix) =
        (given(&name.first, 35), given(&name.middle, 25), given(&name.suffix, 10));
    let last = upper(&name.last, 60, delimiters);
    out.segment("NM1")
        .text(name.entity.as_str())
        .text(name.kind.as_str())
        .text(&last)
        .text(&first)
        .text(&middle)
        .text("")
        .text(&suffix)
        .text(if has_id { name.id_qualifier.as_str() } else { "" })
        .text(if has_id { &id } else { "" })
        .end()
}

pub(super) fn read_reference(segment: Segment<'_>) -> Reference {
    Reference {
        qualifier: code(segment, 1),
        value: text(segment.value(2)),
        description: text(segment.value(3)),
    }
}

/// Writes up to `most` REF; one without a value is left out. REF03 is for a 271 only.
pub(super) fn write_references(
    references: &[Reference],
    most: usize,
    described: bool,
    out: &mut Emitter,
) -> Result<(), EmitError> {
    for reference in references.iter().take(most) {
        let value = fit(&reference.value, 1, 50, out);
        if value.is_empty() || reference.qualifier.is_empty() {
            continue;
        }
        let description = if described { &*reference.description } else { "" };
        let description = upper(description, 80, out.delimiters());
        out.segment("REF")
            .text(reference.qualifier.as_str())
            .text(&value)
            .text(&description)
            .end()?;
    }
    Ok(())
}

pub(super) fn read_address(here: LoopRef<'_>) -> Option<PostalAddress> {
    let (street, place) = (here.first("N3"), here.first("N4"));
    let street_text = |position| street.map_or_else(Box::default, |s| text(s.value(position)));
    let place_text = |position| place.map_or_else(Box::default, |s| text(s.value(position)));
    (street.is_some() || place.is_some()).then(|| PostalAddress {
        line1: street_text(1),
        line2: street_text(2),
        city: place_text(1),
        state: place_text(2),
        zip: place_text(3),
        country: place_text(4),
        subdivision: place_text(7),
    })
}

/// Writes N3 when there is a street and N4 when there is a city, which N4 cannot do without.
pub(super) fn write_address(address: &PostalAddress, out: &mut Emitter) -> Result<(), EmitError> {
    let delimiters = out.delimiters();
    let line1 = upper(&address.line1, 55, delimiters);
    if !line1.is_empty() {
        let line2 = upper(&address.line2, 55, delimiters);
        out.segment("N3").text(&line1).text(&line2).end()?;
    }
    let city = upper(&address.city, 30, delimiters);
    if city.len() < 2 {
        return Ok(());
    }
    let exactly_two = |text: &'_ str| if text.len() == 2 { text.to_owned() } else { String::new() };
    let state = exactly_two(&upper(&address.state, 2, delimiters));
    let zip = fit(&address.zip, 3, 15, out);
    let country = fit(&address.country, 2, 3, out);
    let subdivision = fit(&address.subdivision, 1, 3, out);
    out.segment("N4")
        .text(&city)
        .text(&state)
        .text(&zip)
        .text(&country)
        .text("")
        .text("")
        .text(&subdivision)
        .end()
}

pub(super) fn read_role(segment: Segment<'_>) -> ProviderRole {
    ProviderRole {
        role: code(segment, 1),
        qualifier: code(segment, 2),
        value: text(segment.value(3)),
    }
}

pub(super) fn write_role(role: &ProviderRole, out: &mut Emitter) -> Result<(), EmitError> {
    let value = fit(&role.value, 1, 50, out);
    let qualifier = if value.is_empty() { "" } else { role.qualifier.as_str() };
    let value = if qualifier.is_empty() { "" } else { &value };
    out.segment("PRV").text(role.role.as_str()).text(qualifier).text(value).end()
}

pub(super) fn read_trace(segment: Segment<'_>) -> Trace {
    Trace {
        kind: code(segment, 1),
        number: text(segment.value(2)),
        originator: text(segment.value(3)),
        secondary: text(segment.value(4)),
    }
}

pub(super) fn write_traces(
    traces: &[Trace],
    most: usize,
    out: &mut Emitter,
) -> Result<(), EmitError> {
    for trace in traces.iter().take(most) {
        let (number, originator) =
            (fit(&trace.number, 1, 50, out), fit(&trace.originator, 1, 10, out));
        if number.is_empty() {
            continue;
        }
        let secondary = fit(&trace.secondary, 1, 50, out);
        out.segment("TRN")
            .text(trace.kind.as_str())
            .text(&number)
            .text(&originator)
            .text(&secondary)
            .end()?;
    }
    Ok(())
}

/// Writes DMG when there is anything to say. Only an answer can say that the gender is not known.
pub(super) fn write_demographics(
    person: &Person,
    answer: bool,
    out: &mut Emitter,
) -> Result<(), EmitError> {
    let birth = person.birth.value().map(d8_text);
    let gender = person
        .gender
        .value()
        .filter(|gender| answer || *gender != Gender::Unknown)
        .map(Gender::code);
    if birth.is_none() && gender.is_none() {
        return Ok(());
    }
    out.segment("DMG")
        .text(if birth.is_some() { "D8" } else { "" })
        .maybe(birth.as_ref().map(|b| b.as_str()))
        .maybe(gender)
        .end()
}

pub(super) fn read_insured(segment: Segment<'_>) -> Insured {
    Insured {
        subscriber: code(segment, 1),
        relationship: code(segment, 2),
        maintenance: code(segment, 3),
        reason: code(segment, 4),
        birth_sequence: whole_number(segment.value(17)),
    }
}

pub(super) fn write_insured(insured: &Insured, out: &mut Emitter) -> Result<(), EmitError> {
    let ins = out
        .segment("INS")
        .text(insured.subscriber.as_str())
        .text(insured.relationship.as_str())
        .text(insured.maintenance.as_str())
        .text(insured.reason.as_str());
    match insured.birth_sequence {
        Some(place) => ins.skip_to(17).number(u64::from(place)).end(),
        None => ins.end(),
    }
}

pub(super) fn read_diagnoses(segment: Segment<'_>) -> Vec<Diagnosis> {
    let one = |position| Diagnosis {
        qualifier: Code::from_bytes(segment.component(position, 1)),
        code: text(segment.component(position, 2)),
    };
    (1..=segment.elements().count().min(8)).map(one).collect()
}

pub(super) fn write_diagnoses(diagnoses: &[Diagnosis], out: &mut Emitter) -> Result<(), EmitError> {
    if diagnoses.is_empty() {
        return Ok(());
    }
    let fitted: Vec<_> = diagnoses
        .iter()
        .take(8)
        .map(|d| (d.qualifier, fit(&d.code, 1, 30, out).into_owned()))
        .collect();
    let hi = out.segment("HI");
    fitted.iter().fold(hi, |hi, (qualifier, code)| hi.composite(&[qualifier.as_str(), code])).end()
}

pub(super) fn read_dated(segment: Segment<'_>) -> Dated {
    let form = segment.value(2);
    let when = Sent::from_element(segment.value(3), |text| match form {
        b"RD8" => period_rd8(text).map(|(from, to)| When::Span(from, to)),
        _ => date_d8(text).map(When::Day),
    });
    Dated { qualifier: code(segment, 1), when }
}

pub(super) fn read_place(segment: Segment<'_>) -> Place {
    Place {
        qualifier: code(segment, 1),
        code: text(segment.value(2)),
        category: code(segment, 3),
        text: text(segment.value(4)),
    }
}

/// Writes up to `most` DTP; one without a readable date is left out.
pub(super) fn write_dates(
    dates: &[Dated],
    most: usize,
    out: &mut Emitter,
) -> Result<(), EmitError> {
    for dated in dates.iter().take(most) {
        let (form, when) = match dated.when {
            Sent::Value(When::Day(day)) => ("D8", d8_text(day)),
            Sent::Value(When::Span(from, to)) => ("RD8", rd8_text(from, to)),
            Sent::Absent | Sent::Malformed => continue,
        };
        out.segment("DTP").text(dated.qualifier.as_str()).text(form).text(when.as_str()).end()?;
    }
    Ok(())
}

pub(super) fn read_procedure(segment: Segment<'_>, position: usize) -> Option<Procedure> {
    let part = |component| segment.component(position, component);
    (!segment.value(position).is_empty()).then(|| Procedure {
        qualifier: Code::from_bytes(part(1)),
        code: text(part(2)),
        modifiers: (3..=6)
            .map(|c| Code::from_bytes(part(c)))
            .take_while(|m| !m.is_empty())
            .collect(),
        last: text(part(8)),
    })
}

/// The components of a procedure as they are written, fitted; what follows the last one that is there is
/// cut off.
pub(super) fn procedure_components(procedure: &Procedure, out: &Emitter) -> [String; 8] {
    let modifier = |index: usize| {
        procedure.modifiers.get(index).map_or_else(String::new, |m| m.as_str().to_owned())
    };
    [
        procedure.qualifier.as_str().to_owned(),
        fit(&procedure.code, 1, 48, out).into_owned(),
        modifier(0),
        modifier(1),
        modifier(2),
        modifier(3),
        String::new(),
        fit(&procedure.last, 1, 48, out).into_owned(),
    ]
}

/// Reads up to four diagnosis pointers.
pub(super) fn read_pointers(segment: Segment<'_>, position: usize) -> Vec<u8> {
    let pointer = |component| whole_number(segment.component(position, component));
    (1..=4).map_while(pointer).filter_map(|p| u8::try_from(p).ok()).collect()
}

/// The text of up to four diagnosis pointers, for a composite.
pub(super) fn pointer_texts(pointers: &[u8]) -> [String; 4] {
    std::array::from_fn(|index| pointers.get(index).map_or_else(String::new, u8::to_string))
}

/// Reads a 2100C or 2100D loop.
pub(super) fn read_person(here: LoopRef<'_>) -> Person {
    let mut person = Person { address: read_address(here), ..Person::default() };
    for segment in here.segments() {
        match segment.tag_bytes() {
            b"NM1" => person.name = read_name(segment),
            b"REF" => person.references.push(read_reference(segment)),
            b"PRV" => person.provider = Some(read_role(segment)),
            b"DMG" => {
                person.birth = match segment.value(1) {
                    b"D8" | b"" => Sent::from_element(segment.value(2), date_d8),
                    _ => Sent::Malformed,
                };
                person.gender = Sent::from_element(segment.value(3), Gender::from_code);
            }
            b"INS" => person.insured = Some(read_insured(segment)),
            b"HI" => person.diagnoses = read_diagnoses(segment),
            b"DTP" => person.dates.push(read_dated(segment)),
            _ => {}
        }
    }
    person
}

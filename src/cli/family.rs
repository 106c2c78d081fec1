//! The people whom one subscriber id covers, to choose one from. A 271 cannot name them (AAA 76); who works on the payer's own store may
//! see them.

use serde::Serialize;

use super::ask::From;
use super::failure::{Failure, Result};
use super::local_gateway::{LocalGateway, at};
use super::output::Output;
use super::table::{self, table};
use x12gate::config::Config;
use x12gate::guide::Registry;
use x12gate::store::{Access, Gender, Member, MemberSearch, Relationship};

/// What tells one of the people from the others.
#[derive(Serialize)]
pub(super) struct Choice {
    member_id: String,
    name: String,
    birth_date: String,
    gender: &'static str,
    relationship: &'static str,
}

impl Choice {
    fn of(member: &Member) -> Choice {
        let generation = member.generation.as_deref().map(|text| format!(" {text}"));
        Choice {
            member_id: member.id(),
            name: format!("{}{}, {}", member.last, generation.unwrap_or_default(), member.first),
            birth_date: member.birth.to_string(),
            gender: match member.gender {
                Gender::Female => "female",
                Gender::Male => "male",
                Gender::Unknown => "unknown",
            },
            relationship: match member.relationship {
                Relationship::Myself => "subscriber",
                Relationship::Spouse => "spouse",
                Relationship::Child => "child",
                Relationship::Other => "other",
            },
        }
    }
}

/// Those whom the id matches, in the order of their suffixes; nobody where a server is asked.
pub(super) fn find(from: &From, id: &str) -> Result<Vec<Choice>> {
    let registry = Registry::embedded().clone();
    let local = match (&from.server, &from.store) {
        (Some(_), _) => return Ok(Vec::new()),
        (None, Some(path)) => {
            LocalGateway::open(at(Config::default(), path), registry, Access::Read)?
        }
        (None, None) => LocalGateway::demo(Config::default(), registry, true, Access::Write)?,
    };
    let id: String = id.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let searches = [MemberSearch::Id(id.to_uppercase().into())];
    let found = local.runtime.block_on(local.gateway.stores().members.find(&searches));
    local.close();
    let files = found.map_err(|e| Failure::new("look the family up", e))?;
    let mut members: Vec<&Member> = files.iter().flatten().map(|file| &file.member).collect();
    members.sort_by_key(|member| &member.suffix);
    Ok(members.into_iter().map(Choice::of).collect())
}

/// Shows them as a table.
pub(super) fn show(choices: &[Choice], out: &mut Output) -> Result<()> {
    let mut table = table(["Member ID", "Name", "Date of birth", "Gender", "Relationship"]);
    for choice in choices {
        table.add_row([
            &*choice.member_id,
            &choice.name,
            &choice.birth_date,
            choice.gender,
            choice.relationship,
        ]);
    }
    out.text("\nWho is meant? Ask again with one of these IDs.\n")?;
    out.text(&table::text(&table))
}

//! `partner`: trading partners and their profiles.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;
use toml::{Table, Value};

use super::at_store::{self, micros_now};
use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::{Format, Output};
use super::rules::registry;
use super::store_args::StoreArgs;
use super::table::{self, table};
use x12gate::access::OPERATOR;
use x12gate::config::Config;
use x12gate::partner::{Partner as Profile, PartnerDirectory, profile_text};
use x12gate::store::{Access, AuditEvent, LoadRows, PartnerRow, Stores};

/// List, show, add, change, test and disable trading partners
///
/// A profile is in the store, or in the partner folder of the settings. Where both have a profile of one ID the store wins;
/// changes are written to the store. A server takes them up within a second.
#[derive(Args, Debug)]
pub(super) struct Partner {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    store: StoreArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    format: Format,
}

#[derive(Subcommand, Debug)]
enum What {
    /// List the partners
    List,
    /// Show the profile of a partner
    Show(Named),
    /// Add a partner from a profile
    Add(FromFile),
    /// Set keys of a profile
    Set(Set),
    /// Test a profile, in a file or of a partner, against the others, the settings and the guides
    Test(Tested),
    /// Take nothing from a partner any more
    Disable(Named),
    /// Take interchanges from a disabled partner again
    Enable(Named),
}

#[derive(Args, Debug)]
struct Named {
    /// ID of the partner
    #[arg(value_name = "ID")]
    id: String,
}

#[derive(Args, Debug)]
struct FromFile {
    /// The profile; its ID is the name of the file unless it has one
    #[arg(value_name = "FILE.toml")]
    file: PathBuf,
}

#[derive(Args, Debug)]
struct Set {
    /// ID of the partner
    #[arg(value_name = "ID")]
    id: String,
    /// Keys with their values, as in the profile: usage=test ack.ta1=always 'npis=["1234567893"]'
    #[arg(value_name = "KEY=VALUE", required = true)]
    keys: Vec<String>,
}

#[derive(Args, Debug)]
struct Tested {
    /// ID of a partner, or a profile
    #[arg(value_name = "ID|FILE.toml")]
    what: String,
    /// Folder of your own guides and overlays
    #[arg(long, value_name = "DIR")]
    guides: Option<PathBuf>,
}

/// A partner, as JSON.
#[derive(Serialize)]
struct Line<'l> {
    id: &'l str,
    name: &'l str,
    isa: Vec<String>,
    sets: &'l [Box<str>],
    disabled: bool,
    source: &'static str,
}

/// All profiles, where they are.
struct Profiles {
    rows: Vec<PartnerRow>,
    directory: PartnerDirectory,
}

impl Profiles {
    async fn read(stores: &Stores, config: &Config) -> Result<Profiles> {
        let rows = stores.partners.all().await.map_err(|e| Failure::new("read the partners", e))?;
        let directory = PartnerDirectory::load(config, &rows)
            .map_err(|e| Failure::new("use the partner profiles", e))?;
        Ok(Profiles { rows, directory })
    }

    fn source(&self, id: &str) -> &'static str {
        if self.rows.iter().any(|row| *row.id == *id) { "store" } else { "file" }
    }

    fn known(&self, id: &str) -> Result<&Profile> {
        let known = self.directory.with_id(id).map(|partner| &**partner);
        known.ok_or_else(|| Failure::Refused(format!("there is no partner {id}")))
    }

    /// The text of a profile.
    fn text(&self, id: &str, config: &Config) -> Result<String> {
        self.known(id)?;
        let text = profile_text(id, config, &self.rows)
            .map_err(|e| Failure::new(format!("read the profile of {id}"), e))?;
        text.ok_or_else(|| Failure::Refused(format!("the file of {id} is gone")))
    }
}

/// Runs `partner`.
pub(super) fn run(args: &Partner, out: &mut Output) -> Result<Exit> {
    let access = match args.what {
        What::List | What::Show(_) | What::Test(_) => Access::Read,
        _ => Access::Write,
    };
    at_store::with(&args.store, access, async |stores, config| {
        let profiles = Profiles::read(stores, config).await?;
        let said = match &args.what {
            What::List => return list(&profiles, args.format, out),
            What::Show(Named { id }) => {
                out.text(&profiles.text(id, config)?)?;
                return Ok(Exit::Clean);
            }
            What::Test(tested) => test(tested, &profiles, config)?,
            What::Add(FromFile { file }) => add(file, &profiles, stores, config).await?,
            What::Set(Set { id, keys }) => {
                let said = keys.iter().map(|key| key.split('=').next().unwrap_or(key));
                let detail = said.collect::<Vec<_>>().join(" ");
                let text = changed(&profiles.text(id, config)?, keys)?;
                keep(id, text, ("partner.set", &detail), &profiles, stores, config).await?;
                format!("changed {id}")
            }
            What::Disable(Named { id }) => {
                let text = changed(&profiles.text(id, config)?, &["disabled=true".to_owned()])?;
                keep(id, text, ("partner.disable", ""), &profiles, stores, config).await?;
                format!("disabled {id}")
            }
            What::Enable(Named { id }) => {
                let text = changed(&profiles.text(id, config)?, &["disabled=false".to_owned()])?;
                keep(id, text, ("partner.enable", ""), &profiles, stores, config).await?;
                format!("enabled {id}")
            }
        };
        out.line(&said)?;
        Ok(Exit::Clean)
    })
}

fn list(profiles: &Profiles, format: Format, out: &mut Output) -> Result<Exit> {
    let mut lines = table(["Partner", "Name", "ISA", "Sets", "State", "Profile in"]);
    for partner in profiles.directory.partners() {
        let isa: Vec<String> =
            partner.isa.iter().map(|isa| format!("{}:{}", isa.qualifier, isa.id)).collect();
        let source = profiles.source(&partner.id);
        match format {
            Format::Json => out.json(&Line {
                id: &partner.id,
                name: &partner.name,
                isa,
                sets: &partner.sets,
                disabled: partner.disabled,
                source,
            })?,
            Format::Text => {
                lines.add_row([
                    partner.id.to_string(),
                    partner.name.to_string(),
                    isa.join("\n"),
                    if partner.sets.is_empty() { "all".to_owned() } else { partner.sets.join(" ") },
                    if partner.disabled { "disabled" } else { "open" }.to_owned(),
                    source.to_owned(),
                ]);
            }
        }
    }
    if format == Format::Text {
        out.text(&table::text(&lines))?;
    }
    Ok(Exit::Clean)
}

async fn add(file: &Path, profiles: &Profiles, stores: &Stores, config: &Config) -> Result<String> {
    let text = std::fs::read_to_string(file)
        .map_err(|e| Failure::new(format!("read {}", file.display()), e))?;
    let partner =
        Profile::parse(&text, file, config).map_err(|e| Failure::new("use the profile", e))?;
    let id = partner.id.to_string();
    if profiles.directory.with_id(&id).is_some() {
        return Err(Failure::Refused(format!("there is a partner {id} already")));
    }
    keep(&id, text, ("partner.add", ""), profiles, stores, config).await?;
    Ok(format!("added {id}"))
}

/// The text with these keys set. Comments in it are lost.
fn changed(text: &str, keys: &[String]) -> Result<String> {
    let mut table: Table = text.parse().map_err(|e| Failure::new("read the profile", e))?;
    for given in keys {
        let Some((key, value)) = given.split_once('=') else {
            return Err(Failure::Refused(format!("{given} is not KEY=VALUE")));
        };
        // What is not a value of TOML is a text without its quotes.
        let parsed = format!("value = {value}").parse::<Table>().ok();
        let value = parsed.and_then(|mut it| it.remove("value").filter(|_| it.is_empty()));
        let value = value.unwrap_or_else(|| Value::String(given[key.len() + 1..].to_owned()));
        let mut at = &mut table;
        let (sections, last) = key.rsplit_once('.').unwrap_or(("", key));
        for section in sections.split('.').filter(|section| !section.is_empty()) {
            let entry = at.entry(section).or_insert_with(|| Value::Table(Table::new()));
            at = match entry {
                Value::Table(inner) => inner,
                _ => return Err(Failure::Refused(format!("{section} is no section"))),
            };
        }
        at.insert(last.to_owned(), value);
    }
    toml::to_string(&table).map_err(|e| Failure::new("write the profile", e))
}

/// Checks a profile beside the others, and puts it into the store.
async fn keep(
    id: &str,
    text: String,
    (action, detail): (&str, &str),
    profiles: &Profiles,
    stores: &Stores,
    config: &Config,
) -> Result<()> {
    let mut rows: Vec<PartnerRow> =
        profiles.rows.iter().filter(|row| *row.id != *id).cloned().collect();
    let row = PartnerRow { id: id.into(), profile: text };
    rows.push(row.clone());
    let directory =
        PartnerDirectory::load(config, &rows).map_err(|e| Failure::new("use the profile", e))?;
    if directory.with_id(id).is_none() {
        return Err(Failure::Refused("the ID of a partner does not change".to_owned()));
    }
    let failed = |e| Failure::new("change the partner", e);
    let mut load = stores.begin_load().await.map_err(failed)?;
    load.put(LoadRows::Partners(&[row])).await.map_err(failed)?;
    load.commit().await.map_err(failed)?;
    let event = AuditEvent {
        at_micros: micros_now(),
        actor: OPERATOR.into(),
        action: action.into(),
        subject: id.into(),
        outcome: "done".into(),
        detail: detail.into(),
        interchange: None,
    };
    stores.logins.change(Vec::new(), vec![event]).await.map_err(failed)
}

fn test(tested: &Tested, profiles: &Profiles, config: &Config) -> Result<String> {
    let registry =
        registry(tested.guides.as_deref(), config.codes_directory().map(PathBuf::as_path))?;
    let path = Path::new(&tested.what);
    let partner = match path.is_file() {
        true => {
            let text = std::fs::read_to_string(path)
                .map_err(|e| Failure::new(format!("read {}", path.display()), e))?;
            let partner = Profile::parse(&text, path, config)
                .map_err(|e| Failure::new("use the profile", e))?;
            for other in profiles.directory.partners().iter().filter(|it| it.id != partner.id) {
                if let Some(isa) = partner.isa.iter().find(|isa| other.isa.contains(isa)) {
                    let (other, id) = (&other.id, &isa.id);
                    return Err(Failure::Refused(format!(
                        "{other} sends under the ISA id {id} too"
                    )));
                }
            }
            partner
        }
        false => profiles.known(&tested.what)?.clone(),
    };
    for overlay in &partner.overlays {
        if registry.overlaid(overlay).is_none() {
            return Err(Failure::Refused(format!("the overlay {overlay} is not loaded")));
        }
    }
    Ok(format!("{} can be used", partner.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_set_as_the_profile_would_have_them() {
        let keys =
            ["usage=test", "ack.ta1=always", "npis=[\"1\"]", "eligibility.dates.past_months=48"];
        let text = changed("name = 'A'\n[ack]\nta1 = 'never'\n", &keys.map(str::to_owned)).unwrap();
        let table: Table = text.parse().unwrap();
        assert_eq!(table["name"].as_str(), Some("A"));
        assert_eq!(table["usage"].as_str(), Some("test"));
        assert_eq!(table["ack"]["ta1"].as_str(), Some("always"));
        assert_eq!(table["npis"].as_array().map(Vec::len), Some(1));
        assert_eq!(table["eligibility"]["dates"]["past_months"].as_integer(), Some(48));
        // A value cannot bring further keys along.
        let text = changed("", &["name=\"a\"\nid = \"b\"".to_owned()]).unwrap();
        assert!(!text.parse::<Table>().unwrap().contains_key("id"), "{text}");
        assert!(changed("name = 'A'", &["name.x=1".to_owned()]).is_err());
        assert!(changed("", &["name".to_owned()]).is_err());
    }
}

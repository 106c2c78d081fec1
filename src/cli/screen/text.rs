//! A screen as text: a block of fields and tables, wide enough for a terminal.

use comfy_table::Table;

use super::{Screen, benefits, limits};
use crate::cli::table::{self, table};

/// Which of the portal's tabs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::cli) enum Shown {
    /// Who and whether covered.
    Eligibility,
    /// The twelve categories.
    Benefits,
    /// Deductibles.
    Deductible,
    /// Out-of-pocket maxima.
    OutOfPocket,
    /// All of it.
    Everything,
}

/// The screen as text, ending in a line feed.
pub(in crate::cli) fn render(screen: &Screen, shown: Shown) -> String {
    let mut out = String::new();
    let all = shown == Shown::Everything;
    head(&mut out, screen, all || shown == Shown::Eligibility);
    if !screen.rejections.is_empty() {
        let mut table = table(["Rejected", "Code", "Because", "What to do"]);
        for row in &screen.rejections {
            table.add_row([row.about, &row.reason, &row.meaning, &row.follow_up]);
        }
        section(&mut out, "Not answered", &table);
    }
    if all || shown == Shown::Eligibility {
        eligibility(&mut out, screen);
    }
    if all || shown == Shown::Benefits {
        benefit_tables(&mut out, screen);
    }
    if all || shown == Shown::Deductible {
        limit_table(
            &mut out,
            "Deductible",
            "Deductibles do not apply.",
            screen,
            &screen.deductible,
        );
    }
    if all || shown == Shown::OutOfPocket {
        let none = "An out-of-pocket maximum does not apply.";
        limit_table(&mut out, "Out-of-pocket maximum", none, screen, &screen.out_of_pocket);
    }
    for note in &screen.notes {
        out.push_str(&format!("\n{note}\n"));
    }
    out.trim_start_matches('\n').to_owned()
}

fn field(out: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        out.push_str(&format!("  {name:<16} {value}\n"));
    }
}

fn head(out: &mut String, screen: &Screen, whole: bool) {
    let Some(member) = &screen.member else { return };
    field(out, "Member", &member.name);
    field(out, "Member ID", &member.id);
    if whole {
        field(out, "Date of birth", member.birth_date.as_deref().unwrap_or(""));
        field(out, "Gender", member.gender.unwrap_or(""));
        field(out, "Address", member.address.as_deref().unwrap_or(""));
        field(out, "Date of service", member.date_of_service.as_deref().unwrap_or(""));
    }
    for coverage in &screen.coverage {
        field(out, "Status", &coverage.status);
        if !coverage.plan.is_empty() || !coverage.plan_type.is_empty() {
            field(out, "Plan", &format!("{} ({})", coverage.plan, coverage.plan_type));
        }
        if whole {
            field(out, "Begin date", coverage.begin.as_deref().unwrap_or(""));
            field(out, "Term date", coverage.term.as_deref().unwrap_or(""));
        }
        field(out, "Benefit year", coverage.benefit_year.as_deref().unwrap_or(""));
    }
}

fn eligibility(out: &mut String, screen: &Screen) {
    for (name, parties) in [("PCP", &screen.primary_care), ("Provider unit", &screen.provider_unit)]
    {
        for party in parties {
            let since =
                party.since.as_ref().map(|day| format!(", since {day}")).unwrap_or_default();
            let id = if party.id.is_empty() { String::new() } else { format!(" ({})", party.id) };
            field(out, name, &format!("{}{id}{since}", party.name));
        }
    }
    if !screen.other_carriers.is_empty() {
        let mut table =
            table(["Carrier", "Order of benefits", "Policy number", "Effective", "Term"]);
        for carrier in &screen.other_carriers {
            let or_blank = |text: &Option<String>| text.clone().unwrap_or_default();
            table.add_row([
                carrier.name.clone(),
                carrier.order.clone(),
                or_blank(&carrier.policy),
                or_blank(&carrier.effective),
                or_blank(&carrier.term),
            ]);
        }
        section(out, "Other carriers", &table);
    }
}

fn benefit_tables(out: &mut String, screen: &Screen) {
    if screen.benefits.is_empty() {
        out.push_str("\nThe answer says nothing of single benefits.\n");
        return;
    }
    let mut table = table([
        "Category",
        "Services",
        "In network",
        "Out of network",
        "Limits",
        "Authorization",
        "Notes",
    ]);
    let mut last = "";
    for (category, services, terms) in side_by_side(&screen.benefits) {
        let shown = if category == last { "" } else { category };
        last = category;
        table.add_row([
            shown.to_owned(),
            services.join(", "),
            terms.within,
            terms.without,
            terms.limits.join("; "),
            terms.authorization.to_owned(),
            terms.notes.join("; "),
        ]);
    }
    section(out, "Benefits", &table);
}

/// What the rows of one service say, with both networks side by side.
#[derive(Default, Clone, PartialEq, Eq)]
struct Terms {
    within: String,
    without: String,
    limits: Vec<String>,
    authorization: &'static str,
    notes: Vec<String>,
}

/// Services of a category that have the same terms, together.
fn side_by_side(rows: &[benefits::Row]) -> Vec<(&'static str, Vec<String>, Terms)> {
    let mut services: Vec<(&'static str, &str, String, Terms)> = Vec::new();
    for row in rows {
        let category = row.category.unwrap_or("Other");
        let place =
            services.iter().position(|(_, code, ..)| *code == row.code).unwrap_or_else(|| {
                let name = format!("{} ({})", row.service, row.code);
                services.push((category, &row.code, name, Terms::default()));
                services.len() - 1
            });
        add_terms(&mut services[place].3, row);
    }
    let mut groups: Vec<(&'static str, Vec<String>, Terms)> = Vec::new();
    for (category, _, name, terms) in services {
        match groups.iter_mut().find(|(known, _, same)| *known == category && *same == terms) {
            Some((_, names, _)) => names.push(name),
            None => groups.push((category, vec![name], terms)),
        }
    }
    groups
}

fn add_terms(terms: &mut Terms, row: &benefits::Row) {
    let mut pays: Vec<String> = row.copay.iter().chain(&row.coinsurance).cloned().collect();
    pays.extend(row.deductible.iter().map(|amount| format!("deductible {amount}")));
    let pays = match (pays.is_empty(), row.covered.as_deref()) {
        (false, _) => pays.join("; "),
        (true, Some("yes")) => "covered".to_owned(),
        (true, Some("no")) => "not covered".to_owned(),
        (true, other) => other.unwrap_or_default().to_owned(),
    };
    let mut put = |cell: fn(&mut Terms) -> &mut String| {
        let cell = cell(terms);
        // An amount says more than that there is coverage.
        if cell.is_empty() || cell == "covered" {
            cell.clone_from(&pays);
        }
    };
    if row.network != "out of network" {
        put(|terms| &mut terms.within);
    }
    if row.network != "in network" {
        put(|terms| &mut terms.without);
    }
    let contacts = row.contact.iter().map(|contact| format!("ask {contact}"));
    for note in row.notes.iter().cloned().chain(contacts) {
        if !terms.notes.contains(&note) {
            terms.notes.push(note);
        }
    }
    for limit in &row.limits {
        if !terms.limits.contains(limit) {
            terms.limits.push(limit.clone());
        }
    }
    terms.authorization = row.authorization.unwrap_or(terms.authorization);
}

fn limit_table(out: &mut String, title: &str, none: &str, screen: &Screen, rows: &[limits::Row]) {
    if rows.is_empty() {
        let what = title.to_lowercase();
        out.push_str(&format!("\n{title}\nThe answer names no {what}.\n"));
        return;
    }
    if rows.iter().all(|row| row.not_applicable) {
        out.push_str(&format!("\n{title}\n{none}\n"));
        return;
    }
    let mut table = table(["Level", "Network", "You met", "Limit", "Remaining", "Claims as of"]);
    for row in rows {
        let or_blank = |text: &Option<String>| text.clone().unwrap_or_default();
        table.add_row([
            row.level.to_owned(),
            row.network.to_owned(),
            or_blank(&row.met),
            or_blank(&row.limit),
            or_blank(&row.remaining),
            or_blank(&row.as_of),
        ]);
    }
    section(out, title, &table);
    let own = rows.iter().find(|row| row.level == "Individual" && row.network != "out of network");
    if let (Some(member), Some(row)) = (&screen.member, own)
        && let Some(remaining) = &row.remaining
    {
        let what = title.to_lowercase();
        out.push_str(&format!(
            "{} has {remaining} remaining toward the individual {} {what}.\n",
            member.name, row.network
        ));
    }
}

fn section(out: &mut String, title: &str, table: &Table) {
    out.push_str(&format!("\n{title}\n"));
    out.push_str(&table::text(table));
}

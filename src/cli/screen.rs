//! The portal's screens as text: a block of fields and tables, wide enough for a terminal.

use comfy_table::Table;

use super::table::{self, table};
use x12gate::portal::{EligibilityView, LimitKind, LimitTab, Screen, group_benefits};

/// What every screen says where the plan has no words of its own.
const NO_GUARANTEE: &str = "Coverage depends on eligibility on the date of service and may change retroactively; this is no guarantee of payment.";

/// What every eligibility screen says, whatever the answer.
const NOT_COVERED: &str = "Verify eligibility on the date of service. Claims for services on a day without coverage are denied.";

/// What every screen of limits says.
const COUNTED: &str = "In-process, denied and unpaid claims are not counted.";

/// What every list of other payers says.
const NO_WORKERS_COMPENSATION: &str = "Workers' compensation is not included.";

/// The screen as text, ending in a line feed.
pub(super) fn render(view: &EligibilityView, shown: Screen) -> String {
    let mut out = String::new();
    let all = shown == Screen::All;
    head(&mut out, view, all || shown == Screen::Eligibility);
    if !view.rejections.is_empty() {
        let mut table = table(["Rejected", "Code", "Because", "What to do"]);
        for row in &view.rejections {
            table.add_row([row.about, &row.reason, &row.meaning, &row.follow_up]);
        }
        section(&mut out, "Not answered", &table);
    }
    if all || shown == Screen::Eligibility {
        eligibility(&mut out, view);
        out.push_str(&format!("\n{NOT_COVERED}\n"));
    }
    if all || shown == Screen::Benefits {
        benefit_tables(&mut out, view);
    }
    if all || shown == Screen::Deductible {
        limit_table(&mut out, view, LimitKind::Deductible);
    }
    if all || shown == Screen::OutOfPocket {
        limit_table(&mut out, view, LimitKind::OutOfPocket);
    }
    for note in &view.notes {
        out.push_str(&format!("\n{note}\n"));
    }
    if view.notes.is_empty() {
        out.push_str(&format!("\n{NO_GUARANTEE}\n"));
    }
    out.trim_start_matches('\n').to_owned()
}

fn field(out: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        out.push_str(&format!("  {name:<16} {value}\n"));
    }
}

fn head(out: &mut String, view: &EligibilityView, whole: bool) {
    let Some(member) = &view.member else { return };
    field(out, "Member", &member.name);
    let suffix = member.suffix.as_ref();
    let suffix = suffix.map(|suffix| format!(" (subscriber), suffix {suffix}"));
    field(out, "Member ID", &format!("{}{}", member.id, suffix.unwrap_or_default()));
    if whole {
        field(out, "Date of birth", member.birth_date.as_deref().unwrap_or(""));
        field(out, "Gender", member.gender.unwrap_or(""));
        field(out, "Address", member.address.as_deref().unwrap_or(""));
        field(out, "Date of service", member.date_of_service.as_deref().unwrap_or(""));
    }
    for coverage in &view.coverage {
        field(out, "Status", &coverage.status);
        if !coverage.plan.is_empty() || !coverage.plan_type.is_empty() {
            field(out, "Plan", &format!("{} ({})", coverage.plan, coverage.plan_type));
        }
        if whole {
            field(out, "Begin date", coverage.begin.as_deref().unwrap_or(""));
            field(out, "Term date", coverage.term.as_deref().unwrap_or(""));
        }
        if whole && view.coverage.len() > 1 {
            field(out, "Date of service", coverage.date_of_service.as_deref().unwrap_or(""));
        }
        if whole {
            field(out, "Updated", coverage.updated.as_deref().unwrap_or(""));
        }
        field(out, "Benefit year", coverage.benefit_year.as_deref().unwrap_or(""));
    }
}

fn eligibility(out: &mut String, view: &EligibilityView) {
    for (name, parties) in [("PCP", &view.primary_care), ("Provider unit", &view.provider_unit)] {
        for party in parties {
            let since =
                party.since.as_ref().map(|day| format!(", since {day}")).unwrap_or_default();
            let id = if party.id.is_empty() { String::new() } else { format!(" ({})", party.id) };
            field(out, name, &format!("{}{id}{since}", party.name));
            field(out, "", party.telephone.as_deref().unwrap_or(""));
            field(out, "", party.address.as_deref().unwrap_or(""));
        }
    }
    if !view.other_carriers.is_empty() {
        let mut table = table([
            "Carrier",
            "Order of benefits",
            "Policy number",
            "Group",
            "Insured",
            "Effective",
            "Term",
        ]);
        for carrier in &view.other_carriers {
            let or_blank = |text: &Option<String>| text.clone().unwrap_or_default();
            table.add_row([
                carrier.name.clone(),
                carrier.order.clone(),
                or_blank(&carrier.policy),
                or_blank(&carrier.group),
                or_blank(&carrier.insured),
                or_blank(&carrier.effective),
                or_blank(&carrier.term),
            ]);
        }
        section(out, "Other payers", &table);
    } else if view.rejections.is_empty() {
        out.push_str("\nOther payers: none known.\n");
    }
    out.push_str(&format!("{NO_WORKERS_COMPENSATION}\n"));
}

fn benefit_tables(out: &mut String, view: &EligibilityView) {
    if view.benefits.is_empty() {
        out.push_str("\nThe reply contains no individual benefits.\n");
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
    let mut last = (String::new(), "");
    for group in group_benefits(&view.benefits) {
        if group.plan != last.0 && !group.plan.is_empty() {
            table.add_row([&*group.plan, "", "", "", "", "", ""]);
            last.1 = "";
        }
        let shown = if group.category == last.1 { "" } else { group.category };
        last = (group.plan, group.category);
        table.add_row([
            shown.to_owned(),
            group.services.join(", "),
            group.terms.in_network,
            group.terms.out_of_network,
            group.terms.limits.join("; "),
            group.terms.authorization.to_owned(),
            group.terms.notes.join("; "),
        ]);
    }
    section(out, "Benefits", &table);
}

fn limit_table(out: &mut String, view: &EligibilityView, kind: LimitKind) {
    let title = kind.title();
    let (rows, remaining) = match view.limit_tab(kind) {
        LimitTab::Table { rows, remaining } => (rows, remaining),
        LimitTab::NotMentioned(words) => return out.push_str(&format!("\n{title}\n{words}\n")),
        LimitTab::DoesNotApply(words) => return out.push_str(&format!("\n{title}\n{words}\n")),
    };
    let several = rows.iter().any(|row| !row.plan.is_empty());
    let mut last = "";
    let mut table = table(["Level", "Network", "You met", "Limit", "Remaining", "Claims as of"]);
    for row in rows {
        let or_blank = |text: &Option<String>| text.clone().unwrap_or_default();
        if several && row.plan != last {
            table.add_row([&*row.plan, "", "", "", "", ""]);
            last = &row.plan;
        }
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
    out.push_str(&format!("{COUNTED}\n"));
    if let Some(sentence) = remaining {
        out.push_str(&format!("{sentence}\n"));
    }
}

fn section(out: &mut String, title: &str, table: &Table) {
    out.push_str(&format!("\n{title}\n"));
    out.push_str(&table::text(table));
}

//! Credentials that expire soon, or have expired, the first ones first.

use super::{Desk, Result, Rows};
use crate::store::{CredentialRow, LoginRow};

const MICROS_PER_DAY: i64 = 86_400_000_000;

pub(super) async fn write(desk: &Desk<'_>, out: &mut Rows<'_>) -> Result<()> {
    let subject = desk.subject;
    let rows = desk.stores.logins.all().await?;
    let days = i64::from(desk.config.reports.expiring_days);
    let until = subject.now_micros.saturating_add(days * MICROS_PER_DAY);
    let mut expiring: Vec<(i64, &LoginRow, &CredentialRow)> = Vec::new();
    for login in &rows.logins {
        if subject.partner.is_some_and(|partner| *login.partner != *partner) {
            continue;
        }
        let own = rows.credentials.iter().filter(|it| it.login == login.name);
        let own = own.filter_map(|it| Some((it.expires_micros?, login, it)));
        expiring.extend(own.filter(|(expires, ..)| *expires <= until));
    }
    expiring.sort_by_key(|(expires, _, credential)| (*expires, credential.id));
    out.write_record(["expires", "days_left", "partner", "login", "role", "kind", "number"])?;
    for (expires, login, credential) in expiring {
        let left = expires.saturating_sub(subject.now_micros).div_euclid(MICROS_PER_DAY);
        out.write_record([
            &*desk.text(expires),
            &left.to_string(),
            &login.partner,
            &login.name,
            &login.role,
            &credential.kind,
            &credential.id.to_string(),
        ])?;
    }
    Ok(())
}

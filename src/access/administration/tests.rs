//! Who may change what: role by action by scope, over a store in memory.

use time::macros::date;

use super::*;
use crate::store::demo;

const CLINIC: &str = "1234567893";
const ROE: &str = "1245319599";
const NOW: i64 = 1_767_605_400_000_000;

/// The clinic's logins: a senior administrator of the clinic's NPI, an administrator of it, a user; and those of another partner.
async fn stores() -> Stores {
    let stores = Stores::in_memory().await.unwrap();
    demo::load(&stores, date!(2026 - 01 - 05)).await.unwrap();
    let operator = Administration::open(&stores, None, NOW).await.unwrap();
    for (name, partner, role) in [
        ("sue", "submitter2", Role::Senior),
        ("ann", "submitter2", Role::Administrator),
        ("ulf", "submitter2", Role::User),
        ("max", "submitter2", Role::Administrator),
        ("eve", "submitter1", Role::Senior),
    ] {
        operator.add(name, partner, role, &format!("{name}@example.com")).await.unwrap();
    }
    for (name, npi) in [("sue", CLINIC), ("ann", CLINIC), ("eve", ROE)] {
        let operator = Administration::open(&stores, None, NOW).await.unwrap();
        operator.grant(name, npi, &[], false).await.unwrap();
    }
    stores
}

async fn open<'s>(stores: &'s Stores, actor: &str) -> Administration<'s> {
    let actor = Some(actor).filter(|actor| *actor != OPERATOR);
    Administration::open(stores, actor, NOW).await.unwrap()
}

/// Tries each action as each of these; gives a mark for each that was done.
async fn powers(actor: &str) -> String {
    let mut marks = String::new();
    for action in 0..18 {
        // Each on a store of its own, so that none depends on the one before.
        let stores = stores().await;
        let admin = open(&stores, actor).await;
        let done = match action {
            0 => admin.add("new", "submitter2", Role::Administrator, "").await,
            1 => admin.add("new", "submitter2", Role::User, "").await,
            2 => admin.set_locked("max", true).await,
            3 => admin.set_locked("ulf", true).await,
            4 => admin.renew_password("ulf", 0).await.map(|_| ()),
            5 => admin.grant("ulf", CLINIC, &["270".into()], false).await,
            6 => admin.grant("ulf", ROE, &["270".into()], false).await,
            7 => admin.add("new", "submitter1", Role::User, "").await,
            8 => admin.add("new", "submitter2", Role::Senior, "").await,
            9 => admin.add("new", "submitter2", Role::Partner, "").await,
            10 => admin.set_locked("sue", true).await,
            11 => admin.remove("ulf").await,
            12 => admin.remove("max").await,
            13 => admin.add_key("ulf", &Fingerprint([1; 32]), None).await,
            14 => admin.add_certificate("max", &Fingerprint([1; 32]), None).await,
            15 => admin.grant("max", CLINIC, &[], false).await,
            16 => admin.revoke("ulf", CLINIC, &[]).await,
            _ => admin.revoke("ulf", ROE, &[]).await,
        };
        match done {
            Ok(()) => marks.push('x'),
            Err(AdminError::NotAllowed { .. }) => {
                let trail = stores.logins.audit(0, 1000).await.unwrap();
                let told = &trail.last().unwrap().event;
                assert_eq!((&*told.actor, &*told.outcome), (actor, "refused"), "{action}");
                marks.push('.');
            }
            Err(error) => panic!("{actor} {action}: {error}"),
        }
    }
    marks
}

#[tokio::test]
async fn everybody_has_the_powers_of_the_role_for_their_partner_and_npi() {
    // Make an administrator, a user; lock an administrator, a user; a password; access for an NPI that the clinic's
    // administrators have, for one they have not; a user of another partner; make a senior administrator, a partner's login; lock the
    // senior administrator; remove a user, an administrator; a key of a user, a certificate of an administrator; let an administrator
    // administer the clinic's NPI; take back access for it, for another NPI.
    for (actor, expected) in [
        (OPERATOR, "xxxxxxxxxxxxxxxxxx"),
        ("sue", "xxxxxx.....xxxxxx."),
        ("ann", ".x.xxx.....x.x..x."),
        ("max", ".x.xx......x.x...."),
        ("ulf", ".................."),
        ("eve", ".......x.........."),
    ] {
        assert_eq!(powers(actor).await, expected, "{actor}");
    }
}

#[tokio::test]
async fn a_locked_administrator_has_no_power() {
    let stores = stores().await;
    open(&stores, OPERATOR).await.set_locked("sue", true).await.unwrap();
    let refused = open(&stores, "sue").await.set_locked("ulf", true).await;
    assert!(matches!(refused, Err(AdminError::NotAllowed { .. })));
}

#[tokio::test]
async fn an_npi_has_one_senior_administrator_until_another_replaces_it() {
    let stores = stores().await;
    let operator = open(&stores, OPERATOR).await;
    operator.add("sam", "submitter2", Role::Senior, "").await.unwrap();
    let operator = open(&stores, OPERATOR).await;
    let refused = operator.grant("sam", CLINIC, &[], false).await.unwrap_err();
    assert!(refused.to_string().contains("senior access administrator sue"), "{refused}");
    operator.grant("sam", CLINIC, &[], true).await.unwrap();
    let operator = open(&stores, OPERATOR).await;
    assert_eq!(&*operator.senior_of(CLINIC).unwrap().name, "sam");
    let trail = stores.logins.audit(0, 1000).await.unwrap();
    assert!(trail.last().unwrap().event.detail.ends_with("in place of sue"));
}

#[tokio::test]
async fn access_is_for_providers_there_are() {
    let stores = stores().await;
    let operator = open(&stores, OPERATOR).await;
    let grant = async |npi: &str| operator.grant("ulf", npi, &[], false).await.unwrap_err();
    assert!(matches!(grant("123456789").await, AdminError::NotAnNpi(_)));
    assert!(matches!(grant("1234567890").await, AdminError::NotAnNpi(_)));
    assert!(matches!(grant("1999999984").await, AdminError::NoProvider(_)));
    assert!(matches!(
        operator.add("ulf", "submitter2", Role::User, "").await,
        Err(AdminError::Exists(_))
    ));
    assert!(matches!(
        operator.add(OPERATOR, "submitter2", Role::User, "").await,
        Err(AdminError::Exists(_))
    ));
    assert!(matches!(
        operator.add("a b", "submitter2", Role::User, "").await,
        Err(AdminError::Login(_))
    ));
}

#[tokio::test]
async fn a_password_is_shown_once_and_the_old_one_may_overlap() {
    let stores = stores().await;
    let first = open(&stores, OPERATOR).await.renew_password("ulf", 0).await.unwrap();
    let second = open(&stores, OPERATOR).await.renew_password("ulf", 1000).await.unwrap();
    let rows = stores.logins.all().await.unwrap();
    let opens = |password: &str, now| {
        let logins = logins_of(&rows, now);
        let hashes = &logins.named("ulf").unwrap().passwords;
        hashes.iter().any(|hash| hash.is_of(password.as_bytes()))
    };
    assert!(opens(&first, NOW) && opens(&second, NOW));
    assert!(!opens(&first, NOW + 1000) && opens(&second, NOW + 1000));
    let third = open(&stores, OPERATOR).await.renew_password("ulf", 0).await.unwrap();
    let rows = stores.logins.all().await.unwrap();
    let logins = logins_of(&rows, NOW);
    let hashes = &logins.named("ulf").unwrap().passwords;
    assert!(hashes.len() == 1 && hashes[0].is_of(third.as_bytes()));
    let kept = format!("{rows:?} {:?}", stores.logins.audit(0, 1000).await.unwrap());
    assert!(!kept.contains(&third) && !kept.contains("argon2"), "{kept}");
}

#[tokio::test]
async fn keys_and_certificates_are_added_and_taken_away() {
    let stores = stores().await;
    let mark = Fingerprint([7; 32]);
    open(&stores, OPERATOR).await.add_key("ulf", &mark, None).await.unwrap();
    open(&stores, OPERATOR).await.add_certificate("ulf", &mark, Some(NOW + 5)).await.unwrap();
    let operator = open(&stores, OPERATOR).await;
    let shared = operator.add_certificate("sue", &mark, None).await.unwrap_err();
    assert!(shared.to_string().contains("have the same certificate"), "{shared}");
    let logins = logins_of(operator.rows(), NOW);
    assert_eq!(logins.named("ulf").unwrap().keys, [mark]);
    assert!(logins.with_certificate(&mark).is_some());
    assert!(logins_of(operator.rows(), NOW + 5).with_certificate(&mark).is_none(), "expired");
    let key = operator.rows().credentials.iter().find(|it| &*it.kind == PUBLIC_KEY).unwrap().id;
    assert!(operator.remove_credential("sue", key).await.is_err());
    operator.remove_credential("ulf", key).await.unwrap();
    open(&stores, OPERATOR).await.remove("ulf").await.unwrap();
    let rows = stores.logins.all().await.unwrap();
    assert!(rows.credentials.is_empty() && rows.logins.iter().all(|login| &*login.name != "ulf"));
}

#[tokio::test]
async fn the_trail_of_changes_can_be_followed() {
    let stores = stores().await;
    let rows = stores.logins.audit(0, 1000).await.unwrap();
    let mut head = crate::store::AuditHead::default();
    rows.iter().for_each(|row| head.follow(row).unwrap());
    assert_eq!(stores.logins.audit_head().await.unwrap(), head);
    assert_eq!(head.sequence, 8);
    assert_eq!(stores.logins.audit(3, 2).await.unwrap()[0].sequence, 4);
}

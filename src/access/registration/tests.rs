//! Registrations over the demonstration payer: what each proof opens, and what it does not.

use rust_decimal::Decimal;
use time::macros::date;

use super::*;
use crate::store::{SsnLastFour, demo};

const CLINIC: &str = "1234567893";
const POE: &str = "1000000012";
const ROE: &str = "1245319599";
const HOSPITAL: &str = "1000000020";
const TODAY: Date = date!(2026 - 01 - 05);
const NOW: i64 = 1_767_605_400_000_000;

async fn stores() -> Stores {
    let stores = Stores::in_memory().await.unwrap();
    demo::load(&stores, TODAY).await.unwrap();
    demo::load_claims(&stores, TODAY, NOW).await.unwrap();
    stores
}

fn config() -> Config {
    let mut config = Config::default();
    config.access.registration.answer_ms = 0;
    config.access.registration.attempts_max = 3;
    config
}

fn tin(digits: &str) -> Proof {
    Proof::Tin(digits.into())
}

fn ssn(digits: &str) -> Proof {
    Proof::SsnLastFour(SsnLastFour::parse(digits).unwrap())
}

/// A claim of the demonstration, so many days before today.
fn claim(number: &str, days_ago: i64) -> ClaimFacts {
    let from = TODAY - time::Duration::days(days_ago);
    let (member, charge) = ("S12300001001".into(), Decimal::new(15_000, 2));
    ClaimFacts { number: number.into(), member, from, charge }
}

fn claims(change: impl FnOnce(&mut [ClaimFacts; 2])) -> Proof {
    let mut both = [claim("D0000001", 16), claim("D0000002", 18)];
    change(&mut both);
    Proof::Claims(Box::new(both))
}

fn asked(npis: &[&str]) -> Application {
    Application {
        partner: "submitter2".into(),
        profile: None,
        login: "sue".into(),
        email: "sue@clinic.example".into(),
        role: Role::Senior,
        level: Level::Npi,
        npis: npis.iter().map(|npi| Box::from(*npi)).collect(),
        sets: Vec::new(),
        replaces: false,
        provider_email: None,
    }
}

fn group(npis: &[&str]) -> Application {
    Application { level: Level::Group, ..asked(npis) }
}

async fn register(stores: &Stores, asked: Application, proof: &Proof) -> Result<Registered> {
    let config = config();
    let registrar = Registrar::open(stores, &config, None, NOW).await.unwrap();
    registrar.register(asked, proof).await
}

/// The NPIs that were granted, or the error.
async fn outcome(asked: Application, proof: Proof) -> String {
    match register(&stores().await, asked, &proof).await {
        Ok(Registered::Approved { npis, .. }) => npis.join(" "),
        Ok(Registered::Pending { .. }) => "pending".to_owned(),
        Err(AdminError::NotProven) => "not proven".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn each_proof_opens_what_it_proves_and_nothing_else() {
    let table: Vec<(Application, Proof, &str)> = vec![
        (asked(&[CLINIC]), tin("123456789"), CLINIC),
        (asked(&[CLINIC]), tin("12-3456789"), CLINIC),
        (asked(&[CLINIC]), tin("123456788"), "not proven"),
        (asked(&[CLINIC]), tin("6789"), "not proven"),
        (asked(&[CLINIC]), tin(""), "not proven"),
        (asked(&[ROE]), ssn("4321"), ROE),
        (asked(&[ROE]), ssn("4322"), "not proven"),
        // Nothing of it is on file.
        (asked(&[CLINIC]), ssn("6789"), "not proven"),
        (group(&[ROE]), ssn("4321"), "a group is proven by its tax id or by claims"),
        (asked(&[CLINIC]), claims(|_| {}), CLINIC),
        (asked(&[CLINIC]), claims(|both| both[0].member = "123000010".into()), "not proven"),
        (asked(&[CLINIC]), claims(|both| both[0].member = "12300001001".into()), CLINIC),
        (asked(&[CLINIC]), claims(|both| both[1].number = "D0000001".into()), "not proven"),
        (asked(&[CLINIC]), claims(|both| both[1] = both[0].clone()), "not proven"),
        (asked(&[CLINIC]), claims(|both| both[1].number = "D9999999".into()), "not proven"),
        (asked(&[CLINIC]), claims(|both| both[0].from = TODAY), "not proven"),
        (asked(&[CLINIC]), claims(|both| both[1].charge = Decimal::ONE), "not proven"),
        // The clinic billed what ROE rendered; the claims of another provider prove nothing.
        (asked(&[ROE]), claims(|_| {}), ROE),
        (asked(&[HOSPITAL]), claims(|_| {}), "not proven"),
        // A group: of one NPI all, of several these.
        (group(&[CLINIC]), tin("123456789"), "1000000012 1234567893"),
        (group(&[POE, CLINIC]), tin("123456789"), "1000000012 1234567893"),
        (group(&[CLINIC, ROE]), tin("123456789"), "not proven"),
        (group(&[CLINIC]), claims(|_| {}), "1000000012 1234567893"),
        (group(&[HOSPITAL]), claims(|_| {}), "not proven"),
        (group(&[CLINIC, ROE]), claims(|_| {}), "not proven"),
    ];
    for (number, (asked, proof, expected)) in table.into_iter().enumerate() {
        assert_eq!(outcome(asked, proof).await, expected, "row {number}");
    }
}

#[tokio::test]
async fn claims_that_are_not_recent_prove_nothing() {
    let stores = stores().await;
    let config = config();
    let later = NOW + 400 * 24 * MICROS_PER_HOUR;
    let registrar = Registrar::open(&stores, &config, None, later).await.unwrap();
    let refused = registrar.register(asked(&[CLINIC]), &claims(|_| {})).await;
    assert!(matches!(refused, Err(AdminError::NotProven)));
}

#[tokio::test]
async fn what_does_not_fit_together_is_refused_before_anything_is_judged() {
    type Change = fn(&mut Application);
    let table: [(Change, &str); 12] = [
        (|it| it.npis = vec!["123456789".into()], "is not an NPI"),
        (|it| it.npis = vec!["1234567890".into()], "is not an NPI"),
        (|it| it.npis = vec!["1999999984".into()], "there is no provider"),
        (|it| it.npis.push(POE.into()), "registered alone"),
        (|it| it.npis.clear(), "registered alone"),
        (|it| it.role = Role::Partner, "see access add"),
        (|it| it.sets.push("270".into()), "sets are for users"),
        (|it| it.email = "sue".into(), "e-mail address"),
        (|it| it.provider_email = Some("SUE@clinic.example".into()), "of its own"),
        (|it| it.partner = "nobody".into(), "no partner nobody"),
        (|it| it.profile = Some("isa = []".to_owned()), "a partner submitter2 already"),
        (|it| it.login = "operator".into(), "a login operator already"),
    ];
    let stores = stores().await;
    for (change, expected) in table {
        let mut asked = asked(&[CLINIC]);
        change(&mut asked);
        let refused = register(&stores, asked, &tin("wrong")).await.unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
    let subjects = [format!("npi:{CLINIC}").into()];
    assert_eq!(stores.logins.proof_attempts(&subjects).await.unwrap(), [0]);
}

#[tokio::test]
async fn too_many_wrong_proofs_lock_the_npi_and_the_registrant_for_a_while() {
    let stores = stores().await;
    let at = async |now, npi: &str, email: &str, proof: &Proof| {
        let config = config();
        let registrar = Registrar::open(&stores, &config, None, now).await.unwrap();
        let asked = Application { email: email.into(), ..asked(&[npi]) };
        registrar.register(asked, proof).await.map(|_| ()).map_err(|error| error.to_string())
    };
    let (right, wrong) = (tin("123456789"), tin("000000000"));
    let mut said = Vec::new();
    for _ in 0..3 {
        said.push(at(NOW, CLINIC, "a@b.example", &wrong).await.unwrap_err());
    }
    // The right proof is answered like a wrong one, from whomever it comes, and for whatever the registrant asks.
    said.push(at(NOW, CLINIC, "a@b.example", &right).await.unwrap_err());
    said.push(at(NOW, CLINIC, "c@d.example", &right).await.unwrap_err());
    said.push(at(NOW, ROE, "A@b.example", &tin("987654321")).await.unwrap_err());
    assert!(said.iter().all(|words| *words == said[0]), "{said:?}");
    let hours = |hours: i64| NOW + hours * MICROS_PER_HOUR;
    assert!(at(hours(24), CLINIC, "c@d.example", &right).await.is_err());
    // What was tried meanwhile has not put it off.
    assert_eq!(at(hours(25), CLINIC, "a@b.example", &right).await, Ok(()));
    let trail = stores.logins.audit(0, 100).await.unwrap();
    let details: Vec<&str> = trail.iter().map(|row| &*row.event.detail).collect();
    assert_eq!(details.iter().filter(|it| it.starts_with("wrong proof: tax id")).count(), 3);
    assert!(details.iter().filter(|it| it.starts_with("locked proof")).count() >= 3, "{details:?}");
    assert!(details.iter().all(|it| !it.contains("000000000")), "{details:?}");
}

#[tokio::test]
async fn a_right_proof_makes_the_wrong_ones_forgotten() {
    let stores = stores().await;
    for _ in 0..2 {
        for _ in 0..2 {
            register(&stores, asked(&[CLINIC]), &tin("1")).await.unwrap_err();
        }
        let again = Application { role: Role::Senior, ..asked(&[CLINIC]) };
        register(&stores, again, &tin("123456789")).await.unwrap();
    }
}

#[tokio::test]
async fn a_senior_administrator_is_replaced_only_when_asked_for() {
    let stores = stores().await;
    register(&stores, asked(&[CLINIC]), &tin("123456789")).await.unwrap();
    let sam = |replaces| Application {
        login: "sam".into(),
        email: "sam@clinic.example".into(),
        replaces,
        ..asked(&[CLINIC])
    };
    let wrong = register(&stores, sam(false), &tin("1")).await.unwrap_err();
    assert!(!wrong.to_string().contains("sue"), "{wrong}");
    let refused = register(&stores, sam(false), &tin("123456789")).await.unwrap_err();
    assert!(matches!(refused, AdminError::SeniorThere { .. }), "{refused}");
    // Another role is free.
    let max = Application { login: "max".into(), role: Role::Administrator, ..sam(false) };
    register(&stores, max, &tin("123456789")).await.unwrap();
    let replaced = register(&stores, sam(true), &tin("123456789")).await.unwrap();
    let Registered::Approved { replaced, password: Some(password), .. } = replaced else {
        panic!("{replaced:?}")
    };
    assert_eq!(replaced.iter().map(|it| &*it.email).collect::<Vec<_>>(), ["sue@clinic.example"]);
    let admin = Administration::open(&stores, None, NOW).await.unwrap();
    assert_eq!(&*admin.senior_of(CLINIC).unwrap().name, "sam");
    let logins = super::super::logins_of(admin.rows(), NOW);
    assert!(logins.named("sam").unwrap().passwords[0].is_of(password.as_bytes()));
    let trail = stores.logins.audit(0, 100).await.unwrap();
    assert!(trail.last().unwrap().event.detail.ends_with("in place of sue"));
}

#[tokio::test]
async fn further_npis_are_for_the_login_itself() {
    let stores = stores().await;
    register(&stores, asked(&[CLINIC]), &tin("123456789")).await.unwrap();
    let config = config();
    let sue = Registrar::open(&stores, &config, Some("sue"), NOW).await.unwrap();
    let other = Application { login: "sam".into(), ..asked(&[HOSPITAL]) };
    let refused = sue.register(other, &tin("111222333")).await;
    assert!(matches!(refused, Err(AdminError::NotAllowed { .. })));
    let more = sue.register(asked(&[HOSPITAL]), &tin("111222333")).await.unwrap();
    let Registered::Approved { password: None, .. } = more else { panic!("{more:?}") };
    let user = Application { role: Role::User, ..asked(&[HOSPITAL]) };
    let refused = register(&stores, user, &tin("111222333")).await.unwrap_err();
    assert!(refused.to_string().contains("has the role senior"), "{refused}");
    let rows = stores.logins.all().await.unwrap();
    let npis: Vec<&str> = rows.grants.iter().map(|grant| &*grant.npi).collect();
    assert_eq!(npis, [HOSPITAL, CLINIC]);
}

#[tokio::test]
async fn a_new_partner_begins_with_test_data_and_what_it_registered() {
    let stores = stores().await;
    let profile = "id = 'acme'\nisa = [{ qualifier = 'ZZ', id = 'ACME' }]\n";
    let new = |login: &str, npi: &str| Application {
        partner: "acme".into(),
        profile: Some(profile.to_owned()),
        login: login.into(),
        ..asked(&[npi])
    };
    register(&stores, new("sue", CLINIC), &tin("123456789")).await.unwrap();
    let profile_of = async || {
        let rows = stores.partners.all().await.unwrap();
        let row = rows.into_iter().find(|row| &*row.id == "acme").unwrap();
        row.profile.parse::<toml::Table>().unwrap()
    };
    let first = profile_of().await;
    assert_eq!(first["usage"].as_str(), Some("test"));
    assert_eq!(first["npis"].as_array().unwrap()[0].as_str(), Some(CLINIC));
    let again = register(&stores, new("sam", HOSPITAL), &tin("111222333")).await.unwrap_err();
    assert!(again.to_string().contains("a partner acme already"), "{again}");
    let more = Application { partner: "acme".into(), ..asked(&[HOSPITAL]) };
    register(&stores, more, &tin("111222333")).await.unwrap();
    assert_eq!(profile_of().await["npis"].as_array().unwrap().len(), 2);
    let taken = Application { partner: "acme2".into(), ..new("sam", HOSPITAL) };
    let taken = Application { profile: Some(profile.replace("acme", "acme2")), ..taken };
    let taken = register(&stores, taken, &tin("111222333")).await.unwrap_err();
    assert!(taken.to_string().contains("both have ISA id ZZ:ACME"), "{taken}");
}

/// Somebody registers on behalf of the clinic; gives the token and the password.
async fn on_behalf(stores: &Stores) -> (u64, String, String) {
    let asked =
        Application { provider_email: Some("doctor@clinic.example".into()), ..asked(&[CLINIC]) };
    match register(stores, asked, &claims(|_| {})).await.unwrap() {
        Registered::Pending { number, token, password, .. } => (number, token, password.unwrap()),
        approved => panic!("{approved:?}"),
    }
}

#[tokio::test]
async fn on_behalf_of_a_provider_nothing_opens_before_it_approves() {
    let stores = stores().await;
    let (_, token, password) = on_behalf(&stores).await;
    assert!(stores.logins.all().await.unwrap().logins.is_empty());
    let kept = stores.logins.registrations().await.unwrap();
    assert!(!kept[0].request.contains(&password) && !kept[0].request.contains(&token));
    assert_ne!(kept[0].token.unwrap().as_slice(), token.as_bytes());
    let config = config();
    let provider = Registrar::open(&stores, &config, None, NOW).await.unwrap();
    let wrong = provider.approve(&token, &tin("1")).await;
    assert!(matches!(wrong, Err(AdminError::NotProven)));
    let guessed = provider.approve("abcdefgh-abcdefgh-abcdefgh-abcdefgh", &tin("1")).await;
    assert!(matches!(guessed, Err(AdminError::NoToken)));
    provider.approve(&token, &tin("123456789")).await.unwrap();
    let rows = stores.logins.all().await.unwrap();
    let logins = super::super::logins_of(&rows, NOW);
    assert!(logins.named("sue").unwrap().passwords[0].is_of(password.as_bytes()));
    assert!(!stores.logins.registrations().await.unwrap()[0].request.contains("argon2"));
    // A token is used once.
    for used in [
        provider.approve(&token, &tin("123456789")).await.map(|_| ()),
        provider.reject(&token).await.map(|_| ()),
    ] {
        assert!(matches!(used, Err(AdminError::NoToken)), "{used:?}");
    }
    let trail = stores.logins.audit(0, 100).await.unwrap();
    let actions: Vec<&str> = trail.iter().map(|row| &*row.event.action).collect();
    let expected = ["registration.request", "registration.proof", "registration.approve"];
    assert_eq!(actions, expected);
    assert!(!format!("{trail:?}").contains(&token));
}

#[tokio::test]
async fn a_registration_that_is_rejected_cancelled_or_late_opens_nothing() {
    let config = config();
    for way in 0..3 {
        let stores = stores().await;
        let (number, token, _) = on_behalf(&stores).await;
        let late = NOW + 72 * MICROS_PER_HOUR;
        let now = if way == 2 { late } else { NOW };
        let registrar = Registrar::open(&stores, &config, None, now).await.unwrap();
        match way {
            0 => drop(registrar.reject(&token).await.unwrap()),
            1 => drop(registrar.cancel(number).await.unwrap()),
            _ => {}
        }
        let refused = registrar.approve(&token, &tin("123456789")).await;
        assert!(matches!(refused, Err(AdminError::NoToken)), "{way}");
        let state = registrar.registrations().await.unwrap()[0].state;
        let expected =
            [RegistrationState::Rejected, RegistrationState::Cancelled, RegistrationState::Expired];
        assert_eq!(state, expected[way]);
        assert!(stores.logins.all().await.unwrap().logins.is_empty());
        if way < 2 {
            assert!(matches!(registrar.cancel(number).await, Err(AdminError::NoRegistration(_))));
        }
    }
}

#[tokio::test]
async fn two_approvals_at_once_grant_once() {
    let stores = stores().await;
    let (_, token, _) = on_behalf(&stores).await;
    let config = config();
    let one = Registrar::open(&stores, &config, None, NOW).await.unwrap();
    let other = Registrar::open(&stores, &config, None, NOW).await.unwrap();
    let proof = tin("123456789");
    let both = tokio::join!(one.approve(&token, &proof), other.approve(&token, &proof));
    assert_eq!([both.0.is_ok(), both.1.is_ok()].iter().filter(|is_ok| **is_ok).count(), 1);
}

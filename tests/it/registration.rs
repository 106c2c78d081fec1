//! `access register` and what follows it, `reports`, refused callers in the audit trail, and what `serve` does by the clock.

use std::fs;

use crate::server::{Server, inquiry, names, wait_for};
use crate::site::Site;

/// Proofs are answered at once.
const SETTINGS: &str = "[access.registration]\nanswer_ms = 0\n";

const SUE: [&str; 9] = [
    "access",
    "register",
    "sue",
    "--role",
    "senior",
    "--email",
    "sue@clinic.example",
    "--npi",
    "1234567893",
];

#[test]
fn a_provider_registers_and_another_is_approved_by_it() {
    let site = Site::new(Some(SETTINGS));
    let wrong = [&SUE[..], &["--partner", "submitter2", "--tin", "999999999"]].concat();
    let why = site.refuse(&wrong);
    assert!(why.contains("does not prove who registers") && !why.contains("999999999"), "{why}");
    fs::write(site.path("proof.toml"), "tin = '123456789'\n").unwrap();
    let right = [&SUE[..], &["--partner", "submitter2", "--proof", "proof.toml"]].concat();
    let done = site.json(&right).remove(0);
    assert_eq!((&done["state"], &done["npis"][0]), (&"approved".into(), &"1234567893".into()));
    assert_eq!(done["password"].as_str().unwrap().len(), 35);
    // The clinic's own NPI has a senior access administrator now.
    let sam = [&["access", "enroll", "sam"], &SUE[3..], &["--partner", "submitter2"]].concat();
    let why = site.refuse(&[&sam[..], &["--tin", "123456789"]].concat());
    assert!(why.contains("has the senior access administrator sue; replace it"), "{why}");
    let on_behalf = ["--on-behalf-of", "doctor@clinic.example", "--replace", "--tin", "123456789"];
    let pending = site.json(&[&sam[..], &on_behalf].concat()).remove(0);
    assert_eq!(pending["state"], "pending");
    assert_eq!(pending["tell"][0]["email"], "doctor@clinic.example");
    let token = pending["token"].as_str().unwrap();
    assert!(site.refuse(&["access", "approve", token, "--tin", "1"]).contains("does not prove"));
    let why = site.refuse(&["access", "approve", "a-token", "--tin", "123456789"]);
    assert!(why.contains("the token is not valid, or no longer"), "{why}");
    let approved = site.json(&["access", "approve", token, "--tin", "123456789"]).remove(0);
    assert_eq!(approved["state"], "approved");
    let told: Vec<&str> = approved["tell"]
        .as_array()
        .unwrap()
        .iter()
        .map(|told| told["email"].as_str().unwrap())
        .collect();
    assert_eq!(told, ["sue@clinic.example", "sue@clinic.example"]);
    assert!(site.refuse(&["access", "reject", token]).contains("the token is not valid"));
    let listed = site.json(&["access", "registrations"]);
    let states: Vec<&str> = listed.iter().map(|it| it["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["approved", "approved"]);
    let secrets = [done["password"].as_str().unwrap(), token, "argon2"];
    let said = site.succeed(&["access", "registrations", "--format", "json"])
        + &site.succeed(&["audit", "list", "--format", "json"]);
    for secret in secrets {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
    let trail = site.json(&["audit", "list", "--action", "registration"]);
    let actions: Vec<&str> = trail.iter().map(|it| it["action"].as_str().unwrap()).collect();
    assert_eq!(
        actions,
        [
            "registration.proof",
            "registration.approve",
            "registration.request",
            "registration.proof",
            "registration.approve",
        ]
    );
}

#[test]
fn two_claims_of_a_provider_prove_it_and_a_registration_is_cancelled() {
    let site = Site::new(Some(SETTINGS));
    let found = site.json(&["claims", "search", "--size", "50"]);
    let fact = |number: &str| {
        let claim = found.iter().find(|claim| claim["number"] == number).unwrap();
        let from = claim["start"].as_str().unwrap();
        format!("{number},S12300001001,{from},150.00")
    };
    let (first, second) = (fact("D0000001"), fact("D0000002"));
    let base = [&SUE[..], &["--partner", "submitter2", "--claim", &first]].concat();
    assert!(site.refuse(&base).contains("two claims prove who registers"));
    let behalf = ["--claim", &second, "--on-behalf-of", "doctor@clinic.example"];
    let pending = site.json(&[&base[..], &behalf].concat()).remove(0);
    let number = pending["number"].to_string();
    assert!(site.succeed(&["access", "cancel", &number]).contains("cancelled: sue of submitter2"));
    assert!(site.refuse(&["access", "cancel", &number]).contains("no registration 1"));
    let shown = site.succeed(&["access", "registrations"]);
    assert!(shown.contains("cancelled") && shown.contains("two claims"), "{shown}");
}

#[test]
fn a_new_partner_registers_with_its_profile() {
    let site = Site::new(Some(SETTINGS));
    fs::write(site.path("acme.toml"), "isa = [{ qualifier = 'ZZ', id = 'ACME' }]\n").unwrap();
    let args = [&SUE[..], &["--profile", "acme.toml", "--group", "--tin", "123456789"]].concat();
    let done = site.succeed(&args);
    assert!(
        done.contains("registration approved: sue of acme as senior for 1000000012 1234567893")
    );
    let shown = site.succeed(&["partner", "show", "acme"]);
    assert!(shown.contains("usage = \"test\"") && shown.contains("1000000012"), "{shown}");
    let again = [&args[..2], &["sam"], &args[3..]].concat();
    assert!(site.refuse(&again).contains("there is a partner acme already"));
}

#[test]
fn reports_are_written_as_comma_separated_values() {
    let site = Site::new(Some(SETTINGS));
    fs::write(site.path("question.x12"), inquiry(7)).unwrap();
    site.succeed(&["process", "question.x12", "--output", "out"]);
    let activity = site.succeed(&["reports", "activity", "--partner", "submitter1"]);
    let mut rows = activity.lines();
    assert!(rows.next().unwrap().starts_with("day,partner,lane,transport,usage,interchanges"));
    let row = rows.next().unwrap();
    assert!(row.contains(",submitter1,batch,") && row.ends_with(",270:1"), "{row}");
    assert!(site.succeed(&["reports", "acknowledgments"]).contains(",999:"));
    assert!(site.succeed(&["reports", "response-times"]).contains(",batch,1,1,100.00,90,yes,"));
    site.succeed(&["access", "add", "submitter1", "--partner", "submitter1", "--role", "partner"]);
    let hex = "ab".repeat(32);
    site.succeed(&["access", "certificate", "submitter1", &hex, "--days", "10"]);
    site.succeed(&["reports", "credentials", "-o", "credentials.csv"]);
    let credentials = fs::read_to_string(site.path("credentials.csv")).unwrap();
    assert!(
        credentials.contains(",9,submitter1,submitter1,partner,certificate,1"),
        "{credentials}"
    );
    let why = site.refuse(&["reports", "activity", "--from", "2026-02-01", "--to", "2026-01-01"]);
    assert!(why.contains("2026-02-01 is after 2026-01-01"), "{why}");
}

#[test]
fn serve_writes_reports_deletes_old_files_and_closes_reviews_by_the_clock() {
    let site = Site::new(Some(SETTINGS));
    let settings = "[timetable]\nreports_at = '00:00'\npurge_at = '00:00'\nclose_reviews_minutes = 1\n\
                    deliver_reviews_minutes = 1\n[retention]\nfiles_days = 30\n";
    fs::write(site.path("server.toml"), settings).unwrap();
    let outbound = site.path("drop").join("submitter1/outbound");
    fs::create_dir_all(&outbound).unwrap();
    let old = outbound.join("old.271");
    fs::write(&old, "").unwrap();
    let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    fs::File::options().write(true).open(&old).unwrap().set_modified(long_ago).unwrap();
    let [config, store, drop] = ["server.toml", "store.db", "drop"].map(|name| site.text(name));
    let args = ["--config", &config, "--store", &store, "--drop", &drop];
    let server = Server::start(site.folder(), &args);
    let reports = site.path("drop").join("submitter1/reports");
    let written = wait_for("the reports", || Some(names(&reports)).filter(|it| it.len() == 4));
    for kind in ["acknowledgments", "activity", "credentials", "response-times"] {
        assert!(written.iter().any(|name| name.starts_with(kind) && name.ends_with(".csv")));
    }
    wait_for("the old file to go", || (!old.exists()).then_some(()));
    server.stop();
    // Once a day: what the partner has taken away stays away.
    fs::remove_file(reports.join(&written[0])).unwrap();
    let server = Server::start(site.folder(), &args);
    std::thread::sleep(std::time::Duration::from_millis(500));
    server.stop();
    assert_eq!(names(&reports).len(), 3);
}

#[test]
fn refused_callers_are_in_the_trail_whatever_they_come_by() {
    let site = Site::new(Some(SETTINGS));
    site.succeed(&["access", "add", "submitter1", "--partner", "submitter1", "--role", "partner"]);
    let [config, store] = ["server.toml", "store.db"].map(|name| site.text(name));
    let args = ["--config", &config, "--store", &store, "--http", "127.0.0.1:0"];
    let server = Server::start(site.folder(), &args);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let post = |path: &str, headers: &str, body: &str| {
        runtime.block_on(async {
            let socket = tokio::net::TcpStream::connect(&server.http).await.unwrap();
            let request = crate::web::posted(path, headers, body.as_bytes());
            crate::web::exchange(socket, request).await.status
        })
    };
    // submitter1:wrong, and a name that there is not.
    let basic = "Authorization: Basic c3VibWl0dGVyMTp3cm9uZw==\r\n";
    for _ in 0..3 {
        assert_eq!(
            post("/x12", &format!("{basic}Content-Type: application/edi-x12\r\n"), "ISA"),
            401
        );
    }
    let part = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let mut body = part("PayloadType", "X12_270_Request_005010X279A1");
    body += &part("UserName", "nobody at all");
    body += &part("Password", "hunter2");
    body += "--b--\r\n";
    assert_eq!(post("/core/mime", "Content-Type: multipart/form-data; boundary=b\r\n", &body), 403);
    // What waits is written when the server stops.
    server.stop();
    let trail = site.json(&["audit", "list", "--action", "login.refused"]);
    let told: Vec<[&str; 3]> = trail
        .iter()
        .map(|row| ["actor", "subject", "detail"].map(|field| row[field].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [["submitter1", "127.0.0.1", "password, 3 times"], ["unknown", "127.0.0.1", "password"]]
    );
    let said = format!("{trail:?}");
    assert!(!said.contains("hunter2") && !said.contains("nobody at all"), "{said}");
}

//! CAQH CORE connectivity as clients in the field speak it: MIME and SOAP, real time and batch, and every error by its name.

use std::time::Duration;

use x12gate::gateway::{Delivery, Lane, Service};

use crate::gateway::{good, group, inquiry, interchange};
use crate::web::{FIRST, Response, SECOND, Server};

const ID: &str = "6a1d4f5e-0f6c-4b2f-9c56-1f7a3a5b2c11";
const QUESTION: &str = "X12_270_Request_005010X279A1";
const RESULTS: &str = "X12_005010_Request_Batch_Results_271";
const ACKNOWLEDGMENTS: &str = "X12_999_RetrievalRequest_005010X231A1";

/// The fields of an envelope, in the order in which they are sent.
#[derive(Clone)]
struct Fields(Vec<(String, String)>);

impl Fields {
    fn of(payload_type: &str, mode: &str) -> Fields {
        let fields = [
            ("PayloadType", payload_type),
            ("ProcessingMode", mode),
            ("PayloadID", ID),
            ("TimeStamp", "2026-01-05T09:30:00Z"),
            ("SenderID", "SUBMITTER1"),
            ("ReceiverID", "PAYERGW"),
            ("CORERuleVersion", "2.2.0"),
        ];
        Fields(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
    }

    fn real_time(text: &str) -> Fields {
        Fields::of(QUESTION, "RealTime").with("Payload", text)
    }

    fn batch(text: &str) -> Fields {
        Fields::of(QUESTION, "Batch")
            .with("PayloadLength", &text.len().to_string())
            .with("CheckSum", &sha1(text.as_bytes()))
            .with("Payload", text)
    }

    /// With this value in place of the one there is.
    fn with(mut self, name: &str, value: &str) -> Fields {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Fields {
        self.0.retain(|(known, _)| known != name);
        self
    }

    fn by(self, user: &str) -> Fields {
        self.with("UserName", user).with("Password", "sandbox")
    }

    /// As parts, with these line ends.
    fn mime(&self, line: &str) -> String {
        let part = |(name, value): &(String, String)| {
            format!(
                "--b7{line}Content-Disposition: form-data; name=\"{name}\"{line}{line}{value}{line}"
            )
        };
        self.0.iter().map(part).collect::<String>() + &format!("--b7--{line}")
    }

    /// As elements of an envelope; the payload of real time in CDATA.
    fn elements(&self) -> String {
        let element = |(name, value): &(String, String)| match name.as_str() {
            "Payload" => format!("<{name}>\n<![CDATA[{value}]]>\n</{name}>"),
            _ => format!("<{name}>{value}</{name}>"),
        };
        self.0.iter().map(element).collect()
    }
}

fn sha1(bytes: &[u8]) -> String {
    use sha1::Digest;
    sha1::Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn mime(server: &Server, fields: &Fields) -> Response {
    let headers = "Content-Type: multipart/form-data; boundary=b7\r\n";
    server.post("/core/mime", headers, fields.mime("\r\n").as_bytes()).await
}

/// The value of a part of a response.
fn part<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    let head = format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n");
    let rest = response.body.split_once(&head)?.1;
    Some(rest.split("\r\n--").next().unwrap_or(rest))
}

fn code(response: &Response) -> &str {
    part(response, "ErrorCode").unwrap_or_else(|| panic!("{response:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_as_parts_is_answered_as_parts() {
    let server = Server::start(|_| {}).await;
    let response = mime(&server, &Fields::real_time(&good(101)).by("submitter1")).await;
    assert_eq!((response.status, code(&response)), (200, "Success"), "{response:?}");
    assert_eq!(part(&response, "ErrorMessage"), Some("None"));
    assert_eq!(part(&response, "PayloadType"), Some("X12_271_Response_005010X279A1"));
    assert_eq!(part(&response, "PayloadID"), Some(ID));
    assert_eq!(
        (part(&response, "SenderID"), part(&response, "ReceiverID")),
        (Some("PAYERGW"), Some("SUBMITTER1"))
    );
    assert!(part(&response, "Payload").unwrap().starts_with("ISA*"));
    // What clients cannot do without: the length, the boundary first, and nothing but the name in a part.
    assert_eq!(response.header("content-length"), Some(&*response.body.len().to_string()));
    assert!(response.header("content-type").unwrap().starts_with("multipart/form-data; boundary="));
    assert!(!response.body.contains("filename") && !response.body.contains("Content-Type"));
    // Names in another case, lines that end with LF alone, the password over HTTP.
    let odd = Fields::real_time(&good(102))
        .mime("\n")
        .replace("PayloadID", "PayloadId")
        .replace("SenderID", "SenderId");
    let headers = format!("{FIRST}Content-Type: multipart/form-data; boundary=b7\r\n");
    let response = server.post("/core/mime", &headers, odd.as_bytes()).await;
    assert_eq!(code(&response), "Success", "{response:?}");
    // A question that is wrong is told in X12, not in the envelope.
    let bad = interchange(103, &[group(1, &[inquiry("0001").replace("EQ*30", "EQ*")])]);
    let response = mime(&server, &Fields::real_time(&bad).by("submitter1")).await;
    assert_eq!(
        part(&response, "PayloadType"),
        Some("X12_999_Response_005010X231A1"),
        "{response:?}"
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_error_of_an_envelope_has_its_name() {
    let server =
        Server::start(|config| config.core.receiver_ids = vec!["PAYERGW".to_owned()]).await;
    let whole = Fields::real_time(&good(101)).by("submitter1");
    let batch = Fields::batch(&good(101)).by("submitter1");
    let cases = [
        (whole.clone().with("Foo", "x"), 500, "FooNotUnderstood"),
        (whole.clone().without("PayloadType"), 200, "PayloadTypeRequired"),
        (whole.clone().with("PayloadID", " "), 200, "PayloadIDRequired"),
        (whole.clone().without("Payload"), 200, "PayloadRequired"),
        (batch.clone().without("CheckSum"), 200, "CheckSumRequired"),
        (batch.clone().without("PayloadLength"), 200, "PayloadLengthRequired"),
        // What is missing is told before what is wrong, and the version before a value.
        (whole.clone().with("CORERuleVersion", "9").without("SenderID"), 200, "SenderIDRequired"),
        (
            whole.clone().with("CORERuleVersion", "1.1.0").with("PayloadID", "x"),
            200,
            "VersionMismatch",
        ),
        (whole.clone().with("PayloadType", "X12_270"), 200, "PayloadTypeIllegal"),
        (whole.clone().with("PayloadType", RESULTS), 200, "PayloadTypeIllegal"),
        (whole.clone().with("ProcessingMode", "realtime"), 200, "ProcessingModeIllegal"),
        (whole.clone().with("PayloadID", "FILELIST"), 200, "PayloadIDIllegal"),
        (whole.clone().with("SenderID", &"S".repeat(51)), 200, "SenderIDIllegal"),
        (whole.clone().with("ReceiverID", "OTHER"), 200, "ReceiverIDIllegal"),
        (batch.clone().with("PayloadLength", "many"), 200, "PayloadLengthIllegal"),
        (batch.clone().with("CheckSum", &sha1(b"other")), 200, "ChecksumMismatched"),
        (whole.clone().with("SenderID", "SUBMITTER2"), 403, "UnAuthorized"),
        (whole.clone().with("Password", "wrong"), 403, "UnAuthorized"),
        (whole.clone().without("UserName"), 403, "UnAuthorized"),
        (whole.clone().with("Payload", "no X12"), 200, "PayloadIllegal"),
    ];
    for (fields, status, expected) in cases {
        let response = mime(&server, &fields).await;
        assert_eq!((response.status, code(&response)), (status, expected), "{response:?}");
        assert_eq!(part(&response, "PayloadType"), Some("CoreEnvelopeError"));
        assert!(part(&response, "Payload").is_none());
    }
    // Twice the same part.
    let twice = whole.mime("\r\n").replacen(
        "--b7",
        "--b7\r\nContent-Disposition: form-data; name=\"senderid\"\r\n\r\nX\r\n--b7",
        1,
    );
    let headers = "Content-Type: multipart/form-data; boundary=b7\r\n";
    let response = server.post("/core/mime", headers, twice.as_bytes()).await;
    assert_eq!(code(&response), "SenderIDIllegal");
    // A length in characters is told in the log alone.
    let text = good(104);
    let response =
        mime(&server, &Fields::batch(&text).with("PayloadLength", "5").by("submitter1")).await;
    assert_eq!(code(&response), "Success");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_multipart_is_refused() {
    let server = Server::start(|config| {
        config.core.batch_bytes_max = 1024;
        config.core.envelope_bytes_max = 4096;
    })
    .await;
    let whole = Fields::real_time(&good(101)).by("submitter1").mime("\r\n");
    let kind = "Content-Type: multipart/form-data; boundary=b7\r\n";
    let cut = &whole[..whole.len() - 10];
    let no_colon = whole.replacen("Content-Disposition: ", "Content-Disposition ", 1);
    for (headers, body) in [
        (kind, cut),
        (kind, "--other\r\n"),
        (kind, ""),
        (kind, &no_colon),
        ("Content-Type: multipart/form-data\r\n", &whole),
    ] {
        let response = server.post("/core/mime", headers, body.as_bytes()).await;
        assert_eq!((response.status, code(&response)), (400, "Sender"), "{response:?}");
    }
    let encoded =
        whole.replace("name=\"Payload\"", "name=\"Payload\"\r\nContent-Transfer-Encoding: base64");
    assert_eq!(code(&server.post("/core/mime", kind, encoded.as_bytes()).await), "PayloadIllegal");
    assert_eq!(server.post("/core/mime", "Content-Type: text/plain\r\n", b"x").await.status, 415);
    let zipped = format!("{kind}Content-Encoding: gzip\r\n");
    assert_eq!(server.post("/core/mime", &zipped, b"x").await.status, 415);
    assert_eq!(server.post("/core/mime", kind, &vec![b'x'; 200_000]).await.status, 413);
    server.stop().await;
}

/// Picks up until there is something; the batch is worked on meanwhile.
async fn picked(server: &Server, fields: &Fields) -> Response {
    for _ in 0..1000 {
        let response = mime(server, fields).await;
        assert_eq!(code(&response), "Success", "{response:?}");
        if part(&response, "Payload").is_some() {
            return response;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing to pick up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_accepted_and_its_results_are_picked_up_by_its_sender_only() {
    let server = Server::start(|_| {}).await;
    // Two interchanges in one batch, one of them wrong in part.
    let text = format!("{}\n{}", good(201), good(202));
    let receipt = mime(&server, &Fields::batch(&text).by("submitter1")).await;
    assert_eq!((receipt.status, code(&receipt)), (200, "Success"), "{receipt:?}");
    assert_eq!(part(&receipt, "PayloadType"), Some("X12_BatchReceiptConfirmation"));
    assert_eq!(part(&receipt, "PayloadID"), Some(ID));
    assert!(part(&receipt, "Payload").is_none());
    let wanted = |payload_type: &str| Fields::of(payload_type, "Batch").by("submitter1");
    let results = picked(&server, &wanted(RESULTS)).await;
    assert_eq!(part(&results, "PayloadType"), Some("X12_271_Response_005010X279A1"));
    let payload = part(&results, "Payload").unwrap();
    assert_eq!(payload.matches("ST*271*").count(), 2, "{payload}");
    assert_eq!(part(&results, "CheckSum"), Some(&*sha1(payload.as_bytes())));
    assert_eq!(part(&results, "PayloadLength"), Some(&*payload.len().to_string()));
    let acknowledgments = picked(&server, &wanted(ACKNOWLEDGMENTS)).await;
    assert_eq!(part(&acknowledgments, "Payload").unwrap().matches("ST*999*").count(), 2);
    // Again, by the id of the batch and by that of the result.
    assert_eq!(part(&picked(&server, &wanted(RESULTS)).await, "Payload"), Some(payload));
    let own = part(&results, "PayloadID").unwrap();
    assert_ne!(own, ID);
    let again = mime(&server, &wanted(RESULTS).with("PayloadID", own)).await;
    assert_eq!(part(&again, "Payload"), Some(payload));
    // Another partner has nothing there, by whichever id.
    for id in [ID, own, "00000000-0000-4000-8000-000000000001"] {
        let fields = Fields::of(RESULTS, "Batch")
            .with("PayloadID", id)
            .with("SenderID", "SUBMITTER2")
            .by("submitter2");
        let nothing = mime(&server, &fields).await;
        assert_eq!(code(&nothing), "Success");
        assert_eq!(part(&nothing, "PayloadType"), Some("X12_Response_NoBatchResultsFile"));
        assert!(part(&nothing, "Payload").is_none());
        let nothing = mime(
            &server,
            &Fields::of(ACKNOWLEDGMENTS, "Batch")
                .with("PayloadID", id)
                .with("SenderID", "SUBMITTER2")
                .by("submitter2"),
        )
        .await;
        assert_eq!(part(&nothing, "PayloadType"), Some("X12_Response_NoBatchAckFile"));
    }
    // The same id with another content is another batch; the same batch again is not worked on twice.
    let other = mime(&server, &Fields::batch(&good(203)).by("submitter1")).await;
    assert_eq!(code(&other), "Success");
    let next = picked(&server, &wanted(RESULTS)).await;
    assert!(part(&next, "Payload").unwrap().contains("ST*271*"));
    assert_eq!(code(&mime(&server, &Fields::batch(&text).by("submitter1")).await), "Success");
    // One's own acknowledgment of the results.
    let ack = part(&acknowledgments, "Payload").unwrap();
    let trailer = ack.find("IEA*").unwrap();
    let ack = &ack[..trailer + ack[trailer..].find('~').unwrap() + 1];
    let ack =
        ack.replace("*PAYERGW        *ZZ*SUBMITTER1     *", "*SUBMITTER1     *ZZ*PAYERGW        *");
    let confirm = Fields::batch(&ack)
        .with("PayloadType", "X12_999_SubmissionRequest_005010X231A1")
        .with("PayloadID", own)
        .by("submitter1");
    let confirmed = mime(&server, &confirm).await;
    assert_eq!(
        part(&confirmed, "PayloadType"),
        Some("X12_Response_ConfirmReceiptReceived"),
        "{confirmed:?}"
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_large_goes_through_files_and_comes_out_right() {
    let server = Server::start(|config| config.archive.inline_bytes_max = 1024).await;
    let sets: Vec<String> = (1..=4000).map(|n| inquiry(&format!("{n:04}"))).collect();
    let text = interchange(301, &[group(1, &sets)]);
    assert!(text.len() > 1 << 20);
    let receipt = mime(&server, &Fields::batch(&text).by("submitter1")).await;
    assert_eq!(code(&receipt), "Success", "{}", receipt.head);
    let results = picked(&server, &Fields::of(RESULTS, "Batch").by("submitter1")).await;
    let payload = part(&results, "Payload").unwrap();
    assert_eq!(payload.matches("~ST*271*").count(), 4000);
    assert_eq!(part(&results, "CheckSum"), Some(&*sha1(payload.as_bytes())));
    assert_eq!(results.header("content-length"), Some(&*results.body.len().to_string()));
    // Nothing is left behind but what is kept.
    let left = std::fs::read_dir(server.folder().join("archive")).unwrap();
    let parts =
        left.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("part"));
    assert_eq!(parts.count(), 0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn small_batches_and_results_are_sealed_in_the_store() {
    let server = Server::start(|config| {
        let keys = format!("first {}", "7b".repeat(32));
        config.archive.keys = x12gate::store::ArchiveKeys::parse(&keys).unwrap();
    })
    .await;
    let text = interchange(311, &[group(1, &[inquiry("0001")])]);
    let receipt = mime(&server, &Fields::batch(&text).by("submitter1")).await;
    assert_eq!(code(&receipt), "Success", "{}", receipt.head);
    let results = picked(&server, &Fields::of(RESULTS, "Batch").by("submitter1")).await;
    let payload = part(&results, "Payload").unwrap();
    assert!(payload.contains("~ST*271*"), "{payload}");
    assert_eq!(part(&results, "CheckSum"), Some(&*sha1(payload.as_bytes())));
    let mailbox = server.gateway.stores().backend.mailbox().unwrap();
    let pickup = x12gate::store::Pickup {
        partner: "submitter1",
        kind: "271",
        payload_id: part(&results, "PayloadID").unwrap(),
        now_micros: 0,
    };
    let kept = mailbox.pick_up(pickup).await.unwrap().unwrap().body.unwrap();
    assert!(kept.starts_with(b"X12GSEAL"));
    assert!(!kept.windows(4).any(|four| four == b"ISA*"));
    server.stop().await;
}

const NAMESPACE: &str = "http://www.caqh.org/SOAP/WSDL/CORERule2.2.0.xsd";

fn token(user: &str, password: &str, more: &str) -> String {
    format!(
        "<wsse:Security s:mustUnderstand=\"1\" xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\">\
         <wsse:UsernameToken><wsse:Username>{user}</wsse:Username><wsse:Password>{password}</wsse:Password>{more}</wsse:UsernameToken></wsse:Security>"
    )
}

fn envelope(header: &str, element: &str, fields: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Header>{header}</s:Header>\
         <s:Body><c:{element} xmlns:c=\"{NAMESPACE}\">{fields}</c:{element}></s:Body></s:Envelope>"
    )
}

async fn soap(server: &Server, text: &str) -> Response {
    let headers =
        "Content-Type: application/soap+xml; charset=utf-8; action=\"RealTimeTransaction\"\r\n";
    server.post("/core/soap", headers, text.as_bytes()).await
}

/// The text of an element of a response.
fn element<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    let rest = response.body.split_once(&format!("<{name}>"))?.1;
    Some(rest.split_once(&format!("</{name}>"))?.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_soap_envelope_is_answered_in_the_order_of_the_schema() {
    let server = Server::start(|_| {}).await;
    let fields = Fields::real_time(&good(101));
    let request = envelope(
        &token("submitter1", "sandbox", ""),
        "COREEnvelopeRealTimeRequest",
        &fields.elements(),
    );
    let response = soap(&server, &request).await;
    assert_eq!(response.status, 200, "{response:?}");
    assert!(response.header("content-type").unwrap().starts_with("application/soap+xml"));
    let core = format!("<core:COREEnvelopeRealTimeResponse xmlns:core=\"{NAMESPACE}\">");
    assert!(response.body.contains(&core), "{response:?}");
    let mut at = 0;
    for name in [
        "PayloadType",
        "ProcessingMode",
        "PayloadID",
        "TimeStamp",
        "SenderID",
        "ReceiverID",
        "CORERuleVersion",
        "Payload",
        "ErrorCode",
        "ErrorMessage",
    ] {
        let next = response
            .body
            .find(&format!("<{name}>"))
            .unwrap_or_else(|| panic!("{name}: {response:?}"));
        assert!(next > at, "{name}");
        at = next;
    }
    assert!(element(&response, "Payload").unwrap().starts_with("<![CDATA[ISA*"));
    assert_eq!(element(&response, "ErrorCode"), Some("Success"));
    let wsdl = server.get("/core/soap?wsdl", "").await;
    assert!(wsdl.status == 200 && wsdl.body.contains("CoreSoapBinding"), "{wsdl:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_soap_envelope_is_an_error_or_a_fault() {
    let server = Server::start(|_| {}).await;
    let fields = Fields::real_time(&good(101)).elements();
    let own = token("submitter1", "sandbox", "");
    let ask = async |header: &str, element: &str, fields: &str| {
        soap(&server, &envelope(header, element, fields)).await
    };
    let name = "COREEnvelopeRealTimeRequest";
    // In the envelope.
    for header in [token("submitter1", "wrong", ""), token("nobody", "sandbox", ""), String::new()]
    {
        let response = ask(&header, name, &fields).await;
        assert_eq!(
            (response.status, element(&response, "ErrorCode")),
            (200, Some("UnAuthorized")),
            "{response:?}"
        );
    }
    let response =
        ask(&own, name, &fields.replace("SUBMITTER1</SenderID>", "SUBMITTER2</SenderID>")).await;
    assert_eq!(element(&response, "ErrorCode"), Some("UnAuthorized"));
    let response = ask(&own, name, &fields.replace("2.2.0", "4.0.0")).await;
    assert_eq!((response.status, element(&response, "ErrorCode")), (200, Some("VersionMismatch")));
    // As faults.
    let must = "<x:Odd xmlns:x=\"urn:x\" s:mustUnderstand=\"true\"/>";
    for (text, status, fault) in [
        (envelope(&format!("{own}{must}"), name, &fields), 500, "env:MustUnderstand"),
        (envelope(&own, name, &format!("{fields}<Odd>1</Odd>")), 500, "env:MustUnderstand"),
        (envelope(&own, "Unknown", &fields), 400, "env:Sender"),
        (
            envelope(&own, name, &fields).replace(
                "http://www.w3.org/2003/05/soap-envelope",
                "http://schemas.xmlsoap.org/soap/envelope/",
            ),
            500,
            "env:VersionMismatch",
        ),
        ("<!DOCTYPE s [<!ENTITY a \"b\">]><s/>".to_owned(), 400, "env:Sender"),
        ("not XML".to_owned(), 400, "env:Sender"),
        (envelope(&own, name, &"<a>".repeat(100)), 400, "env:Sender"),
    ] {
        let response = soap(&server, &text).await;
        assert_eq!(response.status, status, "{response:?}");
        assert!(response.body.contains(&format!("<env:Value>{fault}</env:Value>")), "{response:?}");
    }
    // A nonce is good once, and a token that is too old is not.
    let once = token(
        "submitter1",
        "sandbox",
        "<wsse:Nonce>abc</wsse:Nonce><Created>2026-01-05T09:31:00Z</Created>",
    );
    assert_eq!(element(&ask(&once, name, &fields).await, "ErrorCode"), Some("Success"));
    assert_eq!(element(&ask(&once, name, &fields).await, "ErrorCode"), Some("UnAuthorized"));
    let old = token("submitter1", "sandbox", "<Created>2026-01-04T09:31:00Z</Created>");
    assert_eq!(element(&ask(&old, name, &fields).await, "ErrorCode"), Some("UnAuthorized"));
    server.stop().await;
}

/// A batch beside its envelope, as a state's client writes it: lines end with LF alone, ids have no brackets.
fn mtom(line: &str, root: &str, payload: &str) -> String {
    format!(
        "--m1{line}Content-Type: application/xop+xml; type=\"application/soap+xml\"{line}Content-ID: rootpart{line}{line}{root}{line}\
         --m1{line}Content-Type: application/octet-stream{line}Content-Transfer-Encoding: binary{line}Content-ID: attachment{line}{line}{payload}{line}--m1--{line}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_beside_its_envelope_is_accepted_and_picked_up_the_same_way() {
    let server = Server::start(|_| {}).await;
    let text = good(401);
    let fields = Fields::batch(&text).without("Payload").elements()
        + "<Payload><xop:Include xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:attachment\"/></Payload>";
    let own = token("submitter1", "sandbox", "");
    let root = envelope(&own, "COREEnvelopeBatchSubmission", &fields);
    let headers = "Content-Type: multipart/related; boundary=m1; type=\"application/xop+xml\"; start=\"rootpart\"\r\n";
    let receipt = server.post("/core/soap", headers, mtom("\n", &root, &text).as_bytes()).await;
    assert_eq!(element(&receipt, "ErrorCode"), Some("Success"), "{receipt:?}");
    assert_eq!(element(&receipt, "PayloadType"), Some("X12_BatchReceiptConfirmation"));
    // The same inside its envelope, as base64, is the same batch.
    use base64::Engine;
    let inline = base64::engine::general_purpose::STANDARD.encode(&text);
    let inside = Fields::batch(&text).without("Payload").elements()
        + &format!("<Payload>{inline}</Payload>");
    let receipt = soap(&server, &envelope(&own, "COREEnvelopeBatchSubmission", &inside)).await;
    assert_eq!(element(&receipt, "ErrorCode"), Some("Success"), "{receipt:?}");
    let pickup = envelope(
        &own,
        "COREEnvelopeBatchResultsRetrievalRequest",
        &Fields::of(RESULTS, "Batch").elements(),
    );
    let mut results = soap(&server, &pickup).await;
    for _ in 0..100 {
        if results.header("content-type").unwrap().starts_with("multipart/related") {
            break;
        }
        assert_eq!(
            element(&results, "PayloadType"),
            Some("X12_Response_NoBatchResultsFile"),
            "{results:?}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
        results = soap(&server, &pickup).await;
    }
    // The envelope first, the payload last, and nothing else.
    assert_eq!(results.body.matches("Content-ID: ").count(), 2, "{results:?}");
    let payload = results.body.rsplit_once("\r\n\r\n").unwrap().1;
    let payload = payload.split("\r\n--").next().unwrap();
    assert!(payload.starts_with("ISA*") && payload.contains("ST*271*"), "{results:?}");
    assert_eq!(element(&results, "CheckSum"), Some(&*sha1(payload.as_bytes())));
    let asked = envelope(
        &own,
        "COREEnvelopeBatchSubmissionAckRetrievalRequest",
        &Fields::of(ACKNOWLEDGMENTS, "Batch").elements(),
    );
    let acknowledgment = soap(&server, &asked).await;
    assert!(
        acknowledgment.body.contains("COREEnvelopeBatchSubmissionAckRetrievalResponse"),
        "{acknowledgment:?}"
    );
    assert!(acknowledgment.body.contains("ST*999*"));
    // A reference to what is not in the message, and a part that is cut off.
    let other = root.replace("cid:attachment", "cid:other");
    let refused = server.post("/core/soap", headers, mtom("\n", &other, &text).as_bytes()).await;
    assert_eq!(element(&refused, "ErrorCode"), Some("PayloadIllegal"), "{refused:?}");
    let whole = mtom("\r\n", &root, &text);
    let cut = server.post("/core/soap", headers, &whole.as_bytes()[..whole.len() - 20]).await;
    assert_eq!(cut.status, 400);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_as_json() {
    use base64::Engine;
    let server = Server::start(|_| {}).await;
    let base64 = base64::engine::general_purpose::STANDARD;
    let ask = async |who: &str, path: &str, envelope: &serde_json::Value| {
        let headers = format!("{who}Content-Type: application/json\r\n");
        server.post(path, &headers, envelope.to_string().as_bytes()).await
    };
    let envelope = |payload: &str| {
        serde_json::json!({
            "PayloadType": QUESTION, "SenderID": "SUBMITTER1", "ReceiverID": "PAYERGW", "CORERuleVersion": "4.0.0",
            "PayloadID": ID, "Payload": payload,
        })
    };
    let answer = ask(FIRST, "/core/rest/v4.0.0/realtime", &envelope(&good(501))).await;
    assert_eq!(
        (answer.status, &answer.json()["ErrorCode"]),
        (200, &"Success".into()),
        "{answer:?}"
    );
    assert!(answer.json()["Payload"].as_str().unwrap().contains("ST*271*"));
    let other = ask(SECOND, "/core/rest/v4.0.0/realtime", &envelope(&good(501))).await;
    assert_eq!((other.status, &other.json()["ErrorCode"]), (403, &"UnAuthorized".into()));
    let mut wrong = envelope(&good(501));
    wrong["CORERuleVersion"] = "2.2.0".into();
    assert_eq!(
        ask(FIRST, "/core/rest/v4.0.0/realtime", &wrong).await.json()["ErrorCode"],
        "VersionMismatch"
    );
    wrong = envelope(&good(501));
    wrong["CheckSum"] = "00".into();
    assert_eq!(
        ask(FIRST, "/core/rest/v4.0.0/realtime", &wrong).await.json()["ErrorCode"],
        "ChecksumMismatched"
    );
    assert_eq!(
        ask(FIRST, "/core/rest/v4.0.0/batch", &envelope("***")).await.json()["ErrorCode"],
        "PayloadIllegal"
    );
    let receipt = ask(FIRST, "/core/rest/v4.0.0/batch", &envelope(&base64.encode(good(502)))).await;
    assert_eq!(receipt.json()["PayloadType"], "X12_BatchReceiptConfirmation", "{receipt:?}");
    let path = format!(
        "/core/rest/v4.0.0/batch/{ID}?PayloadType={RESULTS}&SenderID=SUBMITTER1&ReceiverID=PAYERGW"
    );
    for _ in 0..100 {
        let results = server.get(&path, FIRST).await;
        assert_eq!(results.json()["ErrorCode"], "Success", "{results:?}");
        if let Some(payload) = results.json()["Payload"].as_str() {
            let text = String::from_utf8(base64.decode(payload).unwrap()).unwrap();
            assert!(text.contains("ST*271*"), "{text}");
            let theirs = server.get(&path.replace("SUBMITTER1", "SUBMITTER2"), SECOND).await;
            assert_eq!(theirs.json()["PayloadType"], "X12_Response_NoBatchResultsFile");
            return server.stop().await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing to pick up");
}

/// A real-time question between batches is not held up by them, and both are answered.
#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_while_a_batch_is_worked_on() {
    let server = Server::start(|_| {}).await;
    let sets: Vec<String> = (1..=3000).map(|n| inquiry(&format!("{n:04}"))).collect();
    let batch = interchange(601, &[group(1, &sets)]);
    assert_eq!(code(&mime(&server, &Fields::batch(&batch).by("submitter1")).await), "Success");
    let delivery = Delivery::operator(good(602).into(), Lane::RealTime, server.gateway.now());
    assert!(server.gateway.respond_to(&delivery).await.is_ok());
    let results = picked(&server, &Fields::of(RESULTS, "Batch").by("submitter1")).await;
    assert_eq!(part(&results, "Payload").unwrap().matches("~ST*271*").count(), 3000);
    server.stop().await;
}

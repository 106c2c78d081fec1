//! The OpenAPI document against the server: every path is asked with bodies made from its schema, good and bad, with and without
//! credentials, and every answer must have a status, a media type and a shape that the document names.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::server::inquiry;
use crate::web::{FIRST, Response, Server};

/// Requests for each operation.
const REQUESTS: usize = 60;

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn one<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        &values[self.below(values.len())]
    }

    fn in_ten(&mut self, times: usize) -> bool {
        self.below(10) < times
    }
}

/// What texts are made of: what the demonstration knows, and what nobody expects.
const TEXTS: [&str; 16] = [
    "1234567893",
    "99999",
    "S12300000101",
    "SAMPLE",
    "MARY",
    "1980-01-15",
    "2026-01-05",
    "30",
    "Z01.419",
    "99213",
    "11",
    "",
    " ",
    "ISA*00*~",
    "caf\u{e9}\u{0}\u{7}",
    "a rather long text that no element of X12 would ever hold, because eighty characters are the most that a name may have",
];

/// The schema itself, where it only refers to another.
fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str() {
        Some(reference) => {
            let pointer = reference.strip_prefix('#').expect("a reference into the document");
            resolved(document, document.pointer(pointer).expect("what is referred to"))
        }
        None => schema,
    }
}

/// The types that a schema allows.
fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(some) => some.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn alternatives(schema: &Value) -> Option<&Vec<Value>> {
    ["oneOf", "anyOf"].iter().find_map(|key| schema[*key].as_array())
}

/// A value of the schema, or one that is nearly so.
fn made(document: &Value, schema: &Value, dice: &mut Dice, depth: usize) -> Value {
    let schema = resolved(document, schema);
    if dice.below(40) == 0 {
        return dice.one(&[json!(null), json!(7), json!("x"), json!([]), json!({})]).clone();
    }
    if let Some(values) = schema["enum"].as_array() {
        return dice.one(values).clone();
    }
    if let Some(some) = alternatives(schema) {
        return made(document, dice.one(some), dice, depth + 1);
    }
    let types = types(schema);
    let kind = if types.is_empty() { "object" } else { *dice.one(&types) };
    match kind {
        "string" => json!(dice.one(&TEXTS)),
        "integer" => json!(*dice.one(&[0, 1, 2, 7, 99, -1, i64::MAX])),
        "number" => json!(*dice.one(&[0.0, 1.5, -2.25, 1e300])),
        "boolean" => json!(dice.in_ten(5)),
        "null" => Value::Null,
        "array" => {
            let count = if depth > 6 { 0 } else { dice.below(3) };
            (0..count).map(|_| made(document, &schema["items"], dice, depth + 1)).collect()
        }
        _ => {
            let mut object = Map::new();
            let required: Vec<&str> = schema["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                let is_there = if required.contains(&&**name) { 9 } else { 4 };
                if dice.in_ten(is_there) {
                    object.insert(name.clone(), made(document, property, dice, depth + 1));
                }
            }
            if dice.below(20) == 0 {
                object.insert("nobody_knows_this".to_owned(), json!(1));
            }
            Value::Object(object)
        }
    }
}

/// Where a value is not as the schema says; none when it is.
fn fault(document: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    let schema = resolved(document, schema);
    if let Some(some) = alternatives(schema) {
        let fits = some.iter().any(|one| fault(document, one, value, at).is_none());
        return (!fits).then(|| format!("{at}: none of the alternatives"));
    }
    for one in schema["allOf"].as_array().into_iter().flatten() {
        if let Some(fault) = fault(document, one, value, at) {
            return Some(fault);
        }
    }
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(value)
    {
        return Some(format!("{at}: {value} is not in the list"));
    }
    let is = |kind: &&str| match *kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "array" => value.is_array(),
        _ => value.is_object(),
    };
    let types = types(schema);
    if !types.is_empty() && !types.iter().any(is) {
        return Some(format!("{at}: {value} is not {types:?}"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        if let Some(fault) = fault(document, &schema["items"], item, &format!("{at}[{index}]")) {
            return Some(fault);
        }
    }
    let object = value.as_object()?;
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !object.contains_key(name) {
            return Some(format!("{at}.{name} is missing"));
        }
    }
    let known = schema["properties"].as_object();
    object.iter().find_map(|(name, inner)| match known.and_then(|known| known.get(name)) {
        Some(property) => fault(document, property, inner, &format!("{at}.{name}")),
        // A schema that names fields names all of them.
        None => known.is_some().then(|| format!("{at}.{name} is not in the document")),
    })
}

/// The media type of an answer, without parameters.
fn media_type(answer: &Response) -> String {
    let head = answer.head.to_ascii_lowercase();
    let line = head.lines().find_map(|line| line.strip_prefix("content-type:"));
    let value = line.unwrap_or("").split(';').next().unwrap_or("");
    value.trim().to_owned()
}

/// What of an answer the document does not say of the operation; none when it says all of it.
fn untold(document: &Value, operation: &Value, answer: &Response) -> Option<String> {
    let status = answer.status;
    let documented = &operation["responses"][status.to_string()];
    if !documented.is_object() {
        return Some(format!("{status} is not in the document: {}", answer.body));
    }
    let Some(content) = resolved(document, documented)["content"].as_object() else {
        return (!answer.body.is_empty()).then(|| format!("{status} has a body"));
    };
    let media_type = media_type(answer);
    let Some(media) = content.get(&media_type) else {
        return Some(format!("{status} as {media_type:?}"));
    };
    if media_type.ends_with("json") {
        let body: Value = serde_json::from_str(&answer.body).expect("JSON");
        if let Some(fault) = fault(document, &media["schema"], &body, "") {
            return Some(format!("{status} has another shape: {fault}"));
        }
    }
    let waits = answer.head.to_ascii_lowercase().contains("retry-after:");
    (matches!(status, 429 | 503) && !waits).then(|| format!("{status} without Retry-After"))
}

/// An envelope of MIME multipart, with parts left out or spoilt.
fn multipart(dice: &mut Dice) -> Vec<u8> {
    let control = 1000 + u32::try_from(dice.below(8000)).unwrap();
    let payload = inquiry(control);
    let id = format!("00000000-0000-4000-8000-{control:012}");
    let mut body = String::new();
    for (name, value) in [
        ("PayloadType", "X12_270_Request_005010X279A1"),
        ("ProcessingMode", "RealTime"),
        ("PayloadID", &id),
        ("TimeStamp", "2026-01-05T09:30:00Z"),
        ("UserName", "submitter1"),
        ("Password", "sandbox"),
        ("SenderID", "SUBMITTER1"),
        ("ReceiverID", "PAYERGW"),
        ("CORERuleVersion", "2.2.0"),
        ("Payload", &payload),
    ] {
        let value = if dice.below(30) == 0 { *dice.one(&TEXTS) } else { value };
        if dice.below(30) > 0 {
            body.push_str(&format!(
                "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            ));
        }
    }
    if dice.below(20) > 0 {
        body.push_str("--b--\r\n");
    }
    body.into_bytes()
}

/// A SOAP envelope, sometimes spoilt.
fn soap(dice: &mut Dice) -> Vec<u8> {
    let control = 10_000 + u32::try_from(dice.below(8000)).unwrap();
    let payload = inquiry(control);
    let text = format!(
        "<soapenv:Envelope xmlns:soapenv=\"http://www.w3.org/2003/05/soap-envelope\"><soapenv:Header>\
         <wsse:Security xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\">\
         <wsse:UsernameToken><wsse:Username>submitter1</wsse:Username><wsse:Password>sandbox</wsse:Password>\
         </wsse:UsernameToken></wsse:Security></soapenv:Header><soapenv:Body>\
         <c:COREEnvelopeRealTimeRequest xmlns:c=\"http://www.caqh.org/SOAP/WSDL/CORERule2.2.0.xsd\">\
         <PayloadType>X12_270_Request_005010X279A1</PayloadType><ProcessingMode>RealTime</ProcessingMode>\
         <PayloadID>00000000-0000-4000-8000-{control:012}</PayloadID><TimeStamp>2026-01-05T09:30:00Z</TimeStamp>\
         <SenderID>SUBMITTER1</SenderID><ReceiverID>PAYERGW</ReceiverID><CORERuleVersion>2.2.0</CORERuleVersion>\
         <Payload><![CDATA[{payload}]]></Payload></c:COREEnvelopeRealTimeRequest></soapenv:Body></soapenv:Envelope>"
    );
    let spoilt = match dice.below(8) {
        0 => text.replace("RealTime<", "Batch<"),
        1 => text.replace("SenderID", "SenderIDs"),
        2 => text.replace("sandbox", "wrong"),
        3 => text.chars().take(dice.below(text.len())).collect(),
        4 => text.replace("2003/05", "2001/12"),
        _ => text,
    };
    spoilt.into_bytes()
}

/// A body of this media type.
fn body(document: &Value, media_type: &str, schema: &Value, dice: &mut Dice) -> Vec<u8> {
    if dice.below(20) == 0 {
        return dice.one(&[&b""[..], b"{", b"\xff\xfe\x00", b"[]", b"ISA", b"--b\r\n"]).to_vec();
    }
    match media_type {
        "application/json" => serde_json::to_vec(&made(document, schema, dice, 0)).unwrap(),
        "multipart/form-data" => multipart(dice),
        "application/soap+xml" => soap(dice),
        _ => {
            let text = inquiry(20_000 + u32::try_from(dice.below(8000)).unwrap());
            let end = if dice.in_ten(3) { dice.below(text.len()) } else { text.len() };
            let mut bytes = text.into_bytes();
            bytes.truncate(end);
            if dice.in_ten(2) && !bytes.is_empty() {
                let place = dice.below(bytes.len());
                bytes[place] = b'*';
            }
            bytes
        }
    }
}

/// The headers of a request; mostly those that are wanted.
fn headers(media_type: &str, dice: &mut Dice) -> String {
    let mut headers = match dice.below(12) {
        0 => String::new(),
        1 => "Authorization: Basic c3VibWl0dGVyMTp3cm9uZw==\r\n".to_owned(),
        2 => "Authorization: Bearer x\r\n".to_owned(),
        _ => FIRST.to_owned(),
    };
    let media_type = match (media_type, dice.below(15)) {
        ("", _) | (_, 0) => return headers,
        (_, 1) => "text/plain",
        ("multipart/form-data", _) => "multipart/form-data; boundary=b",
        (wanted, _) => wanted,
    };
    headers.push_str(&format!("Content-Type: {media_type}\r\n"));
    if dice.below(25) == 0 {
        headers.push_str("Content-Encoding: gzip\r\n");
    }
    headers
}

/// The path with its parameters, and a query that has what is required, or nearly.
fn address(path: &str, operation: &Value, dice: &mut Dice) -> String {
    let mut path = path.to_owned();
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let value = *dice.one(&["x", "true", "7", "SUBMITTER1", "PAYERGW"]);
        match parameter["in"].as_str().unwrap() {
            "path" => path = path.replace(&format!("{{{name}}}"), "00000000-0000-4000-8000-1"),
            "query" if name == "PayloadType" && dice.in_ten(7) => {
                query.push(format!("{name}=X12_005010_Request_Batch_Results_271"));
            }
            "query" if name == "SenderID" && dice.in_ten(7) => {
                query.push(format!("{name}=SUBMITTER1"));
            }
            "query" if dice.in_ten(7) => query.push(format!("{name}={value}")),
            _ => {}
        }
    }
    if !query.is_empty() {
        path.push_str(&format!("?{}", query.join("&")));
    }
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_one_that_the_document_names() {
    let server = Server::start(|config| {
        config.http.requests_per_minute_max = 0;
        config.access.failures_max = 100_000;
        config.access.failures_per_address_max = 1_000_000;
    })
    .await;
    let document = server.get("/openapi.json", "").await.json();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let (mut seen, mut faults) = (BTreeSet::new(), BTreeSet::new());
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let wanted = operation["requestBody"]["content"].as_object();
            let wanted: Vec<(&String, &Value)> = wanted.into_iter().flatten().collect();
            for _ in 0..REQUESTS {
                let address = address(path, operation, &mut dice);
                let answer = if method == "get" {
                    server.get(&address, &headers("", &mut dice)).await
                } else {
                    let (media_type, media) = *dice.one(&wanted);
                    let body = body(&document, media_type, &media["schema"], &mut dice);
                    server.post(&address, &headers(media_type, &mut dice), &body).await
                };
                if let Some(untold) = untold(&document, operation, &answer) {
                    faults.insert(format!("{method} {path}: {untold}"));
                }
                seen.insert((path.clone(), answer.status));
            }
        }
    }
    let faults: Vec<String> = faults.into_iter().collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // The dice have made good questions too, and wrong passwords.
    for path in ["/x12", "/eligibility", "/core/mime", "/core/soap", "/core/rest/v4.0.0/realtime"] {
        assert!(seen.contains(&(path.to_owned(), 200)), "{path} was never answered: {seen:?}");
    }
    for path in ["/x12", "/eligibility"] {
        assert!(seen.contains(&(path.to_owned(), 401)), "{seen:?}");
    }
    server.stop().await;
}

/// A document that says less than is answered would be noticed.
#[test]
fn a_shape_that_is_not_in_the_document_is_noticed() {
    let document = json!({ "components": { "schemas": { "Name": { "type": "string" } } } });
    let schema = json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": { "$ref": "#/components/schemas/Name" },
            "age": { "type": ["integer", "null"] },
            "kinds": { "type": "array", "items": { "enum": ["a", "b"] } },
            "either": { "oneOf": [{ "type": "null" }, { "type": "boolean" }] },
        },
    });
    for (value, is_right) in [
        (json!({ "name": "x", "age": null, "kinds": ["a", "b"], "either": true }), true),
        (json!({}), false),
        (json!({ "name": 1 }), false),
        (json!({ "name": "x", "age": "7" }), false),
        (json!({ "name": "x", "kinds": ["c"] }), false),
        (json!({ "name": "x", "either": 1 }), false),
        (json!({ "name": "x", "more": 1 }), false),
        (json!([]), false),
    ] {
        assert_eq!(fault(&document, &schema, &value, "").is_none(), is_right, "{value}");
    }
}

//! `/openapi.json`: the document that says what every path takes and gives.

use axum::Json;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{connectivity, json, operator, x12};

/// The document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "x12gate",
        description = "X12 over HTTP: interchanges as they are, questions in JSON, CAQH CORE connectivity.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    paths(
        x12::exchange,
        json::eligibility,
        json::claim_status,
        json::referral,
        json::authorization,
        json::notification,
        json::psychotherapy,
        json::review_status,
        connectivity::mime,
        connectivity::soap,
        connectivity::wsdl,
        connectivity::rest_realtime,
        connectivity::rest_batch,
        connectivity::rest_results,
        operator::health,
        operator::ready,
        operator::metrics,
        document,
    ),
    modifiers(&Credentials),
)]
struct Document;

/// How callers show who they are.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic).build();
        components.add_security_scheme("password", SecurityScheme::Http(basic));
        let certificate = SecurityScheme::MutualTls {
            description: Some("A client certificate that is on file for the partner".to_owned()),
            deprecated: None,
            extensions: None,
        };
        components.add_security_scheme("certificate", certificate);
    }
}

/// This document.
#[utoipa::path(
    get, path = "/openapi.json", tag = "Operation", security(()),
    responses((status = 200, description = "The OpenAPI document", content_type = "application/json")),
)]
pub(super) async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}

//! Who sends a request: told by the client certificate of the connection, or by a name and a password (Basic).

use std::time::Instant;

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::admission::{Limits, Refused, Turn};
use super::problem::Problem;
use super::{Peer, Shared, whole_seconds};
use crate::access::{Caller, Refusal};

/// A request with its caller. Dropped, it makes room for others.
pub(super) struct Admitted {
    pub(super) caller: Caller,
    /// The partner's id.
    pub(super) partner: std::sync::Arc<str>,
    _turn: Turn,
}

impl Shared {
    /// Tells the caller of a request by what its headers and its connection say, and takes a turn for its partner.
    pub(super) async fn admit(
        &self,
        peer: &Peer,
        headers: &HeaderMap,
    ) -> Result<Admitted, Problem> {
        let caller = match basic(headers)? {
            Some((name, password)) => self.by_password(peer, &name, &password).await?,
            None if peer.caller.partner().is_some() => peer.caller.clone(),
            None => return Err(unauthorized("say who you are: name and password, by Basic")),
        };
        self.turn(caller)
    }

    /// Tells the caller by a name and a password.
    pub(super) async fn by_password(
        &self,
        peer: &Peer,
        name: &str,
        password: &[u8],
    ) -> Result<Caller, Problem> {
        let checked = self.access.by_password(name, password, peer.address.ip()).await;
        let caller = checked.map_err(|refusal| match refusal {
            Refusal::Refused => unauthorized("the name or the password is wrong, or locked"),
            Refusal::Busy => self.busy("too many passwords are being checked"),
        })?;
        // Whoever shows a certificate is its partner and no other.
        match (peer.caller.partner(), caller.partner()) {
            (Some(shown), Some(named)) if shown != named => {
                tracing::warn!(peer = %peer.address, %caller, certificate = %peer.caller, "the certificate is another partner's");
                let user = caller.user().map(|user| &**user);
                self.access.refuse(
                    user,
                    peer.address.ip(),
                    "password with another partner's certificate",
                );
                Err(unauthorized("the name or the password is wrong, or locked"))
            }
            _ => Ok(caller),
        }
    }

    /// A turn of the caller's partner.
    pub(super) fn turn(&self, caller: Caller) -> Result<Admitted, Problem> {
        let Some(partner) = caller.partner().cloned() else {
            return Err(unauthorized("say who you are"));
        };
        let own = self.gateway.partner(&partner).map_or(Limits::default(), |profile| Limits {
            at_once_max: profile.requests_max,
            per_minute_max: profile.requests_per_minute_max,
        });
        let turn = self.admission.partner(&partner, own, Instant::now());
        let turn = turn.map_err(|refused| match refused {
            Refused::TooMany => self.busy("too many of your requests are being worked on"),
            Refused::TooOften(wait) => {
                let words = "your requests come too often";
                Problem::again(StatusCode::TOO_MANY_REQUESTS, words, whole_seconds(wait))
            }
        })?;
        Ok(Admitted { caller, partner, _turn: turn })
    }
}

/// Name and password of the headers, if they hold any.
fn basic(headers: &HeaderMap) -> Result<Option<(String, Vec<u8>)>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let wrong = || unauthorized("Authorization must be Basic, with a name and a password");
    let (scheme, credentials) =
        value.to_str().ok().and_then(|v| v.split_once(' ')).ok_or_else(wrong)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(wrong());
    }
    let decoded = STANDARD.decode(credentials.trim()).map_err(|_| wrong())?;
    let at = decoded.iter().position(|byte| *byte == b':').ok_or_else(wrong)?;
    let name = std::str::from_utf8(&decoded[..at]).map_err(|_| wrong())?;
    Ok(Some((name.to_owned(), decoded[at + 1..].to_vec())))
}

fn unauthorized(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Result<Option<(String, Vec<u8>)>, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        basic(&headers)
    }

    #[test]
    fn a_name_and_a_password_are_read() {
        let header = format!("basic {}", STANDARD.encode("clinic:a:b"));
        assert_eq!(of(&header), Ok(Some(("clinic".to_owned(), b"a:b".to_vec()))));
        assert_eq!(basic(&HeaderMap::new()), Ok(None));
        for wrong in ["Basic", "Basic !!!", "Bearer x", "Basic bm9jb2xvbg=="] {
            assert_eq!(of(wrong).unwrap_err().status(), StatusCode::UNAUTHORIZED, "{wrong}");
        }
    }
}

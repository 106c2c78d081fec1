//! Logins and the audit trail.

use sqlx::FromRow;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::store::traits::Reply;
use crate::store::{
    AuditEvent, AuditHead, AuditRow, CredentialRow, GrantRow, LoginChange, LoginRow, LoginRows,
    Logins, RegistrationRow, Result, StoreError, Subject,
};

use super::insert::Insert;
use super::{SqliteStore, database_error, in_transaction, key_list, sql};

const READING: &str = "reading logins";
const CHANGING: &str = "changing logins";
const AUDIT: &str = "the audit trail";
const CORRUPT: StoreError = StoreError::Corrupt { what: "audit trail" };

const LOGINS: &str =
    "SELECT name, partner, role, email, disabled, created_micros FROM login ORDER BY name";
const CREDENTIALS: &str =
    "SELECT id, login, kind, value, created_micros, expires_micros FROM credential ORDER BY id";
const GRANTS: &str =
    "SELECT login, npi, transaction_set FROM login_grant ORDER BY login, npi, transaction_set";
const PUT_LOGIN: &str = "INSERT INTO login (name, partner, role, email, disabled, created_micros) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO UPDATE SET partner = excluded.partner, \
     role = excluded.role, email = excluded.email, disabled = excluded.disabled";
const REMOVE_LOGIN: &str = "DELETE FROM login WHERE name = $1";
const REMOVE_CREDENTIALS: &str = "DELETE FROM credential WHERE login = $1";
const REMOVE_GRANTS: &str = "DELETE FROM login_grant WHERE login = $1";
const ADD_CREDENTIAL: &str = "INSERT INTO credential (login, kind, value, created_micros, expires_micros) \
     VALUES ($1, $2, $3, $4, $5)";
const EXPIRE_CREDENTIAL: &str = "UPDATE credential SET expires_micros = $2 WHERE id = $1";
const REMOVE_CREDENTIAL: &str = "DELETE FROM credential WHERE id = $1";
const GRANT: &str = "INSERT INTO login_grant (login, npi, transaction_set) VALUES ($1, $2, $3) \
     ON CONFLICT DO NOTHING";
const REVOKE: &str =
    "DELETE FROM login_grant WHERE login = $1 AND npi = $2 AND transaction_set = $3";
const AUDIT_HEAD: &str = "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1";
const AUDIT_ROWS: &str = "SELECT sequence, at_micros, actor, action, subject, outcome, detail, interchange, \
     previous, hash FROM audit WHERE sequence > $1 ORDER BY sequence LIMIT $2";

const PUT_PARTNER: &str = "INSERT INTO partner (id, profile) VALUES ($1, $2) \
     ON CONFLICT (id) DO UPDATE SET profile = excluded.profile";
const REGISTER: &str = "INSERT INTO registration \
     (state, token, created_micros, expires_micros, settled_micros, request) VALUES ($1, $2, $3, $4, $5, $6)";
const SETTLE: &str = "UPDATE registration SET state = $2, settled_micros = $3, \
     request = json_remove(request, '$.password') WHERE id = $1 AND state = 'pending'";
const REGISTRATIONS: &str = "SELECT id, state, token, created_micros, expires_micros, settled_micros, request \
     FROM registration ORDER BY id";
const COUNT_ATTEMPT: &str = "INSERT INTO proof_attempt (subject, attempts, last_micros) VALUES ($1, 1, $2) \
     ON CONFLICT (subject) DO UPDATE SET attempts = min(proof_attempt.attempts, $3) + 1, \
     last_micros = CASE WHEN proof_attempt.attempts >= $3 THEN proof_attempt.last_micros \
     ELSE excluded.last_micros END";
const FORGET_OLD_ATTEMPTS: &str = "DELETE FROM proof_attempt WHERE last_micros < $1";
const FORGET_ATTEMPTS: &str = "DELETE FROM proof_attempt WHERE subject = $1";
const ATTEMPTS: &str = "SELECT k.key, p.attempts FROM json_each($1) AS k CROSS JOIN proof_attempt AS p \
     WHERE p.subject = k.value";

/// Every fixed statement, for the test that prepares them.
#[cfg(test)]
pub(super) const STATEMENTS: [&str; 22] = [
    PUT_PARTNER,
    REGISTER,
    SETTLE,
    REGISTRATIONS,
    COUNT_ATTEMPT,
    FORGET_OLD_ATTEMPTS,
    FORGET_ATTEMPTS,
    ATTEMPTS,
    LOGINS,
    CREDENTIALS,
    GRANTS,
    PUT_LOGIN,
    REMOVE_LOGIN,
    REMOVE_CREDENTIALS,
    REMOVE_GRANTS,
    ADD_CREDENTIAL,
    EXPIRE_CREDENTIAL,
    REMOVE_CREDENTIAL,
    GRANT,
    REVOKE,
    AUDIT_HEAD,
    AUDIT_ROWS,
];

const AUDIT_INSERT: Insert = Insert {
    doing: AUDIT,
    head: "INSERT INTO audit \
           (sequence, at_micros, actor, action, subject, outcome, detail, interchange, previous, hash)",
    columns: 10,
    tail: "",
};

impl Logins for SqliteStore {
    fn all(&self) -> Reply<'_, LoginRows> {
        Box::pin(read(self))
    }

    fn change(&self, changes: Vec<LoginChange>, events: Vec<AuditEvent>) -> Reply<'_, ()> {
        Box::pin(change(self, changes, events))
    }

    fn registrations(&self) -> Reply<'_, Vec<RegistrationRow>> {
        Box::pin(async move {
            type Columns = (i64, String, Option<Vec<u8>>, i64, i64, Option<i64>, String);
            let rows: Vec<Columns> = sqlx::query_as(REGISTRATIONS)
                .fetch_all(&self.inner.readers)
                .await
                .map_err(database_error(READING))?;
            let row = |(id, state, token, created, expires, settled, request): Columns| {
                let token = token.map(<[u8; 32]>::try_from).transpose();
                Ok(RegistrationRow {
                    id: id.unsigned_abs(),
                    state: state.into(),
                    token: token.map_err(|_| StoreError::Corrupt { what: "registration" })?,
                    created_micros: created,
                    expires_micros: expires,
                    settled_micros: settled,
                    request,
                })
            };
            rows.into_iter().map(row).collect()
        })
    }

    fn proof_attempts<'a>(&'a self, subjects: &'a [Box<str>]) -> Reply<'a, Vec<u32>> {
        Box::pin(async move {
            let rows: Vec<(i64, i64)> = sqlx::query_as(ATTEMPTS)
                .bind(key_list(subjects.iter().map(|subject| &**subject))?)
                .fetch_all(&self.inner.readers)
                .await
                .map_err(database_error(READING))?;
            let mut counts = vec![0; subjects.len()];
            for (key, attempts) in rows {
                let at = usize::try_from(key).ok().and_then(|key| counts.get_mut(key));
                *at.ok_or(StoreError::Corrupt { what: "attempt" })? =
                    u32::try_from(attempts).unwrap_or(u32::MAX);
            }
            Ok(counts)
        })
    }

    fn audit(&self, after: u64, limit: u32) -> Reply<'_, Vec<AuditRow>> {
        Box::pin(async move {
            let rows = sqlx::query(AUDIT_ROWS)
                .bind(after.cast_signed())
                .bind(i64::from(limit))
                .fetch_all(&self.inner.readers)
                .await
                .map_err(database_error(AUDIT))?;
            rows.iter().map(audit_row).collect()
        })
    }

    fn audit_head(&self) -> Reply<'_, AuditHead> {
        Box::pin(async move {
            let mut connection =
                self.inner.readers.acquire().await.map_err(database_error(AUDIT))?;
            head(&mut connection).await
        })
    }
}

async fn read(store: &SqliteStore) -> Result<LoginRows> {
    let readers = &store.inner.readers;
    let failed = database_error(READING);
    type Login = (String, String, String, String, i64, i64);
    let logins: Vec<Login> = sqlx::query_as(LOGINS).fetch_all(readers).await.map_err(&failed)?;
    type Credential = (i64, String, String, String, i64, Option<i64>);
    let credentials: Vec<Credential> =
        sqlx::query_as(CREDENTIALS).fetch_all(readers).await.map_err(&failed)?;
    let grants: Vec<(String, String, String)> =
        sqlx::query_as(GRANTS).fetch_all(readers).await.map_err(&failed)?;
    let login = |(name, partner, role, email, disabled, created_micros): Login| LoginRow {
        name: name.into(),
        partner: partner.into(),
        role: role.into(),
        email: email.into(),
        disabled: disabled != 0,
        created_micros,
    };
    let credential = |(id, login, kind, value, created_micros, expires_micros): Credential| {
        let (login, kind, value) = (login.into(), kind.into(), value.into());
        CredentialRow { id: id.unsigned_abs(), login, kind, value, created_micros, expires_micros }
    };
    let grant = |(login, npi, set): (String, String, String)| GrantRow {
        login: login.into(),
        npi: npi.into(),
        set: set.into(),
    };
    Ok(LoginRows {
        logins: logins.into_iter().map(login).collect(),
        credentials: credentials.into_iter().map(credential).collect(),
        grants: grants.into_iter().map(grant).collect(),
    })
}

async fn change(
    store: &SqliteStore,
    changes: Vec<LoginChange>,
    events: Vec<AuditEvent>,
) -> Result<()> {
    let mut connection = store.writer()?.acquire().await.map_err(database_error(CHANGING))?;
    in_transaction(&mut connection, CHANGING, async |connection| {
        for change in &changes {
            apply(connection, change).await?;
        }
        let is_partner = |change: &LoginChange| matches!(change, LoginChange::PutPartner(_));
        for (subject, is_changed) in [
            (Subject::Logins, changes.iter().any(LoginChange::concerns_logins)),
            (Subject::Partners, changes.iter().any(is_partner)),
        ] {
            if is_changed {
                sqlx::query(sql::NEXT_GENERATION)
                    .bind(subject.name())
                    .execute(&mut *connection)
                    .await
                    .map_err(database_error(CHANGING))?;
            }
        }
        append(connection, events).await
    })
    .await
}

async fn apply(connection: &mut SqliteConnection, change: &LoginChange) -> Result<()> {
    let queries = match change {
        LoginChange::Put(row) => vec![
            sqlx::query(PUT_LOGIN)
                .bind(&*row.name)
                .bind(&*row.partner)
                .bind(&*row.role)
                .bind(&*row.email)
                .bind(i64::from(row.disabled))
                .bind(row.created_micros),
        ],
        LoginChange::Remove(name) => vec![
            sqlx::query(REMOVE_LOGIN).bind(&**name),
            sqlx::query(REMOVE_CREDENTIALS).bind(&**name),
            sqlx::query(REMOVE_GRANTS).bind(&**name),
        ],
        LoginChange::AddCredential(row) => vec![
            sqlx::query(ADD_CREDENTIAL)
                .bind(&*row.login)
                .bind(&*row.kind)
                .bind(&*row.value)
                .bind(row.created_micros)
                .bind(row.expires_micros),
        ],
        LoginChange::ExpireCredential { id, at_micros } => {
            vec![sqlx::query(EXPIRE_CREDENTIAL).bind(id.cast_signed()).bind(*at_micros)]
        }
        LoginChange::RemoveCredential(id) => {
            vec![sqlx::query(REMOVE_CREDENTIAL).bind(id.cast_signed())]
        }
        LoginChange::Grant(row) => {
            vec![sqlx::query(GRANT).bind(&*row.login).bind(&*row.npi).bind(&*row.set)]
        }
        LoginChange::Revoke(row) => {
            vec![sqlx::query(REVOKE).bind(&*row.login).bind(&*row.npi).bind(&*row.set)]
        }
        LoginChange::PutPartner(row) => {
            vec![sqlx::query(PUT_PARTNER).bind(&*row.id).bind(&*row.profile)]
        }
        LoginChange::Register(row) => vec![
            sqlx::query(REGISTER)
                .bind(&*row.state)
                .bind(row.token.as_ref().map(|token| token.as_slice()))
                .bind(row.created_micros)
                .bind(row.expires_micros)
                .bind(row.settled_micros)
                .bind(&*row.request),
        ],
        LoginChange::Settle { id, state, at_micros } => {
            let settled = sqlx::query(SETTLE)
                .bind(id.cast_signed())
                .bind(*state)
                .bind(*at_micros)
                .execute(&mut *connection)
                .await
                .map_err(database_error(CHANGING))?;
            if settled.rows_affected() == 0 {
                return Err(StoreError::Known { what: "decision on the registration" });
            }
            Vec::new()
        }
        LoginChange::CountAttempt(attempt) => vec![
            sqlx::query(FORGET_OLD_ATTEMPTS).bind(attempt.since_micros),
            sqlx::query(COUNT_ATTEMPT)
                .bind(&*attempt.subject)
                .bind(attempt.at_micros)
                .bind(i64::from(attempt.judged_max)),
        ],
        LoginChange::ForgetAttempts(subject) => {
            vec![sqlx::query(FORGET_ATTEMPTS).bind(&**subject)]
        }
    };
    for query in queries {
        query.execute(&mut *connection).await.map_err(database_error(CHANGING))?;
    }
    Ok(())
}

async fn head(connection: &mut SqliteConnection) -> Result<AuditHead> {
    let last: Option<(i64, Vec<u8>)> = sqlx::query_as(AUDIT_HEAD)
        .fetch_optional(connection)
        .await
        .map_err(database_error(AUDIT))?;
    let Some((sequence, hash)) = last else { return Ok(AuditHead::default()) };
    let hash = hash.try_into().map_err(|_| CORRUPT)?;
    Ok(AuditHead { sequence: sequence.unsigned_abs(), hash })
}

/// Adds rows to the trail, in the transaction of what they tell.
pub(super) async fn append(
    connection: &mut SqliteConnection,
    events: Vec<AuditEvent>,
) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let mut head = head(connection).await?;
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        let row = head.next(event);
        head = AuditHead { sequence: row.sequence, hash: row.hash };
        rows.push(row);
    }
    AUDIT_INSERT
        .run(connection, &rows, |row, binds| {
            let event = &row.event;
            binds
                .add(row.sequence.cast_signed())
                .add(event.at_micros)
                .add(&*event.actor)
                .add(&*event.action)
                .add(&*event.subject)
                .add(&*event.outcome)
                .add(&*event.detail)
                .add(event.interchange.map(u64::cast_signed))
                .add(row.previous.as_slice())
                .add(row.hash.as_slice());
        })
        .await
}

fn audit_row(row: &SqliteRow) -> Result<AuditRow> {
    type Columns =
        (i64, i64, String, String, String, String, String, Option<i64>, Vec<u8>, Vec<u8>);
    let failed = database_error(AUDIT);
    let (sequence, at_micros, actor, action, subject, outcome, detail, interchange, previous, hash) =
        Columns::from_row(row).map_err(&failed)?;
    let event = AuditEvent {
        at_micros,
        actor: actor.into(),
        action: action.into(),
        subject: subject.into(),
        outcome: outcome.into(),
        detail: detail.into(),
        interchange: interchange.map(i64::unsigned_abs),
    };
    let [previous, hash] = [previous, hash].map(|bytes| bytes.try_into().map_err(|_| CORRUPT));
    Ok(AuditRow { sequence: sequence.unsigned_abs(), event, previous: previous?, hash: hash? })
}

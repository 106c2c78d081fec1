-- Who may come in, and what each may use.

CREATE TABLE login (
    name           TEXT    NOT NULL PRIMARY KEY,
    partner        TEXT    NOT NULL,
    -- partner (the partner's own systems), senior, administrator or user.
    role           TEXT    NOT NULL,
    email          TEXT    NOT NULL,
    disabled       INTEGER NOT NULL,
    created_micros INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX login_by_partner ON login (partner);

-- What a login is recognised by: kind is password (an Argon2 hash), public_key or certificate (SHA-256, hexadecimal).
CREATE TABLE credential (
    id             INTEGER NOT NULL PRIMARY KEY,
    login          TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    value          TEXT    NOT NULL,
    created_micros INTEGER NOT NULL,
    expires_micros INTEGER,
    UNIQUE (login, kind, value)
) STRICT;

CREATE UNIQUE INDEX credential_of_certificate ON credential (value) WHERE kind = 'certificate';

-- For which NPI a user may use which transaction set (ST01, or * for all).
CREATE TABLE login_grant (
    login           TEXT NOT NULL,
    npi             TEXT NOT NULL,
    transaction_set TEXT NOT NULL,
    PRIMARY KEY (login, npi, transaction_set)
) STRICT, WITHOUT ROWID;


-- What was done, by whom. Rows are added and never changed: each holds the hash of the one before it.
CREATE TABLE audit (
    sequence    INTEGER NOT NULL PRIMARY KEY,
    at_micros   INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    action      TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    outcome     TEXT    NOT NULL,
    detail      TEXT    NOT NULL,
    interchange INTEGER,
    previous    BLOB    NOT NULL,
    hash        BLOB    NOT NULL
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'the audit trail is not changed'); END;

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

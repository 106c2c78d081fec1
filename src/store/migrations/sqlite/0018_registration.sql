-- Registrations for access, and what proves who registers.

-- The last four digits of a person's social security number; no more of it is kept.
ALTER TABLE provider ADD COLUMN ssn_last_four TEXT;

CREATE TABLE registration (
    id             INTEGER NOT NULL PRIMARY KEY,
    -- pending, approved, rejected or cancelled.
    state          TEXT    NOT NULL,
    -- SHA-256 of the token that approves or rejects it; NULL where nobody has to.
    token          BLOB,
    created_micros INTEGER NOT NULL,
    expires_micros INTEGER NOT NULL,
    settled_micros INTEGER,
    -- What was asked for, JSON.
    request        TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX registration_of_token ON registration (token) WHERE token IS NOT NULL;

-- Attempts to prove who registers that were not right, by what they were for: an NPI, or who made them.
CREATE TABLE proof_attempt (
    subject     TEXT    NOT NULL PRIMARY KEY,
    attempts    INTEGER NOT NULL,
    last_micros INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

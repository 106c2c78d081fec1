-- The review ledger: referrals, authorizations and notifications. Dates are CCYYMMDD, instants are microseconds since 1970 UTC.

-- One row a review, as it stands. `body` is all of it, as JSON; the columns are what it is looked up by.
CREATE TABLE review (
    id             INTEGER NOT NULL PRIMARY KEY,
    receipt        TEXT    NOT NULL,
    number         TEXT,
    chain          TEXT    NOT NULL,
    successor      TEXT,
    kind           TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    subscriber     TEXT    NOT NULL,
    suffix         TEXT    NOT NULL,
    from_date      INTEGER NOT NULL,
    to_date        INTEGER NOT NULL,
    request_key    INTEGER NOT NULL,
    service_key    INTEGER NOT NULL,
    due_micros     INTEGER,
    entered_micros INTEGER NOT NULL,
    interchange    INTEGER NOT NULL,
    body           TEXT    NOT NULL,
    -- The answer as it was given. The last column, so that look-ups do not read it.
    text           TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX review_by_receipt ON review (receipt);
CREATE INDEX review_by_number ON review (number) WHERE number IS NOT NULL;
CREATE INDEX review_by_chain ON review (chain);
CREATE INDEX review_by_member ON review (subscriber, suffix, from_date);
CREATE INDEX review_by_request ON review (request_key);
CREATE INDEX review_by_service ON review (service_key);
CREATE INDEX review_waiting ON review (due_micros, id) WHERE state = 'pended' AND successor IS NULL;

-- The providers of a review: who asked, and who is to give services.
CREATE TABLE review_provider (
    provider  TEXT    NOT NULL,
    from_date INTEGER NOT NULL,
    review    INTEGER NOT NULL REFERENCES review (id),
    PRIMARY KEY (provider, from_date, review)
) STRICT, WITHOUT ROWID;

CREATE INDEX review_provider_by_review ON review_provider (review);

-- What happened to a review. Rows are added and never changed.
CREATE TABLE review_event (
    id          INTEGER NOT NULL PRIMARY KEY,
    receipt     TEXT    NOT NULL,
    at_micros   INTEGER NOT NULL,
    who         TEXT    NOT NULL,
    interchange INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    detail      TEXT    NOT NULL
) STRICT;

CREATE INDEX review_event_by_receipt ON review_event (receipt);

CREATE TABLE attestation (
    id        INTEGER NOT NULL PRIMARY KEY,
    subject   TEXT    NOT NULL,
    at_micros INTEGER NOT NULL,
    body      TEXT    NOT NULL
) STRICT;

CREATE INDEX attestation_by_subject ON attestation (subject);

-- Entries of an interchange that is coming in, where they are many. They are taken from here at its commit.
CREATE TABLE review_staged (
    interchange INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    body        TEXT    NOT NULL,
    PRIMARY KEY (interchange, position)
) STRICT, WITHOUT ROWID;

-- Claims by the referral, and by the authorization, that they name: visits are counted by them.
CREATE INDEX claim_by_referral ON claim (facts ->> '$[4][2]') WHERE facts ->> '$[4][2]' <> '';
CREATE INDEX claim_by_authorization ON claim (facts ->> '$[4][3]') WHERE facts ->> '$[4][3]' <> '';

-- What a provider is, and whose networks it is in; JSON lists.
ALTER TABLE provider ADD COLUMN taxonomies TEXT NOT NULL DEFAULT '[]';
ALTER TABLE provider ADD COLUMN networks   TEXT NOT NULL DEFAULT '[]';

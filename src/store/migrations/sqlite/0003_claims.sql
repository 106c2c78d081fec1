-- The claim ledger: every version of every claim, and every entry about one. Dates are CCYYMMDD, money is cents, instants are
-- microseconds since 1970 UTC.
-- `interchange` is the number of the interchange that brought a row, which is seen unless that one is still in `intake`;
-- it is negative for what was entered without an interchange. `position` is the place among its entries, from 0.

-- One row a version. What is never looked up is in `facts`, a JSON array; the first state is there too.
CREATE TABLE claim (
    id             INTEGER NOT NULL PRIMARY KEY,
    interchange    INTEGER NOT NULL,
    position       INTEGER NOT NULL,
    entered_micros INTEGER NOT NULL,
    entered_by     TEXT    NOT NULL,
    number         TEXT    NOT NULL,
    original       TEXT    NOT NULL,
    version        INTEGER NOT NULL,
    replaces       TEXT,
    form           TEXT    NOT NULL,
    frequency      TEXT    NOT NULL,
    account        TEXT    NOT NULL,
    subscriber     TEXT,
    suffix         TEXT,
    billing_npi    TEXT    NOT NULL,
    charge_cents   INTEGER NOT NULL,
    from_date      INTEGER NOT NULL,
    to_date        INTEGER NOT NULL,
    received       INTEGER NOT NULL,
    service_key    INTEGER NOT NULL,
    category       TEXT    NOT NULL,
    code           TEXT    NOT NULL,
    entity         TEXT    NOT NULL,
    effective      INTEGER NOT NULL,
    successor      TEXT,
    paid_cents     INTEGER NOT NULL,
    finalized      INTEGER,
    remitted       INTEGER,
    trace          TEXT    NOT NULL,
    reason         TEXT    NOT NULL,
    facts          TEXT    NOT NULL,
    -- The claim as it was sent. The last column, so that look-ups do not read it.
    text           BLOB    NOT NULL
) STRICT;

CREATE UNIQUE INDEX claim_by_number ON claim (number);
CREATE INDEX claim_by_member ON claim (subscriber, suffix, from_date) WHERE subscriber IS NOT NULL;
CREATE INDEX claim_by_account ON claim (billing_npi, account);
CREATE INDEX claim_by_service ON claim (service_key);
CREATE INDEX claim_by_interchange ON claim (interchange, position);
-- The later versions, which are few.
CREATE INDEX claim_by_original ON claim (original) WHERE replaces IS NOT NULL;
CREATE INDEX claim_by_replaced ON claim (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX claim_replacing ON claim (interchange) WHERE replaces IS NOT NULL;
-- Those that wait for a decision.
CREATE INDEX claim_waiting ON claim (id) WHERE successor IS NULL AND category >= 'P' AND category < 'Q';

-- The attachments that claims announce.
CREATE TABLE announced (
    npi         TEXT    NOT NULL,
    control     TEXT    NOT NULL,
    account     TEXT    NOT NULL,
    claim       TEXT    NOT NULL,
    interchange INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    PRIMARY KEY (npi, control, account, claim)
) STRICT, WITHOUT ROWID;

CREATE INDEX announced_by_interchange ON announced (interchange, position);

-- What happened to a version: another state, a payment, a document... Rows are added and never changed, but for the claim
-- of a document that comes before it. `body` is all of it, as JSON, where the columns do not say everything.
CREATE TABLE ledger_entry (
    id             INTEGER NOT NULL PRIMARY KEY,
    interchange    INTEGER NOT NULL,
    position       INTEGER NOT NULL,
    entered_micros INTEGER NOT NULL,
    entered_by     TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    claim          TEXT,
    category       TEXT,
    code           TEXT,
    entity         TEXT,
    effective      INTEGER,
    detail         TEXT    NOT NULL,
    -- Of a document: provider, account and control number, by which it is linked with the claim that announces it.
    link           TEXT,
    body           TEXT
) STRICT;

CREATE INDEX ledger_entry_by_claim ON ledger_entry (claim) WHERE claim IS NOT NULL;
CREATE INDEX ledger_entry_by_interchange ON ledger_entry (interchange, position);
CREATE INDEX ledger_entry_unlinked ON ledger_entry (link) WHERE link IS NOT NULL AND claim IS NULL;

-- Remittance advice. That a key is there once is asked at the commit, because several may come in at the same time.
CREATE TABLE remittance (
    id          INTEGER NOT NULL PRIMARY KEY,
    interchange INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    payer       TEXT    NOT NULL,
    trace       TEXT    NOT NULL,
    -- NPI of the payee, or the tax id of one without.
    payee       TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    text        BLOB    NOT NULL
) STRICT;

CREATE INDEX remittance_by_payee ON remittance (payee);
CREATE INDEX remittance_by_key ON remittance (trace, payer);
CREATE INDEX remittance_by_interchange ON remittance (interchange, position);

-- The words that claims are found by. The row of a claim is its first day of service (the number of the day, times 2^40) and
-- its id, so that what is found comes in the order of service. It is brought up to date after the commit: what is still to do is
-- in `search_pending`, a row for each interchange that brought claims (those after `position`) and for each claim that changed.
CREATE VIRTUAL TABLE claim_search USING fts5 (
    words, content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '_'"
);
INSERT INTO claim_search (claim_search, rank) VALUES ('pgsz', 8000);
INSERT INTO claim_search (claim_search, rank) VALUES ('automerge', 8);

CREATE TABLE search_pending (
    id          INTEGER NOT NULL PRIMARY KEY,
    interchange INTEGER,
    position    INTEGER,
    claim       INTEGER
) STRICT;

-- Names, and codes and words of procedures, for words that are the beginning of one, and for ranges of codes.
CREATE TABLE search_word (
    word TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- What is known of the store as a whole.
CREATE TABLE property (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

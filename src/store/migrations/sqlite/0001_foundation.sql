-- What the payer knows. Dates are CCYYMMDD, money is cents, instants are microseconds since 1970 UTC, truth is 0 or 1.
-- The keys of everything about a person begin with the subscriber number, of everything about an interchange with its
-- sender, so that the tables can be spread over machines by their first column.

CREATE TABLE product (
    id   TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE plan (
    id               TEXT    NOT NULL PRIMARY KEY,
    name             TEXT    NOT NULL,
    product          TEXT    NOT NULL REFERENCES product (id),
    insurance_type   TEXT    NOT NULL,
    year_begin_month INTEGER NOT NULL CHECK (year_begin_month BETWEEN 1 AND 12),
    year_begin_day   INTEGER NOT NULL CHECK (year_begin_day BETWEEN 1 AND 31),
    needs_pcp        INTEGER NOT NULL CHECK (needs_pcp IN (0, 1)),
    no_cost_share    INTEGER NOT NULL CHECK (no_cost_share IN (0, 1)),
    disclaimer       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Deductibles and out-of-pocket maxima.
CREATE TABLE plan_limit (
    plan         TEXT    NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    kind         TEXT    NOT NULL CHECK (kind IN ('D', 'O')),
    level        TEXT    NOT NULL CHECK (level IN ('I', 'F')),
    network      TEXT    NOT NULL CHECK (network IN ('I', 'O', 'B')),
    amount_cents INTEGER NOT NULL CHECK (amount_cents >= 0),
    PRIMARY KEY (plan, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE plan_benefit (
    plan             TEXT    NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
    position         INTEGER NOT NULL,
    network          TEXT    NOT NULL CHECK (network IN ('I', 'O', 'B')),
    copay_cents      INTEGER,
    copay_per        TEXT,
    coinsurance      TEXT,
    limit_unit       TEXT,
    limit_quantity   TEXT,
    limit_per        TEXT,
    prior_auth       INTEGER CHECK (prior_auth IN (0, 1)),
    deductible_cents INTEGER,
    note             TEXT,
    PRIMARY KEY (plan, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE plan_benefit_service (
    plan             TEXT    NOT NULL,
    benefit_position INTEGER NOT NULL,
    position         INTEGER NOT NULL,
    service_type     TEXT    NOT NULL,
    PRIMARY KEY (plan, benefit_position, position),
    FOREIGN KEY (plan, benefit_position) REFERENCES plan_benefit (plan, position) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE plan_benefit_procedure (
    plan             TEXT    NOT NULL,
    benefit_position INTEGER NOT NULL,
    position         INTEGER NOT NULL,
    qualifier        TEXT    NOT NULL,
    code_prefix      TEXT    NOT NULL,
    PRIMARY KEY (plan, benefit_position, position),
    FOREIGN KEY (plan, benefit_position) REFERENCES plan_benefit (plan, position) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE plan_not_covered (
    plan         TEXT    NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    service_type TEXT    NOT NULL,
    PRIMARY KEY (plan, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE plan_contact (
    plan      TEXT    NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
    position  INTEGER NOT NULL,
    entity    TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    telephone TEXT,
    PRIMARY KEY (plan, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE plan_contact_service (
    plan             TEXT    NOT NULL,
    contact_position INTEGER NOT NULL,
    position         INTEGER NOT NULL,
    service_type     TEXT    NOT NULL,
    PRIMARY KEY (plan, contact_position, position),
    FOREIGN KEY (plan, contact_position) REFERENCES plan_contact (plan, position) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE family (
    subscriber TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- The lengths that subscriber numbers have, with and without a letter in front: an id is only looked up in the readings that can
-- be a number at all.
CREATE TABLE subscriber_shape (
    length   INTEGER NOT NULL,
    lettered INTEGER NOT NULL CHECK (lettered IN (0, 1)),
    PRIMARY KEY (length, lettered)
) STRICT, WITHOUT ROWID;

-- Subscribers and dependents. name_key is LAST/FIRST/CCYYMMDD with both names normalised.
CREATE TABLE member (
    subscriber     TEXT    NOT NULL REFERENCES family (subscriber) ON DELETE CASCADE,
    suffix         TEXT    NOT NULL CHECK (length(suffix) = 2),
    prefix         TEXT    NOT NULL,
    own_id         INTEGER NOT NULL CHECK (own_id IN (0, 1)),
    relationship   TEXT    NOT NULL CHECK (relationship IN ('S', 'P', 'C', 'O')),
    last_name      TEXT    NOT NULL,
    first_name     TEXT    NOT NULL,
    middle_name    TEXT,
    generation     TEXT,
    name_key       TEXT    NOT NULL,
    birth_date     INTEGER NOT NULL,
    death_date     INTEGER,
    gender         TEXT    NOT NULL CHECK (gender IN ('F', 'M', 'U')),
    birth_sequence INTEGER,
    line1          TEXT,
    line2          TEXT,
    city           TEXT,
    state          TEXT,
    zip            TEXT,
    ssn            TEXT,
    card           TEXT,
    medicare_id    TEXT,
    PRIMARY KEY (subscriber, suffix)
) STRICT, WITHOUT ROWID;

CREATE INDEX member_by_name ON member (name_key);
CREATE INDEX member_by_ssn ON member (ssn) WHERE ssn IS NOT NULL;
CREATE INDEX member_by_card ON member (card) WHERE card IS NOT NULL;
CREATE INDEX member_by_medicare_id ON member (medicare_id) WHERE medicare_id IS NOT NULL;

CREATE TABLE coverage (
    subscriber   TEXT    NOT NULL,
    suffix       TEXT    NOT NULL,
    begin_date   INTEGER NOT NULL,
    plan         TEXT    NOT NULL REFERENCES plan (id),
    end_date     INTEGER,
    group_number TEXT,
    group_name   TEXT,
    pending      INTEGER NOT NULL CHECK (pending IN (0, 1)),
    pcp_npi      TEXT,
    pcp_last     TEXT,
    pcp_first    TEXT,
    pcp_since    INTEGER,
    unit_id      TEXT,
    unit_name    TEXT,
    updated      INTEGER,
    PRIMARY KEY (subscriber, suffix, begin_date, plan),
    FOREIGN KEY (subscriber, suffix) REFERENCES member (subscriber, suffix) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What has been used in a benefit year. An empty suffix is the family's. Money has no service type; visits, days and the like
-- are counted for one, in text because they are decimals.
CREATE TABLE accumulator (
    subscriber          TEXT    NOT NULL REFERENCES family (subscriber) ON DELETE CASCADE,
    suffix              TEXT    NOT NULL,
    year_begin          INTEGER NOT NULL,
    network             TEXT    NOT NULL CHECK (network IN ('I', 'O', 'B')),
    service_type        TEXT    NOT NULL,
    deductible_cents    INTEGER,
    out_of_pocket_cents INTEGER,
    quantity            TEXT,
    as_of               INTEGER,
    PRIMARY KEY (subscriber, suffix, year_begin, network, service_type)
) STRICT, WITHOUT ROWID;

CREATE TABLE other_coverage (
    subscriber           TEXT    NOT NULL,
    suffix               TEXT    NOT NULL,
    position             INTEGER NOT NULL,
    carrier              TEXT    NOT NULL,
    carrier_id           TEXT,
    payer_order          TEXT    NOT NULL CHECK (payer_order IN ('P', 'S', 'T')),
    policy               TEXT,
    begin_date           INTEGER,
    end_date             INTEGER,
    workers_compensation INTEGER NOT NULL CHECK (workers_compensation IN (0, 1)),
    PRIMARY KEY (subscriber, suffix, position),
    FOREIGN KEY (subscriber, suffix) REFERENCES member (subscriber, suffix) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE provider (
    npi           TEXT    NOT NULL PRIMARY KEY,
    payer_id      TEXT,
    last_name     TEXT    NOT NULL,
    first_name    TEXT,
    tin           TEXT,
    may_inquire   INTEGER NOT NULL CHECK (may_inquire IN (0, 1)),
    enrolled_from INTEGER,
    enrolled_to   INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX provider_by_payer_id ON provider (payer_id) WHERE payer_id IS NOT NULL;

CREATE TABLE provider_location (
    npi      TEXT    NOT NULL REFERENCES provider (npi) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    line1    TEXT    NOT NULL,
    line2    TEXT,
    city     TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    zip      TEXT    NOT NULL,
    PRIMARY KEY (npi, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE partner (
    id      TEXT NOT NULL PRIMARY KEY,
    profile TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every interchange that was answered, and what was answered.
CREATE TABLE interchange (
    sender          TEXT    NOT NULL,
    receiver        TEXT    NOT NULL,
    control         INTEGER NOT NULL,
    test            INTEGER NOT NULL CHECK (test IN (0, 1)),
    hash            BLOB    NOT NULL CHECK (length(hash) = 32),
    received_micros INTEGER NOT NULL,
    bytes           INTEGER NOT NULL,
    sets            INTEGER NOT NULL,
    outcome         TEXT    NOT NULL,
    PRIMARY KEY (sender, receiver, control, test)
) STRICT, WITHOUT ROWID;

CREATE INDEX interchange_by_received ON interchange (received_micros);

CREATE TABLE reply (
    sender        TEXT    NOT NULL,
    receiver      TEXT    NOT NULL,
    control       INTEGER NOT NULL,
    test          INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    kind          TEXT    NOT NULL,
    reply_control INTEGER NOT NULL,
    hash          BLOB    NOT NULL CHECK (length(hash) = 32),
    body          BLOB,
    PRIMARY KEY (sender, receiver, control, test, position),
    FOREIGN KEY (sender, receiver, control, test)
        REFERENCES interchange (sender, receiver, control, test) ON DELETE CASCADE
) STRICT;

-- The next outbound control number of each series that is free for the taking.
CREATE TABLE control_number (
    series      TEXT    NOT NULL PRIMARY KEY,
    next_number INTEGER NOT NULL CHECK (next_number BETWEEN 1 AND 1000000000)
) STRICT, WITHOUT ROWID;

-- Counts the loads of each kind, so that whoever keeps a copy can see that it is old.
CREATE TABLE generation (
    subject TEXT    NOT NULL PRIMARY KEY,
    value   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

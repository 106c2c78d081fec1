-- Batches that were accepted over a connection, and their results, which the partner picks up. Instants are microseconds since
-- 1970 UTC. A body that is not here is in the archive under its hash.

CREATE TABLE batch (
    id              INTEGER NOT NULL PRIMARY KEY,
    partner         TEXT    NOT NULL,
    login           TEXT    NOT NULL,
    credential      TEXT    NOT NULL,
    transport       TEXT    NOT NULL,
    sender          TEXT    NOT NULL,
    receiver        TEXT    NOT NULL,
    payload_type    TEXT    NOT NULL,
    payload_id      TEXT    NOT NULL,
    hash            BLOB    NOT NULL,
    bytes           INTEGER NOT NULL,
    received_micros INTEGER NOT NULL,
    -- waiting, done, failed
    state           TEXT    NOT NULL,
    attempts        INTEGER NOT NULL,
    due_micros      INTEGER NOT NULL,
    reason          TEXT    NOT NULL,
    body            BLOB
) STRICT;

CREATE UNIQUE INDEX batch_by_identity ON batch (partner, sender, payload_type, payload_id, hash);
CREATE INDEX batch_by_payload ON batch (payload_id);
CREATE INDEX batch_by_hash ON batch (hash);
CREATE INDEX batch_by_received ON batch (received_micros);
CREATE INDEX batch_waiting ON batch (due_micros, id) WHERE state = 'waiting';
CREATE INDEX batch_waiting_of ON batch (partner) WHERE state = 'waiting';

-- One row for each kind of reply to a batch: all replies of the kind, one after the other.
CREATE TABLE batch_result (
    batch              INTEGER NOT NULL REFERENCES batch (id),
    kind               TEXT    NOT NULL,
    partner            TEXT    NOT NULL,
    payload_id         TEXT    NOT NULL,
    hash               BLOB    NOT NULL,
    sha1               BLOB    NOT NULL,
    bytes              INTEGER NOT NULL,
    ready_micros       INTEGER NOT NULL,
    picked_micros      INTEGER,
    acknowledged_micros INTEGER,
    body               BLOB,
    PRIMARY KEY (batch, kind)
) STRICT, WITHOUT ROWID;

CREATE INDEX batch_result_by_payload ON batch_result (payload_id);
CREATE INDEX batch_result_by_hash ON batch_result (hash);
CREATE INDEX batch_result_unpicked ON batch_result (partner, kind, ready_micros) WHERE picked_micros IS NULL;

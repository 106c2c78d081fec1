-- The journal keeps what it acknowledges: whose interchange it was, how it came, its bytes, and every set with its outcome.
-- An interchange has a number of its own, under which rows can be written while it still comes in; they belong to nobody until
-- the row of the interchange has that number, which is the last thing a commit writes.

ALTER TABLE interchange ADD COLUMN id              INTEGER;
ALTER TABLE interchange ADD COLUMN partner         TEXT    NOT NULL DEFAULT '';
ALTER TABLE interchange ADD COLUMN lane            TEXT    NOT NULL DEFAULT '';
ALTER TABLE interchange ADD COLUMN transport       TEXT    NOT NULL DEFAULT '';
ALTER TABLE interchange ADD COLUMN answered_micros INTEGER NOT NULL DEFAULT 0;
ALTER TABLE interchange ADD COLUMN group_count     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE interchange ADD COLUMN accepted        INTEGER NOT NULL DEFAULT 0;
ALTER TABLE interchange ADD COLUMN findings        INTEGER NOT NULL DEFAULT 0;
-- 0: the bytes as they came were not kept; 1: they are in `original`; 2: they are in the archive under `hash`.
ALTER TABLE interchange ADD COLUMN kept            INTEGER NOT NULL DEFAULT 0 CHECK (kept IN (0, 1, 2));
-- The bytes as they came, zstd. The last column, so that lists do not read it.
ALTER TABLE interchange ADD COLUMN original        BLOB;

-- What was recorded before has no sets, but a number.
UPDATE interchange SET id = numbered.number
FROM (
    SELECT sender, receiver, control, test,
           row_number() OVER (ORDER BY received_micros, sender, receiver, control, test) AS number
    FROM interchange
) AS numbered
WHERE numbered.sender = interchange.sender AND numbered.receiver = interchange.receiver
  AND numbered.control = interchange.control AND numbered.test = interchange.test;

CREATE UNIQUE INDEX interchange_by_id ON interchange (id);

-- What the archive holds, so that what is not asked for any more can be deleted.
CREATE INDEX interchange_in_archive ON interchange (hash) WHERE kept = 2;
CREATE INDEX reply_in_archive ON reply (hash) WHERE body IS NULL;

-- The transaction sets of an interchange, by their place in it from 1.
CREATE TABLE interchange_set (
    interchange   INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    group_control TEXT    NOT NULL,
    set_id        TEXT    NOT NULL,
    control       TEXT    NOT NULL,
    guide         TEXT    NOT NULL,
    outcome       TEXT    NOT NULL,
    errors        INTEGER NOT NULL,
    warnings      INTEGER NOT NULL,
    PRIMARY KEY (interchange, position)
) STRICT, WITHOUT ROWID;

-- Interchanges that are coming in and have rows already. What is not touched any more was left by a process that died.
CREATE TABLE intake (
    id             INTEGER NOT NULL PRIMARY KEY,
    touched_micros INTEGER NOT NULL
) STRICT;

-- The next number of an interchange.
CREATE TABLE journal_number (
    only_row    INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    next_number INTEGER NOT NULL
) STRICT;

INSERT INTO journal_number (only_row, next_number)
SELECT 1, coalesce(max(id), 0) + 1 FROM interchange;

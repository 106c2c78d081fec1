-- The words that reviews are found by. The row of a review is its id, so that the newest come first. Triggers keep it up to date,
-- so that no statement can forget to.
CREATE VIRTUAL TABLE review_search USING fts5 (
    words, content = '', contentless_delete = 1, detail = none, tokenize = "unicode61 remove_diacritics 2"
);

CREATE TRIGGER review_words_of_new AFTER INSERT ON review BEGIN
    INSERT INTO review_search (rowid, words) VALUES (
        new.id,
        new.receipt || ' ' || coalesce(new.number, '') || ' ' || new.kind || ' ' || new.state || ' ' || (new.body ->> 'last')
        || ' ' || (new.body ->> 'first_name') || ' ' || new.subscriber || new.suffix || ' ' || (new.body ->> 'reference')
        || ' ' || (new.body ->> 'service_type') || ' ' || (new.body ->> 'requester') || ' ' || (new.body ->> 'providers')
        || ' ' || (new.body ->> 'services')
    );
END;

CREATE TRIGGER review_words_of_changed AFTER UPDATE OF body ON review BEGIN
    INSERT OR REPLACE INTO review_search (rowid, words) VALUES (
        new.id,
        new.receipt || ' ' || coalesce(new.number, '') || ' ' || new.kind || ' ' || new.state || ' ' || (new.body ->> 'last')
        || ' ' || (new.body ->> 'first_name') || ' ' || new.subscriber || new.suffix || ' ' || (new.body ->> 'reference')
        || ' ' || (new.body ->> 'service_type') || ' ' || (new.body ->> 'requester') || ' ' || (new.body ->> 'providers')
        || ' ' || (new.body ->> 'services')
    );
END;

INSERT INTO review_search (rowid, words) SELECT
    r.id,
    r.receipt || ' ' || coalesce(r.number, '') || ' ' || r.kind || ' ' || r.state || ' ' || (r.body ->> 'last')
    || ' ' || (r.body ->> 'first_name') || ' ' || r.subscriber || r.suffix || ' ' || (r.body ->> 'reference')
    || ' ' || (r.body ->> 'service_type') || ' ' || (r.body ->> 'requester') || ' ' || (r.body ->> 'providers')
    || ' ' || (r.body ->> 'services')
FROM review AS r;

-- Lists by state, the newest first, and how many there are, without reading the reviews.
CREATE INDEX review_standing ON review (state, id, kind, from_date, to_date) WHERE successor IS NULL;

-- What is closed because what was asked for never came, by when.
CREATE INDEX review_closing ON review (body ->> 'closes_micros') WHERE state = 'pended' AND successor IS NULL;

-- Trace numbers (TRN02) of the requests, and control numbers of the documents that reviews announce or ask for.
CREATE TABLE review_trace (
    trace  TEXT    NOT NULL,
    review INTEGER NOT NULL REFERENCES review (id),
    PRIMARY KEY (trace, review)
) STRICT, WITHOUT ROWID;

CREATE TABLE review_document (
    control TEXT    NOT NULL,
    review  INTEGER NOT NULL REFERENCES review (id),
    PRIMARY KEY (control, review)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO review_document (control, review)
SELECT d.value, r.id FROM review AS r, json_each(r.body, '$.documents') AS d WHERE d.value <> '';

-- Decisions that the requester has not been told of yet.
CREATE TABLE review_untold (
    receipt TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Documents by the numbers that lead to a review.
CREATE INDEX ledger_entry_document_control ON ledger_entry (json_extract(body, '$.control')) WHERE kind = 'attachment';
CREATE INDEX ledger_entry_document_request ON ledger_entry (json_extract(body, '$.request')) WHERE kind = 'attachment';

-- What an interchange that is coming in changes of members, in order, as JSON. It is carried out by the commit and gone then: what
-- has the number of no interchange was left by a process that died.
CREATE TABLE member_change (
    interchange INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    change      TEXT    NOT NULL,
    PRIMARY KEY (interchange, position)
) STRICT, WITHOUT ROWID;

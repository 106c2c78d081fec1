//! Every fixed statement of the review ledger. See [`super::super::sql`] for what is common to all of them.

/// The columns of a review, in the order of `super::find`.
macro_rules! review_columns {
    ($text:literal) => {
        concat!("r.receipt, r.successor, r.interchange, r.body, ", $text)
    };
}

/// Reviews for keys: `$1` the keys as JSON, `$2` how many at most for each, -1 for no limit.
macro_rules! reviews_by {
    ($from:literal, $on:literal, $order:literal) => {
        concat!(
            "SELECT k.key, ",
            review_columns!("r.text"),
            " FROM json_each($1) AS k CROSS JOIN review AS r ON r.id IN (SELECT f.id FROM ",
            $from,
            " WHERE ",
            $on,
            " ORDER BY f.id ",
            $order,
            " LIMIT $2) ORDER BY k.key, r.id ",
            $order
        )
    };
}

/// From any number to the review that stands: along the successors, to the last.
pub(super) const BY_NUMBER: &str = concat!(
    "SELECT DISTINCT k.key, ",
    review_columns!("r.text"),
    " FROM json_each($1) AS k CROSS JOIN review AS r ON r.id IN (\
     WITH RECURSIVE way (id, successor, place) AS (\
     SELECT a.id, a.successor, 1 FROM review AS a WHERE a.id IN (SELECT b.id FROM review AS b WHERE b.receipt = k.value \
     UNION SELECT b.id FROM review AS b WHERE b.number = k.value) \
     UNION ALL SELECT n.id, n.successor, w.place + 1 FROM way AS w CROSS JOIN review AS n \
     WHERE n.receipt = w.successor AND w.place < 10000) SELECT w.id FROM way AS w WHERE w.successor IS NULL) \
     ORDER BY k.key, r.id"
);
/// The first that was received.
pub(super) const BY_REQUEST: &str = reviews_by!("review AS f", "f.request_key = k.value", "ASC");
/// Those that stand.
pub(super) const BY_SERVICE: &str = reviews_by!(
    "review AS f",
    "f.service_key = k.value AND f.successor IS NULL AND f.state IN ('pended', 'approved', 'partial', 'modified')",
    "ASC"
);
/// Those that stand, the newest first.
pub(super) const BY_MEMBER: &str = reviews_by!(
    "review AS f",
    "f.subscriber = json_extract(k.value, '$[0]') AND f.suffix = json_extract(k.value, '$[1]') \
     AND f.from_date <= json_extract(k.value, '$[3]') AND f.to_date >= json_extract(k.value, '$[2]') \
     AND f.successor IS NULL",
    "DESC"
);
/// Those that stand, the newest first.
pub(super) const BY_PROVIDER: &str = reviews_by!(
    "review_provider AS p CROSS JOIN review AS f",
    "p.provider = json_extract(k.value, '$[0]') AND p.from_date <= json_extract(k.value, '$[2]') AND f.id = p.review \
     AND f.to_date >= json_extract(k.value, '$[1]') AND f.successor IS NULL",
    "DESC"
);
/// Those that stand, by a trace number of their request.
pub(super) const BY_TRACE: &str = reviews_by!(
    "review_trace AS t CROSS JOIN review AS f",
    "t.trace = k.value AND f.id = t.review AND f.successor IS NULL",
    "ASC"
);
/// Those that stand, by the control number of a document.
pub(super) const BY_DOCUMENT: &str = reviews_by!(
    "review_document AS t CROSS JOIN review AS f",
    "t.control = k.value AND f.id = t.review AND f.successor IS NULL",
    "ASC"
);
/// Those that wait for what was asked for, and should have had it by an instant.
pub(super) const CLOSING: &str = reviews_by!(
    "review AS f INDEXED BY review_closing",
    "f.state = 'pended' AND f.successor IS NULL AND f.body ->> 'closes_micros' < k.value",
    "ASC"
);
/// Decided, and the requester has not been told.
pub(super) const UNTOLD: &str = reviews_by!(
    "review_untold AS t CROSS JOIN review AS f",
    "k.value IS NOT NULL AND f.receipt = t.receipt",
    "ASC"
);

/// Every review of the chains of these numbers, the first one first.
pub(super) const CHAINS: &str = concat!(
    "SELECT k.key, ",
    review_columns!("r.text"),
    " FROM json_each($1) AS k CROSS JOIN review AS r ON r.chain IN (SELECT b.chain FROM review AS b \
     WHERE b.receipt = k.value UNION SELECT b.chain FROM review AS b WHERE b.number = k.value) ORDER BY k.key, r.id"
);
pub(super) const EVENTS: &str = "SELECT e.receipt, e.at_micros, e.who, e.interchange, e.kind, e.state, e.detail \
     FROM json_each($1) AS k CROSS JOIN review_event AS e WHERE e.receipt = k.value ORDER BY e.id";
pub(super) const ATTESTATIONS: &str = "SELECT a.body FROM json_each($1) AS k CROSS JOIN attestation AS a \
     WHERE a.subject = k.value ORDER BY a.id";

/// Documents by their control numbers, or by the reviews that they name; of interchanges that have come in.
pub(super) const DOCUMENTS: &str = "SELECT k.key, e.body FROM json_each($1) AS k CROSS JOIN ledger_entry AS e ON e.id IN (\
     SELECT a.id FROM ledger_entry AS a WHERE a.kind = 'attachment' AND json_extract(a.body, '$.control') = k.value \
     UNION SELECT b.id FROM ledger_entry AS b WHERE b.kind = 'attachment' AND json_extract(b.body, '$.request') = k.value) \
     WHERE e.claim IS NULL AND NOT EXISTS (SELECT 1 FROM intake AS n WHERE n.id = e.interchange) ORDER BY k.key, e.id";

/// How many claims name these numbers as their referral or authorization: those that stand and are neither voided, denied nor
/// returned as unprocessable, of interchanges that have come in.
pub(super) const USED: &str = "SELECT k.key, count(*) FROM json_each($1) AS k CROSS JOIN claim AS c ON c.id IN (\
     SELECT a.id FROM claim AS a WHERE a.facts ->> '$[4][2]' = k.value AND a.facts ->> '$[4][2]' <> '' \
     UNION SELECT b.id FROM claim AS b WHERE b.facts ->> '$[4][3]' = k.value AND b.facts ->> '$[4][3]' <> '') \
     WHERE c.successor IS NULL AND c.frequency <> '8' AND c.category NOT IN ('F2', 'F4', 'A3') \
     AND NOT EXISTS (SELECT 1 FROM intake AS n WHERE n.id = c.interchange) GROUP BY k.key";

/// What all searches ask of a review: `$1` the words as a query of the index, `$2` states, `$3` kind, `$4` due before, `$5`
/// provider, `$6` and `$7` days. Every statement names every parameter.
macro_rules! searched {
    ($r:literal) => {
        concat!(
            $r,
            ".successor IS NULL AND $1 IS NOT NULL AND ",
            $r,
            ".state IN (SELECT value FROM json_each($2)) \
             AND ($3 IS NULL OR ",
            $r,
            ".kind = $3) AND ($4 IS NULL OR ",
            $r,
            ".due_micros < $4) \
             AND ($5 IS NULL OR ",
            $r,
            ".id IN (SELECT p.review FROM review_provider AS p WHERE p.provider = $5)) AND ",
            $r,
            ".from_date <= $7 AND ",
            $r,
            ".to_date >= $6"
        )
    };
}

/// How many there are, and those of a page: by what leads to them. `$8` how many to pass over, `$9` how many at most, -1 for all.
macro_rules! search_by {
    ($count:ident, $page:ident, $from:literal, $on:literal, $order:literal) => {
        pub(super) const $count: &str =
            concat!("SELECT count(*) FROM ", $from, " WHERE ", $on, searched!("r"));
        pub(super) const $page: &str = concat!(
            "SELECT 0, ",
            review_columns!("''"),
            " FROM ",
            $from,
            " WHERE ",
            $on,
            searched!("r"),
            " ORDER BY ",
            $order,
            " LIMIT $9 OFFSET $8"
        );
    };
}

search_by!(
    COUNT_BY_WORDS,
    BY_WORDS,
    "review_search CROSS JOIN review AS r ON r.id = review_search.rowid",
    "review_search MATCH $1 AND ",
    "r.id DESC"
);
search_by!(
    COUNT_BY_DUE,
    BY_DUE,
    "review AS r INDEXED BY review_waiting",
    "r.state = 'pended' AND r.due_micros < $4 AND ",
    "r.due_micros, r.id"
);
search_by!(
    COUNT_BY_PROVIDER,
    BY_PROVIDER_ALONE,
    "review_provider AS o CROSS JOIN review AS r ON r.id = o.review",
    "o.provider = $5 AND o.from_date <= $7 AND ",
    "r.id DESC"
);
pub(super) const COUNT_BY_STATE: &str = concat!(
    "SELECT count(*) FROM json_each($2) AS s CROSS JOIN review AS r INDEXED BY review_standing WHERE r.state = s.value AND ",
    searched!("r")
);
/// The newest of each state, and of all of them the newest: no state is read to its end.
pub(super) const BY_STATE: &str = concat!(
    "SELECT 0, ",
    review_columns!("''"),
    " FROM json_each($2) AS s CROSS JOIN review AS r ON r.id IN (SELECT x.id FROM review AS x INDEXED BY review_standing \
     WHERE x.state = s.value AND ",
    searched!("x"),
    " ORDER BY x.id DESC LIMIT CASE WHEN $9 < 0 THEN -1 ELSE $8 + $9 END) ORDER BY r.id DESC LIMIT $9 OFFSET $8"
);

pub(super) const LAST: &str = "SELECT coalesce(max(id), 0) FROM review";
/// The providers of the reviews after `$1`.
pub(super) const PROVIDERS: &str = "INSERT OR IGNORE INTO review_provider (provider, from_date, review) \
     SELECT p.value ->> 'id', r.from_date, r.id FROM review AS r, json_each(r.body, '$.providers') AS p \
     WHERE r.id > $1 AND p.value ->> 'id' <> '' \
     UNION SELECT r.body ->> '$.requester.id', r.from_date, r.id FROM review AS r \
     WHERE r.id > $1 AND r.body ->> '$.requester.id' <> ''";
/// The trace numbers of the reviews after `$1`, and the control numbers of their documents.
pub(super) const TRACES: &str = "INSERT OR IGNORE INTO review_trace (trace, review) \
     SELECT t.value, r.id FROM review AS r, json_each(r.body, '$.traces') AS t WHERE r.id > $1 AND t.value <> ''";
pub(super) const ANNOUNCED: &str = "INSERT OR IGNORE INTO review_document (control, review) \
     SELECT d.value, r.id FROM review AS r, json_each(r.body, '$.documents') AS d WHERE r.id > $1 AND d.value <> ''";
/// The requester is to be told of a decision; or has been.
pub(super) const TELL: &str = "INSERT OR IGNORE INTO review_untold (receipt) VALUES ($1)";
pub(super) const TOLD: &str = "DELETE FROM review_untold WHERE receipt = $1";
/// The events of the reviews after `$1`.
pub(super) const RECEIVED: &str = "INSERT INTO review_event (receipt, at_micros, who, interchange, kind, state, detail) \
     SELECT r.receipt, r.entered_micros, r.body ->> 'partner', r.interchange, 'received', r.state, r.body ->> 'rule' \
     FROM review AS r WHERE r.id > $1 ORDER BY r.id";
/// The same request, or the same service, that came in twice at the same time: the first stands, and the others lead to it.
pub(super) const JOIN: &str = "UPDATE review AS r SET successor = coalesce(\
     (SELECT o.receipt FROM review AS o WHERE o.request_key = r.request_key AND o.id < r.id ORDER BY o.id LIMIT 1), \
     (SELECT o.receipt FROM review AS o WHERE r.service_key <> 0 AND o.service_key = r.service_key AND o.id < r.id \
      AND o.chain <> r.chain AND o.successor IS NULL AND o.state IN ('pended', 'approved', 'partial', 'modified') \
      AND o.from_date <= r.to_date AND o.to_date >= r.from_date ORDER BY o.id LIMIT 1)) \
     WHERE r.id > $1 AND r.successor IS NULL AND r.state IN ('pended', 'approved', 'partial', 'modified', 'noted', 'denied') \
     RETURNING receipt, successor, entered_micros, interchange, state, body ->> 'partner'";
pub(super) const ONE: &str = "SELECT id, state, chain, body FROM review WHERE receipt = $1";
pub(super) const UPDATE: &str = "UPDATE review SET number = $2, state = $3, from_date = $4, to_date = $5, due_micros = $6, \
     body = $7, text = CASE WHEN $8 = '' THEN text ELSE $8 END, \
     successor = coalesce($9, successor) WHERE id = $1";
/// Reviews of a chain that wait.
pub(super) const WAITING_OF_CHAIN: &str = "SELECT receipt FROM review WHERE chain = $1 AND state = 'pended' AND receipt <> $2 AND successor IS NULL";
/// The review of a chain that is cancelled, if one is and stands.
pub(super) const CANCELLED_OF_CHAIN: &str = "SELECT 1 FROM review WHERE chain = $1 AND state = 'cancelled' AND successor IS NULL AND receipt <> $2 LIMIT 1";
/// A review takes the place of those before it.
pub(super) const REPLACE: &str = "UPDATE review SET successor = $2 WHERE chain = $1 AND successor IS NULL AND receipt <> $2 \
     AND state <> 'pended' AND id < (SELECT n.id FROM review AS n WHERE n.receipt = $2) RETURNING receipt, state";
pub(super) const STAGED: &str = "SELECT position, body FROM review_staged WHERE interchange = $1 AND position >= $2 ORDER BY position LIMIT $3";
pub(super) const UNSTAGE: &str = "DELETE FROM review_staged WHERE interchange = $1";
/// Some rows of what was dropped, from position `$2` on.
pub(super) const TAKE_BACK: &str = "DELETE FROM review_staged WHERE interchange = $1 AND position IN (\
     SELECT position FROM review_staged WHERE interchange = $1 AND position >= $2 LIMIT $3)";

/// Those that read the ledger, for the test that none of them reads all of it.
#[cfg(test)]
pub(super) const READ: [&str; 20] = [
    BY_NUMBER,
    BY_REQUEST,
    BY_SERVICE,
    BY_MEMBER,
    BY_PROVIDER,
    BY_TRACE,
    BY_DOCUMENT,
    CLOSING,
    UNTOLD,
    CHAINS,
    DOCUMENTS,
    USED,
    COUNT_BY_WORDS,
    BY_WORDS,
    COUNT_BY_DUE,
    BY_DUE,
    COUNT_BY_PROVIDER,
    BY_PROVIDER_ALONE,
    COUNT_BY_STATE,
    BY_STATE,
];

/// Every statement, for the test that prepares them all.
#[cfg(test)]
pub(in crate::store::sqlite) const ALL: [&str; 38] = [
    BY_NUMBER,
    BY_REQUEST,
    BY_SERVICE,
    BY_MEMBER,
    BY_PROVIDER,
    BY_TRACE,
    BY_DOCUMENT,
    CLOSING,
    UNTOLD,
    CHAINS,
    EVENTS,
    ATTESTATIONS,
    DOCUMENTS,
    USED,
    COUNT_BY_WORDS,
    BY_WORDS,
    COUNT_BY_DUE,
    BY_DUE,
    COUNT_BY_PROVIDER,
    BY_PROVIDER_ALONE,
    COUNT_BY_STATE,
    BY_STATE,
    LAST,
    PROVIDERS,
    TRACES,
    ANNOUNCED,
    RECEIVED,
    JOIN,
    TELL,
    TOLD,
    ONE,
    UPDATE,
    WAITING_OF_CHAIN,
    CANCELLED_OF_CHAIN,
    REPLACE,
    STAGED,
    UNSTAGE,
    TAKE_BACK,
];

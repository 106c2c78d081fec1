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

/// How many claims name these numbers as their referral or authorization: those that stand and are neither voided, denied nor
/// returned as unprocessable, of interchanges that have come in.
pub(super) const USED: &str = "SELECT k.key, count(*) FROM json_each($1) AS k CROSS JOIN claim AS c ON c.id IN (\
     SELECT a.id FROM claim AS a WHERE a.facts ->> '$[4][2]' = k.value AND a.facts ->> '$[4][2]' <> '' \
     UNION SELECT b.id FROM claim AS b WHERE b.facts ->> '$[4][3]' = k.value AND b.facts ->> '$[4][3]' <> '') \
     WHERE c.successor IS NULL AND c.frequency <> '8' AND c.category NOT IN ('F2', 'F4', 'A3') \
     AND NOT EXISTS (SELECT 1 FROM intake AS n WHERE n.id = c.interchange) GROUP BY k.key";

/// What the words of a search are looked for in.
macro_rules! words {
    () => {
        "upper(r.receipt || ' ' || coalesce(r.number, '') || ' ' || r.kind || ' ' || r.state || ' ' || (r.body ->> 'last') \
         || ' ' || (r.body ->> 'first_name') || ' ' || r.subscriber || r.suffix || ' ' || (r.body ->> 'reference') \
         || ' ' || (r.body ->> 'service_type') || ' ' || (r.body ->> 'requester') || ' ' || (r.body ->> 'providers') \
         || ' ' || (r.body ->> 'services'))"
    };
}

/// `$1` words, `$2` states, `$3` kind, `$4` due before, `$5` provider, `$6` and `$7` days.
macro_rules! searched {
    () => {
        concat!(
            "r.successor IS NULL AND NOT EXISTS (SELECT 1 FROM json_each($1) AS w WHERE instr(",
            words!(),
            ", upper(w.value)) = 0) AND ($2 = '[]' OR r.state IN (SELECT value FROM json_each($2))) \
             AND ($3 IS NULL OR r.kind = $3) AND ($4 IS NULL OR r.due_micros < $4) \
             AND ($5 IS NULL OR r.id IN (SELECT p.review FROM review_provider AS p WHERE p.provider = $5)) \
             AND r.from_date <= $7 AND r.to_date >= $6"
        )
    };
}

pub(super) const COUNT: &str = concat!("SELECT count(*) FROM review AS r WHERE ", searched!());
/// `$8` how many to pass over, `$9` how many at most. What is due comes in the order of its instant, all else the newest first.
pub(super) const SEARCH: &str = concat!(
    "SELECT 0, ",
    review_columns!("''"),
    " FROM review AS r WHERE ",
    searched!(),
    " ORDER BY CASE WHEN $4 IS NULL THEN NULL ELSE r.due_micros END, r.id DESC LIMIT $9 OFFSET $8"
);

pub(super) const LAST: &str = "SELECT coalesce(max(id), 0) FROM review";
/// The providers of the reviews after `$1`.
pub(super) const PROVIDERS: &str = "INSERT OR IGNORE INTO review_provider (provider, from_date, review) \
     SELECT p.value ->> 'id', r.from_date, r.id FROM review AS r, json_each(r.body, '$.providers') AS p \
     WHERE r.id > $1 AND p.value ->> 'id' <> '' \
     UNION SELECT r.body ->> '$.requester.id', r.from_date, r.id FROM review AS r \
     WHERE r.id > $1 AND r.body ->> '$.requester.id' <> ''";
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

/// Every statement, for the test that prepares them all.
#[cfg(test)]
pub(in crate::store::sqlite) const ALL: [&str; 23] = [
    BY_NUMBER,
    BY_REQUEST,
    BY_SERVICE,
    BY_MEMBER,
    BY_PROVIDER,
    CHAINS,
    EVENTS,
    ATTESTATIONS,
    USED,
    COUNT,
    SEARCH,
    LAST,
    PROVIDERS,
    RECEIVED,
    JOIN,
    ONE,
    UPDATE,
    WAITING_OF_CHAIN,
    CANCELLED_OF_CHAIN,
    REPLACE,
    STAGED,
    UNSTAGE,
    TAKE_BACK,
];

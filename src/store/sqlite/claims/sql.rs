//! Every fixed statement of the claim ledger. See [`super::super::sql`] for what is common to all of them.
//!
//! `$2` of a look-up is the number of the intake whose own rows are seen too, or one that no row has.

/// True for rows that are committed, or are of the intake that asks.
macro_rules! seen {
    ($table:literal) => {
        concat!(
            "(",
            $table,
            ".interchange = $2 OR NOT EXISTS (SELECT 1 FROM intake AS n WHERE n.id = ",
            $table,
            ".interchange))"
        )
    };
}

/// The version that took the place of this one, one of the intake that asks included.
macro_rules! successor {
    ($table:literal) => {
        concat!(
            "coalesce(",
            $table,
            ".successor, CASE WHEN $2 > 0 THEN (SELECT n.number FROM claim AS n WHERE n.replaces = ",
            $table,
            ".number AND n.interchange = $2 ORDER BY n.id LIMIT 1) END)"
        )
    };
}

/// The columns of a claim, in the order of [`super::rows::read`].
macro_rules! claim_columns {
    ($text:literal) => {
        concat!(
            "c.number, c.original, c.version, c.replaces, ",
            successor!("c"),
            ", c.form, c.frequency, c.account, c.subscriber, c.suffix, c.billing_npi, c.charge_cents, c.from_date, \
             c.to_date, c.received, c.service_key, c.category, c.code, c.entity, c.effective, c.paid_cents, c.finalized, \
             c.remitted, c.trace, c.reason, c.interchange, c.facts, ",
            $text
        )
    };
}

/// Claims for keys: `$1` the keys, `$3` whether their text is wanted, `$4` how many at most for each, -1 for no limit. Keys are
/// JSON: texts, or arrays of what the look-up needs.
macro_rules! claims_by {
    ($from:literal, $on:expr, [$($order:literal),+]) => {
        concat!(
            "SELECT k.key, ",
            claim_columns!("CASE WHEN $3 THEN c.text END"),
            " FROM json_each($1) AS k CROSS JOIN claim AS c ON c.id IN (SELECT f.id FROM ",
            $from,
            " WHERE ",
            $on,
            " AND ",
            seen!("f"),
            " ORDER BY f.interchange IS NULL",
            $(", f.", $order,)+
            " LIMIT $4) ORDER BY k.key",
            $(", c.", $order),+
        )
    };
}

/// The newest service first.
pub(super) const BY_MEMBER: &str = claims_by!(
    "claim AS f",
    concat!(
        "f.subscriber = json_extract(k.value, '$[0]') AND f.suffix = json_extract(k.value, '$[1]') \
         AND f.from_date <= json_extract(k.value, '$[3]') AND f.to_date >= json_extract(k.value, '$[2]') AND ",
        successor!("f"),
        " IS NULL"
    ),
    ["from_date DESC", "id DESC"]
);
/// All versions, the newest first.
pub(super) const BY_ACCOUNT: &str = claims_by!(
    "claim AS f",
    "f.billing_npi = json_extract(k.value, '$[0]') AND f.account = json_extract(k.value, '$[1]')",
    ["id DESC"]
);
/// Latest versions that are neither voided nor denied as duplicates of another.
pub(super) const BY_SERVICE: &str = claims_by!(
    "claim AS f",
    concat!(
        "f.service_key = k.value AND f.frequency <> '8' AND NOT (f.category = 'F2' AND f.code = '54') AND ",
        successor!("f"),
        " IS NULL"
    ),
    ["id DESC"]
);
/// By an attachment that they announce.
pub(super) const BY_ANNOUNCED: &str = claims_by!(
    "announced AS a CROSS JOIN claim AS f",
    "a.npi = json_extract(k.value, '$[0]') AND a.control = json_extract(k.value, '$[1]') AND f.number = a.claim",
    ["id DESC"]
);
/// By the number of a version.
pub(super) const BY_NUMBER: &str = concat!(
    "SELECT k.key, ",
    claim_columns!("CASE WHEN $3 THEN c.text END"),
    " FROM json_each($1) AS k CROSS JOIN claim AS c WHERE c.number = k.value AND ",
    seen!("c")
);
/// The latest version by any number of a chain: from the first version on, each one's successor. A version that lost its place to
/// another is not in that chain, but its number leads to it.
pub(super) const LATEST: &str = concat!(
    "SELECT k.key, ",
    claim_columns!("CASE WHEN $3 THEN c.text END"),
    " FROM json_each($1) AS k CROSS JOIN claim AS a CROSS JOIN claim AS c WHERE a.number = k.value AND ",
    seen!("a"),
    " AND c.id = coalesce((WITH RECURSIVE chain (id, successor, place) AS (SELECT v.id, ",
    successor!("v"),
    ", 1 FROM claim AS v WHERE v.number = a.original AND ",
    seen!("v"),
    " UNION ALL SELECT v.id, ",
    successor!("v"),
    ", h.place + 1 FROM chain AS h CROSS JOIN claim AS v WHERE v.number = h.successor AND h.place < 10000) \
     SELECT h.id FROM chain AS h ORDER BY h.place DESC LIMIT 1), a.id)"
);

/// Every version of the claims with these numbers, whichever version each is of, the first one first.
pub(super) const VERSIONS: &str = concat!(
    "SELECT k.key, ",
    claim_columns!("c.text"),
    ", c.entered_micros, c.entered_by FROM json_each($1) AS k CROSS JOIN claim AS a CROSS JOIN claim AS c ON c.id IN (\
     SELECT f.id FROM claim AS f WHERE f.number = a.original UNION SELECT f.id FROM claim AS f \
     WHERE f.original = a.original AND f.replaces IS NOT NULL UNION SELECT a.id) WHERE a.number = k.value AND ",
    seen!("a"),
    " AND ",
    seen!("c"),
    " ORDER BY k.key, c.version, c.id"
);
/// Everything entered about these versions.
pub(super) const ENTRIES: &str = concat!(
    "SELECT e.interchange, e.entered_micros, e.entered_by, e.kind, e.claim, e.category, e.code, e.entity, e.effective, \
     e.detail, e.body FROM json_each($1) AS k CROSS JOIN ledger_entry AS e WHERE e.claim = k.value AND ",
    seen!("e"),
    " ORDER BY e.id"
);
/// Those that wait, after the one with the number `$1`, with their text; at most `$3`.
pub(super) const WAITING: &str = concat!(
    "SELECT 0, ",
    claim_columns!("c.text"),
    " FROM claim AS c WHERE c.successor IS NULL AND c.category >= 'P' AND c.category < 'Q' \
     AND c.id > coalesce((SELECT a.id FROM claim AS a WHERE a.number = $1), 0) AND ",
    seen!("c"),
    " ORDER BY c.id LIMIT $3"
);
/// Documents of no claim and of no review; a link is never empty.
pub(super) const UNMATCHED: &str = concat!(
    "SELECT e.body FROM ledger_entry AS e WHERE e.link > '' AND e.link IS NOT NULL AND e.claim IS NULL \
     AND json_extract(e.body, '$.request') = '' \
     AND NOT EXISTS (SELECT 1 FROM review_document AS d CROSS JOIN review_provider AS p ON p.review = d.review \
     WHERE d.control = json_extract(e.body, '$.control') AND p.provider = json_extract(e.body, '$.provider')) AND ",
    seen!("e"),
    " ORDER BY +e.id LIMIT $1"
);
/// Which of these hashes, as JSON, are those of a document.
pub(in crate::store::sqlite) const DOCUMENT_HASHES: &str = "SELECT DISTINCT k.key FROM json_each($1) AS k \
     WHERE EXISTS (SELECT 1 FROM ledger_entry AS e WHERE e.kind = 'attachment' \
     AND json_extract(e.body, '$.hash') = k.value)";
pub(super) const REMITTANCES: &str = concat!(
    "SELECT k.key, r.body, r.text FROM json_each($1) AS k CROSS JOIN remittance AS r \
     WHERE r.trace = json_extract(k.value, '$[1]') AND r.payer = json_extract(k.value, '$[0]') AND ",
    seen!("r")
);

/// For each payee in `$1` advice with a provider adjustment for the reason `$3`, the newest first; at most `$4` each.
pub(super) const ADJUSTED: &str = concat!(
    "SELECT k.key, o.body, o.text FROM json_each($1) AS k CROSS JOIN remittance AS o \
     WHERE o.payee = k.value AND o.id IN (SELECT r.id FROM remittance AS r WHERE r.payee = k.value \
     AND EXISTS (SELECT 1 FROM json_each(r.body, '$.adjustments') AS p WHERE json_extract(p.value, '$.reason') = $3) AND ",
    seen!("r"),
    " ORDER BY r.id DESC LIMIT $4) ORDER BY k.key, o.id DESC"
);

/// Which of these keys are those of remittance advice that is committed, but for that of the interchanges `$2`.
pub(super) const KNOWN_REMITTANCES: &str = "SELECT k.key FROM json_each($1) AS k CROSS JOIN remittance AS r \
     WHERE r.trace = json_extract(k.value, '$[1]') AND r.payer = json_extract(k.value, '$[0]') \
     AND r.interchange NOT IN (SELECT value FROM json_each($2)) \
     AND NOT EXISTS (SELECT 1 FROM intake AS n WHERE n.id = r.interchange) LIMIT 1";
/// The keys of the advice that an interchange brought.
pub(super) const STAGED_REMITTANCES: &str =
    "SELECT payer, trace FROM remittance WHERE interchange = $1";

/// The last claim and the last entry that are written.
pub(super) const LAST_CLAIM: &str = "SELECT coalesce(max(id), 0) FROM claim";
/// Makes the versions that these interchanges brought the successors of those they replace; the first wins.
pub(super) const LINK_SUCCESSORS: &str = "UPDATE claim SET successor = (SELECT n.number FROM claim AS n \
     WHERE n.replaces = claim.number AND n.interchange IN (SELECT value FROM json_each($1)) ORDER BY n.id LIMIT 1) \
     WHERE successor IS NULL AND number IN (SELECT n.replaces FROM json_each($1) AS k CROSS JOIN claim AS n \
     WHERE n.interchange = k.value AND n.replaces IS NOT NULL)";
/// Versions of these interchanges whose place another has, or that replace one that lost its own so.
pub(super) const LOST_SUCCESSORS: &str = "SELECT n.number, n.interchange, n.replaces FROM json_each($1) AS k \
     CROSS JOIN claim AS n CROSS JOIN claim AS o WHERE n.interchange = k.value AND n.replaces IS NOT NULL \
     AND o.number = n.replaces AND NOT (n.category = 'F2' AND n.code = '495') \
     AND (o.successor <> n.number OR (o.category = 'F2' AND o.code IN ('54', '495') AND o.interchange = n.interchange))";
/// What makes two originals the same service.
macro_rules! same_service {
    () => {
        "o.service_key = m.service_key AND o.interchange <> m.interchange AND o.subscriber = m.subscriber \
         AND o.suffix = m.suffix AND o.from_date = m.from_date AND o.to_date = m.to_date AND o.charge_cents = m.charge_cents \
         AND o.successor IS NULL AND o.frequency <> '8' AND NOT (o.category = 'F2' AND o.code = '54') \
         AND m.replaces IS NULL AND NOT (m.category = 'F2' AND m.code = '54') \
         AND NOT EXISTS (SELECT 1 FROM intake AS n WHERE n.id = o.interchange)"
    };
}
/// Originals of the interchanges `$1`, written after `$2`, that are the same service as one that was written before them.
pub(super) const DUPLICATES: &str = concat!(
    "SELECT m.number, m.interchange, o.interchange FROM json_each($1) AS k CROSS JOIN claim AS m CROSS JOIN claim AS o \
     WHERE m.interchange = k.value AND m.id > $2 AND o.id < m.id AND ",
    same_service!(),
    " ORDER BY m.id"
);
/// Originals of the interchange `$1` that are the same service as one of any other but `$2`.
pub(super) const STAGED_DUPLICATES: &str = concat!(
    "SELECT m.number, m.interchange, o.interchange FROM claim AS m CROSS JOIN claim AS o WHERE m.interchange = $1 \
     AND o.interchange NOT IN (SELECT value FROM json_each($2)) AND ",
    same_service!(),
    " ORDER BY m.id"
);
/// Originals of the interchange `$1` that are the same service as one of these others, `$2`.
pub(super) const STAGED_DUPLICATES_OF: &str = concat!(
    "SELECT m.number, m.interchange, o.interchange FROM json_each($2) AS k CROSS JOIN claim AS o CROSS JOIN claim AS m \
     WHERE o.interchange = k.value AND m.interchange = $1 AND ",
    same_service!(),
    " ORDER BY m.id"
);
/// Denies these versions, with the status code `$2`, as of `$3`.
pub(super) const DENY: &str = "UPDATE claim SET category = 'F2', code = $2, entity = '', effective = $3, \
     finalized = coalesce(finalized, $3) WHERE number IN (SELECT value FROM json_each($1))";
/// Forgets other states that an interchange brought for these versions, and what it returned by them.
pub(super) const DROP_STATES: &str = "DELETE FROM ledger_entry WHERE interchange = $1 AND (\
     (kind = 'state' AND claim IN (SELECT value FROM json_each($2))) \
     OR (kind = 'refund' AND json_extract(body, '$.by') IN (SELECT value FROM json_each($2))))";

/// What is paid now of these versions.
pub(super) const PAID: &str = "SELECT c.number, c.paid_cents FROM json_each($1) AS k CROSS JOIN claim AS c \
     WHERE c.number = k.value";
/// Sets what stands now: arrays of number, category, code, entity, effective, paid, finalized, remitted, trace; what is null
/// stays.
pub(super) const SET_STANDING: &str = "UPDATE claim SET category = coalesce(u.category, claim.category), \
     code = coalesce(u.code, claim.code), entity = coalesce(u.entity, claim.entity), \
     effective = coalesce(u.effective, claim.effective), paid_cents = coalesce(u.paid, claim.paid_cents), \
     finalized = coalesce(u.finalized, claim.finalized), remitted = coalesce(u.remitted, claim.remitted), \
     trace = coalesce(u.trace, claim.trace) FROM (SELECT json_extract(value, '$[0]') AS number, \
     json_extract(value, '$[1]') AS category, json_extract(value, '$[2]') AS code, json_extract(value, '$[3]') AS entity, \
     json_extract(value, '$[4]') AS effective, json_extract(value, '$[5]') AS paid, \
     json_extract(value, '$[6]') AS finalized, json_extract(value, '$[7]') AS remitted, \
     json_extract(value, '$[8]') AS trace FROM json_each($1)) AS u WHERE claim.number = u.number";
/// Moves the entries of an interchange behind what was committed while it came in, so that histories are in the order of commits.
pub(super) const MOVE_STAGED: &str = "UPDATE ledger_entry SET id = id + 1 + (SELECT max(a.id) FROM ledger_entry AS a) \
     - (SELECT min(o.id) FROM ledger_entry AS o WHERE o.interchange = $1) \
     WHERE interchange = $1 AND EXISTS (SELECT 1 FROM ledger_entry AS e WHERE e.id > \
     (SELECT min(m.id) FROM ledger_entry AS m WHERE m.interchange = $1) AND e.interchange <> $1)";
/// Entries of an interchange before position `$4`, after the row `$2`, at most `$3`.
pub(super) const STAGED_EFFECTS: &str = "SELECT id, entered_micros, kind, claim, category, code, entity, effective, body \
     FROM ledger_entry WHERE interchange = $1 AND id > $2 AND position < $4 ORDER BY id LIMIT $3";

/// Documents without a claim, each with the claims that announce it, the newest first.
macro_rules! announced_documents {
    ($which:literal) => {
        concat!(
            "SELECT e.id AS document, coalesce(json_extract(e.body, '$.member_id'), '') AS sent, c.number AS claim, \
             json_extract(c.facts, '$[0][0]') AS member FROM ledger_entry AS e CROSS JOIN announced AS a CROSS JOIN claim AS c \
             WHERE e.id IN (",
            $which,
            ") AND a.npi = json_extract(e.body, '$.provider') AND a.control = json_extract(e.body, '$.control') \
             AND a.account = json_extract(e.body, '$.account') AND c.number = a.claim \
             AND NOT EXISTS (SELECT 1 FROM intake AS n WHERE n.id = c.interchange) ORDER BY e.id, c.id DESC"
        )
    };
}

/// Those that these interchanges brought.
pub(super) const NEW_DOCUMENTS: &str = announced_documents!(
    "SELECT d.id FROM json_each($1) AS k CROSS JOIN ledger_entry AS d WHERE d.interchange = k.value \
     AND d.kind = 'attachment' AND d.claim IS NULL"
);
/// Those that came before the claims of these interchanges.
pub(super) const WAITING_DOCUMENTS: &str = announced_documents!(
    "SELECT d.id FROM json_each($1) AS k CROSS JOIN announced AS b CROSS JOIN ledger_entry AS d \
     WHERE b.interchange = k.value AND d.link = b.npi || '\u{1f}' || b.account || '\u{1f}' || b.control \
     AND d.claim IS NULL AND NOT EXISTS (SELECT 1 FROM intake AS n WHERE n.id = d.interchange)"
);
/// Links documents with claims: pairs of the row of a document and the number of a claim.
pub(super) const LINK_DOCUMENTS: &str = "UPDATE ledger_entry SET claim = u.claim FROM \
     (SELECT json_extract(value, '$[0]') AS document, json_extract(value, '$[1]') AS claim FROM json_each($1)) AS u \
     WHERE ledger_entry.id = u.document";

/// What is used now by the holders of these accumulators; only those of families that are there.
pub(super) const USED: &str = "SELECT k.key, a.deductible_cents, a.out_of_pocket_cents, a.quantity, a.as_of \
     FROM json_each($1) AS k CROSS JOIN family AS f ON f.subscriber = json_extract(k.value, '$[0]') \
     LEFT JOIN accumulator AS a ON a.subscriber = f.subscriber AND a.suffix = json_extract(k.value, '$[1]') \
     AND a.year_begin = json_extract(k.value, '$[2]') AND a.network = json_extract(k.value, '$[3]') \
     AND a.service_type = json_extract(k.value, '$[4]')";

/// Rows of an intake from the entry at `$2` on, at most `$3` of each table, the last first.
pub(super) const TAKE_BACK: [&str; 4] = [
    "DELETE FROM claim WHERE id IN (SELECT id FROM claim WHERE interchange = $1 AND position >= $2 \
     ORDER BY position DESC LIMIT $3)",
    "DELETE FROM announced WHERE (npi, control, account, claim) IN (SELECT npi, control, account, claim FROM announced \
     WHERE interchange = $1 AND position >= $2 ORDER BY position DESC LIMIT $3)",
    "DELETE FROM ledger_entry WHERE id IN (SELECT id FROM ledger_entry WHERE interchange = $1 AND position >= $2 \
     ORDER BY position DESC LIMIT $3)",
    "DELETE FROM remittance WHERE id IN (SELECT id FROM remittance WHERE interchange = $1 AND position >= $2 \
     ORDER BY position DESC LIMIT $3)",
];

/// Notes that these claims changed.
pub(super) const NOTE_CHANGED: &str = "INSERT INTO search_pending (claim) \
     SELECT c.id FROM json_each($1) AS k CROSS JOIN claim AS c WHERE c.number = k.value";
/// Notes that the versions changed that those of these interchanges replace.
pub(super) const NOTE_REPLACED: &str = "INSERT INTO search_pending (claim) SELECT o.id FROM json_each($1) AS k \
     CROSS JOIN claim AS n CROSS JOIN claim AS o WHERE n.interchange = k.value AND n.replaces IS NOT NULL \
     AND o.number = n.replaces";
pub(super) const FIRST_PENDING: &str = "SELECT coalesce(min(id), 0) FROM search_pending";
pub(super) const LAST_PENDING: &str = "SELECT coalesce(max(id), 0) FROM search_pending";
/// Claims that were brought and are not indexed, at most `$1`.
pub(super) const PENDING_NEW: &str = concat!(
    "SELECT p.id, ",
    claim_columns!("NULL"),
    ", c.id, c.position FROM search_pending AS p CROSS JOIN claim AS c \
     WHERE c.interchange = p.interchange AND c.position > p.position ORDER BY p.id, c.position LIMIT $1"
);
/// Claims that changed and are not indexed as they stand, at most `$1`.
pub(super) const PENDING_CHANGED: &str = concat!(
    "SELECT p.id, ",
    claim_columns!("NULL"),
    ", c.id, c.position FROM search_pending AS p CROSS JOIN claim AS c WHERE c.id = p.claim ORDER BY p.id LIMIT $1"
);
/// Forgets notes of interchanges before `$1`.
pub(super) const DONE_NEW: &str =
    "DELETE FROM search_pending WHERE interchange IS NOT NULL AND id < $1";
/// Of the note `$1` the claims up to the position `$2` are done.
pub(super) const DONE_PART: &str = "UPDATE search_pending SET position = $2 WHERE id = $1";
/// Forgets notes of changed claims up to `$1`.
pub(super) const DONE_CHANGED: &str =
    "DELETE FROM search_pending WHERE interchange IS NULL AND id <= $1";
/// Words from `$1` to `$2`, at most `$3`.
pub(super) const LISTED_WORDS: &str =
    "SELECT word FROM search_word WHERE word BETWEEN $1 AND $2 ORDER BY word LIMIT $3";
/// Claims by id, in the order of the keys.
pub(super) const BY_ID: &str = concat!(
    "SELECT k.key, ",
    claim_columns!("NULL"),
    " FROM json_each($1) AS k CROSS JOIN claim AS c WHERE c.id = k.value ORDER BY k.key"
);
/// Rows of the index from `$2` to `$3`. PostgreSQL: a `tsvector` beside the row and the id.
macro_rules! rows {
    ($what:literal, all, $rest:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM claim_search_docsize AS s WHERE ($1 IS NULL) AND s.id BETWEEN $2 AND $3 AND ($4 IS NULL)",
            $rest
        )
    };
    ($what:literal, found, $rest:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM claim_search AS s WHERE s.claim_search MATCH $1 AND s.rowid BETWEEN $2 AND $3 AND ($4 IS NULL)",
            $rest
        )
    };
    ($what:literal, reaching, $rest:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM claim_search AS s CROSS JOIN claim AS c WHERE s.claim_search MATCH $1 AND s.rowid BETWEEN $2 AND $3 \
             AND c.id = s.rowid & 1099511627775 AND c.to_date >= $4",
            $rest
        )
    };
}
/// SQLite counts the rows of a whole table by its pages.
pub(super) const COUNT_EVERYTHING: &str = "SELECT count(*) FROM claim_search_docsize";
pub(super) const COUNT_ALL: &str = rows!("count(*)", all, "");
pub(super) const COUNT_FOUND: &str = rows!("count(*)", found, "");
pub(super) const COUNT_REACHING: &str = rows!("count(*)", reaching, "");
/// `$5` rows after the first `$6`.
pub(super) const ALL_NEWEST: &str = rows!("s.id", all, " ORDER BY s.id DESC LIMIT $5 OFFSET $6");
pub(super) const ALL_OLDEST: &str = rows!("s.id", all, " ORDER BY s.id LIMIT $5 OFFSET $6");
pub(super) const FOUND_NEWEST: &str =
    rows!("s.rowid", found, " ORDER BY s.rowid DESC LIMIT $5 OFFSET $6");
pub(super) const FOUND_OLDEST: &str =
    rows!("s.rowid", found, " ORDER BY s.rowid LIMIT $5 OFFSET $6");
pub(super) const REACHING_NEWEST: &str =
    rows!("s.rowid", reaching, " ORDER BY s.rowid DESC LIMIT $5 OFFSET $6");
pub(super) const REACHING_OLDEST: &str =
    rows!("s.rowid", reaching, " ORDER BY s.rowid LIMIT $5 OFFSET $6");

/// Moves on when another process has committed.
pub(super) const DATA_VERSION: &str = "PRAGMA data_version";

pub(in crate::store::sqlite) const PROPERTY: &str = "SELECT value FROM property WHERE name = $1";

/// Every statement, for the tests that prepare them and look at their plans.
#[cfg(test)]
pub(in crate::store::sqlite) fn all() -> impl Iterator<Item = &'static str> {
    let statements = [
        BY_MEMBER,
        BY_ACCOUNT,
        BY_SERVICE,
        BY_ANNOUNCED,
        BY_NUMBER,
        LATEST,
        VERSIONS,
        ENTRIES,
        WAITING,
        UNMATCHED,
        DOCUMENT_HASHES,
        REMITTANCES,
        ADJUSTED,
        KNOWN_REMITTANCES,
        STAGED_REMITTANCES,
        LAST_CLAIM,
        LINK_SUCCESSORS,
        LOST_SUCCESSORS,
        DUPLICATES,
        STAGED_DUPLICATES,
        STAGED_DUPLICATES_OF,
        DENY,
        DROP_STATES,
        MOVE_STAGED,
        PAID,
        SET_STANDING,
        STAGED_EFFECTS,
        NEW_DOCUMENTS,
        WAITING_DOCUMENTS,
        LINK_DOCUMENTS,
        USED,
        NOTE_CHANGED,
        NOTE_REPLACED,
        FIRST_PENDING,
        LAST_PENDING,
        PENDING_NEW,
        PENDING_CHANGED,
        DONE_NEW,
        DONE_PART,
        DONE_CHANGED,
        LISTED_WORDS,
        BY_ID,
        COUNT_EVERYTHING,
        COUNT_ALL,
        COUNT_FOUND,
        COUNT_REACHING,
        ALL_NEWEST,
        ALL_OLDEST,
        FOUND_NEWEST,
        FOUND_OLDEST,
        REACHING_NEWEST,
        REACHING_OLDEST,
        PROPERTY,
    ];
    statements.into_iter().chain(TAKE_BACK)
}

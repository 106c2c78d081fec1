//! The statements of batches and their results.

/// Accepts a batch. PostgreSQL: the same.
pub(in super::super) const SUBMIT: &str = "INSERT INTO batch (partner, login, credential, transport, sender, receiver, \
     payload_type, payload_id, hash, bytes, received_micros, state, attempts, due_micros, reason, body) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'waiting', 0, $11, '', $12)";
pub(in super::super) const EARLIER: &str = "SELECT id FROM batch WHERE partner = $1 AND sender = $2 AND payload_type = $3 \
     AND payload_id = $4 AND hash = $5";
/// How many batches of a partner wait, at most `$2`.
pub(in super::super) const WAITING_COUNT: &str = "SELECT count(*) FROM (SELECT 1 FROM batch INDEXED BY batch_waiting_of \
     WHERE state = 'waiting' AND partner = $1 LIMIT $2)";
pub(in super::super) const WAITING: &str = "SELECT id, partner, login, credential, transport, sender, receiver, payload_type, \
     payload_id, hash, bytes, received_micros, attempts, body FROM batch \
     WHERE state = 'waiting' AND due_micros <= $1 ORDER BY due_micros, id LIMIT $2";
/// The content is no longer needed: what it was is in the journal.
pub(in super::super) const DONE: &str = "UPDATE batch SET state = 'done', attempts = attempts + 1, body = NULL WHERE id = $1 AND state = 'waiting'";
pub(in super::super) const ADD_RESULT: &str = "INSERT INTO batch_result (batch, kind, partner, payload_id, hash, sha1, bytes, \
     ready_micros, body) SELECT id, $2, partner, $3, $4, $5, $6, $7, $8 FROM batch WHERE id = $1";
pub(in super::super) const POSTPONE: &str = "UPDATE batch SET attempts = $4, reason = $3, \
     state = CASE WHEN $2 IS NULL THEN 'failed' ELSE 'waiting' END, due_micros = coalesce($2, due_micros) WHERE id = $1";
/// What the partner named: a result by its own id or that of its batch, first what was not picked up, then the newest.
pub(in super::super) const NAMED: &str = "SELECT r.batch, r.kind, r.payload_id, r.hash, r.sha1, r.bytes, r.body \
     FROM batch_result AS r JOIN batch AS b ON b.id = r.batch WHERE r.partner = $1 AND r.kind = $2 AND r.batch IN (\
     SELECT id FROM batch WHERE payload_id = $3 UNION SELECT batch FROM batch_result WHERE payload_id = $3) \
     AND (b.payload_id = $3 OR r.payload_id = $3) \
     ORDER BY r.picked_micros IS NOT NULL, \
     CASE WHEN r.picked_micros IS NULL THEN r.ready_micros ELSE -r.ready_micros END LIMIT 1";
/// True when anything has this id, whosever it is.
pub(in super::super) const IS_KNOWN: &str = "SELECT EXISTS (SELECT 1 FROM batch WHERE payload_id = $1) \
     OR EXISTS (SELECT 1 FROM batch_result WHERE payload_id = $1)";
pub(in super::super) const OLDEST: &str = "SELECT r.batch, r.kind, r.payload_id, r.hash, r.sha1, r.bytes, r.body \
     FROM batch_result AS r WHERE r.partner = $1 AND r.kind = $2 AND r.picked_micros IS NULL ORDER BY r.ready_micros LIMIT 1";
pub(in super::super) const PICKED: &str = "UPDATE batch_result SET picked_micros = coalesce(picked_micros, $3) \
     WHERE batch = $1 AND kind = $2";
pub(in super::super) const ACKNOWLEDGED: &str = "UPDATE batch_result SET acknowledged_micros = coalesce(acknowledged_micros, $3) \
     WHERE partner = $1 AND (batch IN (SELECT id FROM batch WHERE payload_id = $2) OR payload_id = $2)";
pub(in super::super) const FORGET_RESULTS: &str = "DELETE FROM batch_result WHERE batch IN (SELECT id FROM batch \
     WHERE received_micros < $1 AND state <> 'waiting' ORDER BY received_micros, id LIMIT $2)";
pub(in super::super) const FORGET: &str = "DELETE FROM batch WHERE id IN (SELECT id FROM batch \
     WHERE received_micros < $1 AND state <> 'waiting' ORDER BY received_micros, id LIMIT $2)";
/// Which of these hashes, in upper-case hexadecimal, are those of a batch that is not done, or of a result. PostgreSQL: `bytea`,
/// and an array.
pub(in super::super) const HASHES: &str = "SELECT DISTINCT k.key FROM json_each($1) AS k \
     WHERE EXISTS (SELECT 1 FROM batch AS b WHERE b.hash = unhex(k.value) AND b.body IS NULL AND b.state <> 'done') \
     OR EXISTS (SELECT 1 FROM batch_result AS r WHERE r.hash = unhex(k.value) AND r.body IS NULL)";

/// Batches of a period, the newest first, each with its results. A partner of none is any.
pub(in super::super) const LIST: &str = "SELECT b.id, b.partner, b.payload_type, b.payload_id, b.bytes, b.received_micros, b.state, \
     b.reason, r.kind, r.payload_id, r.bytes, r.ready_micros, r.picked_micros, r.acknowledged_micros \
     FROM batch AS b LEFT JOIN batch_result AS r ON r.batch = b.id WHERE b.id IN (SELECT id FROM batch \
     WHERE received_micros BETWEEN $2 AND $3 AND (received_micros < $3 OR id < $4) AND ($1 IS NULL OR partner = $1) \
     ORDER BY received_micros DESC, id DESC LIMIT $5) ORDER BY b.received_micros DESC, b.id DESC, r.kind";
pub(in super::super) const BATCH_BODIES: &str =
    "SELECT id, hash, body FROM batch WHERE id > $1 AND body IS NOT NULL ORDER BY id LIMIT $2";
pub(in super::super) const RESULT_BODIES: &str = "SELECT batch, hash, body, kind FROM batch_result \
     WHERE (batch, kind) > ($1, $2) AND body IS NOT NULL ORDER BY batch, kind LIMIT $3";
pub(in super::super) const REPLACE_BATCH_BODY: &str =
    "UPDATE batch SET body = $4 WHERE id = $1 AND $2 = '' AND body = $3";
pub(in super::super) const REPLACE_RESULT_BODY: &str =
    "UPDATE batch_result SET body = $4 WHERE batch = $1 AND kind = $2 AND body = $3";

/// Every statement, for the test that prepares them all.
#[cfg(test)]
pub(in super::super) const ALL: [&str; 20] = [
    SUBMIT,
    EARLIER,
    WAITING_COUNT,
    WAITING,
    DONE,
    ADD_RESULT,
    POSTPONE,
    NAMED,
    IS_KNOWN,
    OLDEST,
    PICKED,
    ACKNOWLEDGED,
    FORGET_RESULTS,
    FORGET,
    HASHES,
    LIST,
    BATCH_BODIES,
    RESULT_BODIES,
    REPLACE_BATCH_BODY,
    REPLACE_RESULT_BODY,
];

//! Every fixed statement of the store, in the SQL that SQLite and PostgreSQL share where they share it.
//!
//! Where they differ is marked `PostgreSQL:`, with what it would say there. Binds are `$1`..; lists of keys are one bind,
//! so that a statement for a thousand members is the same text as for one.
//!
//! Member files leave the database packed (see [`crate::store::packed`]): one value for a whole chunk of keys.

/// The keys of a statement: one text each, `k.value`, and its position from 0, `k.key`.
/// PostgreSQL: `(SELECT value, position - 1 AS key FROM unnest($1::text[]) WITH ORDINALITY AS u (value, position)) AS k`.
macro_rules! keys {
    () => {
        "json_each($1) AS k"
    };
}

/// Packs columns into fields: `format('%s<FIELD>%s', a, b)`. An absent value becomes an empty field in both databases.
macro_rules! fields {
    ($table:literal; $first:literal $(, $rest:literal)*) => {
        concat!("format('%s", $(fields!(@more $rest),)* "', ", $table, $first, $(", ", $table, $rest,)* ")")
    };
    (@more $column:literal) => { "\u{1f}%s" };
}

/// A person; the order is that of [`crate::store::packed::person`].
macro_rules! person {
    ($table:literal) => {
        fields!($table; "prefix", "subscriber", "suffix", "own_id", "relationship", "last_name", "first_name",
            "middle_name", "generation", "birth_date", "death_date", "gender", "birth_sequence", "line1", "line2",
            "city", "state", "zip", "ssn", "card", "medicare_id")
    };
}

/// The subscriber of the person `m`, when that is another person.
macro_rules! subscriber {
    () => {
        concat!(
            "CASE WHEN m.relationship <> 'S' THEN (SELECT ",
            person!("s."),
            " FROM member AS s WHERE s.subscriber = m.subscriber AND s.relationship = 'S' LIMIT 1) END"
        )
    };
}

/// Coverage, accumulators and other carriers of the person `m`, as three packed lists.
macro_rules! lists {
    () => {
        concat!(
            "(SELECT string_agg(",
            fields!("c."; "begin_date", "plan", "end_date", "pending", "pcp_since", "updated", "group_number",
                "group_name", "pcp_npi", "pcp_last", "pcp_first", "unit_id", "unit_name", "pcp_telephone",
                "pcp_line1", "pcp_line2", "pcp_city", "pcp_state", "pcp_zip"),
            ", '\u{1c}') FROM coverage AS c WHERE c.subscriber = m.subscriber AND c.suffix = m.suffix), ",
            "(SELECT string_agg(",
            fields!("a."; "suffix", "network", "year_begin", "service_type", "deductible_cents",
                "out_of_pocket_cents", "quantity", "as_of"),
            ", '\u{1c}') FROM accumulator AS a WHERE a.subscriber = m.subscriber), ",
            "(SELECT string_agg(",
            fields!("o."; "carrier", "carrier_id", "payer_order", "policy", "begin_date", "end_date",
                "workers_compensation", "group_number", "insured_last", "insured_first"),
            ", '\u{1c}') FROM other_coverage AS o WHERE o.subscriber = m.subscriber AND o.suffix = m.suffix)"
        )
    };
}

/// Member files for keys. `CROSS JOIN` keeps SQLite from turning the loops round; PostgreSQL does not mind it.
macro_rules! files_by {
    ($from:literal, $on:literal) => {
        concat!(
            "SELECT string_agg(format('%s\u{1d}%s\u{1d}%s\u{1d}%s\u{1d}%s\u{1d}%s', k.key, ",
            person!("m."),
            ", ",
            subscriber!(),
            ", ",
            lists!(),
            "), '\u{1e}') FROM ",
            keys!(),
            $from,
            " CROSS JOIN member AS m WHERE ",
            $on
        )
    };
    ($on:literal) => {
        files_by!("", $on)
    };
}

/// The columns of an interchange but for its bytes.
macro_rules! interchange_columns {
    () => {
        "i.id, i.sender, i.receiver, i.control, i.test, i.partner, i.lane, i.transport, i.received_micros, \
         i.hash, i.bytes, i.answered_micros, i.outcome, i.group_count, i.sets, i.accepted, i.findings, \
         i.declined"
    };
}

/// Moves what the write-ahead log holds into the database, as far as no connection reads it; it never waits.
pub(super) const CHECKPOINT: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// By subscriber number. Of the readings of an id most cannot be a number: those are dropped before the large table is touched.
pub(super) const FILES_BY_FAMILY: &str = files_by!(
    " CROSS JOIN subscriber_shape AS h",
    "h.length = length(k.value) AND h.lettered = CASE WHEN substr(k.value, 1, 1) >= 'A' THEN 1 ELSE 0 END AND m.subscriber = k.value"
);
/// By subscriber number and suffix run together.
pub(super) const FILES_BY_PERSON: &str = files_by!(
    " CROSS JOIN subscriber_shape AS h",
    "h.length = length(k.value) - 2 AND h.lettered = CASE WHEN substr(k.value, 1, 1) >= 'A' THEN 1 ELSE 0 END \
     AND m.subscriber = substr(k.value, 1, length(k.value) - 2) AND m.suffix = substr(k.value, length(k.value) - 1)"
);
/// By `LAST/FIRST/CCYYMMDD`.
pub(super) const FILES_BY_NAME: &str = files_by!("m.name_key = k.value");
/// By social security number.
pub(super) const FILES_BY_SSN: &str = files_by!("m.ssn = k.value");
/// By identity card number.
pub(super) const FILES_BY_CARD: &str = files_by!("m.card = k.value");
/// By Medicare or Medicaid id.
pub(super) const FILES_BY_MEDICARE_ID: &str = files_by!("m.medicare_id = k.value");

/// Member files in the order of their ids, at most `$4`: those after `$1` `$2` of subscribers before `$3`. The key section holds
/// the name key, the subscriber section nothing.
pub(super) const FILES_IN_ORDER: &str = concat!(
    "SELECT string_agg(format('%s\u{1d}%s\u{1d}\u{1d}%s\u{1d}%s\u{1d}%s', m.name_key, ",
    person!("m."),
    ", ",
    lists!(),
    "), '\u{1e}') FROM (SELECT * FROM member WHERE (subscriber, suffix) > ($1, $2) AND subscriber < $3 ",
    "ORDER BY subscriber, suffix LIMIT $4) AS m"
);
/// The subscriber number in place `$1` of all, from 0.
pub(super) const NTH_FAMILY: &str =
    "SELECT subscriber FROM family ORDER BY subscriber LIMIT 1 OFFSET $1";
pub(super) const FAMILY_COUNT: &str = "SELECT count(*) FROM family";
pub(super) const MEMBER_COUNT: &str = "SELECT count(*) FROM member";
pub(super) const GENERATION: &str = "SELECT value FROM generation WHERE subject = $1";

pub(super) const PROVIDERS: &str = "SELECT k.key, p.npi, p.payer_id, p.last_name, p.first_name, p.tin, \
     p.may_inquire, p.enrolled_from, p.enrolled_to, p.taxonomies, p.networks, p.ssn_last_four \
     FROM json_each($1) AS k CROSS JOIN provider AS p WHERE p.npi = k.value OR p.payer_id = k.value";
/// Providers by tax id, at most `$2` of them.
pub(super) const PROVIDERS_OF_TAX_IDS: &str = "SELECT k.key, p.npi, p.payer_id, p.last_name, p.first_name, p.tin, \
     p.may_inquire, p.enrolled_from, p.enrolled_to, p.taxonomies, p.networks, p.ssn_last_four \
     FROM json_each($1) AS k CROSS JOIN provider AS p WHERE p.tin = k.value AND p.tin IS NOT NULL \
     ORDER BY k.key, p.npi LIMIT $2";
pub(super) const PROVIDER_LOCATIONS: &str = "SELECT k.value, l.line1, l.line2, l.city, l.state, l.zip, l.site, l.name \
     FROM json_each($1) AS k CROSS JOIN provider_location AS l WHERE l.npi = k.value ORDER BY l.npi, l.position";

pub(super) const PARTNERS: &str = "SELECT id, profile FROM partner ORDER BY id";

pub(super) const PLANS: &str = "SELECT id, name, product, insurance_type, year_begin_month, year_begin_day, \
     needs_pcp, no_cost_share, disclaimer, family_limits, closed_network, limit_note FROM plan ORDER BY id";
pub(super) const PLAN_LIMITS: &str =
    "SELECT plan, kind, level, network, amount_cents FROM plan_limit ORDER BY plan, position";
pub(super) const PLAN_BENEFITS: &str = "SELECT plan, position, network, copay_cents, copay_per, coinsurance, \
     limit_unit, limit_quantity, limit_per, prior_auth, deductible_cents, note, places, deductible_first, terms FROM plan_benefit ORDER BY plan, position";
pub(super) const PLAN_BENEFIT_SERVICES: &str = "SELECT plan, benefit_position, service_type FROM plan_benefit_service ORDER BY plan, benefit_position, position";
pub(super) const PLAN_BENEFIT_PROCEDURES: &str = "SELECT plan, benefit_position, qualifier, code_prefix \
     FROM plan_benefit_procedure ORDER BY plan, benefit_position, position";
pub(super) const PLAN_NOT_COVERED: &str =
    "SELECT plan, service_type FROM plan_not_covered ORDER BY plan, position";
pub(super) const PLAN_CONTACTS: &str =
    "SELECT plan, position, entity, name, telephone FROM plan_contact ORDER BY plan, position";
pub(super) const PLAN_CONTACT_SERVICES: &str = "SELECT plan, contact_position, service_type FROM plan_contact_service ORDER BY plan, contact_position, position";

pub(super) const GENERATIONS: &str = "SELECT subject, value FROM generation";
pub(super) const NEXT_GENERATION: &str = "INSERT INTO generation (subject, value) VALUES ($1, 1) \
     ON CONFLICT (subject) DO UPDATE SET value = generation.value + 1";

/// Takes `$2` numbers of the series `$1`; the first of them is the result. Starts again at 1 when they would run over. They come after
/// those of the shared series of its kind, `$3`, from which its receiver may have been given numbers while it had no series.
pub(super) const TAKE_CONTROL_NUMBERS: &str = "INSERT INTO control_number (series, next_number) \
     VALUES ($1, $2 + coalesce((SELECT next_number FROM control_number WHERE series = $3 AND next_number + $2 <= 1000000000), 1)) \
     ON CONFLICT (series) DO UPDATE SET next_number = \
     CASE WHEN control_number.next_number + $2 > 1000000000 THEN 1 + $2 \
     ELSE max(control_number.next_number + $2, excluded.next_number) END \
     RETURNING next_number - $2";
/// Takes `$2` numbers of the shared series `$1`, which is `$3` too, after those of all series of its kind: its receivers may have had one of their own.
pub(super) const TAKE_SHARED_CONTROL_NUMBERS: &str = "INSERT INTO control_number (series, next_number) \
     VALUES ($1, $2 + coalesce((SELECT max(next_number) FROM control_number \
     WHERE substr(series, -length($3) + 1) = substr($3, 2) AND next_number + $2 <= 1000000000), 1)) \
     ON CONFLICT (series) DO UPDATE SET next_number = excluded.next_number RETURNING next_number - $2";

/// Keys are four texts run together with the field mark: sender, receiver, control number, test flag; taken apart in code,
/// so the key list here is JSON rows. PostgreSQL: `unnest` of four arrays.
pub(super) const INTERCHANGES: &str = concat!(
    "SELECT k.key, ",
    interchange_columns!(),
    " FROM json_each($1) AS k CROSS JOIN interchange AS i \
     WHERE i.sender = json_extract(k.value, '$[0]') AND i.receiver = json_extract(k.value, '$[1]') \
     AND i.control = json_extract(k.value, '$[2]') AND i.test = json_extract(k.value, '$[3]')"
);
pub(super) const REPLIES: &str = "SELECT k.key, r.kind, r.reply_control, r.hash, r.body \
     FROM json_each($1) AS k CROSS JOIN reply AS r \
     WHERE r.sender = json_extract(k.value, '$[0]') AND r.receiver = json_extract(k.value, '$[1]') \
     AND r.control = json_extract(k.value, '$[2]') AND r.test = json_extract(k.value, '$[3]') \
     ORDER BY k.key, r.position";
/// Interchanges received from `$1` until before `$2`; what else is absent restricts nothing.
pub(super) const LIST_INTERCHANGES: &str = concat!(
    "SELECT ",
    interchange_columns!(),
    " FROM interchange AS i WHERE i.received_micros >= $1 AND i.received_micros < $2 \
     AND ($3 IS NULL OR i.id = $3) AND ($4 IS NULL OR i.partner = $4) AND ($5 IS NULL OR i.control = $5) \
     AND ($6 IS NULL OR i.outcome = $6) AND ($7 IS NULL OR i.lane = $7) \
     ORDER BY i.received_micros DESC, i.id DESC LIMIT $8"
);
/// Interchanges of a period, with their sets and the replies to them as texts. PostgreSQL: `string_agg`.
pub(super) const OUTLINE: &str = concat!(
    "SELECT ",
    interchange_columns!(),
    ", (SELECT group_concat(DISTINCT s.set_id) FROM interchange_set AS s WHERE s.interchange = i.id) AS set_ids, \
     (SELECT group_concat(r.kind || ' ' || r.reply_control) FROM (SELECT kind, reply_control FROM reply \
     WHERE sender = i.sender AND receiver = i.receiver AND control = i.control AND test = i.test \
     ORDER BY position) AS r) AS said \
     FROM interchange AS i WHERE (i.received_micros > $1 OR i.received_micros = $1 AND i.id > $2) \
     AND i.received_micros < $3 AND ($4 IS NULL OR i.partner = $4) \
     ORDER BY i.received_micros, i.id LIMIT $5"
);
pub(super) const INTERCHANGE_SETS: &str = "SELECT group_control, set_id, control, guide, outcome, errors, warnings \
     FROM interchange_set WHERE interchange = $1 AND position > $2 ORDER BY position LIMIT $3";
pub(super) const INTERCHANGE_ORIGINAL: &str =
    "SELECT kept, original FROM interchange WHERE id = $1";
/// Which of these hashes, in upper-case hexadecimal, are those of something in the archive. PostgreSQL: `bytea`, and an array.
pub(super) const ARCHIVED_HASHES: &str = "SELECT DISTINCT k.key FROM json_each($1) AS k \
     WHERE EXISTS (SELECT 1 FROM interchange AS i WHERE i.hash = unhex(k.value) AND i.kept = 2 AND i.received_micros >= $2) \
     OR EXISTS (SELECT 1 FROM reply AS r JOIN interchange AS i ON i.sender = r.sender AND i.receiver = r.receiver \
     AND i.control = r.control AND i.test = r.test \
     WHERE r.hash = unhex(k.value) AND r.body IS NULL AND i.received_micros >= $2)";
pub(super) const OLDER_INTERCHANGES: &str =
    "SELECT count(*) FROM interchange WHERE received_micros < $1";
/// Writes a copy of the database to the file `$1`. PostgreSQL: `pg_dump`.
pub(super) const BACKUP: &str = "VACUUM INTO $1";
/// The sets of those that [`FORGET_INTERCHANGES`] deletes.
pub(super) const FORGET_SETS: &str = "DELETE FROM interchange_set WHERE interchange IN (\
     SELECT id FROM interchange WHERE received_micros < $1 ORDER BY received_micros, id LIMIT $2)";
pub(super) const FORGET_INTERCHANGES: &str = "DELETE FROM interchange WHERE id IN (\
     SELECT id FROM interchange WHERE received_micros < $1 ORDER BY received_micros, id LIMIT $2)";

/// Takes `$1` numbers for interchanges; the first of them is the result.
pub(super) const TAKE_INTERCHANGE_IDS: &str = "UPDATE journal_number SET next_number = next_number + $1 \
     WHERE only_row = 1 RETURNING next_number - $1";
/// Says that an interchange with this number is coming in. PostgreSQL: `extract(epoch FROM now()) * 1000000`.
pub(super) const BEGIN_INTAKE: &str =
    "INSERT INTO intake (id, touched_micros) VALUES ($1, unixepoch() * 1000000)";
/// Says that it is still coming in, unless it was dropped.
pub(super) const TOUCH_INTAKE: &str =
    "UPDATE intake SET touched_micros = unixepoch() * 1000000 WHERE id = $1 AND touched_micros > 0";
/// It has come in.
pub(super) const END_INTAKE: &str = "DELETE FROM intake WHERE id = $1 AND touched_micros > 0";
/// Nothing of it is wanted: what it wrote is cleared away, now or by whoever opens the store next.
pub(super) const DROP_INTAKE: &str = "UPDATE intake SET touched_micros = 0 WHERE id = $1";
pub(super) const DELETE_INTAKE: &str = "DELETE FROM intake WHERE id = $1";
pub(super) const DELETE_SETS: &str = "DELETE FROM interchange_set WHERE interchange = $1";
/// Persons with coverage through one of the groups `$1` on the day `$2`. It reads all coverage: files of all members are rare.
pub(super) const ENROLLED: &str = "SELECT DISTINCT subscriber, suffix FROM coverage \
     WHERE group_number IN (SELECT value FROM json_each($1)) AND begin_date <= $2 \
     AND (end_date IS NULL OR end_date >= $2) ORDER BY subscriber, suffix";
pub(super) const MEMBER_CHANGES: &str = "SELECT position, change FROM member_change \
     WHERE interchange = $1 AND position > $2 ORDER BY position LIMIT $3";
pub(super) const DELETE_MEMBER_CHANGES: &str = "DELETE FROM member_change WHERE interchange = $1";
/// Those from position `$2` on, at most `$3`.
pub(super) const TAKE_BACK_MEMBER_CHANGES: &str = "DELETE FROM member_change WHERE (interchange, position) IN (\
     SELECT interchange, position FROM member_change WHERE interchange = $1 AND position >= $2 LIMIT $3)";
/// Interchanges that were coming in and have not been touched for an hour.
pub(super) const ABANDONED_INTAKES: &str =
    "SELECT id FROM intake WHERE touched_micros < (unixepoch() - 3600) * 1000000";

pub(super) const COUNTS: &str = "SELECT (SELECT count(*) FROM plan), (SELECT count(*) FROM family), \
     (SELECT count(*) FROM member), (SELECT count(*) FROM coverage), (SELECT count(*) FROM provider), \
     (SELECT count(*) FROM partner), (SELECT count(*) FROM interchange), \
     (SELECT count(*) FROM claim AS c WHERE NOT EXISTS (SELECT 1 FROM intake AS n WHERE n.id = c.interchange))";

/// Which of these texts are no product, plan, family or person: the loaders ask before they write.
pub(super) const UNKNOWN_PRODUCTS: &str = "SELECT k.key FROM json_each($1) AS k WHERE NOT EXISTS (SELECT 1 FROM product AS p WHERE p.id = k.value)";
pub(super) const UNKNOWN_PLANS: &str = "SELECT k.key FROM json_each($1) AS k WHERE NOT EXISTS (SELECT 1 FROM plan AS p WHERE p.id = k.value)";
pub(super) const UNKNOWN_FAMILIES: &str = "SELECT k.key FROM json_each($1) AS k \
     WHERE NOT EXISTS (SELECT 1 FROM family AS f WHERE f.subscriber = k.value)";
pub(super) const UNKNOWN_PERSONS: &str = "SELECT k.key FROM json_each($1) AS k WHERE NOT EXISTS (\
     SELECT 1 FROM member AS m WHERE m.subscriber = substr(k.value, 1, length(k.value) - 2) \
     AND m.suffix = substr(k.value, length(k.value) - 1))";

/// Families without a subscriber.
pub(super) const HEADLESS_FAMILIES: &str = "SELECT k.key FROM json_each($1) AS k WHERE NOT EXISTS (\
     SELECT 1 FROM member AS m WHERE m.subscriber = k.value AND m.relationship = 'S')";

pub(super) const DELETE_COVERAGE: &str = "DELETE FROM coverage WHERE (subscriber, suffix) IN (\
     SELECT substr(value, 1, length(value) - 2), substr(value, length(value) - 1) FROM json_each($1))";
pub(super) const DELETE_OTHER_COVERAGE: &str = "DELETE FROM other_coverage WHERE (subscriber, suffix) IN (\
     SELECT substr(value, 1, length(value) - 2), substr(value, length(value) - 1) FROM json_each($1))";
pub(super) const DELETE_PROVIDER_LOCATIONS: &str =
    "DELETE FROM provider_location WHERE npi IN (SELECT value FROM json_each($1))";
/// The parts of a plan, which a load replaces as a whole. The plan itself stays, because coverage refers to it.
pub(super) const DELETE_PLAN_PARTS: [&str; 4] = [
    "DELETE FROM plan_limit WHERE plan = $1",
    "DELETE FROM plan_benefit WHERE plan = $1",
    "DELETE FROM plan_not_covered WHERE plan = $1",
    "DELETE FROM plan_contact WHERE plan = $1",
];

/// Every statement, for the test that prepares them all.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    let statements = [
        FILES_BY_FAMILY,
        FILES_BY_PERSON,
        FILES_BY_NAME,
        FILES_BY_SSN,
        FILES_BY_CARD,
        FILES_BY_MEDICARE_ID,
        FILES_IN_ORDER,
        NTH_FAMILY,
        FAMILY_COUNT,
        MEMBER_COUNT,
        GENERATION,
        PROVIDERS,
        PROVIDERS_OF_TAX_IDS,
        PROVIDER_LOCATIONS,
        PARTNERS,
        PLANS,
        PLAN_LIMITS,
        PLAN_BENEFITS,
        PLAN_BENEFIT_SERVICES,
        PLAN_BENEFIT_PROCEDURES,
        PLAN_NOT_COVERED,
        PLAN_CONTACTS,
        PLAN_CONTACT_SERVICES,
        GENERATIONS,
        NEXT_GENERATION,
        TAKE_CONTROL_NUMBERS,
        TAKE_SHARED_CONTROL_NUMBERS,
        INTERCHANGES,
        REPLIES,
        LIST_INTERCHANGES,
        OUTLINE,
        INTERCHANGE_SETS,
        INTERCHANGE_ORIGINAL,
        ARCHIVED_HASHES,
        OLDER_INTERCHANGES,
        BACKUP,
        FORGET_SETS,
        FORGET_INTERCHANGES,
        TAKE_INTERCHANGE_IDS,
        BEGIN_INTAKE,
        TOUCH_INTAKE,
        END_INTAKE,
        DROP_INTAKE,
        DELETE_INTAKE,
        DELETE_SETS,
        ENROLLED,
        MEMBER_CHANGES,
        DELETE_MEMBER_CHANGES,
        TAKE_BACK_MEMBER_CHANGES,
        ABANDONED_INTAKES,
        COUNTS,
        UNKNOWN_PRODUCTS,
        UNKNOWN_PLANS,
        UNKNOWN_FAMILIES,
        UNKNOWN_PERSONS,
        HEADLESS_FAMILIES,
        DELETE_COVERAGE,
        DELETE_OTHER_COVERAGE,
        DELETE_PROVIDER_LOCATIONS,
    ];
    statements.into_iter().chain(DELETE_PLAN_PARTS).chain(super::access::STATEMENTS)
}

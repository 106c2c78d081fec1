-- Series of control numbers were named after partners (submitter1/isa); now they are named after the id that they are sent to
-- (ZZ:SUBMITTER1/isa). No number is used twice: every new series begins after the highest of its kind.
INSERT INTO control_number (series, next_number)
SELECT '*/isa', max(next_number) FROM control_number WHERE series LIKE '%/isa' HAVING count(*) > 0
UNION ALL
SELECT '*/gs', max(next_number) FROM control_number WHERE series LIKE '%/gs' HAVING count(*) > 0
UNION ALL
SELECT '*/json', max(next_number) FROM control_number WHERE series LIKE '%/json' HAVING count(*) > 0;
DELETE FROM control_number WHERE series NOT LIKE '*/%'
    AND (series LIKE '%/isa' OR series LIKE '%/gs' OR series LIKE '%/json');

-- How an individual's limit and the family's go together: E embedded, A the family's alone.
ALTER TABLE plan ADD COLUMN family_limits TEXT NOT NULL DEFAULT 'E' CHECK (family_limits IN ('E', 'A'));

-- Nothing is covered out of the network but what a benefit says.
ALTER TABLE plan ADD COLUMN closed_network INTEGER NOT NULL DEFAULT 0 CHECK (closed_network IN (0, 1));
ALTER TABLE plan ADD COLUMN limit_note TEXT NOT NULL DEFAULT '';

-- Places of service that a benefit is about, with blanks between them; none for every place.
ALTER TABLE plan_benefit ADD COLUMN places TEXT;
ALTER TABLE plan_benefit ADD COLUMN deductible_first INTEGER CHECK (deductible_first IN (0, 1));

UPDATE plan SET closed_network = 1 WHERE insurance_type IN ('HM', 'HN', 'EP') AND NOT EXISTS (
    SELECT 1 FROM plan_benefit AS b WHERE b.plan = plan.id AND b.network = 'O');

-- Names are compared without accents, as an answer writes them: they have to be found that way.
UPDATE member SET name_key = replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(name_key, 'À', 'A'), 'Á', 'A'), 'Â', 'A'), 'Ã', 'A'), 'Ä', 'A'), 'Å', 'A'), 'Ā', 'A'), 'Ă', 'A'), 'Ą', 'A'), 'Ç', 'C'), 'Ć', 'C'), 'Č', 'C'), 'È', 'E'), 'É', 'E'), 'Ê', 'E'), 'Ë', 'E'), 'Ē', 'E'), 'Ę', 'E'), 'Ě', 'E'), 'Ì', 'I'), 'Í', 'I'), 'Î', 'I'), 'Ï', 'I'), 'Ī', 'I'), 'Ñ', 'N'), 'Ń', 'N'), 'Ò', 'O'), 'Ó', 'O'), 'Ô', 'O'), 'Õ', 'O'), 'Ö', 'O'), 'Ø', 'O'), 'Ō', 'O'), 'Ő', 'O'), 'Ś', 'S'), 'Š', 'S'), 'Ù', 'U'), 'Ú', 'U'), 'Û', 'U'), 'Ü', 'U'), 'Ū', 'U'), 'Ű', 'U'), 'Ý', 'Y'), 'Ÿ', 'Y'), 'Ź', 'Z'), 'Ż', 'Z'), 'Ž', 'Z'), 'Ł', 'L') WHERE name_key GLOB '*[^ -~]*';

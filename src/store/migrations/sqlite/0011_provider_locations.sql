-- What the payer calls a location of a provider, and its name.
ALTER TABLE provider_location ADD COLUMN site TEXT;
ALTER TABLE provider_location ADD COLUMN name TEXT;

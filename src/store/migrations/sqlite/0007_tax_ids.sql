-- Providers are looked up by tax id too.
CREATE INDEX provider_by_tin ON provider (tin) WHERE tin IS NOT NULL;

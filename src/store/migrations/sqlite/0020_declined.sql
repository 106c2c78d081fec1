-- Claims that were rejected and members that were left out of accepted sets: an interchange that comes again says it again.
ALTER TABLE interchange ADD COLUMN declined INTEGER NOT NULL DEFAULT 0;

-- Terms that few benefits have (referral, tier, days' supply, how many within a shorter time), JSON; none where it has none. A limit
-- of money has an empty limit_unit.
ALTER TABLE plan_benefit ADD COLUMN terms TEXT;

-- Where the primary care provider is reached.
ALTER TABLE coverage ADD COLUMN pcp_telephone TEXT;
ALTER TABLE coverage ADD COLUMN pcp_line1 TEXT;
ALTER TABLE coverage ADD COLUMN pcp_line2 TEXT;
ALTER TABLE coverage ADD COLUMN pcp_city TEXT;
ALTER TABLE coverage ADD COLUMN pcp_state TEXT;
ALTER TABLE coverage ADD COLUMN pcp_zip TEXT;

-- The group at another carrier, and who is insured there where it is not the member.
ALTER TABLE other_coverage ADD COLUMN group_number TEXT;
ALTER TABLE other_coverage ADD COLUMN insured_last TEXT;
ALTER TABLE other_coverage ADD COLUMN insured_first TEXT;

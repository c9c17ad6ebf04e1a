ALTER TABLE `organizations` ADD `spent_last_30_days` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `organizations` ADD `days_left` integer GENERATED ALWAYS AS (CASE WHEN spent_last_30_days > 0 THEN min(CAST(balance * 30 / spent_last_30_days AS INTEGER), 99999) ELSE 100000 END) VIRTUAL;--> statement-breakpoint
ALTER TABLE `settings` ADD `spent_last_30_days_from` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `settings` SET spent_last_30_days_from = CAST(strftime('%Y%m%d', 'now', '-29 days') AS INTEGER);--> statement-breakpoint
UPDATE `organizations` SET spent_last_30_days = recent.spent
FROM (SELECT organization_id, sum(spent) AS spent FROM organization_days
	WHERE day >= (SELECT spent_last_30_days_from FROM settings) GROUP BY organization_id) AS recent
WHERE organizations.id = recent.organization_id;--> statement-breakpoint
CREATE INDEX `organizations_spent_last_30_days` ON `organizations` (`spent_last_30_days`,`id`,`active`,`credit_type_id`);--> statement-breakpoint
CREATE INDEX `organizations_days_left` ON `organizations` (`days_left`,`id`,`active`,`credit_type_id`);

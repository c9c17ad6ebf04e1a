CREATE TABLE `api_key_days` (
	`api_key_id` integer NOT NULL,
	`day` integer NOT NULL,
	`credit_type_id` integer NOT NULL,
	`spent` integer NOT NULL,
	`events` integer NOT NULL,
	PRIMARY KEY(`api_key_id`, `day`, `credit_type_id`),
	FOREIGN KEY (`api_key_id`) REFERENCES `api_keys`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`credit_type_id`) REFERENCES `credit_types`(`id`) ON UPDATE no action ON DELETE restrict
);
--> statement-breakpoint
INSERT INTO api_key_days (api_key_id, day, credit_type_id, spent, events)
SELECT CASE WHEN reverses_id IS NULL THEN api_key_id
    ELSE (SELECT r.api_key_id FROM ledger_entries r WHERE r.id = e.reverses_id) END AS key_id,
  day, credit_type_id,
  sum(CASE WHEN credit_account = 'consumed' THEN amount ELSE -amount END),
  sum(kind = 'spend')
FROM ledger_entries e NOT INDEXED WHERE membership_id IS NOT NULL AND key_id IS NOT NULL GROUP BY 1, 2, 3;

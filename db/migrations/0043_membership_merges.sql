CREATE TABLE `membership_merges` (
	`membership_id` integer NOT NULL,
	`into_id` integer NOT NULL,
	`after_entry_id` integer NOT NULL,
	PRIMARY KEY(`into_id`, `membership_id`),
	FOREIGN KEY (`membership_id`) REFERENCES `memberships`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`into_id`) REFERENCES `memberships`(`id`) ON UPDATE no action ON DELETE restrict
);
--> statement-breakpoint
INSERT INTO `membership_merges` (membership_id, into_id, after_entry_id)
SELECT subject_id, CAST(after ->> '$.mergedInto' AS INTEGER),
	coalesce((SELECT max(id) FROM ledger_entries WHERE recorded_at <= at), 0)
FROM audit_entries WHERE action = 'membership.merged' AND json_valid(after);
--> statement-breakpoint
INSERT OR IGNORE INTO `membership_merges` (membership_id, into_id, after_entry_id)
SELECT id, merged_into_id, coalesce((SELECT max(id) FROM ledger_entries WHERE recorded_at <= merged_at), 0)
FROM memberships WHERE merged_into_id IS NOT NULL;
--> statement-breakpoint
CREATE TRIGGER `membership_merges_no_update` BEFORE UPDATE ON `membership_merges` BEGIN
	SELECT RAISE(ABORT, 'membership_merges is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `membership_merges_no_delete` BEFORE DELETE ON `membership_merges` BEGIN
	SELECT RAISE(ABORT, 'membership_merges is append-only');
END;
--> statement-breakpoint
ALTER TABLE `memberships` DROP COLUMN `merged_at`;
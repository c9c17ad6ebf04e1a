CREATE TABLE `membership_merges` (
	`membership_id` integer NOT NULL,
	`into_id` integer NOT NULL,
	`after_entry_id` integer NOT NULL,
	PRIMARY KEY(`into_id`, `membership_id`),
	FOREIGN KEY (`membership_id`) REFERENCES `memberships`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`into_id`) REFERENCES `memberships`(`id`) ON UPDATE no action ON DELETE restrict
);
--> statement-breakpoint
-- The time alone would not do: the clock may have been set back, so the merged membership may have spent at a later time.
-- Only entries of the two memberships are ever compared with this place in the ledger.
INSERT INTO `membership_merges` (membership_id, into_id, after_entry_id)
SELECT membership_id, into_id, max(
	coalesce((SELECT max(e.id) FROM ledger_entries e WHERE e.membership_id = m.membership_id AND e.kind = 'spend'), 0),
	coalesce((SELECT max(e.id) FROM ledger_entries e WHERE e.membership_id = m.into_id AND e.recorded_at <= m.at), 0))
FROM (SELECT subject_id AS membership_id, CAST(after ->> '$.mergedInto' AS INTEGER) AS into_id, at
	FROM audit_entries WHERE action = 'membership.merged' AND json_valid(after)) m;
--> statement-breakpoint
INSERT INTO `membership_merges` (membership_id, into_id, after_entry_id)
SELECT m.id, m.merged_into_id, max(
	coalesce((SELECT max(e.id) FROM ledger_entries e WHERE e.membership_id = m.id AND e.kind = 'spend'), 0),
	coalesce((SELECT max(e.id) FROM ledger_entries e WHERE e.membership_id = m.merged_into_id AND e.recorded_at <= m.merged_at), 0))
FROM memberships m WHERE m.merged_into_id IS NOT NULL AND NOT EXISTS
	(SELECT 1 FROM membership_merges o WHERE o.into_id = m.merged_into_id AND o.membership_id = m.id);
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
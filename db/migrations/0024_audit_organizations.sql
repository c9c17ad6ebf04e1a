ALTER TABLE `audit_entries` ADD `organization_id` integer;--> statement-breakpoint
-- The entries that are there get their organization, which no trigger may prevent.
DROP TRIGGER `audit_entries_no_update`;--> statement-breakpoint
UPDATE `audit_entries` SET `organization_id` = `subject_id` WHERE `subject_kind` = 'organization';--> statement-breakpoint
UPDATE `audit_entries` SET `organization_id` = (SELECT `organization_id` FROM `api_keys` WHERE `api_keys`.`id` = `subject_id`)
WHERE `subject_kind` = 'api_key';--> statement-breakpoint
UPDATE `audit_entries` SET `organization_id` = (SELECT `organization_id` FROM `memberships` WHERE `memberships`.`id` = `subject_id`)
WHERE `subject_kind` = 'membership';--> statement-breakpoint
-- A membership that was removed belonged to the organization that had the code of its entry at that time.
CREATE TABLE `codes_taken` (`code` text, `entry_id` integer, `organization_id` integer, PRIMARY KEY (`code`, `entry_id`)) WITHOUT ROWID;--> statement-breakpoint
INSERT INTO `codes_taken` SELECT `after` ->> '$.code', `id`, `subject_id` FROM `audit_entries`
WHERE `subject_kind` = 'organization' AND `after` ->> '$.code' IS NOT NULL;--> statement-breakpoint
CREATE TABLE `removed_memberships` (`id` integer PRIMARY KEY, `organization_id` integer);--> statement-breakpoint
INSERT OR IGNORE INTO `removed_memberships` SELECT `subject_id`,
  (SELECT `codes_taken`.`organization_id` FROM `codes_taken`
    WHERE `code` = `before` ->> '$.organization' AND `entry_id` < `audit_entries`.`id` ORDER BY `entry_id` DESC LIMIT 1)
FROM `audit_entries` WHERE `action` = 'member.removed';--> statement-breakpoint
UPDATE `audit_entries` SET `organization_id` = (SELECT r.`organization_id` FROM `removed_memberships` r WHERE r.`id` = `subject_id`)
WHERE `subject_kind` = 'membership' AND `organization_id` IS NULL;--> statement-breakpoint
DROP TABLE `removed_memberships`;--> statement-breakpoint
DROP TABLE `codes_taken`;--> statement-breakpoint
CREATE TRIGGER `audit_entries_no_update` BEFORE UPDATE ON `audit_entries` BEGIN
	SELECT RAISE(ABORT, 'audit_entries is append-only');
END;
--> statement-breakpoint
CREATE INDEX `audit_entries_organization` ON `audit_entries` (`organization_id`,`at`) WHERE organization_id IS NOT NULL;

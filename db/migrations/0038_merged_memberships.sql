DROP INDEX `memberships_organization_member`;--> statement-breakpoint
ALTER TABLE `memberships` ADD `merged_into_id` integer REFERENCES memberships(id);--> statement-breakpoint
ALTER TABLE `memberships` ADD `merged_at` integer;--> statement-breakpoint
CREATE INDEX `memberships_merged_into` ON `memberships` (`merged_into_id`) WHERE merged_into_id IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `memberships_organization_member` ON `memberships` (`organization_id`,`member_id`) WHERE merged_into_id IS NULL;
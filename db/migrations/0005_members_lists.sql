DROP INDEX `members_name`;--> statement-breakpoint
DROP INDEX `members_spent`;--> statement-breakpoint
DROP INDEX `members_last_active`;--> statement-breakpoint
DROP INDEX `members_created`;--> statement-breakpoint
CREATE INDEX `members_inactive` ON `members` (`active_memberships`) WHERE active_memberships = 0;--> statement-breakpoint
CREATE INDEX `members_name` ON `members` (`name_key`,`id`,`active_memberships`);--> statement-breakpoint
CREATE INDEX `members_spent` ON `members` (`spent`,`id`,`active_memberships`);--> statement-breakpoint
CREATE INDEX `members_last_active` ON `members` (`last_active_at`,`id`,`active_memberships`);--> statement-breakpoint
CREATE INDEX `members_created` ON `members` (`created_at`,`id`,`active_memberships`);--> statement-breakpoint
DROP INDEX `memberships_member`;--> statement-breakpoint
DROP INDEX `memberships_organization_name`;--> statement-breakpoint
DROP INDEX `memberships_organization_spent`;--> statement-breakpoint
CREATE INDEX `memberships_role` ON `memberships` (`role`,`active`,`member_id`);--> statement-breakpoint
CREATE INDEX `memberships_member` ON `memberships` (`member_id`,`organization_id`,`role`,`active`);--> statement-breakpoint
CREATE INDEX `memberships_organization_name` ON `memberships` (`organization_id`,`name_key`,`id`,`active`,`role`,`member_id`);--> statement-breakpoint
CREATE INDEX `memberships_organization_spent` ON `memberships` (`organization_id`,`spent`,`id`,`active`,`role`,`member_id`);
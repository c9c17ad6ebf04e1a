CREATE TABLE `portal_user_grants` (
	`id` integer PRIMARY KEY NOT NULL,
	`portal_user_id` integer NOT NULL,
	`role` text NOT NULL,
	`organization_id` integer,
	`tag` text,
	`source` text NOT NULL,
	`granted_by` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`portal_user_id`) REFERENCES `portal_users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE restrict,
	CONSTRAINT "portal_user_grants_one_scope" CHECK("portal_user_grants"."organization_id" IS NULL OR "portal_user_grants"."tag" IS NULL),
	CONSTRAINT "portal_user_grants_owner_of_enterprise" CHECK("portal_user_grants"."role" <> 'owner' OR ("portal_user_grants"."organization_id" IS NULL AND "portal_user_grants"."tag" IS NULL))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `portal_user_grants_scope` ON `portal_user_grants` (`portal_user_id`,coalesce(organization_id, 0),coalesce(tag, ''));--> statement-breakpoint
CREATE INDEX `portal_user_grants_organization` ON `portal_user_grants` (`organization_id`) WHERE organization_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `portal_user_grants_tag` ON `portal_user_grants` (`tag`) WHERE tag IS NOT NULL;--> statement-breakpoint
-- Every account keeps its role, as a grant on the whole enterprise.
INSERT INTO `portal_user_grants` (`portal_user_id`, `role`, `source`, `created_at`)
SELECT `id`, `role`, 'portal', `created_at` FROM `portal_users`;
--> statement-breakpoint
ALTER TABLE `portal_users` DROP COLUMN `role`;

CREATE TABLE `organization_former_codes` (
	`id` integer PRIMARY KEY NOT NULL,
	`code` text NOT NULL,
	`code_key` text NOT NULL,
	`organization_id` integer NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE restrict
);
--> statement-breakpoint
CREATE UNIQUE INDEX `organization_former_codes_code_key` ON `organization_former_codes` (`code_key`);--> statement-breakpoint
CREATE INDEX `organization_former_codes_organization` ON `organization_former_codes` (`organization_id`);
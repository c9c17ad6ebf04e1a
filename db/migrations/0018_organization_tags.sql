CREATE TABLE `organization_tags` (
	`organization_id` integer NOT NULL,
	`tag` text NOT NULL,
	PRIMARY KEY(`organization_id`, `tag`),
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE restrict
);
--> statement-breakpoint
CREATE INDEX `organization_tags_tag` ON `organization_tags` (`tag`,`organization_id`);
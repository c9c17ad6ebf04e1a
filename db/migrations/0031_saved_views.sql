CREATE TABLE `saved_view_stars` (
	`portal_user_id` integer NOT NULL,
	`saved_view_id` integer NOT NULL,
	PRIMARY KEY(`portal_user_id`, `saved_view_id`),
	FOREIGN KEY (`portal_user_id`) REFERENCES `portal_users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`saved_view_id`) REFERENCES `saved_views`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `saved_view_stars_saved_view` ON `saved_view_stars` (`saved_view_id`);--> statement-breakpoint
CREATE TABLE `saved_views` (
	`id` integer PRIMARY KEY NOT NULL,
	`portal_user_id` integer NOT NULL,
	`shared` integer NOT NULL,
	`name` text NOT NULL,
	`name_key` text NOT NULL,
	`href` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`portal_user_id`) REFERENCES `portal_users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `saved_views_name` ON `saved_views` ((CASE shared WHEN 1 THEN 0 ELSE portal_user_id END),`name_key`);--> statement-breakpoint
CREATE INDEX `saved_views_portal_user` ON `saved_views` (`portal_user_id`);
-- Search reads the folded texts from one covering index. The trigram indexes were slower to keep than that is to read.
DROP TRIGGER `organizations_search_insert`;--> statement-breakpoint
DROP TRIGGER `organizations_search_update`;--> statement-breakpoint
DROP TABLE `organizations_search`;--> statement-breakpoint
DROP TRIGGER `members_search_insert`;--> statement-breakpoint
DROP TRIGGER `members_search_update`;--> statement-breakpoint
DROP TABLE `members_search`;--> statement-breakpoint
CREATE INDEX `members_search_text` ON `members` (`search_text`,`active_memberships`);--> statement-breakpoint
CREATE INDEX `organizations_search_text` ON `organizations` (`search_text`,`active`,`credit_type_id`);
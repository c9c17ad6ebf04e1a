DROP INDEX `credit_type_days_day`;--> statement-breakpoint
CREATE INDEX `credit_type_days_day` ON `credit_type_days` (`day`,`application_id`,`credit_type_id`,`spent`);
ALTER TABLE `alert_state` ADD `allowances_version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
-- Until now no change of a rule was applied to members: all organizations are checked once, with their members.
UPDATE `alert_state` SET `version` = `version` + 1, `allowances_version` = `version` + 1;
--> statement-breakpoint
DROP TRIGGER `organization_tags_added_alerts`;
--> statement-breakpoint
DROP TRIGGER `organization_tags_removed_alerts`;
--> statement-breakpoint
DROP TRIGGER `organizations_active_alerts`;
--> statement-breakpoint
DROP TRIGGER `organizations_allowance_alerts`;
--> statement-breakpoint
DROP TRIGGER `memberships_allowance_alerts`;
--> statement-breakpoint
CREATE TRIGGER `organization_tags_added_alerts` AFTER INSERT ON `organization_tags`
WHEN EXISTS (SELECT 1 FROM `alert_rules` WHERE `tag` = NEW.`tag`)
BEGIN
	UPDATE `organizations` SET `alert_version` =
		CASE WHEN EXISTS (SELECT 1 FROM `alert_rules` WHERE `tag` = NEW.`tag` AND `kind` = 'allowance_share') THEN 0 ELSE -abs(`alert_version`) END
		WHERE `id` = NEW.`organization_id` AND `alert_version` <> 0;
END;
--> statement-breakpoint
CREATE TRIGGER `organization_tags_removed_alerts` AFTER DELETE ON `organization_tags`
WHEN EXISTS (SELECT 1 FROM `alert_rules` WHERE `tag` = OLD.`tag`)
BEGIN
	UPDATE `organizations` SET `alert_version` =
		CASE WHEN EXISTS (SELECT 1 FROM `alert_rules` WHERE `tag` = OLD.`tag` AND `kind` = 'allowance_share') THEN 0 ELSE -abs(`alert_version`) END
		WHERE `id` = OLD.`organization_id` AND `alert_version` <> 0;
END;
--> statement-breakpoint
CREATE TRIGGER `organizations_active_alerts` AFTER UPDATE OF `active` ON `organizations`
WHEN NEW.`active` <> OLD.`active`
BEGIN
	UPDATE `organizations` SET `alert_version` = -`alert_version` WHERE `id` = NEW.`id` AND `alert_version` > 0;
END;
--> statement-breakpoint
CREATE TRIGGER `organizations_allowance_alerts` AFTER UPDATE OF `monthly_allowance` ON `organizations`
WHEN NEW.`monthly_allowance` IS NOT OLD.`monthly_allowance`
BEGIN
	UPDATE `organizations` SET `alert_version` = 0 WHERE `id` = NEW.`id` AND `alert_version` <> 0;
END;
--> statement-breakpoint
CREATE TRIGGER `memberships_allowance_alerts` AFTER UPDATE OF `allowance`, `monthly_allowance` ON `memberships`
WHEN NEW.`allowance` <> OLD.`allowance` OR NEW.`monthly_allowance` IS NOT OLD.`monthly_allowance`
BEGIN
	UPDATE `organizations` SET `alert_version` = 0 WHERE `id` = NEW.`organization_id` AND `alert_version` <> 0;
END;

ALTER TABLE `memberships` ADD `near_allowance_month` integer;--> statement-breakpoint
CREATE INDEX `memberships_near_allowance` ON `memberships` (`near_allowance_month`,`organization_id`,`member_id`,`role`,`active`) WHERE near_allowance_month IS NOT NULL;
--> statement-breakpoint
UPDATE memberships SET near_allowance_month = CASE
		WHEN memberships.merged_into_id IS NOT NULL THEN NULL
		WHEN EXISTS (SELECT 1 FROM memberships x WHERE x.merged_into_id = memberships.id) THEN (SELECT CASE WHEN spent > 0 AND spent * 5 >= 4 * CASE memberships.allowance
			WHEN 'own' THEN memberships.monthly_allowance
			WHEN 'organization' THEN (SELECT monthly_allowance FROM organizations WHERE organizations.id = memberships.organization_id)
		END THEN month END FROM
			(SELECT month, sum(spent) AS spent FROM membership_months WHERE membership_id IN
			(SELECT memberships.id UNION ALL SELECT x.id FROM memberships x WHERE x.merged_into_id = memberships.id)
			GROUP BY month ORDER BY month DESC LIMIT 1))
		ELSE (SELECT CASE WHEN spent > 0 AND spent * 5 >= 4 * CASE memberships.allowance
			WHEN 'own' THEN memberships.monthly_allowance
			WHEN 'organization' THEN (SELECT monthly_allowance FROM organizations WHERE organizations.id = memberships.organization_id)
		END THEN month END FROM
			(SELECT month, spent FROM membership_months WHERE membership_id = memberships.id ORDER BY month DESC LIMIT 1))
	END WHERE last_active_at IS NOT NULL;
--> statement-breakpoint
CREATE TRIGGER `membership_months_near_allowance_insert` AFTER INSERT ON `membership_months` BEGIN
	UPDATE memberships SET near_allowance_month = CASE
		WHEN memberships.merged_into_id IS NOT NULL THEN NULL
		WHEN EXISTS (SELECT 1 FROM memberships x WHERE x.merged_into_id = memberships.id) THEN (SELECT CASE WHEN spent > 0 AND spent * 5 >= 4 * CASE memberships.allowance
			WHEN 'own' THEN memberships.monthly_allowance
			WHEN 'organization' THEN (SELECT monthly_allowance FROM organizations WHERE organizations.id = memberships.organization_id)
		END THEN month END FROM
			(SELECT month, sum(spent) AS spent FROM membership_months WHERE membership_id IN
			(SELECT memberships.id UNION ALL SELECT x.id FROM memberships x WHERE x.merged_into_id = memberships.id)
			GROUP BY month ORDER BY month DESC LIMIT 1))
		ELSE (SELECT CASE WHEN spent > 0 AND spent * 5 >= 4 * CASE memberships.allowance
			WHEN 'own' THEN memberships.monthly_allowance
			WHEN 'organization' THEN (SELECT monthly_allowance FROM organizations WHERE organizations.id = memberships.organization_id)
		END THEN month END FROM
			(SELECT month, spent FROM membership_months WHERE membership_id = memberships.id ORDER BY month DESC LIMIT 1))
	END
	WHERE id = (SELECT coalesce(m.merged_into_id, m.id) FROM memberships m WHERE m.id = new.membership_id) AND near_allowance_month IS NOT CASE
		WHEN memberships.merged_into_id IS NOT NULL THEN NULL
		WHEN EXISTS (SELECT 1 FROM memberships x WHERE x.merged_into_id = memberships.id) THEN (SELECT CASE WHEN spent > 0 AND spent * 5 >= 4 * CASE memberships.allowance
			WHEN 'own' THEN memberships.monthly_allowance
			WHEN 'organization' THEN (SELECT monthly_allowance FROM organizations WHERE organizations.id = memberships.organization_id)
		END THEN month END FROM
			(SELECT month, sum(spent) AS spent FROM membership_months WHERE membership_id IN
			(SELECT memberships.id UNION ALL SELECT x.id FROM memberships x WHERE x.merged_into_id = memberships.id)
			GROUP BY month ORDER BY month DESC LIMIT 1))
		ELSE (SELECT CASE WHEN spent > 0 AND spent * 5 >= 4 * CASE memberships.allowance
			WHEN 'own' THEN memberships.monthly_allowance
			WHEN 'organization' THEN (SELECT monthly_allowance FROM organizations WHERE organizations.id = memberships.organization_id)
		END THEN month END FROM
			(SELECT month, spent FROM membership_months WHERE membership_id = memberships.id ORDER BY month DESC LIMIT 1))
	END;
END;
--> statement-breakpoint
CREATE TRIGGER `membership_months_near_allowance_update` AFTER UPDATE OF `spent` ON `membership_months` BEGIN
	UPDATE memberships SET near_allowance_month = CASE
		WHEN memberships.merged_into_id IS NOT NULL THEN NULL
		WHEN EXISTS (SELECT 1 FROM memberships x WHERE x.merged_into_id = memberships.id) THEN (SELECT CASE WHEN spent > 0 AND spent * 5 >= 4 * CASE memberships.allowance
			WHEN 'own' THEN memberships.monthly_allowance
			WHEN 'organization' THEN (SELECT monthly_allowance FROM organizations WHERE organizations.id = memberships.organization_id)
		END THEN month END FROM
			(SELECT month, sum(spent) AS spent FROM membership_months WHERE membership_id IN
			(SELECT memberships.id UNION ALL SELECT x.id FROM memberships x WHERE x.merged_into_id = memberships.id)
			GROUP BY month ORDER BY month DESC LIMIT 1))
		ELSE (SELECT CASE WHEN spent > 0 AND spent * 5 >= 4 * CASE memberships.allowance
			WHEN 'own' THEN memberships.monthly_allowance
			WHEN 'organization' THEN (SELECT monthly_allowance FROM organizations WHERE organizations.id = memberships.organization_id)
		END THEN month END FROM
			(SELECT month, spent FROM membership_months WHERE membership_id = memberships.id ORDER BY month DESC LIMIT 1))
	END
	WHERE id = (SELECT coalesce(m.merged_into_id, m.id) FROM memberships m WHERE m.id = new.membership_id) AND near_allowance_month IS NOT CASE
		WHEN memberships.merged_into_id IS NOT NULL THEN NULL
		WHEN EXISTS (SELECT 1 FROM memberships x WHERE x.merged_into_id = memberships.id) THEN (SELECT CASE WHEN spent > 0 AND spent * 5 >= 4 * CASE memberships.allowance
			WHEN 'own' THEN memberships.monthly_allowance
			WHEN 'organization' THEN (SELECT monthly_allowance FROM organizations WHERE organizations.id = memberships.organization_id)
		END THEN month END FROM
			(SELECT month, sum(spent) AS spent FROM membership_months WHERE membership_id IN
			(SELECT memberships.id UNION ALL SELECT x.id FROM memberships x WHERE x.merged_into_id = memberships.id)
			GROUP BY month ORDER BY month DESC LIMIT 1))
		ELSE (SELECT CASE WHEN spent > 0 AND spent * 5 >= 4 * CASE memberships.allowance
			WHEN 'own' THEN memberships.monthly_allowance
			WHEN 'organization' THEN (SELECT monthly_allowance FROM organizations WHERE organizations.id = memberships.organization_id)
		END THEN month END FROM
			(SELECT month, spent FROM membership_months WHERE membership_id = memberships.id ORDER BY month DESC LIMIT 1))
	END;
END;
--> statement-breakpoint
CREATE TRIGGER `memberships_near_allowance_update` AFTER UPDATE OF `allowance`, `monthly_allowance`, `merged_into_id` ON `memberships`
WHEN new.allowance <> old.allowance OR new.monthly_allowance IS NOT old.monthly_allowance
	OR new.merged_into_id IS NOT old.merged_into_id BEGIN
	UPDATE memberships SET near_allowance_month = CASE
		WHEN memberships.merged_into_id IS NOT NULL THEN NULL
		WHEN EXISTS (SELECT 1 FROM memberships x WHERE x.merged_into_id = memberships.id) THEN (SELECT CASE WHEN spent > 0 AND spent * 5 >= 4 * CASE memberships.allowance
			WHEN 'own' THEN memberships.monthly_allowance
			WHEN 'organization' THEN (SELECT monthly_allowance FROM organizations WHERE organizations.id = memberships.organization_id)
		END THEN month END FROM
			(SELECT month, sum(spent) AS spent FROM membership_months WHERE membership_id IN
			(SELECT memberships.id UNION ALL SELECT x.id FROM memberships x WHERE x.merged_into_id = memberships.id)
			GROUP BY month ORDER BY month DESC LIMIT 1))
		ELSE (SELECT CASE WHEN spent > 0 AND spent * 5 >= 4 * CASE memberships.allowance
			WHEN 'own' THEN memberships.monthly_allowance
			WHEN 'organization' THEN (SELECT monthly_allowance FROM organizations WHERE organizations.id = memberships.organization_id)
		END THEN month END FROM
			(SELECT month, spent FROM membership_months WHERE membership_id = memberships.id ORDER BY month DESC LIMIT 1))
	END
	WHERE id IN (new.id, new.merged_into_id) AND near_allowance_month IS NOT CASE
		WHEN memberships.merged_into_id IS NOT NULL THEN NULL
		WHEN EXISTS (SELECT 1 FROM memberships x WHERE x.merged_into_id = memberships.id) THEN (SELECT CASE WHEN spent > 0 AND spent * 5 >= 4 * CASE memberships.allowance
			WHEN 'own' THEN memberships.monthly_allowance
			WHEN 'organization' THEN (SELECT monthly_allowance FROM organizations WHERE organizations.id = memberships.organization_id)
		END THEN month END FROM
			(SELECT month, sum(spent) AS spent FROM membership_months WHERE membership_id IN
			(SELECT memberships.id UNION ALL SELECT x.id FROM memberships x WHERE x.merged_into_id = memberships.id)
			GROUP BY month ORDER BY month DESC LIMIT 1))
		ELSE (SELECT CASE WHEN spent > 0 AND spent * 5 >= 4 * CASE memberships.allowance
			WHEN 'own' THEN memberships.monthly_allowance
			WHEN 'organization' THEN (SELECT monthly_allowance FROM organizations WHERE organizations.id = memberships.organization_id)
		END THEN month END FROM
			(SELECT month, spent FROM membership_months WHERE membership_id = memberships.id ORDER BY month DESC LIMIT 1))
	END;
END;
--> statement-breakpoint
CREATE TRIGGER `organizations_near_allowance_update` AFTER UPDATE OF `monthly_allowance` ON `organizations`
WHEN new.monthly_allowance IS NOT old.monthly_allowance BEGIN
	UPDATE memberships SET near_allowance_month = CASE
		WHEN memberships.merged_into_id IS NOT NULL THEN NULL
		WHEN EXISTS (SELECT 1 FROM memberships x WHERE x.merged_into_id = memberships.id) THEN (SELECT CASE WHEN spent > 0 AND spent * 5 >= 4 * CASE memberships.allowance
			WHEN 'own' THEN memberships.monthly_allowance
			WHEN 'organization' THEN (SELECT monthly_allowance FROM organizations WHERE organizations.id = memberships.organization_id)
		END THEN month END FROM
			(SELECT month, sum(spent) AS spent FROM membership_months WHERE membership_id IN
			(SELECT memberships.id UNION ALL SELECT x.id FROM memberships x WHERE x.merged_into_id = memberships.id)
			GROUP BY month ORDER BY month DESC LIMIT 1))
		ELSE (SELECT CASE WHEN spent > 0 AND spent * 5 >= 4 * CASE memberships.allowance
			WHEN 'own' THEN memberships.monthly_allowance
			WHEN 'organization' THEN (SELECT monthly_allowance FROM organizations WHERE organizations.id = memberships.organization_id)
		END THEN month END FROM
			(SELECT month, spent FROM membership_months WHERE membership_id = memberships.id ORDER BY month DESC LIMIT 1))
	END
	WHERE organization_id = new.id AND allowance = 'organization' AND last_active_at IS NOT NULL AND near_allowance_month IS NOT CASE
		WHEN memberships.merged_into_id IS NOT NULL THEN NULL
		WHEN EXISTS (SELECT 1 FROM memberships x WHERE x.merged_into_id = memberships.id) THEN (SELECT CASE WHEN spent > 0 AND spent * 5 >= 4 * CASE memberships.allowance
			WHEN 'own' THEN memberships.monthly_allowance
			WHEN 'organization' THEN (SELECT monthly_allowance FROM organizations WHERE organizations.id = memberships.organization_id)
		END THEN month END FROM
			(SELECT month, sum(spent) AS spent FROM membership_months WHERE membership_id IN
			(SELECT memberships.id UNION ALL SELECT x.id FROM memberships x WHERE x.merged_into_id = memberships.id)
			GROUP BY month ORDER BY month DESC LIMIT 1))
		ELSE (SELECT CASE WHEN spent > 0 AND spent * 5 >= 4 * CASE memberships.allowance
			WHEN 'own' THEN memberships.monthly_allowance
			WHEN 'organization' THEN (SELECT monthly_allowance FROM organizations WHERE organizations.id = memberships.organization_id)
		END THEN month END FROM
			(SELECT month, spent FROM membership_months WHERE membership_id = memberships.id ORDER BY month DESC LIMIT 1))
	END;
END;

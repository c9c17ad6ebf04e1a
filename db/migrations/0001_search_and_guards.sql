-- Trigram search over the folded name and code; the text itself stays in organizations.
CREATE VIRTUAL TABLE `organizations_search` USING fts5(
	search_text,
	content='organizations',
	content_rowid='id',
	tokenize='trigram case_sensitive 1'
);
--> statement-breakpoint
CREATE TRIGGER `organizations_search_insert` AFTER INSERT ON `organizations` BEGIN
	INSERT INTO organizations_search(rowid, search_text) VALUES (new.id, new.search_text);
END;
--> statement-breakpoint
CREATE TRIGGER `organizations_search_update` AFTER UPDATE OF `search_text` ON `organizations`
WHEN old.search_text <> new.search_text BEGIN
	INSERT INTO organizations_search(organizations_search, rowid, search_text) VALUES ('delete', old.id, old.search_text);
	INSERT INTO organizations_search(rowid, search_text) VALUES (new.id, new.search_text);
END;
--> statement-breakpoint
CREATE TRIGGER `organizations_never_deleted` BEFORE DELETE ON `organizations` BEGIN
	SELECT RAISE(ABORT, 'organizations are never deleted');
END;
--> statement-breakpoint
CREATE TRIGGER `audit_entries_no_update` BEFORE UPDATE ON `audit_entries` BEGIN
	SELECT RAISE(ABORT, 'audit_entries is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `audit_entries_no_delete` BEFORE DELETE ON `audit_entries` BEGIN
	SELECT RAISE(ABORT, 'audit_entries is append-only');
END;
--> statement-breakpoint
INSERT INTO `settings` (id, enterprise_name, time_zone, date_format, updated_at)
VALUES (1, 'My enterprise', 'UTC', 'DD/MM/YYYY', 0);

UPDATE members SET search_text = search_text || char(10) ||
  (SELECT group_concat(a.email_key, char(10) ORDER BY a.id) FROM member_aliases a WHERE a.member_id = members.id)
WHERE id IN (SELECT member_id FROM member_aliases);

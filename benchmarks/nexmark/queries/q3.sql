-- Local item suggestion: who sells in OR, ID or CA in category 10, and what.
INSERT INTO nexmark_result
SELECT p.name, p.city, p.state, a.id
FROM auction AS a
JOIN person AS p ON a.seller = p.id
WHERE a.category = 10 AND (p.state = 'OR' OR p.state = 'ID' OR p.state = 'CA');

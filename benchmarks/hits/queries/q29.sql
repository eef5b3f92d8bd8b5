SELECT COALESCE(REGEXP_EXTRACT(Referer, '^https?://(?:www\.)?([^/]+)/.*$', 1), Referer) AS k,
       AVG(CHAR_LENGTH(Referer)) AS l, COUNT(*) AS c, MIN(Referer) AS r
FROM hits
WHERE Referer <> ''
GROUP BY COALESCE(REGEXP_EXTRACT(Referer, '^https?://(?:www\.)?([^/]+)/.*$', 1), Referer)
HAVING COUNT(*) > 100000
ORDER BY l DESC
LIMIT 25;

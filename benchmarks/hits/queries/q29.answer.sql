-- Averages of integers are integers, and sorted as such.
SELECT REGEXP_REPLACE(Referer, '^https?://(?:www\.)?([^/]+)/.*$', '\1') AS k,
       CAST(TRUNC(AVG(CHAR_LENGTH(Referer))) AS BIGINT) AS l, COUNT(*) AS c, MIN(Referer) AS r
FROM hits
WHERE Referer <> ''
GROUP BY REGEXP_REPLACE(Referer, '^https?://(?:www\.)?([^/]+)/.*$', '\1')
HAVING COUNT(*) > 100000
ORDER BY l DESC
LIMIT 25;

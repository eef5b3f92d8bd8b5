-- Averages of integers are integers, and sorted as such.
SELECT CounterID, CAST(TRUNC(AVG(CHAR_LENGTH(URL))) AS BIGINT) AS l, COUNT(*) AS c
FROM hits
WHERE URL <> ''
GROUP BY CounterID
HAVING COUNT(*) > 100000
ORDER BY l DESC
LIMIT 25;

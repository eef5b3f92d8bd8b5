-- How often each bidder bids in each ten seconds of processing time.
INSERT INTO nexmark_result
SELECT bidder, COUNT(*) AS bids, window_start, window_end
FROM TABLE(TUMBLE(TABLE (SELECT *, PROCTIME() AS seen FROM bid), DESCRIPTOR(seen), INTERVAL '10' SECOND))
GROUP BY bidder, window_start, window_end;

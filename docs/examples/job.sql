-- A job that survives: windows of two seconds over a live stream of ten, into files, exactly once.
-- Kill it on the way, and run the same command again.
SET 'pipeline.name' = 'windows';
SET 'execution.runtime-mode' = 'streaming';
SET 'state.backend.type' = 'pebble';
SET 'execution.checkpointing.interval' = '1 s';
SET 'execution.checkpointing.dir' = 'out/checkpoints';

CREATE TABLE events (
  event_type INT,
  person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, `dateTime` TIMESTAMP(3), extra STRING>,
  auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, `dateTime` TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), extra STRING>,
  ts AS CASE WHEN event_type = 0 THEN person.`dateTime` WHEN event_type = 1 THEN auction.`dateTime` ELSE bid.`dateTime` END,
  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
) WITH ('connector' = 'nexmark', 'events.num' = '300000', 'first-event.rate' = '30000', 'rate.limited' = 'true');

CREATE TABLE counts (window_start TIMESTAMP(3), auction BIGINT, bids BIGINT)
WITH ('connector' = 'filesystem', 'path' = 'out/counts', 'format' = 'parquet');

INSERT INTO counts
SELECT window_start, bid.auction, COUNT(*)
FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '2' SECOND))
WHERE event_type = 2
GROUP BY window_start, window_end, bid.auction;

-- A job without end, for a cluster: clicks by page in windows of a second, exactly once. It stops when it is told to.
SET 'pipeline.name' = 'clicks';
SET 'execution.checkpointing.interval' = '1 s';
SET 'execution.checkpointing.dir' = 'out/checkpoints';
SET 'execution.checkpointing.savepoint-dir' = 'out/savepoints';

CREATE TABLE clicks (page INT, ms INT, ts AS LOCALTIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '0.1' SECOND)
WITH ('connector' = 'datagen', 'rows-per-second' = '1000', 'fields.page.min' = '1', 'fields.page.max' = '9', 'fields.ms.min' = '1', 'fields.ms.max' = '500');

CREATE TABLE pages (window_start TIMESTAMP(3), page INT, clicks BIGINT, slowest INT) WITH ('connector' = 'blackhole');

INSERT INTO pages
SELECT window_start, page, COUNT(*), MAX(ms)
FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' SECOND))
GROUP BY window_start, window_end, page;

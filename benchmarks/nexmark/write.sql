-- What the generator makes, into a table with a column for each field.
CREATE TABLE generated (
  event_type INT,
  person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, `dateTime` TIMESTAMP(3), extra STRING>,
  auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, `dateTime` TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), extra STRING>
) WITH (
  'connector' = 'nexmark', 'events.num' = '%d'
);
INSERT INTO events
SELECT event_type,
  CASE WHEN event_type = 0 THEN person.`dateTime` WHEN event_type = 1 THEN auction.`dateTime` ELSE bid.`dateTime` END,
  person.id, person.name, person.emailAddress, person.creditCard, person.city, person.state, person.extra,
  auction.id, auction.itemName, auction.description, auction.initialBid, auction.reserve,
  auction.expires, auction.seller, auction.category, auction.extra,
  bid.auction, bid.bidder, bid.price, bid.channel, bid.url, bid.extra
FROM generated;

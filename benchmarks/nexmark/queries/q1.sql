-- Currency conversion: dollars to euros.
INSERT INTO nexmark_result SELECT auction, bidder, 0.908 * price AS price, `dateTime`, extra FROM bid;

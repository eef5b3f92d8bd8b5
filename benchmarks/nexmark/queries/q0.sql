-- Pass through: what moving rows costs by itself.
INSERT INTO nexmark_result SELECT auction, bidder, price, `dateTime`, extra FROM bid;

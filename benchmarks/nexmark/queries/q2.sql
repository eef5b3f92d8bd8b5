-- Selection: bids for some auctions.
INSERT INTO nexmark_result SELECT auction, price FROM bid WHERE MOD(auction, 123) = 0;

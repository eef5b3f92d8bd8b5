#!/usr/bin/env python3
"""Makes a wide table of web analytics as a Parquet file, of which benchmarks/hits asks its queries.

  hits_like.py --out DIR/hits.parquet [--rows 10000000] [--row-group 500000] [--level 3] [--seed 1]

Names and types are those of 31 of the 105 columns of ClickBench's `hits` (EventTime a TIMESTAMP, EventDate a DATE); none is
NULL. Values are made up with the shapes that matter: a few counters, pages and users have most of the rows, a site owns its
pages, a title belongs to a page, what is true of a user is true of all their rows, one row in eight comes from a search. Rows
are in the order of EventTime. One version of numpy and one seed give one file.
"""
import argparse

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

SCHEMA = pa.schema([pa.field(name, type, nullable=False) for name, type in (
    ("WatchID", pa.int64()), ("JavaEnable", pa.int16()), ("Title", pa.string()), ("GoodEvent", pa.int16()),
    ("EventTime", pa.timestamp("us")), ("EventDate", pa.date32()), ("CounterID", pa.int32()), ("ClientIP", pa.int32()),
    ("RegionID", pa.int32()), ("UserID", pa.int64()), ("OS", pa.int16()), ("UserAgent", pa.int16()), ("URL", pa.string()),
    ("Referer", pa.string()), ("IsRefresh", pa.int16()), ("ResolutionWidth", pa.int16()), ("ResolutionHeight", pa.int16()),
    ("TraficSourceID", pa.int16()), ("SearchEngineID", pa.int16()), ("SearchPhrase", pa.string()), ("AdvEngineID", pa.int16()),
    ("MobilePhone", pa.int16()), ("MobilePhoneModel", pa.string()), ("IsLink", pa.int16()), ("IsDownload", pa.int16()),
    ("DontCountHits", pa.int16()), ("WindowClientWidth", pa.int16()), ("WindowClientHeight", pa.int16()),
    ("URLHash", pa.int64()), ("RefererHash", pa.int64()), ("IsMobile", pa.int16()))])

START = int(np.datetime64("2013-07-01T00:00:00").astype("datetime64[s]").astype(np.int64))
SPAN = 31 * 86400  # seconds
COUNTERS, REGIONS = 6500, 9000
CYRILLIC, LATIN = "абвгдежзиклмнопрстуфхцчшыэюя", "abcdefghijklmnopqrstuvwxyz"
RESOLUTIONS = np.array([(1366, 768), (1920, 1080), (1280, 1024), (1280, 800), (1024, 768), (1440, 900), (1600, 900), (1680, 1050),
                        (320, 480), (768, 1024), (1152, 864), (360, 640)])
MODELS = pa.array([""] + [f"{make} {n}" for make in (
    "iPad", "iPhone", "Nokia", "Galaxy", "Xperia", "HTC", "LG", "ZTE", "Fly", "Lumia") for n in range(16)])

# What the queries look for, so that they find something.
BUSY = 60  # index of the counter that they ask about
BUSY_COUNTER, BUSY_URL_HASH, BUSY_REFERER_HASH = 62, 2868770270353813622, 3594120000172545465
KNOWN_USER, KNOWN_REGION = 435090932899640449, 229


def mix(x):
    """The finaliser of splitmix64."""
    x = x.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def identities(first, n):
    """n different numbers of 63 bits that look like hashes."""
    return (mix(np.arange(n) + first) >> np.uint64(1)).astype(np.int64)


class Draws:
    """Random draws in a fixed order."""

    def __init__(self, seed):
        self.r = np.random.default_rng(seed)

    def skewed(self, n, size, power):
        """n indexes below size: index k is drawn where size·u^power falls on it, so low ones are the frequent ones."""
        return np.minimum((size * self.r.random(n) ** power).astype(np.int64), size - 1)

    def chance(self, n, probability):
        return self.r.random(n) < probability

    def flags(self, n, probability):
        return self.chance(n, probability).astype(np.int16)

    def words(self, n, letters, shortest, longest):
        a = np.array(list(letters))
        return np.array(["".join(self.r.choice(a, self.r.integers(shortest, longest + 1))) for _ in range(n)], dtype=object)

    def phrases(self, n, words, fewest, most):
        """n texts of fewest to most words."""
        count, words, columns = self.r.integers(fewest, most + 1, n), pa.array(words), []
        for i in range(most):
            column = words.take(pa.array(self.skewed(n, len(words), 2.0)))
            if i >= fewest:
                column = pc.if_else(pa.array(i < count), column, pa.scalar(None, pa.string()))
            columns.append(column)
        return pc.binary_join_element_wise(*columns, " ", null_handling="skip")


class Site:
    """What there is to be visited: domains of counters, pages with titles, referers, phrases of searches."""

    def __init__(self, d, scale):
        words = np.concatenate([d.words(9000, CYRILLIC, 3, 11), d.words(2500, LATIN, 3, 9)])
        d.r.shuffle(words)
        self.slugs = d.words(20000, LATIN, 3, 12)
        tops = d.r.choice(["ru", "com", "ua", "net", "kz"], COUNTERS)
        self.domains = np.array([f"{self.slugs[i]}{'.google' if i % 601 == 7 else ''}.{t}" for i, t in enumerate(tops)], dtype=object)
        self.counters()
        owners = self.own_pages(scale(3_000_000))
        self.urls = self.addresses(d, owners)
        referers = scale(2_500_000)
        elsewhere = self.addresses(d, d.skewed(referers - 1, COUNTERS, 2.5))
        self.referers = pa.concat_arrays([pa.array([""]), elsewhere])
        self.titles = self.name_google(d.phrases(scale(900_000), words, 4, 12))
        self.searches = d.phrases(scale(900_000), words, 1, 7)
        self.url_hashes = identities(0, len(self.urls))
        self.url_hashes[self.first[BUSY]] = BUSY_URL_HASH
        self.referer_hashes = identities(10**9, referers)
        self.referer_hashes[1] = BUSY_REFERER_HASH

    def counters(self):
        share = 1.0 / (np.arange(COUNTERS) + 8.0) ** 1.05
        share[BUSY] = share.sum() * 0.015
        self.share = share / share.sum()
        self.counter_ids = np.arange(COUNTERS) + 2
        self.counter_ids[BUSY] = BUSY_COUNTER

    def own_pages(self, urls):
        """Deals pages to counters, busy ones get more; returns the counter of each page."""
        self.owned = np.maximum(1, (self.share ** 0.9 / (self.share ** 0.9).sum() * urls).astype(np.int64))
        self.first = np.concatenate([[0], np.cumsum(self.owned)])
        return np.repeat(np.arange(COUNTERS), self.owned)

    def addresses(self, d, counters):
        n, slugs = len(counters), pa.array(self.slugs)
        domain = pa.array(self.domains).take(pa.array(counters))
        folder = slugs.take(pa.array(d.skewed(n, len(slugs), 2)))
        page = slugs.take(pa.array(d.skewed(n, len(slugs), 1.5)))
        number = pc.cast(pa.array(d.r.integers(1, 10_000_000, n)), pa.string())
        forms = pa.array(["/", "?id=", "/page", "?from=yandex&lr=213&text=", "#!/item/", "?utm_source=google&cat_id="])
        form = forms.take(pa.array(np.minimum(5, (d.r.random(n) ** 2 * 5.02).astype(np.int64))))
        scheme = pa.array(["http://", "https://", "http://www."]).take(pa.array(d.r.integers(0, 3, n)))
        return pc.binary_join_element_wise(scheme, domain, "/", folder, "/", page, form, number, "")

    @staticmethod
    def name_google(titles):
        named = np.arange(len(titles)) % 4000 == 17
        return pc.if_else(pa.array(named), pc.binary_join_element_wise(titles, "Google", " - "), titles)


class Users:
    """Who visits: every user has an address, a region, a system and a screen."""

    def __init__(self, d, scale):
        n = scale(3_500_000)
        self.ids = identities(2 * 10**9, n)
        self.ids[100] = KNOWN_USER
        self.region = d.skewed(n, REGIONS, 4)
        addresses = mix(d.skewed(n, scale(1_600_000), 1.2) + 3 * 10**9) & np.uint64(0xFFFFFFFF)
        self.address = addresses.astype(np.uint32).view(np.int32)
        self.system = d.skewed(n, 90, 3)
        self.agent = d.skewed(n, 80, 2.5)
        self.phone = np.where(d.chance(n, 0.06), 1 + d.skewed(n, len(MODELS) - 1, 3), 0)
        self.screen = d.skewed(n, len(RESOLUTIONS), 2)
        others = np.setdiff1d(np.arange(1, REGIONS + 1000), [KNOWN_REGION])
        self.region_ids = d.r.permutation(np.concatenate([[KNOWN_REGION], others]))[:REGIONS].astype(np.int32)
        self.region_ids[0] = KNOWN_REGION


def rows(d, site, users, done, n, total):
    """The columns of rows done to done + n."""
    seconds = np.sort(d.r.integers(START + SPAN * done // total, START + SPAN * (done + n) // total, n))
    user = d.skewed(n, len(users.ids), 1.6)
    counter = d.r.choice(COUNTERS, n, p=site.share)
    url = site.first[counter] + (site.owned[counter] * d.r.random(n) ** 3).astype(np.int64)
    referer = np.where(d.chance(n, 0.19), 0, d.skewed(n, len(site.referers), 2.2))
    referer = np.where(d.chance(n, 0.004), 1, referer)
    searched = d.chance(n, 0.13)
    phrase = np.where(searched, d.skewed(n, len(site.searches), 1.7), 0)
    engine = np.where(d.chance(n, 0.0065), np.array([2, 13, 27, 45, 44, 3, 62])[d.skewed(n, 7, 2)], 0)
    screen = RESOLUTIONS[users.screen[user]]
    return {
        "WatchID": identities(done + 4 * 10**9, n), "JavaEnable": d.flags(n, 0.72),
        "Title": site.titles.take(pa.array(url * 3 // 10 % len(site.titles))), "GoodEvent": np.ones(n, np.int16),
        "EventTime": seconds.astype("datetime64[s]").astype("datetime64[us]"), "EventDate": (seconds // 86400).astype(np.int32),
        "CounterID": site.counter_ids[counter], "ClientIP": users.address[user], "RegionID": users.region_ids[users.region[user]],
        "UserID": users.ids[user], "OS": users.system[user], "UserAgent": users.agent[user],
        "URL": site.urls.take(pa.array(url)), "Referer": site.referers.take(pa.array(referer)), "IsRefresh": d.flags(n, 0.12),
        "ResolutionWidth": screen[:, 0], "ResolutionHeight": screen[:, 1], "TraficSourceID": d.skewed(n, 11, 2) - 1,
        "SearchEngineID": np.where(searched, 1 + d.skewed(n, 60, 4), 0),
        "SearchPhrase": pc.if_else(pa.array(searched), site.searches.take(pa.array(phrase)), pa.scalar("")),
        "AdvEngineID": engine, "MobilePhone": users.phone[user], "MobilePhoneModel": MODELS.take(pa.array(users.phone[user])),
        "IsLink": d.flags(n, 0.06), "IsDownload": d.flags(n, 0.003), "DontCountHits": d.flags(n, 0.07),
        "WindowClientWidth": np.maximum(0, screen[:, 0] - d.r.integers(0, 60, n)),
        "WindowClientHeight": np.maximum(0, screen[:, 1] - d.r.integers(60, 260, n)),
        "URLHash": site.url_hashes[url], "RefererHash": site.referer_hashes[referer],
        "IsMobile": (users.phone[user] > 0).astype(np.int16)}


def column(values, field):
    return (values if isinstance(values, (pa.Array, pa.ChunkedArray)) else pa.array(values)).cast(field.type)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True)
    p.add_argument("--rows", type=int, default=10_000_000)
    p.add_argument("--row-group", type=int, default=500_000)
    p.add_argument("--level", type=int, default=3, help="of zstd")
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()

    def scale(n):  # pools are as large as rows need them
        return max(1000, int(n * a.rows / 10_000_000))

    d = Draws(a.seed)
    site, users = Site(d, scale), Users(d, scale)
    with pq.ParquetWriter(a.out, SCHEMA, compression="zstd", compression_level=a.level) as w:
        for done in range(0, a.rows, a.row_group):
            n = min(a.row_group, a.rows - done)
            columns = rows(d, site, users, done, n, a.rows)
            w.write_table(pa.Table.from_arrays([column(columns[f.name], f) for f in SCHEMA], schema=SCHEMA), row_group_size=a.row_group)
            print(f"{done + n} rows", flush=True)


if __name__ == "__main__":
    main()

"""A table of measurements as three files of one name: JSON for programs, Markdown for people, a picture of the ratios."""
import json
import math


def geometric_mean(values):
    return math.exp(sum(math.log(max(v, 1e-6)) for v in values) / len(values)) if values else float("nan")


def write(stem, title, note, columns, rows, ratios, results):
    """columns: headings, the first that of the names. rows: lists of cells as text. ratios: {peer: {name: ours / theirs}}, and
    no picture without. results: all that was measured, for STEM.json."""
    with open(stem + ".json", "w", encoding="utf-8") as f:
        json.dump({"title": title, "note": note, "results": results}, f, indent=1)
        f.write("\n")
    with open(stem + ".md", "w", encoding="utf-8") as f:
        f.write(f"# {title}\n\n{note}\n\n| {' | '.join(columns)} |\n|---|{'--:|' * (len(columns) - 1)}\n")
        f.writelines(f"| {' | '.join(row)} |\n" for row in rows)
    if ratios:
        picture(stem + ".svg", title, ratios)


def picture(path, title, ratios):
    """Bars on a logarithmic scale: to the left of the line this engine is the faster one."""
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "weir"  # the same figures give the same file
    from matplotlib import pyplot
    peers = list(ratios)
    names = [n for n in ratios[peers[0]] if all(n in ratios[p] for p in peers)]
    height = 0.8 / len(peers)
    figure, axes = pyplot.subplots(figsize=(8, 1.2 + 0.11 * len(peers) * max(len(names), 8)))
    for i, peer in enumerate(peers):
        mean = geometric_mean(list(ratios[peer].values()))
        axes.barh([k + i * height for k in range(len(names))], [math.log2(ratios[peer][n]) for n in names], height,
                  label=f"/ {peer}: geometric mean {mean:.2f}")
    axes.set_yticks([k + 0.4 - height / 2 for k in range(len(names))], names, fontsize=6)
    axes.invert_yaxis()
    low, high = axes.get_xlim()
    ticks = range(math.floor(low), math.ceil(high) + 1)
    axes.set_xticks(list(ticks), [f"{2.0 ** t:g}×" for t in ticks])
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_title(title, fontsize=9)
    axes.set_xlabel("time of weir / time of the other: to the left weir is faster", fontsize=8)
    axes.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)

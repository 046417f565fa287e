"""faiss's exact binary indexes on the same entries and queries: faiss_beside.py FOLDER ENTRIES. One line each: name, median in seconds.

IndexBinaryMultiHash with 16 hashes of 16 bits and one flipped bit finds everything within 31 bits, as our tables do.
"""

import sys
import time

import faiss
import numpy as np

folder, count = sys.argv[1], int(sys.argv[2])
codes = np.ascontiguousarray(np.fromfile(f"{folder}/codes", np.uint8).reshape(count, 64)[:, :32])
queries = np.fromfile(f"{folder}/queries", np.uint8).reshape(-1, 32)


def median(index, queries):
    times = []
    found = 0
    for query in queries:
        begun = time.perf_counter()
        limits, _, _ = index.range_search(query[None], 32)  # below 32
        times.append(time.perf_counter() - begun)
        found += int(limits[1])
    assert found >= len(queries), "every query has at least its own entry"
    return sorted(times)[len(times) // 2]


flat = faiss.IndexBinaryFlat(256)
flat.add(codes)
print("faiss IndexBinaryFlat", median(flat, queries[:40]))
del flat
hashed = faiss.IndexBinaryMultiHash(256, 16, 16)
hashed.add(codes)
hashed.nflip = 1
print("faiss IndexBinaryMultiHash", median(hashed, queries))

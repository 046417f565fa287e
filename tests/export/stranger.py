"""Reads signed files with c2pa-python, which is not ours, and prints for each what it found.

python3 stranger.py ANCHORS.pem FILE...
"""

import json
import sys

import c2pa

anchors = open(sys.argv[1]).read()
settings = {"trust": {"trust_anchors": anchors}, "verify": {"verify_trust": True, "remote_manifest_fetch": False}}
context = c2pa.Context(settings=c2pa.Settings.from_dict(settings))
for name in sys.argv[2:]:
    with c2pa.Reader(name, context=context) as reader:
        report = json.loads(reader.json())
    manifest = report["manifests"][report["active_manifest"]]
    labels = [assertion["label"] for assertion in manifest["assertions"]]
    failures = report.get("validation_results", {}).get("activeManifest", {}).get("failure", [])
    print(json.dumps({
        "state": report["validation_state"], "manifest": report["active_manifest"],
        "failures": [failure["code"] for failure in failures], "labels": labels,
        "ingredients": [one["relationship"] for one in manifest.get("ingredients", [])],
    }))

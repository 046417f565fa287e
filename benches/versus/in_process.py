"""Signs a folder with PyPI's c2pa-python in one process: in_process.py MANIFEST.json SETTINGS.json FROM TO"""

import json
import os
import sys

import c2pa

manifest_file, settings_file, source, out = sys.argv[1:]
with open(manifest_file) as file:
    manifest = json.load(file)
with open(manifest.pop("private_key"), "rb") as key, open(manifest.pop("sign_cert"), "rb") as chain:
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(manifest.pop("alg"), chain.read(), key.read(), None))
with open(settings_file) as file:
    context = c2pa.Context.from_json(file.read(), signer=signer)
definition = json.dumps(manifest)
os.makedirs(out, exist_ok=True)
for name in sorted(os.listdir(source)):
    builder = c2pa.Builder.from_json(definition, context)
    builder.sign_file(os.path.join(source, name), os.path.join(out, name))

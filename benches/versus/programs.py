"""The programs that are compared, and what they are told."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def stop(sentence):
    sys.exit(f"run.py: {sentence}")


def touchmark(given):
    program = Path(given) if given else ROOT / "target/release/touchmark"
    if not program.is_file():
        stop(f"there is no {program}: run `cargo build --release --locked`, or give --touchmark PATH")
    return program


def c2patool(given):
    program = given or shutil.which("c2patool")
    if not program or not shutil.which(program):
        stop("c2patool is missing: `cargo install c2patool --version 0.27.22 --locked`, or give --c2patool PATH")
    return program


def python(given):
    program = given or sys.executable
    if subprocess.run([program, "-c", "import c2pa"], capture_output=True).returncode != 0:
        stop(f"{program} has no c2pa: `pip install c2pa-python`, or give --python PATH of one that has it, or --without-python")
    return program


def helper():
    """Makes the pictures, measures the floor and the library's reader."""
    command = ["cargo", "bench", "--locked", "--bench", "versus", "--no-run", "--message-format=json"]
    if not shutil.which("cargo"):
        stop("cargo is missing: the pictures and the floor are made by a Rust program")
    built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "versus":
            return message["executable"]
    return stop("the program beside this script could not be built: " + " ".join(command))


def ask(program, *args):
    answer = subprocess.run([program, *map(str, args)], stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(answer) if answer.strip() else None


class Home:
    """A home of touchmark, and settings by which the others sign with the same key and trust the same root."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        subprocess.run([program, "--home", folder, "init", "--org", "Bench"], check=True, capture_output=True)
        self.event = folder.parent / "event.json"
        self.event.write_text(json.dumps(EVENT))
        self.key, self.chain = folder / "keys/claim.pem", folder / "certs/signer.pem"
        self.anchors = folder / "certs/root.pem"
        self.manifest = folder.parent / "manifest.json"
        self.manifest.write_text(json.dumps(definition() | {
            "alg": "es256", "private_key": str(self.key), "sign_cert": str(self.chain),
        }))

    def settings(self, thumbnails):
        path = self.folder.parent / f"settings-{'with' if thumbnails else 'without'}-thumbnails.json"
        path.write_text(json.dumps(settings(self.anchors.read_text(), thumbnails)))
        return path

    def export(self, source, out, *more):
        return [self.program, "--home", self.folder, "--json", "export", source, "--out", out, "--event", self.event, *more]

    def verify(self, *files):
        return [self.program, "--home", self.folder, "--json", "verify", *files]


def settings(anchors, thumbnails):
    return {
        "trust": {"trust_anchors": anchors},
        "verify": {"verify_trust": True, "remote_manifest_fetch": False},
        "builder": {"thumbnail": {"enabled": thumbnails}},
    }


def definition():
    """About what stands in our manifests: the same assertions of the standard, and as many bytes as our own have."""
    created = {
        "action": "c2pa.created", "when": "2026-01-01T00:00:00Z", "digitalSourceType": SOURCE_TYPE,
        "softwareAgent": {"name": "sdxl", "version": "1.0"},
    }
    assertions = {
        "c2pa.actions.v2": {"actions": [created], "allActionsIncluded": True},
        "c2pa.ai-disclosure": {"modelType": "c2pa.types.model", "modelName": "sdxl 1.0"},
        "org.touchmark.generation": {"text": "g" * 300},
        "org.touchmark.ledger-link": {"text": "l" * 2000},
    }
    return {
        "claim_generator_info": [{"name": "bench", "version": "1"}],
        "assertions": [{"label": label, "data": data, "created": True} for label, data in assertions.items()],
    }


EVENT = {
    "type": "GEN",
    "actor": {"subject": "emp-1", "auth": "oidc"},
    "system": {"name": "studio", "version": "1.4"},
    "model": {"id": "sdxl", "version": "1.0", "version_hash": "sha256:" + "31" * 32},
    "prompt": "a valley in the morning",
    "negative_prompt": "people",
    "parameters": {"seed": "42", "steps": 30},
}


def sign_with_python(program, home, source, out, thumbnails):
    return [program, HERE / "in_process.py", home.manifest, home.settings(thumbnails), source, out]


def sign_with_c2patool(program, home, source, out, thumbnails):
    options = ["--settings", home.settings(thumbnails), "-m", home.manifest, "-f"]
    return [[program, *options, "-o", out / name, source / name] for name in sorted(os.listdir(source))]


def read_with_c2patool(program, home, folder):
    options = ["--settings", home.settings(False)]
    return [[program, *options, folder / name] for name in sorted(os.listdir(folder))]

"""Keeps keys and answers questions about them, as docs/keys.md has it: line by line, or over HTTP with --http.

Keys are derived from nothing, so that two runs have the same. For tests, and as an example of how short such a program is.
"""

import base64
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


P256 = ec.derive_private_key(0x5EED, ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
AES = AESGCM(bytes(range(32)))
FORM = serialization.PublicFormat


def text(value):
    return base64.b64encode(value).decode()


def answer(question):
    ask = question["ask"]
    if ask == "public-key":
        if question["algorithm"] == "ES256":
            key = P256.public_key().public_bytes(serialization.Encoding.X962, FORM.UncompressedPoint)
        else:
            key = ED25519.public_key().public_bytes(serialization.Encoding.Raw, FORM.Raw)
        return {"public_key": text(key)}
    if ask == "sign":
        message = base64.b64decode(question["message"])
        if question["algorithm"] == "ES256":
            r, s = decode_dss_signature(P256.sign(message, ec.ECDSA(hashes.SHA256())))
            return {"signature": text(r.to_bytes(32, "big") + s.to_bytes(32, "big"))}
        return {"signature": text(ED25519.sign(message))}
    if ask == "wrap":
        nonce = os.urandom(12)
        return {"wrapped": text(nonce + AES.encrypt(nonce, base64.b64decode(question["secret"]), b""))}
    if ask == "unwrap":
        wrapped = base64.b64decode(question["wrapped"])
        try:
            return {"secret": text(AES.decrypt(wrapped[:12], wrapped[12:], b""))}
        except Exception:
            return {"error": "this was not wrapped here"}
    return {"error": f"no such question: {ask}"}


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        allowed = self.headers.get("authorization") == "Bearer open-sesame"
        said = json.dumps(answer(json.loads(body))).encode() if allowed else b""
        self.send_response(200 if allowed else 401)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


if "--http" in sys.argv:
    server = HTTPServer(("127.0.0.1", 0), Service)
    print(server.server_port, flush=True)
    server.serve_forever()
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)

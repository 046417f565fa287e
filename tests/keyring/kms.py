"""AWS KMS on this machine: moto, behind a door that checks each request's signature as botocore makes it.

moto knows no Ed25519, and hashes what is a digest already: such questions are answered here, the latter with moto's key. Prints one line of
JSON with the address and the keys, and ends with its standard input.
"""

import base64
import json
import logging
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from moto.kms.models import kms_backends
from moto.server import ThreadedMotoServer

REGION = "eu-central-1"
CREDENTIALS = Credentials("AKIDTEST", "sec/ret+key", "session-token")
ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def signature(headers, body):
    """The Authorization header that botocore makes for the same request."""
    names = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    signed = {name: headers[name] for name in names if name != "host"}
    request = AWSRequest(method="POST", url=f"http://{headers['host']}/", data=body, headers=signed)
    request.context["timestamp"] = headers["x-amz-date"]
    auth = SigV4Auth(CREDENTIALS, "kms", REGION)
    text = auth.string_to_sign(request, auth.canonical_request(request))
    return auth.signature(text, request)


class Door(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if headers["authorization"].split("Signature=")[1] != signature(headers, body):
            return self.give(403, {"__type": "SignatureDoesNotMatch", "message": "not as botocore signs it"})
        if "x-amz-security-token" not in headers["authorization"]:
            return self.give(403, {"__type": "UnrecognizedClientException", "message": "no session token"})
        question = json.loads(body)
        if question.get("KeyId") == "ed25519":
            return self.give(200, self.in_its_place(headers["x-amz-target"], question))
        if question.get("MessageType") == "DIGEST":
            return self.give(200, self.over_digest(question))
        request = urllib.request.Request(f"http://{MOTO}/", body, headers)
        try:
            with urllib.request.urlopen(request) as answer:
                self.give(answer.status, json.load(answer))
        except urllib.error.HTTPError as error:
            self.give(error.code, json.load(error))

    def in_its_place(self, target, question):
        if target.endswith("GetPublicKey"):
            form = serialization.PublicFormat.SubjectPublicKeyInfo
            key = ED25519.public_key().public_bytes(serialization.Encoding.DER, form)
            return {"PublicKey": base64.b64encode(key).decode(), "KeySpec": "ECC_NIST_EDWARDS25519"}
        assert question["MessageType"] == "RAW" and question["SigningAlgorithm"] == "ED25519_SHA_512"
        return {"Signature": base64.b64encode(ED25519.sign(base64.b64decode(question["Message"]))).decode()}

    def over_digest(self, question):
        assert question["SigningAlgorithm"] == "ECDSA_SHA_256"
        key = kms_backends["123456789012"][REGION].keys[question["KeyId"].split("/")[-1]].private_key.private_key
        made = key.sign(base64.b64decode(question["Message"]), ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        return {"Signature": base64.b64encode(made).decode()}

    def give(self, status, answer):
        said = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        try:
            self.wfile.write(said)
        except BrokenPipeError:
            pass  # Whoever asked did not wait.

    def log_message(self, *_):
        pass


server = ThreadedMotoServer(port=0, verbose=False)
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server.start()
host, port = server.get_host_and_port()
MOTO = f"127.0.0.1:{port}"
client = boto3.client(
    "kms", region_name=REGION, endpoint_url=f"http://{MOTO}", aws_access_key_id="x", aws_secret_access_key="y"
)


def make(spec, usage):
    return client.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]


door = HTTPServer(("127.0.0.1", 0), Door)
threading.Thread(target=door.serve_forever, daemon=True).start()
keys = {
    "endpoint": f"http://127.0.0.1:{door.server_port}",
    "p256": make("ECC_NIST_P256", "SIGN_VERIFY"),
    "p384": make("ECC_NIST_P384", "SIGN_VERIFY"),
    "aes": make("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
}
print(json.dumps(keys), flush=True)
sys.stdin.read()
server.stop()

"""A store with the upload of S3: checks the signature and the checksum of each PUT and keeps what fits.

s3.py PORT_FILE DIRECTORY ACCESS_KEY SECRET_KEY
"""

import hashlib
import hmac
import http.server
import pathlib
import sys

PORT_FILE, DIRECTORY, ACCESS_KEY, SECRET_KEY = sys.argv[1:]


def digest(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Store(http.server.BaseHTTPRequestHandler):
    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.is_signed(hashlib.sha256(body).hexdigest()):
            self.answer(403)
            return
        path = pathlib.Path(DIRECTORY, self.path.lstrip("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        self.answer(200)

    def is_signed(self, checksum):
        scheme, _, rest = self.headers.get("Authorization", "").partition(" ")
        if scheme != "AWS4-HMAC-SHA256" or self.headers.get("x-amz-content-sha256") != checksum:
            return False
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        access, date, region, service, end = parts["Credential"].split("/")
        headers = "".join(f"{name}:{self.headers[name].strip()}\n" for name in parts["SignedHeaders"].split(";"))
        request = "\n".join([self.command, self.path, "", headers, parts["SignedHeaders"], checksum])
        scope = "/".join([date, region, service, end])
        text = "\n".join([scheme, self.headers["x-amz-date"], scope, hashlib.sha256(request.encode()).hexdigest()])
        key = f"AWS4{SECRET_KEY}".encode()
        for part in (date, region, service, end):
            key = digest(key, part)
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        return access == ACCESS_KEY and hmac.compare_digest(signature, parts["Signature"])

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Store)
pathlib.Path(PORT_FILE).write_text(str(server.server_port))
server.serve_forever()

"""A mail server that takes mail over TLS only.

smtp.py PORT_FILE LOG CERTIFICATE KEY implicit|starttls|none

TLS from the first byte, after STARTTLS, or not to be had. Each line that a client says is written to LOG, behind `tls` or
`clear`; so are the lines of mails.
"""

import pathlib
import socketserver
import ssl
import sys

PORT_FILE, LOG, CERTIFICATE, KEY, MODE = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
log = open(LOG, "a", buffering=1)


class Conversation(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            if MODE == "implicit":
                self.protect()
            else:
                self.is_tls = False
                self.lines = self.request.makefile("rb")
            self.say("220 test")
            while self.answer():
                pass
        except (OSError, ssl.SSLError) as error:
            log.write(f"broken: {error}\n")

    def protect(self):
        self.request = context.wrap_socket(self.request, server_side=True)
        self.is_tls = True
        self.lines = self.request.makefile("rb")

    def say(self, text):
        self.request.sendall(f"{text}\r\n".encode())

    def hear(self):
        line = self.lines.readline().decode().rstrip("\r\n")
        log.write(f"{'tls' if self.is_tls else 'clear'} {line}\n")
        return line

    def answer(self):
        line = self.hear()
        word = line.split(" ")[0].upper()
        if word == "EHLO":
            offer = "AUTH PLAIN" if self.is_tls or MODE == "none" else "STARTTLS"
            self.say(f"250-test\r\n250 {offer}")
        elif word == "STARTTLS" and MODE == "starttls":
            self.say("220 go on")
            self.protect()
        elif word == "DATA":
            self.say("354 go on")
            while self.hear() != ".":
                pass
            self.say("250 taken")
        elif word == "AUTH":
            self.say("235 welcome")
        elif word in ("QUIT", ""):
            self.say("221 bye")
            return False
        else:
            self.say("250 fine")
        return True


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


with Server(("127.0.0.1", 0), Conversation) as server:
    pathlib.Path(PORT_FILE).write_text(str(server.server_address[1]))
    server.serve_forever()

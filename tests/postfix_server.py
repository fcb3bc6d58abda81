"""A stock Postfix of the test's own, on a free port, that relays all it takes to another server; needs root."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
myhostname = relay.test
mydestination =
mynetworks = 127.0.0.0/8
smtpd_recipient_restrictions = permit_mynetworks, reject
relayhost = [127.0.0.1]:{onward}
inet_interfaces = loopback-only
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtp_use_tls = no
alias_maps =
alias_database =
maillog_file = {folder}/data/log
maillog_file_prefixes = {folder}
queue_run_delay = 5s
"""
SERVICES = """\
{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def why_not() -> str:
    """Why no Postfix can be started here; empty where one can."""
    if shutil.which("postfix", path="/usr/sbin:/usr/bin:/sbin") is None:
        return "postfix is not installed"
    return "only root can start a Postfix of its own" if os.geteuid() != 0 else ""


@contextmanager
def postfix(onward: int) -> Iterator[str]:
    """The URL of the Postfix, which gives everything on to the server at that port of this machine."""
    with tempfile.TemporaryDirectory(prefix="rk-postfix-") as name:
        folder, port = Path(name), free_port()
        folder.chmod(0o755)
        for part in ("conf", "queue", "data"):
            (folder / part).mkdir()
        (folder / "conf" / "main.cf").write_text(MAIN.format(folder=folder, onward=onward), encoding="ascii")
        (folder / "conf" / "master.cf").write_text(SERVICES.format(port=port), encoding="ascii")
        shutil.chown(folder / "data", "postfix")
        command = ["/usr/sbin/postfix", "-c", str(folder / "conf")]
        subprocess.run([*command, "start"], check=True, capture_output=True, timeout=30)
        try:
            wait_for(port)
            yield f"smtp://127.0.0.1:{port}"
        finally:
            subprocess.run([*command, "stop"], check=True, capture_output=True, timeout=30)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as talk:
                if talk.recv(100).startswith(b"220"):
                    return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("Postfix does not answer")


def spoken(url: str, *pieces: bytes) -> list[str]:
    """Say these pieces as they are, each after an answer to the one before; the answers."""
    match = re.search(r":(\d+)$", url)
    assert match is not None
    answers = []
    with socket.create_connection(("127.0.0.1", int(match[1])), timeout=5) as talk:
        answers.append(talk.recv(4096).decode())
        for piece in pieces:
            talk.sendall(piece)
            answers.append(talk.recv(4096).decode())
    return answers

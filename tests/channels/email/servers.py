"""A real mail provider for tests: Debian's Dovecot and Postfix with configurations of their own, on loopback ports.

Both must be started as root, for they change to other users. They are ended by their process ids.
"""

import grp
import ipaddress
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DOVECOT = "/usr/sbin/dovecot"
MASTER = "/usr/lib/postfix/sbin/master"
WORD = "a-password-of-this-test"
_NOBODY = 65534
_QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming")
_DOORS = ("maildrop", "pid", "private", "public", "saved", "trace")


def why_not() -> str | None:
    """What keeps the servers from running here, if anything does."""
    for program, package in ((DOVECOT, "dovecot-imapd"), (MASTER, "postfix")):
        if not Path(program).exists():
            return f"{program} is missing: install Debian's {package}"
    if os.geteuid() != 0:
        return "Dovecot and Postfix can only be started by root, for they change to other users"
    return None


class MailServers:
    """Started on creation; `close` ends both and removes every trace.

    `address` gives one that nobody has used yet; every other address of these domains is unknown.
    """

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="duologue-mail-"))
        self.home.chmod(0o755)  # the servers' own users must pass
        self.imap, self.imaps, self.smtp, self.smtps = _free_ports(4)
        self.authority = _certificate(self.home)
        self._addresses = [f"box{n}@{domain}.example" for n in range(60) for domain in ("brand", "mail")]
        self._unused = list(self._addresses)
        self._running: list[subprocess.Popen[bytes]] = []
        try:
            self._start_dovecot()
            self._start_postfix()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        for process in reversed(self._running):
            process.send_signal(signal.SIGTERM)
        for process in self._running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def address(self, domain: str) -> str:
        """A fresh mailbox at "brand.example" or "mail.example"."""
        found = next(one for one in self._unused if one.endswith(f"@{domain}"))
        self._unused.remove(found)
        return found

    def maildir(self, address: str) -> Path:
        local, _, domain = address.partition("@")
        return self.home / "mail" / domain / local / "Maildir"

    def mails(self, address: str) -> list[bytes]:
        """What lies in the inbox, oldest first."""
        files = [file for box in ("new", "cur") for file in (self.maildir(address) / box).glob("*")]
        return [file.read_bytes() for file in sorted(files, key=lambda file: file.stat().st_mtime_ns)]

    def restore(self, address: str) -> None:
        """The mailbox as after a restored backup: the same mail under other numbers."""
        box, lost = self.maildir(address), self.home / "lost" / address
        lost.parent.mkdir(exist_ok=True)
        box.rename(lost)
        for folder in (box, box / "tmp", box / "new", box / "cur"):
            folder.mkdir(mode=0o700)
        for file in [*(lost / "new").iterdir(), *(lost / "cur").iterdir()]:
            shutil.copy2(file, box / "new" / file.name.partition(":")[0])
        (box / "dovecot-uidlist").write_text("3 V1234567 N1 G0123456789abcdef0123456789abcdef\n")
        for one in (box, *box.rglob("*")):
            os.chown(one, _NOBODY, _NOBODY)

    def log(self) -> str:
        return "\n".join(file.read_text() for file in self.home.glob("*.log"))

    def _start_dovecot(self) -> None:
        (self.home / "mail").mkdir()
        os.chown(self.home / "mail", _NOBODY, _NOBODY)
        conf = self.home / "dovecot.conf"
        conf.write_text(_DOVECOT.format(home=self.home, imap=self.imap, imaps=self.imaps, word=WORD, nobody=_NOBODY))
        self._run([DOVECOT, "-F", "-c", str(conf)], self.imap)

    def _start_postfix(self) -> None:
        conf, queue, data = self.home / "postfix", self.home / "queue", self.home / "data"
        for folder in (conf, queue, data):
            folder.mkdir()
        owner, group = pwd.getpwnam("postfix").pw_uid, grp.getgrnam("postdrop").gr_gid
        os.chown(data, owner, -1)
        for name in _QUEUES + _DOORS:
            (queue / name).mkdir(mode=0o700)
            os.chown(queue / name, 0 if name == "pid" else owner, group if name in {"maildrop", "public"} else -1)
        (queue / "public").chmod(0o710)
        (queue / "maildrop").chmod(0o730)
        (queue / "pid").chmod(0o755)
        boxes = [f"{one} {self.maildir(one).relative_to(self.home / 'mail')}/" for one in self._addresses]
        (conf / "mailboxes").write_text("\n".join(boxes) + "\n")
        (conf / "main.cf").write_text(_MAIN.format(home=self.home, conf=conf, queue=queue, data=data, nobody=_NOBODY))
        doors = (
            f"127.0.0.1:{self.smtp} inet n - n - - smtpd\n"
            f"127.0.0.1:{self.smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n"
        )
        (conf / "master.cf").write_text(doors + _MASTER)
        self._run([MASTER, "-c", str(conf)], self.smtp, MAIL_CONFIG=str(conf))

    def _run(self, command: list[str], port: int, **environment: str) -> None:
        with (self.home / "out.log").open("ab") as out:
            process = subprocess.Popen(
                command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        self._running.append(process)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if process.poll() is not None:
                break
            with socket.socket() as probe:
                probe.settimeout(0.2)
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"{command[0]} did not start:\n{self.log()}")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _certificate(home: Path) -> str:
    """A certificate for 127.0.0.1 that is its own authority; returns it as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    (home / "cert.pem").write_bytes(pem)
    (home / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem.decode()


_DOVECOT = """\
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:%h/Maildir
first_valid_uid = 1
passdb {{
  driver = static
  args = password={word}
}}
userdb {{
  driver = static
  args = uid={nobody} gid={nobody} home={home}/mail/%d/%n
}}
namespace inbox {{
  inbox = yes
  mailbox "Gesendete Objekte" {{
    special_use = \\Sent
    auto = create
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener auth-smtp {{
    mode = 0666
  }}
}}
"""

_MAIN = """\
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {home}/postfix.log
maillog_file_prefixes = {home}
myhostname = mx.brand.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_peername_lookup = no
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = brand.example, mail.example
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = texthash:{conf}/mailboxes
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
virtual_minimum_uid = 100
recipient_delimiter = +
smtpd_reject_unlisted_recipient = no
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {home}/run/auth-smtp
smtpd_tls_security_level = may
smtpd_tls_cert_file = {home}/cert.pem
smtpd_tls_key_file = {home}/key.pem
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_relay_restrictions = permit_sasl_authenticated, reject
"""

_MASTER = """\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""

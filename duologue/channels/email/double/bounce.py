"""What a mail system sends back when a mail cannot be delivered (RFC 3464), as Postfix writes it."""

from datetime import datetime
from email.utils import format_datetime

from duologue.kernel import ids


def bounce(raw: bytes, *, to: str, recipient: str, at: datetime, action: str = "failed") -> bytes:
    """The report about `raw`, which was for `recipient`."""
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("utf-8", "replace")
    status = "5.1.1" if action == "failed" else "4.4.1"
    said = f"550 5.1.1 <{recipient}>: Recipient address rejected: User unknown" if action == "failed" else "timed out"
    boundary = f"bounce.{ids.new().hex}"
    text = f"""\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.simulated.example>
To: {to}
Subject: {"Undelivered Mail Returned to Sender" if action == "failed" else "Delayed Mail (still being retried)"}
Date: {format_datetime(at)}
Message-ID: <{ids.new().hex}@mx.simulated.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"

--{boundary}
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.simulated.example.
Your message could not be delivered: {said}

--{boundary}
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.simulated.example
Arrival-Date: {format_datetime(at)}

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--{boundary}
Content-Type: text/rfc822-headers

{head}

--{boundary}--
"""
    return text.replace("\n", "\r\n").encode()

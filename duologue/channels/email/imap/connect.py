"""A connection to a mail server: address judged by the way out, certificate checked, plain only where chosen."""

import asyncio
import ssl
from functools import lru_cache

from duologue.channels.email.imap.wire import LINE, Lost
from duologue.kernel.egress import Egress

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_SECONDS = 15


async def connect(egress: Egress, host: str, port: int, context: ssl.SSLContext | None) -> Streams:
    """Opened, encrypted at once where `context` is given. Raises `Blocked`, `NoAnswer`, `Lost`, `ssl.SSLError`."""
    address = await egress.resolve(host, port)
    try:
        async with asyncio.timeout(_SECONDS):
            return await asyncio.open_connection(
                address, port, limit=LINE, ssl=context, server_hostname=host if context else None
            )
    except TimeoutError:
        raise Lost(f"{host}:{port} does not answer.") from None
    except ssl.SSLError:
        raise
    except OSError as error:
        raise Lost(f"{host}:{port} cannot be reached: {error}") from error


async def encrypt(streams: Streams, host: str, context: ssl.SSLContext) -> Streams:
    """The same connection, encrypted from here on, read by a new reader.

    What was slipped in behind the plain answer to STARTTLS stays in the old reader and is never read (the attack known
    as NO STARTTLS, 2021).
    """
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LINE, loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    plain = streams[1].transport
    try:
        async with asyncio.timeout(_SECONDS):
            transport = await loop.start_tls(plain, protocol, context, server_hostname=host)
    except TimeoutError:
        raise Lost(f"{host} does not finish the encryption handshake.") from None
    if transport is None:
        raise Lost(f"{host} closed the connection during the encryption handshake.")
    protocol.connection_made(transport)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


@lru_cache(maxsize=32)
def trust(authority: str) -> ssl.SSLContext:
    """Certificates are checked, against the system's authorities and the one given."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if authority.strip():
        context.load_verify_locations(cadata=authority)
    return context

"""A mailbox over IMAP4rev1 (RFC 3501), read-only: no command used here changes anything on the server."""

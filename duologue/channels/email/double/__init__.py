"""A local double of a mail provider: mailboxes, IMAP, SMTP submission, and people who write with real mail programs."""
